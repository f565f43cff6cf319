"""Books of an older version are brought up to date with all that is in them."""

from typing import Any

import pytest
from sqlalchemy import text

from receiver.domain.device import Device
from receiver.domain.person import User
from receiver.store import passkeys, sessions, users
from tests.fakes.database import Books
from tests.receiver.cast import at

BEFORE_PASSKEYS = "0006"
BEGUN, NOW = at("2026-09-03"), at("2026-09-05")


@pytest.fixture
def older(books: Books) -> Any:
    address = books.begin_older(BEFORE_PASSKEYS)
    yield address
    books.drop(address)


def test_who_is_signed_in_stays_so_weakly_from_an_unknown_device(books: Books, older: Any) -> None:
    moment, later = (int(when.timestamp()) * 1_000_000 for when in (BEGUN, at("2026-10-03")))
    before = books.open_as_owner(older)
    with before.writing() as connection:
        user = f"insert into users (id, email, name, created_at) values (7, 'rosa@reads.example', 'Rosa', {moment})"
        connection.execute(text(user))
        session = "insert into sessions (token_hash, user_id, created_at, expires_at)"
        connection.execute(text(f"{session} values ('hash', 7, {moment}, {later})"))
    before.close()

    books.bring_up_to_date(older)

    after = books.open(older)
    with after.reading() as connection:
        found = sessions.find(connection, "hash", NOW)
        assert found is not None
        assert (found.user, found.device) == (User(7, "rosa@reads.example", "Rosa"), Device())
        assert (found.begun_at, found.seen_at, found.strong_at) == (BEGUN, BEGUN, None)
        assert passkeys.of_user(connection, 7) == []
        assert (users.language_of(connection, 7), users.erased(connection)) == ("", set())
    after.close()
