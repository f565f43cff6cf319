"""Statements about everything that concerns one person: every row that names them, and what leaving does to it.

Tables are found by their foreign keys, so a new one cannot be forgotten: a test asks of each what becomes of it.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, and_, case, delete, select, update

from receiver.domain.month import Month
from receiver.store.dialects import total
from receiver.store.schema import (
    entries,
    gifts,
    mails,
    metadata,
    places,
    postings,
    sign_ins,
    sites,
    team_invitations,
    things,
    users,
)

Row = dict[str, Any]


class Leaving(StrEnum):
    """What becomes of the rows of somebody who leaves."""

    GOES = "goes"
    STAYS = "stays"  # of the books, or of a site; it names a number that is nobody


LEAVING_BY_COLUMN: Final = {
    "sessions.user_id": Leaving.GOES,
    "passkeys.user_id": Leaving.GOES,
    "passkey_challenges.user_id": Leaving.GOES,
    "recovery_codes.user_id": Leaving.GOES,
    "address_changes.user_id": Leaving.GOES,
    "click_keys.reader_id": Leaving.GOES,
    "subscriptions.reader_id": Leaving.GOES,
    "trusted_sites.reader_id": Leaving.GOES,
    "public_readers.reader_id": Leaving.GOES,
    "month_mails.reader_id": Leaving.GOES,
    "clicks.reader_id": Leaving.GOES,
    "carried_clicks.reader_id": Leaving.GOES,
    "team_members.user_id": Leaving.GOES,
    "gifts.reader_id": Leaving.STAYS,  # but not to what they went
    "pledges.reader_id": Leaving.STAYS,
    "sites.owner_id": Leaving.STAYS,
    "places.owner_id": Leaving.STAYS,
    "rail_movements.user_id": Leaving.STAYS,
    "reader_settlements.reader_id": Leaving.STAYS,
    "thing_settlements.creator_id": Leaving.STAYS,
    "creator_settlements.creator_id": Leaving.STAYS,
    "gift_settlements.creator_id": Leaving.STAYS,
    "team_settlements.creator_id": Leaving.STAYS,
    "gift_parts.creator_id": Leaving.STAYS,
}
# A row of these is one reader's gift, or what few readers gave: it is told in statements, summed up as there.
TOLD_IN_STATEMENTS: Final = frozenset(
    {
        "thing_settlements.creator_id", "gift_settlements.creator_id",
        "team_settlements.creator_id", "gift_parts.creator_id",
    }
)  # fmt: skip


def columns_of_users() -> Iterator[Column[Any]]:
    """Yield every column that names a user."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if any(key.column is users.c.id for key in column.foreign_keys):
                yield column


def of_user(connection: Connection, user: int, email: str) -> dict[str, list[Row]]:
    """Return every row that names a user, by its table, without hashes of secrets."""
    rows_by_table = {"users": _rows(connection, users, users.c.id == user)}
    for column in columns_of_users():
        if f"{column.table.name}.{column.name}" not in TOLD_IN_STATEMENTS:
            rows_by_table.setdefault(column.table.name, []).extend(_rows(connection, column.table, column == user))
    rows_by_table["sign_ins"] = _rows(connection, sign_ins, sign_ins.c.email == email)
    rows_by_table["team_invitations"] = _rows(connection, team_invitations, team_invitations.c.email == email)
    rows_by_table["mails"] = _rows(connection, mails, mails.c.recipient == email)
    for table in metadata.sorted_tables:
        if "site_id" in table.c and table.name not in rows_by_table:
            own = table.c.site_id.in_(select(sites.c.id).where(sites.c.owner_id == user))
            rows_by_table[table.name] = _rows(connection, table, own)
    _name_things(connection, rows_by_table)
    return rows_by_table


def bookings_of(connection: Connection, user: int) -> list[tuple[str, Month, str, int, int]]:
    """Return (place, month, kind of entry, micros in, micros out) of a user's places: sums, for a posting may tell of
    somebody else.
    """
    own = and_(places.c.owner_id == user, (postings.c.source_id == places.c.id) | (postings.c.target_id == places.c.id))
    came = total(case((postings.c.target_id == places.c.id, postings.c.amount_micros), else_=0))
    went = total(case((postings.c.source_id == places.c.id, postings.c.amount_micros), else_=0))
    statement = (
        select(places.c.kind, entries.c.month, entries.c.kind, came, went)
        .select_from(postings)
        .join(places, own)
        .join(entries, entries.c.id == postings.c.entry_id)
        .group_by(places.c.kind, entries.c.month, entries.c.kind)
        .order_by(entries.c.month, places.c.kind, entries.c.kind)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in connection.execute(statement)]


def remove_of(connection: Connection, user: int, months: list[Month]) -> None:
    """Delete what goes with a user who has left, of clicks in these months; and forget to what their gifts went."""
    for column in columns_of_users():
        if LEAVING_BY_COLUMN[f"{column.table.name}.{column.name}"] is not Leaving.GOES:
            continue
        if "month" not in column.table.c:
            connection.execute(delete(column.table).where(column == user))
            continue
        for month in months:  # their key begins with it
            connection.execute(delete(column.table).where(column.table.c.month == month, column == user))
    connection.execute(update(gifts).where(gifts.c.reader_id == user).values(thing_id=None))


def _rows(connection: Connection, table: Table, condition: Any) -> list[Row]:
    columns = [column for column in table.columns if not column.name.endswith("_hash")]
    statement = select(*columns).where(condition).order_by(*table.primary_key)
    return [dict(row) for row in connection.execute(statement).mappings()]


def _name_things(connection: Connection, rows_by_table: dict[str, list[Row]]) -> None:
    """Write the address beside each number of a thing."""
    named = [row for rows in rows_by_table.values() for row in rows if row.get("thing_id") is not None]
    numbers = {row["thing_id"] for row in named}
    found = connection.execute(select(things.c.id, things.c.url).where(things.c.id.in_(numbers)))
    url_by_thing = {row[0]: row[1] for row in found}
    for row in named:
        row["thing_url"] = url_by_thing[row["thing_id"]]
