"""A creator's site with an endpoint that listens, and the housekeeping that tells it."""

import json
from dataclasses import dataclass
from typing import Any, Final

from receiver.actions.deliver_webhooks import deliver_webhooks, send_test
from receiver.actions.keep_endpoints import ShownSecret, add_endpoint, show_endpoints
from receiver.actions.queue_events import queue_events
from receiver.actions.tell_clicks import tell_clicks
from receiver.domain.endpoint import EVENTS_TO_CHOOSE, Delivery, Event
from receiver.gateways.messages import LoopbackMessageSender, PublicMessageSender
from receiver.gateways.open_network import Deadline
from receiver.store import mails
from tests.fakes.endpoint import ListeningEndpoint
from tests.fakes.pages import Names
from tests.receiver.cast import RECEIVER, Blog, Person, Stage

SENDER: Final = LoopbackMessageSender(PublicMessageSender(resolve=Names({})))


@dataclass
class Hooks:
    """Carla's site with an endpoint, and the housekeeping that tells it."""

    stage: Stage
    carla: Person
    blog: Blog
    program: ListeningEndpoint

    def add(self, *events: Event, url: str = "") -> ShownSecret:
        return add_endpoint(
            self.stage.db, self.stage.keys, SENDER,
            owner=self.carla.user, site=self.blog.key.site, url=url or self.program.url,
            events=events or EVENTS_TO_CHOOSE, now=self.stage.now,
        )  # fmt: skip

    def keep_house(self) -> int:
        """Do what housekeeping does for endpoints; return how many messages were queued."""
        tell_clicks(self.stage.db, now=self.stage.now)
        queued = queue_events(self.stage.db, currency="EUR", now=self.stage.now)
        self.deliver()
        return queued

    def deliver(self) -> None:
        deliver_webhooks(
            self.stage.db, self.stage.keys, SENDER,
            receiver=RECEIVER, clock=lambda: self.stage.now, spread=lambda: 0, deadline=Deadline.in_seconds(60),
        )  # fmt: skip

    def test(self, shown: ShownSecret) -> None:
        send_test(
            self.stage.db, self.stage.keys, SENDER,
            owner=self.carla.user, endpoint=shown.endpoint.id, receiver=RECEIVER,
            clock=lambda: self.stage.now, spread=lambda: 0,
        )  # fmt: skip

    @property
    def mails(self) -> list[tuple[str, str]]:
        """What waits for the mail server: (to, text)."""
        with self.stage.db.reading() as connection:
            return [(mail.to, mail.text) for mail in mails.due(connection, self.stage.now, limit=10)]

    @property
    def deliveries(self) -> list[Delivery]:
        """The messages, the oldest first."""
        own = show_endpoints(self.stage.db, owner=self.carla.user, site=self.blog.key.site)
        return own.deliveries.rows[::-1]

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(heard.body) for heard in self.program.heard]

    def told_of(self, event: Event) -> list[dict[str, Any]]:
        return [message["data"] for message in self.told if message["type"] == event]
