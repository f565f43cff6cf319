"""Statements about what the close of a month works on and what it settled, in chunks for an export."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select, union

from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.store.schema import (
    carried_clicks,
    clicks,
    gift_settlements,
    gifts,
    reader_settlements,
    sites,
    subscriptions,
    team_settlements,
    thing_settlements,
    things,
    users,
)
from receiver.store.teams import is_own


@dataclass(frozen=True, slots=True)
class WaitingGift:
    """A gift that its month's close has still to draw, with what decides whether it arrives."""

    reader: int
    amount: Micros
    is_own: bool
    verified_at: datetime | None


def next_users(connection: Connection, *, after: int, limit: int) -> list[int]:
    """Return the next users in order, readers or not."""
    statement = select(users.c.id).where(users.c.id > after).order_by(users.c.id).limit(limit)
    return list(connection.execute(statement).scalars())


def clicks_of_readers(
    connection: Connection, month: Month, *, first: int, last: int, are_subscriptions_clicked: bool
) -> list[tuple[int, int]]:
    """Return (reader, thing) of a month's clicks that are not undone, in order; own and carried, each pair once.

    Until `are_subscriptions_clicked` the clicks that subscriptions are due to make are among them.
    """
    arms = [
        select(table.c.reader_id, table.c.thing_id).where(
            table.c.month == month, table.c.undone_at.is_(None), table.c.reader_id.between(first, last)
        )
        for table in (clicks, carried_clicks)
    ]
    if not are_subscriptions_clicked:
        s = subscriptions.c
        arms.append(select(s.reader_id, s.thing_id).where(_is_due(month), s.reader_id.between(first, last)))
    pairs = union(*arms).subquery()
    statement = select(pairs).order_by(pairs.c.reader_id, pairs.c.thing_id)
    return [(row[0], row[1]) for row in connection.execute(statement)]


def waiting_gifts(connection: Connection, month: Month, *, first: int, last: int) -> list[WaitingGift]:
    """Return the gifts of the readers of a range that are neither booked nor taken back, in order of their promise."""
    statement = (
        select(gifts.c.reader_id, gifts.c.amount_micros, is_own(gifts.c.reader_id), sites.c.verified_at)
        .join(things, things.c.id == gifts.c.thing_id)
        .join(sites, sites.c.id == things.c.paid_site_id)
        .join(gift_settlements, gift_settlements.c.gift_id == gifts.c.id, isouter=True)
        .where(gifts.c.month == month, gifts.c.reader_id.between(first, last))
        .where(gifts.c.taken_back_at.is_(None), gift_settlements.c.gift_id.is_(None))
        .order_by(gifts.c.id)
    )
    return [WaitingGift(row[0], Micros(row[1]), bool(row[2]), row[3]) for row in connection.execute(statement)]


def drawn_by_reader(connection: Connection, month: Month, *, first: int, last: int) -> dict[int, tuple[int, int]]:
    """Return (from earned funds, from fresh funds) of what pots of a range have drawn already: a close was cut off."""
    c = reader_settlements.c
    statement = select(c.reader_id, c.from_earned_micros, c.from_fresh_micros + c.fee_micros).where(
        c.month == month, c.reader_id.between(first, last)
    )
    return {row[0]: (row[1], row[2]) for row in connection.execute(statement)}


def next_things(
    connection: Connection, *, after: int, limit: int
) -> list[tuple[int, int, int | None, datetime | None]]:
    """Return (thing, creator, team, when its site was verified) of the next things, clicked or not, in order."""
    statement = (
        select(things.c.id, sites.c.owner_id, sites.c.team_id, sites.c.verified_at)
        .join(sites, sites.c.id == things.c.paid_site_id)
        .where(things.c.id > after)
        .order_by(things.c.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(statement)]


def next_readers_settled(connection: Connection, month: Month, *, after: int, limit: int) -> list[tuple[int, ...]]:
    """Return (reader, pledge, from earned, from fresh, fee, share, things) of the next readers settled, in order."""
    c = reader_settlements.c
    statement = (
        select(
            c.reader_id, c.pledge_micros, c.from_earned_micros, c.from_fresh_micros, c.fee_micros, c.share_micros,
            c.things,
        )
        .where(c.month == month, c.reader_id > after)
        .order_by(c.reader_id)
        .limit(limit)
    )  # fmt: skip
    return [tuple(row) for row in connection.execute(statement)]


def next_things_settled(connection: Connection, month: Month, *, after: int, limit: int) -> list[tuple[int, ...]]:
    """Return (thing, creator, readers, micros) of the next things settled, in order."""
    c = thing_settlements.c
    statement = (
        select(c.thing_id, c.creator_id, c.readers, c.amount_micros)
        .where(c.month == month, c.thing_id > after)
        .order_by(c.thing_id)
        .limit(limit)
    )
    return [tuple(row) for row in connection.execute(statement)]


def teams_settled(connection: Connection, month: Month) -> list[tuple[int, ...]]:
    """Return (team, creator, parts, micros) of all that teams divided, in order."""
    c = team_settlements.c
    statement = select(c.team_id, c.creator_id, c.parts, c.amount_micros).where(c.month == month)
    return [tuple(row) for row in connection.execute(statement.order_by(c.team_id, c.creator_id))]


def _is_due(month: Month) -> ColumnElement[bool]:
    """Tell whether a subscription clicks in a month: it runs, and its thing was not clicked or undone by its reader.

    One to what became the reader's own is not left out: it would count as little as a click does.
    """
    s, c = subscriptions.c, clicks.c
    is_clicked = (
        select(c.thing_id).where(c.month == month, c.reader_id == s.reader_id, c.thing_id == s.thing_id).exists()
    )
    return (
        s.stopped_at.is_(None)
        & s.paused_at.is_(None)
        & (s.first_month <= month)
        & or_(s.last_month.is_(None), s.last_month >= month)
        & ~is_clicked
    )
