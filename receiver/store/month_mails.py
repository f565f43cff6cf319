"""Statements about who wants a mail after each month, and up to which month it was queued for them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from receiver.domain.click import MonthState
from receiver.domain.month import Month
from receiver.store.dialects import insert_or
from receiver.store.schema import month_mails, months, users


@dataclass(frozen=True, slots=True)
class DueMail:
    """The next closed month of which a reader has no mail yet."""

    reader: int
    email: str
    language: str
    month: Month


def put(connection: Connection, reader: int, *, language: str, mailed_month: Month, now: datetime) -> None:
    """Note the wish; who has it already only changes the language."""
    statement = insert_or(connection, month_mails).values(
        reader_id=reader, language=language, mailed_month=mailed_month, wished_at=now
    )
    connection.execute(
        statement.on_conflict_do_update(index_elements=["reader_id"], set_={"language": statement.excluded.language})
    )


def is_wished(connection: Connection, reader: int) -> bool:
    c = month_mails.c
    return connection.execute(select(c.reader_id).where(c.reader_id == reader)).one_or_none() is not None


def due(connection: Connection, *, limit: int) -> list[DueMail]:
    """Return the next mails: of each reader the oldest closed month after the last one that was mailed."""
    c = month_mails.c
    statement = (
        select(c.reader_id, users.c.email, c.language, func.min(months.c.month))
        .join(users, users.c.id == c.reader_id)
        .join(months, (months.c.month > c.mailed_month) & (months.c.state == MonthState.CLOSED))
        .group_by(c.reader_id, users.c.email, c.language)
        .order_by(c.reader_id)
        .limit(limit)
    )
    return [DueMail(*row) for row in connection.execute(statement)]


def set_mailed(connection: Connection, reader: int, month: Month) -> None:
    connection.execute(update(month_mails).where(month_mails.c.reader_id == reader).values(mailed_month=month))


def remove(connection: Connection, reader: int) -> None:
    connection.execute(delete(month_mails).where(month_mails.c.reader_id == reader))
