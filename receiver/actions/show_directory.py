"""Show passers-by which verified sites and things there are."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from receiver.domain.errors import NotKnown
from receiver.domain.site import Site
from receiver.domain.thing import SITE_IDENTITY, Thing
from receiver.store import sites, things
from receiver.store.database import Database

PAGE_SIZE: Final = 50
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Part of a list; `number` counts from 1."""

    rows: list[Row]
    number: int
    has_next: bool


def list_sites(db: Database, *, page: int = 1) -> Page[Site]:
    with db.reading() as connection:
        rows = sites.verified(connection, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return Page(rows[:PAGE_SIZE], page, len(rows) > PAGE_SIZE)


def list_newest_things(db: Database, *, limit: int) -> list[Thing]:
    with db.reading() as connection:
        return things.newest(connection, limit=limit)


def show_site(db: Database, site: str, *, page: int = 1) -> tuple[Site, Page[Thing]]:
    """Return a verified site and its things; others are nobody's business yet.  Raises NotKnown."""
    with db.reading() as connection:
        known = sites.get(connection, site)
        if not known.is_verified:
            raise NotKnown("this site is not verified yet")
        rows = things.listed(connection, site, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return known, Page(rows[:PAGE_SIZE], page, len(rows) > PAGE_SIZE)


def thing_of_site(db: Database, site: str) -> Thing:
    """Return what stands for a site as a whole, to subscribe or give to."""
    with db.reading() as connection:
        thing = things.find(connection, site, SITE_IDENTITY)
    assert thing is not None, "a site is registered together with its thing"
    return thing
