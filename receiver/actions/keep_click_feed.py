"""Keep the feed of a site's new clicks: counts without names, at a secret address that feed readers can ask.

The address is derived from the master keys, and revoked by its generation.
"""

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from flattr_button.claim import GENERATION_MAX
from receiver.actions.register_site import require_owner
from receiver.domain.errors import BadInput, NotKnown
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.site import Site
from receiver.domain.thing import Thing
from receiver.store import click_feeds, sites, things, told_clicks
from receiver.store.click_feeds import ClickFeedRow
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys
from receiver.store.told_clicks import ToldCount

ENTRIES_MAX: Final = 50
SECRET_BYTES: Final = 20

_TOKEN: Final = re.compile(r"fcf1_(?P<site>[a-z2-7]{10})_(?P<generation>[1-9][0-9]{0,3})_[a-z2-7]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A thing and its count of a month, as it was told."""

    count: ToldCount
    thing: Thing


@dataclass(frozen=True, slots=True)
class ClickFeed:
    """What a feed shows: counts and no names, newest first; `since` is when its address was made."""

    site: Site
    since: datetime
    entries: list[FeedEntry]

    @property
    def updated_at(self) -> datetime:
        return self.entries[0].count.told_until if self.entries else self.since


def read_click_feed(db: Database, keys: MasterKeys, *, token: str) -> ClickFeed:
    """Return the feed behind a secret address.  Raises NotKnown, whatever is wrong with it."""
    match = _TOKEN.fullmatch(token)
    with db.reading() as connection:
        row = click_feeds.newest(connection, match["site"]) if match else None
        if row is None or row.revoked_at is not None or not hmac.compare_digest(_token(keys, row), token):
            raise NotKnown("there is no such feed; its creator can look up the address on the page of the site")
        counts = told_clicks.newest_of_site(connection, row.site, limit=ENTRIES_MAX)
        thing_by_id = things.get_many(connection, {count.thing for count in counts})
        site = sites.get(connection, row.site)
    return ClickFeed(site, row.created_at, [FeedEntry(count, thing_by_id[count.thing]) for count in counts])


def has_click_feed(db: Database, *, owner: User, site: str) -> bool:
    """Tell whether a site's feed has an address.  Raises NotKnown, NotAllowed."""
    with db.reading() as connection:
        return _running(connection, owner, site) is not None


def make_click_feed(db: Database, keys: MasterKeys, *, owner: User, site: str, now: datetime) -> str:
    """Return the token of the feed's address, which is made if there is none.  Raises NotKnown, NotAllowed."""
    with db.writing() as connection:
        row = _running(connection, owner, site) or _add(connection, keys, site, now)
    return _token(keys, row)


def renew_click_feed(db: Database, keys: MasterKeys, *, owner: User, site: str, now: datetime) -> str:
    """Make a new address; the old one leads nowhere from now on.  Raises NotKnown, NotAllowed."""
    with db.writing() as connection:
        require_owner(sites.get(connection, site), owner)
        click_feeds.revoke(connection, site, now)
        row = _add(connection, keys, site, now)
    return _token(keys, row)


def stop_click_feed(db: Database, *, owner: User, site: str, now: datetime) -> None:
    """Let the address lead nowhere; twice is no error.  Raises NotKnown, NotAllowed."""
    with db.writing() as connection:
        require_owner(sites.get(connection, site), owner)
        click_feeds.revoke(connection, site, now)


def _running(connection: Connection, owner: User, site: str) -> ClickFeedRow | None:
    require_owner(sites.get(connection, site), owner)
    row = click_feeds.newest(connection, site)
    return row if row is not None and row.revoked_at is None else None


def _add(connection: Connection, keys: MasterKeys, site: str, now: datetime) -> ClickFeedRow:
    last = click_feeds.newest(connection, site)
    generation = last.generation + 1 if last else 1
    if generation > GENERATION_MAX:
        raise BadInput("this feed has used up its addresses; use a webhook instead")
    row = ClickFeedRow(site=site, generation=generation, master=keys.newest, created_at=now, revoked_at=None)
    click_feeds.add(connection, row)
    told_clicks.listen(connection, site, told_until=Month.of(now).start())
    return row


def _token(keys: MasterKeys, row: ClickFeedRow) -> str:
    secret = keys.derive("click feed", row.site, str(row.generation), master=row.master)
    return f"fcf1_{row.site}_{row.generation}_{b32encode(secret[:SECRET_BYTES]).decode().lower()}"
