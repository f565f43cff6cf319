"""List the sites that wait for the operator's approval."""

from dataclasses import dataclass

from receiver.domain.site import Site
from receiver.store import sites, users
from receiver.store.database import Database


@dataclass(frozen=True, slots=True)
class WaitingSite:
    site: Site
    owner_email: str


def list_waiting_sites(db: Database) -> list[WaitingSite]:
    with db.reading() as connection:
        waiting = sites.unverified(connection)
        email_by_id = users.emails_of(connection, {site.owner for site in waiting})
    return [WaitingSite(site, email_by_id[site.owner]) for site in waiting]
