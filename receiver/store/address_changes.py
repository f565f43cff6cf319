"""Statements about changes of an e-mail address: asked for, changed, perhaps undone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, or_, select, update

from receiver.store.schema import address_changes


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """A change that waits for the code which was mailed to the new address."""

    id: int
    user_id: int
    new_email: str
    code_hash: str
    expires_at: datetime
    tries_left: int


@dataclass(frozen=True, slots=True)
class DoneChange:
    id: int
    user_id: int
    old_email: str
    new_email: str
    changed_at: datetime
    undone_at: datetime | None


def count_since(connection: Connection, *, user: int, email: str, since: datetime) -> int:
    """Count how often a user asked, or anybody for an address."""
    c = address_changes.c
    statement = select(func.count()).where(or_(c.user_id == user, c.new_email == email), c.asked_at >= since)
    return connection.execute(statement).scalar_one()


def add(
    connection: Connection,
    *,
    user: int,
    new_email: str,
    browser_hash: str,
    code_hash: str,
    now: datetime,
    expires_at: datetime,
    tries: int,
) -> None:
    connection.execute(
        insert(address_changes).values(
            user_id=user,
            new_email=new_email,
            browser_hash=browser_hash,
            code_hash=code_hash,
            asked_at=now,
            expires_at=expires_at,
            tries_left=tries,
        )
    )


def find_waiting(connection: Connection, browser_hash: str) -> WaitingChange | None:
    c = address_changes.c
    row = connection.execute(
        select(c.id, c.user_id, c.new_email, c.code_hash, c.expires_at, c.tries_left).where(
            c.browser_hash == browser_hash, c.changed_at.is_(None)
        )
    ).one_or_none()
    return None if row is None else WaitingChange(*row)


def use_up_try(connection: Connection, change: int) -> None:
    c = address_changes.c
    connection.execute(
        update(address_changes).where(c.id == change, c.tries_left > 0).values(tries_left=c.tries_left - 1)
    )


def set_changed(connection: Connection, change: int, *, old_email: str, undo_hash: str, now: datetime) -> None:
    statement = update(address_changes).where(address_changes.c.id == change)
    connection.execute(statement.values(changed_at=now, old_email=old_email, undo_hash=undo_hash))


def set_undone(connection: Connection, change: int, now: datetime) -> None:
    connection.execute(update(address_changes).where(address_changes.c.id == change).values(undone_at=now))


def find_by_undo(connection: Connection, undo_hash: str) -> DoneChange | None:
    return _one(connection, address_changes.c.undo_hash == undo_hash)


def find_resting(connection: Connection, old_email: str, *, changed_since: datetime) -> DoneChange | None:
    """Return the change by which somebody gave an address up, if it can still be undone."""
    c = address_changes.c
    return _one(connection, (c.old_email == old_email) & (c.changed_at > changed_since) & c.undone_at.is_(None))


def newest_of(connection: Connection, user: int) -> DoneChange | None:
    c = address_changes.c
    newest = select(func.max(c.changed_at)).where(c.user_id == user).scalar_subquery()
    return _one(connection, (c.user_id == user) & (c.changed_at == newest))


def done_by(connection: Connection, user: int) -> list[DoneChange]:
    """Return the changes of a user that were made, undone or not."""
    c = address_changes.c
    rows = connection.execute(_done().where(c.user_id == user, c.changed_at.is_not(None)).order_by(c.changed_at))
    return [DoneChange(*row) for row in rows]


def remove(connection: Connection, browser_hash: str) -> None:
    connection.execute(delete(address_changes).where(address_changes.c.browser_hash == browser_hash))


def remove_of(connection: Connection, user: int) -> None:
    connection.execute(delete(address_changes).where(address_changes.c.user_id == user))


def delete_before(connection: Connection, *, asked: datetime, changed: datetime) -> None:
    """Delete what was asked for and not changed, and what was changed or undone, before these moments."""
    c = address_changes.c
    connection.execute(delete(address_changes).where(c.changed_at.is_(None), c.asked_at < asked))
    connection.execute(delete(address_changes).where(func.coalesce(c.undone_at, c.changed_at) < changed))


def _one(connection: Connection, condition: Any) -> DoneChange | None:
    row = connection.execute(_done().where(condition)).one_or_none()
    return None if row is None else DoneChange(*row)


def _done() -> Select[Any]:
    c = address_changes.c
    return select(c.id, c.user_id, c.old_email, c.new_email, c.changed_at, c.undone_at)
