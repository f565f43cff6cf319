"""Statements about settled months: one row per reader, per thing, per creator, per gift."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    union_all,
)

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
    gift_parts,
    gift_settlements,
    gifts,
    months,
    places,
    postings,
    reader_settlements,
    team_settlements,
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
    """What a thing got; `team` divided it, or its creator got all."""

    month: Month
    thing: int
    creator: int
    readers: int
    amount: Micros
    team: int | None


@dataclass(frozen=True, slots=True)
class TeamSettlement:
    """What fell to a creator of what a team divided: of the shares of a month, or of a gift (`whole` is all of it)."""

    team: int
    parts: int
    parts_of_all: int
    amount: Micros
    whole: Micros


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


def add_things(connection: Connection, month: Month, shares: list[tuple[int, int, int | None, int, int]]) -> None:
    """Add (thing, creator, team, readers, micros) of each thing."""
    columns = ("month", "thing_id", "creator_id", "team_id", "readers", "amount_micros")
    insert_rows(connection, thing_settlements, columns, [(month.number, *share) for share in shares])


def last_thing(connection: Connection, month: Month) -> int:
    c = thing_settlements.c
    return int(connection.execute(select(func.coalesce(func.max(c.thing_id), 0)).where(c.month == month)).scalar_one())


def things_of_creator(connection: Connection, month: Month, creator: int) -> list[ThingSettlement]:
    """Return the things of which a creator got all."""
    c = thing_settlements.c
    return _things(connection, c.month == month, c.creator_id == creator, c.team_id.is_(None))


def things_of_team(connection: Connection, month: Month, team: int) -> list[ThingSettlement]:
    """Return the things whose shares a team divided."""
    c = thing_settlements.c
    return _things(connection, c.month == month, c.team_id == team)


def _things(connection: Connection, *conditions: ColumnElement[bool]) -> list[ThingSettlement]:
    c = thing_settlements.c
    statement = select(thing_settlements).where(*conditions)
    rows = connection.execute(statement.order_by(c.readers.desc(), c.thing_id))  # by amount would rank hidden sums
    return [_thing_settlement(row) for row in rows]


def paid_by_reader(connection: Connection, month: Month, reader: int, things: Collection[int]) -> set[int]:
    """Return which of these things got a share in a month and were not the reader's own."""
    c, team = thing_settlements.c, team_settlements.c
    is_member = exists().where(team.month == month, team.team_id == c.team_id, team.creator_id == reader)
    statement = select(c.thing_id).where(c.month == month, c.thing_id.in_(things), c.creator_id != reader, ~is_member)
    return set(connection.execute(statement).scalars())


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


def last_team(connection: Connection, month: Month) -> int:
    """Return the team up to which a month is divided; 0 before the first."""
    c = team_settlements.c
    return int(connection.execute(select(func.coalesce(func.max(c.team_id), 0)).where(c.month == month)).scalar_one())


def next_team_sums(connection: Connection, month: Month, *, after: int, limit: int | None) -> list[tuple[int, Micros]]:
    """Return (team, sum of the shares of its things) for the next teams, in order."""
    c = thing_settlements.c
    statement = (
        select(c.team_id, total(c.amount_micros))
        .where(c.month == month, c.team_id.is_not(None), c.team_id > after)
        .group_by(c.team_id)
        .order_by(c.team_id)
        .limit(limit)
    )
    return [(row[0], Micros(row[1])) for row in connection.execute(statement)]


def add_team(
    connection: Connection,
    month: Month,
    team: int,
    parts_by_creator: Mapping[int, int],
    amount_by_creator: Mapping[int, Micros],
) -> None:
    """Add what fell to each creator of a team."""
    connection.execute(
        insert(team_settlements),
        [
            {"month": month, "team_id": team, "creator_id": creator, "parts": parts_by_creator[creator],
             "amount_micros": amount}
            for creator, amount in amount_by_creator.items()
        ],
    )  # fmt: skip


def teams_of_creator(connection: Connection, month: Month, creator: int) -> list[TeamSettlement]:
    """Return what fell to a creator of the shares that their teams divided."""
    c = team_settlements.c
    return _of_teams(connection, team_settlements, [c.team_id], creator, c.month == month)


def gift_parts_of_creator(connection: Connection, month: Month, creator: int) -> list[TeamSettlement]:
    """Return what fell to a creator of each gift that their teams divided."""
    c = gift_parts.c
    return _of_teams(connection, gift_parts, [c.gift_id, c.team_id], creator, c.month == month)


def _of_teams(
    connection: Connection, table: Table, divided: list[Any], creator: int, condition: ColumnElement[bool]
) -> list[TeamSettlement]:
    """Return a creator's rows of a table, with the sums over all that was divided together."""
    c = table.c
    mine = func.sum(case((c.creator_id == creator, c.amount_micros), else_=0))
    my_parts = func.sum(case((c.creator_id == creator, c.parts), else_=0))
    rows = connection.execute(
        select(c.team_id, my_parts, total(c.parts), mine, total(c.amount_micros))
        .where(condition, c.team_id.in_(select(c.team_id).where(condition, c.creator_id == creator)))
        .group_by(*divided)
        .having(my_parts > 0)
        .order_by(*divided)
    )
    return [TeamSettlement(row[0], int(row[1]), row[2], Micros(int(row[3])), Micros(row[4])) for row in rows]


def last_creator(connection: Connection, month: Month) -> int:
    """Return the creator up to whom a month is booked; 0 before the first."""
    c = creator_settlements.c
    found = select(func.coalesce(func.max(c.creator_id), 0)).where(c.month == month)
    return int(connection.execute(found).scalar_one())


