"""Sign in by a code, typed in the same tab."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.sign_in import CODE_AGE, SESSION_AGE, enter_code, request_code, sign_out
from receiver.domain.errors import BadEmail, MailNotSent, TooMany, WrongCode
from receiver.web.answers import answer_of, retry_headers
from receiver.web.requests import Form, cookie, delete_cookie, parts_of, set_cookie, visitor_or_none
from receiver.web.templating import render

# Where one may come out after signing in: no free redirect.
_RETURNS: Final = ("/f/", "/s/", "/me", "/creator", "/operator", "/sites")


def ask_email(request: Request) -> Response:
    if visitor_or_none(request) is not None:
        return RedirectResponse(_return_to(request.query_params.get("to", "")), status_code=303)
    return render(request, "sign_in.html", return_to=_return_to(request.query_params.get("to", "")), email="", fault="")


def send_code(request: Request, form: Form) -> Response:
    parts = parts_of(request)
    return_to, email = _return_to(form.get("to", "")), form.get("email", "")
    try:
        browser = request_code(
            parts.db, parts.keys, parts.mailer,
            email=email, return_to=return_to, receiver=parts.receiver, now=parts.clock(),
        )  # fmt: skip
    except (BadEmail, TooMany, MailNotSent) as error:
        status = answer_of(error).status
        page = render(request, "sign_in.html", status=status, return_to=return_to, email=email, fault=str(error))
        page.headers.update(retry_headers(error))
        return page
    response = RedirectResponse("/sign-in/code", status_code=303)
    set_cookie(response, parts, "sign-in", browser, age_s=int(CODE_AGE.total_seconds()))
    return response


def ask_code(request: Request) -> Response:
    if not cookie(request, "sign-in"):
        return RedirectResponse("/sign-in", status_code=303)
    return render(request, "code.html", fault="")


def check_code(request: Request, form: Form) -> Response:
    parts = parts_of(request)
    try:
        signed_in = enter_code(
            parts.db, parts.keys, browser=cookie(request, "sign-in"), code=form.get("code", ""), now=parts.clock()
        )
    except WrongCode as error:
        return render(request, "code.html", status=answer_of(error).status, fault=str(error))
    response = RedirectResponse(_return_to(signed_in.return_to), status_code=303)
    set_cookie(response, parts, "session", signed_in.session, age_s=int(SESSION_AGE.total_seconds()))
    delete_cookie(response, parts, "sign-in")
    return response


def leave(request: Request, form: Form) -> Response:  # noqa: ARG001 - the form is empty
    parts = parts_of(request)
    sign_out(parts.db, cookie(request, "session"))
    response = RedirectResponse("/", status_code=303)
    delete_cookie(response, parts, "session")
    return response


def _return_to(path: str) -> str:
    is_ours = path.startswith(_RETURNS) and "//" not in path and "\\" not in path and path.isprintable()
    return path if is_ours and path.isascii() and len(path) <= 4_100 else "/me"
