"""State all closed months of a reader at a glance: sums alone, which stay when the clicks are forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from receiver.domain.money import NOTHING, Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.store import settlements
from receiver.store.database import Database
from receiver.store.settlements import ReaderSettlement

MONTHS_PER_PAGE: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedMonth:
    """What a reader gave in a closed month: taken == from_pot + gifts + fee, to the micro.

    `counting` is how many things got a share, `gift_count` how many gifts were booked.
    """

    month: Month
    counting: int
    share: Micros
    gift_count: int
    gifts: Micros
    fee: Micros

    @property
    def from_pot(self) -> Micros:
        return Micros(self.share * self.counting)

    @property
    def given(self) -> Micros:
        return Micros(self.from_pot + self.gifts)

    @property
    def taken(self) -> Micros:
        return Micros(self.given + self.fee)


@dataclass(frozen=True, slots=True)
class History:
    """Part of a reader's closed months, newest first; `number` counts pages from 1, sums are of all months."""

    rows: Sequence[ClosedMonth]
    number: int
    has_next: bool
    months: int
    given: Micros
    fee: Micros

    @property
    def taken(self) -> Micros:
        return Micros(self.given + self.fee)


def state_history(db: Database, *, reader: User, page: int = 1) -> History:
    """Return a page of the months in which a reader clicked or gave anything, and the sums of all of them."""
    with db.reading() as connection:
        closed = closed_months(connection, reader.id)
    first = (page - 1) * MONTHS_PER_PAGE
    return History(
        rows=closed[first : first + MONTHS_PER_PAGE],
        number=page,
        has_next=len(closed) > first + MONTHS_PER_PAGE,
        months=len(closed),
        given=Micros(sum(month.given for month in closed)),
        fee=Micros(sum(month.fee for month in closed)),
    )


def last_closed_month(db: Database, *, reader: User, before: Month) -> ClosedMonth | None:
    """Return the newest closed month before one in which the reader clicked or gave anything."""
    with db.reading() as connection:
        closed = closed_months(connection, reader.id)
    return next((month for month in closed if month.month < before), None)


def closed_months(connection: Connection, reader: int) -> list[ClosedMonth]:
    """Return the closed months in which a reader clicked or gave anything, newest first."""
    settled_by_month = {settled.month: settled for settled in settlements.all_of_reader(connection, reader)}
    gifts_by_month = settlements.gift_sums_of_reader(connection, reader)
    return [
        _closed_month(month, settled_by_month.get(month), *gifts_by_month.get(month, (0, NOTHING, NOTHING)))
        for month in sorted({*settled_by_month, *gifts_by_month}, reverse=True)
    ]


def nothing_given(month: Month) -> ClosedMonth:
    """Return a month in which nothing was clicked or given."""
    return _closed_month(month, None, 0, NOTHING, NOTHING)


def _closed_month(
    month: Month, settled: ReaderSettlement | None, gift_count: int, gifts: Micros, gift_fee: Micros
) -> ClosedMonth:
    is_funded = settled is not None and settled.share > 0
    return ClosedMonth(
        month=month,
        counting=settled.things if settled is not None and is_funded else 0,
        share=settled.share if settled is not None else NOTHING,
        gift_count=gift_count,
        gifts=gifts,
        fee=Micros((settled.draw.fee if settled is not None else NOTHING) + gift_fee),
    )
