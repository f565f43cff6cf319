"""Look once at each page that a site token named: for its title, and whether it is a page that we know already.

Outside of every press and every transaction: the click is recorded when the reader presses, and what is due stands in
the database, so a receiver that was killed goes on where it was.
"""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urljoin

from sqlalchemy import Connection

from flattr_button import BadUrl, Claim, OutsideScope, canonical_url, cleaned_title, is_in_scope
from flattr_button.claim import LANGUAGE
from receiver.actions.open_button import site_to_pay
from receiver.actions.open_named_page import title_of_address
from receiver.domain.click import MonthState
from receiver.domain.errors import FetchRefused
from receiver.domain.page_head import PageHead, read_head
from receiver.domain.site import Site
from receiver.domain.thing import Thing
from receiver.gateways.pages import HTML, PageFetcher
from receiver.store import months, named_things, sites, things
from receiver.store.database import Database

PAGES_AT_ONCE: Final = 20  # in one round of housekeeping; a server that drips holds it for twenty seconds each
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (10, 60, 360, 1_440))  # before looking again


def look_at_named_pages(db: Database, fetcher: PageFetcher, *, now: datetime) -> int:
    """Look at the pages that are due; return how many told of themselves.

    One that cannot be fetched is tried again, five times in all, and keeps its address for a title.
    """
    with db.reading() as connection:
        due = named_things.due(connection, now, limit=PAGES_AT_ONCE)
        known = things.get_many(connection, due)
    seen = 0
    for thing in due:
        try:
            head = read_head(fetcher.fetch(known[thing].url, accept=HTML))
        except FetchRefused:
            with db.writing() as connection:
                _put_off(connection, thing, now)
        else:
            with db.writing() as connection:
                _take(connection, things.get(connection, thing), head, now)
            seen += 1
    return seen


def _put_off(connection: Connection, thing: int, now: datetime) -> None:
    tries = named_things.tries_of(connection, thing) + 1
    again = now + PAUSES[tries - 1] if tries <= len(PAUSES) else None
    named_things.set_look(connection, thing, at=again, tries=tries)


def _take(connection: Connection, thing: Thing, head: PageHead, now: datetime) -> None:
    """Take what the page says of itself, unless a signed button has told more of it meanwhile."""
    named_things.set_look(connection, thing.id, at=None, tries=named_things.tries_of(connection, thing.id) + 1)
    if not _is_as_named(thing):
        return
    site = sites.get(connection, thing.site)
    url, paid_site = _where(connection, thing, head, site)
    if paid_site.id != thing.paid_site and months.in_state(connection, MonthState.CLOSING):
        named_things.set_look(connection, thing.id, at=now + PAUSES[0], tries=0)  # who is paid stays till it is closed
        return
    same = None if url == thing.url else _known_at(connection, site, url)
    if same is not None and same.id != thing.id:
        # The thing keeps the clicks that it has, which are paid to the same creator; the next ones go to the other.
        things.move_aliases(connection, thing.id, to=same.id)
        things.add_alias(connection, same.id, site=site.id, identity=thing.identity)
        _describe(connection, thing, head, url=thing.url, paid_site=thing.paid_site, hidden=True)
        return
    if url != thing.url:
        things.add_alias(connection, thing.id, site=site.id, identity=f"u:{url}")
    _describe(connection, thing, head, url=url, paid_site=paid_site.id, hidden=False)


def _is_as_named(thing: Thing) -> bool:
    return thing.hidden and thing.title == title_of_address(thing.url)


def _where(connection: Connection, thing: Thing, head: PageHead, site: Site) -> tuple[str, Site]:
    """Return the address that the page gives as its own, if that is ours too, and the site that is paid for it."""
    for url in (_canonical(thing, head), thing.url):
        if not is_in_scope(url, site.scope) or (url == site.scope and url != thing.url):
            continue  # a template that calls every page the start page
        claim = Claim(site=site.id, generation=thing.generation, url=url, title=title_of_address(url))
        try:
            return url, site_to_pay(connection, claim, site)
        except OutsideScope:
            continue
    return thing.url, sites.get(connection, thing.paid_site)


def _canonical(thing: Thing, head: PageHead) -> str:
    try:
        return canonical_url(urljoin(thing.url, head.canonical)) if head.canonical else thing.url
    except (BadUrl, ValueError):  # urljoin's own, of brackets that hold no address
        return thing.url


def _known_at(connection: Connection, site: Site, url: str) -> Thing | None:
    identity = f"u:{url}"
    return (
        things.find_alias(connection, site.id, identity)
        or things.find(connection, site.id, identity)
        or things.find_at(connection, site.id, url)
    )


def _describe(connection: Connection, thing: Thing, head: PageHead, *, url: str, paid_site: str, hidden: bool) -> None:
    things.change(
        connection,
        thing.id,
        paid_site=paid_site,
        url=url,
        title=cleaned_title(head.title) or title_of_address(url),
        language=head.language if LANGUAGE.fullmatch(head.language) else None,
        category=thing.category,
        tags=thing.tags,
        hidden=hidden,
        generation=thing.generation,
        modified=thing.modified,
        original=thing.original,
    )
