"""State a creator's income of a year: by month, by site, by thing, and what a click was worth.

Every sum is a sum of amounts that the statements of the months show, so nothing can be told from them that was not
told before: docs/decisions/0008-sums-of-few-readers.md.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from receiver.actions.hide_sums import hidden_in
from receiver.actions.state_team_month import state_team_incomes
from receiver.domain.click import MonthState
from receiver.domain.click_value import ClickValue, value_of_clicks
from receiver.domain.money import NOTHING, Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.rules import READERS_SHOWN_MIN
from receiver.domain.site import Site
from receiver.domain.thing import Thing
from receiver.store import clicks, months, settlements, sites, things
from receiver.store.database import Database
from receiver.store.settlements import ThingSettlement

MONTHS_PER_PAGE: Final = 12
THINGS_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class IncomeMonth:
    """A month: total == sum of `by_site` + `apart`, which are gifts and what things of few readers got together.

    Of a site that a team shares it is the creator's part, gifts included; `value` leaves such sites out.
    """

    month: Month
    state: MonthState
    clicks: int
    by_site: dict[str, Micros]
    apart: Micros
    value: ClickValue | None

    @property
    def total(self) -> Micros:
        return Micros(sum(self.by_site.values()) + self.apart)


@dataclass(frozen=True, slots=True)
class ThingOfYear:
    thing: Thing
    clicks: int
    amount: Micros


@dataclass(frozen=True, slots=True)
class Income:
    """Months are newest first, without a gap; `things` are those that got most, by the amounts that are shown."""

    months: list[IncomeMonth]
    sites: list[Site]
    things: list[ThingOfYear]
    number: int
    has_older: bool

    @property
    def total(self) -> Micros:
        return Micros(sum(month.total for month in self.months))


def state_income(db: Database, *, creator: User, now: datetime, page: int = 1) -> Income:
    """Return the income of the twelve months before this one, or on later pages of those before them."""
    last = Month.of(now).plus(-1 - MONTHS_PER_PAGE * (page - 1))
    with db.reading() as connection:
        earned = [month for month, _ in settlements.months_of_creator(connection, creator.id)]
        first = max(last.plus(1 - MONTHS_PER_PAGE), min(earned, default=last))
        wanted = [last.plus(-back) for back in range(max(0, first.months_until(last) + 1))]
        settled = {month: settlements.things_of_creator(connection, month, creator.id) for month in wanted}
        shown = {month: _shown(connection, month, rows) for month, rows in settled.items()}
        site_by_thing = things.paid_site_by_thing(connection, {row.thing for rows in shown.values() for row in rows})
        return Income(
            [_month(connection, creator, month, settled[month], shown[month], site_by_thing) for month in wanted],
            sites.of_owner(connection, creator.id),
            _most_earning(connection, (row for rows in shown.values() for row in rows)),
            page,
            any(month < first for month in earned),
        )


def value_of_month(connection: Connection, *, creator: int, month: Month) -> ClickValue | None:
    """Return what a click of a closed month was worth; once its readers are forgotten, the mean alone."""
    if months.forgotten_at(connection, month) is None:
        return value_of_clicks(clicks.given_to_creator(connection, month, creator))
    settled = settlements.things_of_creator(connection, month, creator)
    if max((row.readers for row in settled), default=0) < READERS_SHOWN_MIN:
        return None
    return ClickValue(Micros(sum(row.amount for row in settled) // sum(row.readers for row in settled)))


def _shown(connection: Connection, month: Month, settled: list[ThingSettlement]) -> list[ThingSettlement]:
    hidden = hidden_in(connection, month, settled)
    return [row for row in settled if row.thing not in hidden]


def _month(
    connection: Connection,
    creator: User,
    month: Month,
    settled: list[ThingSettlement],
    shown: list[ThingSettlement],
    site_by_thing: dict[int, str],
) -> IncomeMonth:
    state = months.state(connection, month)
    if state is not MonthState.CLOSED:
        return IncomeMonth(month, state, 0, {}, NOTHING, None)
    gifts = sum(gift.given for gift in settlements.gifts_of_creator(connection, month, creator.id))
    teams = state_team_incomes(connection, creator.id, month)
    by_site: dict[str, Micros] = {}
    for row in shown:
        site = site_by_thing[row.thing]
        by_site[site] = Micros(by_site.get(site, 0) + row.amount)
    for team in teams:
        by_site[team.site.id] = Micros(by_site.get(team.site.id, 0) + team.part)
    return IncomeMonth(
        month,
        state,
        sum(row.readers for row in settled) + sum(line.readers for team in teams for line in team.things),
        by_site,
        Micros(sum(row.amount for row in settled) - sum(row.amount for row in shown) + gifts),
        value_of_month(connection, creator=creator.id, month=month),
    )


def _most_earning(connection: Connection, shown: Iterable[ThingSettlement]) -> list[ThingOfYear]:
    amounts, counts = Counter[int](), Counter[int]()
    for row in shown:
        amounts[row.thing] += row.amount
        counts[row.thing] += row.readers
    most = sorted(amounts, key=lambda thing: (-amounts[thing], thing))[:THINGS_SHOWN]
    thing_by_id = things.get_many(connection, most)
    return [ThingOfYear(thing_by_id[thing], counts[thing], Micros(amounts[thing])) for thing in most]
