"""Statements about clicks: of the month itself, and carried into it because their site was not verified.

Every statement keeps to one reader, or to a range of readers or things, so that it can be cut into chunks.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Table,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
    update,
)
from sqlalchemy.dialects.sqlite import insert as insert_or

from receiver.domain.click import ClickSource
from receiver.domain.month import Month
from receiver.domain.thing import Thing
from receiver.store import things as thing_rows
from receiver.store.schema import carried_clicks, clicks, reader_settlements, sites, thing_settlements, things


@dataclass(frozen=True, slots=True)
class ClickRow:
    """A click as it was made; `id` is what its reader's pages name it by."""

    month: Month
    reader: int
    thing: int
    id: str
    source: ClickSource
    clicked_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClickOfMonth:
    """A click with what decides its worth; `first_month` is earlier than the month if it was carried."""

    id: str | None
    thing: Thing
    first_month: Month
    undone_at: datetime | None
    creator: int
    verified_at: datetime | None


def find(connection: Connection, *, month: Month, reader: int, thing: int) -> ClickRow | None:
    c = clicks.c
    return _one(connection, select(clicks).where(c.month == month, c.reader_id == reader, c.thing_id == thing))


def find_by_id(connection: Connection, click_id: str) -> ClickRow | None:
    return _one(connection, select(clicks).where(clicks.c.id == click_id))


def add(connection: Connection, row: ClickRow) -> None:
    connection.execute(
        insert(clicks).values(
            month=row.month,
            reader_id=row.reader,
            thing_id=row.thing,
            id=row.id,
            source=row.source,
            clicked_at=row.clicked_at,
        )
    )


def set_undone(connection: Connection, click_id: str, at: datetime | None) -> None:
    connection.execute(update(clicks).where(clicks.c.id == click_id).values(undone_at=at))


def set_carried_undone(connection: Connection, *, reader: int, thing: int, month: Month, at: datetime) -> bool:
    """Withdraw a click that still waits for its site; False if there is none."""
    c = carried_clicks.c
    statement = update(carried_clicks).where(c.reader_id == reader, c.thing_id == thing, c.month == month)
    return connection.execute(statement.where(c.undone_at.is_(None)).values(undone_at=at)).rowcount == 1


def of_reader(connection: Connection, reader: int, month: Month) -> list[ClickOfMonth]:
    """Return all clicks of a reader that belong to a month, undone ones too, newest first."""
    own = select(
        clicks.c.thing_id, clicks.c.id.label("click_id"), clicks.c.month.label("first_month"),
        clicks.c.undone_at, clicks.c.clicked_at,
    ).where(clicks.c.month == month, clicks.c.reader_id == reader)  # fmt: skip
    c = carried_clicks.c
    carried = select(
        c.thing_id, null().label("click_id"), c.first_month, c.undone_at, literal(0).label("clicked_at")
    ).where(c.month == month, c.reader_id == reader)  # fmt: skip
    all_of_month = union_all(own, carried).subquery()
    rows = connection.execute(
        select(all_of_month, sites.c.owner_id, sites.c.verified_at)
        .join(things, things.c.id == all_of_month.c.thing_id)
        .join(sites, sites.c.id == things.c.paid_site_id)
        .order_by(all_of_month.c.clicked_at.desc(), all_of_month.c.thing_id)
    ).all()
    thing_by_id = thing_rows.get_many(connection, {row.thing_id for row in rows})
    return [
        ClickOfMonth(
            row.click_id, thing_by_id[row.thing_id], row.first_month, row.undone_at, row.owner_id, row.verified_at
        )
        for row in rows
    ]


def things_carried(connection: Connection, reader: int, month: Month) -> set[int]:
    """Return the things of a reader whose clicks were carried into a month."""
    c = carried_clicks.c
    return set(connection.execute(select(c.thing_id).where(c.month == month, c.reader_id == reader)).scalars())


