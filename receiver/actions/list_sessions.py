"""List where one is signed in, and sign out there."""

from dataclasses import dataclass
from datetime import datetime

from receiver.actions.sign_in import hash_of, require_session
from receiver.domain.device import Device
from receiver.domain.errors import NotKnown
from receiver.store import sessions
from receiver.store.database import Database


@dataclass(frozen=True, slots=True)
class OwnSession:
    """`handle` names it on a page; the secret cannot be found from it."""

    handle: str
    device: Device
    begun_at: datetime
    seen_at: datetime
    is_strong: bool
    is_this: bool


def list_sessions(db: Database, *, session: str, now: datetime) -> list[OwnSession]:
    """Return the sessions of who is signed in, newest first.  Raises SignInNeeded."""
    with db.reading() as connection:
        this = require_session(connection, session, now)
        rows = sessions.of_user(connection, this.user.id, now)
    return [
        OwnSession(
            handle=_handle(row.token_hash),
            device=row.device,
            begun_at=row.begun_at,
            seen_at=row.seen_at,
            is_strong=row.strong_at is not None,
            is_this=row.token_hash == this.token_hash,
        )
        for row in rows
    ]


def end_session(db: Database, *, session: str, handle: str, now: datetime) -> None:
    """Sign out somewhere.  Raises SignInNeeded, NotKnown."""
    with db.writing() as connection:
        this = require_session(connection, session, now)
        rows = sessions.of_user(connection, this.user.id, now)
        ended = next((row for row in rows if _handle(row.token_hash) == handle), None)
        if ended is None:
            raise NotKnown("you are not signed in there any more")
        sessions.remove(connection, ended.token_hash)


def end_other_sessions(db: Database, *, session: str, now: datetime) -> None:
    """Sign out everywhere but here.  Raises SignInNeeded."""
    with db.writing() as connection:
        this = require_session(connection, session, now)
        sessions.remove_of(connection, this.user.id, except_hash=this.token_hash)


def note_seen(db: Database, *, session: str, now: datetime) -> None:
    """Note that a form came from a session, at most once a day."""
    with db.reading() as connection:
        known = sessions.find(connection, hash_of(session), now)
    if known is not None and known.seen_at.date() < now.date():
        with db.writing() as connection:
            sessions.set_seen(connection, known.token_hash, now)


def _handle(token_hash: str) -> str:
    return hash_of(token_hash)[:16]
