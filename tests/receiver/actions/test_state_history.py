"""All closed months of a reader: each adds up to the micro, and to its statement."""

import pytest

from receiver.actions import state_history as action
from receiver.actions.forget_clicks import forget_clicks
from receiver.actions.state_history import last_closed_month, state_history
from receiver.domain.month import Month
from tests.receiver.cast import Blog, Person, Stage, at, eur

SEPTEMBER = Month(2026, 9)


def read_two_months(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.pays("20.00")
    rosa.clicks(*bread.posts("rye spelt oats"))
    rosa.gives(bread.post("rye"), "1.00")
    stage.close(SEPTEMBER)
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER.plus(1))


def test_each_month_is_that_of_its_statement(stage: Stage, rosa: Person, bread: Blog) -> None:
    read_two_months(stage, rosa, bread)
    history = state_history(stage.db, reader=rosa.user)

    assert [row.month for row in history.rows] == [SEPTEMBER.plus(1), SEPTEMBER]
    for row in history.rows:
        statement = rosa.month(row.month)
        assert (row.counting, row.share, row.given, row.fee, row.taken) == (
            statement.counting, statement.share, statement.given, statement.fee, statement.taken,
        )  # fmt: skip
    assert (history.rows[1].gift_count, history.rows[1].gifts) == (1, eur("0.90"))
    assert history.taken == sum(row.taken for row in history.rows)


def test_the_history_outlives_the_clicks(stage: Stage, rosa: Person, bread: Blog) -> None:
    read_two_months(stage, rosa, bread)
    before = state_history(stage.db, reader=rosa.user)

    forget_clicks(stage.db, now=at("2028-01-15"))

    assert state_history(stage.db, reader=rosa.user) == before


def test_the_history_has_pages_and_sums_of_all(
    stage: Stage, rosa: Person, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(action, "MONTHS_PER_PAGE", 1)
    read_two_months(stage, rosa, bread)

    pages = [state_history(stage.db, reader=rosa.user, page=page) for page in (1, 2, 3)]

    assert [[row.month for row in page.rows] for page in pages] == [[SEPTEMBER.plus(1)], [SEPTEMBER], []]
    assert [page.has_next for page in pages] == [True, False, False]
    assert {page.taken for page in pages} == {pages[0].taken}


def test_a_month_that_could_not_be_paid_took_nothing(stage: Stage, rui: Person, bread: Blog) -> None:
    rui.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)

    (row,) = state_history(stage.db, reader=rui.user).rows
    assert (row.counting, row.taken) == (0, 0)


def test_the_last_closed_month_is_the_one_before(stage: Stage, rosa: Person, rui: Person, bread: Blog) -> None:
    read_two_months(stage, rosa, bread)

    found = last_closed_month(stage.db, reader=rosa.user, before=SEPTEMBER.plus(2))
    assert found is not None
    assert found.month == SEPTEMBER.plus(1)
    assert last_closed_month(stage.db, reader=rosa.user, before=SEPTEMBER) is None
    assert last_closed_month(stage.db, reader=rui.user, before=SEPTEMBER.plus(2)) is None


def test_what_each_host_got_adds_up_to_what_was_given(stage: Stage, rosa: Person, bread: Blog, radio: Blog) -> None:
    rosa.clicks(*bread.posts("rye spelt"), radio.post("valves"))
    rosa.gives(radio.post("valves"), "1.00")
    stage.close(SEPTEMBER)
    statement = rosa.month(SEPTEMBER)

    assert [(one.host, one.things) for one in statement.by_host] == [("bread.example", 2), ("radio.example", 1)]
    assert sum(one.amount for one in statement.by_host) == statement.given
