"""Statements about sites and the generations of their keys."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select, update

from receiver.domain.errors import NotKnown
from receiver.domain.search import words_of_site
from receiver.domain.site import Site, SiteKeyGeneration
from receiver.store.dialects import in_chunks
from receiver.store.schema import site_keys, sites, things, users


def add(connection: Connection, site: Site) -> None:
    connection.execute(
        insert(sites).values(
            id=site.id,
            owner_id=site.owner,
            scope=site.scope,
            title=site.title,
            created_at=site.created_at,
            words=words_of_site(site.title, site.scope),
        )
    )


def find(connection: Connection, site_id: str) -> Site | None:
    row = connection.execute(select(sites).where(sites.c.id == site_id)).one_or_none()
    return None if row is None else site_of_row(row)


def get(connection: Connection, site_id: str) -> Site:
    site = find(connection, site_id)
    if site is None:
        raise NotKnown("there is no site %(site)s", site=site_id)
    return site


def get_verified(connection: Connection, site_id: str) -> Site:
    """Return a site that anybody may see.  Raises NotKnown."""
    site = get(connection, site_id)
    if not site.is_verified:
        raise NotKnown("this site is not verified yet")
    return site


def say_words(connection: Connection) -> None:
    """Write the words of all sites anew."""
    for row in connection.execute(select(sites.c.id, sites.c.title, sites.c.scope)).all():
        words = words_of_site(row.title, row.scope)
        connection.execute(update(sites).where(sites.c.id == row.id).values(words=words))


def of_owner(connection: Connection, owner: int) -> list[Site]:
    rows = connection.execute(select(sites).where(sites.c.owner_id == owner).order_by(sites.c.created_at))
    return [site_of_row(row) for row in rows]


def unverified(connection: Connection) -> list[Site]:
    """Return the sites that are not verified, but for those whose creator has left."""
    statement = (
        select(sites)
        .join(users, users.c.id == sites.c.owner_id)
        .where(sites.c.verified_at.is_(None), users.c.erased_at.is_(None))
        .order_by(sites.c.created_at)
    )
    return [site_of_row(row) for row in connection.execute(statement)]


def find_verified_around(connection: Connection, url: str) -> Site | None:
    """Return the site with the longest verified scope that contains the address."""
    statement = (
        select(sites)
        .where(sites.c.scope.in_(_prefixes(url)), sites.c.verified_at.is_not(None))
        .order_by(func.length(sites.c.scope).desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else site_of_row(row)


def verified_around(connection: Connection, urls: Collection[str]) -> dict[str, Site | None]:
    """Return the same for many addresses."""
    prefixes_by_url = {url: _prefixes(url) for url in urls}
    scopes = {prefix for prefixes in prefixes_by_url.values() for prefix in prefixes}
    site_by_scope: dict[str, Site] = {}
    for some in in_chunks(scopes):
        statement = select(sites).where(sites.c.scope.in_(some), sites.c.verified_at.is_not(None))
        site_by_scope.update({row.scope: site_of_row(row) for row in connection.execute(statement)})
    return {
        url: next((site_by_scope[prefix] for prefix in reversed(prefixes) if prefix in site_by_scope), None)
        for url, prefixes in prefixes_by_url.items()
    }


def find_verified(connection: Connection, scope: str) -> Site | None:
    statement = select(sites).where(sites.c.scope == scope, sites.c.verified_at.is_not(None))
    row = connection.execute(statement).one_or_none()
    return None if row is None else site_of_row(row)


def creators_of_things(connection: Connection, *, first: int, last: int) -> dict[int, tuple[int, int | None]]:
    """Return who is paid for each thing of a range: the owner of its site, and the team that divides it, if any."""
    statement = select(things.c.id, sites.c.owner_id, sites.c.team_id).join(sites, sites.c.id == things.c.paid_site_id)
    rows = connection.execute(statement.where(things.c.id.between(first, last)))
    return {row[0]: (row[1], row[2]) for row in rows}


def set_verified(connection: Connection, site_id: str, *, at: datetime | None, by: str | None) -> None:
    connection.execute(update(sites).where(sites.c.id == site_id).values(verified_at=at, verified_by=by))


def add_key(connection: Connection, key: SiteKeyGeneration) -> None:
    connection.execute(
        insert(site_keys).values(
            site_id=key.site, generation=key.generation, master=key.master, created_at=key.created_at
        )
    )


def find_key(connection: Connection, site_id: str, generation: int) -> SiteKeyGeneration | None:
    c = site_keys.c
    row = connection.execute(select(site_keys).where(c.site_id == site_id, c.generation == generation)).one_or_none()
    return None if row is None else _key(row)


def newest_key(connection: Connection, site_id: str) -> SiteKeyGeneration:
    c = site_keys.c
    statement = select(site_keys).where(c.site_id == site_id).order_by(c.generation.desc()).limit(1)
    return _key(connection.execute(statement).one())


def retire_keys_before(connection: Connection, site_id: str, generation: int, at: datetime) -> None:
    """Retire older generations at this moment, unless they retire sooner already."""
    c = site_keys.c
    connection.execute(
        update(site_keys)
        .where(c.site_id == site_id, c.generation < generation, c.retired_at.is_(None) | (c.retired_at > at))
        .values(retired_at=at)
    )


def _prefixes(url: str) -> list[str]:
    """Return every scope that could contain the address: `https://a.example/`, `https://a.example/b/`, …"""
    path_start = url.index("/", url.index("://") + 3)
    return [url[: at + 1] for at in range(path_start, len(url)) if url[at] == "/"]


def site_of_row(row: Row[tuple[object, ...]]) -> Site:
    return Site(
        id=row.id,
        owner=row.owner_id,
        scope=row.scope,
        title=row.title,
        created_at=row.created_at,
        verified_at=row.verified_at,
        verified_by=row.verified_by,
        team=row.team_id,
    )


def _key(row: Row[tuple[object, ...]]) -> SiteKeyGeneration:
    return SiteKeyGeneration(
        site=row.site_id,
        generation=row.generation,
        master=row.master,
        created_at=row.created_at,
        retired_at=row.retired_at,
    )
