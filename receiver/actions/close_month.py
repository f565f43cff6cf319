"""Close a month: once, for ever, in chunks that can be killed and resumed.

The chunks are short transactions, so clicks of the new month go on meanwhile.  Each is found undone or done by what
it wrote, so a close killed at any point and run again ends in the same bytes as one that was not.
"""

import contextlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import Connection

from receiver.actions.subscribe import click_subscriptions
from receiver.domain.click import MonthState, counts_at_close, oldest_carried
from receiver.domain.errors import BooksOutOfBalance, EarlierMonthOpen, MonthStillOpen, NotKnown
from receiver.domain.ledger import POTS, gift_entry, pots_entry, shares_entry
from receiver.domain.money import NOTHING, Micros
from receiver.domain.month import Month
from receiver.domain.pot import Funds, draw_gift, split_pot
from receiver.domain.rules import Rules
from receiver.domain.team import divide
from receiver.store import (
    clicks,
    counted_clicks,
    entries,
    gifts,
    months,
    pledges,
    settlements,
    sites,
    statistics,
    teams,
    things,
)
from receiver.store.counted_clicks import Exceptions
from receiver.store.database import Database
from receiver.store.gifts import GiftRow

# A chunk is a transaction that clicks may have to wait for: some milliseconds.
READERS_PER_CHUNK: Final = 250
READERS_READ_AT_ONCE: Final = 50_000
THINGS_PER_CHUNK: Final = 1_000
CLICKS_CARRIED_PER_CHUNK: Final = 500
CREATORS_PER_CHUNK: Final = 250
TEAMS_PER_CHUNK: Final = 250
GIFTS_PER_CHUNK: Final = 100
NO_FUNDS: Final = Funds(earned=NOTHING, fresh=NOTHING)

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a close is: at `at` of what `step` names, until `end` if that is known."""

    step: str
    at: int
    end: int | None


def close_month(db: Database, rules: Rules, month: Month, *, now: datetime) -> None:
    """Close a month; closing it again changes nothing.

    Raises MonthStillOpen, EarlierMonthOpen, NotKnown.
    """
    for _ in close_month_stepwise(db, rules, month, now=now):
        pass


def close_due_months(db: Database, rules: Rules, *, now: datetime) -> list[Month]:
    """Close every month that is over and not closed yet, the oldest first."""
    closed: list[Month] = []
    while True:
        with db.reading() as connection:
            month = months.first_not_closed(connection)
        if month is None or now < month.end():
            return closed
        close_month(db, rules, month, now=now)
        closed.append(month)


def close_month_stepwise(db: Database, rules: Rules, month: Month, *, now: datetime) -> Iterator[Progress]:
    """Close a month, telling after each chunk how far it is."""
    if now < month.end():
        raise MonthStillOpen(month, ends_at=month.end())
    with db.reading() as connection:
        require_earlier_closed(connection, month)
        if months.state(connection, month) is MonthState.CLOSED:
            return
    for done in click_subscriptions(db, month, now=now):
        yield Progress("subscriptions", done, None)
    closing = _begin(db, month, now)
    if closing is None:
        return
    yield from _settle_gifts(closing, rules)
    yield from _settle_readers(closing, rules)
    yield from _settle_things(closing)
    yield from _divide_among_teams(closing)
    yield from _settle_creators(closing)
    yield from _carry(closing)
    _finish(closing)


@dataclass(frozen=True, slots=True)
class _Closing:
    """A month being closed; everything is booked at one instant, so a resumed close writes the same."""

    db: Database
    month: Month
    at: datetime
    exceptions: Exceptions

    @contextmanager
    def chunk(self) -> Iterator[Connection | None]:
        """Open the transaction of a chunk; None if another process has finished the close meanwhile."""
        with self.db.writing() as connection:
            is_closing = months.state(connection, self.month) is MonthState.CLOSING
            yield connection if is_closing else None


def _begin(db: Database, month: Month, now: datetime) -> _Closing | None:
    with db.writing() as connection:
        require_earlier_closed(connection, month)
        state = months.state(connection, month)
        if state is MonthState.CLOSED:
            return None
        if state is MonthState.OPEN:
            months.begin(connection, month)
            months.set_closing(connection, month, now)
        at = months.closing_at(connection, month)
    assert at is not None
    with db.reading() as connection:
        exceptions = counted_clicks.exceptions_at_close(connection, month)
    return _Closing(db, month, at, exceptions)


def _settle_gifts(closing: _Closing, rules: Rules) -> Iterator[Progress]:
    """Book gifts before pots: each was promised by itself."""
    done = 0
    while True:
        with closing.chunk() as connection:
            chunk = gifts.next_waiting(connection, closing.month, limit=GIFTS_PER_CHUNK) if connection else []
            for gift in chunk:
                assert connection is not None
                _settle_gift(connection, closing, rules, gift)
        if not chunk:
            return
        done += len(chunk)
        yield Progress("gifts", done, None)


def _settle_gift(connection: Connection, closing: _Closing, rules: Rules, gift: GiftRow) -> None:
    assert gift.thing is not None, "only closed months are forgotten"
    site = sites.get(connection, things.get(connection, gift.thing).paid_site)
    parts_by_creator = teams.parts_of(connection, site)
    draw = None
    if counts_at_close(closing.month, site.verified_at) and gift.reader not in parts_by_creator:
        funds = entries.funds_of(connection, gift.reader)
        draw = draw_gift(gift.amount, funds, fee_basis_points=rules.fee_basis_points)
    if draw is None:
        settlements.add_gift(connection, gift, site.owner, None, entry_id=None)
        return
    amount_by_creator = divide(draw.given, parts_by_creator)
    entry = gift_entry(closing.month, gift.id, gift.reader, amount_by_creator, draw)
    entry_id = entries.book(connection, entry, now=closing.at)
    settlements.add_gift(connection, gift, site.owner, draw, entry_id=entry_id)
    if site.team is not None:
        settlements.add_gift_parts(connection, gift, site.team, parts_by_creator, amount_by_creator)


def _settle_readers(closing: _Closing, rules: Rules) -> Iterator[Progress]:
    while True:  # anew if another process closes the same month at the same time and was ahead
        with closing.db.reading() as connection:
            after = settlements.last_reader(connection, closing.month)
            end = counted_clicks.last_reader(connection, closing.month)
        for chunk in _in_chunks(_counted_readers(closing, after=after), READERS_PER_CHUNK):
            if not _settle_chunk(closing, rules, chunk, after=after):
                break
            after = chunk[-1][0]
            yield Progress("readers", after, end)
        else:
            return


def _counted_readers(closing: _Closing, *, after: int) -> Iterator[tuple[int, int]]:
    """Return (reader, number of things that count) in order; none of it can change while the month closes."""
    last: int | None = after
    while last is not None:
        with closing.db.reading() as connection:
            page = counted_clicks.count_by_reader(
                connection, closing.month, closing.exceptions, after=last, limit=READERS_READ_AT_ONCE
            )
        yield from page.counts
        last = page.last


def _settle_chunk(closing: _Closing, rules: Rules, counted: list[tuple[int, int]], *, after: int) -> bool:
    """Split and book the pots of (reader, number of things clicked) in one entry; False if that was done meanwhile."""
    month, first, last = closing.month, counted[0][0], counted[-1][0]
    with closing.chunk() as connection:
        if connection is None or settlements.last_reader(connection, month) != after:
            return False
        pledge_by_reader = pledges.of_readers(connection, month, first=first, last=last)
        funds_by_reader, id_by_place = entries.funds_between(connection, first=first, last=last)
        pots = [
            (
                reader,
                pledge := pledge_by_reader.get(reader, NOTHING),
                split_pot(
                    pledge,
                    funds_by_reader.get(reader, NO_FUNDS),
                    things_clicked,
                    fee_basis_points=rules.fee_basis_points,
                ),
            )
            for reader, things_clicked in counted
        ]
        draws = [(reader, pot.draw) for reader, _, pot in pots if pot.is_funded]
        entry_id = None
        if draws:
            entry = pots_entry(month, draws)
            entry_id = entries.book(connection, entry, now=closing.at, id_by_place=id_by_place)
        settlements.add_readers(connection, month, pots, entry_id=entry_id)
    return True


def _settle_things(closing: _Closing) -> Iterator[Progress]:
    month = closing.month
    while True:
        with closing.db.reading() as connection:
            after = settlements.last_thing(connection, month)
            end = counted_clicks.last_thing(connection)
            with contextlib.closing(counted_clicks.sums_by_thing(connection, month, closing.exceptions)) as sums:
                remaining = (line for line in sums if line[0] > after)
                for chunk in _in_chunks(remaining, THINGS_PER_CHUNK):
                    if not _settle_things_chunk(closing, chunk, after=after):
                        break
                    after = chunk[-1][0]
                    yield Progress("things", after, end)
                else:
                    return


def _settle_things_chunk(closing: _Closing, sums: list[counted_clicks.Sum], *, after: int) -> bool:
    with closing.chunk() as connection:
        if connection is None or settlements.last_thing(connection, closing.month) != after:
            return False
        creators = sites.creators_of_things(connection, first=sums[0][0], last=sums[-1][0])
        shares = [(thing, *creators[thing], readers, micros) for thing, readers, micros in sums]
        settlements.add_things(connection, closing.month, shares)
        statistics.count_clicked(connection, closing.month, first=sums[0][0], last=sums[-1][0])
    return True


def _divide_among_teams(closing: _Closing) -> Iterator[Progress]:
    """Divide what all things of a team's site got, in one sum; who has which part cannot change meanwhile."""
    month = closing.month
    while True:
        with closing.chunk() as connection:
            sums: list[tuple[int, Micros]] = []
            if connection:
                after = settlements.last_team(connection, month)
                sums = settlements.next_team_sums(connection, month, after=after, limit=TEAMS_PER_CHUNK)
                parts_by_team = teams.parts_by_team(connection, sums[0][0], sums[-1][0]) if sums else {}
                for team, whole in sums:
                    parts = parts_by_team[team]
                    settlements.add_team(connection, month, team, parts, divide(whole, parts))
        if not sums:
            return
        yield Progress("teams", sums[-1][0], None)