def next_readers(connection: Connection, month: Month, *, after: int, limit: int) -> list[int]:
    """Return the next readers with a click in the month, in order."""
    return _next(connection, month, "reader_id", after, limit)


def next_things(connection: Connection, month: Month, *, after: int, limit: int) -> list[int]:
    """Return the next things clicked in the month, in order."""
    return _next(connection, month, "thing_id", after, limit)


def counted_by_reader(connection: Connection, month: Month, *, first: int, last: int) -> list[tuple[int, int]]:
    """Return (reader, number of things that count) for the readers of a range, in order."""
    counted = _counted(month, "reader_id", first, last).subquery()
    statement = select(counted.c.reader_id, func.count()).group_by(counted.c.reader_id).order_by(counted.c.reader_id)
    return [(row[0], row[1]) for row in connection.execute(statement)]


def shares_by_thing(connection: Connection, month: Month, *, first: int, last: int) -> list[tuple[int, int, int, int]]:
    """Return (thing, creator, readers, micros) for the things of a range that got a share, in order."""
    counted = _counted(month, "thing_id", first, last).subquery()
    settled = reader_settlements.c
    statement = (
        select(counted.c.thing_id, counted.c.owner_id, func.count(), func.sum(settled.share_micros))
        .join(reader_settlements, (settled.month == month) & (settled.reader_id == counted.c.reader_id))
        .where(settled.share_micros > 0)
        .group_by(counted.c.thing_id, counted.c.owner_id)
        .order_by(counted.c.thing_id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(statement)]


def carry(connection: Connection, month: Month, *, into: Month, first_month_min: Month) -> None:
    """Carry clicks whose site was not verified when the month ended into the next, or let them lapse."""
    first_months = _of_month(month, with_first_month=True).subquery()
    pending = (
        select(
            literal(into.number),
            first_months.c.reader_id,
            first_months.c.thing_id,
            func.min(first_months.c.first_month),
        )
        .join(things, things.c.id == first_months.c.thing_id)
        .join(sites, sites.c.id == things.c.paid_site_id)
        .where(or_(sites.c.verified_at.is_(None), sites.c.verified_at >= month.end()))
        # Before grouping: a click that lapses now takes no newer click of the same thing along.
        .where(first_months.c.first_month >= first_month_min)
        .group_by(first_months.c.reader_id, first_months.c.thing_id)
    )
    statement = insert_or(carried_clicks).from_select(["month", "reader_id", "thing_id", "first_month"], pending)
    connection.execute(statement.on_conflict_do_nothing())


def readers_settled_otherwise(connection: Connection, month: Month) -> list[tuple[int, int, int]]:
    """Return (reader, things settled, things clicked) of funded readers where a recount of the clicks differs."""
    settled = reader_settlements.c
    recount = _recount(month).subquery()
    # Summed up before it is joined: SQLite would scan the clicks anew for each reader.
    clicked = select(recount.c.reader_id, func.count().label("things")).group_by(recount.c.reader_id).subquery()
    recounted = func.coalesce(clicked.c.things, 0)
    statement = (
        select(settled.reader_id, settled.things, recounted)
        .join(clicked, clicked.c.reader_id == settled.reader_id, isouter=True)
        .where(settled.month == month, settled.share_micros > 0, settled.things != recounted)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]


def things_settled_otherwise(connection: Connection, month: Month) -> list[tuple[int, int, int]]:
    """Return (thing, micros settled, micros recounted) where a recount of the clicks differs."""
    settled = thing_settlements.c
    recount = _recount(month).subquery()
    got = (
        select(recount.c.thing_id, func.count().label("readers"), func.sum(recount.c.share_micros).label("micros"))
        .group_by(recount.c.thing_id)
        .subquery()
    )
    readers, micros = func.coalesce(got.c.readers, 0), func.coalesce(got.c.micros, 0)
    statement = (
        select(settled.thing_id, settled.amount_micros, micros)
        .join(got, got.c.thing_id == settled.thing_id, isouter=True)
        .where(settled.month == month, (settled.amount_micros != micros) | (settled.readers != readers))
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]


def distinct_readers(connection: Connection, month: Month, thing_ids: Collection[int]) -> int:
    """Return how many different readers gave to any of these things in a closed month."""
    recount = _recount(month).subquery()
    statement = select(func.count(recount.c.reader_id.distinct())).where(
        recount.c.thing_id.in_(thing_ids), recount.c.share_micros > 0
    )
    return connection.execute(statement).scalar_one()


def count_by_thing(connection: Connection, month: Month, site_id: str) -> dict[int, int]:
    """Return how many readers' clicks each thing paid to a site has in a month, undone ones left out."""
    of_month = _of_month(month).subquery()
    statement = (
        select(of_month.c.thing_id, func.count())
        .join(things, things.c.id == of_month.c.thing_id)
        .where(things.c.paid_site_id == site_id)
        .group_by(of_month.c.thing_id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def forget(connection: Connection, month: Month) -> None:
    """Delete the reading history of a month that is marked as forgotten."""
    connection.execute(delete(clicks).where(clicks.c.month == month))
    connection.execute(delete(carried_clicks).where(carried_clicks.c.month == month))


def _of_month(month: Month, *, with_first_month: bool = False, where: Any = None) -> CompoundSelect[Any]:
    """Return (reader, thing) of every click of a month that is not undone, own and carried, each once."""
    arms: list[Select[Any]] = []
    for table in (clicks, carried_clicks):
        c = table.c
        first = [(c.month if table is clicks else c.first_month).label("first_month")] if with_first_month else []
        arm = select(c.reader_id, c.thing_id, *first).where(c.month == month, c.undone_at.is_(None))
        arms.append(arm if where is None else arm.where(where(table)))
    return union(*arms)


def _counted(month: Month, column: str, first: int, last: int) -> Select[Any]:
    """Return (reader, thing, creator) of the clicks that count at the close: see `counts_at_close`."""

    def in_range(table: Table) -> ColumnElement[bool]:
        return table.c[column].between(first, last)

    of_month = _of_month(month, where=in_range).subquery()
    return (
        select(of_month.c.reader_id, of_month.c.thing_id, sites.c.owner_id)
        .join(things, things.c.id == of_month.c.thing_id)
        .join(sites, sites.c.id == things.c.paid_site_id)
        .where(sites.c.verified_at < month.end(), sites.c.owner_id != of_month.c.reader_id)
    )


def _recount(month: Month) -> Select[Any]:
    """Return (reader, thing, share) of the clicks that a closed month paid; who owns what by now does not matter."""
    of_month = _of_month(month).subquery()
    thing, reader = thing_settlements.c, reader_settlements.c
    return (
        select(of_month.c.reader_id, of_month.c.thing_id, reader.share_micros)
        .join(thing_settlements, (thing.month == month) & (thing.thing_id == of_month.c.thing_id))
        .join(reader_settlements, (reader.month == month) & (reader.reader_id == of_month.c.reader_id))
        .where(reader.share_micros > 0, thing.creator_id != of_month.c.reader_id)
    )


def _next(connection: Connection, month: Month, column: str, after: int, limit: int) -> list[int]:
    arms = [
        select(table.c[column].label("id"))
        .where(table.c.month == month, table.c[column] > after, table.c.undone_at.is_(None))
        .distinct()
        for table in (clicks, carried_clicks)
    ]
    ids = union(*arms).subquery()
    return list(connection.execute(select(ids.c.id).order_by(ids.c.id).limit(limit)).scalars())


def _one(connection: Connection, statement: Select[Any]) -> ClickRow | None:
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    return ClickRow(
        row.month, row.reader_id, row.thing_id, row.id, ClickSource(row.source), row.clicked_at, row.undone_at
    )
