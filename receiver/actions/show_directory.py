"""Show passers-by which verified sites and things there are: search, sort, and go on where a page ended."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from sqlalchemy import Connection

from receiver.domain.errors import BadInput
from receiver.domain.month import Month
from receiver.domain.search import Wanted
from receiver.domain.site import Site
from receiver.domain.thing import Thing
from receiver.store import directory, months, sites
from receiver.store.database import Database
from receiver.store.directory import ListedThing, Place

PAGE_SIZE: Final = 50
THINGS_PER_PAGE: Final = 25  # with all that is said of each a page stays below 60 kB
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Part of a list; `number` counts from 1."""

    rows: list[Row]
    number: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class Part(Generic[Row]):
    """Part of a list that others may grow meanwhile: it goes on behind `after`, which is empty at its end."""

    rows: list[Row]
    after: str


class ThingOrder(StrEnum):
    """The most clicked of all closed months, or of the last one."""

    NEWEST = "newest"
    CLICKED = "clicked"
    CLICKED_LAST_MONTH = "clicked-last-month"


class SiteOrder(StrEnum):
    TITLE = "title"
    NEWEST = "newest"


def list_sites(db: Database, *, query: str = "", order: SiteOrder = SiteOrder.TITLE, after: str = "") -> Part[Site]:
    """Return verified sites whose title or address has the words, from behind another site.

    Raises NotKnown if there is no such other site any more.
    """
    wanted = Wanted(query)
    find = directory.newest_sites if order is SiteOrder.NEWEST else directory.sites_by_title
    with db.reading() as connection:
        last = sites.get_verified(connection, after) if after else None
        rows = [] if wanted.is_void else find(connection, wanted.terms, after=last, limit=PAGE_SIZE + 1)
    return _part(rows, PAGE_SIZE, lambda site: site.id)


def list_things(
    db: Database, wanted: Wanted, order: ThingOrder, *, after: str = "", limit: int = THINGS_PER_PAGE
) -> Part[ListedThing]:
    """Return listed things, from behind a place that an earlier part named; nothing if the query has no word.

    Things that fewer than three readers clicked stand behind all others, the newest first.
    Raises BadInput if the place is damaged.
    """
    place = _place(after)
    if wanted.is_void:
        return Part([], "")
    with db.reading() as connection:
        if order is ThingOrder.NEWEST:
            before = None if place is None else place.thing
            rows = directory.newest(connection, wanted.terms, before=before, limit=limit + 1)
        else:
            # Before the first close nothing is counted at all, so then both orders are the same.
            month = months.last_closed(connection) if order is ThingOrder.CLICKED_LAST_MONTH else None
            rows = _most_clicked(connection, wanted, month, place, limit + 1)
    return _part(rows, limit, lambda row: f"{0 if order is ThingOrder.NEWEST else row.clicks}-{row.thing.id}")


def list_newest_things(db: Database, *, limit: int) -> list[Thing]:
    with db.reading() as connection:
        return [row.thing for row in directory.newest(connection, [], before=None, limit=limit)]


def list_languages(db: Database) -> list[str]:
    """Return the languages of listed things."""
    with db.reading() as connection:
        return directory.languages(connection)


def last_closed_month(db: Database) -> Month | None:
    with db.reading() as connection:
        return months.last_closed(connection)


def _most_clicked(
    connection: Connection, wanted: Wanted, month: Month | None, place: Place | None, limit: int
) -> list[ListedThing]:
    """Return the most clicked; where these end, the others."""
    rows: list[ListedThing] = []
    if place is None or place.clicks > 0:
        rows = directory.clicked(connection, wanted.terms, month=month, after=place, limit=limit)
        place = None
    if len(rows) < limit:
        before = None if place is None else place.thing
        missing = limit - len(rows)
        rows += directory.hardly_clicked(connection, wanted.terms, month=month, before=before, limit=missing)
    return rows


def _part(rows: list[Row], limit: int, name: Callable[[Row], str]) -> Part[Row]:
    return Part(rows[:limit], name(rows[limit - 1]) if len(rows) > limit else "")


def _place(text: str) -> Place | None:
    if not text:
        return None
    match = re.fullmatch(r"([0-9]{1,15})-([0-9]{1,18})", text, re.ASCII)
    if match is None:
        raise BadInput("the address of this page is damaged; go back to the first page of the list")
    return Place(int(match[1]), int(match[2]))
