"""Send the messages that are due to creators' endpoints: at least once each, with the same id at each try.

The network is asked outside of any transaction.  Whoever is killed between an answer and its note sends the message
again, and the endpoint knows it by its id.
"""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import Connection

from flattr_button import sign_webhook
from receiver.actions.keep_endpoints import own_endpoint, secret_of
from receiver.actions.queue_events import new_message_id
from receiver.domain.endpoint import (
    Delivery,
    Endpoint,
    Event,
    Reply,
    message_body,
    pause_after,
    reason_to_switch_off,
)
from receiver.domain.errors import BadInput, TooMany
from receiver.domain.person import User
from receiver.gateways.messages import MESSAGES_MAX, MessageSender
from receiver.gateways.open_network import Deadline
from receiver.store import deliveries, endpoints, sites, users
from receiver.store.database import Database
from receiver.store.mails import queue_mail
from receiver.store.master_keys import MasterKeys

RUN_S: Final = 60
TESTS_AN_HOUR_MAX: Final = 10
TEST_DUE: Final = timedelta(minutes=2)  # if whoever sends it at once is killed, housekeeping sends it then

Clock = Callable[[], datetime]
Spread = Callable[[], int]


def deliver_webhooks(
    db: Database,
    keys: MasterKeys,
    sender: MessageSender,
    *,
    receiver: str,
    clock: Clock,
    spread: Spread,
    deadline: Deadline,
) -> None:
    """Send what is due, some at once, until nothing is left or the time is over.

    An endpoint has one message on its way at a time, and one that does not take it is left alone for the rest of the
    round; so whoever is slow holds up no other.
    """
    failed: set[str] = set()
    on_their_way: dict[Future[Reply], Delivery] = {}
    with ThreadPoolExecutor(MESSAGES_MAX, thread_name_prefix="webhook") as lanes:
        while True:
            if not deadline.is_over and len(on_their_way) < MESSAGES_MAX:
                busy = {delivery.endpoint for delivery in on_their_way.values()}
                free = MESSAGES_MAX - len(busy)
                on_their_way |= _sent(db, keys, sender, lanes, but_to=failed | busy, most=free, now=clock())
            if not on_their_way:
                return
            for answered in wait(on_their_way, return_when=FIRST_COMPLETED).done:
                delivery, reply = on_their_way.pop(answered), answered.result()
                if not reply.is_taken:
                    failed.add(delivery.endpoint)
                _note(db, delivery, reply, receiver=receiver, now=clock(), spread=spread())


def _sent(
    db: Database,
    keys: MasterKeys,
    sender: MessageSender,
    lanes: Executor,
    *,
    but_to: set[str],
    most: int,
    now: datetime,
) -> dict[Future[Reply], Delivery]:
    """Send each of some endpoints a message that is due, to so many at most."""
    with db.reading() as connection:
        due = deliveries.due(connection, now, but_of=but_to, limit=most)
        headers = [_headers(connection, keys, delivery, now) for delivery, _ in due]
    return {
        lanes.submit(sender.send, url, signed, delivery.body.encode()): delivery
        for (delivery, url), signed in zip(due, headers, strict=True)
    }


def send_test(
    db: Database,
    keys: MasterKeys,
    sender: MessageSender,
    *,
    owner: User,
    endpoint: str,
    receiver: str,
    clock: Clock,
    spread: Spread,
) -> Reply:
    """Send an endpoint a message that tells of nothing, at once; return the answer.

    Raises NotKnown, NotAllowed, TooMany, or BadInput while the endpoint is switched off.
    """
    now = clock()
    with db.writing() as connection:
        own = own_endpoint(connection, owner, endpoint)
        if not own.is_on:
            raise BadInput("this endpoint is switched off; switch it on first")
        tests = deliveries.count_since(connection, endpoint, Event.TEST, now - timedelta(hours=1))
        if tests >= TESTS_AN_HOUR_MAX:
            raise TooMany("that were many tests within an hour; wait a little", retry_after_s=600)
        delivery_id = deliveries.add(
            connection,
            endpoint=endpoint,
            message=new_message_id(),
            event=Event.TEST,
            body=message_body(Event.TEST, now, {"site": own.site, "receiver": receiver}),
            now=now,
            due=now + TEST_DUE,
        )
        delivery = deliveries.find(connection, delivery_id)
        assert delivery is not None
        headers = _headers(connection, keys, delivery, now)
    reply = sender.send(own.url, headers, delivery.body.encode())
    _note(db, delivery, reply, receiver=receiver, now=clock(), spread=spread())
    return reply


def _headers(connection: Connection, keys: MasterKeys, delivery: Delivery, now: datetime) -> dict[str, str]:
    """Return the headers of Standard Webhooks, with a signature by each secret that is good at the moment."""
    signed = [
        sign_webhook(secret_of(keys, secret), delivery.body.encode(), message_id=delivery.message, sent_at=now)
        for secret in endpoints.secrets_of(connection, delivery.endpoint, now)
    ]
    return signed[0] | {"webhook-signature": " ".join(headers["webhook-signature"] for headers in signed)}


def _note(db: Database, tried: Delivery, reply: Reply, *, receiver: str, now: datetime, spread: int) -> None:
    """Write down what became of a try, and switch the endpoint off if it failed for too long."""
    with db.writing() as connection:
        delivery = deliveries.find(connection, tried.id)
        endpoint = endpoints.find(connection, tried.endpoint)
        if delivery is None or delivery.next_try_at is None or endpoint is None:
            return  # removed meanwhile, or somebody else got it delivered
        if reply.is_taken:
            deliveries.set_taken(connection, delivery, reply, now)
            endpoints.set_failing(connection, endpoint.id, None)
            return
        failing_since = endpoint.failing_since or now
        _note_failure(connection, delivery, reply, now, spread)
        endpoints.set_failing(connection, endpoint.id, failing_since)
        reason = reason_to_switch_off(reply, failing_since=failing_since, now=now)
        if reason is not None and endpoint.is_on:
            endpoints.switch_off(connection, endpoint.id, reason, now)
            deliveries.kill_waiting(connection, endpoint.id, now)
            _queue_notice(connection, endpoint, receiver, now)


def _note_failure(connection: Connection, delivery: Delivery, reply: Reply, now: datetime, spread: int) -> None:
    pause = pause_after(delivery.tries + 1, spread=spread)
    if pause is None or delivery.event is Event.TEST:  # a test is made again by hand
        deliveries.set_died(connection, delivery, reply, now)
    else:
        deliveries.set_put_off(connection, delivery, reply, now, until=now + pause)


def _queue_notice(connection: Connection, endpoint: Endpoint, receiver: str, now: datetime) -> None:
    """Mail the creator that an endpoint was switched off."""
    site = sites.get(connection, endpoint.site)
    text = (
        f"The messages about {site.title} to {urlsplit(endpoint.url).hostname} were not taken for days,\n"
        "or were answered with 410 (gone), so no more are sent there.\n\n"
        "See what was not delivered, and switch it on again:\n"
        f"{receiver}creator/sites/{site.id}/webhooks\n"
    )
    owner = users.get(connection, site.owner)
    queue_mail(connection, to=owner.email, subject="An endpoint was switched off", text=text, now=now)
