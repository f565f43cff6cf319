"""Statements about passkeys, and about the challenges that wait for one to sign them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from receiver.store.schema import passkey_challenges, passkeys


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """Id, handle and key in base64url; the handle is what an authenticator knows its user by."""

    credential_id: str
    user_id: int
    user_handle: str
    public_key: str
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Challenge:
    """`user_id` is None if anybody may sign it, to sign in."""

    purpose: str
    challenge: str
    user_id: int | None
    user_handle: str | None
    return_to: str
    expires_at: datetime


def add(connection: Connection, row: PasskeyRow) -> None:
    connection.execute(
        insert(passkeys).values(
            credential_id=row.credential_id,
            user_id=row.user_id,
            user_handle=row.user_handle,
            public_key=row.public_key,
            sign_count=row.sign_count,
            name=row.name,
            created_at=row.created_at,
            used_at=row.used_at,
        )
    )


def find(connection: Connection, credential_id: str) -> PasskeyRow | None:
    row = connection.execute(select(passkeys).where(passkeys.c.credential_id == credential_id)).one_or_none()
    return None if row is None else PasskeyRow(*row)


def of_user(connection: Connection, user: int) -> list[PasskeyRow]:
    c = passkeys.c
    statement = select(passkeys).where(c.user_id == user).order_by(c.created_at, c.credential_id)
    return [PasskeyRow(*row) for row in connection.execute(statement)]


def set_used(connection: Connection, row: PasskeyRow, *, sign_count: int, now: datetime) -> bool:
    """Note a use; False if the passkey is gone or was used by somebody else since the row was read."""
    c = passkeys.c
    statement = update(passkeys).where(c.credential_id == row.credential_id, c.sign_count == row.sign_count)
    return connection.execute(statement.values(sign_count=sign_count, used_at=now)).rowcount == 1


def rename(connection: Connection, credential_id: str, name: str) -> None:
    connection.execute(update(passkeys).where(passkeys.c.credential_id == credential_id).values(name=name))


def remove(connection: Connection, credential_id: str) -> None:
    connection.execute(delete(passkeys).where(passkeys.c.credential_id == credential_id))


def remove_of(connection: Connection, user: int, *, made_since: datetime | None = None) -> None:
    """Remove the passkeys of a user, all or the newer ones, and their challenges."""
    statement = delete(passkeys).where(passkeys.c.user_id == user)
    connection.execute(statement if made_since is None else statement.where(passkeys.c.created_at >= made_since))
    connection.execute(delete(passkey_challenges).where(passkey_challenges.c.user_id == user))


def add_challenge(connection: Connection, browser_hash: str, row: Challenge) -> None:
    connection.execute(
        insert(passkey_challenges).values(
            browser_hash=browser_hash,
            purpose=row.purpose,
            challenge=row.challenge,
            user_id=row.user_id,
            user_handle=row.user_handle,
            return_to=row.return_to,
            expires_at=row.expires_at,
        )
    )


def find_challenge(connection: Connection, browser_hash: str, purpose: str, now: datetime) -> Challenge | None:
    c = passkey_challenges.c
    row = connection.execute(
        select(c.purpose, c.challenge, c.user_id, c.user_handle, c.return_to, c.expires_at).where(
            c.browser_hash == browser_hash, c.purpose == purpose, c.expires_at > now
        )
    ).one_or_none()
    return None if row is None else Challenge(*row)


def take_challenge(connection: Connection, browser_hash: str, purpose: str, now: datetime) -> Challenge | None:
    """Return a challenge and remove it: it is good once, also for a wrong answer."""
    found = find_challenge(connection, browser_hash, purpose, now)
    connection.execute(delete(passkey_challenges).where(passkey_challenges.c.browser_hash == browser_hash))
    return found


def delete_expired_challenges(connection: Connection, now: datetime) -> None:
    connection.execute(delete(passkey_challenges).where(passkey_challenges.c.expires_at <= now))
