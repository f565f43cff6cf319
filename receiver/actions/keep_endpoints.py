"""Keep the endpoints of a site: add, show, renew the secret, remove, switch on again, send a message again."""

import secrets
from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Connection

from flattr_button.claim import GENERATION_MAX, ID_ALPHABET
from receiver.actions.queue_events import cursors_now
from receiver.actions.register_site import require_owner
from receiver.actions.show_directory import Page
from receiver.domain.endpoint import (
    EVENTS_TO_CHOOSE,
    SECRET_GRACE,
    Delivery,
    Endpoint,
    EndpointSecret,
    Event,
)
from receiver.domain.errors import BadEndpointAddress, BadInput, NotKnown
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.site import Site
from receiver.gateways.messages import MessageSender
from receiver.store import deliveries, endpoints, sites, told_clicks
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

ENDPOINTS_PER_SITE_MAX: Final = 10
DELIVERIES_PER_PAGE: Final = 25


@dataclass(frozen=True, slots=True)
class OwnEndpoints:
    """A site's endpoints with the generations of their secrets, and the messages to them, newest first."""

    site: Site
    endpoints: list[Endpoint]
    generation_by_endpoint: dict[str, int]
    deliveries: Page[Delivery]

    def host_of(self, delivery: Delivery) -> str:
        """Return where a message goes, as people tell endpoints apart."""
        return next(urlsplit(to.url).netloc for to in self.endpoints if to.id == delivery.endpoint)


@dataclass(frozen=True, slots=True)
class ShownSecret:
    """An endpoint with the secret that its receiver verifies with; in the answer to a POST alone."""

    endpoint: Endpoint
    text: str


def show_endpoints(db: Database, *, owner: User, site: str, page: int = 1) -> OwnEndpoints:
    """Return what a creator set up.  Raises NotKnown, NotAllowed."""
    with db.reading() as connection:
        known = sites.get(connection, site)
        require_owner(known, owner)
        rows = deliveries.of_site(
            connection, site, limit=DELIVERIES_PER_PAGE + 1, offset=(page - 1) * DELIVERIES_PER_PAGE
        )
        return OwnEndpoints(
            known,
            endpoints.of_site(connection, site),
            endpoints.generation_by_endpoint(connection, site),
            Page(rows[:DELIVERIES_PER_PAGE], page, len(rows) > DELIVERIES_PER_PAGE),
        )


def add_endpoint(
    db: Database,
    keys: MasterKeys,
    sender: MessageSender,
    *,
    owner: User,
    site: str,
    url: str,
    events: Collection[Event],
    now: datetime,
) -> ShownSecret:
    """Tell an address of what happens on a site from now on.  Raises NotAllowed, BadEndpointAddress, BadInput."""
    url = _with_small_host(url.strip())
    sender.require_address(url)
    chosen = tuple(event for event in EVENTS_TO_CHOOSE if event in events)
    if not chosen:
        raise BadInput("choose at least one event")
    with db.writing() as connection:
        require_owner(sites.get(connection, site), owner)
        if len(endpoints.of_site(connection, site)) >= ENDPOINTS_PER_SITE_MAX:
            raise BadInput("%(most)s endpoints a site is the limit; remove one first", most=ENDPOINTS_PER_SITE_MAX)
        endpoint = Endpoint(
            id="".join(secrets.choice(ID_ALPHABET) for _ in range(16)),
            site=site,
            url=url,
            events=chosen,
            created_at=now,
            removed_at=None,
            off_at=None,
            off_reason=None,
            failing_since=None,
            cursors=cursors_now(connection, site),
        )
        endpoints.add(connection, endpoint)
        secret = EndpointSecret(endpoint=endpoint.id, generation=1, master=keys.newest, created_at=now, retired_at=None)
        endpoints.add_secret(connection, secret)
        told_clicks.listen(connection, site, told_until=Month.of(now).start())
    return ShownSecret(endpoint, secret_text(keys, secret))


