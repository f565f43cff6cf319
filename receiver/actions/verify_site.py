"""Verify that a site's address is its creator's: by a file on the site, by its DNS, by the head of its front page, or
by the operator's word.
"""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urljoin

from sqlalchemy import Connection

from flattr_button import BadThingsList, ThingsList
from flattr_button.things_list import WELL_KNOWN_PATH
from receiver.actions.register_site import require_owner, site_key
from receiver.actions.try_own_page import PageTries
from receiver.domain.click import MonthState
from receiver.domain.errors import MonthClosing, NotAllowed, NotProven, PastMonthOpen, ScopeTaken
from receiver.domain.month import Month
from receiver.domain.ownership import Proof, is_proof, proof_line, record_name, shown
from receiver.domain.page_head import read_head
from receiver.domain.person import User
from receiver.domain.site import Site
from receiver.gateways.pages import HTML, PageFetcher
from receiver.gateways.text_records import TextRecords
from receiver.store import months, sites, things, users
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys


def verify_by_well_known(
    db: Database, keys: MasterKeys, fetcher: PageFetcher, *, owner: User, site: str, receiver: str, now: datetime
) -> Site:
    """Fetch the signed list from the site itself; whoever can put it there rules the scope.

    Raises FetchRefused, NotProven, ScopeTaken.
    """
    known = _own(db, owner, site)
    address = urljoin(known.scope, WELL_KNOWN_PATH)
    body = fetcher.fetch(address)  # outside of any transaction: the network is slow
    try:
        listing = ThingsList.parse(body)
    except BadThingsList as error:
        raise NotProven("%(address)s: %(fault)s", address=address, fault=error) from None
    with db.writing() as connection:
        key = sites.find_key(connection, site, listing.generation) if listing.site == site else None
        if key is None or key.is_retired(now):
            raise NotProven(
                "%(address)s is signed for another site or with a retired key; build with the newest key",
                address=address,
            )
        try:
            listing.verify(site_key(keys, key).secret, receiver=receiver, scope=known.scope)
        except BadThingsList as error:
            raise NotProven("%(address)s: %(fault)s", address=address, fault=error) from None
        return _set_verified(connection, site, by=Proof.WELL_KNOWN, now=now)


def verify_by_dns(
    db: Database, records: TextRecords, tries: PageTries, *, owner: User, site: str, receiver: str, now: datetime
) -> Site:
    """Ask the name servers for the record that names this site; whoever can put it there rules the whole host.

    Raises TooMany, FetchRefused, NotProven, ScopeTaken, MonthClosing.
    """
    known = _own(db, owner, site)
    name = record_name(known.scope)
    if name is None:
        raise NotProven(
            "%(scope)s is no whole host, and a record would speak for all of it; show a file or a tag instead",
            scope=known.scope,
        )
    tries.take(owner.id, now)
    _require_line(records.texts_of(name), proof_line(receiver=receiver, site=site), where=f"TXT {name}")
    with db.writing() as connection:
        return _set_verified(connection, site, by=Proof.DNS, now=now)


def verify_by_head(
    db: Database, fetcher: PageFetcher, tries: PageTries, *, owner: User, site: str, receiver: str, now: datetime
) -> Site:
    """Fetch the front page of the scope, and look for the tag that names this site in its head.

    Raises TooMany, FetchRefused, NotProven, ScopeTaken, MonthClosing.
    """
    known = _own(db, owner, site)
    tries.take(owner.id, now)
    head = read_head(fetcher.fetch(known.scope, accept=HTML))
    _require_line(head.owners, proof_line(receiver=receiver, site=site), where=known.scope)
    with db.writing() as connection:
        return _set_verified(connection, site, by=Proof.HEAD, now=now)


def _own(db: Database, owner: User, site: str) -> Site:
    with db.reading() as connection:
        known = sites.get(connection, site)
    require_owner(known, owner)
    return known


def _require_line(said: Sequence[str], wanted: str, *, where: str) -> None:
    """Raise NotProven, saying what was found instead, unless one of these says what is wanted."""
    if any(is_proof(one, wanted) for one in said):
        return
    if not said:
        raise NotProven("%(where)s says nothing of a site here; it has to say: %(wanted)s", where=where, wanted=wanted)
    raise NotProven(
        "%(where)s says “%(found)s”; it has to say: %(wanted)s", where=where, found=shown(said), wanted=wanted
    )


def approve_site(db: Database, *, site: str, now: datetime) -> Site:
    """Verify a site by the operator's word.  Raises NotKnown, ScopeTaken."""
    with db.writing() as connection:
        return _set_verified(connection, site, by="operator", now=now)


def withdraw_site(db: Database, *, site: str, now: datetime) -> Site:
    """Take a verification back: what was clicked this month, and is clicked from now on, waits; what was earned stays.

    Raises NotKnown, MonthClosing, PastMonthOpen: a month that is over is closed first, because its clicks were made
    while the site was verified.
    """
    with db.writing() as connection:
        known = sites.get(connection, site)
        _require_none_closing(connection)
        first_open = months.first_not_closed(connection)
        if first_open is not None and first_open < Month.of(now):
            raise PastMonthOpen(first_open)
        withdraw_verification(connection, site)
        return sites.get(connection, known.id)


def withdraw_verification(connection: Connection, site: str) -> None:
    """Take a verification back; its things are paid to whoever else is verified around them."""
    sites.set_verified(connection, site, at=None, by=None)
    for thing in things.paid_to(connection, site):
        around = sites.find_verified_around(connection, thing.url)
        things.pay(connection, thing.id, site=around.id if around else thing.site)


def _set_verified(connection: Connection, site: str, *, by: str, now: datetime) -> Site:
    known = sites.get(connection, site)
    if known.is_verified:
        return known
    if users.has_left(connection, known.owner):
        raise NotAllowed("the creator of this site has left; whoever has it now registers it anew")
    _require_none_closing(connection)
    holder = sites.find_verified(connection, known.scope)
    if holder is not None:
        raise ScopeTaken(
            "%(scope)s is verified for another site (%(site)s); the operator has to look at both",
            scope=known.scope,
            site=holder.id,
        )
    sites.set_verified(connection, site, at=now, by=by)
    things.pay_within(connection, scope=known.scope, site=site)
    return sites.get(connection, site)


def _require_none_closing(connection: Connection) -> None:
    """Readers are charged before creators are paid; in between, both must see the same owners."""
    if months.in_state(connection, MonthState.CLOSING):
        raise MonthClosing