def next_creator_sums(connection: Connection, month: Month, *, after: int, limit: int) -> list[tuple[int, Micros]]:
    """Return (creator, sum of the shares of their things and of their parts of teams') for the next, in order."""
    thing, team = thing_settlements.c, team_settlements.c
    sums = Counter[int]()
    ends = []
    # Not one union of both, which would be gathered whole for each chunk.
    for c, condition in ((thing, thing.team_id.is_(None)), (team, team.amount_micros > 0)):
        statement = (
            select(c.creator_id, total(c.amount_micros))
            .where(c.month == month, c.creator_id > after, condition)
            .group_by(c.creator_id)
            .order_by(c.creator_id)
            .limit(limit)
        )
        found = {row[0]: row[1] for row in connection.execute(statement)}
        sums.update(found)
        ends += [max(found)] if len(found) == limit else []
    end = min(ends, default=max(sums, default=0))  # beyond it the sum of one who stands in both may be half of it
    return [(creator, Micros(amount)) for creator, amount in sorted(sums.items()) if creator <= end][:limit]


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
        gift_settlements.c.creator_id == creator, gift_settlements.c.given_micros > 0, ~_is_divided()
    )
    divided = select(gift_parts.c.month, gift_parts.c.amount_micros).where(
        gift_parts.c.creator_id == creator, gift_parts.c.amount_micros > 0
    )
    both = union_all(shares, given, divided).subquery()
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


def add_gift_parts(
    connection: Connection,
    gift: GiftRow,
    team: int,
    parts_by_creator: Mapping[int, int],
    amount_by_creator: Mapping[int, Micros],
) -> None:
    """Add what fell to each creator of a team of a gift that is there."""
    connection.execute(
        insert(gift_parts),
        [
            {"gift_id": gift.id, "month": gift.month, "team_id": team, "creator_id": creator,
             "parts": parts_by_creator[creator], "amount_micros": amount}
            for creator, amount in amount_by_creator.items()
        ],
    )  # fmt: skip


def gifts_of_creator(connection: Connection, month: Month, creator: int) -> list[GiftSettlement]:
    """Return the gifts of which a creator got all."""
    c = gift_settlements.c
    return _gifts(connection, c.month == month, c.creator_id == creator, c.given_micros > 0, ~_is_divided())


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
    """Return (creator, sum of their things' shares and parts, what was booked to them) where these differ."""
    thing, team, creator = thing_settlements.c, team_settlements.c, creator_settlements.c
    amounts = union_all(
        select(thing.creator_id, thing.amount_micros.label("got"), literal(0).label("booked")).where(
            thing.month == month, thing.team_id.is_(None)
        ),
        select(team.creator_id, team.amount_micros, literal(0)).where(team.month == month),
        select(creator.creator_id, literal(0), creator.amount_micros).where(creator.month == month),
    ).subquery()
    got, booked = total(amounts.c.got), total(amounts.c.booked)
    statement = select(amounts.c.creator_id, got, booked).group_by(amounts.c.creator_id).having(got != booked)
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]


def divided_shares(connection: Connection, month: Month) -> Iterator[tuple[int, int, dict[int, tuple[int, int]]]]:
    """Return (team, what its things got, (parts, micros) by creator) of each team that divided or had to."""
    whole = dict(next_team_sums(connection, month, after=0, limit=None))
    c = team_settlements.c
    statement = select(c.team_id, c.creator_id, c.parts, c.amount_micros).where(c.month == month)
    divided = _by_first(connection.execute(statement))
    for team in sorted(whole.keys() | divided.keys()):
        yield team, whole.get(team, Micros(0)), divided.get(team, {})


def divided_gifts(connection: Connection) -> Iterator[tuple[int, int, dict[int, tuple[int, int]]]]:
    """Return (gift, what arrived of it, (parts, micros) by creator) of each gift that a team divided."""
    c, gift = gift_parts.c, gift_settlements.c
    statement = select(gift.gift_id, gift.given_micros).join(gift_parts, c.gift_id == gift.gift_id).distinct()
    whole = {row[0]: row[1] for row in connection.execute(statement)}
    divided = _by_first(connection.execute(select(c.gift_id, c.creator_id, c.parts, c.amount_micros)))
    for gift_id in sorted(divided):
        yield gift_id, whole[gift_id], divided[gift_id]


def _by_first(rows: Iterable[Any]) -> dict[int, dict[int, tuple[int, int]]]:
    divided: dict[int, dict[int, tuple[int, int]]] = {}
    for first, creator, parts, amount in rows:
        divided.setdefault(first, {})[creator] = (parts, amount)
    return divided


def contradicted_by_entries(connection: Connection) -> list[tuple[str, str, int]]:
    """Return (key of an entry, place, micros too many) where an entry moved something else than was settled.

    From which funds a gift was drawn is in its entry alone, so of gifts only the targets are compared.
    """
    reader, creator, gift, part = reader_settlements.c, creator_settlements.c, gift_settlements.c, gift_parts.c

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
        settled(gift.entry_id, PlaceKind.EARNED, gift.creator_id, -gift.given_micros).where(~_is_divided()),
        settled(gift.entry_id, PlaceKind.EARNED, part.creator_id, -part.amount_micros).where(
            part.gift_id == gift.gift_id
        ),
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
    amount = Micros(row.amount_micros)
    return ThingSettlement(row.month, row.thing_id, row.creator_id, row.readers, amount, row.team_id)


def _is_divided() -> ColumnElement[bool]:
    """Tell, where settled gifts are asked for, whether a team divided one."""
    return exists().where(gift_parts.c.gift_id == gift_settlements.c.gift_id).correlate(gift_settlements)


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