def show_secret(db: Database, keys: MasterKeys, *, owner: User, endpoint: str, now: datetime) -> ShownSecret:
    """Return the newest secret of one's own endpoint.  Raises NotKnown, NotAllowed."""
    with db.reading() as connection:
        own = own_endpoint(connection, owner, endpoint)
        return ShownSecret(own, secret_text(keys, endpoints.secrets_of(connection, endpoint, now)[0]))


def renew_secret(
    db: Database, keys: MasterKeys, *, owner: User, endpoint: str, generation: int, now: datetime
) -> ShownSecret:
    """Make a new secret; for 24 hours messages are signed with the old one too, so that none is refused meanwhile.

    `generation` is the one to be succeeded, as the creator's page showed it: asking twice makes one new secret.
    """
    with db.writing() as connection:
        own = own_endpoint(connection, owner, endpoint)
        newest = endpoints.secrets_of(connection, endpoint, now)[0]
        if newest.generation != generation:
            return ShownSecret(own, secret_text(keys, newest))
        if newest.generation == GENERATION_MAX:
            raise BadInput("this endpoint has used up its secrets; remove it and add it anew")
        secret = EndpointSecret(
            endpoint=endpoint, generation=generation + 1, master=keys.newest, created_at=now, retired_at=None
        )
        endpoints.add_secret(connection, secret)
        endpoints.retire_secrets_before(connection, endpoint, secret.generation, now + SECRET_GRACE)
    return ShownSecret(own, secret_text(keys, secret))


def remove_endpoint(db: Database, *, owner: User, endpoint: str, now: datetime) -> None:
    """Tell an address nothing more; messages that wait for it are not sent.  Raises NotKnown, NotAllowed."""
    with db.writing() as connection:
        own_endpoint(connection, owner, endpoint)
        endpoints.set_removed(connection, endpoint, now)


def switch_endpoint_on(db: Database, *, owner: User, endpoint: str) -> None:
    """Tell an endpoint again, of what happens from now on; twice is no error.  Raises NotKnown, NotAllowed."""
    with db.writing() as connection:
        own = own_endpoint(connection, owner, endpoint)
        if not own.is_on:
            endpoints.switch_on(connection, endpoint, cursors_now(connection, own.site))


def send_again(db: Database, *, owner: User, delivery: int, now: datetime) -> Delivery:
    """Let housekeeping send a message again with its old id, whatever became of it.

    Raises NotKnown, NotAllowed, or BadInput while its endpoint is switched off.
    """
    with db.writing() as connection:
        known = deliveries.find(connection, delivery)
        if known is None:
            raise NotKnown("there is no such message; they are kept for 30 days")
        if not own_endpoint(connection, owner, known.endpoint).is_on:
            raise BadInput("this endpoint is switched off; switch it on first")
        deliveries.revive(connection, delivery, now)
        return known


def own_endpoint(connection: Connection, owner: User, endpoint: str) -> Endpoint:
    known = endpoints.find(connection, endpoint)
    if known is None:
        raise NotKnown("there is no such endpoint")
    require_owner(sites.get(connection, known.site), owner)
    return known


def secret_of(keys: MasterKeys, secret: EndpointSecret) -> bytes:
    """Derive a secret; it is never stored."""
    return keys.derive("webhook secret", secret.endpoint, str(secret.generation), master=secret.master)


def secret_text(keys: MasterKeys, secret: EndpointSecret) -> str:
    """Return a secret as Standard Webhooks write it."""
    return f"whsec_{b64encode(secret_of(keys, secret)).decode()}"


def _with_small_host(url: str) -> str:
    """Write scheme and host in small letters, as they mean the same; whatever is no address stays as it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadEndpointAddress("this is no address; write one like https://hooks.example/flattr") from None
    if not parts.netloc or parts.fragment:
        raise BadEndpointAddress("this is no address; write one like https://hooks.example/flattr")
    return urlunsplit(parts._replace(netloc=parts.netloc.lower()))
