"""Statements about things."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from receiver.domain.errors import NotKnown
from receiver.domain.search import words_of_thing
from receiver.domain.thing import SITE_IDENTITY, Thing
from receiver.store.dialects import in_chunks, insert_or
from receiver.store.schema import sites, thing_aliases, things


@dataclass(frozen=True, slots=True)
class ThingName:
    id: int
    title: str
    url: str


def find(connection: Connection, site_id: str, identity: str) -> Thing | None:
    """Return the thing of this identity, else the one to which it leads as an alias."""
    c = things.c
    row = connection.execute(select(things).where(c.site_id == site_id, c.identity == identity)).one_or_none()
    return find_alias(connection, site_id, identity) if row is None else thing_of_row(row)


def find_alias(connection: Connection, site_id: str, identity: str) -> Thing | None:
    c = thing_aliases.c
    statement = select(things).join(thing_aliases, c.thing_id == things.c.id)
    row = connection.execute(statement.where(c.site_id == site_id, c.identity == identity)).one_or_none()
    return None if row is None else thing_of_row(row)


def find_many(connection: Connection, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], Thing]:
    """Return the things there are of these, by site and identity; aliases are followed by `find` alone."""
    found: dict[tuple[str, str], Thing] = {}
    for site_id in {site_id for site_id, _ in names}:
        identities = {identity for other, identity in names if other == site_id}
        for some in in_chunks(identities):
            statement = select(things).where(things.c.site_id == site_id, things.c.identity.in_(some))
            found.update({(row.site_id, row.identity): thing_of_row(row) for row in connection.execute(statement)})
    return found


def find_at(connection: Connection, site_id: str, url: str) -> Thing | None:
    """Return the thing of a site that stands at this address, whatever its identity; of several the newest."""
    c = things.c
    statement = select(things).where(c.url == url, c.site_id == site_id).order_by(c.id.desc()).limit(1)
    row = connection.execute(statement).one_or_none()
    return None if row is None else thing_of_row(row)


def add_alias(connection: Connection, thing_id: int, *, site: str, identity: str) -> None:
    """Let an identity lead to a thing; one that leads somewhere already goes on doing so."""
    statement = insert_or(connection, thing_aliases).values(site_id=site, identity=identity, thing_id=thing_id)
    connection.execute(statement.on_conflict_do_nothing())


def move_aliases(connection: Connection, thing_id: int, *, to: int) -> None:
    """Let what leads to one thing lead to another."""
    c = thing_aliases.c
    connection.execute(update(thing_aliases).where(c.thing_id == thing_id).values(thing_id=to))


def get(connection: Connection, thing_id: int) -> Thing:
    row = connection.execute(select(things).where(things.c.id == thing_id)).one_or_none()
    if row is None:
        raise NotKnown("there is no such thing here")
    return thing_of_row(row)


def get_many(connection: Connection, thing_ids: Collection[int]) -> dict[int, Thing]:
    rows = connection.execute(select(things).where(things.c.id.in_(thing_ids)))
    return {row.id: thing_of_row(row) for row in rows}


def add(connection: Connection, *, site: str, paid_site: str, identity: str, now: datetime, **about: Any) -> int:
    """Insert a thing and return its id; `about` is what its claim says of it."""
    result = connection.execute(
        insert(things).values(
            site_id=site, paid_site_id=paid_site, identity=identity, registered_at=now, **_columns(about)
        )
    )
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def change(connection: Connection, thing_id: int, *, paid_site: str, **about: Any) -> None:
    connection.execute(update(things).where(things.c.id == thing_id).values(paid_site_id=paid_site, **_columns(about)))


def count_of_site(connection: Connection, site_id: str) -> int:
    return connection.execute(select(func.count()).where(things.c.site_id == site_id)).scalar_one()


def count_paid_to(connection: Connection, site_id: str) -> int:
    """Return how many things are paid to a site, the site itself not counted."""
    c = things.c
    statement = select(func.count()).where(c.paid_site_id == site_id, c.identity != SITE_IDENTITY)
    return connection.execute(statement).scalar_one()


def pay_within(connection: Connection, *, scope: str, site: str) -> None:
    """Pay a site for all things inside its newly verified scope, but for those inside a longer verified one."""
    longer = select(sites.c.scope).where(
        sites.c.verified_at.is_not(None),
        sites.c.id == things.c.paid_site_id,
        func.length(sites.c.scope) > len(scope),
    )
    # A range instead of `like`: an index serves it, and no character of the scope is a wildcard.
    connection.execute(
        update(things)
        .where(things.c.url >= scope, things.c.url < scope[:-1] + chr(ord("/") + 1), ~longer.exists())
        .values(paid_site_id=site)
    )


def paid_to(connection: Connection, site_id: str) -> list[Thing]:
    return [thing_of_row(row) for row in connection.execute(select(things).where(things.c.paid_site_id == site_id))]


def pay(connection: Connection, thing_id: int, *, site: str) -> None:
    connection.execute(update(things).where(things.c.id == thing_id).values(paid_site_id=site))


def paid_site_by_thing(connection: Connection, thing_ids: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in in_chunks(thing_ids):
        statement = select(things.c.id, things.c.paid_site_id).where(things.c.id.in_(some))
        found.update({row.id: row.paid_site_id for row in connection.execute(statement)})
    return found


def of_site(connection: Connection, site_id: str, *, limit: int, offset: int = 0) -> list[Thing]:
    """Return what its creator sees of a site, hidden things too, newest first."""
    c = things.c
    statement = (
        select(things)
        .where(c.paid_site_id == site_id, c.identity != SITE_IDENTITY)
        .order_by(c.registered_at.desc(), c.id.desc())
    )
    return [thing_of_row(row) for row in connection.execute(statement.limit(limit).offset(offset))]


def names_of_site(connection: Connection, site_id: str) -> list[ThingName]:
    """Return what its creator can search of a site, newest first."""
    c = things.c
    statement = (
        select(c.id, c.title, c.url)
        .where(c.paid_site_id == site_id, c.identity != SITE_IDENTITY)
        .order_by(c.registered_at.desc(), c.id.desc())
    )
    return [ThingName(row.id, row.title, row.url) for row in connection.execute(statement)]


def first_signed_by(connection: Connection, site_id: str) -> tuple[datetime, int] | None:
    """Return when the first thing that a site's key signed came, and the newest generation of a key among all."""
    c = things.c
    statement = select(func.min(c.registered_at), func.max(c.generation)).where(
        c.site_id == site_id, c.identity != SITE_IDENTITY
    )
    first, generation = connection.execute(statement).one()
    return None if first is None else (first, generation)


