"""Passkeys: made once, proven by a challenge that is good once, and never a way around a stronger proof."""

import json
from datetime import timedelta

import pytest

from receiver.actions.keep_passkeys import (
    decline_passkey,
    forget_proofs,
    is_passkey_offered,
    list_passkeys,
    remove_passkey,
    rename_passkey,
)
from receiver.actions.prove_passkey import begin_proof, proof_options, prove_passkey
from receiver.actions.register_passkey import begin_passkey, new_passkey_options, register_passkey
from receiver.actions.sign_in import SignedIn, session_of, user_of_session
from receiver.actions.use_recovery_code import make_recovery_codes
from receiver.domain.device import Device
from receiver.domain.errors import BadInput, LastProof, NotKnown, ProofNeeded, SignInNeeded, WrongPasskey
from receiver.domain.relying_party import RelyingParty
from tests.fakes.authenticator import Authenticator
from tests.fakes.database import dump
from tests.receiver.cast import RECEIVER, Person, Stage

PARTY = RelyingParty.of(RECEIVER, "Flattr")
PHONE = Device("Firefox", "Android")


@pytest.fixture
def phone() -> Authenticator:
    return Authenticator(PARTY.origin)


def makes(person: Person, phone: Authenticator, *, name: str = "Phone") -> None:
    """Let somebody make a passkey; their session may be another one after that."""
    stage = person.stage
    browser = begin_passkey(stage.db, session=person.session, now=stage.now)
    options = new_passkey_options(stage.db, PARTY, browser=browser, user=person.user, now=stage.now)
    person.session = register_passkey(
        stage.db, PARTY,
        session=person.session, browser=browser, credential=phone.make(options), name=name, now=stage.now,
    )  # fmt: skip


def begins(stage: Stage, *, session: str = "") -> tuple[str, str]:
    browser = begin_proof(stage.db, session=session, return_to="/creator", now=stage.now)
    return browser, proof_options(stage.db, PARTY, browser=browser, now=stage.now)


def proves(stage: Stage, browser: str, credential: str, *, session: str = "") -> SignedIn:
    return prove_passkey(
        stage.db, PARTY, browser=browser, session=session, credential=credential, now=stage.now, device=PHONE
    )


def is_strong(stage: Stage, session: str) -> bool:
    found = session_of(stage.db, session, stage.now)
    assert found is not None
    return found.strong_at is not None


def test_the_first_passkey_makes_the_session_strong_under_another_secret(rosa: Person, phone: Authenticator) -> None:
    before = rosa.session

    makes(rosa, phone)

    assert is_strong(rosa.stage, rosa.session)
    assert user_of_session(rosa.stage.db, before, rosa.stage.now) is None
    assert [passkey.name for passkey in list_passkeys(rosa.stage.db, user=rosa.user)] == ["Phone"]


