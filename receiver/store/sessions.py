"""Statements about sessions; only hashes of their tokens are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from receiver.domain.device import Device
from receiver.domain.person import User
from receiver.store.schema import sessions, users


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session that has not ended; `seen_at` is exact to the day only."""

    token_hash: str
    user: User
    device: Device
    begun_at: datetime
    seen_at: datetime
    strong_at: datetime | None
    expires_at: datetime


def add(
    connection: Connection,
    *,
    token_hash: str,
    user_id: int,
    device: Device,
    begun_at: datetime,
    now: datetime,
    expires_at: datetime,
    strong_at: datetime | None = None,
) -> None:
    connection.execute(
        insert(sessions).values(
            token_hash=token_hash,
            user_id=user_id,
            created_at=begun_at,
            expires_at=expires_at,
            browser=device.browser,
            system=device.system,
            seen_at=now,
            strong_at=strong_at,
        )
    )


def find(connection: Connection, token_hash: str, now: datetime) -> SessionRow | None:
    row = connection.execute(_sessions(now).where(sessions.c.token_hash == token_hash)).one_or_none()
    return None if row is None else _session(row)


def of_user(connection: Connection, user: int, now: datetime) -> list[SessionRow]:
    c = sessions.c
    statement = _sessions(now).where(c.user_id == user).order_by(c.created_at.desc(), c.token_hash)
    return [_session(row) for row in connection.execute(statement)]


def set_seen(connection: Connection, token_hash: str, now: datetime) -> None:
    connection.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=now))


def remove(connection: Connection, token_hash: str) -> None:
    connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def remove_of(connection: Connection, user: int, *, except_hash: str = "") -> None:
    """End the sessions of a user, all or all but one."""
    connection.execute(delete(sessions).where(sessions.c.user_id == user, sessions.c.token_hash != except_hash))


def delete_expired(connection: Connection, now: datetime) -> None:
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))


def _sessions(now: datetime) -> Select[Any]:
    c = sessions.c
    columns = (c.token_hash, c.browser, c.system, c.created_at, c.seen_at, c.strong_at, c.expires_at)
    return (
        select(*columns, users.c.id, users.c.email, users.c.name)
        .join(users, c.user_id == users.c.id)
        .where(c.expires_at > now)
    )


def _session(row: Row[Any]) -> SessionRow:
    return SessionRow(
        token_hash=row.token_hash,
        user=User(row.id, row.email, row.name),
        device=Device(row.browser, row.system),
        begun_at=row.created_at,
        seen_at=row.seen_at or row.created_at,
        strong_at=row.strong_at,
        expires_at=row.expires_at,
    )
