"""Statements about pledges: each holds from its month on."""

from sqlalchemy import Connection, select

from receiver.domain.money import NOTHING, Micros
from receiver.domain.month import Month
from receiver.store.dialects import insert_or
from receiver.store.schema import pledges


def put(connection: Connection, reader: int, month: Month, amount: Micros) -> None:
    statement = insert_or(connection, pledges).values(reader_id=reader, month=month, amount_micros=amount)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["reader_id", "month"], set_={"amount_micros": statement.excluded.amount_micros}
        )
    )


def of_reader(connection: Connection, reader: int, month: Month) -> Micros:
    """Return what the reader pledged for a month; nothing if they never did."""
    return of_readers(connection, month, first=reader, last=reader).get(reader, NOTHING)


def of_readers(connection: Connection, month: Month, *, first: int, last: int) -> dict[int, Micros]:
    """Return what the readers of a range pledged for a month; those who never did are not in it."""
    c = pledges.c
    statement = select(c.reader_id, c.amount_micros).where(c.reader_id.between(first, last), c.month <= month)
    rows = connection.execute(statement.order_by(c.reader_id, c.month))
    return {row.reader_id: Micros(row.amount_micros) for row in rows}  # the newest of each reader comes last
