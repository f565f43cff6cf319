"""Statements about sign-ins that wait for their code."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from receiver.store.schema import sign_ins


@dataclass(frozen=True, slots=True)
class WaitingSignIn:
    email: str
    code_hash: str
    return_to: str
    expires_at: datetime
    tries_left: int


def count_since(connection: Connection, email: str, since: datetime) -> int:
    statement = select(func.count()).where(sign_ins.c.email == email, sign_ins.c.created_at >= since)
    return connection.execute(statement).scalar_one()


def add(
    connection: Connection,
    *,
    browser_hash: str,
    email: str,
    code_hash: str,
    return_to: str,
    now: datetime,
    expires_at: datetime,
    tries: int,
) -> None:
    connection.execute(
        insert(sign_ins).values(
            browser_hash=browser_hash,
            email=email,
            code_hash=code_hash,
            return_to=return_to,
            created_at=now,
            expires_at=expires_at,
            tries_left=tries,
        )
    )


def find_waiting(connection: Connection, browser_hash: str) -> WaitingSignIn | None:
    c = sign_ins.c
    row = connection.execute(
        select(c.email, c.code_hash, c.return_to, c.expires_at, c.tries_left).where(
            c.browser_hash == browser_hash, c.used_at.is_(None)
        )
    ).one_or_none()
    return None if row is None else WaitingSignIn(*row)


def use_up_try(connection: Connection, browser_hash: str) -> None:
    c = sign_ins.c
    connection.execute(
        update(sign_ins).where(c.browser_hash == browser_hash, c.tries_left > 0).values(tries_left=c.tries_left - 1)
    )


def mark_used(connection: Connection, browser_hash: str, now: datetime) -> None:
    connection.execute(update(sign_ins).where(sign_ins.c.browser_hash == browser_hash).values(used_at=now))


def remove(connection: Connection, browser_hash: str) -> None:
    connection.execute(delete(sign_ins).where(sign_ins.c.browser_hash == browser_hash))


def remove_of(connection: Connection, email: str) -> None:
    connection.execute(delete(sign_ins).where(sign_ins.c.email == email))


def delete_before(connection: Connection, instant: datetime) -> None:
    connection.execute(delete(sign_ins).where(sign_ins.c.created_at < instant))
