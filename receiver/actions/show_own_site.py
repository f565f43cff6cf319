"""Show creators their sites: how far each is set up, and one of them with its newest things."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection

from receiver.actions.find_own_things import OwnThing, clicks_ever
from receiver.actions.mint_site_token import mint_site_token
from receiver.actions.register_site import require_owner
from receiver.domain.month import Month
from receiver.domain.ownership import Proof, proof_line, record_name
from receiver.domain.person import User
from receiver.domain.site import Site, SiteKeyGeneration
from receiver.store import clicks, sites, things
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

NEWEST_SHOWN: Final = 10


class Step(StrEnum):
    """What a creator does next for a site."""

    BUILD = "build"
    REBUILD = "rebuild"  # with the newest key: what is known was signed with an older one
    VERIFY = "verify"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Setup:
    """How far a site is set up, as the receiver knows it at this moment.

    The key was given when it was made, for it stands in that very answer.  `seen_at` is when the first thing came, in
    the list of a build or by a click; None also if only the site as a whole was clicked, or its list was fetched.
    """

    site: Site
    key: SiteKeyGeneration
    is_seen: bool
    seen_at: datetime | None
    seen_generation: int | None

    @property
    def uses_old_key(self) -> bool:
        return self.seen_generation is not None and self.seen_generation < self.key.generation

    @property
    def next_step(self) -> Step:
        if not self.is_seen:
            return Step.BUILD
        if not self.site.is_verified:
            return Step.VERIFY
        return Step.REBUILD if self.uses_old_key else Step.NOTHING


@dataclass(frozen=True, slots=True)
class SiteLine:
    """A site among others; `this_month` counts clicks."""

    setup: Setup
    things: int
    this_month: int


@dataclass(frozen=True, slots=True)
class OwnSite:
    """A site as its creator sees it; `proof` is what its record or its tag has to say, `record` the name of the former,
    None if a record cannot prove this scope.
    """

    site: Site
    setup: Setup
    site_token: str  # public; for platforms that cannot sign
    proof: str
    record: str | None
    newest: list[OwnThing]
    things: int

    @property
    def generation(self) -> int:
        return self.setup.key.generation


def list_own_sites(db: Database, *, owner: User, month: Month) -> list[SiteLine]:
    with db.reading() as connection:
        return [
            SiteLine(
                _setup(connection, site),
                things.count_paid_to(connection, site.id),
                sum(clicks.count_by_thing(connection, month, site.id).values()),
            )
            for site in sites.of_owner(connection, owner.id)
        ]


def show_own_site(db: Database, keys: MasterKeys, *, owner: User, site: str, receiver: str, month: Month) -> OwnSite:
    """Return the site with its newest things, hidden ones too.  Raises NotKnown, NotAllowed."""
    with db.reading() as connection:
        known = sites.get(connection, site)
        require_owner(known, owner)
        setup = _setup(connection, known)
        this_month, ever = clicks.count_by_thing(connection, month, site), clicks_ever(connection, known)
        newest = things.of_site(connection, site, limit=NEWEST_SHOWN)
        return OwnSite(
            site=known,
            setup=setup,
            site_token=mint_site_token(keys, known, setup.key).text(),
            proof=proof_line(receiver=receiver, site=site),
            record=record_name(known.scope),
            newest=[OwnThing(thing, this_month.get(thing.id, 0), ever.get(thing.id, 0)) for thing in newest],
            things=things.count_paid_to(connection, site),
        )


def _setup(connection: Connection, site: Site) -> Setup:
    first = things.first_signed_by(connection, site.id)
    is_seen = first is not None or site.verified_by == Proof.WELL_KNOWN or bool(clicks_ever(connection, site))
    key = sites.newest_key(connection, site.id)
    return Setup(site, key, is_seen, *(first or (None, None)))
