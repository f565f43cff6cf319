"""Statements about presses, many at once: the hot path of a click, written by hand in both dialects.

One statement asks which presses may simply be added, one adds them: a `values` list of many rows, each of one reader,
which sharded databases can pass on too.  Everything else about clicks: `clicks.py`.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from sqlalchemy import Connection

from receiver.domain.click import ClickSource
from receiver.store.dialects import is_postgresql
from receiver.store.schema import micros_since_1970

ROWS_MAX: Final = 128  # in a statement; more rows gain nothing, and each number of rows is a statement to prepare

_MAY_BE_ADDED: Final = """
with press (number, authority, reader, thing, generation, month, source) as (values {rows})
select {together} from press
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
_ADD: Final = """
insert into clicks (month, reader_id, thing_id, source, clicked_at) values {rows}
on conflict do nothing returning month, reader_id, thing_id
"""


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
    def click(self) -> tuple[int, int, int]:
        """Return what the click is: (month, reader, thing)."""
        return self.month, self.reader, self.thing


def record(connection: Connection, presses: Sequence[Press], *, now: datetime) -> set[tuple[int, int, int]]:
    """Record the presses about which nothing is special; return their clicks.

    The others are pressed before, by a revoked key or ended session, on a retired button or one's own thing, in a
    month that is not open, or by somebody else at this very moment.
    """
    recorded: set[tuple[int, int, int]] = set()
    # In one order everywhere, so that two receivers that add the same clicks wait for each other and never in a ring.
    in_order = sorted({press.click: press for press in presses}.values(), key=lambda press: press.click)
    for first in range(0, len(in_order), ROWS_MAX):
        plain = _may_be_added(connection, in_order[first : first + ROWS_MAX], now)
        if plain:
            recorded.update(_add(connection, plain))
    return recorded


def _may_be_added(connection: Connection, presses: list[Press], now: datetime) -> list[Press]:
    values = [value for press in presses for value in press[:6]]
    moment = micros_since_1970(now)
    statement = _statement(_MAY_BE_ADDED, len(presses), is_postgresql(connection))
    numbers = connection.exec_driver_sql(statement, (*values, moment, moment)).scalar_one()
    return [presses[int(number)] for number in numbers.split(",")] if numbers else []


def _add(connection: Connection, presses: list[Press]) -> list[tuple[int, int, int]]:
    values = [
        value
        for press in presses
        for value in (press.month, press.reader, press.thing, press.source, micros_since_1970(press.clicked_at))
    ]
    statement = _statement(_ADD, len(presses), is_postgresql(connection))
    return [(row[0], row[1], row[2]) for row in connection.exec_driver_sql(statement, tuple(values))]


@lru_cache(maxsize=4 * ROWS_MAX)
def _statement(text: str, count: int, for_postgresql: bool) -> str:  # noqa: FBT001 - two spellings of one statement
    mark = "%s" if for_postgresql else "?"
    numbered = text is _MAY_BE_ADDED
    width = 6 if numbered else 5
    rows = ", ".join(
        f"({number}, {', '.join([mark] * width)})" if numbered else f"({', '.join([mark] * width)})"
        for number in range(count)
    )
    return text.format(
        rows=rows,
        mark=mark,
        # SQLite would otherwise begin with whichever table it believes to be small.
        join="join" if for_postgresql else "cross join",
        together="string_agg(number::text, ',')" if for_postgresql else "group_concat(number)",
    )
