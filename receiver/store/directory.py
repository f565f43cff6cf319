"""Statements of the public directory: things and sites that anybody may see, and never another.

A thing is listed if its claim does not hide it and the site that is paid for it is verified.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
)

from receiver.domain.month import Month
from receiver.domain.rules import READERS_SHOWN_MIN
from receiver.domain.search import Term
from receiver.domain.site import Site
from receiver.domain.thing import SITE_IDENTITY, Thing
from receiver.store.schema import clicked_things, sites, thing_settlements, things
from receiver.store.sites import site_of_row
from receiver.store.things import thing_of_row
from receiver.store.word_index import look_for, site_has

_FEW: Final[ColumnElement[int]] = literal_column(
    str(READERS_SHOWN_MIN)
)  # written out, else SQLite does not see which index it may use
_LISTED: Final = and_(sites.c.verified_at.is_not(None), things.c.hidden == 0, things.c.identity != SITE_IDENTITY)
# Jumps from one language to the next in their index, instead of looking at every thing.
_LANGUAGES: Final = text(
    "with recursive spoken (language) as ("
    " select min(language) from things where hidden = 0"
    " union all select (select min(things.language) from things"
    "  where hidden = 0 and things.language > spoken.language) from spoken where spoken.language is not null)"
    # Not `exists`, for which PostgreSQL would read all things into a hash first.
    " select language from spoken where language is not null and ("
    "  select 1 from things join sites on sites.id = things.paid_site_id"
    "  where things.language = spoken.language and hidden = 0 and verified_at is not null and identity <> 'site'"
    "  limit 1) is not null"
)


@dataclass(frozen=True, slots=True)
class ListedThing:
    """A thing of the directory; `clicks` are those of closed months in which three readers or more clicked it."""

    thing: Thing
    site_title: str
    clicks: int
    registered_at: datetime


class Place(NamedTuple):
    """Where a page of a list ends: behind a thing with so many clicks."""

    clicks: int
    thing: int


def newest(connection: Connection, terms: Sequence[Term], *, before: int | None, limit: int) -> list[ListedThing]:
    """Return the things that have all terms, the newest first, from before a thing."""
    return _newest(connection, terms, before, limit, func.coalesce(clicked_things.c.clicks, 0))


def clicked(
    connection: Connection, terms: Sequence[Term], *, month: Month | None, after: Place | None, limit: int
) -> list[ListedThing]:
    """Return the things that have all terms and that three readers or more clicked, the most clicked first.

    Of one closed month, or of all.
    """
    counted, clicks, is_shown = _counted(month)
    # Whether it is listed is asked of each by itself, so that the order of clicks leads and the limit ends the search.
    is_listed = exists(
        select(literal(1))
        .select_from(things.join(sites, sites.c.id == things.c.paid_site_id))
        .where(things.c.id == counted.c.thing_id, _LISTED)
    )
    best = select(counted.c.thing_id, clicks.label("clicks")).where(is_shown, is_listed)
    if terms:
        best = best.where(counted.c.thing_id.in_(look_for(connection, terms).things()))
    if after is not None:
        best = best.where(tuple_(clicks, counted.c.thing_id) < tuple_(literal(after.clicks), literal(after.thing)))
    found = best.order_by(clicks.desc(), counted.c.thing_id.desc()).limit(limit).subquery()
    statement = _listing(found.c.clicks).select_from(
        found.join(things, things.c.id == found.c.thing_id).join(sites, sites.c.id == things.c.paid_site_id)
    )
    return _listed(connection, statement.order_by(found.c.clicks.desc(), found.c.thing_id.desc()))


def hardly_clicked(
    connection: Connection, terms: Sequence[Term], *, month: Month | None, before: int | None, limit: int
) -> list[ListedThing]:
    """Return all others, the newest first, so that their order tells nothing of their clicks."""
    counted, _, is_shown = _counted(month)
    is_counted = exists().where(counted.c.thing_id == things.c.id, is_shown)
    return _newest(connection, terms, before, limit, literal(0), ~is_counted)


def languages(connection: Connection) -> list[str]:
    """Return the languages of listed things."""
    return list(connection.execute(_LANGUAGES).scalars())


def about_site(connection: Connection, site_id: str, *, limit: int) -> list[tuple[str | None, str | None, str]]:
    """Return language, category and tags, a JSON list, of the newest listed things of a site."""
    c = things.c
    statement = (
        select(c.language, c.category, c.tags)
        .join(sites, sites.c.id == c.paid_site_id)
        .where(c.paid_site_id == site_id, _LISTED)
        .order_by(c.registered_at.desc())
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]


def find_thing(connection: Connection, thing_id: int) -> ListedThing | None:
    statement = _listing(func.coalesce(clicked_things.c.clicks, 0)).select_from(
        things.join(sites, sites.c.id == things.c.paid_site_id).outerjoin(
            clicked_things, clicked_things.c.thing_id == things.c.id
        )
    )
    return next(iter(_listed(connection, statement.where(things.c.id == thing_id, _LISTED))), None)


def translations(connection: Connection, thing: Thing) -> list[Thing]:
    """Return the original of a thing and its other translations, all of the same site: others may claim anything."""
    c, original = things.c, thing.original or thing.url
    statement = (
        select(things)
        .join(sites, sites.c.id == c.paid_site_id)
        .where(
            or_(c.original == original, c.url == original), c.paid_site_id == thing.paid_site, c.id != thing.id, _LISTED
        )
        .order_by(c.original.is_not(None), c.language, c.id)
        .limit(50)
    )
    return [thing_of_row(row) for row in connection.execute(statement)]


def sites_by_title(connection: Connection, terms: Sequence[Term], *, after: Site | None, limit: int) -> list[Site]:
    title = func.lower(sites.c.title)
    statement = select(sites).where(sites.c.verified_at.is_not(None), *site_has(terms)).order_by(title, sites.c.id)
    if after is not None:
        statement = statement.where(tuple_(title, sites.c.id) > tuple_(func.lower(after.title), literal(after.id)))
    return [site_of_row(row) for row in connection.execute(statement.limit(limit))]


def newest_sites(connection: Connection, terms: Sequence[Term], *, after: Site | None, limit: int) -> list[Site]:
    c = sites.c
    statement = select(sites).where(c.verified_at.is_not(None), *site_has(terms))
    if after is not None:
        assert after.verified_at is not None
        end = tuple_(literal(after.verified_at, c.verified_at.type), literal(after.id))
        statement = statement.where(tuple_(c.verified_at, c.id) < end)
    ordered = statement.order_by(c.verified_at.desc(), c.id.desc()).limit(limit)
    return [site_of_row(row) for row in connection.execute(ordered)]


def _newest(
    connection: Connection,
    terms: Sequence[Term],
    before: int | None,
    limit: int,
    clicks: ColumnElement[int],
    *conditions: ColumnElement[bool],
) -> list[ListedThing]:
    """By their numbers, in which order they were registered: they are the order of both tables and of the index."""
    source: FromClause = things
    thing_id: ColumnElement[int] = things.c.id
    if terms:
        index = look_for(connection, terms)
        thing_id = index.thing_id
        source, conditions = index.source.join(things, things.c.id == thing_id), (*conditions, index.is_found)
    statement = _listing(clicks).select_from(
        source.join(sites, sites.c.id == things.c.paid_site_id).outerjoin(
            clicked_things, clicked_things.c.thing_id == things.c.id
        )
    )
    if before is not None:
        statement = statement.where(thing_id < before)
    return _listed(connection, statement.where(_LISTED, *conditions).order_by(thing_id.desc()).limit(limit))


class _Counted(NamedTuple):
    """Where clicks that may be shown are counted, their number, and on which condition."""

    source: Any
    clicks: ColumnElement[int]
    is_shown: ColumnElement[bool]


def _counted(month: Month | None) -> _Counted:
    if month is None:
        counted = clicked_things.alias("counted")
        return _Counted(counted, counted.c.clicks, true())
    settled = thing_settlements.alias("counted")
    return _Counted(settled, settled.c.readers, and_(settled.c.month == month, settled.c.readers >= _FEW))


def _listing(clicks: ColumnElement[int]) -> Select[Any]:
    return select(things, sites.c.title.label("site_title"), clicks.label("clicks"))


def _listed(connection: Connection, statement: Select[Any]) -> list[ListedThing]:
    return [
        ListedThing(thing_of_row(row), row.site_title, row.clicks, row.registered_at)
        for row in connection.execute(statement)
    ]
