"""Sign in by a code that comes by mail and is typed into the same browser."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from receiver.domain.device import Device
from receiver.domain.errors import AddressRests, MailNotSent, SignInNeeded, TooMany, WrongCode
from receiver.domain.person import User, normal_email
from receiver.gateways.mail import Mailer
from receiver.languages import Language, language_named
from receiver.store import address_changes, sessions, sign_ins, users
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys
from receiver.store.sessions import SessionRow

CODE_DIGITS: Final = 8
CODE_AGE: Final = timedelta(minutes=10)
CODE_TRIES: Final = 5
SESSION_AGE: Final = timedelta(days=30)
CODES_PER_QUARTER_HOUR: Final = 3
CODES_PER_DAY: Final = 10
UNDO_AGE: Final = timedelta(days=7)  # so long a change of address can be undone
UNKNOWN_DEVICE: Final = Device()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`session` is the secret of the cookie; the database keeps its hash only."""

    user: User
    session: str
    return_to: str


def request_code(
    db: Database,
    keys: MasterKeys,
    mailer: Mailer,
    *,
    email: str,
    return_to: str,
    receiver: str,
    now: datetime,
    language: str = "en",
) -> str:
    """Mail a code and return the secret that binds it to the asking browser, for its cookie.

    Known and unknown addresses are treated alike; a code that arrives shows that the address is theirs.
    Raises BadEmail, TooMany, MailNotSent (then no code is kept).
    """
    address = normal_email(email)
    browser, code = secrets.token_urlsafe(32), new_code()
    with db.writing() as connection:
        require_few(sign_ins.count_since(connection, address, now - timedelta(minutes=15)), CODES_PER_QUARTER_HOUR, 900)
        require_few(sign_ins.count_since(connection, address, now - timedelta(days=1)), CODES_PER_DAY, 86_400)
        sign_ins.delete_before(connection, now - timedelta(days=2))
        sign_ins.add(
            connection,
            browser_hash=hash_of(browser),
            email=address,
            code_hash=code_hash(keys, browser, code),
            return_to=return_to,
            now=now,
            expires_at=now + CODE_AGE,
            tries=CODE_TRIES,
        )
    spoken = language_named(language)
    try:  # outside of the transaction: mail servers are slow
        mailer.send(to=address, subject=_subject(code, spoken), text=_mail(code, receiver, spoken))
    except MailNotSent:
        with db.writing() as connection:
            sign_ins.remove(connection, hash_of(browser))
        raise
    return browser


def enter_code(
    db: Database,
    keys: MasterKeys,
    *,
    browser: str,
    code: str,
    now: datetime,
    device: Device = UNKNOWN_DEVICE,
    language: str = "",
) -> SignedIn:
    """Exchange the code for a session; the user comes into being with their first one.

    `language` is that of their mails from now on.
    Raises WrongCode if it is wrong, used, too old, tried too often, or was asked for in another browser;
    AddressRests if the address was given up for another one, and may yet come back.
    """
    browser_hash = hash_of(browser)
    with db.writing() as connection:
        waiting = sign_ins.find_waiting(connection, browser_hash)
        if waiting is None or waiting.expires_at <= now or waiting.tries_left == 0:
            raise WrongCode("this code is no longer good; ask for a new one")
        if is_right := hmac.compare_digest(code_hash(keys, browser, digits_of(code)), waiting.code_hash):
            sign_ins.mark_used(connection, browser_hash, now)
            user = _user_of_address(connection, waiting.email, now)
            if language:
                users.set_language(connection, user.id, language)
            session = begin_session(connection, user, device=device, now=now)
        else:
            sign_ins.use_up_try(connection, browser_hash)
    if not is_right:  # raised only now, so that the used-up try is committed
        raise wrong_code(waiting.tries_left - 1)
    return SignedIn(user, session, waiting.return_to)


def session_of(db: Database, session: str, now: datetime) -> SessionRow | None:
    with db.reading() as connection:
        return sessions.find(connection, hash_of(session), now)


def user_of_session(db: Database, session: str, now: datetime) -> User | None:
    found = session_of(db, session, now)
    return None if found is None else found.user


def sign_out(db: Database, session: str) -> None:
    with db.writing() as connection:
        sessions.remove(connection, hash_of(session))


def require_session(connection: Connection, session: str, now: datetime) -> SessionRow:
    """Return the session that a cookie names.  Raises SignInNeeded."""
    found = sessions.find(connection, hash_of(session), now)
    if found is None:
        raise SignInNeeded
    return found


def begin_session(connection: Connection, user: User, *, device: Device, now: datetime, is_strong: bool = False) -> str:
    """Begin a session and return its secret."""
    session = secrets.token_urlsafe(32)
    sessions.delete_expired(connection, now)
    sessions.add(
        connection,
        token_hash=hash_of(session),
        user_id=user.id,
        device=device,
        begun_at=now,
        now=now,
        expires_at=now + SESSION_AGE,
        strong_at=now if is_strong else None,
    )
    return session


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()  # whatever a browser sends


def new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def digits_of(code: str) -> str:
    """Return the digits of what was typed, or of what a link fills in."""
    return "".join(character for character in code if character.isascii() and character.isdigit())


def spaced(code: str) -> str:
    """Write a code as people read it: 1234 5678."""
    return f"{code[:4]} {code[4:]}"


def code_hash(keys: MasterKeys, browser: str, code: str) -> str:
    return hmac.new(keys.derive("sign-in code"), f"{browser}\n{code}".encode(), hashlib.sha256).hexdigest()


def wrong_code(left: int) -> WrongCode:
    return WrongCode(
        "this is not the code we sent; %(num)s more try",
        "this is not the code we sent; %(num)s more tries",
        num=left,
    )


def require_few(count: int, limit: int, retry_after_s: int) -> None:
    if count >= limit:
        raise TooMany("we sent several codes to this address already; wait a while", retry_after_s=retry_after_s)


def _subject(code: str, language: Language) -> str:
    return language.gettext("Your code: %(code)s", code=spaced(code))


def _mail(code: str, receiver: str, language: Language) -> str:
    say = language.gettext
    return "\n".join(
        (
            say("Type this code into the page that asked for it, at %(receiver)s:", receiver=receiver),
            "",
            f"    {spaced(code)}",
            "",
            say("Or open this link in the browser that asked for it; elsewhere it does nothing:"),
            "",
            f"    {receiver}sign-in/code?code={code}",
            "",
            say("The code is good for ten minutes, and only in that browser."),
            say("If you did not ask for it, somebody mistyped an address; you need not do anything."),
            "",
        )
    )


def _user_of_address(connection: Connection, email: str, now: datetime) -> User:
    known = users.find_by_email(connection, email)
    if known is not None:
        return known
    if address_changes.find_resting(connection, email, changed_since=now - UNDO_AGE) is not None:
        raise AddressRests(
            "this address was changed for another one a few days ago; sign in with that one,"
            " or undo the change by the link in the mail that you got then"
        )
    return users.add(connection, email=email, name=email.partition("@")[0], now=now)
