"""Statements about messages to endpoints: the outbox."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, select, update

from receiver.domain.endpoint import Delivery, Event, Fault, Reply
from receiver.store.schema import deliveries, endpoints, sites


@dataclass(frozen=True, slots=True)
class DeadDelivery:
    """A message that was given up, with where it was to go."""

    delivery: Delivery
    site: str
    site_title: str
    url: str


def add(
    connection: Connection, *, endpoint: str, message: str, event: Event, body: str, now: datetime, due: datetime
) -> int:
    """Queue a message and return its number; nobody sends it before it is due."""
    result = connection.execute(
        insert(deliveries).values(
            endpoint_id=endpoint, message_id=message, event=event, body=body, queued_at=now, tries=0, next_try_at=due
        )
    )
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def find(connection: Connection, delivery_id: int) -> Delivery | None:
    row = connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one_or_none()
    return None if row is None else _delivery(row)


def due(connection: Connection, now: datetime, *, but_of: Collection[str], limit: int) -> list[tuple[Delivery, str]]:
    """Return messages that are due with the addresses they go to, one for each endpoint that is switched on.

    Of an endpoint's messages one that was tried the least comes first, so a message that is never taken holds up none.
    """
    c, to = deliveries.c, endpoints.c
    order = func.row_number().over(partition_by=c.endpoint_id, order_by=(c.tries, c.id)).label("place")
    waiting = (
        select(deliveries, to.url, order)
        .join(endpoints, to.id == c.endpoint_id)
        .where(c.next_try_at <= now, to.removed_at.is_(None), to.off_at.is_(None), c.endpoint_id.not_in(but_of))
        .subquery()
    )
    first = select(waiting).where(waiting.c.place == 1).order_by(waiting.c.next_try_at, waiting.c.id).limit(limit)
    return [(_delivery(row), row.url) for row in connection.execute(first)]


def of_site(connection: Connection, site_id: str, *, limit: int, offset: int) -> list[Delivery]:
    """Return the messages to a site's endpoints, newest first."""
    statement = _of_endpoints(site_id).order_by(deliveries.c.id.desc()).limit(limit).offset(offset)
    return [_delivery(row) for row in connection.execute(statement)]


def dead(connection: Connection, *, limit: int, offset: int) -> list[DeadDelivery]:
    """Return the messages that have died, of all creators, tests left out, the last first."""
    c, to = deliveries.c, endpoints.c
    statement = (
        select(deliveries, to.url, sites.c.id.label("site"), sites.c.title)
        .join(endpoints, to.id == c.endpoint_id)
        .join(sites, sites.c.id == to.site_id)
        .where(_is_dead())
        .order_by(c.died_at.desc(), c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [DeadDelivery(_delivery(row), row.site, row.title, row.url) for row in connection.execute(statement)]


def count_dead(connection: Connection) -> int:
    c, to = deliveries.c, endpoints.c
    statement = select(func.count()).select_from(deliveries).join(endpoints, to.id == c.endpoint_id)
    return connection.execute(statement.where(_is_dead())).scalar_one()


def count_since(connection: Connection, endpoint_id: str, event: Event, since: datetime) -> int:
    c = deliveries.c
    statement = select(func.count()).where(c.endpoint_id == endpoint_id, c.event == event, c.queued_at > since)
    return connection.execute(statement).scalar_one()


def set_taken(connection: Connection, delivery: Delivery, reply: Reply, now: datetime) -> None:
    _set(connection, delivery, reply, now, delivered_at=now, next_try_at=None, died_at=None)


def set_put_off(connection: Connection, delivery: Delivery, reply: Reply, now: datetime, *, until: datetime) -> None:
    _set(connection, delivery, reply, now, next_try_at=until)


def set_died(connection: Connection, delivery: Delivery, reply: Reply, now: datetime) -> None:
    _set(connection, delivery, reply, now, next_try_at=None, died_at=now)


def kill_waiting(connection: Connection, endpoint_id: str, now: datetime) -> None:
    """Let all messages that wait for an endpoint die."""
    c = deliveries.c
    statement = update(deliveries).where(c.endpoint_id == endpoint_id, c.next_try_at.is_not(None))
    connection.execute(statement.values(next_try_at=None, died_at=now))


def revive(connection: Connection, delivery_id: int, now: datetime) -> None:
    """Let a message be sent again at once, with as many tries as a new one."""
    statement = update(deliveries).where(deliveries.c.id == delivery_id)
    connection.execute(statement.values(tries=0, next_try_at=now, delivered_at=None, died_at=None))


def delete_finished(connection: Connection, before: datetime) -> None:
    """Delete what was delivered or died before a moment, and all that waited for endpoints removed before it."""
    c = deliveries.c
    connection.execute(delete(deliveries).where((c.delivered_at < before) | (c.died_at < before)))
    removed = select(endpoints.c.id).where(endpoints.c.removed_at < before)
    connection.execute(delete(deliveries).where(c.endpoint_id.in_(removed)))


def _of_endpoints(site_id: str) -> Select[tuple[object, ...]]:
    to = endpoints.c
    return (
        select(deliveries)
        .join(endpoints, to.id == deliveries.c.endpoint_id)
        .where(to.site_id == site_id, to.removed_at.is_(None))
    )


def _is_dead() -> ColumnElement[bool]:
    c = deliveries.c
    return c.died_at.is_not(None) & (c.event != Event.TEST) & endpoints.c.removed_at.is_(None)


def _set(connection: Connection, delivery: Delivery, reply: Reply, now: datetime, **values: datetime | None) -> None:
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id)
        .values(tries=delivery.tries + 1, last_tried_at=now, last_status=reply.status, last_fault=reply.fault, **values)
    )


def _delivery(row: Row[tuple[object, ...]]) -> Delivery:
    return Delivery(
        id=row.id,
        endpoint=row.endpoint_id,
        message=row.message_id,
        event=Event(row.event),
        body=row.body,
        queued_at=row.queued_at,
        tries=row.tries,
        next_try_at=row.next_try_at,
        delivered_at=row.delivered_at,
        died_at=row.died_at,
        last_tried_at=row.last_tried_at,
        last_status=row.last_status,
        last_fault=None if row.last_fault is None else Fault(row.last_fault),
    )
