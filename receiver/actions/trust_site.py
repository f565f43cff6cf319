"""Trust a site: presses on its buttons then need no confirm page; and stop trusting it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from receiver.actions.undo_click import look_at_click
from receiver.domain.at_once import has_own_origin
from receiver.domain.errors import NotAllowed
from receiver.domain.person import User
from receiver.domain.site import Site
from receiver.store import sites, things, trusted_sites
from receiver.store.database import Database


@dataclass(frozen=True, slots=True)
class Trust:
    """How a reader stands to the site of a thing."""

    site: Site
    is_trusted: bool
    can_be_trusted: bool


@dataclass(frozen=True, slots=True)
class TrustedSite:
    site: Site
    since: datetime


def trust_site(db: Database, *, reader: User, click_id: str, now: datetime) -> Site:
    """Trust the site of a thing that the reader has clicked; twice is no error.  Returns the site.

    Raises NotKnown, and NotAllowed for a site that is not verified or shares its origin with others.
    """
    thing = look_at_click(db, reader=reader, click_id=click_id).thing
    with db.writing() as connection:
        site = sites.get(connection, things.get(connection, thing.id).paid_site)
        if not _can_be_trusted(site, reader):
            raise NotAllowed("only a verified site with a host of its own can be trusted so; others ask each time")
        trusted_sites.add(connection, reader=reader.id, site=site.id, now=now)
    return site


def distrust_site(db: Database, *, reader: User, site: str) -> None:
    """Let a site ask each time again; twice is no error."""
    with db.writing() as connection:
        trusted_sites.remove(connection, reader=reader.id, site=site)


def look_at_trust(db: Database, *, reader: User, thing: int) -> Trust:
    with db.reading() as connection:
        site = sites.get(connection, things.get(connection, thing).paid_site)
        is_trusted = trusted_sites.is_trusted(connection, reader=reader.id, site=site.id)
    return Trust(site, is_trusted, _can_be_trusted(site, reader))


def list_trusted_sites(db: Database, *, reader: User) -> list[TrustedSite]:
    """Return the sites that a reader trusts, the newest first."""
    with db.reading() as connection:
        return [_trusted(connection, site, since) for site, since in trusted_sites.of_reader(connection, reader.id)]


def _trusted(connection: Connection, site: str, since: datetime) -> TrustedSite:
    return TrustedSite(sites.get(connection, site), since)


def _can_be_trusted(site: Site, reader: User) -> bool:
    return site.is_verified and site.owner != reader.id and has_own_origin(site.scope)
