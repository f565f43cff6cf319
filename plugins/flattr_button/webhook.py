"""Sign and verify messages after the Standard Webhooks scheme.

Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md (read 2026-11-20):
the signed content is `id.timestamp.body`, the signature `v1,` and base64 of HMAC-SHA256.
A thing token's first part holds no dot, so no signature serves as the other kind.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from flattr_button.faults import BadWebhook

TOLERANCE_S: Final = 300


def sign_webhook(secret: bytes, body: bytes, *, message_id: str, sent_at: datetime) -> dict[str, str]:
    """Return the three headers that go with a body; `message_id` stays the same over retries."""
    timestamp = str(int(sent_at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": _signature(secret, message_id, timestamp, body),
    }


def verify_webhook(secret: bytes, body: bytes, headers: Mapping[str, str], *, now: datetime) -> str:
    """Return the message id of a genuine, recent message; the caller refuses an id seen before.

    Raises BadWebhook if a header is missing, the time is more than five minutes off, or no signature fits.
    """
    try:
        message_id, timestamp, signatures = (
            headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"],
        )  # fmt: skip
    except KeyError as error:
        raise BadWebhook(f"the header {error.args[0]} is missing") from None
    if not (1 <= len(message_id) <= 128 and message_id.isascii() and message_id.isprintable()):
        raise BadWebhook("webhook-id has 1 to 128 printable ASCII characters")
    expected = _signature(secret, message_id, timestamp, body).encode()
    if not any(hmac.compare_digest(expected, given.encode()) for given in signatures.split(" ")[:8]):
        raise BadWebhook("the signature does not fit; sign with the key of this site")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadWebhook("webhook-timestamp is the time of sending in whole seconds since 1970")
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE_S:
        raise BadWebhook("the message was sent more than five minutes ago or from now; set the clock, send it anew")
    return message_id


def _signature(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    if len(secret) < 32:
        raise ValueError("an empty or short key signs nothing")
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
