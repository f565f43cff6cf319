"""A month of Flattr, from the sign-in to the payout."""

from receiver.actions.check_books import check_books
from receiver.actions.close_month import close_due_months
from receiver.actions.state_month import state_books
from receiver.domain.click import ClickState, MonthState
from receiver.domain.month import Month
from tests.receiver.cast import Blog, Person, Stage, at, eur

SEPTEMBER = Month(2026, 9)


def test_ten_euros_and_three_clicks_are_three_euros_each(
    stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog, radio: Blog
) -> None:
    rosa.clicks(*bread.posts("rye spelt"), radio.post("valves"))
    stage.close(SEPTEMBER)

    statement = rosa.month(SEPTEMBER)
    assert statement.state is MonthState.CLOSED
    assert [line.share for line in statement.lines] == [eur("3.00")] * 3
    assert {line.state for line in statement.lines} == {ClickState.SETTLED}
    assert (statement.given, statement.fee, statement.taken) == (eur("9.00"), eur("1.00"), eur("10.00"))
    assert (carla.earned, cem.earned) == (eur("6.00"), eur("3.00"))


def test_two_euros_and_two_clicks_are_ninety_cents_each(stage: Stage, carla: Person, bread: Blog) -> None:
    reader = stage.person("two@reads.example")
    reader.pledges("2.00")
    reader.pays("2.00")
    reader.clicks(*bread.posts("rye spelt"))
    stage.close(SEPTEMBER)

    assert [line.share for line in reader.month(SEPTEMBER).lines] == [eur("0.90")] * 2


def test_five_euros_and_ten_clicks_are_forty_five_cents_each(stage: Stage, carla: Person, bread: Blog) -> None:
    reader = stage.person("five@reads.example")
    reader.pledges("5.00")
    reader.pays("5.00")
    reader.clicks(*bread.posts("a b c d e f g h i j"))
    stage.close(SEPTEMBER)

    assert [line.share for line in reader.month(SEPTEMBER).lines] == [eur("0.45")] * 10


def test_what_is_earned_is_paid_out_on_the_tenth(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    rosa.pledges("20.00")
    rosa.pays("10.00")
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    before = carla.payable
    stage.now = at("2026-10-10")

    paid = carla.is_paid_out()

    assert (before, paid, carla.earned) == (0, eur("18.00"), 0)


def test_the_trial_balance_is_zero(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)

    balance = state_books(stage.db)

    assert balance.total == 0
    assert {line.label: line.balance for line in balance.lines} == {
        "rail:hand": -eur("10.00"),
        "fresh": 0,
        "pots": 0,
        "earned": eur("9.00"),
        "cut": eur("1.00"),
    }
    assert all(not check.faults for check in check_books(stage.db))


def test_without_clicks_the_money_stays_the_readers(stage: Stage, rosa: Person) -> None:
    stage.close(SEPTEMBER)

    assert rosa.month(SEPTEMBER).taken == 0
    assert rosa.month(SEPTEMBER).funds.total == eur("10.00")


def test_months_that_are_over_close_by_themselves_the_oldest_first(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    stage.now = at("2026-12-01")

    closed = close_due_months(stage.db, stage.rules, now=stage.now)

    assert closed == [Month(2026, 9), Month(2026, 10), Month(2026, 11)]
    assert close_due_months(stage.db, stage.rules, now=stage.now) == []
