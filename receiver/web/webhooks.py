"""What machines send: builds their lists of things, applications their readers' clicks."""

import json
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from receiver.actions.record_clicks import Outcome
from receiver.actions.register_things import register_list
from receiver.domain.errors import BadWebhookBody
from receiver.web.answers import answer_of
from receiver.web.parts import Parts
from receiver.web.requests import parts_of

CLICKS_PATH: Final = "/webhooks/clicks"
BODY_BYTES_MAX: Final = 4_000_000


async def things(request: Request) -> Response:
    parts, body = parts_of(request), await request.body()
    registration = await run_in_threadpool(
        register_list,
        parts.db, parts.keys, body=body, headers=request.headers, receiver=parts.receiver, now=parts.clock(),
    )  # fmt: skip
    return JSONResponse(
        {
            "added": registration.added,
            "changed": registration.changed,
            "unchanged": registration.unchanged,
            "refused": registration.refused,
        }
    )


class Clicks:
    """Answers with one result a click; the status is 200 if any was taken, else that of the first refusal.

    The hot path of a receiver, so it does without Request and Response, which cost more than the click.
    """

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        self._headers = [(b"content-type", b"application/json"), *headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts: Parts = scope["app"].state.parts
        signed_clicks = _signed_clicks(await _body_of(receive))
        outcomes = await parts.clicks.record_signed(signed_clicks, now=parts.clock())
        results = [_result(outcome) for outcome in outcomes]
        refusals = [outcome.refusal for outcome in outcomes if outcome.refusal is not None]
        body = f'{{"results":[{",".join(results)}]}}'.encode()
        headers = [(b"content-length", b"%d" % len(body)), *self._headers]
        status = 200 if len(refusals) < len(outcomes) else answer_of(refusals[0]).status
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _body_of(receive: Receive) -> bytes:
    """Return a request's body.  Raises HTTPException if it is too long, ClientDisconnect if it does not come."""
    chunks: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        length += len(chunks[-1])
        if length > BODY_BYTES_MAX:
            raise HTTPException(413)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _signed_clicks(body: bytes) -> list[str]:
    try:
        document: Any = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise BadWebhookBody("the body is not JSON") from None
    signed_clicks = document.get("clicks") if isinstance(document, dict) else None
    if not isinstance(signed_clicks, list) or not all(type(signed) is str for signed in signed_clicks):
        raise BadWebhookBody('the body reads {"clicks": [SIGNED CLICK, …]}')
    return signed_clicks


def _result(outcome: Outcome) -> str:
    """Return the JSON of a click's result; that of a receipt is written by hand, for speed."""
    if outcome.receipt is not None:
        new = "true" if outcome.receipt.is_new else "false"
        return f'{{"status":200,"click":"{outcome.receipt.click_id}","new":{new}}}'
    refusal = outcome.refusal
    assert refusal is not None
    return json.dumps(
        {"status": answer_of(refusal).status, "error": type(refusal).__name__, "message": str(refusal)},
        ensure_ascii=False,
    )
