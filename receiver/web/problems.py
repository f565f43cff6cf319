"""Errors as pages, or as JSON for machines."""

import logging
from typing import Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from receiver.domain.errors import BooksOutOfBalance, FlattrError, ProofNeeded, SignInNeeded
from receiver.languages import marked
from receiver.web.answers import answer_of, retry_headers
from receiver.web.fault_words import fault_words
from receiver.web.requests import language_of
from receiver.web.security import SAFE_METHODS, SIGNED_PATHS
from receiver.web.templating import render

log = logging.getLogger("receiver")

_HEADING_BY_STATUS: Final = {
    403: marked("This is not allowed"),
    404: marked("Not found"),
    405: marked("Not found"),
    410: marked("This button has retired"),
    413: marked("Too long"),
    414: marked("Too long"),
    429: marked("Too often"),
    500: marked("Our mistake"),
    503: marked("Try again in a moment"),
}
_OTHER_HEADING: Final = marked("This did not work")
_WORDS_BY_STATUS: Final = {
    404: marked("There is no such page here."),
    405: marked("This page cannot be used that way; go back and press the button on it."),
    413: marked("That was too long to be taken."),
}
_OUR_MISTAKE: Final = marked("This is our mistake; the operator can see it. Nothing was changed.")
_OUT_OF_BALANCE: Final = marked(
    "The books do not balance, so nothing more is booked until the operator has looked at them."
)


def known_error(request: Request, error: Exception) -> Response:
    """Answer an error of our own by its row in the table."""
    if isinstance(error, SignInNeeded | ProofNeeded) and not _is_for_machine(request):
        to = request.url.path if request.method in SAFE_METHODS else "/me"
        door = "/sign-in" if isinstance(error, SignInNeeded) else "/sign-in/prove"
        return RedirectResponse(f"{door}?to={quote(to)}", status_code=303)
    if _is_for_machine(request):
        return known_to_machine(error)
    response = _page(request, answer_of(error).status, fault_words(request, _public(error)))
    response.headers.update(retry_headers(error))
    return response


def known_to_machine(error: Exception) -> Response:
    """Answer an error of our own as JSON."""
    content = {"error": type(error).__name__, "message": str(_public(error))}
    return JSONResponse(content, status_code=answer_of(error).status, headers=retry_headers(error))


def _public(error: Exception) -> Exception:
    """Return what everybody may know: of books out of balance only that, their faults go to the log."""
    if not isinstance(error, BooksOutOfBalance):
        return error
    log.critical("%s", error)
    return FlattrError(_OUT_OF_BALANCE)


def http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = _WORDS_BY_STATUS.get(error.status_code, error.detail)
    if _is_for_machine(request):
        return JSONResponse({"error": "HTTPException", "message": sentence}, status_code=error.status_code)
    response = _page(request, error.status_code, language_of(request).gettext(sentence))
    response.headers.update(error.headers or {})
    return response


def unknown_error(request: Request, error: Exception) -> Response:
    """Answer our own mistake; the trace is in the log, without the address, which may tell who reads what."""
    log.error("%s on %s", type(error).__name__, request.method, exc_info=error)
    if _is_for_machine(request):
        return unknown_to_machine()
    return _page(request, 500, language_of(request).gettext(_OUR_MISTAKE))


def unknown_to_machine() -> Response:
    return JSONResponse({"error": "InternalError", "message": _OUR_MISTAKE}, status_code=500)


def _page(request: Request, status: int, sentence: str) -> Response:
    try:
        heading = language_of(request).gettext(_HEADING_BY_STATUS.get(status, _OTHER_HEADING))
        return render(request, "problem.html", status=status, heading=heading, sentence=sentence, status_code=status)
    except Exception as error:
        log.error("cannot draw the page of a problem: %s", type(error).__name__)
        return JSONResponse({"error": "Problem", "message": sentence}, status_code=status)


def _is_for_machine(request: Request) -> bool:
    return request.url.path.startswith(SIGNED_PATHS) or request.url.path == "/healthz"
