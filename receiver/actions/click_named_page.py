"""Record the click on a page that a site token names; the thing comes into being with its first click."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from receiver.actions.genuine import Button, Genuine
from receiver.actions.mint_click_token import read_click_token
from receiver.actions.open_named_page import NamedPage, find_named_thing, name_of_page, read_named_page
from receiver.actions.record_clicks import Receipt, record_press
from receiver.actions.register_things import register_thing
from receiver.domain.click import require_not_own, require_open
from receiver.domain.errors import BadClickToken, TooMany
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.store import months, named_things, teams
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

# Anybody can name odd addresses inside a scope, so new ones come slowly, and leave room for those of signed buttons.
NEW_PER_READER_AND_HOUR: Final = 10
NEW_PER_SITE_AND_HOUR: Final = 60
NAMED_PER_SITE_MAX: Final = 5_000
HOUR: Final = timedelta(hours=1)


def click_named_page(
    db: Database,
    keys: MasterKeys,
    *,
    reader: User,
    session: str,
    site_token: str,
    url: str,
    click_token: str,
    now: datetime,
    genuine: Genuine,
) -> Receipt:
    """Record the press on the confirm page of an address; pressing twice is no error.

    Raises a BadToken, BadUrl, BadClickToken, StaleClickToken, OwnThing, MonthClosed, AddressMissing, and TooMany if
    too many new addresses were named.
    """
    name = name_of_page(site_token, url)
    minted = read_click_token(keys, click_token, session=session, token=name, now=now)
    if minted.reader != reader.id:
        raise BadClickToken("this page was made for somebody else, or for another button; press the button again")
    month, button = Month.of(now), None
    with db.writing() as connection:
        page = read_named_page(connection, keys, site_token, address=url, now=now)
        require_not_own(reader.id, teams.parts_of(connection, page.paid_site))
        require_open(month, months.state(connection, month))
        months.begin(connection, month)
        found = find_named_thing(connection, page)
        thing = _begin_thing(connection, page, reader, now) if found is None else found.thing.id
        receipt = record_press(connection, reader=reader.id, thing=thing, minted_at=minted.minted_at, now=now)
        if found is not None and found.is_settled:
            button = Button(thing, page.claim.generation)
    if button is not None:  # only once it is committed, and will never be another thing
        genuine.remember_button(name, button)
    return receipt


def _begin_thing(connection: Connection, page: NamedPage, reader: User, now: datetime) -> int:
    """Let the thing of a page come into being, hidden from the directory until its page was looked at."""
    site, since = page.site.id, now - HOUR
    by_reader = named_things.count_of_reader_since(connection, site, since, reader=reader.id, month=Month.of(now))
    if by_reader >= NEW_PER_READER_AND_HOUR or named_things.count_since(connection, site, since) >= (
        NEW_PER_SITE_AND_HOUR
    ):
        raise TooMany("many new pages of this site were clicked within an hour; try again later", retry_after_s=3_600)
    if named_things.count_of_site(connection, site) >= NAMED_PER_SITE_MAX:
        raise TooMany(
            "a site token names at most %(most)s pages here; signed buttons have no such limit",
            most=NAMED_PER_SITE_MAX,
            retry_after_s=86_400,
        )
    thing, _ = register_thing(connection, page.claim, page.site, page.paid_site, now)
    named_things.add(connection, thing, site=site, now=now)
    return thing
