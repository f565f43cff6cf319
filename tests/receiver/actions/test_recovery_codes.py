"""Recovery codes: ten, each good once, for their owner."""

import re
from datetime import timedelta

import pytest

from receiver.actions.sign_in import session_of
from receiver.actions.use_recovery_code import list_recovery_codes, make_recovery_codes, use_recovery_code
from receiver.domain.device import Device
from receiver.domain.errors import ProofNeeded, WrongCode
from tests.fakes.database import dump
from tests.receiver.cast import Person


def makes(person: Person) -> list[str]:
    return make_recovery_codes(person.stage.db, session=person.session, now=person.stage.now)


def uses(person: Person, code: str, *, session: str | None = None) -> str:
    given = person.session if session is None else session
    return use_recovery_code(
        person.stage.db, code=code, session=given, device=Device("Firefox", "Linux"), now=person.stage.now
    ).session


def is_strong(person: Person, session: str) -> bool:
    found = session_of(person.stage.db, session, person.stage.now)
    return found is not None and found.strong_at is not None


def test_ten_codes_that_are_nowhere_in_the_database(rosa: Person) -> None:
    codes = makes(rosa)

    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}", code) for code in codes)
    everything = dump(rosa.stage.db)
    assert not [code for code in codes if code in everything or code.replace("-", "") in everything]
    assert not is_strong(rosa, rosa.session), "codes prove nothing before one is used"


def test_a_code_makes_the_session_strong_and_is_used_up(rosa: Person) -> None:
    first, second, *_ = makes(rosa)
    weak = rosa.session

    strong = uses(rosa, first)

    assert is_strong(rosa, strong)
    assert session_of(rosa.stage.db, weak, rosa.stage.now) is None
    with pytest.raises(WrongCode):
        uses(rosa, first, session=strong)
    assert is_strong(rosa, uses(rosa, second, session=strong))
    listed = list_recovery_codes(rosa.stage.db, user=rosa.user)
    assert (listed.unused, len(listed.used_at)) == (8, 2)


def test_a_code_signs_in_where_the_mailbox_is_lost(rosa: Person) -> None:
    code = makes(rosa)[0]

    session = uses(rosa, code, session="")

    found = session_of(rosa.stage.db, session, rosa.stage.now)
    assert found is not None
    assert (found.user, found.device) == (rosa.user, Device("Firefox", "Linux"))
    assert is_strong(rosa, session)


@pytest.mark.parametrize(
    "change", [str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("0", "o")]
)
def test_a_code_may_be_typed_as_it_is_read(rosa: Person, change) -> None:
    code = makes(rosa)[3]

    assert is_strong(rosa, uses(rosa, change(code)))


def test_a_new_set_replaces_the_old_and_wants_a_strong_session(rosa: Person) -> None:
    old = makes(rosa)
    with pytest.raises(ProofNeeded):
        makes(rosa)
    rosa.session = uses(rosa, old[0])
    new = makes(rosa)

    with pytest.raises(WrongCode):
        uses(rosa, old[1])
    assert list_recovery_codes(rosa.stage.db, user=rosa.user).unused == 10
    uses(rosa, new[0])


def test_who_has_used_all_codes_and_has_no_passkey_may_begin_again(rosa: Person) -> None:
    for code in makes(rosa):
        rosa.session = uses(rosa, code)
    weak = Person(rosa.stage, rosa.user, rosa.stage.sign_in(rosa.user.email).session)

    assert len(makes(weak)) == 10


def test_a_code_is_of_its_owner(rosa: Person, rui: Person) -> None:
    code = makes(rosa)[0]

    with pytest.raises(WrongCode, match="not yours"):
        uses(rui, code)

    assert not is_strong(rui, rui.session)
    assert is_strong(rosa, uses(rosa, code)), "the refused try did not use it up"


@pytest.mark.parametrize("code", ["", "x", "é" * 20, "\ud800", "0" * 20, "-" * 5_000])
def test_what_is_no_code_is_refused(rosa: Person, code: str) -> None:
    makes(rosa)

    with pytest.raises(WrongCode):
        uses(rosa, code)


def test_a_strong_session_ends_when_it_would_have_ended(rosa: Person) -> None:
    rosa.stage.now += timedelta(days=29)
    strong = uses(rosa, makes(rosa)[0])
    rosa.stage.now += timedelta(days=1)

    assert session_of(rosa.stage.db, strong, rosa.stage.now) is None
