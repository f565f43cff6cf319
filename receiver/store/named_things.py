"""Statements about things that came into being by a site token, and when their pages are looked at."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from receiver.domain.month import Month
from receiver.store.schema import clicks, named_things, sites


def add(connection: Connection, thing_id: int, *, site: str, now: datetime) -> None:
    """Note that a site token named a thing; its page is due to be looked at."""
    connection.execute(insert(named_things).values(thing_id=thing_id, site_id=site, named_at=now, look_at=now, tries=0))


def is_unseen(connection: Connection, thing_id: int) -> bool:
    """Tell whether the page of a thing is still to be looked at."""
    c = named_things.c
    found = connection.execute(select(c.thing_id).where(c.thing_id == thing_id, c.look_at.is_not(None)))
    return found.one_or_none() is not None


def due(connection: Connection, now: datetime, *, limit: int) -> list[int]:
    """Return the things of verified sites whose pages are due, the longest waiting first."""
    c = named_things.c
    statement = (
        select(c.thing_id)
        .join(sites, sites.c.id == c.site_id)
        .where(c.look_at <= now, sites.c.verified_at.is_not(None))
        .order_by(c.look_at, c.thing_id)
        .limit(limit)
    )
    return list(connection.execute(statement).scalars())


def tries_of(connection: Connection, thing_id: int) -> int:
    c = named_things.c
    return int(connection.execute(select(c.tries).where(c.thing_id == thing_id)).scalar_one())


def set_look(connection: Connection, thing_id: int, *, at: datetime | None, tries: int) -> None:
    """Look again later, or never again."""
    c = named_things.c
    connection.execute(update(named_things).where(c.thing_id == thing_id).values(look_at=at, tries=tries))


def count_of_site(connection: Connection, site_id: str) -> int:
    c = named_things.c
    return connection.execute(select(func.count()).where(c.site_id == site_id)).scalar_one()


def count_since(connection: Connection, site_id: str, since: datetime) -> int:
    c = named_things.c
    return connection.execute(select(func.count()).where(c.site_id == site_id, c.named_at > since)).scalar_one()


def count_of_reader_since(connection: Connection, site_id: str, since: datetime, *, reader: int, month: Month) -> int:
    """Return how many things of a site that were named since then this reader has clicked in a month."""
    named, clicked = named_things.c, clicks.c
    statement = (
        select(func.count())
        .select_from(named_things)
        .join(clicks, (clicked.thing_id == named.thing_id) & (clicked.month == month) & (clicked.reader_id == reader))
        .where(named.site_id == site_id, named.named_at > since)
    )
    return connection.execute(statement).scalar_one()
