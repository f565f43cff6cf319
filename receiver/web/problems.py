"""Errors as pages, or as JSON for machines."""

import logging
from typing import Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from receiver.domain.errors import BooksOutOfBalance, ProofNeeded, SignInNeeded
from receiver.web.answers import answer_of, retry_headers
from receiver.web.security import SAFE_METHODS, SIGNED_PATHS
from receiver.web.templating import render

log = logging.getLogger("receiver")

_HEADING_BY_STATUS: Final = {
    403: "This is not allowed",
    404: "Not found",
    405: "Not found",
    410: "This button has retired",
    413: "Too long",
    414: "Too long",
    429: "Too often",
    500: "Our mistake",
    503: "Try again in a moment",
}
_WORDS_BY_STATUS: Final = {
    404: "There is no such page here.",
    405: "This page cannot be used that way; go back and press the button on it.",
    413: "That was too long to be taken.",
}
_OUR_MISTAKE: Final = "This is our mistake; the operator can see it. Nothing was changed."


def known_error(request: Request, error: Exception) -> Response:
    """Answer an error of our own by its row in the table."""
    if isinstance(error, SignInNeeded | ProofNeeded) and not _is_for_machine(request):
        to = request.url.path if request.method in SAFE_METHODS else "/me"
        door = "/sign-in" if isinstance(error, SignInNeeded) else "/sign-in/prove"
        return RedirectResponse(f"{door}?to={quote(to)}", status_code=303)
    if _is_for_machine(request):
        return known_to_machine(error)
    response = _page(request, answer_of(error).status, _sentence(error))
    response.headers.update(retry_headers(error))
    return response


def known_to_machine(error: Exception) -> Response:
    """Answer an error of our own as JSON."""
    content = {"error": type(error).__name__, "message": _sentence(error)}
    return JSONResponse(content, status_code=answer_of(error).status, headers=retry_headers(error))


def _sentence(error: Exception) -> str:
    if not isinstance(error, BooksOutOfBalance):
        return str(error)
    log.critical("%s", error)
    return "The books do not balance, so nothing more is booked until the operator has looked at them."


def http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = _WORDS_BY_STATUS.get(error.status_code, error.detail)
    if _is_for_machine(request):
        return JSONResponse({"error": "HTTPException", "message": sentence}, status_code=error.status_code)
    response = _page(request, error.status_code, sentence)
    response.headers.update(error.headers or {})
    return response


def unknown_error(request: Request, error: Exception) -> Response:
    """Answer our own mistake; the trace is in the log, without the address, which may tell who reads what."""
    log.error("%s on %s", type(error).__name__, request.method, exc_info=error)
    return unknown_to_machine() if _is_for_machine(request) else _page(request, 500, _OUR_MISTAKE)


def unknown_to_machine() -> Response:
    return JSONResponse({"error": "InternalError", "message": _OUR_MISTAKE}, status_code=500)


def _page(request: Request, status: int, sentence: str) -> Response:
    try:
        heading = _HEADING_BY_STATUS.get(status, "This did not work")
        return render(request, "problem.html", status=status, heading=heading, sentence=sentence, status_code=status)
    except Exception as error:
        log.error("cannot draw the page of a problem: %s", type(error).__name__)
        return JSONResponse({"error": "Problem", "message": sentence}, status_code=status)


def _is_for_machine(request: Request) -> bool:
    return request.url.path.startswith(SIGNED_PATHS) or request.url.path == "/healthz"
