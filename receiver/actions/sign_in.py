"""Sign in by a code that comes by mail and is typed into the same browser."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from receiver.domain.errors import MailNotSent, TooMany, WrongCode
from receiver.domain.person import User, normal_email
from receiver.gateways.mail import Mailer
from receiver.store import sessions, sign_ins, users
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

CODE_DIGITS: Final = 8
CODE_AGE: Final = timedelta(minutes=10)
CODE_TRIES: Final = 5
SESSION_AGE: Final = timedelta(days=30)
CODES_PER_QUARTER_HOUR: Final = 3
CODES_PER_DAY: Final = 10


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`session` is the secret of the cookie; the database keeps its hash only."""

    user: User
    session: str
    return_to: str


def request_code(
    db: Database, keys: MasterKeys, mailer: Mailer, *, email: str, return_to: str, receiver: str, now: datetime
) -> str:
    """Mail a code and return the secret that binds it to the asking browser, for its cookie.

    Known and unknown addresses are treated alike; a code that arrives shows that the address is theirs.
    Raises BadEmail, TooMany, MailNotSent (then no code is kept).
    """
    address = normal_email(email)
    browser = secrets.token_urlsafe(32)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    with db.writing() as connection:
        _require_few(
            sign_ins.count_since(connection, address, now - timedelta(minutes=15)), CODES_PER_QUARTER_HOUR, 900
        )
        _require_few(sign_ins.count_since(connection, address, now - timedelta(days=1)), CODES_PER_DAY, 86_400)
        sign_ins.delete_before(connection, now - timedelta(days=2))
        sign_ins.add(
            connection,
            browser_hash=hash_of(browser),
            email=address,
            code_hash=_code_hash(keys, browser, code),
            return_to=return_to,
            now=now,
            expires_at=now + CODE_AGE,
            tries=CODE_TRIES,
        )
    try:  # outside of the transaction: mail servers are slow
        mailer.send(to=address, subject=f"Your code: {code[:4]} {code[4:]}", text=_mail(code, receiver))
    except MailNotSent:
        with db.writing() as connection:
            sign_ins.remove(connection, hash_of(browser))
        raise
    return browser


def enter_code(db: Database, keys: MasterKeys, *, browser: str, code: str, now: datetime) -> SignedIn:
    """Exchange the code for a session; the user comes into being with their first one.

    Raises WrongCode if it is wrong, used, too old, tried too often, or was asked for in another browser.
    """
    browser_hash = hash_of(browser)
    digits = "".join(character for character in code if character.isascii() and character.isdigit())
    with db.writing() as connection:
        waiting = sign_ins.find_waiting(connection, browser_hash)
        if waiting is None or waiting.expires_at <= now or waiting.tries_left == 0:
            raise WrongCode("this code is no longer good; ask for a new one")
        if is_right := hmac.compare_digest(_code_hash(keys, browser, digits), waiting.code_hash):
            sign_ins.mark_used(connection, browser_hash, now)
            signed_in = _start_session(connection, waiting.email, waiting.return_to, now)
        else:
            sign_ins.use_up_try(connection, browser_hash)
    if not is_right:  # raised only now, so that the used-up try is committed
        left = waiting.tries_left - 1
        raise WrongCode(f"this is not the code we sent; {left} more {'try' if left == 1 else 'tries'}")
    return signed_in


def user_of_session(db: Database, session: str, now: datetime) -> User | None:
    with db.reading() as connection:
        return sessions.find_user(connection, hash_of(session), now)


def sign_out(db: Database, session: str) -> None:
    with db.writing() as connection:
        sessions.remove(connection, hash_of(session))


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()  # whatever a browser sends


def _mail(code: str, receiver: str) -> str:
    return (
        f"Type this code into the page that asked for it, at {receiver}:\n\n    {code[:4]} {code[4:]}\n\n"
        "It is good for ten minutes, and only in that browser.\n"
        "If you did not ask for it, somebody mistyped an address; you need not do anything.\n"
    )


def _start_session(connection: Connection, email: str, return_to: str, now: datetime) -> SignedIn:
    user = users.find_by_email(connection, email) or users.add(
        connection, email=email, name=email.partition("@")[0], now=now
    )
    session = secrets.token_urlsafe(32)
    sessions.delete_expired(connection, now)
    sessions.add(connection, token_hash=hash_of(session), user_id=user.id, now=now, expires_at=now + SESSION_AGE)
    return SignedIn(user, session, return_to)


def _require_few(count: int, limit: int, retry_after_s: int) -> None:
    if count >= limit:
        raise TooMany("we sent several codes to this address already; wait a while", retry_after_s=retry_after_s)


def _code_hash(keys: MasterKeys, browser: str, code: str) -> str:
    return hmac.new(keys.derive("sign-in code"), f"{browser}\n{code}".encode(), hashlib.sha256).hexdigest()
