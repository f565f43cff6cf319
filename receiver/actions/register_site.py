"""Register a site and give its creator the key; renew the key."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from flattr_button import BadUrl, SiteKey, canonical_scope, cleaned_title
from flattr_button.claim import GENERATION_MAX, ID_ALPHABET
from receiver.domain.errors import BadInput, BadSiteAddress, NotAllowed
from receiver.domain.person import User
from receiver.domain.site import Site, SiteKeyGeneration
from receiver.domain.thing import SITE_IDENTITY
from receiver.store import sites, things
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

KEY_GRACE: Final = timedelta(days=90)
SITES_PER_USER_MAX: Final = 100


def register_site(db: Database, keys: MasterKeys, *, owner: User, address: str, title: str, now: datetime) -> SiteKey:
    """Register a site, not verified yet, and return its first key.

    Raises BadSiteAddress or BadInput.
    """
    address = address.strip()
    try:
        scope = canonical_scope(address if "://" in address else f"https://{address}")
    except BadUrl as error:
        raise BadSiteAddress("%(fault)s", fault=error) from None
    site = Site(
        id="".join(secrets.choice(ID_ALPHABET) for _ in range(10)),
        owner=owner.id,
        scope=scope,
        title=cleaned_title(title) or scope.partition("://")[2].rstrip("/"),
        created_at=now,
        verified_at=None,
        verified_by=None,
    )
    generation = SiteKeyGeneration(site=site.id, generation=1, master=keys.newest, created_at=now, retired_at=None)
    with db.writing() as connection:
        if len(sites.of_owner(connection, owner.id)) >= SITES_PER_USER_MAX:
            raise BadInput("%(most)s sites a person is the limit here; ask the operator", most=SITES_PER_USER_MAX)
        sites.add(connection, site)
        sites.add_key(connection, generation)
        things.add(
            connection,
            site=site.id,
            paid_site=site.id,
            identity=SITE_IDENTITY,
            now=now,
            url=scope,
            title=site.title,
            language=None,
            category=None,
            tags=(),
            hidden=False,
            generation=1,
            modified=None,
            original=None,
        )
    return site_key(keys, generation)


def show_site_key(db: Database, keys: MasterKeys, *, owner: User, site: str) -> SiteKey:
    """Return the newest key of one's own site."""
    with db.reading() as connection:
        require_owner(sites.get(connection, site), owner)
        return site_key(keys, sites.newest_key(connection, site))


def rotate_site_key(
    db: Database, keys: MasterKeys, *, owner: User, site: str, generation: int, now: datetime
) -> SiteKey:
    """Make a new key; older ones go on verifying for 90 days, because old pages live in caches and feeds.

    `generation` is the one to be succeeded, as the creator's page showed it: asking twice makes one new key.
    """
    return _new_key(db, keys, owner, site, generation, now=now, older_retire_at=now + KEY_GRACE)


def replace_leaked_site_key(
    db: Database, keys: MasterKeys, *, owner: User, site: str, generation: int, now: datetime
) -> SiteKey:
    """Make a new key; older ones are refused from now on, so every page must be built again.

    `generation` is the one to be succeeded: asking twice makes one new key.
    """
    return _new_key(db, keys, owner, site, generation, now=now, older_retire_at=now)


def site_key(keys: MasterKeys, generation: SiteKeyGeneration) -> SiteKey:
    """Derive a site's key; it is never stored."""
    secret = keys.derive("site key", generation.site, str(generation.generation), master=generation.master)
    return SiteKey(generation.site, generation.generation, secret.hex().encode())


def require_owner(site: Site, user: User) -> None:
    if site.owner != user.id:
        raise NotAllowed("this is somebody else's site")


def _new_key(
    db: Database,
    keys: MasterKeys,
    owner: User,
    site: str,
    succeeded: int,
    *,
    now: datetime,
    older_retire_at: datetime,
) -> SiteKey:
    with db.writing() as connection:
        require_owner(sites.get(connection, site), owner)
        newest = sites.newest_key(connection, site)
        if newest.generation == GENERATION_MAX:
            raise BadInput("this site has used up its keys; register it anew")
        if newest.generation != succeeded:
            sites.retire_keys_before(connection, site, newest.generation, older_retire_at)
            return site_key(keys, newest)
        generation = SiteKeyGeneration(
            site=site, generation=newest.generation + 1, master=keys.newest, created_at=now, retired_at=None
        )
        sites.add_key(connection, generation)
        sites.retire_keys_before(connection, site, generation.generation, older_retire_at)
    return site_key(keys, generation)
