"""What machines send: builds their lists of things and their questions, applications their readers' clicks."""

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from receiver.actions.record_clicks import Outcome
from receiver.actions.register_things import register_list
from receiver.actions.tell_builds import tell_counts, tell_site, tell_things
from receiver.domain.errors import BadWebhookBody
from receiver.domain.thing import Thing
from receiver.web.answers import answer_of
from receiver.web.requests import parts_of

CLICKS_PATH: Final = "/webhooks/clicks"
BODY_BYTES_MAX: Final = 4_000_000
QUESTION_BYTES_MAX: Final = 4_096

Told = TypeVar("Told")


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


async def site(request: Request) -> Response:
    known = await _told(request, tell_site)
    return JSONResponse(
        {
            "site": known.site.id,
            "scope": known.site.scope,
            "is_verified": known.site.is_verified,
            "newest_generation": known.newest_generation,
            "retires_at": known.retires_at and int(known.retires_at.timestamp()),
        }
    )


async def known_things(request: Request) -> Response:
    known = await _told(request, tell_things)
    return JSONResponse({"things": [_thing(thing) for thing in known.things], "after": known.after})


async def counts(request: Request) -> Response:
    return JSONResponse({"counts": await _told(request, tell_counts)})


async def _told(request: Request, tell: Callable[..., Told]) -> Told:
    """Put a build's signed question to an action."""
    parts, body = parts_of(request), await request.body()
    return await run_in_threadpool(
        tell, parts.db, parts.keys, body=body, headers=request.headers, receiver=parts.receiver, now=parts.clock()
    )


def _thing(thing: Thing) -> dict[str, Any]:
    """Return a thing in the names of a claim (docs/token.md), what is not set left out."""
    fields = {
        "g": thing.generation,
        "u": thing.url,
        "t": thing.title,
        "l": thing.language,
        "c": thing.category,
        "k": list(thing.tags) or None,
        "h": thing.hidden or None,
        "i": thing.identity.removeprefix("i:") if thing.identity.startswith("i:") else None,
        "m": thing.modified,
        "o": thing.original,
    }
    return {name: value for name, value in fields.items() if value is not None}


async def clicks(request: Request) -> Response:
    """Record the clicks of an application; a served receiver takes most of them past this: `straight.py`."""
    parts = parts_of(request)
    signed_clicks = signed_clicks_of(await request.body())
    outcomes = await parts.clicks.record_signed(signed_clicks, now=parts.clock())
    status, body = answer_to_clicks(outcomes)
    return Response(body, status_code=status, media_type="application/json")


def answer_to_clicks(outcomes: list[Outcome]) -> tuple[int, bytes]:
    """Return status and body: a result each; the status is 200 if any was taken, else that of the first refusal."""
    results = [_result(outcome) for outcome in outcomes]
    refusals = [outcome.refusal for outcome in outcomes if outcome.refusal is not None]
    status = 200 if len(refusals) < len(outcomes) else answer_of(refusals[0]).status
    return status, f'{{"results":[{",".join(results)}]}}'.encode()


def signed_clicks_of(body: bytes) -> list[str]:
    """Read what an application sends.  Raises BadWebhookBody."""
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
