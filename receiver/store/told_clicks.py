"""Statements about counts as they were told to creators, and which sites are told at all."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, union, update

from receiver.domain.month import Month
from receiver.store.dialects import insert_or
from receiver.store.schema import click_feeds, endpoints, told_clicks, told_sites

SiteThing = tuple[str, int]


@dataclass(frozen=True, slots=True)
class ToldCount:
    """How many clicks a thing had in a month up to the end of a day, as it was told."""

    id: int
    thing: int
    month: Month
    told_until: datetime
    clicks: int


def listen(connection: Connection, site_id: str, *, told_until: datetime) -> None:
    """Have the clicks of a site counted from a moment on, unless they are already."""
    statement = insert_or(connection, told_sites).values(site_id=site_id, told_until=told_until)
    connection.execute(statement.on_conflict_do_nothing())


def due_sites(connection: Connection, until: datetime) -> dict[str, datetime]:
    """Return the sites that somebody listens to and that are not told up to a moment; and up to which they are."""
    on, feed, c = endpoints.c, click_feeds.c, told_sites.c
    listening = union(
        select(on.site_id).where(on.removed_at.is_(None), on.off_at.is_(None)),
        select(feed.site_id).where(feed.revoked_at.is_(None)),
    ).subquery()
    statement = select(c.site_id, c.told_until).where(c.told_until < until, c.site_id.in_(select(listening.c.site_id)))
    return {row.site_id: row.told_until for row in connection.execute(statement)}


def counts_told(connection: Connection, month: Month, site_ids: Collection[str]) -> dict[SiteThing, int]:
    """Return the last told count of each thing in a month."""
    c = told_clicks.c
    statement = select(c.site_id, c.thing_id, func.max(c.clicks)).where(c.month == month, c.site_id.in_(site_ids))
    return {(row[0], row[1]): row[2] for row in connection.execute(statement.group_by(c.site_id, c.thing_id))}


def add(connection: Connection, month: Month, told_until: datetime, count_by_thing: dict[SiteThing, int]) -> None:
    if count_by_thing:
        connection.execute(
            insert(told_clicks),
            [
                {"site_id": site, "thing_id": thing, "month": month, "told_until": told_until, "clicks": count}
                for (site, thing), count in sorted(count_by_thing.items())
            ],
        )


def set_told(connection: Connection, site_ids: Collection[str], until: datetime) -> None:
    connection.execute(update(told_sites).where(told_sites.c.site_id.in_(site_ids)).values(told_until=until))


def of_site_after(connection: Connection, site_id: str, after: int, *, limit: int) -> list[ToldCount]:
    """Return the counts of a site that were told after the one of a number, in their order."""
    c = told_clicks.c
    statement = select(told_clicks).where(c.site_id == site_id, c.id > after).order_by(c.id).limit(limit)
    return [_told(row) for row in connection.execute(statement)]


def newest_of_site(connection: Connection, site_id: str, *, limit: int) -> list[ToldCount]:
    c = told_clicks.c
    statement = select(told_clicks).where(c.site_id == site_id).order_by(c.id.desc()).limit(limit)
    return [_told(row) for row in connection.execute(statement)]


def last(connection: Connection) -> int:
    """Return the number of the last count of any site; 0 before the first."""
    return int(connection.execute(select(func.coalesce(func.max(told_clicks.c.id), 0))).scalar_one())


def delete_before(connection: Connection, moment: datetime) -> None:
    """Delete what was told before a moment, but for the very last count, whose number must never come again."""
    c = told_clicks.c
    newest: Select[tuple[int]] = select(func.max(c.id))
    connection.execute(delete(told_clicks).where(c.told_until < moment, c.id < newest.scalar_subquery()))


def _told(row: Row[tuple[object, ...]]) -> ToldCount:
    return ToldCount(row.id, row.thing_id, row.month, row.told_until, row.clicks)
