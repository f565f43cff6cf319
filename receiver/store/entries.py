"""Statements about the books: places, entries, postings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, insert, select, union_all

from receiver.domain.ledger import Entry, Place, PlaceKind
from receiver.domain.ledger import earned as earned_place
from receiver.domain.money import NOTHING, Micros
from receiver.domain.month import Month
from receiver.domain.pot import Funds
from receiver.store.dialects import insert_or, insert_rows, total
from receiver.store.schema import entries, places, postings


@dataclass(frozen=True, slots=True)
class BalanceOfKind:
    """The trial balance's line for all places of a kind (of a rail: by name)."""

    label: str
    places: int
    balance: Micros


def book(connection: Connection, entry: Entry, *, now: datetime, id_by_place: Mapping[Place, int] | None = None) -> int:
    """Book an entry and return its id.  The database moves the balances, and refuses what would overdraw a place.

    Which ids are known already spares looking them up.
    """
    return book_many(connection, [entry], now=now, id_by_place=id_by_place)[0]


def book_many(
    connection: Connection, booked: Sequence[Entry], *, now: datetime, id_by_place: Mapping[Place, int] | None = None
) -> list[int]:
    """Book entries, with ids in their order, and return these; all of them or, on an error, none."""
    if not booked:
        return []
    rows = [
        {
            "kind": entry.kind,
            "key": entry.key,
            "month": entry.month,
            "booked_at": now,
            "note": entry.note,
            "postings": len(entry.postings),
        }
        for entry in booked
    ]
    statement = insert(entries).returning(entries.c.id, sort_by_parameter_order=True)
    entry_ids = list(connection.execute(statement, rows).scalars())
    moved = [posting for entry in booked for posting in entry.postings]
    ids = dict(id_by_place or {})
    ids |= _ids_of(
        connection, {place for posting in moved for place in (posting.source, posting.target) if place not in ids}
    )
    insert_rows(
        connection,
        postings,
        ("entry_id", "position", "source_id", "target_id", "amount_micros"),
        [
            (entry_id, position, ids[posting.source], ids[posting.target], posting.amount)
            for entry_id, entry in zip(entry_ids, booked, strict=True)
            for position, posting in enumerate(entry.postings)
        ],
    )
    return entry_ids


def find_by_key(connection: Connection, key: str) -> int | None:
    return connection.execute(select(entries.c.id).where(entries.c.key == key)).scalar_one_or_none()


def balance(connection: Connection, place: Place) -> Micros:
    found = connection.execute(select(places.c.balance_micros).where(places.c.name == place.name)).scalar_one_or_none()
    return Micros(found or NOTHING)


def funds_of(connection: Connection, reader: int) -> Funds:
    held, _ = funds_between(connection, first=reader, last=reader)
    return held.get(reader, Funds(earned=NOTHING, fresh=NOTHING))


def funds_between(connection: Connection, *, first: int, last: int) -> tuple[dict[int, Funds], dict[Place, int]]:
    """Return what the readers of a range have, those who never had anything left out, and where: the ids of places."""
    c = places.c
    rows = connection.execute(
        select(c.owner_id, c.kind, c.id, c.balance_micros).where(
            c.owner_id.between(first, last), c.kind.in_((PlaceKind.FRESH, PlaceKind.REUSED))
        )
    ).all()
    fresh = {row[0]: Micros(row[3]) for row in rows if row[1] == PlaceKind.FRESH}
    reused = {row[0]: Micros(row[3]) for row in rows if row[1] == PlaceKind.REUSED}
    funds = {
        reader: Funds(earned=reused.get(reader, NOTHING), fresh=fresh.get(reader, NOTHING))
        for reader in fresh.keys() | reused.keys()
    }
    return funds, {Place(PlaceKind(row[1]), owner=row[0]): row[2] for row in rows}


def earned_of(connection: Connection, creator: int) -> Micros:
    return balance(connection, earned_place(creator))


def trial_balance(connection: Connection) -> list[BalanceOfKind]:
    """Return the balance of each kind of place; rails by name.  They sum to zero, always."""
    label = case((places.c.kind == PlaceKind.RAIL, places.c.name), else_=places.c.kind)
    rows = connection.execute(
        select(label, func.count(), total(places.c.balance_micros)).group_by(label).order_by(label)
    )
    return [BalanceOfKind(str(row[0]), row[1], Micros(row[2])) for row in rows]


