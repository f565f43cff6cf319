"""Errors as pages, or as JSON for machines."""

import logging
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from receiver.domain.errors import BooksOutOfBalance, SignInNeeded, TooMany
from receiver.web.answers import answer_of
from receiver.web.security import SAFE_METHODS, SIGNED_PATHS
from receiver.web.templating import render

log = logging.getLogger("receiver")

_WORDS_BY_STATUS: Final = {
    404: "There is no such page here.",
    405: "This page cannot be used that way; go back and press the button on it.",
    413: "That was too long to be taken.",
}


def known_error(request: Request, error: Exception) -> Response:
    """Answer an error of our own by its row in the table."""
    if isinstance(error, SignInNeeded) and not _is_for_machine(request):
        to = request.url.path if request.method in SAFE_METHODS else "/me"
        return RedirectResponse(f"/sign-in?to={to}", status_code=303)
    status, sentence = answer_of(error).status, str(error)
    if isinstance(error, BooksOutOfBalance):
        log.critical("%s", error)
        sentence = "The books do not balance, so nothing more is booked until the operator has looked at them."
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooMany) else {}
    if status == 503:
        headers["Retry-After"] = "5"
    if _is_for_machine(request):
        return JSONResponse({"error": type(error).__name__, "message": sentence}, status_code=status, headers=headers)
    response = _page(request, status, sentence)
    response.headers.update(headers)
    return response


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
    return JSONResponse({"error": "InternalError", "message": "This is our mistake; the operator can see it."}, 500)


def _page(request: Request, status: int, sentence: str) -> Response:
    try:
        return render(request, "problem.html", status=status, sentence=sentence, status_code=status)
    except Exception as error:
        log.error("cannot draw the page of a problem: %s", type(error).__name__)
        return JSONResponse({"error": "Problem", "message": sentence}, status_code=status)


def _is_for_machine(request: Request) -> bool:
    return request.url.path.startswith(SIGNED_PATHS) or request.url.path == "/healthz"
