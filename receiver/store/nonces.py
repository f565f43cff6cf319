"""Statements about what may be used once."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from receiver.store.dialects import insert_or
from receiver.store.schema import nonces


def use(connection: Connection, purpose: str, nonce: str, *, expires_at: datetime) -> bool:
    """Use a nonce up; False if it was used before."""
    statement = insert_or(connection, nonces).values(purpose=purpose, nonce=nonce, expires_at=expires_at)
    return connection.execute(statement.on_conflict_do_nothing()).rowcount == 1


def is_used(connection: Connection, purpose: str, nonce: str) -> bool:
    c = nonces.c
    found = connection.execute(select(c.nonce).where(c.purpose == purpose, c.nonce == nonce)).one_or_none()
    return found is not None


def delete_expired(connection: Connection, now: datetime) -> None:
    connection.execute(delete(nonces).where(nonces.c.expires_at <= now))
