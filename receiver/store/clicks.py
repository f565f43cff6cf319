"""Statements about clicks: of the month itself, and carried into it because their site was not verified.

Which of them count at a close: `counted_clicks.py`; many at once: `presses.py`.
"""

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    Update,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    union,
    union_all,
    update,
)

from receiver.domain.click import ClickSource, click_id
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.thing import Thing
from receiver.store import things as thing_rows
from receiver.store.counted_clicks import waiting_things
from receiver.store.dialects import insert_or
from receiver.store.schema import (
    carried_clicks,
    clicks,
    reader_settlements,
    sites,
    team_settlements,
    thing_settlements,
    things,
)
from receiver.store.teams import is_own

Waiting = tuple[int, int, int]  # reader, thing, number of the first month


@dataclass(frozen=True, slots=True)
class ClickRow:
    """A click as it was made; pressed again after it was undone, it is as that press made it."""

    month: Month
    reader: int
    thing: int
    source: ClickSource
    clicked_at: datetime
    undone_at: datetime | None = None

    @property
    def id(self) -> str:
        return click_id(self.month, self.thing)


@dataclass(frozen=True, slots=True)
class ClickOfMonth:
    """A click with what decides its worth; `first_month` is earlier than the month if it was carried."""

    month: Month
    thing: Thing
    first_month: Month
    undone_at: datetime | None
    is_own: bool
    verified_at: datetime | None

    @property
    def id(self) -> str | None:
        """Return the id of the click, None if it was carried from an earlier month."""
        return click_id(self.month, self.thing.id) if self.first_month == self.month else None


def find(connection: Connection, *, month: Month, reader: int, thing: int) -> ClickRow | None:
    c = clicks.c
    return _one(connection, select(clicks).where(c.month == month, c.reader_id == reader, c.thing_id == thing))


def add(connection: Connection, row: ClickRow) -> None:
    connection.execute(
        insert(clicks).values(
            month=row.month,
            reader_id=row.reader,
            thing_id=row.thing,
            source=row.source,
            clicked_at=row.clicked_at,
        )
    )


def set_undone(connection: Connection, row: ClickRow, at: datetime) -> None:
    connection.execute(_update(row).values(undone_at=at))


def set_redone(connection: Connection, row: ClickRow, clicked_at: datetime) -> None:
    """Let an undone click count again, as pressed at a later moment."""
    connection.execute(_update(row).values(undone_at=None, clicked_at=clicked_at))


def set_carried_undone(connection: Connection, *, reader: int, thing: int, month: Month, at: datetime) -> bool:
    """Withdraw a click that still waits for its site; False if there is none."""
    c = carried_clicks.c
    statement = update(carried_clicks).where(c.reader_id == reader, c.thing_id == thing, c.month == month)
    return connection.execute(statement.where(c.undone_at.is_(None)).values(undone_at=at)).rowcount == 1


def of_reader(connection: Connection, reader: int, month: Month) -> list[ClickOfMonth]:
    """Return all clicks of a reader that belong to a month, undone ones too, newest first."""
    own = select(
        clicks.c.thing_id, clicks.c.month.label("first_month"), clicks.c.undone_at, clicks.c.clicked_at
    ).where(clicks.c.month == month, clicks.c.reader_id == reader)  # fmt: skip
    c = carried_clicks.c
    carried = select(c.thing_id, c.first_month, c.undone_at, literal(0).label("clicked_at")).where(
        c.month == month, c.reader_id == reader
    )
    all_of_month = union_all(own, carried).subquery()
    rows = connection.execute(
        select(all_of_month, is_own(reader).label("is_own"), sites.c.verified_at)
        .join(things, things.c.id == all_of_month.c.thing_id)
        .join(sites, sites.c.id == things.c.paid_site_id)
        .order_by(all_of_month.c.clicked_at.desc(), all_of_month.c.thing_id)
    ).all()
    thing_by_id = thing_rows.get_many(connection, {row.thing_id for row in rows})
    return [
        ClickOfMonth(
            month, thing_by_id[row.thing_id], row.first_month, row.undone_at, bool(row.is_own), row.verified_at
        )
        for row in rows
    ]


def things_carried(connection: Connection, reader: int, month: Month) -> set[int]:
    """Return the things of a reader whose clicks were carried into a month."""
    c = carried_clicks.c
    return set(connection.execute(select(c.thing_id).where(c.month == month, c.reader_id == reader)).scalars())


def waiting(connection: Connection, month: Month, *, first_month_min: Month) -> Generator[Waiting, None, None]:
    """Return each click whose site was not verified when the month ended and that does not lapse now, one by one."""
    own, brought = clicks.c, carried_clicks.c
    of_month = union_all(
        _of_month(clicks, month, own.reader_id, own.thing_id, own.month.label("first_month")),
        _of_month(carried_clicks, month, brought.reader_id, brought.thing_id, brought.first_month),
    ).subquery()
    c = of_month.c
    statement = (
        select(c.reader_id, c.thing_id, func.min(c.first_month))
        .where(c.thing_id.in_(waiting_things(month)))
        # Before grouping: a click that lapses now takes no newer click of the same thing along.
        .where(c.first_month >= first_month_min)
        .group_by(c.reader_id, c.thing_id)
        .order_by(c.reader_id, c.thing_id)
    )
    with connection.execution_options(yield_per=10_000).execute(statement) as rows:
        for row in rows:
            yield row[0], row[1], row[2].number


def carry(connection: Connection, pending: list[Waiting], *, into: Month) -> None:
    """Carry clicks into a month; one that is there already stays as it is."""
    columns = ("reader_id", "thing_id", "first_month")
    rows = [dict(zip(columns, (reader, thing, Month.numbered(first)), strict=True)) for reader, thing, first in pending]
    statement = insert_or(connection, carried_clicks).on_conflict_do_nothing()
    connection.execute(statement, [{"month": into, **row} for row in rows])