def _settle_creators(closing: _Closing) -> Iterator[Progress]:
    month = closing.month
    while True:
        with closing.chunk() as connection:
            sums: list[tuple[int, Micros]] = []
            if connection:
                after = settlements.last_creator(connection, month)
                sums = settlements.next_creator_sums(connection, month, after=after, limit=CREATORS_PER_CHUNK)
                if sums:
                    booked = [shares_entry(month, creator, amount) for creator, amount in sums]
                    entry_ids = entries.book_many(connection, booked, now=closing.at)
                    settlements.add_creators(connection, month, sums, entry_ids)
        if not sums:
            return
        yield Progress("creators", sums[-1][0], None)


def _carry(closing: _Closing) -> Iterator[Progress]:
    """Carry the clicks on sites that are not verified yet into the next month."""
    following, done = closing.month.plus(1), 0
    with closing.chunk() as connection:  # before reading, which on PostgreSQL would keep the new month's part waiting
        if connection is None:
            return
        months.begin(connection, following)
    with closing.db.reading() as connection:
        pending = clicks.waiting(connection, closing.month, first_month_min=oldest_carried(following))
        with contextlib.closing(pending):
            for chunk in _in_chunks(pending, CLICKS_CARRIED_PER_CHUNK):
                with closing.chunk() as writing:
                    if writing is None:
                        return
                    clicks.carry(writing, chunk, into=following)
                done += len(chunk)
                yield Progress("clicks that wait", done, None)


