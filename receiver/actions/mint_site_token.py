"""Mint the site token of a site whose platform cannot sign, and read it again.

The receiver signs it with a key of its own for this purpose, derived by site and generation, never with the site key:
that one may sign claims and stays the creator's secret.
"""

from datetime import datetime

from sqlalchemy import Connection

from flattr_button import RetiredSiteToken, SiteToken, UnknownSite
from receiver.domain.site import Site, SiteKeyGeneration
from receiver.store import sites
from receiver.store.master_keys import MasterKeys


def mint_site_token(keys: MasterKeys, site: Site, generation: SiteKeyGeneration) -> SiteToken:
    """Return the site token of a generation of a site's key; it is never stored, and retires with the key."""
    assert generation.site == site.id
    secret = _secret(keys, generation)
    return SiteToken.signed(secret, site=site.id, generation=generation.generation, scope=site.scope)


def read_site_token(connection: Connection, keys: MasterKeys, text: str, now: datetime) -> tuple[SiteToken, Site]:
    """Return a genuine site token and its site.

    Raises MalformedToken, UnknownSite, RetiredSiteToken, ForgedToken.
    """
    token = SiteToken.parse(text)
    site = sites.find(connection, token.site)
    key = sites.find_key(connection, token.site, token.generation)
    if site is None or key is None:
        raise UnknownSite(token.site, token.generation)
    if key.is_retired(now):
        assert key.retired_at is not None
        raise RetiredSiteToken(key.retired_at)
    token.verify(_secret(keys, key), scope=site.scope)
    return token, site


def _secret(keys: MasterKeys, generation: SiteKeyGeneration) -> bytes:
    return keys.derive("site token", generation.site, str(generation.generation), master=generation.master)
