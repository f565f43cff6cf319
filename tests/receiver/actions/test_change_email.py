"""Changing the address: by who reads the new one, and taken back by who reads the old one."""

from datetime import timedelta

import pytest

from receiver.actions.change_email import (
    address_rests_until,
    ask_new_address,
    change_email,
    look_at_undo,
    undo_change,
)
from receiver.actions.keep_passkeys import can_prove
from receiver.actions.sign_in import enter_code, request_code, user_of_session
from receiver.actions.sweep_expired import sweep_expired
from receiver.domain.errors import (
    AddressRests,
    BadEmail,
    BadInput,
    MailNotSent,
    NotAllowed,
    NotKnown,
    ProofNeeded,
    TooMany,
    WrongCode,
)
from tests.fakes.database import dump
from tests.receiver.cast import RECEIVER, Person, Stage

NEW = "rosa@new.example"


def asks(person: Person, email: str = NEW) -> str:
    stage = person.stage
    return ask_new_address(
        stage.db, stage.keys, stage.outbox, session=person.session, email=email, receiver=RECEIVER, now=stage.now
    )


def enters(person: Person, browser: str, code: str) -> str:
    stage = person.stage
    return change_email(
        stage.db, stage.keys,
        session=person.session, browser=browser, code=code, receiver=RECEIVER, now=stage.now,
    )  # fmt: skip


def address_of(person: Person) -> str:
    user = user_of_session(person.stage.db, person.session, person.stage.now)
    assert user is not None
    return user.email


def test_the_code_of_the_new_address_changes_it(rosa: Person) -> None:
    browser = asks(rosa, " Rosa@New.Example ")
    mail = rosa.stage.outbox.newest

    assert enters(rosa, browser, mail.code) == NEW

    assert mail.to == address_of(rosa) == NEW
    assert rosa.stage.sign_in(NEW).user.id == rosa.user.id, "still the same person"
    rosa.stage.sends_mails()
    undo = next(mail for mail in rosa.stage.outbox.mails if mail.to == rosa.user.email and "undo/" in mail.text)
    assert NEW in undo.text


def test_nothing_secret_is_in_the_database_once_the_mail_is_sent(rosa: Person) -> None:
    browser = asks(rosa)
    code = rosa.stage.outbox.newest.code
    enters(rosa, browser, code)
    rosa.stage.sends_mails()
    undo = rosa.stage.outbox.newest.text.partition("undo/")[2].split()[0]

    everything = dump(rosa.stage.db)

    assert not [secret for secret in (browser, undo, code.replace(" ", "")) if secret in everything]


def test_the_undo_link_restores_the_address_and_signs_everybody_out(rosa: Person) -> None:
    stage, undo = rosa.stage, rosa.moves_to(NEW)
    shown = look_at_undo(stage.db, undo=undo, now=stage.now)

    assert undo_change(stage.db, undo=undo, now=stage.now) == rosa.user.email

    assert (shown.old_email, shown.new_email) == (rosa.user.email, NEW)
    assert user_of_session(stage.db, rosa.session, stage.now) is None
    assert stage.sign_in(rosa.user.email).user == rosa.user
    with pytest.raises(NotKnown):
        undo_change(stage.db, undo=undo, now=stage.now)


def test_the_undo_link_takes_what_a_thief_made_to_come_back(rosa: Person) -> None:
    stage = rosa.stage
    undo = rosa.moves_to(NEW)
    rosa.proves()

    undo_change(stage.db, undo=undo, now=stage.now)

    assert not can_prove(stage.db, user=rosa.user)


def test_what_was_there_long_before_the_change_stays(rosa: Person) -> None:
    stage = rosa.stage
    rosa.proves()
    stage.now += timedelta(days=8)
    undo = rosa.moves_to(NEW)

    undo_change(stage.db, undo=undo, now=stage.now)

    assert can_prove(stage.db, user=rosa.user)


def test_the_undo_link_is_good_for_seven_days(rosa: Person) -> None:
    undo = rosa.moves_to(NEW)
    rosa.stage.now += timedelta(days=7)

    with pytest.raises(NotKnown, match="no longer good"):
        look_at_undo(rosa.stage.db, undo=undo, now=rosa.stage.now)
    with pytest.raises(NotKnown):
        undo_change(rosa.stage.db, undo=undo, now=rosa.stage.now)
    assert address_of(rosa) == NEW


@pytest.mark.parametrize("undo", ["", "x", "\ud800"])
def test_a_made_up_link_undoes_nothing(rosa: Person, undo: str) -> None:
    rosa.moves_to(NEW)

    with pytest.raises(NotKnown):
        undo_change(rosa.stage.db, undo=undo, now=rosa.stage.now)


def test_an_address_changes_once_in_seven_days_and_not_for_thirty_after_an_undo(rosa: Person) -> None:
    stage = rosa.stage
    undo = rosa.moves_to(NEW)
    with pytest.raises(AddressRests, match="2026-09-10"):
        asks(rosa, "third@new.example")

    undo_change(stage.db, undo=undo, now=stage.now)
    rosa.session = stage.sign_in(rosa.user.email).session
    stage.now += timedelta(days=20)
    with pytest.raises(AddressRests, match="2026-10-03"):
        asks(rosa)
    stage.now += timedelta(days=10)
    sweep_expired(stage.db, now=stage.now)
    rosa.session = stage.sign_in(rosa.user.email).session

    assert address_rests_until(stage.db, user=rosa.user, now=stage.now) is None
    asks(rosa)