def signed_by(connection: Connection, site_id: str, *, after: int, limit: int) -> list[Thing]:
    """Return the things that a site's key signed, in the order in which they came, behind the one of a number."""
    c = things.c
    statement = select(things).where(c.site_id == site_id, c.identity != SITE_IDENTITY, c.id > after)
    return [thing_of_row(row) for row in connection.execute(statement.order_by(c.id).limit(limit))]


def registered_after(connection: Connection, site_id: str, *, after: int, before: datetime, limit: int) -> list[Thing]:
    """Return the things paid to a site behind the one of a number, up to the first that came after a moment."""
    c = things.c
    behind = (c.paid_site_id == site_id, c.identity != SITE_IDENTITY, c.id > after)
    end = select(func.min(c.id)).where(*behind, c.registered_at >= before).scalar_subquery()
    statement = select(things).where(*behind, end.is_(None) | (c.id < end)).order_by(c.id).limit(limit)
    return [thing_of_row(row) for row in connection.execute(statement)]


def last(connection: Connection) -> int:
    """Return the number of the last thing of any site; 0 before the first."""
    return int(connection.execute(select(func.coalesce(func.max(things.c.id), 0))).scalar_one())


def url_by_thing(connection: Connection, site_id: str) -> dict[int, str]:
    """Return the addresses of all things that a site's key signed."""
    c = things.c
    statement = select(c.id, c.url).where(c.site_id == site_id, c.identity != SITE_IDENTITY)
    return {row.id: row.url for row in connection.execute(statement)}


def say_words(connection: Connection, *, after: int, limit: int) -> tuple[int | None, int]:
    """Write the words of the things behind one anew; return the last of them, None at the end, and how many."""
    c = things.c
    rows = [
        thing_of_row(row) for row in connection.execute(select(things).where(c.id > after).order_by(c.id).limit(limit))
    ]
    if not rows:
        return None, 0
    # First none, so that the triggers see a change in every row and write the index of each.
    connection.execute(update(things).where(c.id.between(rows[0].id, rows[-1].id)).values(words=""))
    connection.execute(
        update(things).where(c.id == bindparam("thing")).values(words=bindparam("said")),
        [
            {
                "thing": row.id,
                "said": words_of_thing(row.title, language=row.language, category=row.category, tags=row.tags),
            }
            for row in rows
        ],
    )
    return rows[-1].id, len(rows)


def _columns(about: dict[str, Any]) -> dict[str, Any]:
    columns = dict(about)
    columns["tags"] = json.dumps(list(about["tags"]), ensure_ascii=False)
    columns["hidden"] = int(about["hidden"])
    columns["words"] = words_of_thing(
        about["title"], language=about["language"], category=about["category"], tags=about["tags"]
    )
    return columns


def thing_of_row(row: Row[tuple[object, ...]]) -> Thing:
    return Thing(
        id=row.id,
        site=row.site_id,
        paid_site=row.paid_site_id,
        identity=row.identity,
        url=row.url,
        title=row.title,
        language=row.language,
        category=row.category,
        tags=tuple(json.loads(row.tags)),
        hidden=bool(row.hidden),
        generation=row.generation,
        modified=row.modified,
        original=row.original,
    )
