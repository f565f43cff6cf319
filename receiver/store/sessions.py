"""Statements about sessions; only hashes of their tokens are kept."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from receiver.domain.person import User
from receiver.store.schema import sessions, users


def add(connection: Connection, *, token_hash: str, user_id: int, now: datetime, expires_at: datetime) -> None:
    connection.execute(
        insert(sessions).values(token_hash=token_hash, user_id=user_id, created_at=now, expires_at=expires_at)
    )


def find_user(connection: Connection, token_hash: str, now: datetime) -> User | None:
    row = connection.execute(
        select(users.c.id, users.c.email, users.c.name)
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now)
    ).one_or_none()
    return None if row is None else User(*row)


def remove(connection: Connection, token_hash: str) -> None:
    connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def delete_expired(connection: Connection, now: datetime) -> None:
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