def test_an_address_that_may_come_back_is_nobody_elses(rosa: Person, rui: Person) -> None:
    stage, old = rosa.stage, rosa.user.email
    rosa.moves_to(NEW)

    with pytest.raises(AddressRests):
        stage.sign_in(old)
    browser = asks(rui, old)
    with pytest.raises(AddressRests):
        enters(rui, browser, stage.outbox.newest.code)

    stage.now += timedelta(days=7)
    assert stage.sign_in(old).user.id not in (rosa.user.id, rui.user.id)


def test_whose_address_it_is_already_is_told_to_its_reader_only(rosa: Person, rui: Person) -> None:
    browser = asks(rosa, rui.user.email)

    with pytest.raises(NotAllowed, match="somebody signs in here"):
        enters(rosa, browser, rosa.stage.outbox.newest.code)

    assert address_of(rosa) == rosa.user.email


def test_a_code_is_good_once_five_tries_ten_minutes_and_for_who_asked(rosa: Person, rui: Person) -> None:
    stage, browser = rosa.stage, asks(rosa)
    code = stage.outbox.newest.code
    wrong = "0000 0000" if code != "0000 0000" else "1111 1111"
    with pytest.raises(WrongCode, match="no longer good"):
        enters(rui, browser, code)
    with pytest.raises(WrongCode, match="no longer good"):
        enters(rosa, "another browser", code)
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongCode, match=f"{left} more"):
            enters(rosa, browser, wrong)
    with pytest.raises(WrongCode):
        enters(rosa, browser, code)

    late = asks(rosa)
    stage.now += timedelta(minutes=10)
    with pytest.raises(WrongCode):
        enters(rosa, late, stage.outbox.newest.code)
    stage.now += timedelta(minutes=10)
    good = asks(rosa)
    code = stage.outbox.newest.code
    enters(rosa, good, code)
    with pytest.raises(WrongCode):
        enters(rosa, good, code)


def test_a_code_for_signing_in_changes_no_address_and_the_other_way_round(rosa: Person) -> None:
    stage = rosa.stage
    signing_in = request_code(
        stage.db, stage.keys, stage.outbox, email=NEW, return_to="/", receiver=RECEIVER, now=stage.now
    )
    with pytest.raises(WrongCode):
        enters(rosa, signing_in, stage.outbox.newest.code)
    changing = asks(rosa)
    with pytest.raises(WrongCode):
        enter_code(stage.db, stage.keys, browser=changing, code=stage.outbox.newest.code, now=stage.now)


def test_who_has_a_proof_uses_it_first(rosa: Person) -> None:
    weak = Person(rosa.stage, rosa.user, rosa.stage.sign_in(rosa.user.email).session)
    rosa.proves()

    with pytest.raises(ProofNeeded):
        asks(weak)
    assert rosa.moves_to(NEW)


@pytest.mark.parametrize(("email", "error"), [("", BadEmail), ("x", BadEmail), ("rosa@reads.example", BadInput)])
def test_what_is_no_new_address_is_refused(rosa: Person, email: str, error: type[Exception]) -> None:
    before = dump(rosa.stage.db)

    with pytest.raises(error):
        asks(rosa, email)

    assert dump(rosa.stage.db) == before


def test_codes_are_few(rosa: Person) -> None:
    for _ in range(3):
        asks(rosa)

    with pytest.raises(TooMany):
        asks(rosa, "another@new.example")


def test_without_a_code_by_mail_nothing_is_kept(rosa: Person, stage: Stage) -> None:
    before = dump(stage.db)
    stage.outbox.is_down = True

    with pytest.raises(MailNotSent):
        asks(rosa)

    assert dump(stage.db) == before


def test_the_undo_mail_goes_out_later_if_the_mail_server_is_away_now(rosa: Person, stage: Stage) -> None:
    browser = asks(rosa)
    code = stage.outbox.newest.code
    stage.outbox.is_down = True
    enters(rosa, browser, code)
    stage.sends_mails()
    stage.outbox.is_down = False
    stage.now += timedelta(minutes=2)
    stage.sends_mails()

    assert stage.outbox.newest.to == rosa.user.email
    undo = stage.outbox.newest.text.partition("undo/")[2].split()[0]
    assert undo_change(stage.db, undo=undo, now=stage.now) == rosa.user.email


def test_mails_are_in_the_language_in_which_one_signed_in(stage: Stage) -> None:
    browser = request_code(
        stage.db, stage.keys, stage.outbox, email="ute@reads.example", return_to="/", receiver=RECEIVER, now=stage.now,
        language="de",
    )  # fmt: skip
    signed_in = enter_code(
        stage.db, stage.keys, browser=browser, code=stage.outbox.newest.code, now=stage.now, language="de"
    )
    ute = Person(stage, signed_in.user, signed_in.session)

    ute.moves_to("ute@new.example")

    assert "10. September 2026" in stage.outbox.newest.text
