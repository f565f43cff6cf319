"""From a request to what an action needs."""

import functools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from receiver.actions.list_sessions import note_seen
from receiver.actions.sign_in import SESSION_AGE, session_of
from receiver.domain.device import Device, device_of
from receiver.domain.errors import BadInput, BadMonth, FlattrError, NotAllowed, NotKnown, ProofNeeded, SignInNeeded
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.relying_party import RelyingParty
from receiver.languages import Language, language_wanted, languages
from receiver.web.parts import Parts
from receiver.web.security import require_own_origin

FIELDS_MAX: Final = 20
FORM_TYPE: Final = "application/x-www-form-urlencoded"
PAGES_MAX: Final = 10_000
FORM_BYTES_MAX: Final = 16_384

Form = dict[str, str]
Page = Callable[[Request], Response]
FormPage = Callable[[Request, Form], Response]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, the secret of their session, and whether a passkey or a recovery code was used in it."""

    user: User
    session: str
    is_strong: bool
    begun_at: datetime


def parts_of(request: Request) -> Parts:
    parts = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts


def form_page(page: FormPage) -> Callable[[Request], Awaitable[Response]]:
    """Turn a function of request and form into an endpoint; it runs in a thread, because it waits for the disk."""

    @functools.wraps(page)
    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(_answer, page, request, await form_of(request))

    return endpoint


def _answer(page: FormPage, request: Request, form: Form) -> Response:
    """Answer a form, and note that its session is in use; the note is not worth failing for."""
    response = page(request, form)
    if session := cookie(request, "session"):
        with suppress(FlattrError):
            note_seen(parts_of(request).db, session=session, now=parts_of(request).clock())
    return response


async def form_of(request: Request) -> Form:
    """Read the form of a page of ours.  Raises ForeignRequest, BadInput."""
    require_own_origin(request.method, request.headers, parts_of(request).receiver)
    if not request.headers.get("content-type", FORM_TYPE).startswith(FORM_TYPE):
        raise BadInput("send it as the form on our page does")
    async with request.form(max_files=0, max_fields=FIELDS_MAX) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def cookie_name(parts: Parts, purpose: str) -> str:
    """`__Host-` pins a cookie to this very host, but needs https."""
    return f"__Host-flattr-{purpose}" if parts.settings.is_https else f"flattr-{purpose}"


def set_cookie(response: Response, parts: Parts, purpose: str, value: str, *, age_s: int) -> None:
    response.set_cookie(
        cookie_name(parts, purpose),
        value,
        max_age=age_s,
        path="/",
        secure=parts.settings.is_https,
        httponly=True,
        samesite="lax",  # said aloud: one engine does not take it for granted
    )


def delete_cookie(response: Response, parts: Parts, purpose: str) -> None:
    response.delete_cookie(
        cookie_name(parts, purpose), path="/", secure=parts.settings.is_https, httponly=True, samesite="lax"
    )


def cookie(request: Request, purpose: str) -> str:
    return request.cookies.get(cookie_name(parts_of(request), purpose), "")


def language_of(request: Request) -> Language:
    """Return the language that was chosen here, else the first of the browser's that we speak."""
    chosen = cookie(request, "language")
    return languages().get(chosen) or language_wanted(request.headers.get("accept-language", ""))


def set_session(response: Response, parts: Parts, session: str) -> None:
    set_cookie(response, parts, "session", session, age_s=int(SESSION_AGE.total_seconds()))


def device_of_request(request: Request) -> Device:
    return device_of(request.headers.get("user-agent", ""))


def relying_party_of(parts: Parts) -> RelyingParty:
    return RelyingParty.of(parts.receiver, parts.settings.name)


def visitor_or_none(request: Request) -> Visitor | None:
    parts = parts_of(request)
    session = cookie(request, "session")
    known = session_of(parts.db, session, parts.clock()) if session else None
    if known is None:
        return None
    return Visitor(known.user, session, is_strong=known.strong_at is not None, begun_at=known.begun_at)


def visitor_of(request: Request) -> Visitor:
    """Return who is signed in.  Raises SignInNeeded."""
    visitor = visitor_or_none(request)
    if visitor is None:
        raise SignInNeeded
    return visitor


def strong_visitor_of(request: Request) -> Visitor:
    """Return who is signed in by a session in which they proved that it is them, for what is about money paid out.

    Raises SignInNeeded, or ProofNeeded, which leads to the page where they can.
    """
    visitor = visitor_of(request)
    if not visitor.is_strong:
        raise ProofNeeded
    return visitor


def is_operator(request: Request, visitor: Visitor | None) -> bool:
    return visitor is not None and visitor.user.email in parts_of(request).settings.operators


def operator_of(request: Request) -> Visitor:
    """Return the operator who is signed in, strongly.  Raises SignInNeeded, NotAllowed or ProofNeeded."""
    if not is_operator(request, visitor_of(request)):
        raise NotAllowed("these pages are the operator's")
    return strong_visitor_of(request)


def month_of_path(request: Request) -> Month:
    """Return the month an address names.  Raises NotKnown."""
    try:
        month = Month.parse(request.path_params["month"])
    except BadMonth as error:
        raise NotKnown("there is no such page here; %(fault)s", fault=error) from None
    if month > Month.of(parts_of(request).clock()):
        raise NotKnown("%(month)s has not begun", month=month)
    return month


def local_path(address: str) -> str:
    """Return the address of a page of ours to come back to, the start page for anything else: no free redirect."""
    is_ours = address.startswith("/") and not address.startswith("//") and address.isascii() and address.isprintable()
    return address if is_ours and "\\" not in address else "/"


def number_of(text: str) -> int:
    """Read a positive whole number of a form or an address.  Raises BadInput."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadInput("a number is missing or damaged; go back and try again")
    return int(text)


def amount_of(request: Request, form: Form, *, field: str = "amount") -> Micros:
    return parts_of(request).rules.currency.parse(form.get(field, ""))


def page_of(request: Request) -> int:
    """Return the number of the page of a list, from 1."""
    return max(1, min(number_of(request.query_params.get("page", "1")), PAGES_MAX))
