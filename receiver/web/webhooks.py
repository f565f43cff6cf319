"""What machines send: builds their lists of things, applications their readers' clicks."""

import json
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from flattr_button import BadToken
from receiver.actions.record_clicks import Outcome, click_from_application
from receiver.actions.register_things import register_list
from receiver.domain.errors import BadWebhookBody, FlattrError
from receiver.web.answers import answer_of
from receiver.web.requests import parts_of

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


async def clicks(request: Request) -> Response:
    """Answer with one result a click; the status is 200 if any was taken, else that of the first refusal."""
    parts = parts_of(request)
    signed_clicks = _signed_clicks(await request.body())
    outcomes = await run_in_threadpool(click_from_application, parts.db, parts.keys, signed_clicks, now=parts.clock())
    results = [_result(outcome) for outcome in outcomes]
    is_any_taken = any(outcome.receipt for outcome in outcomes)
    return JSONResponse({"results": results}, status_code=200 if is_any_taken else results[0]["status"])


def _signed_clicks(body: bytes) -> list[str]:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise BadWebhookBody("the body is not JSON") from None
    signed_clicks = document.get("clicks") if isinstance(document, dict) else None
    if not isinstance(signed_clicks, list) or not all(type(signed) is str for signed in signed_clicks):
        raise BadWebhookBody('the body reads {"clicks": [SIGNED CLICK, …]}')
    return signed_clicks


def _result(outcome: Outcome) -> dict[str, Any]:
    if outcome.receipt is not None:
        return {"status": 200, "click": outcome.receipt.click_id, "new": outcome.receipt.is_new}
    refusal = outcome.refusal
    assert isinstance(refusal, FlattrError | BadToken)
    return {"status": answer_of(refusal).status, "error": type(refusal).__name__, "message": str(refusal)}