def distinct_readers(connection: Connection, month: Month, thing_ids: Collection[int]) -> int:
    """Return how many different readers gave to any of these things in a closed month."""
    paid = _paid(month, lambda table: table.c.thing_id.in_(thing_ids)).subquery()
    return connection.execute(select(func.count(paid.c.reader_id.distinct()))).scalar_one()


def given_to_creator(connection: Connection, month: Month, creator: int) -> list[tuple[Micros, int]]:
    """Return (what each of their clicks gave, how many clicks) for each reader who gave to a creator in a closed month.

    Who they are is not told; what teams divide is left out.
    """
    things_paid = select(thing_settlements.c.thing_id).where(
        thing_settlements.c.month == month,
        thing_settlements.c.creator_id == creator,
        thing_settlements.c.team_id.is_(None),
    )
    paid = _paid(month, lambda table: table.c.thing_id.in_(things_paid)).subquery()
    statement = select(paid.c.share_micros, func.count()).group_by(paid.c.reader_id, paid.c.share_micros)
    return [(Micros(row[0]), row[1]) for row in connection.execute(statement)]


def _paid(month: Month, is_wanted: Callable[[Table], ColumnElement[bool]]) -> Select[Any]:
    """Return (reader, thing, share) of the clicks of a closed month that were paid, a carried one not twice."""
    thing, reader, team = thing_settlements.c, reader_settlements.c, team_settlements.c
    clicked = union(
        *(
            _of_month(table, month, table.c.reader_id, table.c.thing_id).where(is_wanted(table))
            for table in (clicks, carried_clicks)
        )
    ).subquery()
    return (
        select(clicked.c.reader_id, clicked.c.thing_id, reader.share_micros)
        .join(thing_settlements, (thing.month == month) & (thing.thing_id == clicked.c.thing_id))
        .join(reader_settlements, (reader.month == month) & (reader.reader_id == clicked.c.reader_id))
        .where(reader.share_micros > 0, thing.creator_id != clicked.c.reader_id)
        .where(
            ~exists().where(team.month == month, team.team_id == thing.team_id, team.creator_id == clicked.c.reader_id)
        )
    )


def count_by_thing(connection: Connection, month: Month, site_id: str) -> dict[int, int]:
    """Return how many readers' clicks each thing paid to a site has in a month, undone ones left out."""
    return _count(connection, month, select(things.c.id).where(things.c.paid_site_id == site_id))


def count_signed_by(connection: Connection, month: Month, site_id: str) -> dict[int, int]:
    """Return the same of the things that a site's key signed, whoever is paid for them."""
    return _count(connection, month, select(things.c.id).where(things.c.site_id == site_id))


def _count(connection: Connection, month: Month, thing_ids: Select[tuple[int]]) -> dict[int, int]:
    clicked = union(
        *(
            _of_month(table, month, table.c.reader_id, table.c.thing_id).where(table.c.thing_id.in_(thing_ids))
            for table in (clicks, carried_clicks)
        )
    ).subquery()
    statement = select(clicked.c.thing_id, func.count()).group_by(clicked.c.thing_id)
    return {row[0]: row[1] for row in connection.execute(statement)}


def count_of_sites(
    connection: Connection, month: Month, site_ids: Collection[str], *, pressed_before: datetime
) -> dict[tuple[str, int], int]:
    """Return by site and thing how many readers' clicks of a month were pressed before a moment, undone ones left out.

    One look at the month for all sites, because a file has no index by thing.
    """
    thing_ids = select(things.c.id).where(things.c.paid_site_id.in_(site_ids))
    own = _of_month(clicks, month, clicks.c.reader_id, clicks.c.thing_id).where(clicks.c.clicked_at < pressed_before)
    brought = _of_month(carried_clicks, month, carried_clicks.c.reader_id, carried_clicks.c.thing_id)
    clicked = union(
        own.where(clicks.c.thing_id.in_(thing_ids)), brought.where(carried_clicks.c.thing_id.in_(thing_ids))
    ).subquery()
    statement = (
        select(things.c.paid_site_id, clicked.c.thing_id, func.count())
        .join(things, things.c.id == clicked.c.thing_id)
        .group_by(things.c.paid_site_id, clicked.c.thing_id)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(statement)}


def pressed_on_site(
    connection: Connection, *, reader: int, site: str, since: datetime, now: datetime
) -> list[datetime]:
    """Return when a reader pressed on pages for things of a site, undone or not, from a moment on."""
    c = clicks.c
    statement = (
        select(c.clicked_at)
        .join(things, things.c.id == c.thing_id)
        .where(c.month.in_({Month.of(since), Month.of(now)}), c.reader_id == reader, c.source == ClickSource.PAGE)
        .where(c.clicked_at >= since, things.c.paid_site_id == site)
    )
    return list(connection.execute(statement).scalars())


def forget(connection: Connection, month: Month) -> None:
    """Delete the reading history of a month that is marked as forgotten."""
    connection.execute(delete(clicks).where(clicks.c.month == month))
    connection.execute(delete(carried_clicks).where(carried_clicks.c.month == month))


def _of_month(table: Table, month: Month, *columns: Any) -> Select[Any]:
    return select(*columns).where(table.c.month == month, table.c.undone_at.is_(None))


def _update(row: ClickRow) -> Update:
    c = clicks.c
    return update(clicks).where(c.month == row.month, c.reader_id == row.reader, c.thing_id == row.thing)


def _one(connection: Connection, statement: Select[Any]) -> ClickRow | None:
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    return ClickRow(row.month, row.reader_id, row.thing_id, ClickSource(row.source), row.clicked_at, row.undone_at)