def recomputed_balances(connection: Connection) -> list[tuple[str, int, int]]:
    """Return name, kept balance and the balance recomputed from all postings, of each place where they differ."""
    moves = union_all(
        select(postings.c.target_id.label("place_id"), postings.c.amount_micros.label("micros")),
        select(postings.c.source_id.label("place_id"), (-postings.c.amount_micros).label("micros")),
    ).subquery()
    sums = select(moves.c.place_id, total(moves.c.micros).label("micros")).group_by(moves.c.place_id).subquery()
    recomputed = func.coalesce(sums.c.micros, 0)
    statement = (
        select(places.c.name, places.c.balance_micros, recomputed)
        .join(sums, sums.c.place_id == places.c.id, isouter=True)
        .where(places.c.balance_micros != recomputed)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]


def sum_of_all_places(connection: Connection) -> int:
    return int(connection.execute(select(total(places.c.balance_micros))).scalar_one())


def overdrawn_places(connection: Connection) -> list[tuple[str, int]]:
    c = places.c
    statement = select(c.name, c.balance_micros).where(c.balance_micros < 0, c.kind != PlaceKind.RAIL)
    return [(row[0], row[1]) for row in connection.execute(statement)]


def entries_not_whole(connection: Connection) -> list[tuple[str, int, int]]:
    """Return (key, postings it was booked with, postings it has) of each entry where they differ."""
    there = func.count(postings.c.position)
    statement = (
        select(entries.c.key, entries.c.postings, there)
        .join(postings, postings.c.entry_id == entries.c.id, isouter=True)
        .group_by(entries.c.id, entries.c.key, entries.c.postings)
        .having(there != entries.c.postings)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]


def moves_by_kind(connection: Connection) -> list[tuple[str, str, str, str]]:
    """Return (kind of entry, kind of source, kind of target, key of one such entry) of all that was ever moved."""
    source, target = places.alias("source"), places.alias("target")
    statement = (
        select(entries.c.kind, source.c.kind, target.c.kind, func.min(entries.c.key))
        .join(postings, postings.c.entry_id == entries.c.id)
        .join(source, source.c.id == postings.c.source_id)
        .join(target, target.c.id == postings.c.target_id)
        .group_by(entries.c.kind, source.c.kind, target.c.kind)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(statement)]


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One posting as the books show it."""

    entry: int
    booked_at: datetime
    kind: str
    month: Month
    source: str
    target: str
    amount: Micros
    note: str


def journal(connection: Connection, *, place: Place | None = None, newest: int | None = None) -> list[JournalLine]:
    """Return postings in the order they were booked, or the newest first if limited to so many."""
    source, target = places.alias("source"), places.alias("target")
    statement = (
        select(
            entries.c.id, entries.c.booked_at, entries.c.kind, entries.c.month,
            source.c.name, target.c.name, postings.c.amount_micros, entries.c.note,
        )
        .join(postings, postings.c.entry_id == entries.c.id)
        .join(source, source.c.id == postings.c.source_id)
        .join(target, target.c.id == postings.c.target_id)
    )  # fmt: skip
    if place is not None:
        statement = statement.where((source.c.name == place.name) | (target.c.name == place.name))
    if newest is None:
        statement = statement.order_by(entries.c.id, postings.c.position)
    else:
        statement = statement.order_by(entries.c.id.desc(), postings.c.position).limit(newest)
    return [JournalLine(*row) for row in connection.execute(statement)]


def _ids_of(connection: Connection, wanted: set[Place]) -> dict[Place, int]:
    if not wanted:
        return {}
    ordered = sorted(wanted, key=lambda place: place.name)
    connection.execute(
        insert_or(connection, places).on_conflict_do_nothing(),
        [{"name": place.name, "kind": place.kind, "owner_id": place.owner, "balance_micros": 0} for place in ordered],
    )
    names = [place.name for place in ordered]
    rows = connection.execute(select(places.c.name, places.c.id).where(places.c.name.in_(names)))
    id_by_name = {row.name: row.id for row in rows}
    return {place: id_by_name[place.name] for place in ordered}
