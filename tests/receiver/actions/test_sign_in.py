"""Signing in by a code: who has the mailbox and the browser, and nobody else."""

from datetime import timedelta

import pytest

from receiver.actions.sign_in import enter_code, request_code, sign_out, user_of_session
from receiver.domain.errors import BadEmail, MailNotSent, TooMany, WrongCode
from tests.fakes.database import dump
from tests.receiver.cast import RECEIVER, Stage

ROSA = "rosa@reads.example"


def ask(stage: Stage, email: str = ROSA) -> str:
    return request_code(
        stage.db, stage.keys, stage.outbox, email=email, return_to="/f/token", receiver=RECEIVER, now=stage.now
    )


def enter(stage: Stage, browser: str, code: str):
    return enter_code(stage.db, stage.keys, browser=browser, code=code, now=stage.now)


def test_the_code_from_the_mail_signs_in_and_leads_back(stage: Stage) -> None:
    browser = ask(stage, " Rosa@Reads.Example ")
    signed_in = enter(stage, browser, stage.outbox.newest.code)

    assert stage.outbox.newest.to == signed_in.user.email == ROSA
    assert signed_in.return_to == "/f/token"
    assert user_of_session(stage.db, signed_in.session, stage.now) == signed_in.user


def test_neither_code_nor_session_is_in_the_database(stage: Stage) -> None:
    browser = ask(stage)
    code = stage.outbox.newest.code.replace(" ", "")
    session = enter(stage, browser, code).session

    everything = dump(stage.db)

    assert code not in everything
    assert session not in everything
    assert browser not in everything


@pytest.mark.parametrize("spacing", ["{} {}", "{}{}", " {}-{} "])
def test_a_code_may_be_typed_with_or_without_its_gap(stage: Stage, spacing: str) -> None:
    browser = ask(stage)

    assert enter(stage, browser, spacing.format(*stage.outbox.newest.code.split())).user.email == ROSA


def test_after_five_wrong_tries_the_right_code_is_no_longer_good(stage: Stage) -> None:
    browser = ask(stage)
    code = stage.outbox.newest.code
    wrong = "0000 0000" if code != "0000 0000" else "1111 1111"
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongCode, match=f"{left} more"):
            enter(stage, browser, wrong)

    with pytest.raises(WrongCode, match="no longer good"):
        enter(stage, browser, code)


def test_a_code_is_good_once(stage: Stage) -> None:
    browser = ask(stage)
    enter(stage, browser, stage.outbox.newest.code)

    with pytest.raises(WrongCode):
        enter(stage, browser, stage.outbox.newest.code)


def test_a_code_is_good_for_ten_minutes(stage: Stage) -> None:
    browser = ask(stage)
    stage.now += timedelta(minutes=10)

    with pytest.raises(WrongCode):
        enter(stage, browser, stage.outbox.newest.code)


def test_a_code_is_good_in_the_browser_that_asked(stage: Stage) -> None:
    ask(stage)
    elsewhere = ask(stage, "mallory@example.org")

    with pytest.raises(WrongCode):
        enter(stage, elsewhere, stage.outbox.mails[0].code)
    with pytest.raises(WrongCode):
        enter(stage, "no browser", stage.outbox.mails[0].code)


def test_three_codes_a_quarter_of_an_hour_and_ten_a_day(stage: Stage) -> None:
    sent = 0
    for _ in range(16):
        for _ in range(4):
            try:
                ask(stage)
            except TooMany:
                break
            sent += 1
        stage.now += timedelta(minutes=16)

    assert sent == 10
    stage.now += timedelta(days=1)
    ask(stage)


def test_a_refused_request_writes_nothing(stage: Stage) -> None:
    for _ in range(3):
        ask(stage)
    before = dump(stage.db)

    with pytest.raises(TooMany):
        ask(stage)
    with pytest.raises(BadEmail):
        ask(stage, "rosa")

    assert dump(stage.db) == before


def test_while_the_mail_server_is_down_no_code_is_kept_nor_counted(stage: Stage) -> None:
    before = dump(stage.db)
    stage.outbox.is_down = True

    for _ in range(5):
        with pytest.raises(MailNotSent):
            ask(stage)

    assert dump(stage.db) == before


def test_a_session_ends_by_signing_out_or_after_thirty_days(stage: Stage) -> None:
    first, second = stage.sign_in(ROSA), stage.sign_in(ROSA)
    sign_out(stage.db, first.session)

    assert user_of_session(stage.db, first.session, stage.now) is None
    assert user_of_session(stage.db, second.session, stage.now + timedelta(days=29)) == second.user
    assert user_of_session(stage.db, second.session, stage.now + timedelta(days=30)) is None
