"""Statements about settled months: one row per reader, per thing, per creator, per gift."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, literal, select, union_all

from receiver.domain.click import MonthState
from receiver.domain.ledger import EntryKind, PlaceKind
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.pot import Draw, Pot
from receiver.store.dialects import in_chunks, insert_rows, total
from receiver.store.gifts import GiftRow
from receiver.store.schema import (
    creator_settlements,
    entries,
    gift_settlements,
    gifts,
    months,
    places,
    postings,
    reader_settlements,
    thing_settlements,
    things,
)


@dataclass(frozen=True, slots=True)
class ReaderSettlement:
    """What a month took from a reader; a share of zero: nothing was there, so the clicks lapsed."""

    month: Month
    reader: int
    pledge: Micros
    draw: Draw
    share: Micros
    things: int


@dataclass(frozen=True, slots=True)
class ThingSettlement:
    month: Month
    thing: int
    creator: int
    readers: int
    amount: Micros


@dataclass(frozen=True, slots=True)
class GiftSettlement:
    """A booked gift, or one that lapsed (`given` is nothing); `thing` is None once it is forgotten."""

    gift: int
    reader: int
    thing: int | None
    month: Month
    creator: int
    given: Micros
    fee: Micros


def add_readers(
    connection: Connection, month: Month, settled: Sequence[tuple[int, Micros, Pot]], *, entry_id: int | None
) -> None:
    """Add (reader, pledge, pot) of each reader, and the entry that booked all pots that were funded."""
    insert_rows(
        connection,
        reader_settlements,
        ("month", "reader_id", "pledge_micros", "from_earned_micros", "from_fresh_micros", "fee_micros", "share_micros",
         "things", "entry_id"),
        [
            (
                month.number, reader, pledge, pot.draw.from_earned, pot.draw.from_fresh, pot.draw.fee, pot.share,
                pot.things, entry_id if pot.is_funded else None,
            )
            for reader, pledge, pot in settled
        ],
    )  # fmt: skip


def last_reader(connection: Connection, month: Month) -> int:
    """Return the reader up to whom a month is settled; 0 before the first."""
    c = reader_settlements.c
    return int(connection.execute(select(func.coalesce(func.max(c.reader_id), 0)).where(c.month == month)).scalar_one())


def of_reader(connection: Connection, month: Month, reader: int) -> ReaderSettlement | None:
    c = reader_settlements.c
    row = connection.execute(select(reader_settlements).where(c.month == month, c.reader_id == reader)).one_or_none()
    return None if row is None else _reader_settlement(row)


def funded_readers(connection: Connection, month: Month) -> Iterator[tuple[int, int]]:
    """Return (reader, things that got a share) of each reader whose pot was funded, in order, one by one."""
    c = reader_settlements.c
    statement = select(c.reader_id, c.things).where(c.month == month, c.share_micros > 0).order_by(c.reader_id)
    with connection.execution_options(yield_per=10_000).execute(statement) as rows:
        for row in rows:
            yield row[0], row[1]


def given_by(connection: Connection, month: Month, readers: Collection[int]) -> tuple[int, int]:
    """Return how many shares some readers gave in a month, and their sum in micros."""
    c, shares, micros = reader_settlements.c, 0, 0
    for some in in_chunks(readers):
        row = connection.execute(
            select(total(c.things), total(c.share_micros * c.things)).where(
                c.month == month, c.share_micros > 0, c.reader_id.in_(some)
            )
        ).one()
        shares, micros = shares + row[0], micros + row[1]
    return shares, micros


def paid_things(connection: Connection, month: Month) -> Iterator[tuple[int, int, int]]:
    """Return (thing, readers, micros) of each thing that got a share, in order, one by one."""
    c = thing_settlements.c
    statement = select(c.thing_id, c.readers, c.amount_micros).where(c.month == month).order_by(c.thing_id)
    with connection.execution_options(yield_per=10_000).execute(statement) as rows:
        for row in rows:
            yield row[0], row[1], row[2]


def all_of_reader(connection: Connection, reader: int) -> list[ReaderSettlement]:
    c = reader_settlements.c
    rows = connection.execute(select(reader_settlements).where(c.reader_id == reader).order_by(c.month.desc()))
    return [_reader_settlement(row) for row in rows]


def gift_sums_of_reader(connection: Connection, reader: int) -> dict[Month, tuple[int, Micros, Micros]]:
    """Return (booked gifts, given, cut) of each month in which a reader gave any."""
    c = gift_settlements.c
    statement = (
        select(c.month, func.count(), total(c.given_micros), total(c.fee_micros))
        .join(gifts, gifts.c.id == c.gift_id)
        .where(gifts.c.reader_id == reader, c.given_micros > 0)
        .group_by(c.month)
    )
    return {row[0]: (row[1], Micros(row[2]), Micros(row[3])) for row in connection.execute(statement)}


def add_things(connection: Connection, month: Month, shares: list[tuple[int, int, int, int]]) -> None:
    """Add (thing, creator, readers, micros) of each thing."""
    columns = ("month", "thing_id", "creator_id", "readers", "amount_micros")
    insert_rows(connection, thing_settlements, columns, [(month.number, *share) for share in shares])


def last_thing(connection: Connection, month: Month) -> int:
    c = thing_settlements.c
    return int(connection.execute(select(func.coalesce(func.max(c.thing_id), 0)).where(c.month == month)).scalar_one())


def things_of_creator(connection: Connection, month: Month, creator: int) -> list[ThingSettlement]:
    c = thing_settlements.c
    statement = select(thing_settlements).where(c.month == month, c.creator_id == creator)
    rows = connection.execute(statement.order_by(c.readers.desc(), c.thing_id))  # by amount would rank hidden sums
    return [_thing_settlement(row) for row in rows]


def creator_by_thing(connection: Connection, month: Month, things: Collection[int]) -> dict[int, int]:
    """Return who was paid for each of these things that got a share in a month."""
    c = thing_settlements.c
    rows = connection.execute(select(c.thing_id, c.creator_id).where(c.month == month, c.thing_id.in_(things)))
    return {row[0]: row[1] for row in rows}


def clicks_of_things(connection: Connection, *, site_id: str, creator: int) -> dict[int, tuple[int, int]]:
    """Return how many clicks on each thing that a site's key signed were paid in all closed months, and how many of
    them in its best month."""
    c = thing_settlements.c
    statement = (
        select(c.thing_id, total(c.readers), func.max(c.readers))
        .join(things, things.c.id == c.thing_id)
        .where(c.creator_id == creator, things.c.site_id == site_id)  # the creator, because an index leads there
        .group_by(c.thing_id)
    )
    return {row[0]: (row[1], row[2]) for row in connection.execute(statement)}


def clicks_paid_to(connection: Connection, *, site_id: str, creator: int) -> dict[int, int]:
    """Return how many clicks on each thing that is paid to a site were paid in all closed months."""
    c = thing_settlements.c
    statement = (
        select(c.thing_id, total(c.readers))
        .join(things, things.c.id == c.thing_id)
        .join(months, months.c.month == c.month)
        .where(c.creator_id == creator, things.c.paid_site_id == site_id, months.c.state == MonthState.CLOSED)
        .group_by(c.thing_id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def months_of_thing(connection: Connection, thing: int, *, creator: int) -> list[ThingSettlement]:
    """Return what a thing got in each closed month in which this creator was paid for it, newest first."""
    c = thing_settlements.c
    statement = (
        select(thing_settlements)
        .join(months, months.c.month == c.month)
        .where(c.creator_id == creator, c.thing_id == thing, months.c.state == MonthState.CLOSED)
        .order_by(c.month.desc())
    )
    return [_thing_settlement(row) for row in connection.execute(statement)]


def last_creator(connection: Connection, month: Month) -> int:
    """Return the creator up to whom a month is booked; 0 before the first."""
    c = creator_settlements.c
    found = select(func.coalesce(func.max(c.creator_id), 0)).where(c.month == month)
    return int(connection.execute(found).scalar_one())


def next_creator_sums(connection: Connection, month: Month, *, after: int, limit: int) -> list[tuple[int, Micros]]:
    """Return (creator, sum of the shares of their things) for the next creators, in order."""
    c = thing_settlements.c
    statement = (
        select(c.creator_id, total(c.amount_micros))
        .where(c.month == month, c.creator_id > after)
        .group_by(c.creator_id)
        .order_by(c.creator_id)
        .limit(limit)
    )
    return [(row[0], Micros(row[1])) for row in connection.execute(statement)]


def add_creators(
    connection: Connection, month: Month, sums: Sequence[tuple[int, Micros]], entry_ids: list[int]
) -> None:
    """Add (creator, sum of the shares of their things) of each creator, with the entry that booked it."""
    connection.execute(
        insert(creator_settlements),
        [
            {"month": month, "creator_id": creator, "amount_micros": amount, "entry_id": entry_id}
            for (creator, amount), entry_id in zip(sums, entry_ids, strict=True)
        ],
    )


def months_of_creator(connection: Connection, creator: int) -> list[tuple[Month, Micros]]:
    """Return (month, shares and gifts received) for each closed month with income, newest first."""
    shares = select(creator_settlements.c.month, creator_settlements.c.amount_micros).where(
        creator_settlements.c.creator_id == creator
    )
    given = select(gift_settlements.c.month, gift_settlements.c.given_micros).where(
        gift_settlements.c.creator_id == creator, gift_settlements.c.given_micros > 0
    )
    both = shares.union_all(given).subquery()
    statement = select(both.c.month, total(both.c.amount_micros)).group_by(both.c.month).order_by(both.c.month.desc())
    return [(row[0], Micros(row[1])) for row in connection.execute(statement)]


def add_gift(connection: Connection, gift: GiftRow, creator: int, draw: Draw | None, *, entry_id: int | None) -> None:
    connection.execute(
        insert(gift_settlements).values(
            gift_id=gift.id,
            month=gift.month,
            creator_id=creator,
            given_micros=draw.given if draw else 0,
            fee_micros=draw.fee if draw else 0,
            entry_id=entry_id,
        )
    )


def gifts_of_creator(connection: Connection, month: Month, creator: int) -> list[GiftSettlement]:
    c = gift_settlements.c
    return _gifts(connection, c.month == month, c.creator_id == creator, c.given_micros > 0)


def gifts_of_reader(connection: Connection, month: Month, reader: int) -> list[GiftSettlement]:
    return _gifts(connection, gift_settlements.c.month == month, gifts.c.reader_id == reader)


def earned_since(connection: Connection, creator: int, first: Month) -> Micros:
    """Return the shares and gifts a creator got from the settlements of a month and later ones."""
    return Micros(sum(amount for month, amount in months_of_creator(connection, creator) if month >= first))


def sums(connection: Connection, month: Month) -> tuple[int, int, int]:
    """Return (given by readers, got by things, booked to creators) in a month, without gifts; all are one number."""
    reader, thing, creator = reader_settlements.c, thing_settlements.c, creator_settlements.c
    given = select(total(reader.share_micros * reader.things)).where(reader.month == month)
    got = select(total(thing.amount_micros)).where(thing.month == month)
    booked = select(total(creator.amount_micros)).where(creator.month == month)
    return (
        int(connection.execute(given).scalar_one()),
        int(connection.execute(got).scalar_one()),
        int(connection.execute(booked).scalar_one()),
    )


def clicks_settled(connection: Connection, month: Month) -> tuple[int, int]:
    """Return (clicks of funded readers, readers counted over all things); both are one number."""
    reader, thing = reader_settlements.c, thing_settlements.c
    clicked = select(total(reader.things)).where(reader.month == month, reader.share_micros > 0)
    counted = select(total(thing.readers)).where(thing.month == month)
    return int(connection.execute(clicked).scalar_one()), int(connection.execute(counted).scalar_one())


def creators_not_paid_their_things(connection: Connection, month: Month) -> list[tuple[int, int, int]]:
    """Return (creator, sum of their things' shares, what was booked to them) where these differ in a month."""
    thing, creator = thing_settlements.c, creator_settlements.c
    amounts = union_all(
        select(thing.creator_id, thing.amount_micros.label("got"), literal(0).label("booked")).where(
            thing.month == month
        ),
        select(creator.creator_id, literal(0), creator.amount_micros).where(creator.month == month),
    ).subquery()
    got, booked = total(amounts.c.got), total(amounts.c.booked)
    statement = select(amounts.c.creator_id, got, booked).group_by(amounts.c.creator_id).having(got != booked)
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]


