"""Close a month: once, for ever, in chunks that can be killed and resumed.

The chunks are short transactions, so clicks of the new month go on meanwhile.  Each is found undone or done by what
it wrote, so a close killed at any point and run again ends in the same bytes as one that was not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from receiver.actions.subscribe import click_subscriptions
from receiver.domain.click import MonthState, counts_at_close, oldest_carried
from receiver.domain.errors import BooksOutOfBalance, EarlierMonthOpen, MonthStillOpen, NotKnown
from receiver.domain.ledger import POTS, gift_entry, pot_entry, shares_entry
from receiver.domain.money import NOTHING, Micros
from receiver.domain.month import Month
from receiver.domain.pot import draw_gift, split_pot
from receiver.domain.rules import Rules
from receiver.store import clicks, entries, gifts, months, pledges, settlements, sites, things
from receiver.store.database import Database
from receiver.store.gifts import GiftRow

READERS_PER_CHUNK: Final = 500
THINGS_PER_CHUNK: Final = 2_000
CREATORS_PER_CHUNK: Final = 500
GIFTS_PER_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a close is: `done` of the things named by `step`."""

    step: str
    done: int


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
        yield Progress("subscriptions", done)
    closing = _begin(db, month, now)
    if closing is None:
        return
    yield from _settle_gifts(closing, rules)
    yield from _settle_readers(closing, rules)
    yield from _settle_things(closing)
    yield from _settle_creators(closing)
    _finish(closing)


@dataclass(frozen=True, slots=True)
class _Closing:
    """A month being closed; everything is booked at one instant, so a resumed close writes the same."""

    db: Database
    month: Month
    at: datetime

    @contextmanager
    def chunk(self) -> Iterator[Connection | None]:
        """Open the transaction of a chunk; None if another process has finished the close meanwhile."""
        with self.db.writing_part() as connection:
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
    return _Closing(db, month, at)


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
        yield Progress("gifts", done)


def _settle_gift(connection: Connection, closing: _Closing, rules: Rules, gift: GiftRow) -> None:
    assert gift.thing is not None, "only closed months are forgotten"
    site = sites.get(connection, things.get(connection, gift.thing).paid_site)
    draw = None
    if counts_at_close(closing.month, site.verified_at) and site.owner != gift.reader:
        funds = entries.funds_of(connection, gift.reader)
        draw = draw_gift(gift.amount, funds, fee_basis_points=rules.fee_basis_points)
    entry_id = None
    if draw is not None:
        entry = gift_entry(closing.month, gift.id, gift.reader, site.owner, draw)
        entry_id = entries.book(connection, entry, now=closing.at)
    settlements.add_gift(connection, gift, site.owner, draw, entry_id=entry_id)


def _settle_readers(closing: _Closing, rules: Rules) -> Iterator[Progress]:
    month, after, done = closing.month, 0, 0
    while True:
        with closing.chunk() as connection:
            readers: list[int] = []
            if connection:
                # Asked anew in each chunk: another process may close the same month at the same time.
                after = max(after, settlements.last_reader(connection, month))
                readers = clicks.next_readers(connection, month, after=after, limit=READERS_PER_CHUNK)
            if readers:
                assert connection is not None
                counted = clicks.counted_by_reader(connection, month, first=readers[0], last=readers[-1])
                if counted:
                    _settle_counted(connection, closing, rules, counted)
        if not readers:
            return
        after, done = readers[-1], done + len(readers)
        yield Progress("readers", done)


def _settle_counted(connection: Connection, closing: _Closing, rules: Rules, counted: list[tuple[int, int]]) -> None:
    """Split and book the pots of (reader, number of things clicked), in order of the readers."""
    pledge_by_reader = pledges.of_readers(connection, closing.month, first=counted[0][0], last=counted[-1][0])
    funds_by_reader = entries.funds_of_readers(connection, [reader for reader, _ in counted])
    pots = [
        split_pot(
            pledge_by_reader.get(reader, NOTHING),
            funds_by_reader[reader],
            things_clicked,
            fee_basis_points=rules.fee_basis_points,
        )
        for reader, things_clicked in counted
    ]
    funded = [(reader, pot) for (reader, _), pot in zip(counted, pots, strict=True) if pot.is_funded]
    booked = [pot_entry(closing.month, reader, pot.draw) for reader, pot in funded]
    entry_ids = entries.book_many(connection, booked, now=closing.at)
    entry_by_reader = dict(zip((reader for reader, _ in funded), entry_ids, strict=True))
    settlements.add_readers(
        connection,
        closing.month,
        [
            (reader, pledge_by_reader.get(reader, NOTHING), pot, entry_by_reader.get(reader))
            for (reader, _), pot in zip(counted, pots, strict=True)
        ],
    )


def _settle_things(closing: _Closing) -> Iterator[Progress]:
    month, after, done = closing.month, 0, 0
    while True:
        with closing.chunk() as connection:
            clicked: list[int] = []
            if connection:
                after = max(after, settlements.last_thing(connection, month))
                clicked = clicks.next_things(connection, month, after=after, limit=THINGS_PER_CHUNK)
            if clicked:
                assert connection is not None
                shares = clicks.shares_by_thing(connection, month, first=clicked[0], last=clicked[-1])
                if shares:
                    settlements.add_things(connection, month, shares)
        if not clicked:
            return
        after, done = clicked[-1], done + len(clicked)
        yield Progress("things", done)


def _settle_creators(closing: _Closing) -> Iterator[Progress]:
    month, done = closing.month, 0
    while True:
        with closing.chunk() as connection:
            sums: list[tuple[int, Micros]] = []
            if connection:
                sums = settlements.next_creator_sums(connection, month, limit=CREATORS_PER_CHUNK)
                if sums:
                    booked = [shares_entry(month, creator, amount) for creator, amount in sums]
                    entry_ids = entries.book_many(connection, booked, now=closing.at)
                    settlements.add_creators(connection, month, sums, entry_ids)
        if not sums:
            return
        done += len(sums)
        yield Progress("creators", done)


def _finish(closing: _Closing) -> None:
    month, following = closing.month, closing.month.plus(1)
    with closing.chunk() as connection:
        if connection is None:
            return
        given, got, booked = settlements.sums(connection, month)
        left_over = entries.balance(connection, POTS)
        if not given == got == booked or left_over != 0:
            raise BooksOutOfBalance(
                [f"{month}: readers gave {given}, things got {got}, creators {booked}, {left_over} is left in the pots"]
            )
        months.begin(connection, following)
        clicks.carry(connection, month, into=following, first_month_min=oldest_carried(following))
        months.set_closed(connection, month, closing.at)


def require_earlier_closed(connection: Connection, month: Month) -> None:
    """Raise EarlierMonthOpen if an older month is not closed; NotKnown before the first that has anything."""
    first = months.first(connection)
    if first is not None and month < first:
        raise NotKnown(f"nothing happened here before {first}")
    first_open = months.first_not_closed(connection)
    if first_open is not None and first_open < month:
        raise EarlierMonthOpen(month, earlier=first_open)
