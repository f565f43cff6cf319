"""Mail each closed month to the readers who want it; and stop, also for whoever has only the mail.

The mail is queued in the transaction that notes how far its reader was mailed: run twice or killed in between, each
month comes once.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Connection

from receiver.actions.state_history import ClosedMonth, closed_months, nothing_given
from receiver.domain.errors import BadSettings, NotKnown
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.rules import Rules
from receiver.languages import Language, language_named
from receiver.store import mails, month_mails, months
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys
from receiver.store.month_mails import DueMail

CHUNK: Final = 100
_LENGTH_MAX: Final = 200


def mail_months(db: Database, keys: MasterKeys, rules: Rules, *, receiver: str, now: datetime) -> Iterator[int]:
    """Queue the mails that are due, in chunks; yields how many are queued."""
    queued = 0
    while True:
        with db.writing() as connection:
            due = month_mails.due(connection, limit=CHUNK)
            for mail in due:
                _queue(connection, keys, rules, mail, receiver, now)
                month_mails.set_mailed(connection, mail.reader, mail.month)
        if not due:
            return
        queued += len(due)
        yield queued


def wish_month_mail(db: Database, *, reader: User, language: str, now: datetime) -> None:
    """Mail the reader each month that closes from now on, in a language; twice changes only the language."""
    with db.writing() as connection:
        mailed = months.last_closed(connection) or (months.first(connection) or Month.of(now)).plus(-1)
        month_mails.put(connection, reader.id, language=language, mailed_month=mailed, now=now)


def stop_month_mail(db: Database, *, reader: User) -> None:
    """Mail no further month; twice is no error."""
    with db.writing() as connection:
        month_mails.remove(connection, reader.id)


def is_month_mail_wished(db: Database, *, reader: User) -> bool:
    with db.reading() as connection:
        return month_mails.is_wished(connection, reader.id)


def stop_month_mail_by_token(db: Database, keys: MasterKeys, token: str) -> None:
    """Mail no further month to whom a link of a mail was made for.  Raises NotKnown."""
    reader = read_stop_token(keys, token)
    with db.writing() as connection:
        month_mails.remove(connection, reader)


def mint_stop_token(keys: MasterKeys, reader: int) -> str:
    """Return what stops the mails of a reader, and can do nothing else; it is good for ever, as mails are kept."""
    signed = _stop_tokens(keys, keys.newest).dumps(reader)
    assert isinstance(signed, str)
    return f"{keys.newest}-{signed}"


def read_stop_token(keys: MasterKeys, token: str) -> int:
    """Return whose mails a token stops.  Raises NotKnown."""
    number, _, signed = token[:_LENGTH_MAX].partition("-")
    try:
        if not (number.isascii() and number.isdigit() and signed.isascii()):
            raise BadData("no token")
        reader = _stop_tokens(keys, int(number)).loads(signed)
    except (BadData, BadSettings):  # forged, cut, or signed with a master key that is gone
        raise NotKnown("this link is damaged; copy the whole of it from the mail, or sign in and stop it") from None
    assert isinstance(reader, int)
    return reader


def _stop_tokens(keys: MasterKeys, master: int) -> URLSafeSerializer:
    return URLSafeSerializer(keys.derive("stop month mail", master=master), salt="flattr.stop.1")


def _queue(connection: Connection, keys: MasterKeys, rules: Rules, mail: DueMail, receiver: str, now: datetime) -> None:
    closed = closed_months(connection, mail.reader)
    month = next((one for one in closed if one.month == mail.month), nothing_given(mail.month))
    language, stop = language_named(mail.language), f"{receiver}mails/stop/{mint_stop_token(keys, mail.reader)}"
    say = language.gettext
    mails.queue_mail(
        connection,
        to=mail.email,
        subject=say("Your %(month)s", month=language.month_name(mail.month)),
        text=_text(language, rules, month, receiver, stop),
        headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        now=now,
    )


def _text(language: Language, rules: Rules, month: ClosedMonth, receiver: str, stop: str) -> str:
    say = language.gettext
    paragraphs = [
        say("%(month)s is closed.", month=language.month_name(month.month)),
        "\n".join(_sums(language, rules, month)),
        say("Who got what: %(address)s", address=f"{receiver}me/{month.month}"),
        say("You asked for this mail. To stop it, without signing in: %(address)s", address=stop),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _sums(language: Language, rules: Rules, month: ClosedMonth) -> Iterator[str]:
    """Yield a line for each figure of the month."""
    say = language.gettext

    def money(micros: int) -> str:
        return language.money(micros, rules.currency)

    if not month.taken:
        yield say("Nothing was taken; your money stayed yours.")
        return
    if month.counting:
        yield language.ngettext(
            "You gave %(amount)s to one thing.",
            "You gave %(amount)s to %(num)s things, %(share)s each.",
            month.counting,
            amount=money(month.from_pot),
            share=money(month.share),
        )
    if month.gift_count:
        yield language.ngettext(
            "Your gift added %(amount)s.",
            "Your %(num)s gifts added %(amount)s.",
            month.gift_count,
            amount=money(month.gifts),
        )
    yield say("The cut was %(amount)s.", amount=money(month.fee))
    yield say("Taken from your funds: %(amount)s.", amount=money(month.taken))
