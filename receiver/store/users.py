"""Statements about users."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select

from receiver.domain.errors import NotKnown
from receiver.domain.person import User
from receiver.store.schema import users


def find_by_email(connection: Connection, email: str) -> User | None:
    row = connection.execute(select(users).where(users.c.email == email)).one_or_none()
    return None if row is None else _user(row)


def get(connection: Connection, user_id: int) -> User:
    row = connection.execute(select(users).where(users.c.id == user_id)).one_or_none()
    if row is None:
        raise NotKnown("there is no such user")
    return _user(row)


def get_by_email(connection: Connection, email: str) -> User:
    user = find_by_email(connection, email)
    if user is None:
        raise NotKnown(f"nobody with the address {email} has signed in here yet")
    return user


def add(connection: Connection, *, email: str, name: str, now: datetime) -> User:
    result = connection.execute(insert(users).values(email=email, name=name, created_at=now))
    assert result.inserted_primary_key is not None
    return User(id=result.inserted_primary_key[0], email=email, name=name)


def emails_of(connection: Connection, user_ids: Collection[int]) -> dict[int, str]:
    rows = connection.execute(select(users.c.id, users.c.email).where(users.c.id.in_(user_ids)))
    return {row.id: row.email for row in rows}


def _user(row: Row[tuple[object, ...]]) -> User:
    return User(id=row.id, email=row.email, name=row.name)
