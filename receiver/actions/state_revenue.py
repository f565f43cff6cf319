"""State a closed month as the old Flattr's report of revenue did: a row for each thing whose sum may be shown."""

from dataclasses import dataclass

from receiver.actions.find_own_things import clicks_ever
from receiver.actions.state_income import value_of_month
from receiver.actions.state_month import CreatorStatement, state_creator_month
from receiver.domain.click import MonthState
from receiver.domain.click_value import ClickValue
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.thing import Thing
from receiver.store import sites
from receiver.store.database import Database


@dataclass(frozen=True, slots=True)
class RevenueRow:
    """`clicks` are those of the month, `clicks_total` all up to this moment: an old report differs if made again.

    `amount` is the creator's part, if a team divides.
    """

    thing: Thing
    clicks: int
    amount: Micros
    clicks_total: int


@dataclass(frozen=True, slots=True)
class Revenue:
    """Rows by amount, the largest first; what they leave out is in the statement of the month."""

    statement: CreatorStatement
    rows: list[RevenueRow]
    value: ClickValue | None


def state_revenue(db: Database, *, creator: User, month: Month) -> Revenue:
    """Return the report of a month; without rows and value while it is not closed."""
    statement = state_creator_month(db, creator=creator, month=month)
    with db.reading() as connection:
        ever: dict[int, int] = {}
        for site in [*sites.of_owner(connection, creator.id), *(team.site for team in statement.teams)]:
            ever |= clicks_ever(connection, site)
        is_closed = statement.state is MonthState.CLOSED
        value = value_of_month(connection, creator=creator.id, month=month) if is_closed else None
    rows = [
        RevenueRow(line.thing, line.readers, line.amount, ever.get(line.thing.id, line.readers))
        for line in statement.things
        if line.amount is not None
    ]
    rows += [
        RevenueRow(line.thing, line.readers, line.part, ever.get(line.thing.id, line.readers))
        for team in statement.teams
        for line in team.things
        if line.part is not None
    ]
    return Revenue(statement, sorted(rows, key=lambda row: (-row.amount, row.thing.id)), value)
