"""Income of a year: every sum is made of what statements show, and the value of a click is that of the books."""

import pytest

from receiver.actions.forget_clicks import forget_clicks
from receiver.actions.state_income import Income, state_income
from receiver.actions.state_revenue import state_revenue
from receiver.domain.click_value import ClickValue
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.store import clicks
from tests.receiver.cast import Blog, Person, Stage, at, eur

SEPTEMBER = Month(2026, 9)
OCTOBER = SEPTEMBER.plus(1)


@pytest.fixture
def people(stage: Stage) -> list[Person]:
    """Ten readers, who pledged from 2 to 11 euros."""
    people = []
    for number in range(10):
        person = stage.person(f"reader{number}@reads.example")
        person.pledges(f"{2 + number}.00")
        person.pays("40.00")
        people.append(person)
    return people


def income(stage: Stage, creator: Person, *, page: int = 1) -> Income:
    return state_income(stage.db, creator=creator.user, now=stage.now, page=page)


def test_a_month_adds_up_and_tells_sites_apart_as_its_statement_does(
    stage: Stage, carla: Person, bread: Blog, people: list[Person]
) -> None:
    oven = carla.registers("https://oven.example/", title="Oven")
    for person in people:
        person.clicks(bread.post("rye"))
    for person in people[:4]:
        person.clicks(oven.post("stone"))
    people[0].clicks(oven.post("private"))
    people[1].gives(bread.post("rye"), "1.00")
    stage.close(SEPTEMBER)

    (month,) = income(stage, carla).months
    statement = carla.income(SEPTEMBER)

    shown = {line.thing.title: line.amount for line in statement.things if line.amount is not None}
    assert month.total == statement.total == income(stage, carla).total
    assert sum(month.by_site.values()) == sum(shown.values())
    assert month.apart == statement.of_few_readers + statement.gifts
    assert month.clicks == 15
    assert [(row.thing.title, row.amount) for row in income(stage, carla).things] == sorted(
        shown.items(), key=lambda pair: -pair[1]
    )


def test_a_site_of_two_readers_has_no_sum_of_its_own(
    stage: Stage, carla: Person, bread: Blog, people: list[Person]
) -> None:
    quiet = carla.registers("https://quiet.example/")
    for person in people:
        person.clicks(bread.post("rye"), bread.post("oats"))
    for person in people[:2]:
        person.clicks(quiet.post("one"))
    stage.close(SEPTEMBER)

    (month,) = income(stage, carla).months

    assert quiet.key.site not in month.by_site
    assert month.by_site[bread.key.site] > 0
    assert month.apart > 0


def test_the_value_of_a_click_is_that_of_the_books(
    stage: Stage, carla: Person, cem: Person, bread: Blog, radio: Blog, people: list[Person]
) -> None:
    for person in people:
        person.clicks(bread.post("rye"), radio.post("valves"))
    people[0].clicks(bread.post("oats"))
    stage.close(SEPTEMBER)

    (month,) = income(stage, carla).months
    with stage.db.reading() as connection:
        given = clicks.given_to_creator(connection, SEPTEMBER, carla.user.id)

    # Reader 0 gave 0.60 to each of three things, reader n half of 0.9 × (2 + n) euros.
    assert sorted(given) == [(eur("0.60"), 2), *((Micros(450_000 * (2 + number)), 1) for number in range(1, 10))]
    assert sum(share * count for share, count in given) == carla.income(SEPTEMBER).total
    assert month.value == ClickValue(
        mean=Micros((2 * 600_000 + 450_000 * sum(range(3, 12))) // 11), median=Micros(450_000 * 6)
    )


def test_a_click_that_was_carried_and_made_again_has_one_value(
    stage: Stage, carla: Person, people: list[Person]
) -> None:
    later = carla.registers("https://later.example/", is_approved=False)
    for person in people[:3]:
        person.clicks(later.post("one"))
    stage.close(SEPTEMBER)
    later.is_approved()
    for person in people[:3]:
        person.clicks(later.post("one"))
    stage.close(OCTOBER)

    with stage.db.reading() as connection:
        given = clicks.given_to_creator(connection, OCTOBER, carla.user.id)

    assert [count for _, count in given] == [1, 1, 1]
    assert sum(share for share, _ in given) == carla.income(OCTOBER).total


def test_of_two_readers_no_value_is_told(stage: Stage, carla: Person, bread: Blog, people: list[Person]) -> None:
    for person in people[:2]:
        person.clicks(*bread.posts("rye oats"))
    stage.close(SEPTEMBER)

    (month,) = income(stage, carla).months

    assert (month.value, month.by_site, month.apart) == (None, {}, carla.income(SEPTEMBER).total)


def test_once_readers_are_forgotten_the_mean_is_left(
    stage: Stage, carla: Person, bread: Blog, people: list[Person]
) -> None:
    for person in people:
        person.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    before = income(stage, carla).months[0].value
    forget_clicks(stage.db, now=at("2027-12-01"))

    after = income(stage, carla).months[0].value

    assert before is not None
    assert after == ClickValue(before.mean)


def test_years_come_page_by_page_without_a_gap(stage: Stage, carla: Person, bread: Blog, people: list[Person]) -> None:
    people[0].clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    stage.now = at("2027-11-15")

    first, second, third = (income(stage, carla, page=number) for number in (1, 2, 3))

    assert [str(row.month) for row in (first.months[0], first.months[-1])] == ["2027-10", "2026-11"]
    assert (len(first.months), first.has_older, first.total) == (12, True, 0)
    assert [str(row.month) for row in second.months] == ["2026-10", "2026-09"]
    assert (second.has_older, second.total) == (False, carla.income(SEPTEMBER).total)
    assert (third.months, third.has_older) == ([], False)


def test_a_report_has_the_things_whose_sums_may_be_shown(
    stage: Stage, carla: Person, bread: Blog, people: list[Person]
) -> None:
    for person in people[:3]:
        person.clicks(bread.post("rye"))
    for person in people[3:9]:
        person.clicks(bread.post("oats"))
    for person in people[:2]:
        person.clicks(bread.post("private"))
    people[9].clicks(bread.post("private-too"))
    stage.close(SEPTEMBER)
    people[0].clicks(bread.post("oats"))

    report = state_revenue(stage.db, creator=carla.user, month=SEPTEMBER)

    assert [(row.thing.title, row.clicks, row.clicks_total) for row in report.rows] == [
        ("About oats", 6, 7), ("About rye", 3, 3),
    ]  # fmt: skip
    assert sum(row.amount for row in report.rows) + report.statement.of_few_readers == report.statement.total
    assert report.value is not None
    assert state_revenue(stage.db, creator=carla.user, month=OCTOBER).rows == []
