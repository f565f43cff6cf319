"""The mail after each month: choose it, and stop it, also by the link in a mail without signing in."""

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.mail_months import (
    read_stop_token,
    stop_month_mail,
    stop_month_mail_by_token,
    wish_month_mail,
)
from receiver.web.requests import Form, language_of, parts_of, visitor_of
from receiver.web.templating import render

STOP_PATH: Final = "/mails/stop/{stop}"


def choose(request: Request, form: Form) -> Response:
    """Begin or stop the mails of whoever is signed in; they come in the language of the page."""
    parts, visitor = parts_of(request), visitor_of(request)
    if form.get("wish") == "stop":
        stop_month_mail(parts.db, reader=visitor.user)
    else:
        language = language_of(request).code
        wish_month_mail(parts.db, reader=visitor.user, language=language, now=parts.clock())
    return RedirectResponse("/me#mail", status_code=303)


def ask_stop(request: Request) -> Response:
    """Ask before stopping: programs that look at mails follow their links."""
    token = request.path_params["stop"]
    read_stop_token(parts_of(request).keys, token)
    return render(request, "stop_mail.html", stop=token, is_stopped=False)


async def stop(request: Request) -> Response:
    """Stop the mails; the token alone allows it, for mail programs send this by themselves (RFC 8058, section 3.2)."""
    await request.body()  # what it says changes nothing, but it is read, so that it cannot be long
    return await run_in_threadpool(_stop, request)


def _stop(request: Request) -> Response:
    parts = parts_of(request)
    stop_month_mail_by_token(parts.db, parts.keys, request.path_params["stop"])
    return render(request, "stop_mail.html", stop="", is_stopped=True)
