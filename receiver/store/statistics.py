"""Statements about the public sums of closed months, and about what many clicked."""

from typing import Final

from sqlalchemy import ColumnElement, Connection, func, insert, literal_column, select, union

from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.privacy import MonthSums
from receiver.domain.rules import READERS_SHOWN_MIN
from receiver.store.dialects import insert_or, total
from receiver.store.schema import (
    clicked_things,
    gift_settlements,
    gifts,
    month_statistics,
    reader_settlements,
    thing_settlements,
    things,
)

_FEW: Final[ColumnElement[int]] = literal_column(
    str(READERS_SHOWN_MIN)
)  # written out, else SQLite does not see which index it may use


def sum_up(connection: Connection, month: Month) -> MonthSums:
    """Sum up a settled month; sites, things and clicks are those of things that three readers or more clicked."""
    reader, thing, gift = reader_settlements.c, thing_settlements.c, gift_settlements.c
    was_given = (gift.month == month) & (gift.given_micros > 0)
    readers = union(
        select(reader.reader_id).where(reader.month == month, reader.share_micros > 0),
        select(gifts.c.reader_id).join(gift_settlements, gift.gift_id == gifts.c.id).where(was_given),
    ).subquery()
    creators = union(
        select(thing.creator_id).where(thing.month == month), select(gift.creator_id).where(was_given)
    ).subquery()
    of_many = (
        select(func.count(things.c.site_id.distinct()), func.count(), total(thing.readers))
        .join_from(thing_settlements, things, things.c.id == thing.thing_id)
        .where(thing.month == month, thing.readers >= _FEW)
    )
    of_pots = select(total(reader.share_micros * reader.things), total(reader.fee_micros)).where(reader.month == month)
    of_gifts = select(total(gift.given_micros), total(gift.fee_micros)).where(was_given)
    sites_clicked, things_clicked, clicks = connection.execute(of_many).one()
    (pots_given, pots_fee), (gifts_given, gifts_fee) = (connection.execute(s).one() for s in (of_pots, of_gifts))
    return MonthSums(
        readers=connection.execute(select(func.count()).select_from(readers)).scalar_one(),
        creators=connection.execute(select(func.count()).select_from(creators)).scalar_one(),
        sites=sites_clicked,
        things=things_clicked,
        clicks=clicks,
        given=Micros(pots_given + gifts_given),
        fee=Micros(pots_fee + gifts_fee),
    )


def add(connection: Connection, month: Month, sums: MonthSums) -> None:
    connection.execute(
        insert(month_statistics).values(
            month=month, readers=sums.readers, creators=sums.creators, sites=sums.sites, things=sums.things,
            clicks=sums.clicks, given_micros=sums.given, fee_micros=sums.fee,
        )
    )  # fmt: skip


def all_months(connection: Connection) -> list[tuple[Month, MonthSums]]:
    """Return the sums of all closed months, newest first."""
    rows = connection.execute(select(month_statistics).order_by(month_statistics.c.month.desc()))
    return [
        (
            row.month,
            MonthSums(
                readers=row.readers, creators=row.creators, sites=row.sites, things=row.things, clicks=row.clicks,
                given=Micros(row.given_micros), fee=Micros(row.fee_micros),
            ),
        )
        for row in rows
    ]  # fmt: skip


def count_clicked(connection: Connection, month: Month, *, first: int, last: int) -> None:
    """Add the clicks of a settled range of things, of those that three readers or more clicked in the month."""
    c = thing_settlements.c
    statement = insert_or(connection, clicked_things).from_select(
        ["thing_id", "clicks"],
        select(c.thing_id, c.readers).where(c.month == month, c.thing_id.between(first, last), c.readers >= _FEW),
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["thing_id"], set_={"clicks": clicked_things.c.clicks + statement.excluded.clicks}
        )
    )
