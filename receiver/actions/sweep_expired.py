"""Sweep away what has expired: sessions, waiting sign-ins, used nonces, mails that were sent or given up."""

from datetime import datetime, timedelta
from typing import Final

from receiver.store import mails, nonces, sessions, sign_ins
from receiver.store.database import Database

MAILS_KEPT: Final = timedelta(days=30)  # after their end


def sweep_expired(db: Database, *, now: datetime) -> None:
    with db.writing() as connection:
        nonces.delete_expired(connection, now)
        sessions.delete_expired(connection, now)
        sign_ins.delete_before(connection, now - timedelta(days=2))  # limits look back a day
        mails.delete_ended_before(connection, now - MAILS_KEPT)
