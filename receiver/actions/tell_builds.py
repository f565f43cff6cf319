"""Tell a build what is known here of its own site.  Writes nothing, so the same question may come again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from flattr_button import BadWebhook, RetiredKey, UnknownSite, canonical_scope, verify_webhook
from flattr_button.faults import BadQuestion
from flattr_button.question import Question
from receiver.actions.register_site import site_key
from receiver.domain.click import MonthState
from receiver.domain.errors import BadWebhookBody, WrongSignature
from receiver.domain.privacy import shown_count
from receiver.domain.site import Site
from receiver.domain.thing import Thing
from receiver.store import clicks, months, settlements, sites, things
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

THINGS_PER_ANSWER: Final = 1_000


@dataclass(frozen=True, slots=True)
class KnownSite:
    """A site and its keys: `retires_at` is when the one that signed the question will be refused."""

    site: Site
    newest_generation: int
    retires_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownThings:
    """Some things of a site; `after` is where the next question goes on, None at the end."""

    things: list[Thing]
    after: int | None


def tell_site(db: Database, keys: MasterKeys, **message: Any) -> KnownSite:
    """Return how a site is known here.  Raises what `_asked` does."""
    with db.reading() as connection:
        question, site = _asked(connection, keys, "site", **message)
        key = sites.find_key(connection, site.id, question.generation)
        assert key is not None
        return KnownSite(site, sites.newest_key(connection, site.id).generation, key.retired_at)


def tell_things(db: Database, keys: MasterKeys, **message: Any) -> KnownThings:
    """Return the things that the site's key signed, a thousand at a time.  Raises what `_asked` does."""
    with db.reading() as connection:
        question, site = _asked(connection, keys, "things", **message)
        known = things.signed_by(connection, site.id, after=question.after, limit=THINGS_PER_ANSWER + 1)
    told = known[:THINGS_PER_ANSWER]
    return KnownThings(told, told[-1].id if len(known) > len(told) else None)


def tell_counts(db: Database, keys: MasterKeys, **message: Any) -> dict[str, int]:
    """Return by address how often each thing of a site was clicked, things of few readers left out.

    Of closed months the clicks that were paid, of others those that are not undone; so a count outlives the reading
    history, of which nothing is left after 13 months.
    Raises what `_asked` does.
    """
    with db.reading() as connection:
        _, site = _asked(connection, keys, "counts", **message)
        url_by_thing = things.url_by_thing(connection, site.id)
        settled = settlements.clicks_of_things(connection, site_id=site.id, creator=site.owner)
        unsettled = [
            clicks.count_signed_by(connection, month, site.id)
            for state in (MonthState.OPEN, MonthState.CLOSING)
            for month in months.in_state(connection, state)
        ]
    counts: dict[str, int] = {}
    for thing, url in url_by_thing.items():
        of_months = [month.get(thing, 0) for month in unsettled]
        paid, paid_in_best_month = settled.get(thing, (0, 0))
        count = shown_count(paid + sum(of_months), readers_of_best_month=max(paid_in_best_month, *of_months, 0))
        if count is not None:
            counts[url] = counts.get(url, 0) + count  # a page that got a stable id is two things at one address
    return counts


def _asked(
    connection: Connection,
    keys: MasterKeys,
    subject: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    receiver: str,
    now: datetime,
) -> tuple[Question, Site]:
    """Return a genuine question (Standard Webhooks, signed with the site's key) and the site that asks.

    Raises BadWebhookBody, UnknownSite, WrongSignature, or RetiredKey to the holder of the retired key alone.
    """
    try:
        question = Question.parse(body)
    except BadQuestion as error:
        raise BadWebhookBody(str(error)) from None
    site = sites.find(connection, question.site)
    key = sites.find_key(connection, question.site, question.generation)
    if site is None or key is None:
        raise UnknownSite(question.site, question.generation)
    try:
        verify_webhook(site_key(keys, key).secret, body, headers, now=now)
    except BadWebhook as error:
        raise WrongSignature(str(error)) from None
    if question.receiver != canonical_scope(receiver):
        raise WrongSignature(f"the question is meant for {question.receiver}, this is {receiver}")
    if question.asks != subject:
        raise BadWebhookBody(f"this address tells of {subject}, the question asks for {question.asks}")
    if key.is_retired(now):
        assert key.retired_at is not None
        raise RetiredKey(key.retired_at)
    return question, site