def contradicted_by_entries(connection: Connection) -> list[tuple[str, str, int]]:
    """Return (key of an entry, place, micros too many) where an entry moved something else than was settled.

    From which funds a gift was drawn is in its entry alone, so of gifts only the targets are compared.
    """
    reader, creator, gift = reader_settlements.c, creator_settlements.c, gift_settlements.c

    def settled(entry: Any, kind: PlaceKind, owner: Any, micros: Any) -> Select[Any]:
        return select(
            entry.label("entry_id"), literal(kind.value).label("kind"), owner.label("owner_id"), micros.label("micros")
        ).where(entry.is_not(None), micros != 0)

    nobody = literal(0)
    fresh_part = reader.from_fresh_micros + reader.fee_micros
    shares = reader.share_micros * reader.things
    moves = union_all(
        settled(reader.entry_id, PlaceKind.REUSED, reader.reader_id, reader.from_earned_micros),
        settled(reader.entry_id, PlaceKind.FRESH, reader.reader_id, fresh_part),
        settled(reader.entry_id, PlaceKind.POTS, nobody, -shares),
        settled(reader.entry_id, PlaceKind.CUT, nobody, -reader.fee_micros),
        settled(creator.entry_id, PlaceKind.POTS, nobody, creator.amount_micros),
        settled(creator.entry_id, PlaceKind.EARNED, creator.creator_id, -creator.amount_micros),
        settled(gift.entry_id, PlaceKind.EARNED, gift.creator_id, -gift.given_micros),
        settled(gift.entry_id, PlaceKind.CUT, nobody, -gift.fee_micros),
        _booked(postings.c.source_id, -postings.c.amount_micros),
        _booked(postings.c.target_id, postings.c.amount_micros),
    ).subquery()
    m = moves.c
    too_many = total(m.micros)
    wrong = (
        select(m.entry_id, m.kind, m.owner_id, too_many.label("micros"))
        .group_by(m.entry_id, m.kind, m.owner_id)
        .having(too_many != 0)
        .subquery()
    )
    statement = select(entries.c.key, wrong.c.kind, wrong.c.owner_id, wrong.c.micros).join(
        entries, entries.c.id == wrong.c.entry_id
    )
    return [
        (key, f"{kind}:{owner}" if owner else kind, micros)
        for key, kind, owner, micros in connection.execute(statement)
    ]