def test_a_passkey_signs_in_without_a_mail_or_a_name(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    mails = len(rosa.stage.outbox.mails)

    browser, options = begins(rosa.stage)
    signed_in = proves(rosa.stage, browser, phone.prove(options))

    assert json.loads(options)["allowCredentials"] == []
    assert json.loads(options)["userVerification"] == "required"
    assert (signed_in.user, signed_in.return_to) == (rosa.user, "/creator")
    assert is_strong(rosa.stage, signed_in.session)
    assert len(rosa.stage.outbox.mails) == mails


def test_a_passkey_makes_the_session_of_a_code_strong(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    weak = rosa.stage.sign_in(rosa.user.email).session

    browser, options = begins(rosa.stage, session=weak)
    strong = proves(rosa.stage, browser, phone.prove(options), session=weak).session

    assert len(json.loads(options)["allowCredentials"]) == 1
    assert is_strong(rosa.stage, strong)
    assert user_of_session(rosa.stage.db, weak, rosa.stage.now) is None


def test_a_second_passkey_wants_the_first(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    weak = Person(rosa.stage, rosa.user, rosa.stage.sign_in(rosa.user.email).session)

    with pytest.raises(ProofNeeded):
        makes(weak, Authenticator(PARTY.origin))
    with pytest.raises(ProofNeeded):
        make_recovery_codes(rosa.stage.db, session=weak.session, now=rosa.stage.now)
    makes(rosa, Authenticator(PARTY.origin), name="Key")

    assert len(list_passkeys(rosa.stage.db, user=rosa.user)) == 2


def test_recovery_codes_alone_keep_a_stranger_from_making_the_first_passkey(rosa: Person, phone: Authenticator) -> None:
    make_recovery_codes(rosa.stage.db, session=rosa.session, now=rosa.stage.now)

    with pytest.raises(ProofNeeded):
        makes(rosa, phone)


def test_of_two_weak_sessions_that_began_the_first_passkey_one_makes_it(rosa: Person, phone: Authenticator) -> None:
    stage, other = rosa.stage, rosa.stage.sign_in(rosa.user.email).session
    browser = begin_passkey(stage.db, session=other, now=stage.now)
    options = new_passkey_options(stage.db, PARTY, browser=browser, user=rosa.user, now=stage.now)
    makes(rosa, phone)

    with pytest.raises(ProofNeeded):
        register_passkey(
            stage.db, PARTY, session=other, browser=browser, credential=phone.make(options), name="", now=stage.now
        )


def test_one_user_has_one_handle_and_never_the_same_device_twice(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    makes(rosa, phone)
    stage = rosa.stage
    browser = begin_passkey(stage.db, session=rosa.session, now=stage.now)
    options = json.loads(new_passkey_options(stage.db, PARTY, browser=browser, user=rosa.user, now=stage.now))

    assert phone.passkeys[0].user_handle == phone.passkeys[1].user_handle
    assert len(options["excludeCredentials"]) == 2
    assert rosa.user.email.encode() not in phone.passkeys[0].user_handle


def test_a_challenge_is_good_once_also_for_a_wrong_answer(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    browser, options = begins(rosa.stage)
    answer = phone.prove(options)
    proves(rosa.stage, browser, answer)
    again, more = begins(rosa.stage)

    with pytest.raises(WrongPasskey):
        proves(rosa.stage, browser, answer)
    with pytest.raises(WrongPasskey):
        proves(rosa.stage, again, "{}")
    with pytest.raises(WrongPasskey):
        proves(rosa.stage, again, phone.prove(more))


def test_a_challenge_is_good_for_five_minutes(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    browser, options = begins(rosa.stage)
    rosa.stage.now += timedelta(minutes=5)

    assert proof_options(rosa.stage.db, PARTY, browser=browser, now=rosa.stage.now) == ""
    with pytest.raises(WrongPasskey, match="five minutes"):
        proves(rosa.stage, browser, phone.prove(options))


def test_a_challenge_is_good_in_the_browser_that_asked(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    _, options = begins(rosa.stage)
    other, _ = begins(rosa.stage)

    for browser in (other, "", "no browser"):
        with pytest.raises(WrongPasskey):
            proves(rosa.stage, browser, phone.prove(options))


def test_a_challenge_for_making_is_none_for_proving(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    stage = rosa.stage
    browser = begin_passkey(stage.db, session=rosa.session, now=stage.now)
    challenge = json.loads(new_passkey_options(stage.db, PARTY, browser=browser, user=rosa.user, now=stage.now))
    options = json.dumps({"rpId": PARTY.id, "challenge": challenge["challenge"]})

    with pytest.raises(WrongPasskey):
        proves(stage, browser, phone.prove(options))


def test_nobody_makes_somebody_elses_session_strong(rosa: Person, rui: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    browser, options = begins(rosa.stage, session=rui.session)

    with pytest.raises(WrongPasskey, match="not known"):
        proves(rosa.stage, browser, phone.prove(options), session=rui.session)

    assert not is_strong(rui.stage, rui.session)


def test_a_passkey_of_another_place_proves_nothing(rosa: Person) -> None:
    phished = Authenticator("https://flattr.example.evil.example")

    with pytest.raises(WrongPasskey):
        makes(rosa, phished)

    assert list_passkeys(rosa.stage.db, user=rosa.user) == []


def test_a_device_that_does_not_ask_its_person_proves_nothing(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    phone.asks = False
    browser, options = begins(rosa.stage)

    with pytest.raises(WrongPasskey):
        proves(rosa.stage, browser, phone.prove(options))
    with pytest.raises(WrongPasskey):
        makes(rosa, phone)


def test_a_copied_authenticator_is_found_by_its_count(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    for _ in range(2):
        browser, options = begins(rosa.stage)
        proves(rosa.stage, browser, phone.prove(options))
    phone.passkeys[-1].uses = 0
    browser, options = begins(rosa.stage)

    with pytest.raises(WrongPasskey):
        proves(rosa.stage, browser, phone.prove(options))


@pytest.mark.parametrize(
    "credential",
    ["", "{}", "[]", "null", "1", '"x"', "{", '{"id": 1}', '{"id": {}}', "[" * 5_000, '{"id": "x", "response": []}'],
)
def test_what_is_no_credential_is_refused(credential: str, rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    stage = rosa.stage
    browser, _ = begins(stage)
    new = begin_passkey(stage.db, session=rosa.session, now=stage.now)

    with pytest.raises(WrongPasskey):
        proves(stage, browser, credential)
    with pytest.raises(WrongPasskey):
        register_passkey(
            stage.db, PARTY, session=rosa.session, browser=new, credential=credential, name="", now=stage.now
        )


def test_damaged_answers_are_refused(rosa: Person, phone: Authenticator) -> None:
    """Each field of a real answer, cut, emptied and changed."""
    makes(rosa, phone)
    for field in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        for damage in (lambda text: text[:-4], lambda text: "", lambda text: "A" + text[1:], lambda text: "é" + text):
            browser, options = begins(rosa.stage)
            answer = json.loads(phone.prove(options))
            sound = answer["response"][field]
            answer["response"][field] = damage(sound)
            if answer["response"][field] == sound or (field == "userHandle" and not answer["response"][field]):
                continue  # a device need not say whose passkey it is
            with pytest.raises(WrongPasskey):
                proves(rosa.stage, browser, json.dumps(answer))


def test_the_last_proof_cannot_be_removed(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    stage = rosa.stage
    (passkey,) = list_passkeys(stage.db, user=rosa.user)

    with pytest.raises(LastProof):
        remove_passkey(stage.db, session=rosa.session, credential_id=passkey.credential_id, now=stage.now)
    make_recovery_codes(stage.db, session=rosa.session, now=stage.now)
    remove_passkey(stage.db, session=rosa.session, credential_id=passkey.credential_id, now=stage.now)

    assert list_passkeys(stage.db, user=rosa.user) == []
    browser, options = begins(stage)
    with pytest.raises(WrongPasskey, match="not known"):
        proves(stage, browser, phone.prove(options))


def test_passkeys_are_named_and_removed_by_their_owner_only(rosa: Person, rui: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    (passkey,) = list_passkeys(rosa.stage.db, user=rosa.user)
    about = {"credential_id": passkey.credential_id}

    with pytest.raises(NotKnown):
        rename_passkey(rosa.stage.db, user=rui.user, name="Mine", **about)
    with pytest.raises(NotKnown):
        remove_passkey(rosa.stage.db, session=rui.session, now=rosa.stage.now, **about)
    with pytest.raises(BadInput):
        rename_passkey(rosa.stage.db, user=rosa.user, name=" ", **about)
    rename_passkey(rosa.stage.db, user=rosa.user, name="Old phone", **about)

    assert [passkey.name for passkey in list_passkeys(rosa.stage.db, user=rosa.user)] == ["Old phone"]


def test_a_passkey_is_offered_until_there_is_one_or_it_was_declined(
    rosa: Person, rui: Person, phone: Authenticator
) -> None:
    db = rosa.stage.db
    assert is_passkey_offered(db, user=rosa.user)
    assert is_passkey_offered(db, user=rui.user)

    makes(rosa, phone)
    decline_passkey(db, user=rui.user, now=rosa.stage.now)

    assert not is_passkey_offered(db, user=rosa.user)
    assert not is_passkey_offered(db, user=rui.user)


def test_the_operator_helps_who_lost_everything(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    weak = Person(rosa.stage, rosa.user, rosa.stage.sign_in(rosa.user.email).session)

    forget_proofs(rosa.stage.db, user=rosa.user)

    with pytest.raises(SignInNeeded):
        makes(weak, phone)
    weak.session = rosa.stage.sign_in(rosa.user.email).session
    makes(weak, Authenticator(PARTY.origin))


def test_neither_challenge_cookie_nor_session_is_in_the_database(rosa: Person, phone: Authenticator) -> None:
    makes(rosa, phone)
    browser, _ = begins(rosa.stage)

    everything = dump(rosa.stage.db)

    assert browser not in everything
    assert rosa.session not in everything
