"""Show passers-by a verified site: what it writes about, in which languages, its newest things and most clicked."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from receiver.actions.show_directory import Part, ThingOrder, list_things
from receiver.domain.search import Wanted
from receiver.domain.site import Site
from receiver.domain.thing import SITE_IDENTITY, Thing
from receiver.store import directory, sites, things
from receiver.store.database import Database
from receiver.store.directory import ListedThing

THINGS_LOOKED_AT: Final = 1_000
TAGS_SHOWN_MAX: Final = 20
MOST_CLICKED_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class ShownSite:
    """A site; languages, categories and tags are those of its newest things, the most frequent first."""

    site: Site
    languages: list[str]
    categories: list[str]
    tags: list[str]
    newest: Part[ListedThing]
    most_clicked: list[ListedThing]


def show_site(db: Database, site: str, *, after: str = "") -> ShownSite:
    """Return a verified site and its things; others are nobody's business yet.  Raises NotKnown, BadInput."""
    with db.reading() as connection:
        known = sites.get_verified(connection, site)
        about = directory.about_site(connection, site, limit=THINGS_LOOKED_AT)
    wanted = Wanted(site=site)
    clicked = list_things(db, wanted, ThingOrder.CLICKED, limit=MOST_CLICKED_SHOWN)
    return ShownSite(
        site=known,
        languages=_frequent(language for language, _, _ in about if language),
        categories=_frequent(category for _, category, _ in about if category),
        tags=_frequent(tag for _, _, tags in about for tag in json.loads(tags)),
        newest=list_things(db, wanted, ThingOrder.NEWEST, after=after),
        most_clicked=[row for row in clicked.rows if row.clicks],
    )


def thing_of_site(db: Database, site: str) -> Thing:
    """Return what stands for a site as a whole, to subscribe or give to."""
    with db.reading() as connection:
        thing = things.find(connection, site, SITE_IDENTITY)
    assert thing is not None, "a site is registered together with its thing"
    return thing


def _frequent(labels: Iterable[str]) -> list[str]:
    return [text for text, _ in Counter(labels).most_common(TAGS_SHOWN_MAX)]
