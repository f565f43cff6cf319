"""Change one's e-mail address by a code to the new one; undo it by a link in a mail to the old one."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from receiver.actions.sign_in import (
    CODE_AGE,
    CODE_TRIES,
    CODES_PER_DAY,
    CODES_PER_QUARTER_HOUR,
    UNDO_AGE,
    code_hash,
    digits_of,
    hash_of,
    new_code,
    require_few,
    require_session,
    spaced,
    wrong_code,
)
from receiver.actions.strong_session import require_proof_if_any
from receiver.domain.errors import AddressRests, BadInput, MailNotSent, NotAllowed, NotKnown, WrongCode
from receiver.domain.person import User, normal_email
from receiver.gateways.mail import Mailer
from receiver.languages import Language, language_named
from receiver.store import address_changes, mails, passkeys, recovery_codes, sessions, users
from receiver.store.address_changes import DoneChange, WaitingChange
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

LOCK_AGE: Final = timedelta(days=30)  # after an undo the address stays


@dataclass(frozen=True, slots=True)
class Undo:
    """What a link in an undo mail would do."""

    old_email: str
    new_email: str
    until: datetime


def ask_new_address(
    db: Database, keys: MasterKeys, mailer: Mailer, *, session: str, email: str, receiver: str, now: datetime
) -> str:
    """Mail a code to the new address; return the secret that binds it to this browser, for its cookie.

    Whether somebody else has the address is told only to who can read its mails.
    Raises SignInNeeded, ProofNeeded, BadEmail, BadInput, AddressRests, TooMany, MailNotSent (then no code is kept).
    """
    address = normal_email(email)
    browser, code = secrets.token_urlsafe(32), new_code()
    with db.writing() as connection:
        known = require_session(connection, session, now)
        require_proof_if_any(connection, known)
        _require_changeable(connection, known.user, address, now)
        for since, most, wait_s in (
            (timedelta(minutes=15), CODES_PER_QUARTER_HOUR, 900),
            (timedelta(days=1), CODES_PER_DAY, 86_400),
        ):
            asked = address_changes.count_since(connection, user=known.user.id, email=address, since=now - since)
            require_few(asked, most, wait_s)
        address_changes.add(
            connection,
            user=known.user.id,
            new_email=address,
            browser_hash=hash_of(browser),
            code_hash=code_hash(keys, browser, code),
            now=now,
            expires_at=now + CODE_AGE,
            tries=CODE_TRIES,
        )
        language = language_named(users.language_of(connection, known.user.id))
    try:  # outside of the transaction: mail servers are slow
        subject = language.gettext("Your code: %(code)s", code=spaced(code))
        mailer.send(to=address, subject=subject, text=_code_mail(code, receiver, language))
    except MailNotSent:
        with db.writing() as connection:
            address_changes.remove(connection, hash_of(browser))
        raise
    return browser


def change_email(
    db: Database,
    keys: MasterKeys,
    *,
    session: str,
    browser: str,
    code: str,
    receiver: str,
    now: datetime,
) -> str:
    """Change the address, and queue the mail that tells the old one how to undo it; return the new one.

    Raises SignInNeeded, ProofNeeded, AddressRests, NotAllowed; WrongCode as signing in does.
    """
    with db.writing() as connection:
        known = require_session(connection, session, now)
        require_proof_if_any(connection, known)
        waiting = address_changes.find_waiting(connection, hash_of(browser))
        if waiting is None or waiting.user_id != known.user.id or waiting.expires_at <= now or not waiting.tries_left:
            raise WrongCode("this code is no longer good; ask for a new one")
        if is_right := hmac.compare_digest(code_hash(keys, browser, digits_of(code)), waiting.code_hash):
            _change(connection, known.user, waiting, receiver, now)
        else:
            address_changes.use_up_try(connection, waiting.id)
    if not is_right:  # raised only now, so that the used-up try is committed
        raise wrong_code(waiting.tries_left - 1)
    return waiting.new_email


def look_at_undo(db: Database, *, undo: str, now: datetime) -> Undo:
    """Return what a link of an undo mail would do.  Raises NotKnown if it is no longer good."""
    with db.reading() as connection:
        change = _undoable(connection, undo, now)
    return Undo(change.old_email, change.new_email, change.changed_at + UNDO_AGE)


def undo_change(db: Database, *, undo: str, now: datetime) -> str:
    """Restore the old address and return it: who changed it may have been somebody else.

    So all sessions end, passkeys and recovery codes that were made since a week before the change go, and the address
    stays for 30 days.  Raises NotKnown.
    """
    with db.writing() as connection:
        change = _undoable(connection, undo, now)
        users.set_email(connection, change.user_id, change.old_email)
        address_changes.set_undone(connection, change.id, now)
        sessions.remove_of(connection, change.user_id)
        suspect_since = change.changed_at - UNDO_AGE
        passkeys.remove_of(connection, change.user_id, made_since=suspect_since)
        recovery_codes.remove_of(connection, change.user_id, made_since=suspect_since)
    return change.old_email


def address_rests_until(db: Database, *, user: User, now: datetime) -> datetime | None:
    """Return until when the address of a user cannot be changed, if it cannot."""
    with db.reading() as connection:
        return _rests_until(connection, user.id, now)


def _undoable(connection: Connection, undo: str, now: datetime) -> DoneChange:
    change = address_changes.find_by_undo(connection, hash_of(undo))
    if change is None or change.undone_at is not None or change.changed_at + UNDO_AGE <= now:
        raise NotKnown("this link is no longer good: it undoes a change of address once, for seven days")
    return change


def _change(connection: Connection, user: User, waiting: WaitingChange, receiver: str, now: datetime) -> None:
    _require_changeable(connection, user, waiting.new_email, now)
    if users.find_by_email(connection, waiting.new_email) is not None:
        raise NotAllowed("somebody signs in here with this address already; leave there first, or take another one")
    if address_changes.find_resting(connection, waiting.new_email, changed_since=now - UNDO_AGE) is not None:
        raise AddressRests("this address was given up a few days ago and may yet come back; try again in a week")
    undo = secrets.token_urlsafe(32)
    address_changes.set_changed(connection, waiting.id, old_email=user.email, undo_hash=hash_of(undo), now=now)
    users.set_email(connection, user.id, waiting.new_email)
    language = language_named(users.language_of(connection, user.id))
    mails.queue_mail(
        connection,
        to=user.email,
        subject=language.gettext("Your e-mail address was changed"),
        text=_undo_mail(waiting.new_email, f"{receiver}undo/{undo}", now + UNDO_AGE, language),
        now=now,
    )


def _require_changeable(connection: Connection, user: User, address: str, now: datetime) -> None:
    if address == user.email:
        raise BadInput("this is your address already; write the new one")
    until = _rests_until(connection, user.id, now)
    if until is not None:
        raise AddressRests("your address was changed a short time ago; it can be changed again from %(day)s on",
                           day=f"{until:%Y-%m-%d}")  # fmt: skip


def _rests_until(connection: Connection, user: int, now: datetime) -> datetime | None:
    newest = address_changes.newest_of(connection, user)
    if newest is None:
        return None
    until = newest.changed_at + UNDO_AGE if newest.undone_at is None else newest.undone_at + LOCK_AGE
    return until if until > now else None


def _code_mail(code: str, receiver: str, language: Language) -> str:
    say = language.gettext
    return "\n".join(
        (
            say(
                "To sign in with this address from now on, type this code into the page that asked for it, at"
                " %(receiver)s:",
                receiver=receiver,
            ),
            "",
            f"    {spaced(code)}",
            "",
            say("The code is good for ten minutes, and only in that browser."),
            say("If you did not ask for it, somebody mistyped an address; you need not do anything."),
            "",
        )
    )


def _undo_mail(new_email: str, address: str, until: datetime, language: Language) -> str:
    say = language.gettext
    return "\n".join(
        (
            say("You now sign in with another address: %(email)s", email=new_email),
            "",
            say("If that was you, you need not do anything."),
            say("If it was not, take your address back by this link, until %(day)s:", day=language.date(until)),
            "",
            f"    {address}",
            "",
            say("It also signs everybody out, and the address then stays as it was for 30 days."),
            "",
        )
    )