def _thing_settlement(row: Row[tuple[object, ...]]) -> ThingSettlement:
    return ThingSettlement(row.month, row.thing_id, row.creator_id, row.readers, Micros(row.amount_micros))


def _reader_settlement(row: Row[Any]) -> ReaderSettlement:
    draw = Draw(
        from_earned=Micros(row.from_earned_micros), from_fresh=Micros(row.from_fresh_micros), fee=Micros(row.fee_micros)
    )
    return ReaderSettlement(
        row.month, row.reader_id, Micros(row.pledge_micros), draw, Micros(row.share_micros), row.things
    )


def _booked(place_id: Any, micros: Any) -> Select[Any]:
    """Return (entry, kind of place, owner, micros) of the postings of settlements, but for the sources of gifts."""
    is_source_of_gift = (entries.c.kind == EntryKind.GIFT) & (places.c.kind.in_((PlaceKind.FRESH, PlaceKind.REUSED)))
    return (
        select(postings.c.entry_id, places.c.kind, func.coalesce(places.c.owner_id, 0), micros)
        .join(places, places.c.id == place_id)
        .join(entries, entries.c.id == postings.c.entry_id)
        .where(entries.c.kind.in_((EntryKind.POT, EntryKind.SHARES, EntryKind.GIFT)), ~is_source_of_gift)
    )


def _gifts(connection: Connection, *conditions: ColumnElement[bool]) -> list[GiftSettlement]:
    statement = (
        select(gift_settlements, gifts.c.reader_id, gifts.c.thing_id)
        .join(gifts, gifts.c.id == gift_settlements.c.gift_id)
        .where(*conditions)
        .order_by(gift_settlements.c.gift_id)
    )
    return [
        GiftSettlement(
            row.gift_id, row.reader_id, row.thing_id, row.month, row.creator_id,
            Micros(row.given_micros), Micros(row.fee_micros),
        )
        for row in connection.execute(statement)
    ]  # fmt: skip
