"""Sign and verify messages after the Standard Webhooks scheme.

Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md (read 2026-11-20):
the signed content is `id.timestamp.body`, the signature `v1,` and base64 of HMAC-SHA256.
An id holds no dot, as the scheme asks, so the three parts cannot be read in another way; and the text that a token
signs holds none at all, so no signature serves as the other kind.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from flattr_button.faults import BadWebhook
from flattr_button.signature import signature_of

TOLERANCE_S: Final = 300
SIGNATURES_MAX: Final = 8  # the scheme allows several, for the rotation of keys

_MESSAGE_ID: Final = re.compile(r"[!-\-/-~]{1,128}")  # visible ASCII but the dot
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


def sign_webhook(secret: bytes, body: bytes, *, message_id: str, sent_at: datetime) -> dict[str, str]:
    """Return the three headers that go with a body; `message_id` stays the same over retries.

    Raises BadWebhook if the message id is not 1 to 128 visible ASCII characters without a dot.
    """
    assert sent_at.tzinfo is not None
    _require_message_id(message_id)
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
    _require_message_id(message_id)
    if not _TIMESTAMP.fullmatch(timestamp):
        raise BadWebhook("webhook-timestamp is the time of sending in whole seconds since 1970")
    if not signatures.isascii():  # compare_digest takes no other text
        raise BadWebhook("webhook-signature is v1, and base64")
    expected = _signature(secret, message_id, timestamp, body)
    given = signatures.split(" ", SIGNATURES_MAX)[:SIGNATURES_MAX]
    if not any(hmac.compare_digest(expected, signature) for signature in given):
        raise BadWebhook("the signature does not fit; sign with the key of this site")
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE_S:
        raise BadWebhook("the message was sent more than five minutes ago or from now; set the clock, send it anew")
    return message_id


def _require_message_id(message_id: str) -> None:
    if not _MESSAGE_ID.fullmatch(message_id):
        raise BadWebhook("webhook-id has 1 to 128 visible ASCII characters and no dot")


def _signature(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + b64encode(signature_of(secret, signed)).decode()
