"""Statements about subscriptions: clicks that the receiver makes at the start of each month."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from receiver.domain.month import Month
from receiver.store.schema import sites, subscriptions, things
from receiver.store.teams import is_own


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """`last_month` is None for a subscription that runs until stopped."""

    id: int
    reader: int
    thing: int
    first_month: Month
    last_month: Month | None
    paused_at: datetime | None
    stopped_at: datetime | None


def add(connection: Connection, *, reader: int, thing: int, first: Month, last: Month | None, now: datetime) -> int:
    result = connection.execute(
        insert(subscriptions).values(
            reader_id=reader, thing_id=thing, first_month=first, last_month=last, created_at=now
        )
    )
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def find_running(connection: Connection, *, reader: int, thing: int) -> SubscriptionRow | None:
    c = subscriptions.c
    rows = _rows(connection, _running().where(c.reader_id == reader, c.thing_id == thing))
    return rows[0] if rows else None


def get_of_reader(connection: Connection, subscription_id: int, reader: int) -> SubscriptionRow | None:
    c = subscriptions.c
    rows = _rows(connection, _running().where(c.id == subscription_id, c.reader_id == reader))
    return rows[0] if rows else None


def of_reader(connection: Connection, reader: int, month: Month) -> list[SubscriptionRow]:
    """Return the subscriptions that are not stopped and not over."""
    return _rows(connection, _running().where(subscriptions.c.reader_id == reader, _not_over(month)))


def due(connection: Connection, month: Month, *, after: int, limit: int) -> list[SubscriptionRow]:
    """Return the next subscriptions that click in a month, in order of their ids; none to what is the reader's own."""
    c = subscriptions.c
    statement = (
        _running()
        .join(things, things.c.id == c.thing_id)
        .join(sites, sites.c.id == things.c.paid_site_id)
        .where(c.id > after, c.paused_at.is_(None), c.first_month <= month, _not_over(month))
        .where(~is_own(c.reader_id))
    )
    return _rows(connection, statement.limit(limit))


def set_paused(connection: Connection, subscription_id: int, at: datetime | None) -> None:
    connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(paused_at=at))


def set_stopped(connection: Connection, subscription_id: int, at: datetime) -> None:
    connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(stopped_at=at))


def forget_ended(connection: Connection, *, before: datetime) -> None:
    """Delete the subscriptions that were stopped, or ran out, before a moment."""
    c = subscriptions.c
    connection.execute(delete(subscriptions).where(or_(c.stopped_at < before, c.last_month < Month.of(before))))


def _running() -> Select[Any]:
    return select(subscriptions).where(subscriptions.c.stopped_at.is_(None)).order_by(subscriptions.c.id)


def _not_over(month: Month) -> Any:
    return or_(subscriptions.c.last_month.is_(None), subscriptions.c.last_month >= month)


def _rows(connection: Connection, statement: Select[Any]) -> list[SubscriptionRow]:
    return [_subscription(row) for row in connection.execute(statement)]


def _subscription(row: Row[Any]) -> SubscriptionRow:
    return SubscriptionRow(
        row.id, row.reader_id, row.thing_id, row.first_month, row.last_month, row.paused_at, row.stopped_at
    )
