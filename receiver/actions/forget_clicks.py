"""Forget who clicked what, thirteen months after the close; sums and books stay."""

from datetime import datetime

from receiver.domain.month import Month
from receiver.domain.rules import HISTORY_KEPT_MONTHS
from receiver.store import clicks, gifts, months, subscriptions
from receiver.store.database import Database


def forget_clicks(db: Database, *, now: datetime) -> list[Month]:
    """Delete the reading history of every month closed more than 13 months ago; return these months.

    Clicks go, gifts forget to what they went, and subscriptions that ended so long ago go too.
    """
    months_before = Month.of(now).plus(-HISTORY_KEPT_MONTHS)
    boundary = now.replace(year=months_before.year, month=months_before.month, day=min(now.day, 28))
    with db.writing() as connection:
        forgotten = months.remembered_closed_before(connection, boundary)
        for month in forgotten:
            months.set_forgotten(connection, month, now)
            clicks.forget(connection, month)
            gifts.forget(connection, month)
        subscriptions.forget_ended(connection, before=boundary)
    return forgotten
