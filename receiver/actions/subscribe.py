"""Subscribe to a thing or a site: the receiver clicks it at the start of each month."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from receiver.actions.record_clicks import click_for_subscription
from receiver.domain.click import MonthState, require_not_own
from receiver.domain.errors import BadInput, NotKnown
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.store import months, sites, subscriptions, teams, things
from receiver.store.database import Database

LENGTHS_MONTHS: Final = (3, 6, 12)
CHUNK: Final = 500


def subscribe(db: Database, *, reader: User, thing: int, months_long: int | None, now: datetime) -> int:
    """Subscribe for 3, 6 or 12 months, or until stopped; the click of this month is made at once,
    unless the reader has undone it.

    Subscribing again returns the running subscription.  Raises BadInput, NotKnown, OwnThing.
    """
    if months_long is not None and months_long not in LENGTHS_MONTHS:
        raise BadInput("subscribe for 3, 6 or 12 months, or until you stop it")
    first = Month.of(now)
    last = None if months_long is None else first.plus(months_long - 1)
    with db.writing() as connection:
        known = things.get(connection, thing)
        require_not_own(reader.id, teams.parts_of(connection, sites.get(connection, known.paid_site)))
        running = subscriptions.find_running(connection, reader=reader.id, thing=thing)
        if running is not None and running.last_month is not None and running.last_month < first:
            subscriptions.set_stopped(connection, running.id, now)  # it is over; a new one may begin
            running = None
        if running is not None:
            return running.id
        subscription = subscriptions.add(connection, reader=reader.id, thing=thing, first=first, last=last, now=now)
        if months.state(connection, first) is MonthState.OPEN:
            click_for_subscription(connection, reader=reader.id, thing=thing, month=first, now=now)
        return subscription


def pause_subscription(db: Database, *, reader: User, subscription: int, now: datetime) -> None:
    """Let the next months pass without a click, until resumed."""
    _change(db, reader, subscription, paused_at=now)


def resume_subscription(db: Database, *, reader: User, subscription: int) -> None:
    _change(db, reader, subscription, paused_at=None)


def stop_subscription(db: Database, *, reader: User, subscription: int, now: datetime) -> None:
    """End a subscription; this month's click stays until undone."""
    with db.writing() as connection:
        if subscriptions.get_of_reader(connection, subscription, reader.id) is None:
            raise NotKnown("there is no such subscription of yours")
        subscriptions.set_stopped(connection, subscription, now)


def click_subscriptions(db: Database, month: Month, *, now: datetime) -> Iterator[int]:
    """Make the clicks of all subscriptions for a month, once, in chunks; yields how many are done.

    Killed and run again it goes on where it was, because a click is there once or not at all.
    """
    after = done = 0
    with db.reading() as connection:
        if months.subscribed_at(connection, month) is not None:
            return
    while True:
        with db.writing() as connection:
            if months.state(connection, month) is not MonthState.OPEN:
                return
            due = subscriptions.due(connection, month, after=after, limit=CHUNK)
            for row in due:
                click_for_subscription(connection, reader=row.reader, thing=row.thing, month=month, now=now)
            if not due:
                months.begin(connection, month)
                months.set_subscribed(connection, month, now)
                return
        after, done = due[-1].id, done + len(due)
        yield done


def _change(db: Database, reader: User, subscription: int, *, paused_at: datetime | None) -> None:
    with db.writing() as connection:
        if subscriptions.get_of_reader(connection, subscription, reader.id) is None:
            raise NotKnown("there is no such subscription of yours")
        subscriptions.set_paused(connection, subscription, paused_at)
