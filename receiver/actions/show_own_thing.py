"""Show a creator one of their things: its clicks and income by month, and the code to print."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from receiver.actions.find_own_things import clicks_ever
from receiver.actions.hide_sums import hidden_in
from receiver.actions.open_printed_code import printed_code
from receiver.actions.register_site import require_owner
from receiver.domain.click import MonthState
from receiver.domain.errors import NotKnown
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.site import Site
from receiver.domain.thing import SITE_IDENTITY, Thing
from receiver.store import clicks, months, settlements, sites, things
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys
from receiver.store.settlements import ThingSettlement

MONTHS_SHOWN: Final = 24


@dataclass(frozen=True, slots=True)
class ThingMonth:
    """One month of a thing; `amount` is None where it is not known yet, or would tell what few readers gave."""

    month: Month
    state: MonthState
    clicks: int
    amount: Micros | None


@dataclass(frozen=True, slots=True)
class ShownThing:
    """`months` are newest first, without a gap; `income` is the sum of the amounts that are shown, no more."""

    site: Site
    thing: Thing
    code: str
    months: list[ThingMonth]
    clicks_ever: int

    @property
    def income(self) -> Micros:
        return Micros(sum(month.amount or 0 for month in self.months))

    @property
    def has_hidden_months(self) -> bool:
        return any(month.state is MonthState.CLOSED and month.clicks and month.amount is None for month in self.months)


def show_own_thing(db: Database, keys: MasterKeys, *, owner: User, site: str, thing: int, month: Month) -> ShownThing:
    """Return a thing that is paid to this site.  Raises NotKnown, NotAllowed."""
    with db.reading() as connection:
        known = sites.get(connection, site)
        require_owner(known, owner)
        own = things.get(connection, thing)
        if own.paid_site != site or own.identity == SITE_IDENTITY:
            raise NotKnown("there is no such thing on this site")
        return ShownThing(
            known,
            own,
            printed_code(connection, keys, own),
            _months(connection, own, known.owner, month),
            clicks_ever(connection, known).get(thing, 0),
        )


def _months(connection: Connection, thing: Thing, creator: int, last: Month) -> list[ThingMonth]:
    """Return the months from the first of which anything is told to the last, two years at most."""
    settled = {row.month: row for row in settlements.months_of_thing(connection, thing.id, creator=creator)}
    wanted = [last.plus(-back) for back in range(MONTHS_SHOWN)]
    rows = [_month(connection, thing, month, settled.get(month)) for month in wanted]
    while len(rows) > 1 and not rows[-1].clicks:
        rows.pop()
    return rows


def _month(connection: Connection, thing: Thing, month: Month, settled: ThingSettlement | None) -> ThingMonth:
    state = months.state(connection, month)
    if settled is not None:
        if settled.team is None:
            all_of_month = settlements.things_of_creator(connection, month, settled.creator)
        else:
            all_of_month = settlements.things_of_team(connection, month, settled.team)
        is_hidden = thing.id in hidden_in(connection, month, all_of_month)
        return ThingMonth(month, state, settled.readers, None if is_hidden else settled.amount)
    if state is MonthState.CLOSED:
        return ThingMonth(month, state, 0, None)
    return ThingMonth(month, state, clicks.count_by_thing(connection, month, thing.paid_site).get(thing.id, 0), None)
