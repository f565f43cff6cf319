"""Open a button: verify its token and find what it stands for.  Writes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from flattr_button import Claim, OutsideScope, RetiredKey, SiteOfToken, UnknownSite, VerifiedTokens
from receiver.actions.register_site import site_key
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.site import Site
from receiver.domain.thing import Thing, credible_modified, is_older
from receiver.store import clicks, sites, teams, things
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

# Of the whole process: that a signature fits its key is true for ever, and nothing else is remembered.
VERIFIED: Final = VerifiedTokens()


@dataclass(frozen=True, slots=True)
class OpenedButton:
    """What the confirm page shows: `thing` is None until the first click registers it."""

    claim: Claim
    site: Site
    paid_site: Site
    thing: Thing | None
    title: str
    is_own: bool
    click_id: str | None  # this month's click of the reader, if there is one
    was_undone: bool = False  # there was such a click, and the reader took it back
    is_unseen: bool = False  # a site token named it, and its page was not looked at yet: the title is the address


def open_button(db: Database, keys: MasterKeys, token: str, *, reader: User | None, now: datetime) -> OpenedButton:
    """Return what a button stands for, and how the reader stands to it.  Raises a BadToken."""
    with db.reading() as connection:
        claim, site, paid_site = verify_token(connection, keys, token, now)
        thing = things.find(connection, site.id, claim.identity)
        is_own = reader is not None and reader.id in teams.parts_of(connection, paid_site)
        click = None
        if reader is not None and thing is not None:
            click = clicks.find(connection, month=Month.of(now), reader=reader.id, thing=thing.id)
    offered = (claim.generation, credible_modified(claim.modified, now))
    is_stale = thing is not None and is_older(known=(thing.generation, thing.modified), offered=offered)
    return OpenedButton(
        claim=claim,
        site=site,
        paid_site=paid_site,
        thing=thing,
        title=thing.title if thing is not None and is_stale else claim.title,
        is_own=is_own,
        click_id=None if click is None or click.undone_at is not None else click.id,
        was_undone=click is not None and click.undone_at is not None,
    )


def verify_token(connection: Connection, keys: MasterKeys, token: str, now: datetime) -> tuple[Claim, Site, Site]:
    """Return the claim, the site that signed it, and the site that is paid: the longest verified scope around the page.

    The token names no payee, so copying or forging one moves no money to anybody else.
    Raises a BadToken.
    """
    claim, site = read_token(connection, keys, token, now)
    return claim, site, site_to_pay(connection, claim, site)


def read_token(connection: Connection, keys: MasterKeys, token: str, now: datetime) -> tuple[Claim, Site]:
    """Return the claim and the site that signed it.  Raises a BadToken."""
    return Signers(connection, keys, now).read(token)


def site_to_pay(connection: Connection, claim: Claim, site: Site) -> Site:
    """Return the site with the longest verified scope around the page, or else the one that signed.

    Raises OutsideScope if somebody else was verified for the page.
    """
    return allowed_to_pay(claim, site, sites.find_verified_around(connection, claim.url))


def allowed_to_pay(claim: Claim, site: Site, verified: Site | None) -> Site:
    """Do the same with the site that was verified for the page, if there is one."""
    if verified is None:
        return site
    if verified.id != site.id and verified.owner != site.owner:
        raise OutsideScope(claim.url, site.scope)  # a button signed by the wrong site is not shown as theirs
    return verified


class Signers:
    """Reads tokens at one moment, and looks each site and key up once, however many tokens they have signed."""

    def __init__(self, connection: Connection, keys: MasterKeys, now: datetime) -> None:
        self._connection, self._keys, self._now = connection, keys, now
        self._site_by_id: dict[str, Site] = {}
        self._found: dict[tuple[str, int], SiteOfToken] = {}

    def read(self, token: str) -> tuple[Claim, Site]:
        """Return the claim and the site that signed it.  Raises a BadToken."""
        claim = VERIFIED.claim_of(token, self._of_token)
        return claim, self._site_by_id[claim.site]

    def _of_token(self, site_id: str, generation: int) -> SiteOfToken:
        found = self._found.get((site_id, generation))
        if found is None:
            found = self._found[site_id, generation] = self._look_up(site_id, generation)
        return found

    def _look_up(self, site_id: str, generation: int) -> SiteOfToken:
        site = self._site_by_id.get(site_id) or sites.find(self._connection, site_id)
        key = sites.find_key(self._connection, site_id, generation)
        if site is None or key is None:
            raise UnknownSite(site_id, generation)
        if key.is_retired(self._now):
            assert key.retired_at is not None
            raise RetiredKey(key.retired_at)
        self._site_by_id[site_id] = site
        return SiteOfToken(site_key(self._keys, key).secret, site.scope)
