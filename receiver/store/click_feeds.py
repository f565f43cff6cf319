"""Statements about the secret addresses of feeds, by site and generation."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from receiver.store.schema import click_feeds


@dataclass(frozen=True, slots=True)
class ClickFeedRow:
    site: str
    generation: int
    master: int
    created_at: datetime
    revoked_at: datetime | None


def add(connection: Connection, row: ClickFeedRow) -> None:
    connection.execute(
        insert(click_feeds).values(
            site_id=row.site, generation=row.generation, master=row.master, created_at=row.created_at
        )
    )


def newest(connection: Connection, site_id: str) -> ClickFeedRow | None:
    """Return the last generation of a site, revoked or not."""
    c = click_feeds.c
    statement = select(click_feeds).where(c.site_id == site_id).order_by(c.generation.desc()).limit(1)
    row = connection.execute(statement).one_or_none()
    return None if row is None else ClickFeedRow(*row)


def revoke(connection: Connection, site_id: str, now: datetime) -> None:
    c = click_feeds.c
    connection.execute(update(click_feeds).where(c.site_id == site_id, c.revoked_at.is_(None)).values(revoked_at=now))
