"""Sweep away what has expired: sessions, waiting sign-ins, used nonces."""

from datetime import datetime, timedelta

from receiver.store import nonces, sessions, sign_ins
from receiver.store.database import Database


def sweep_expired(db: Database, *, now: datetime) -> None:
    with db.writing() as connection:
        nonces.delete_expired(connection, now)
        sessions.delete_expired(connection, now)
        sign_ins.delete_before(connection, now - timedelta(days=2))  # limits look back a day
