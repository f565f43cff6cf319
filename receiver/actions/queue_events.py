"""Queue what has happened on a site for its creator's endpoints, from what the tables say.

Each endpoint has cursors: up to where it was told.  They move in the transaction that queues, so a run that was killed
is simply run again, and nothing is queued twice.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from receiver.actions.state_month import CreatorStatement, ThingIncome, state_creator_month
from receiver.actions.state_team_month import TeamThing
from receiver.actions.tell_clicks import day_of
from receiver.domain.endpoint import Cursors, Endpoint, Event, message_body
from receiver.domain.privacy import shown_count, shown_part
from receiver.domain.thing import Thing
from receiver.store import deliveries, endpoints, months, sites, things, told_clicks, users
from receiver.store.database import Database

EVENTS_AT_ONCE: Final = 500  # of a kind, for one endpoint in one round of housekeeping


@dataclass(frozen=True, slots=True)
class Happening:
    """What is told in one message."""

    event: Event
    occurred_at: datetime
    facts: Mapping[str, Any]

    def body(self) -> str:
        return message_body(self.event, self.occurred_at, self.facts)


@dataclass(frozen=True, slots=True)
class News:
    """What an endpoint has not been told yet, and its cursors behind that."""

    happenings: list[Happening]
    cursors: Cursors


def queue_events(db: Database, *, currency: str, now: datetime) -> int:
    """Queue a message for each thing that happened and that an endpoint asked for; return how many."""
    with db.reading() as connection:
        listening = endpoints.switched_on(connection)
    return sum(_queue_for(db, endpoint, currency, now) for endpoint in listening)


def new_message_id() -> str:
    return f"msg_{secrets.token_hex(12)}"


def cursors_now(connection: Connection, site: str) -> Cursors:
    """Return the cursors of an endpoint that is told from now on."""
    closed = months.closed_after(connection, None)
    return Cursors(
        thing=things.last(connection),
        told=told_clicks.last(connection),
        month=closed[-1][0] if closed else None,
        verified_at=sites.get(connection, site).verified_at,
    )


def _queue_for(db: Database, endpoint: Endpoint, currency: str, now: datetime) -> int:
    news = _news_of(db, endpoint, currency, now)
    if news.cursors == endpoint.cursors:
        return 0
    wanted = [happening for happening in news.happenings if happening.event in endpoint.events]
    with db.writing() as connection:
        current = endpoints.find(connection, endpoint.id)
        if current is None or not current.is_on or current.cursors != endpoint.cursors:
            return 0  # removed, switched off or told meanwhile
        for happening in wanted:
            deliveries.add(
                connection,
                endpoint=endpoint.id,
                message=new_message_id(),
                event=happening.event,
                body=happening.body(),
                now=now,
                due=now,
            )
        endpoints.set_cursors(connection, endpoint.id, news.cursors)
    return len(wanted)


def _news_of(db: Database, endpoint: Endpoint, currency: str, now: datetime) -> News:
    last = endpoint.cursors
    with db.reading() as connection:
        site = sites.get(connection, endpoint.site)
        owner = users.get(connection, site.owner)
        # Things come into being with the first click, so they are told of by the day and not by the minute.
        new_things = things.registered_after(
            connection, site.id, after=last.thing, before=day_of(now), limit=EVENTS_AT_ONCE
        )
        counts = told_clicks.of_site_after(connection, site.id, last.told, limit=EVENTS_AT_ONCE)
        thing_by_id = things.get_many(connection, {count.thing for count in counts})
        closed = months.closed_after(connection, last.month)
    happenings = [Happening(Event.THING, day_of(now), _about(thing)) for thing in new_things]
    for count in counts:
        facts = {**_about(thing_by_id[count.thing]), "month": str(count.month), "clicks": count.clicks}
        happenings.append(Happening(Event.CLICKS, count.told_until, facts))
    for month, closed_at in closed:
        statement = state_creator_month(db, creator=owner, month=month)
        happenings.append(Happening(Event.MONTH, closed_at, _about_month(statement, site.id, currency)))
    if site.verified_at is not None and site.verified_at != last.verified_at:
        facts = {"site": site.id, "scope": site.scope, "title": site.title, "by": site.verified_by}
        happenings.append(Happening(Event.SITE, site.verified_at, facts))
    return News(
        happenings,
        Cursors(
            thing=new_things[-1].id if new_things else last.thing,
            told=counts[-1].id if counts else last.told,
            month=closed[-1][0] if closed else last.month,
            verified_at=site.verified_at,
        ),
    )


def _about(thing: Thing) -> dict[str, Any]:
    return {"site": thing.paid_site, "thing": thing.id, "url": thing.url, "title": thing.title}


def _about_month(statement: CreatorStatement, site: str, currency: str) -> dict[str, Any]:
    """Return counts and sum of a site's month, null where few readers came or the creator's statement hides them.

    The sum is the whole, also of a site that a team shares.
    """
    team = next((team for team in statement.teams if team.site.id == site), None)
    of_statement: Sequence[ThingIncome | TeamThing] = team.things if team else statement.things
    lines = [line for line in of_statement if team or line.thing.paid_site == site]
    readers = [line.readers for line in lines]
    clicks = shown_count(sum(readers), readers_of_best_month=max(readers, default=0))
    amount = shown_part(
        {line.thing.id: line.amount for line in of_statement},
        {line.thing.id for line in lines},
        of_hidden=team.of_few_readers if team else statement.of_few_readers,
    )
    is_shown = clicks is not None
    return {
        "site": site,
        "month": str(statement.month),
        "clicks": clicks,
        "things": len(lines) if is_shown else None,
        "amount_micros": amount if is_shown else None,
        "currency": currency,
    }
