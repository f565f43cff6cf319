"""Statements about recovery codes; only their hashes are kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from receiver.store.schema import recovery_codes


@dataclass(frozen=True, slots=True)
class RecoveryCodeRow:
    user_id: int
    made_at: datetime
    used_at: datetime | None


def replace(connection: Connection, user: int, code_hashes: Iterable[str], now: datetime) -> None:
    """Put a new set in the place of whatever codes a user has."""
    remove_of(connection, user)
    rows = [{"code_hash": code_hash, "user_id": user, "made_at": now} for code_hash in code_hashes]
    connection.execute(insert(recovery_codes), rows)


def find(connection: Connection, code_hash: str) -> RecoveryCodeRow | None:
    c = recovery_codes.c
    row = connection.execute(select(c.user_id, c.made_at, c.used_at).where(c.code_hash == code_hash)).one_or_none()
    return None if row is None else RecoveryCodeRow(*row)


def of_user(connection: Connection, user: int) -> list[RecoveryCodeRow]:
    c = recovery_codes.c
    statement = select(c.user_id, c.made_at, c.used_at).where(c.user_id == user).order_by(c.used_at, c.code_hash)
    return [RecoveryCodeRow(*row) for row in connection.execute(statement)]


def mark_used(connection: Connection, code_hash: str, now: datetime) -> None:
    connection.execute(update(recovery_codes).where(recovery_codes.c.code_hash == code_hash).values(used_at=now))


def remove_of(connection: Connection, user: int, *, made_since: datetime | None = None) -> None:
    """Remove the codes of a user, all or the newer ones."""
    statement = delete(recovery_codes).where(recovery_codes.c.user_id == user)
    connection.execute(statement if made_since is None else statement.where(recovery_codes.c.made_at >= made_since))
