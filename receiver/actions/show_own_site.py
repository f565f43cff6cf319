"""Show a creator one of their sites."""

from dataclasses import dataclass

from receiver.actions.mint_site_token import mint_site_token
from receiver.actions.register_site import require_owner
from receiver.actions.show_directory import PAGE_SIZE, Page
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.site import Site
from receiver.domain.thing import Thing
from receiver.store import clicks, sites, things
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys


@dataclass(frozen=True, slots=True)
class OwnSite:
    """A site as its creator sees it; `clicks_by_thing` counts this month's clicks, not who."""

    site: Site
    generation: int
    site_token: str  # public; for platforms that cannot sign
    things: Page[Thing]
    clicks_by_thing: dict[int, int]


def show_own_site(db: Database, keys: MasterKeys, *, owner: User, site: str, month: Month, page: int = 1) -> OwnSite:
    """Return the site with its things, hidden ones too.  Raises NotKnown, NotAllowed."""
    with db.reading() as connection:
        known = sites.get(connection, site)
        require_owner(known, owner)
        rows = things.of_site(connection, site, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
        newest = sites.newest_key(connection, site)
        return OwnSite(
            known,
            newest.generation,
            mint_site_token(keys, known, newest).text(),
            Page(rows[:PAGE_SIZE], page, len(rows) > PAGE_SIZE),
            clicks.count_by_thing(connection, month, site),
        )
