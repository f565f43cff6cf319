"""Statements about gifts that wait for the close of their month."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.store.dialects import total
from receiver.store.schema import gift_settlements, gifts, things


@dataclass(frozen=True, slots=True)
class GiftRow:
    id: int
    reader: int
    thing: int | None  # None once the month's reading history is forgotten
    month: Month
    amount: Micros
    taken_back_at: datetime | None


def add(
    connection: Connection, *, reader: int, thing: int, month: Month, amount: Micros, form: str, now: datetime
) -> int:
    result = connection.execute(
        insert(gifts).values(
            reader_id=reader, thing_id=thing, month=month, amount_micros=amount, form=form, given_at=now
        )
    )
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def find(connection: Connection, gift_id: int) -> GiftRow | None:
    row = connection.execute(select(gifts).where(gifts.c.id == gift_id)).one_or_none()
    return None if row is None else _gift(row)


def find_by_form(connection: Connection, reader: int, form: str) -> GiftRow | None:
    row = connection.execute(select(gifts).where(gifts.c.reader_id == reader, gifts.c.form == form)).one_or_none()
    return None if row is None else _gift(row)


def forget(connection: Connection, month: Month) -> None:
    """Forget to what the gifts of a month went that is marked as forgotten; their sums are in the books."""
    connection.execute(update(gifts).where(gifts.c.month == month).values(thing_id=None))


def set_taken_back(connection: Connection, gift_id: int, at: datetime) -> None:
    connection.execute(update(gifts).where(gifts.c.id == gift_id).values(taken_back_at=at))


def waiting_sum(connection: Connection, reader: int) -> Micros:
    """Return what a reader has given that is not booked yet: it is promised, so it cannot be spent elsewhere."""
    statement = _waiting(select(total(gifts.c.amount_micros))).where(gifts.c.reader_id == reader)
    return Micros(connection.execute(statement).scalar_one())


def wait_for(connection: Connection, site_id: str) -> bool:
    """Tell whether gifts to things of a site are not booked yet."""
    statement = _waiting(select(gifts.c.id).join(things, things.c.id == gifts.c.thing_id))
    return connection.execute(statement.where(things.c.paid_site_id == site_id).limit(1)).first() is not None


def of_reader(connection: Connection, reader: int, month: Month) -> list[GiftRow]:
    c = gifts.c
    statement = select(gifts).where(c.reader_id == reader, c.month == month, c.taken_back_at.is_(None)).order_by(c.id)
    return [_gift(row) for row in connection.execute(statement)]


def next_waiting(connection: Connection, month: Month, *, limit: int) -> list[GiftRow]:
    """Return the next gifts of a month that are neither booked nor taken back, in order."""
    statement = _waiting(select(gifts)).where(gifts.c.month == month).order_by(gifts.c.id).limit(limit)
    return [_gift(row) for row in connection.execute(statement)]


def _waiting(statement: Select[Any]) -> Select[Any]:
    return statement.join(gift_settlements, gift_settlements.c.gift_id == gifts.c.id, isouter=True).where(
        gifts.c.taken_back_at.is_(None), gift_settlements.c.gift_id.is_(None)
    )


def _gift(row: Row[Any]) -> GiftRow:
    return GiftRow(row.id, row.reader_id, row.thing_id, row.month, Micros(row.amount_micros), row.taken_back_at)
