"""Ask a receiver over the network, or send it a list: signed with the site key, which itself never leaves."""

import json
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPException
from typing import IO, Any, Final, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from flattr_button.canonical import canonical_scope
from flattr_button.faults import BadUrl, ReceiverBusy, ReceiverRefused, ReceiverSilent
from flattr_button.question import Question
from flattr_button.site_key import SiteKey
from flattr_button.webhook import sign_webhook

TIMEOUT_S: Final = 30.0
ANSWER_BYTES_MAX: Final = 16_000_000
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
_USER_AGENT: Final = "selfhosted-flattr"  # some hosts refuse urllib's own

Answer = TypeVar("Answer")


class _NoRedirects(HTTPRedirectHandler):
    """A receiver answers at its own address; what is signed for it is sent nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def ask(key: SiteKey, receiver: str, asks: str, *, after: int = 0, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """Put a question about the key's site to a receiver; return the answer.  Raises as `post_signed` does."""
    question = Question(
        asks=asks, receiver=canonical_scope(receiver), site=key.site, generation=key.generation, after=after
    )
    return post_signed(key, receiver, question.path, question.body(), timeout_s=timeout_s)


def post_signed(key: SiteKey, receiver: str, path: str, body: bytes, *, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """Send a message signed with the key; return the JSON object that is answered, within the time all in all.

    Raises BadUrl for a receiver without https beyond this machine; ReceiverSilent, ReceiverBusy, ReceiverRefused.
    """
    receiver = require_private(receiver)
    headers = sign_webhook(key.secret, body, message_id=secrets.token_urlsafe(16), sent_at=datetime.now(UTC))
    request = Request(  # noqa: S310 - the scheme was checked
        f"{receiver}{path}",
        data=body,
        headers=headers | {"Content-Type": "application/json", "User-Agent": _USER_AGENT},
    )
    answer = _sent(receiver, request, timeout_s)
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ReceiverRefused(receiver, status=200, name="", message=_NO_RECEIVER)
    return document


def require_answer(receiver: str, path: str, *, timeout_s: float = TIMEOUT_S) -> None:
    """Open a page of a receiver as a reader does.  Raises as `post_signed` does."""
    receiver = require_private(receiver)
    request = Request(f"{receiver}{path}", headers={"User-Agent": _USER_AGENT})  # noqa: S310 - the scheme was checked
    _sent(receiver, request, timeout_s)


def require_private(receiver: str) -> str:
    """Return the canonical address of a receiver that nobody on the way can read or answer for.  Raises BadUrl."""
    receiver = canonical_scope(receiver)
    parts = urlsplit(receiver)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise BadUrl(receiver, "a receiver is asked over https://, and over http:// on this machine only; write https")
    return receiver


_NO_RECEIVER: Final = "what answers there is no Flattr receiver, or an old one; see whether the address is right"


def _sent(receiver: str, request: Request, timeout_s: float) -> bytes:
    try:
        return within(timeout_s, lambda: _answer(request, timeout_s))
    except HTTPError as error:
        raise _refusal(receiver, error) from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise ReceiverSilent(receiver, str(reason) or type(reason).__name__) from None


def _answer(request: Request, timeout_s: float) -> bytes:
    with build_opener(_NoRedirects).open(request, timeout=timeout_s) as answer:
        return _read(answer)


def _read(answer: IO[bytes]) -> bytes:
    text = answer.read(ANSWER_BYTES_MAX + 1)
    if len(text) > ANSWER_BYTES_MAX:
        raise OSError(f"the answer is longer than {ANSWER_BYTES_MAX} bytes")
    return text


def _refusal(receiver: str, error: HTTPError) -> ReceiverSilent | ReceiverRefused:
    with error:
        try:
            document = json.loads(_read(error))
            name, message = str(document["error"])[:60], str(document["message"])[:500]
        except (OSError, HTTPException, ValueError, RecursionError, TypeError, LookupError):
            name, message = "", _NO_RECEIVER
    if error.code == 429 or error.code >= 500:
        return ReceiverBusy(receiver, message if name else f"status {error.code}")
    return ReceiverRefused(receiver, status=error.code, name=name, message=message)


def within(timeout_s: float, call: Callable[[], Answer]) -> Answer:
    """Return what a call returns.  Raises what it raises, or TimeoutError when the time is over.

    In a thread, because the time-out of a socket begins anew with each piece that comes, and a name is looked up
    without one.
    """
    outcome: list[Answer] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as error:  # it is raised in the thread that waits
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout_s)
    if failure:
        raise failure[0]
    if not outcome:
        raise TimeoutError(f"no answer in {timeout_s:g} seconds")
    return outcome[0]
