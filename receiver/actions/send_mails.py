"""Send the mails that wait in the outbox, outside of every transaction: mail servers are slow.

Each goes out at least once.  A try is counted before it is made, so that two processes never make the same one; a
receiver that was killed between sending a mail and noting that sends it again, under the same Message-ID.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from receiver.domain.errors import MailNotSent, MailServerAway
from receiver.gateways.mail import Mailer
from receiver.store import mails
from receiver.store.database import Database
from receiver.store.mails import WaitingMail

MAILS_AT_ONCE: Final = 1_000  # in one round of housekeeping
ROUND_MAX: Final = timedelta(minutes=1)  # after which no further mail is begun; each takes half a minute at most
PAUSES: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1_440, 1_440)
)  # before trying again: three days in all


@dataclass(slots=True)
class Posted:
    """How many mails of a round the mail server took, and how many were given up."""

    sent: int = 0
    given_up: int = 0


def send_mails(db: Database, mailer: Mailer, *, clock: Callable[[], datetime]) -> Posted:
    """Send the mails that are due, for about a minute at most; what is left is sent in the next round.

    One that is not taken is tried again, ten times over three days, and then is dead.
    While the mail server is away, one mail finds that out for all.
    """
    began_at, posted = clock(), Posted()
    with db.reading() as connection:
        due = mails.due(connection, began_at, limit=MAILS_AT_ONCE)
    for mail in due:
        if clock() - began_at >= ROUND_MAX:
            break
        try:
            posted.sent += _send(db, mailer, mail, clock)
        except MailServerAway as error:
            posted.given_up += _note(db, mail, error, clock())
            posted.given_up += _put_all_off(db, error, clock())
            break
        except MailNotSent as error:
            posted.given_up += _note(db, mail, error, clock())
    return posted


def _send(db: Database, mailer: Mailer, mail: WaitingMail, clock: Callable[[], datetime]) -> bool:
    """Send a mail, unless another process does.  Raises MailNotSent."""
    with db.writing() as connection:
        if not mails.begin_try(connection, mail, next_try_at=_after(mail, clock())):
            return False
    mailer.send(to=mail.to, subject=mail.subject, text=mail.text, headers=mail.headers, message_id=_name_of(mail))
    with db.writing() as connection:
        mails.mark_sent(connection, mail.id, clock())
    return True


def _put_all_off(db: Database, error: MailNotSent, now: datetime) -> int:
    """Count a failed try for every other mail that is due; return how many are given up."""
    given_up = 0
    while True:
        with db.writing() as connection:
            due = mails.due(connection, now, limit=MAILS_AT_ONCE)
            for mail in due:
                if mails.begin_try(connection, mail, next_try_at=_after(mail, now)):
                    given_up += _mark(connection, mail, error, now)
        if not due:
            return given_up


def _note(db: Database, mail: WaitingMail, error: MailNotSent, now: datetime) -> bool:
    with db.writing() as connection:
        return _mark(connection, mail, error, now)


def _mark(connection: Connection, mail: WaitingMail, error: MailNotSent, now: datetime) -> bool:
    """Note why a try failed, and return whether it was the last."""
    if mail.tries < len(PAUSES):
        mails.mark_failed(connection, mail.id, failure=error.failure)
        return False
    mails.mark_dead(connection, mail.id, now, failure=error.failure)
    return True


def _after(mail: WaitingMail, now: datetime) -> datetime:
    """Return when to try again if this try fails; for the last one, if nobody lives to see it fail."""
    return now + PAUSES[min(mail.tries, len(PAUSES) - 1)]


def _name_of(mail: WaitingMail) -> str:
    """Return what names a mail for ever, also if its number is given once more after a restore."""
    return f"{mail.id}.{mail.queued_at:%Y%m%d%H%M%S%f}"
