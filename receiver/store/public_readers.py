"""Statements about the public pages of readers who chose to have one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, literal, select, union_all

from receiver.domain.month import Month
from receiver.store import months
from receiver.store.dialects import insert_or
from receiver.store.schema import (
    carried_clicks,
    clicks,
    public_readers,
    reader_settlements,
    sites,
    thing_settlements,
    things,
)

_CHANGED: Final = ("handle", "shows_clicks", "is_findable")


@dataclass(frozen=True, slots=True)
class PublicReader:
    """What a reader chose to show; `is_findable` lets search engines list the page."""

    reader: int
    handle: str
    shows_clicks: bool
    is_findable: bool
    since: datetime


def of_reader(connection: Connection, reader: int) -> PublicReader | None:
    row = connection.execute(select(public_readers).where(public_readers.c.reader_id == reader)).one_or_none()
    return None if row is None else _public_reader(row)


def find(connection: Connection, handle: str) -> PublicReader | None:
    row = connection.execute(select(public_readers).where(public_readers.c.handle == handle)).one_or_none()
    return None if row is None else _public_reader(row)


def put(connection: Connection, chosen: PublicReader) -> None:
    statement = insert_or(connection, public_readers).values(
        reader_id=chosen.reader,
        handle=chosen.handle,
        shows_clicks=int(chosen.shows_clicks),
        is_findable=int(chosen.is_findable),
        since=chosen.since,
    )
    changed = {name: statement.excluded[name] for name in _CHANGED}
    connection.execute(statement.on_conflict_do_update(index_elements=["reader_id"], set_=changed))


def remove(connection: Connection, reader: int) -> None:
    connection.execute(delete(public_readers).where(public_readers.c.reader_id == reader))


def clicked(connection: Connection, reader: int, *, limit: int, offset: int) -> list[tuple[Month, int]]:
    """Return (month, thing) of what a reader gave a share to in closed months, newest first.

    Left out is what is hidden from the directory, and what is of a site that is not verified by now.
    """
    remembered = months.remembered_closed(connection)
    own, brought = clicks.c, carried_clicks.c
    pressed = union_all(
        select(own.month, own.thing_id, own.clicked_at).where(
            own.month.in_(remembered), own.reader_id == reader, own.undone_at.is_(None)
        ),
        select(brought.month, brought.thing_id, literal(0)).where(
            brought.month.in_(remembered), brought.reader_id == reader, brought.undone_at.is_(None)
        ),
    ).subquery()
    c, thing, settled = pressed.c, thing_settlements.c, reader_settlements.c
    statement = (
        select(c.month, c.thing_id)
        .join(thing_settlements, (thing.month == c.month) & (thing.thing_id == c.thing_id))
        .join(reader_settlements, (settled.month == c.month) & (settled.reader_id == reader))
        .join(things, things.c.id == c.thing_id)
        .join(sites, sites.c.id == things.c.paid_site_id)
        .where(settled.share_micros > 0, thing.creator_id != reader)
        .where(things.c.hidden == 0, sites.c.verified_at.is_not(None))
        .group_by(c.month, c.thing_id)
        .order_by(c.month.desc(), func.max(c.clicked_at).desc(), c.thing_id)
    )
    return [(row.month, row.thing_id) for row in connection.execute(statement.limit(limit).offset(offset))]


def _public_reader(row: Row[Any]) -> PublicReader:
    return PublicReader(row.reader_id, row.handle, bool(row.shows_clicks), bool(row.is_findable), row.since)
