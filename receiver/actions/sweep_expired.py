"""Sweep away what has expired: sessions, sign-ins, challenges, changes of address, nonces, mails, messages, counts."""

from datetime import datetime, timedelta
from typing import Final

from receiver.actions.change_email import LOCK_AGE
from receiver.store import address_changes, deliveries, mails, nonces, passkeys, sessions, sign_ins, told_clicks
from receiver.store.database import Database

MAILS_KEPT: Final = timedelta(days=30)  # after their end
MESSAGES_KEPT: Final = timedelta(days=30)  # after they were delivered or died
COUNTS_KEPT: Final = timedelta(days=400)  # as long as the clicks that they count


def sweep_expired(db: Database, *, now: datetime) -> None:
    two_days_ago = now - timedelta(days=2)  # limits look back a day
    with db.writing() as connection:
        nonces.delete_expired(connection, now)
        sessions.delete_expired(connection, now)
        mails.delete_ended_before(connection, now - MAILS_KEPT)
        deliveries.delete_finished(connection, now - MESSAGES_KEPT)
        told_clicks.delete_before(connection, now - COUNTS_KEPT)
        passkeys.delete_expired_challenges(connection, now)
        sign_ins.delete_before(connection, two_days_ago)
        address_changes.delete_before(connection, asked=two_days_ago, changed=now - LOCK_AGE)