def _finish(closing: _Closing) -> None:
    month = closing.month
    with closing.db.reading() as connection:
        is_closing = months.state(connection, month) is MonthState.CLOSING
        given, got, booked = settlements.sums(connection, month)
        left_over = entries.balance(connection, POTS)
        public_sums = statistics.sum_up(connection, month)
    if not is_closing:
        return  # by another process, meanwhile
    if not given == got == booked or left_over != 0:
        raise BooksOutOfBalance(
            [f"{month}: readers gave {given}, things got {got}, creators {booked}, {left_over} is left in the pots"]
        )
    with closing.chunk() as connection:
        if connection is not None:
            statistics.add(connection, month, public_sums)
            months.set_closed(connection, month, closing.at)


def _in_chunks(lines: Iterable[Line], size: int) -> Iterator[list[Line]]:
    remaining = iter(lines)
    while chunk := list(islice(remaining, size)):
        yield chunk


def require_earlier_closed(connection: Connection, month: Month) -> None:
    """Raise EarlierMonthOpen if an older month is not closed; NotKnown before the first that has anything."""
    first = months.first(connection)
    if first is not None and month < first:
        raise NotKnown("nothing happened here before %(month)s", month=first)
    first_open = months.first_not_closed(connection)
    if first_open is not None and first_open < month:
        raise EarlierMonthOpen(month, earlier=first_open)
