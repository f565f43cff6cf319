"""Statements about users."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

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
        raise NotKnown("nobody with the address %(email)s has signed in here yet", email=email)
    return user


def add(connection: Connection, *, email: str, name: str, now: datetime) -> User:
    result = connection.execute(insert(users).values(email=email, name=name, created_at=now))
    assert result.inserted_primary_key is not None
    return User(id=result.inserted_primary_key[0], email=email, name=name)


def emails_of(connection: Connection, user_ids: Collection[int]) -> dict[int, str]:
    rows = connection.execute(select(users.c.id, users.c.email).where(users.c.id.in_(user_ids)))
    return {row.id: row.email for row in rows}


def set_email(connection: Connection, user_id: int, email: str) -> None:
    connection.execute(update(users).where(users.c.id == user_id).values(email=email))


def set_name(connection: Connection, user_id: int, name: str) -> None:
    connection.execute(update(users).where(users.c.id == user_id).values(name=name))


def language_of(connection: Connection, user_id: int) -> str:
    """Return the code of the language in which a user reads mails; "" if they never said."""
    return connection.execute(select(users.c.language).where(users.c.id == user_id)).scalar_one_or_none() or ""


def set_language(connection: Connection, user_id: int, language: str) -> None:
    connection.execute(update(users).where(users.c.id == user_id).values(language=language))


def wants_no_passkey(connection: Connection, user_id: int) -> bool:
    statement = select(users.c.passkey_note_closed_at).where(users.c.id == user_id)
    return connection.execute(statement).scalar_one_or_none() is not None


def close_passkey_note(connection: Connection, user_id: int, now: datetime) -> None:
    connection.execute(update(users).where(users.c.id == user_id).values(passkey_note_closed_at=now))


def erase(connection: Connection, user_id: int, now: datetime) -> None:
    """Leave a number in the place of a person; what stands for the address is none, so nobody can sign in by it."""
    nameless = {"email": f"gone:{user_id}", "name": "", "language": None, "erased_at": now}
    connection.execute(update(users).where(users.c.id == user_id).values(nameless))


def has_left(connection: Connection, user_id: int) -> bool:
    return connection.execute(select(users.c.erased_at).where(users.c.id == user_id)).scalar_one() is not None


def erased(connection: Connection) -> set[int]:
    """Return who has left."""
    return set(connection.execute(select(users.c.id).where(users.c.erased_at.is_not(None))).scalars())


def _user(row: Row[tuple[object, ...]]) -> User:
    return User(id=row.id, email=row.email, name=row.name)
