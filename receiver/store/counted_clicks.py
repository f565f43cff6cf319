"""Statements about the clicks of a month that count: for its close, and to recompute it afterwards.

A click counts if it is not undone, the site of its thing was verified before the month ended, and the thing is not
the reader's own.  Nearly all do, so they are counted in the order in which they lie, reader by reader, without a look
at their things; the exceptions are listed once (`Exceptions`).  Each statement keeps to one reader, or to a sum over
readers, so that readers can be parted among databases.
"""

from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    exists,
    func,
    or_,
    select,
    union,
)

from receiver.domain.month import Month
from receiver.store.dialects import not_among, total, unsought
from receiver.store.schema import (
    carried_clicks,
    clicks,
    reader_settlements,
    sites,
    team_members,
    team_settlements,
    teams,
    thing_settlements,
    things,
)

Sum = tuple[int, int, int]  # thing, readers, micros


@dataclass(frozen=True, slots=True)
class Exceptions:
    """The clicks of a month that do not count: all on the things of a query, and each reader's on their own things."""

    things: Select[tuple[int]]
    own_by_reader: Mapping[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class CountedReaders:
    """Some readers in order with how many of their clicks count, if any; `last` is None if no reader comes after."""

    counts: list[tuple[int, int]]
    last: int | None


def waiting_things(month: Month) -> Select[tuple[int]]:
    """Return the query for the things whose site was not verified before the month ended."""
    return (
        select(things.c.id)
        .join(sites, sites.c.id == things.c.paid_site_id)
        .where(or_(sites.c.verified_at.is_(None), sites.c.verified_at >= month.end()))
    )


def exceptions_at_close(connection: Connection, month: Month) -> Exceptions:
    """Return which clicks do not count, by what is known of sites now."""
    waiting = waiting_things(month)
    member = team_members.c
    own = union(
        *(
            _of_month(table, month, sites.c.owner_id, table.c.thing_id)
            .join(sites, sites.c.owner_id == table.c.reader_id)
            .join(
                things, (unsought(connection, things.c.id) == table.c.thing_id) & (things.c.paid_site_id == sites.c.id)
            )
            .where(sites.c.verified_at < month.end())
            for table in (clicks, carried_clicks)
        ),
        *(
            _of_month(table, month, member.user_id, table.c.thing_id)
            .join(team_members, unsought(connection, member.user_id) == table.c.reader_id)
            .join(teams, teams.c.id == member.team_id)
            .join(sites, (sites.c.id == teams.c.site_id) & (unsought(connection, sites.c.team_id) == teams.c.id))
            .join(
                things, (unsought(connection, things.c.id) == table.c.thing_id) & (things.c.paid_site_id == sites.c.id)
            )
            .where(sites.c.verified_at < month.end())
            for table in (clicks, carried_clicks)
        ),
    )
    return Exceptions(waiting, _own_by_reader(connection, own))


def exceptions_as_settled(connection: Connection, month: Month) -> Exceptions:
    """Return which clicks did not count in a closed month, by what was paid; who owns what by now does not matter."""
    paid, team = thing_settlements.c, team_settlements.c
    unpaid = (
        select(things.c.id)
        .join(thing_settlements, (paid.month == month) & (paid.thing_id == things.c.id), isouter=True)
        .where(paid.thing_id.is_(None))
    )
    own = union(
        *(
            _of_month(table, month, paid.creator_id, table.c.thing_id).join(
                thing_settlements,
                (paid.month == month)
                & (unsought(connection, paid.thing_id) == table.c.thing_id)
                & (paid.creator_id == table.c.reader_id),
            )
            for table in (clicks, carried_clicks)
        ),
        *(
            _of_month(table, month, team.creator_id, table.c.thing_id)
            .join(team_settlements, (team.month == month) & (team.creator_id == table.c.reader_id))
            .join(
                thing_settlements,
                (paid.month == month)
                & (unsought(connection, paid.thing_id) == table.c.thing_id)
                & (paid.team_id == team.team_id),
            )
            for table in (clicks, carried_clicks)
        ),
    )
    return Exceptions(unpaid, _own_by_reader(connection, own))


def count_by_reader(
    connection: Connection, month: Month, exceptions: Exceptions, *, after: int, limit: int
) -> CountedReaders:
    """Return the next readers, at most `limit` of those with clicks of the month itself, and how many count."""
    c, carried = clicks.c, carried_clicks.c
    own = connection.execute(
        _of_month(clicks, month, c.reader_id, func.count())
        .where(c.reader_id > after, not_among(connection, c.thing_id, exceptions.things))
        .group_by(c.reader_id)
        .order_by(c.reader_id)
        .limit(limit)
    ).all()
    last = own[-1][0] if len(own) == limit else None
    counts = Counter[int]({row[0]: row[1] for row in own})
    brought = (
        _of_month(carried_clicks, month, carried.reader_id, func.count())
        .where(carried.reader_id > after, not_among(connection, carried.thing_id, exceptions.things))
        .where(~_is_clicked_again(month))
        .group_by(carried.reader_id)
    )
    if last is not None:
        brought = brought.where(carried.reader_id <= last)
    for reader, count in connection.execute(brought):
        counts[reader] += count
    for reader, owned in exceptions.own_by_reader.items():
        if reader in counts:
            counts[reader] -= len(owned)
    return CountedReaders([(reader, count) for reader, count in sorted(counts.items()) if count > 0], last)


def sums_by_thing(connection: Connection, month: Month, exceptions: Exceptions) -> Generator[Sum, None, None]:
    """Return (thing, readers, micros) of each thing that got a share from settled readers, in order, one by one."""
    c, carried, settled = clicks.c, carried_clicks.c, reader_settlements.c
    funded = (settled.month == month) & (settled.share_micros > 0)
    own = (
        select(c.thing_id, func.count(), total(settled.share_micros))
        .select_from(reader_settlements)
        .join(clicks, (c.month == settled.month) & (c.reader_id == unsought(connection, settled.reader_id)))
        .where(funded, c.undone_at.is_(None), not_among(connection, c.thing_id, exceptions.things))
        .group_by(c.thing_id)
        .order_by(c.thing_id)
    )
    brought = (
        select(carried.thing_id, func.count(), total(settled.share_micros))
        .select_from(reader_settlements)
        .join(carried_clicks, (carried.month == settled.month) & (carried.reader_id == settled.reader_id))
        .where(funded, carried.undone_at.is_(None), not_among(connection, carried.thing_id, exceptions.things))
        .where(~_is_clicked_again(month))
        .group_by(carried.thing_id)
        .order_by(carried.thing_id)
    )
    streamed = connection.execution_options(yield_per=10_000)
    less = _own_sums(connection, month, exceptions)
    with streamed.execute(own) as own_sums, streamed.execute(brought) as brought_sums:
        for thing_id, readers, micros in _merged(own_sums, brought_sums):
            less_readers, less_micros = less.get(thing_id, (0, 0))
            if readers > less_readers:
                yield thing_id, readers - less_readers, micros - less_micros


def last_reader(connection: Connection, month: Month) -> int:
    """Return the highest id of a reader who clicked in a month, to tell how far a close is."""
    found = select(func.coalesce(func.max(clicks.c.reader_id), 0)).where(clicks.c.month == month)
    return int(connection.execute(found).scalar_one())


def last_thing(connection: Connection) -> int:
    """Return the highest id of a thing, to tell how far a close is."""
    return int(connection.execute(select(func.coalesce(func.max(things.c.id), 0))).scalar_one())


def _of_month(table: Any, month: Month, *columns: Any) -> Select[Any]:
    return select(*columns).select_from(table).where(table.c.month == month, table.c.undone_at.is_(None))


def _is_clicked_again(month: Month) -> ColumnElement[bool]:
    """Tell whether a carried click was made in this month as well; its reader sees one click."""
    c, carried = clicks.c, carried_clicks.c
    return exists().where(
        c.month == month, c.reader_id == carried.reader_id, c.thing_id == carried.thing_id, c.undone_at.is_(None)
    )


def _own_by_reader(connection: Connection, own: CompoundSelect[Any]) -> dict[int, frozenset[int]]:
    by_reader: dict[int, set[int]] = defaultdict(set)
    for reader, thing in connection.execute(own):
        by_reader[reader].add(thing)
    return {reader: frozenset(owned) for reader, owned in by_reader.items()}


def _own_sums(connection: Connection, month: Month, exceptions: Exceptions) -> dict[int, tuple[int, int]]:
    """Return (readers, micros) by thing of what creators would have got from themselves."""
    settled = reader_settlements.c
    shares = connection.execute(
        select(settled.reader_id, settled.share_micros).where(
            settled.month == month, settled.share_micros > 0, settled.reader_id.in_(exceptions.own_by_reader)
        )
    )
    sums: dict[int, tuple[int, int]] = {}
    for reader, share in shares:
        for thing in exceptions.own_by_reader[reader]:
            readers, micros = sums.get(thing, (0, 0))
            sums[thing] = (readers + 1, micros + share)
    return sums


def _merged(own: Iterator[Any], brought: Iterator[Any]) -> Iterator[Sum]:
    """Merge two streams of sums in order of their things, adding up what stands in both."""
    one, other = next(own, None), next(brought, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] < other[0]):
            assert one is not None
            yield one[0], one[1], one[2]
            one = next(own, None)
        elif one is None or other[0] < one[0]:
            yield other[0], other[1], other[2]
            other = next(brought, None)
        else:
            yield one[0], one[1] + other[1], one[2] + other[2]
            one, other = next(own, None), next(brought, None)
