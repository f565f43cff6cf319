"""Where one is signed in: told by device and day, ended one by one or all others at once."""

from datetime import timedelta

import pytest

from receiver.actions.list_sessions import end_other_sessions, end_session, list_sessions, note_seen
from receiver.actions.sign_in import enter_code, request_code, user_of_session
from receiver.domain.device import Device
from receiver.domain.errors import NotKnown, SignInNeeded
from tests.fakes.database import dump
from tests.receiver.cast import RECEIVER, Person, Stage

PHONE = Device("Firefox", "Android")


def signs_in_on(stage: Stage, email: str, device: Device) -> str:
    browser = request_code(
        stage.db, stage.keys, stage.outbox, email=email, return_to="/", receiver=RECEIVER, now=stage.now
    )
    code = stage.outbox.newest.code
    return enter_code(stage.db, stage.keys, browser=browser, code=code, now=stage.now, device=device).session


def listed(person: Person):
    return list_sessions(person.stage.db, session=person.session, now=person.stage.now)


def test_sessions_are_told_by_device_newest_first_and_this_one_is_marked(rosa: Person) -> None:
    rosa.stage.now += timedelta(days=1)
    signs_in_on(rosa.stage, rosa.user.email, PHONE)
    signs_in_on(rosa.stage, "rui@reads.example", PHONE)

    assert [(own.device, own.is_this, own.is_strong) for own in listed(rosa)] == [
        (PHONE, False, False),
        (Device(), True, False),
    ]


def test_a_lost_phone_is_signed_out(rosa: Person) -> None:
    phone = signs_in_on(rosa.stage, rosa.user.email, PHONE)
    handle = next(own.handle for own in listed(rosa) if own.device == PHONE)

    end_session(rosa.stage.db, session=rosa.session, handle=handle, now=rosa.stage.now)

    assert user_of_session(rosa.stage.db, phone, rosa.stage.now) is None
    assert user_of_session(rosa.stage.db, rosa.session, rosa.stage.now) == rosa.user
    with pytest.raises(NotKnown):
        end_session(rosa.stage.db, session=rosa.session, handle=handle, now=rosa.stage.now)


def test_nobody_ends_sessions_of_others(rosa: Person, rui: Person) -> None:
    (own,) = listed(rosa)

    with pytest.raises(NotKnown):
        end_session(rui.stage.db, session=rui.session, handle=own.handle, now=rui.stage.now)
    end_other_sessions(rui.stage.db, session=rui.session, now=rui.stage.now)
    with pytest.raises(SignInNeeded):
        end_other_sessions(rui.stage.db, session="", now=rui.stage.now)

    assert len(listed(rosa)) == 1


def test_all_others_end_at_once(rosa: Person) -> None:
    others = [signs_in_on(rosa.stage, rosa.user.email, PHONE) for _ in range(2)]

    end_other_sessions(rosa.stage.db, session=rosa.session, now=rosa.stage.now)

    assert [own.is_this for own in listed(rosa)] == [True]
    assert [user_of_session(rosa.stage.db, other, rosa.stage.now) for other in others] == [None, None]


def test_last_seen_is_written_once_a_day(rosa: Person) -> None:
    stage, first = rosa.stage, dump(rosa.stage.db)
    note_seen(stage.db, session=rosa.session, now=stage.now + timedelta(hours=20))
    assert dump(stage.db) == first

    stage.now += timedelta(days=1)
    note_seen(stage.db, session=rosa.session, now=stage.now)
    note_seen(stage.db, session=rosa.session, now=stage.now + timedelta(hours=20))
    note_seen(stage.db, session="no session", now=stage.now)

    assert [own.seen_at for own in listed(rosa)] == [stage.now]


def test_a_handle_is_no_secret(rosa: Person) -> None:
    (own,) = listed(rosa)

    assert own.handle not in dump(rosa.stage.db)
    assert user_of_session(rosa.stage.db, own.handle, rosa.stage.now) is None
