"""Statements about pledges: each holds from its month on."""

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from receiver.domain.money import NOTHING, Micros
from receiver.domain.month import Month
from receiver.store.schema import pledges


def put(connection: Connection, reader: int, month: Month, amount: Micros) -> None:
    statement = insert(pledges).values(reader_id=reader, month=month, amount_micros=amount)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["reader_id", "month"], set_={"amount_micros": statement.excluded.amount_micros}
        )
    )


def of_reader(connection: Connection, reader: int, month: Month) -> Micros:
    """Return what the reader pledged for a month; nothing if they never did."""
    c = pledges.c
    statement = select(c.amount_micros).where(c.reader_id == reader, c.month <= month).order_by(c.month.desc()).limit(1)
    return Micros(connection.execute(statement).scalar_one_or_none() or NOTHING)
