"""Note once a day how often things were clicked, in a form that may leave the receiver.

Nothing is written when somebody clicks: housekeeping counts the clicks of the days that are over.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from receiver.domain.month import Month
from receiver.domain.privacy import new_count
from receiver.store import clicks, told_clicks
from receiver.store.database import Database
from receiver.store.told_clicks import SiteThing

SITES_AT_ONCE: Final = 20  # in one transaction, so that clicks need not wait for all of them


def tell_clicks(db: Database, *, now: datetime) -> int:
    """Note the new counts of each site that somebody listens to; return how many.

    A thing is told of if at least three more readers clicked it in the month than was told before, and with what was
    pressed until last midnight (UTC): docs/decisions/0020-outgoing-webhooks.md.
    """
    until = day_of(now)
    with db.reading() as connection:
        due = told_clicks.due_sites(connection, until)
        if not due:
            return 0
        months = list(_months(min(due.values()), until))
        counts = {month: clicks.count_of_sites(connection, month, due, pressed_before=until) for month in months}
    site_ids = sorted(due)
    return sum(
        _note(db, site_ids[first : first + SITES_AT_ONCE], counts, until)
        for first in range(0, len(site_ids), SITES_AT_ONCE)
    )


def day_of(moment: datetime) -> datetime:
    """Return the midnight with which a day began; moments are in UTC."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _note(db: Database, site_ids: list[str], counts: dict[Month, dict[SiteThing, int]], until: datetime) -> int:
    """Note the new counts of some sites; of those that were noted meanwhile nothing."""
    noted = 0
    with db.writing() as connection:
        due = told_clicks.due_sites(connection, until).keys() & set(site_ids)
        for month, count_by_thing in counts.items():
            told = told_clicks.counts_told(connection, month, due)
            new = {
                site_thing: count
                for site_thing, count in count_by_thing.items()
                if site_thing[0] in due and new_count(count, told=told.get(site_thing, 0))
            }
            told_clicks.add(connection, month, until, new)
            noted += len(new)
        told_clicks.set_told(connection, due, until)
    return noted


def _months(told_until: datetime, until: datetime) -> Iterator[Month]:
    """Yield the months with days between two midnights."""
    month = Month.of(told_until)
    while month <= Month.of(until - timedelta(days=1)):
        yield month
        month = month.plus(1)
