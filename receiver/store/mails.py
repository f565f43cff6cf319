"""Statements about the outbox: mails that wait for the mail server, and what became of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Update, delete, insert, or_, select, update

from receiver.store.schema import mails


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """`tries` are those that were begun already."""

    id: int
    to: str
    subject: str
    text: str
    headers: Mapping[str, str]
    queued_at: datetime
    tries: int


def queue_mail(
    connection: Connection,
    *,
    to: str,
    subject: str,
    text: str,
    now: datetime,
    headers: Mapping[str, str] | None = None,
) -> int:
    """Put a mail into the outbox and return its number; it goes out if, and only if, this transaction is committed.

    Housekeeping sends it, within minutes; a code that somebody waits for is sent at once instead.
    `headers` are those beside From, To, Subject, Date, Message-ID and Auto-Submitted.
    """
    result = connection.execute(
        insert(mails).values(
            recipient=to,
            subject=subject,
            text=text,
            headers=json.dumps(dict(headers or {}), ensure_ascii=False),
            queued_at=now,
            tries=0,
            next_try_at=now,
        )
    )
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def due(connection: Connection, now: datetime, *, limit: int) -> list[WaitingMail]:
    """Return the mails whose next try is due, the longest waiting first."""
    c = mails.c
    statement = (
        select(c.id, c.recipient, c.subject, c.text, c.headers, c.queued_at, c.tries)
        .where(c.next_try_at <= now)
        .order_by(c.next_try_at, c.id)
        .limit(limit)
    )
    return [
        WaitingMail(row.id, row.recipient, row.subject, row.text, json.loads(row.headers), row.queued_at, row.tries)
        for row in connection.execute(statement)
    ]


def begin_try(connection: Connection, mail: WaitingMail, *, next_try_at: datetime) -> bool:
    """Count a try before it is made, and say when to try again; False if somebody else began one meanwhile."""
    statement = (
        _waiting(mail.id).where(mails.c.tries == mail.tries).values(tries=mail.tries + 1, next_try_at=next_try_at)
    )
    return connection.execute(statement).rowcount == 1


def mark_failed(connection: Connection, mail_id: int, *, failure: str) -> None:
    """Note why a try failed; the next one stands."""
    connection.execute(_waiting(mail_id).values(failure=failure))


def mark_sent(connection: Connection, mail_id: int, now: datetime) -> None:
    """Note that the mail server took it, and forget what it said."""
    values = {"sent_at": now, "next_try_at": None, "failure": None, "text": None, "headers": None}
    connection.execute(_waiting(mail_id).values(values))


def mark_dead(connection: Connection, mail_id: int, now: datetime, *, failure: str) -> None:
    """Give a mail up; it is kept for a while, to be looked at."""
    values = {"dead_at": now, "next_try_at": None, "failure": failure}
    connection.execute(_waiting(mail_id).values(values))


def delete_ended_before(connection: Connection, moment: datetime) -> None:
    """Forget mails that were sent or given up before a moment, with whom they were for."""
    c = mails.c
    connection.execute(delete(mails).where(or_(c.sent_at < moment, c.dead_at < moment)))


def remove_to(connection: Connection, recipient: str) -> None:
    """Delete all mails to an address, also those that wait."""
    connection.execute(delete(mails).where(mails.c.recipient == recipient))


def remove_queued(connection: Connection, recipient: str, *, queued_at: datetime) -> None:
    """Delete the mails to an address that were queued at a moment; those to whoever has it by now stay."""
    connection.execute(delete(mails).where(mails.c.recipient == recipient, mails.c.queued_at == queued_at))


def _waiting(mail_id: int) -> Update:
    """Change a mail unless it has ended meanwhile: what was sent is not given up, nor the other way round."""
    return update(mails).where(mails.c.id == mail_id, mails.c.next_try_at.is_not(None))
