"""Sweep away what has expired: sessions, waiting sign-ins, used nonces, old mails, messages and counts."""

from datetime import datetime, timedelta
from typing import Final

from receiver.store import deliveries, mails, nonces, sessions, sign_ins, told_clicks
from receiver.store.database import Database

MAILS_KEPT: Final = timedelta(days=30)  # after their end
MESSAGES_KEPT: Final = timedelta(days=30)  # after they were delivered or died
COUNTS_KEPT: Final = timedelta(days=400)  # as long as the clicks that they count


def sweep_expired(db: Database, *, now: datetime) -> None:
    with db.writing() as connection:
        nonces.delete_expired(connection, now)
        sessions.delete_expired(connection, now)
        sign_ins.delete_before(connection, now - timedelta(days=2))  # limits look back a day
        mails.delete_ended_before(connection, now - MAILS_KEPT)
        deliveries.delete_finished(connection, now - MESSAGES_KEPT)
        told_clicks.delete_before(connection, now - COUNTS_KEPT)
