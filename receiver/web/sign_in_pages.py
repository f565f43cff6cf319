"""Sign in by a code, typed in the same tab; or by a recovery code; and prove that it is you."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.keep_passkeys import can_prove, list_passkeys
from receiver.actions.sign_in import CODE_AGE, CODE_DIGITS, digits_of, enter_code, request_code, sign_out, spaced
from receiver.actions.use_recovery_code import use_recovery_code
from receiver.domain.errors import AddressRests, BadEmail, MailNotSent, TooMany, WrongCode
from receiver.web.answers import answer_of, retry_headers
from receiver.web.fault_words import fault_words
from receiver.web.requests import (
    Form,
    cookie,
    delete_cookie,
    device_of_request,
    language_of,
    parts_of,
    set_cookie,
    set_session,
    visitor_of,
    visitor_or_none,
)
from receiver.web.templating import render

# Where one may come out after signing in: no free redirect.
_RETURNS: Final = ("/f/", "/s/", "/me", "/creator", "/operator", "/sites")


def ask_email(request: Request) -> Response:
    if visitor_or_none(request) is not None:
        return RedirectResponse(return_path(request.query_params.get("to", "")), status_code=303)
    return_to = return_path(request.query_params.get("to", ""))
    return render(request, "sign_in.html", return_to=return_to, email="", fault="")


def send_code(request: Request, form: Form) -> Response:
    parts = parts_of(request)
    return_to, email = return_path(form.get("to", "")), form.get("email", "")
    try:
        browser = request_code(
            parts.db, parts.keys, parts.mailer,
            email=email, return_to=return_to, receiver=parts.receiver, now=parts.clock(),
            language=language_of(request).code,
        )  # fmt: skip
    except (BadEmail, TooMany, MailNotSent) as error:
        status = answer_of(error).status
        page = render(
            request, "sign_in.html", status=status, return_to=return_to, email=email, fault=fault_words(request, error)
        )
        page.headers.update(retry_headers(error))
        return page
    response = RedirectResponse("/sign-in/code", status_code=303)
    set_cookie(response, parts, "sign-in", browser, age_s=int(CODE_AGE.total_seconds()))
    return response


def ask_code(request: Request) -> Response:
    """Show the form for the code; the link of the mail fills it in, in the browser that asked and in no other."""
    code = digits_of(request.query_params.get("code", ""))
    if not cookie(request, "sign-in"):
        return RedirectResponse("/sign-in", status_code=303) if not code else render(request, "other_browser.html")
    return render(request, "code.html", fault="", code=spaced(code) if len(code) == CODE_DIGITS else "")


def check_code(request: Request, form: Form) -> Response:
    parts = parts_of(request)
    try:
        signed_in = enter_code(
            parts.db, parts.keys,
            browser=cookie(request, "sign-in"), code=form.get("code", ""), now=parts.clock(),
            device=device_of_request(request), language=language_of(request).code,
        )  # fmt: skip
    except (WrongCode, AddressRests) as error:
        return render(request, "code.html", status=answer_of(error).status, fault=fault_words(request, error), code="")
    response = RedirectResponse(return_path(signed_in.return_to), status_code=303)
    set_session(response, parts, signed_in.session)
    delete_cookie(response, parts, "sign-in")
    return response


def prove(request: Request) -> Response:
    """Say how to make this session strong, and lead back."""
    parts, visitor = parts_of(request), visitor_of(request)
    return_to = return_path(request.query_params.get("to", ""))
    if visitor.is_strong:
        return RedirectResponse(return_to, status_code=303)
    return render(
        request,
        "prove.html",
        visitor=visitor,
        return_to=return_to,
        has_passkey=bool(list_passkeys(parts.db, user=visitor.user)),
        has_proof=can_prove(parts.db, user=visitor.user),
    )


def ask_recovery_code(request: Request) -> Response:
    return_to = return_path(request.query_params.get("to", ""))
    return render(request, "recovery_code.html", return_to=return_to, fault="", code="")


def check_recovery_code(request: Request, form: Form) -> Response:
    parts, return_to = parts_of(request), return_path(form.get("to", ""))
    try:
        signed_in = use_recovery_code(
            parts.db,
            code=form.get("code", ""),
            session=cookie(request, "session"),
            device=device_of_request(request),
            now=parts.clock(),
        )
    except WrongCode as error:
        status, code = answer_of(error).status, form.get("code", "")
        return render(
            request,
            "recovery_code.html",
            status=status,
            return_to=return_to,
            fault=fault_words(request, error),
            code=code[:64],
        )
    response = RedirectResponse(return_to, status_code=303)
    set_session(response, parts, signed_in.session)
    return response


def leave(request: Request, form: Form) -> Response:  # noqa: ARG001 - the form is empty
    parts = parts_of(request)
    sign_out(parts.db, cookie(request, "session"))
    response = RedirectResponse("/", status_code=303)
    delete_cookie(response, parts, "session")
    return response


def return_path(path: str) -> str:
    """Return where to come out after signing in, the month for anything that is not ours."""
    is_ours = path.startswith(_RETURNS) and "//" not in path and "\\" not in path and path.isprintable()
    return path if is_ours and path.isascii() and len(path) <= 4_100 else "/me"
