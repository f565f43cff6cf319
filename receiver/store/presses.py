"""Statements about presses, many at once: the hot path of a click, written by hand in both dialects.

One statement asks which presses may simply be added, one adds them: a `values` list of many rows, each of one reader,
which sharded databases can pass on too.  Everything else about clicks: `clicks.py`.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from receiver.domain.click import ClickSource
from receiver.store.schema import micros_since_1970

ROWS_MAX: Final = 128  # in a statement; more rows gain nothing, and each number of rows is a statement to prepare

_PLAIN: Final = """
with press (number, authority, reader, thing, generation, month, source, clicked_at) as (values {rows})
select {wanted} from press
{join} months on months.month = press.month and months.state = 'open'
{join} things on things.id = press.thing
{join} sites as signing on signing.id = things.site_id
{join} sites as paid on paid.id = things.paid_site_id
{join} site_keys on site_keys.site_id = signing.id and site_keys.generation = press.generation
where (site_keys.retired_at is null or site_keys.retired_at > {mark})
and paid.owner_id = signing.owner_id and paid.owner_id <> press.reader
and case press.source when 'application' then exists (
    select 1 from click_keys where id = press.authority and reader_id = press.reader and revoked_at is null
) else exists (
    select 1 from sessions where token_hash = press.authority and user_id = press.reader and expires_at > {mark}
) end
and not exists (
    select 1 from clicks where clicks.month = press.month and reader_id = press.reader and thing_id = press.thing
)
"""
_INTO: Final = "insert into clicks (month, reader_id, thing_id, source, clicked_at) "
_ALL_COLUMNS: Final = "press.month, reader, thing, source, clicked_at"


Click = tuple[int, int, int]  # month, reader, thing


class Press(NamedTuple):
    """A press whose signatures are genuine; whether it may be recorded, the database tells.

    `authority` is the id of the application's click key, or the hash of the session, by which the reader pressed;
    `generation` that of the site key which signed the button.
    """

    authority: str
    reader: int
    thing: int
    generation: int
    month: int
    source: ClickSource
    clicked_at: datetime

    @property
    def click(self) -> Click:
        return self.month, self.reader, self.thing


def record(driver: Any, presses: Sequence[Press], *, now: datetime) -> set[Click]:
    """Record the presses about which nothing is special; return their clicks.

    The others are pressed before, by a revoked key or ended session, on a retired button or one's own thing, in a
    month that is not open, or by somebody else at this very moment.
    """
    recorded: set[Click] = set()
    # In one order everywhere, so that two receivers that add the same clicks wait for each other and never in a ring.
    in_order = [press for _, press in sorted({(press[4], press[1], press[2]): press for press in presses}.items())]
    record_chunk = _record_in_file if isinstance(driver, sqlite3.Connection) else _record_on_server
    for first in range(0, len(in_order), ROWS_MAX):
        recorded.update(record_chunk(driver, in_order[first : first + ROWS_MAX], micros_since_1970(now)))
    return recorded


def _record_in_file(driver: Any, presses: list[Press], now: int) -> list[Click]:
    """Add what is plain, in one statement; which that was need only be asked if it was not all."""
    values = [*_values(presses), now, now]
    driver.execute("savepoint plain")
    if driver.execute(_statement_in_file(_INTO, _ALL_COLUMNS, len(presses)), values).rowcount == len(presses):
        return [press.click for press in presses]
    driver.execute("rollback to plain")
    plain = driver.execute(_statement_in_file("", "press.month, reader, thing", len(presses)), values).fetchall()
    driver.execute(_statement_in_file(_INTO, _ALL_COLUMNS, len(presses)), values)
    return list(plain)


def _record_on_server(driver: Any, presses: list[Press], now: int) -> list[Click]:
    """Ask what is plain, and add that; what somebody else has added in between is not ours."""
    asked = driver.execute(_question_on_server(len(presses)), [*_values(presses), now, now]).fetchone()[0]
    plain = [presses[int(number)] for number in asked.split(",")] if asked else []
    if not plain:
        return []
    values: list[Any] = []
    for press in plain:
        values += (press.month, press.reader, press.thing, press.source, micros_since_1970(press.clicked_at))
    return list(driver.execute(_addition_on_server(len(plain)), values).fetchall())


def _values(presses: list[Press]) -> list[Any]:
    values: list[Any] = []
    for press in presses:
        values += press[:6]
        values.append(micros_since_1970(press.clicked_at))
    return values


@lru_cache(maxsize=4 * ROWS_MAX)
def _statement_in_file(into: str, wanted: str, count: int) -> str:
    # `cross`: SQLite would otherwise begin with whichever table it believes to be small.
    return into + _PLAIN.format(rows=_numbered_rows(count, "?"), wanted=wanted, join="cross join", mark="?")


@lru_cache(maxsize=2 * ROWS_MAX)
def _question_on_server(count: int) -> str:
    return _PLAIN.format(
        rows=_numbered_rows(count, "%s"), wanted="string_agg(number::text, ',')", join="join", mark="%s"
    )


@lru_cache(maxsize=2 * ROWS_MAX)
def _addition_on_server(count: int) -> str:
    rows = ", ".join(["(%s, %s, %s, %s, %s)"] * count)
    return f"{_INTO} values {rows} on conflict do nothing returning month, reader_id, thing_id"


def _numbered_rows(count: int, mark: str) -> str:
    return ", ".join(f"({number}, {', '.join([mark] * 7)})" for number in range(count))
