"""Statements about endpoints of creators, and the generations of their secrets."""

import json
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select, update

from receiver.domain.endpoint import Cursors, Endpoint, EndpointSecret, Event, OffReason
from receiver.store.schema import endpoint_secrets, endpoints


def add(connection: Connection, endpoint: Endpoint) -> None:
    connection.execute(
        insert(endpoints).values(
            id=endpoint.id,
            site_id=endpoint.site,
            url=endpoint.url,
            events=json.dumps(endpoint.events),
            created_at=endpoint.created_at,
            **_columns(endpoint.cursors),
        )
    )


def find(connection: Connection, endpoint_id: str) -> Endpoint | None:
    """Return an endpoint that was not removed."""
    c = endpoints.c
    statement = select(endpoints).where(c.id == endpoint_id, c.removed_at.is_(None))
    row = connection.execute(statement).one_or_none()
    return None if row is None else _endpoint(row)


def of_site(connection: Connection, site_id: str) -> list[Endpoint]:
    c = endpoints.c
    statement = select(endpoints).where(c.site_id == site_id, c.removed_at.is_(None)).order_by(c.created_at, c.id)
    return [_endpoint(row) for row in connection.execute(statement)]


def switched_on(connection: Connection) -> list[Endpoint]:
    c = endpoints.c
    statement = select(endpoints).where(c.removed_at.is_(None), c.off_at.is_(None)).order_by(c.id)
    return [_endpoint(row) for row in connection.execute(statement)]


def set_removed(connection: Connection, endpoint_id: str, now: datetime) -> None:
    connection.execute(update(endpoints).where(endpoints.c.id == endpoint_id).values(removed_at=now))


def set_cursors(connection: Connection, endpoint_id: str, cursors: Cursors) -> None:
    connection.execute(update(endpoints).where(endpoints.c.id == endpoint_id).values(**_columns(cursors)))


def set_failing(connection: Connection, endpoint_id: str, since: datetime | None) -> None:
    connection.execute(update(endpoints).where(endpoints.c.id == endpoint_id).values(failing_since=since))


def switch_off(connection: Connection, endpoint_id: str, reason: OffReason, now: datetime) -> None:
    statement = update(endpoints).where(endpoints.c.id == endpoint_id)
    connection.execute(statement.values(off_at=now, off_reason=reason))


def switch_on(connection: Connection, endpoint_id: str, cursors: Cursors) -> None:
    statement = update(endpoints).where(endpoints.c.id == endpoint_id)
    connection.execute(statement.values(off_at=None, off_reason=None, failing_since=None, **_columns(cursors)))


def add_secret(connection: Connection, secret: EndpointSecret) -> None:
    connection.execute(
        insert(endpoint_secrets).values(
            endpoint_id=secret.endpoint,
            generation=secret.generation,
            master=secret.master,
            created_at=secret.created_at,
        )
    )


def secrets_of(connection: Connection, endpoint_id: str, now: datetime) -> list[EndpointSecret]:
    """Return the generations that sign at a moment, newest first."""
    c = endpoint_secrets.c
    statement = select(endpoint_secrets).where(c.endpoint_id == endpoint_id)
    statement = statement.where(c.retired_at.is_(None) | (c.retired_at > now)).order_by(c.generation.desc())
    return [
        EndpointSecret(
            endpoint=row.endpoint_id,
            generation=row.generation,
            master=row.master,
            created_at=row.created_at,
            retired_at=row.retired_at,
        )
        for row in connection.execute(statement)
    ]


def generation_by_endpoint(connection: Connection, site_id: str) -> dict[str, int]:
    """Return the newest generation of the secret of each endpoint of a site."""
    c = endpoint_secrets.c
    statement = (
        select(c.endpoint_id, func.max(c.generation))
        .join(endpoints, endpoints.c.id == c.endpoint_id)
        .where(endpoints.c.site_id == site_id)
        .group_by(c.endpoint_id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def retire_secrets_before(connection: Connection, endpoint_id: str, generation: int, at: datetime) -> None:
    """Retire older generations at this moment, unless they retire sooner already."""
    c = endpoint_secrets.c
    connection.execute(
        update(endpoint_secrets)
        .where(c.endpoint_id == endpoint_id, c.generation < generation, c.retired_at.is_(None) | (c.retired_at > at))
        .values(retired_at=at)
    )


def _columns(cursors: Cursors) -> dict[str, object]:
    return {
        "last_thing": cursors.thing,
        "last_told": cursors.told,
        "last_month": cursors.month,
        "last_verified_at": cursors.verified_at,
    }


def _endpoint(row: Row[tuple[object, ...]]) -> Endpoint:
    return Endpoint(
        id=row.id,
        site=row.site_id,
        url=row.url,
        events=tuple(Event(event) for event in json.loads(row.events)),
        created_at=row.created_at,
        removed_at=row.removed_at,
        off_at=row.off_at,
        off_reason=None if row.off_reason is None else OffReason(row.off_reason),
        failing_since=row.failing_since,
        cursors=Cursors(
            thing=row.last_thing, told=row.last_told, month=row.last_month, verified_at=row.last_verified_at
        ),
    )
