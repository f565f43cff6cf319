"""Statements about presses, many at once: the hot path of a click, written by hand in both dialects.

One statement asks which presses may simply be added, one adds them: a `values` list of many rows, each of one reader,
which sharded databases can pass on too.  Everything else about clicks: `clicks.py`.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from receiver.domain.click import ClickSource
from receiver.store.schema import micros_since_1970

ROWS_MAX: Final = 128  # in a statement; more rows gain nothing, and each number of rows is a statement to prepare

# Not `exists`, for which PostgreSQL may read all keys and sessions of the receiver into a hash first.
_PLAIN: Final = """
with press (number, authority, reader, thing, generation, month, source{more}) as ({rows})
select {wanted} from press
{join} months on months.month = press.month and months.state = 'open'
{join} things on things.id = press.thing
{join} sites as signing on signing.id = things.site_id
{join} sites as paid on paid.id = things.paid_site_id
{join} site_keys on site_keys.site_id = signing.id and site_keys.generation = press.generation
where (site_keys.retired_at is null or site_keys.retired_at > {mark})
and paid.owner_id = signing.owner_id and paid.owner_id <> press.reader
and case when paid.team_id is null then true else (
    select count(*) = 0 from team_members where team_id = paid.team_id and user_id = press.reader
) end
and case press.source when 'application' then (
    select revoked_at is null from click_keys where id = press.authority and reader_id = press.reader
) else (
    select expires_at > {mark} from sessions where token_hash = press.authority and user_id = press.reader
) end
"""
_NOT_PRESSED: Final = """and not exists (
    select 1 from clicks where clicks.month = press.month and reader_id = press.reader and thing_id = press.thing
)
"""
_INTO: Final = "insert into clicks (month, reader_id, thing_id, source, clicked_at) "
_ALL_COLUMNS: Final = "press.month, reader, thing, source, clicked_at"
_ON_SERVER: Final = {
    "more": "",
    "rows": "select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],"
    " $7::text[])",
    "join": "join",
    "mark": "$8::bigint",
}
_QUESTION_ON_SERVER: Final = _PLAIN.format(wanted="string_agg(number::text, ',')", **_ON_SERVER)
# Fails, and with it the transaction, unless all are plain.
_CONDITION_ON_SERVER: Final = _PLAIN.format(wanted="1 / (count(*) = cardinality($1::bigint[]))::int", **_ON_SERVER)


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
    # In one order everywhere, so that two receivers that add the same clicks wait for each other and never in a ring.
    in_order = [press for _, press in sorted({(press[4], press[1], press[2]): press for press in presses}.items())]
    chunks = [in_order[first : first + ROWS_MAX] for first in range(0, len(in_order), ROWS_MAX)]
    moment = micros_since_1970(now)
    if isinstance(driver, sqlite3.Connection):
        return {click for chunk in chunks for click in _record_in_file(driver, chunk, moment)}
    return _record_on_server(driver, chunks, moment)


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


def _record_on_server(driver: Any, chunks: list[list[Press]], now: int) -> set[Click]:
    """Add all and commit, on condition that all are plain; if not, add what is."""
    from psycopg.errors import DivisionByZero  # here: whoever keeps to SQLite need not install it

    try:
        with driver.pipeline():  # all of it on one way there and back
            added = []
            for chunk in chunks:
                added.append(_execute(driver, _addition(chunk)))
                _execute(driver, (_CONDITION_ON_SERVER, _columns(chunk, now)))
            driver.commit()
        return {click for cursor in added for click in cursor.fetchall()}
    except DivisionByZero:
        driver.rollback()
    recorded: set[Click] = set()
    for chunk in chunks:
        numbers = _numbered(_execute(driver, (_QUESTION_ON_SERVER, _columns(chunk, now))))
        if numbers:
            recorded.update(_execute(driver, _addition([chunk[number] for number in sorted(numbers)])).fetchall())
    return recorded


def _execute(driver: Any, statement: tuple[str, list[Any]]) -> Any:
    """Execute what is written in PostgreSQL's own form: psycopg would read a long statement anew each time."""
    from psycopg import RawCursor

    return RawCursor(driver).execute(*statement)


def _numbered(question: Any) -> set[int]:
    """Return the numbers that an answered question found plain."""
    found = question.fetchone()[0]
    return {int(number) for number in found.split(",")} if found else set()


def _columns(presses: list[Press], now: int) -> list[Any]:
    """Return a list for each column: one statement for any number of presses, and few parameters."""
    columns = zip(*(press[:6] for press in presses), strict=True)
    return [_array(range(len(presses))), *map(_array, columns), now]


def _array(column: Iterable[int | str]) -> str:
    """Write an array as PostgreSQL reads it: of numbers, or of words of letters, digits, `-` and `_`."""
    return "{" + ",".join(map(str, column)) + "}"


def _addition(presses: list[Press]) -> tuple[str, list[Any]]:
    values: list[Any] = []
    padded = _padded(presses)
    for press in padded:
        values += (press.month, press.reader, press.thing, press.source, micros_since_1970(press.clicked_at))
    return _addition_on_server(len(padded)), values


def _padded(presses: list[Press]) -> list[Press]:
    """Repeat the last press up to a power of two: few statements are prepared once, and planned no more."""
    size = 1 << (len(presses) - 1).bit_length()
    return presses + [presses[-1]] * (size - len(presses))


def _values(presses: list[Press]) -> list[Any]:
    values: list[Any] = []
    for press in presses:
        values += press[:6]
        values.append(micros_since_1970(press.clicked_at))
    return values


@lru_cache(maxsize=4 * ROWS_MAX)
def _statement_in_file(into: str, wanted: str, count: int) -> str:
    rows = ", ".join(f"({number}, ?, ?, ?, ?, ?, ?, ?)" for number in range(count))
    # `cross`: SQLite would otherwise begin with whichever table it believes to be small.
    return into + (_PLAIN + _NOT_PRESSED).format(
        more=", clicked_at", rows=f"values {rows}", wanted=wanted, join="cross join", mark="?"
    )


@lru_cache
def _addition_on_server(count: int) -> str:
    rows = ", ".join("(${}, ${}, ${}, ${}, ${})".format(*range(first, first + 5)) for first in range(1, 5 * count, 5))
    return f"{_INTO} values {rows} on conflict do nothing returning month, reader_id, thing_id"
