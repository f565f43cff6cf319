"""Find things of one's own site: by words of title and address, in an order, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from receiver.actions.register_site import require_owner
from receiver.actions.show_directory import PAGE_SIZE, Page
from receiver.domain.click import MonthState
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.site import Site
from receiver.domain.thing import Thing, has_words
from receiver.store import clicks, months, settlements, sites, things
from receiver.store.database import Database
from receiver.store.things import ThingName


class Order(StrEnum):
    NEWEST = "newest"
    CLICKED_THIS_MONTH = "month"
    CLICKED_EVER = "ever"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class OwnThing:
    """A thing as its creator sees it; `ever` are the paid clicks of closed months and all of those that are open."""

    thing: Thing
    this_month: int
    ever: int


@dataclass(frozen=True, slots=True)
class FoundThings:
    """`found` of `total` things have the words."""

    site: Site
    page: Page[OwnThing]
    found: int
    total: int


def find_own_things(
    db: Database, *, owner: User, site: str, words: str = "", order: Order = Order.NEWEST, page: int = 1, month: Month
) -> FoundThings:
    """Return those things of the site that have all of the words, hidden ones too.  Raises NotKnown, NotAllowed."""
    with db.reading() as connection:
        known = sites.get(connection, site)
        require_owner(known, owner)
        names = things.names_of_site(connection, site)
        found = [name for name in names if has_words(words, title=name.title, url=name.url)]
        this_month = clicks.count_by_thing(connection, month, site)
        ever = clicks_ever(connection, known)
        found = _ordered(found, order, this_month, ever)
        start = (page - 1) * PAGE_SIZE
        shown = [name.id for name in found[start : start + PAGE_SIZE]]
        thing_by_id = things.get_many(connection, shown)
    rows = [OwnThing(thing_by_id[thing], this_month.get(thing, 0), ever.get(thing, 0)) for thing in shown]
    return FoundThings(known, Page(rows, page, len(found) > start + PAGE_SIZE), len(found), len(names))


def clicks_ever(connection: Connection, site: Site) -> dict[int, int]:
    """Return how often each thing of a site was clicked: as paid in closed months, as pressed in the others."""
    counts = settlements.clicks_paid_to(connection, site_id=site.id, creator=site.owner)
    for state in (MonthState.CLOSING, MonthState.OPEN):
        for month in months.in_state(connection, state):
            for thing, count in clicks.count_by_thing(connection, month, site.id).items():
                counts[thing] = counts.get(thing, 0) + count
    return counts


def _ordered(
    names: list[ThingName], order: Order, this_month: Mapping[int, int], ever: Mapping[int, int]
) -> list[ThingName]:
    """Sort names that come newest first; what is equal stays so."""
    match order:
        case Order.NEWEST:
            return names
        case Order.TITLE:
            return sorted(names, key=lambda name: name.title.casefold())
        case Order.CLICKED_THIS_MONTH:
            return sorted(names, key=lambda name: -this_month.get(name.id, 0))
        case Order.CLICKED_EVER:
            return sorted(names, key=lambda name: -ever.get(name.id, 0))
