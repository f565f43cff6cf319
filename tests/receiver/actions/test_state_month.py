"""Statements: true in the middle of a close, unchanged for ever after it, and silent about who gave what."""

import pytest

from receiver.actions.close_month import close_month, close_month_stepwise
from receiver.actions.forget_clicks import forget_clicks
from receiver.actions.verify_site import withdraw_site
from receiver.domain.click import ClickState, MonthState
from receiver.domain.month import Month
from tests.receiver.cast import Blog, Person, Stage, at, eur

SEPTEMBER = Month(2026, 9)


def readers(stage: Stage, count: int) -> list[Person]:
    people = []
    for number in range(count):
        person = stage.person(f"reader{number}@reads.example")
        person.pledges("2.00")
        person.pays("2.00")
        people.append(person)
    return people


def test_an_open_month_shows_what_each_click_is_worth_at_this_moment(rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    alone = rosa.month(SEPTEMBER).lines[0].share
    rosa.clicks(bread.post("spelt"))

    assert alone == eur("9.00")
    assert [line.share for line in rosa.month(SEPTEMBER).lines] == [eur("4.50")] * 2


def test_a_closed_month_does_not_follow_its_sites(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    reader, creator = rosa.month(SEPTEMBER), carla.income(SEPTEMBER)

    withdraw_site(stage.db, site=bread.key.site, now=stage.now)

    assert rosa.month(SEPTEMBER) == reader
    assert carla.income(SEPTEMBER).total == creator.total == eur("9.00")


@pytest.mark.parametrize("step", ["gifts", "readers", "things", "creators"])
def test_in_the_middle_of_a_close_the_figures_are_those_of_its_end(
    stage: Stage, rosa: Person, rui: Person, bread: Blog, step: str
) -> None:
    rosa.clicks(*bread.posts("rye spelt"))
    rui.clicks(bread.post("rye"))
    rosa.gives(bread.post("rye"), "1.00")
    stage.now = at("2026-10-02")
    for progress in close_month_stepwise(stage.db, stage.rules, SEPTEMBER, now=stage.now):
        if progress.step == step:
            break

    before = rosa.month(SEPTEMBER)
    close_month(stage.db, stage.rules, SEPTEMBER, now=stage.now)
    after = rosa.month(SEPTEMBER)

    assert (before.state, after.state) == (MonthState.CLOSING, MonthState.CLOSED)
    assert (before.share, before.fee, before.given, before.counting) == (
        after.share, after.fee, after.given, after.counting,
    )  # fmt: skip


def test_a_sum_of_fewer_than_three_readers_is_not_shown(stage: Stage, carla: Person, bread: Blog) -> None:
    (one, another, third), many = readers(stage, 3), readers(stage, 5)
    one.clicks(bread.post("private"))
    another.clicks(bread.post("private"), bread.post("also-private"))
    third.clicks(bread.post("also-private"))
    for person in many:
        person.clicks(bread.post("popular"))
    stage.close(SEPTEMBER)

    income = carla.income(SEPTEMBER)

    amounts = {line.thing.url.split("/")[3]: line.amount for line in income.things}
    assert amounts["private"] is None
    assert amounts["also-private"] is None
    assert amounts["popular"] is not None
    assert amounts["popular"] + income.of_few_readers == income.total


def test_what_one_reader_gave_is_not_the_total_less_what_is_shown(stage: Stage, carla: Person, bread: Blog) -> None:
    people = readers(stage, 4)
    people[0].clicks(bread.post("private"))
    for person in people[1:]:
        person.clicks(bread.post("popular"), bread.post("read-too"))
    people[0].clicks(bread.post("read-too"))
    stage.close(SEPTEMBER)

    hidden = [line.thing.url.split("/")[3] for line in carla.income(SEPTEMBER).things if line.amount is None]

    assert sorted(hidden) == ["popular", "private"]


def test_things_are_not_ranked_by_what_is_hidden(stage: Stage, carla: Person, bread: Blog) -> None:
    poor, rich = readers(stage, 2)
    rich.pays("98.00")
    rich.pledges("100.00")
    poor.clicks(bread.post("first"))
    rich.clicks(bread.post("second"))
    stage.close(SEPTEMBER)

    assert [line.thing.url.split("/")[3] for line in carla.income(SEPTEMBER).things] == ["first", "second"]


def test_an_open_month_shows_a_creator_counts_alone(rosa: Person, carla: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))

    income = carla.income(SEPTEMBER)

    assert [(line.readers, line.amount) for line in income.things] == [(1, None)]
    assert income.total == 0


def test_after_thirteen_months_the_clicks_are_forgotten_and_the_sums_stay(
    stage: Stage, rosa: Person, carla: Person, bread: Blog
) -> None:
    later = carla.registers("https://later.example/", is_approved=False)
    rosa.clicks(*bread.posts("rye spelt"), later.post("pending"))
    rosa.gives(bread.post("rye"), "1.00")
    stage.close(SEPTEMBER)
    stage.close(SEPTEMBER.plus(1))
    before, income = rosa.month(SEPTEMBER), carla.income(SEPTEMBER)
    assert forget_clicks(stage.db, now=at("2027-11-01")) == []

    assert forget_clicks(stage.db, now=at("2027-11-03")) == [SEPTEMBER]

    after = rosa.month(SEPTEMBER)
    assert (before.is_forgotten, after.is_forgotten) == (False, True)
    assert after.lines == []
    assert (after.share, after.counting, after.given, after.fee) == (
        before.share, before.counting, before.given, before.fee,
    )  # fmt: skip
    assert carla.income(SEPTEMBER) == income
    assert forget_clicks(stage.db, now=at("2027-11-03")) == []


def test_a_reader_who_clicked_nothing_is_told_too_that_the_month_is_forgotten(stage: Stage, rui: Person) -> None:
    stage.close(SEPTEMBER)
    forget_clicks(stage.db, now=at("2027-12-01"))

    assert rui.month(SEPTEMBER).is_forgotten


def test_an_own_click_counts_for_nothing(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rosas"))
    rosa.registers("https://bread.example/rosas/")

    assert [line.state for line in rosa.month(SEPTEMBER).lines] == [ClickState.LAPSED]


@pytest.mark.parametrize(
    ("payable_day", "day"), [(1, "2026-10-01"), (10, "2026-10-10"), (28, "2026-10-28"), (31, "2026-10-31")]
)
def test_earnings_are_payable_from_the_operators_day_on(
    stage: Stage, rosa: Person, carla: Person, bread: Blog, payable_day: int, day: str
) -> None:
    rosa.clicks(bread.post("rye"))
    close_month(stage.db, stage.rules, SEPTEMBER, now=SEPTEMBER.end())
    stage.rules = type(stage.rules)(payable_day=payable_day)

    stage.now = at(day) - (at("2026-10-02") - at("2026-10-01")) / 1_000_000
    early = carla.payable
    stage.now = at(day)

    assert (early, carla.payable) == (0, eur("9.00"))


def test_a_month_closed_late_is_payable_at_once_and_never_twice(
    stage: Stage, rosa: Person, carla: Person, bread: Blog
) -> None:
    stage.now = at("2026-09-20")
    rosa.pays("20.00")
    rosa.pledges("30.00")
    rosa.clicks(bread.post("rye"))
    stage.now = at("2027-01-05")
    for number in range(3):
        close_month(stage.db, stage.rules, SEPTEMBER.plus(number), now=stage.now)
    paid = carla.is_paid_out("20.00")

    assert (paid, carla.payable) == (eur("20.00"), eur("7.00"))
