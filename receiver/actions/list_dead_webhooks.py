"""List the messages to creators' endpoints that were given up, for the operator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from receiver.actions.show_directory import Page
from receiver.domain.endpoint import Event, Fault
from receiver.store import deliveries
from receiver.store.database import Database
from receiver.store.deliveries import DeadDelivery

DEAD_PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class DeadWebhook:
    """A message that has died; of its endpoint the host alone, because the rest of an address may be a secret."""

    message: str
    event: Event
    site: str
    site_title: str
    host: str
    queued_at: datetime
    died_at: datetime
    tries: int
    last_status: int | None
    last_fault: Fault | None


@dataclass(frozen=True, slots=True)
class DeadWebhooks:
    """A page of them, the last first; `count` is how many there are in all."""

    page: Page[DeadWebhook]
    count: int


def list_dead_webhooks(db: Database, *, page: int = 1) -> DeadWebhooks:
    """Return messages that died within the last 30 days and were not sent again."""
    with db.reading() as connection:
        rows = deliveries.dead(connection, limit=DEAD_PER_PAGE + 1, offset=(page - 1) * DEAD_PER_PAGE)
        count = deliveries.count_dead(connection)
    dead = [_dead(row) for row in rows[:DEAD_PER_PAGE]]
    return DeadWebhooks(Page(dead, page, len(rows) > DEAD_PER_PAGE), count)


def _dead(row: DeadDelivery) -> DeadWebhook:
    delivery = row.delivery
    assert delivery.died_at is not None
    return DeadWebhook(
        delivery.message,
        delivery.event,
        row.site,
        row.site_title,
        urlsplit(row.url).hostname or "",
        delivery.queued_at,
        delivery.died_at,
        delivery.tries,
        delivery.last_status,
        delivery.last_fault,
    )
