"""Open the page that a site token and an address name.  Writes nothing."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection

from flattr_button import BadUrl, Claim, OutsideScope, canonical_url, cleaned_title, is_in_scope
from receiver.actions.mint_site_token import read_site_token
from receiver.actions.open_button import OpenedButton, site_to_pay
from receiver.domain.errors import AddressMissing
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.site import Site
from receiver.domain.thing import Thing
from receiver.store import clicks, named_things, teams, things
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys


@dataclass(frozen=True, slots=True)
class NamedPage:
    """A page as a site token and an address name it: a claim of ours, which says no more than the address."""

    claim: Claim
    site: Site
    paid_site: Site


@dataclass(frozen=True, slots=True)
class NamedThing:
    """The thing of a page.  It stays the thing of this name if `is_settled`, whatever is learnt of the page."""

    thing: Thing
    is_settled: bool


def open_named_page(
    db: Database,
    keys: MasterKeys,
    site_token: str,
    *,
    address: str,
    referrer: str = "",
    reader: User | None,
    now: datetime,
) -> OpenedButton:
    """Return what the confirm page shows of a page; without an address, of the one that the reader comes from.

    Raises a BadToken, BadUrl, AddressMissing.
    """
    with db.reading() as connection:
        page = read_named_page(connection, keys, site_token, address=address, referrer=referrer, now=now)
        found = find_named_thing(connection, page)
        is_own = reader is not None and reader.id in teams.parts_of(connection, page.paid_site)
        click = None
        if reader is not None and found is not None:
            click = clicks.find(connection, month=Month.of(now), reader=reader.id, thing=found.thing.id)
    thing = None if found is None else found.thing
    title = page.claim.title if thing is None else thing.title
    return OpenedButton(
        claim=page.claim,
        site=page.site,
        paid_site=page.paid_site,
        thing=thing,
        title=title,
        is_own=is_own,
        click_id=None if click is None or click.undone_at is not None else click.id,
        is_unseen=title == page.claim.title,
    )


def read_named_page(
    connection: Connection, keys: MasterKeys, site_token: str, *, address: str, referrer: str = "", now: datetime
) -> NamedPage:
    """Return the page that is named, if it lies in the scope of the site.

    Raises a BadToken, BadUrl, AddressMissing.
    """
    token, site = read_site_token(connection, keys, site_token, now)
    url = canonical_url(address) if address else _page_of_referrer(referrer, site.scope)
    if not is_in_scope(url, site.scope):
        raise OutsideScope(url, site.scope)
    claim = Claim(site=site.id, generation=token.generation, url=url, title=title_of_address(url), hidden=True)
    return NamedPage(claim, site, site_to_pay(connection, claim, site))


def find_named_thing(connection: Connection, page: NamedPage) -> NamedThing | None:
    """Return the thing of a page: the one to which its address leads, has its name, or stands at its address."""
    site, identity = page.site.id, page.claim.identity
    thing = things.find_alias(connection, site, identity) or things.find(connection, site, identity)
    if thing is not None:
        return NamedThing(thing, is_settled=not named_things.is_unseen(connection, thing.id))
    thing = things.find_at(connection, site, page.claim.url)
    return None if thing is None else NamedThing(thing, is_settled=False)  # it may move away


def name_of_page(site_token: str, url: str) -> str:
    """Return the text by which a page is known; the space keeps it from ever being a token of a button."""
    return f"{site_token} {url}"


def title_of_address(url: str) -> str:
    """Return what a page is called until it was looked at: a link can say any title, but only its own address."""
    place = url.partition("://")[2].rstrip("/")
    return cleaned_title(unquote(place)) or cleaned_title(place)


def _page_of_referrer(referrer: str, scope: str) -> str:
    """Return the page from which a reader comes, if the browser says more of it than its origin."""
    try:
        url = canonical_url(referrer)
    except BadUrl:
        raise AddressMissing(scope) from None
    if not is_in_scope(url, scope) or (urlsplit(url).path, urlsplit(url).query) == ("/", ""):
        raise AddressMissing(scope)
    return url
