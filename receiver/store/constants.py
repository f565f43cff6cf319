"""Statements about what was decided when the books began, and never changes."""

from sqlalchemy import Connection, insert, select

from receiver.store.schema import constants


def find(connection: Connection, name: str) -> str | None:
    return connection.execute(select(constants.c.value).where(constants.c.name == name)).scalar_one_or_none()


def add(connection: Connection, name: str, value: str) -> None:
    connection.execute(insert(constants).values(name=name, value=value))
