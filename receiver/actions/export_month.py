"""Export a month as Parquet, so that somebody else can close it again and compare: docs/audit.md."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from receiver.actions.close_month import NO_FUNDS, require_earlier_closed
from receiver.domain.click import MonthState, counts_at_close
from receiver.domain.errors import MonthStillOpen
from receiver.domain.money import NOTHING, Micros
from receiver.domain.month import Month
from receiver.domain.pot import Funds, draw_gift
from receiver.domain.rules import Rules
from receiver.store import entries, exports, months, pledges, teams
from receiver.store.database import Database
from receiver.store.parquet import PrivateTables, private_tables

USERS_PER_CHUNK: Final = 500
ROWS_PER_CHUNK: Final = 10_000

INPUTS: Final = {
    "clicks": ("reader", "thing"),
    "things": ("thing", "creator", "team", "verified_at_us"),
    "teams": ("team", "member", "parts"),
    "pots": ("reader", "pledge_micros", "earned_micros", "fresh_micros"),
    "rules": ("ends_at_us", "fee_basis_points"),
}
SETTLED: Final = {
    "readers": ("reader", "pledge", "from_earned", "from_fresh", "fee", "share", "things"),
    "things": ("thing", "creator", "readers", "micros"),
    "teams": ("team", "member", "parts", "micros"),
}


@dataclass(frozen=True, slots=True)
class Export:
    """What was written where."""

    place: Path
    rows_by_table: dict[str, int]


def export_month(db: Database, rules: Rules, month: Month, folder: Path, *, now: datetime) -> Export:
    """Write, as of one moment, what the close of a month works on; of a closed one, what it settled.

    The first goes to `folder/MONTH/inputs`, the second to `folder/MONTH/settled`; both are for their owner's eyes only.
    Raises MonthStillOpen, EarlierMonthOpen, NotKnown; NotInstalled; BadInput for a folder that is not fit.
    """
    if now < month.end():
        raise MonthStillOpen(month, ends_at=month.end(), wish="export")
    with db.reading() as connection:
        require_earlier_closed(connection, month)
        if months.state(connection, month) is MonthState.CLOSED:
            return _export_settled(connection, month, folder)
        return _export_inputs(connection, rules, month, folder)


def _export_inputs(connection: Connection, rules: Rules, month: Month, folder: Path) -> Export:
    with private_tables(folder, "inputs", month, INPUTS) as tables:
        tables.add("rules", [(_microseconds(month.end()), rules.fee_basis_points)])
        _add_things(connection, tables)
        tables.add("teams", teams.dividing(connection))
        _add_readers(connection, tables, month, rules)
    return Export(tables.place, tables.rows_by_table)


def _add_things(connection: Connection, tables: PrivateTables) -> None:
    after = 0
    while chunk := exports.next_things(connection, after=after, limit=ROWS_PER_CHUNK):
        rows = [(thing, creator, team, None if at is None else _microseconds(at)) for thing, creator, team, at in chunk]
        tables.add("things", rows)
        after = chunk[-1][0]


def _add_readers(connection: Connection, tables: PrivateTables, month: Month, rules: Rules) -> None:
    after, are_subscriptions_clicked = 0, months.subscribed_at(connection, month) is not None
    while users := exports.next_users(connection, after=after, limit=USERS_PER_CHUNK):
        clicks = exports.clicks_of_readers(
            connection, month, first=users[0], last=users[-1], are_subscriptions_clicked=are_subscriptions_clicked
        )
        tables.add("clicks", clicks)
        tables.add("pots", _pots(connection, month, rules, sorted({reader for reader, _ in clicks})))
        after = users[-1]


def _pots(connection: Connection, month: Month, rules: Rules, readers: list[int]) -> list[tuple[int, int, int, int]]:
    """Return (reader, pledge, earned funds, fresh funds), as the close finds them when it splits the pots."""
    if not readers:
        return []
    pledge_by_reader = pledges.of_readers(connection, month, first=readers[0], last=readers[-1])
    funds_by_reader = _funds_before_pots(connection, month, rules, readers)
    return [
        (reader, pledge_by_reader.get(reader, NOTHING), funds_by_reader[reader].earned, funds_by_reader[reader].fresh)
        for reader in readers
    ]


def _funds_before_pots(connection: Connection, month: Month, rules: Rules, readers: list[int]) -> dict[int, Funds]:
    """Return the funds after the gifts that still wait, with what the pots of a close that was cut off have drawn."""
    first, last = readers[0], readers[-1]
    held, _ = entries.funds_between(connection, first=first, last=last)
    funds_by_reader = {reader: held.get(reader, NO_FUNDS) for reader in readers}
    for reader, (earned, fresh) in exports.drawn_by_reader(connection, month, first=first, last=last).items():
        funds_by_reader[reader] = _moved(funds_by_reader[reader], earned=earned, fresh=fresh)
    for gift in exports.waiting_gifts(connection, month, first=first, last=last):
        if gift.reader in funds_by_reader and counts_at_close(month, gift.verified_at) and not gift.is_own:
            funds_by_reader[gift.reader] = _after_gift(gift.amount, funds_by_reader[gift.reader], rules)
    return funds_by_reader


def _after_gift(amount: Micros, funds: Funds, rules: Rules) -> Funds:
    draw = draw_gift(amount, funds, fee_basis_points=rules.fee_basis_points)
    if draw is None:
        return funds
    return _moved(funds, earned=-draw.from_earned, fresh=-draw.from_fresh - draw.fee)


def _moved(funds: Funds, *, earned: int, fresh: int) -> Funds:
    return Funds(earned=Micros(funds.earned + earned), fresh=Micros(funds.fresh + fresh))


def _export_settled(connection: Connection, month: Month, folder: Path) -> Export:
    with private_tables(folder, "settled", month, SETTLED) as tables:
        after = 0
        while readers := exports.next_readers_settled(connection, month, after=after, limit=ROWS_PER_CHUNK):
            tables.add("readers", readers)
            after = readers[-1][0]
        after = 0
        while things := exports.next_things_settled(connection, month, after=after, limit=ROWS_PER_CHUNK):
            tables.add("things", things)
            after = things[-1][0]
        tables.add("teams", exports.teams_settled(connection, month))
    return Export(tables.place, tables.rows_by_table)


def _microseconds(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
