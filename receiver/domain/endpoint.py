"""Where a creator wants to be told of what happens on a site, what is told there, and how often it is tried."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from receiver.domain.month import Month

FIRST_PAUSE: Final = timedelta(minutes=1)
PAUSE_MAX: Final = timedelta(days=1)
TRIES_MAX: Final = 9  # eight pauses, 71 hours in all
SPREAD: Final = 1_000  # a pause is up to a tenth longer, so that many endpoints of one host are not tried at once
FAILING_MAX: Final = timedelta(days=5)  # an endpoint that took nothing for so long is switched off
SECRET_GRACE: Final = timedelta(hours=24)
GONE: Final = 410


class Event(StrEnum):
    """What a message tells of, by the name that stands in it."""

    CLICKS = "click.counted"
    THING = "thing.registered"
    MONTH = "month.closed"
    SITE = "site.verified"
    TEST = "webhook.test"


EVENTS_TO_CHOOSE: Final = (Event.CLICKS, Event.THING, Event.MONTH, Event.SITE)


class OffReason(StrEnum):
    """Why an endpoint was switched off."""

    GONE = "gone"
    FAILING = "failing"


class Fault(StrEnum):
    """Why nobody answered a message."""

    NO_ADDRESS = "no public address"
    TOO_SLOW = "too slow"
    NO_CONNECTION = "no connection"


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint answered: a status of HTTP, or why there is none."""

    status: int | None
    fault: Fault | None = None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursors:
    """Up to where an endpoint was told: the numbers of the last thing and count, the last month and verification."""

    thing: int
    told: int
    month: Month | None
    verified_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address that takes messages about a site; switched off, it is told nothing until it is switched on again."""

    id: str
    site: str
    url: str
    events: tuple[Event, ...]
    created_at: datetime
    removed_at: datetime | None
    off_at: datetime | None
    off_reason: OffReason | None
    failing_since: datetime | None
    cursors: Cursors

    @property
    def is_on(self) -> bool:
        return self.removed_at is None and self.off_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSecret:
    """One generation of an endpoint's secret; derived from master key `master`, never stored."""

    endpoint: str
    generation: int
    master: int
    created_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message on its way to an endpoint: waiting, delivered or dead.

    `message` is its webhook-id, and `body` its bytes: both are the same at each try.
    """

    id: int
    endpoint: str
    message: str
    event: Event
    body: str
    queued_at: datetime
    tries: int
    next_try_at: datetime | None
    delivered_at: datetime | None
    died_at: datetime | None
    last_tried_at: datetime | None
    last_status: int | None
    last_fault: Fault | None


def pause_after(tries: int, *, spread: int) -> timedelta | None:
    """Return how long to wait after so many tries in vain, None to give up: a minute, four, sixteen, up to a day.

    `spread` is a random number from 0 to 999.
    """
    assert tries >= 1
    assert 0 <= spread < SPREAD
    if tries >= TRIES_MAX:
        return None
    growth: int = 4 ** (tries - 1)
    pause = min(FIRST_PAUSE * growth, PAUSE_MAX)
    return pause + pause * spread // (10 * SPREAD)


def reason_to_switch_off(reply: Reply, *, failing_since: datetime, now: datetime) -> OffReason | None:
    """Tell whether an endpoint that did not take a message is told nothing more.

    410 says so itself (Standard Webhooks, spec/standard-webhooks.md, read 2026-11-25).
    """
    if reply.status == GONE:
        return OffReason.GONE
    return OffReason.FAILING if now - failing_since >= FAILING_MAX else None


def message_body(event: Event, occurred_at: datetime, facts: Mapping[str, Any]) -> str:
    """Return what is sent, as Standard Webhooks lay it out."""
    stamp = occurred_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return json.dumps({"type": event, "timestamp": stamp, "data": dict(facts)}, ensure_ascii=False)
