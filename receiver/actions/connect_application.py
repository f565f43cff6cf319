"""Give an application a key to click with, and take it back."""

import secrets
from datetime import datetime
from typing import Final

from flattr_button import ClickKey, cleaned_title
from flattr_button.claim import ID_ALPHABET
from receiver.actions.record_clicks import click_secret
from receiver.domain.errors import BadInput, NotKnown
from receiver.domain.person import User
from receiver.store import click_keys
from receiver.store.click_keys import ClickKeyRow
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

KEYS_PER_READER_MAX: Final = 20


def connect_application(db: Database, keys: MasterKeys, *, reader: User, label: str, now: datetime) -> ClickKey:
    """Make a click key and return it: it can be shown this once, and click in the reader's name until revoked."""
    row = ClickKeyRow(
        id="".join(secrets.choice(ID_ALPHABET) for _ in range(16)),
        reader_id=reader.id,
        label=cleaned_title(label, points_max=60) or "Application",
        master=keys.newest,
        created_at=now,
        revoked_at=None,
    )
    with db.writing() as connection:
        if sum(key.revoked_at is None for key in click_keys.of_reader(connection, reader.id)) >= KEYS_PER_READER_MAX:
            raise BadInput("at most %(most)s applications at once; disconnect one first", most=KEYS_PER_READER_MAX)
        click_keys.add(connection, row)
    return ClickKey(row.id, click_secret(keys, row))


def list_applications(db: Database, *, reader: User) -> list[ClickKeyRow]:
    with db.reading() as connection:
        return click_keys.of_reader(connection, reader.id)


def disconnect_application(db: Database, *, reader: User, key_id: str, now: datetime) -> None:
    """Revoke a click key: from now on its clicks are refused.  Raises NotKnown."""
    with db.writing() as connection:
        key = click_keys.find(connection, key_id)
        if key is None or key.reader_id != reader.id:
            raise NotKnown("there is no such application of yours")
        click_keys.revoke(connection, key_id, now)
