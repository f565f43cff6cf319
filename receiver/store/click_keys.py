"""Statements about the keys by which a reader's applications click."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from receiver.store.schema import click_keys


@dataclass(frozen=True, slots=True)
class ClickKeyRow:
    id: str
    reader_id: int
    label: str
    master: int
    created_at: datetime
    revoked_at: datetime | None


def add(connection: Connection, row: ClickKeyRow) -> None:
    connection.execute(
        insert(click_keys).values(
            id=row.id, reader_id=row.reader_id, label=row.label, master=row.master, created_at=row.created_at
        )
    )


def find(connection: Connection, key_id: str) -> ClickKeyRow | None:
    row = connection.execute(select(click_keys).where(click_keys.c.id == key_id)).one_or_none()
    return None if row is None else ClickKeyRow(*row)


def find_many(connection: Connection, key_ids: Collection[str]) -> list[ClickKeyRow]:
    rows = connection.execute(select(click_keys).where(click_keys.c.id.in_(key_ids)))
    return [ClickKeyRow(*row) for row in rows]


def of_reader(connection: Connection, reader: int) -> list[ClickKeyRow]:
    statement = select(click_keys).where(click_keys.c.reader_id == reader).order_by(click_keys.c.created_at)
    return [ClickKeyRow(*row) for row in connection.execute(statement)]


def revoke(connection: Connection, key_id: str, now: datetime) -> None:
    c = click_keys.c
    connection.execute(update(click_keys).where(c.id == key_id, c.revoked_at.is_(None)).values(revoked_at=now))
