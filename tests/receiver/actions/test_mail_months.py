"""A mail after each month: to whoever wants it, once, whatever is killed in between."""

import re

import pytest
from sqlalchemy import select

from receiver.actions import mail_months as action
from receiver.actions.mail_months import (
    is_month_mail_wished,
    mail_months,
    mint_stop_token,
    stop_month_mail,
    stop_month_mail_by_token,
    wish_month_mail,
)
from receiver.domain.errors import NotKnown
from receiver.domain.month import Month
from receiver.store.master_keys import MasterKeys
from receiver.store.schema import mails
from tests.receiver.cast import RECEIVER, Blog, Person, Stage

SEPTEMBER = Month(2026, 9)


def wishes(person: Person, language: str = "en") -> None:
    wish_month_mail(person.stage.db, reader=person.user, language=language, now=person.stage.now)


def run(stage: Stage) -> None:
    for _ in mail_months(stage.db, stage.keys, stage.rules, receiver=RECEIVER, now=stage.now):
        pass


def queued(stage: Stage) -> list[tuple[str, str, str]]:
    with stage.db.reading() as connection:
        c = mails.c
        return [tuple(row) for row in connection.execute(select(c.recipient, c.subject, c.text).order_by(c.id))]


def test_nobody_is_mailed_unasked(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    run(stage)

    assert queued(stage) == []
    assert not is_month_mail_wished(stage.db, reader=rosa.user)


def test_a_mail_says_what_was_given_to_how_many_and_what_each_was_worth(
    stage: Stage, rosa: Person, bread: Blog
) -> None:
    wishes(rosa)
    rosa.clicks(bread.post("rye"), bread.post("spelt"))
    rosa.gives(bread.post("rye"), "1.00")
    run(stage)
    assert queued(stage) == [], "the month is open"
    stage.close(SEPTEMBER)
    run(stage)

    ((to, subject, text),) = queued(stage)
    text = text.replace("\u00a0", " ")
    assert (to, subject) == ("rosa@reads.example", "Your September 2026")
    assert "You gave 8.10 EUR to 2 things, 4.05 EUR each.\nYour gift added 0.90 EUR.\nThe cut was 1.00 EUR." in text
    assert "Taken from your funds: 10.00 EUR." in text
    assert "https://flattr.example/me/2026-09\n" in text


def test_a_mail_of_a_month_without_a_click_says_so(stage: Stage, rosa: Person, rui: Person, bread: Blog) -> None:
    wishes(rosa)
    rui.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    run(stage)

    assert "Nothing was taken; your money stayed yours." in queued(stage)[0][2]


def test_it_is_in_the_readers_language(stage: Stage, rosa: Person, bread: Blog) -> None:
    wishes(rosa)
    wishes(rosa, "de")
    rosa.clicks(bread.post("rye"), bread.post("spelt"), bread.post("oats"), bread.post("malt"))
    stage.close(SEPTEMBER)
    run(stage)

    ((_, _, text),) = queued(stage)
    assert "2,25\u00a0EUR" in text


def test_run_twice_nothing_doubles(stage: Stage, rosa: Person, bread: Blog) -> None:
    wishes(rosa)
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    for _ in range(3):
        run(stage)
        wishes(rosa)

    assert len(queued(stage)) == 1


def test_killed_before_the_commit_it_comes_once_all_the_same(
    stage: Stage, rosa: Person, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes(rosa)
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)

    def die(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(action.month_mails, "set_mailed", die)
        with pytest.raises(KeyboardInterrupt):
            run(stage)
    assert queued(stage) == []
    run(stage)
    run(stage)

    assert len(queued(stage)) == 1


def test_more_readers_than_a_chunk_all_get_theirs(
    stage: Stage, rosa: Person, rui: Person, carla: Person, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(action, "CHUNK", 2)
    for person in (rosa, rui, carla):
        wishes(person)
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER.plus(1))
    run(stage)

    mailed = sorted((to, subject) for to, subject, _ in queued(stage))
    assert len(mailed) == len(set(mailed)) == 6


def test_months_that_closed_before_the_wish_are_not_mailed(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    wishes(rosa)
    run(stage)

    assert queued(stage) == []


def test_a_month_that_is_over_but_not_closed_is_mailed_still(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    stage.now = SEPTEMBER.end()
    wishes(rosa)
    stage.close(SEPTEMBER)
    run(stage)

    assert [subject for _, subject, _ in queued(stage)] == ["Your September 2026"]


def test_stopped_mails_come_no_more(stage: Stage, rosa: Person, rui: Person, bread: Blog) -> None:
    wishes(rosa)
    wishes(rui)
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    run(stage)
    found = re.search(r"https://flattr\.example/mails/stop/(\S+)", queued(stage)[0][2])
    assert found
    for _ in range(2):  # twice is no error
        stop_month_mail_by_token(stage.db, stage.keys, found[1])
        stop_month_mail(stage.db, reader=rui.user)
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER.plus(1))
    run(stage)

    assert len(queued(stage)) == 2


def test_only_a_whole_and_genuine_token_stops(stage: Stage, rosa: Person, rui: Person) -> None:
    wishes(rosa)
    genuine = mint_stop_token(stage.keys, rosa.user.id)
    signature_of_rui = mint_stop_token(stage.keys, rui.user.id).rpartition(".")[2]
    forged = [
        "", "x", "-", "1-", genuine[:-1], genuine + "x", "2" + genuine[1:], genuine.replace("1-", "0-", 1),
        f"{genuine.rpartition('.')[0]}.{signature_of_rui}", mint_stop_token(MasterKeys({1: bytes(32)}), rosa.user.id),
        "9" * 300, "١-" + genuine[2:],
    ]  # fmt: skip

    for token in forged:
        with pytest.raises(NotKnown):
            stop_month_mail_by_token(stage.db, stage.keys, token)
    assert is_month_mail_wished(stage.db, reader=rosa.user)


def test_a_token_outlives_its_master_key_being_followed_by_another(stage: Stage, rosa: Person) -> None:
    wishes(rosa)
    token = mint_stop_token(stage.keys, rosa.user.id)

    stop_month_mail_by_token(stage.db, MasterKeys({1: bytes(range(32)), 2: bytes(32)}), token)

    assert not is_month_mail_wished(stage.db, reader=rosa.user)
