"""One's name and address, where one is signed in, passkeys, recovery codes, and leaving."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from receiver.actions.change_email import (
    address_rests_until,
    ask_new_address,
    change_email,
    look_at_undo,
    undo_change,
)
from receiver.actions.keep_passkeys import can_prove, list_passkeys
from receiver.actions.leave import FRESH_AGE, leave
from receiver.actions.list_sessions import end_other_sessions, end_session, list_sessions
from receiver.actions.rename_user import rename_user
from receiver.actions.sign_in import CODE_AGE
from receiver.actions.tell_everything import tell_everything
from receiver.actions.use_recovery_code import list_recovery_codes, make_recovery_codes
from receiver.domain.errors import (
    AddressRests,
    BadInput,
    FlattrError,
    MailNotSent,
    NotAllowed,
    ProofNeeded,
    StillOwed,
    TooMany,
)
from receiver.web.answers import answer_of, retry_headers
from receiver.web.fault_words import fault_words
from receiver.web.requests import Form, cookie, delete_cookie, is_operator, parts_of, set_cookie, visitor_of
from receiver.web.templating import render

HOME = "/me/account"


def overview(request: Request) -> Response:
    return _overview(request)


def rename(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    try:
        rename_user(parts.db, user=visitor.user, name=form.get("name", ""))
    except BadInput as error:
        return _overview(request, fault=error, fault_at="name", typed=form.get("name", ""))
    return RedirectResponse(HOME, status_code=303)


def send_address_code(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    email = form.get("email", "")
    try:
        browser = ask_new_address(
            parts.db, parts.keys, parts.mailer,
            session=visitor.session, email=email, receiver=parts.receiver, now=parts.clock(),
        )  # fmt: skip
    except (BadInput, AddressRests, TooMany, MailNotSent) as error:
        return _overview(request, fault=error, fault_at="address", typed=email)
    response = RedirectResponse(f"{HOME}/address/code", status_code=303)
    set_cookie(response, parts, "address", browser, age_s=int(CODE_AGE.total_seconds()))
    return response


def ask_address_code(request: Request) -> Response:
    return render(request, "address_code.html", visitor=visitor_of(request), fault="")


def check_address_code(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    try:
        change_email(
            parts.db, parts.keys,
            session=visitor.session, browser=cookie(request, "address"), code=form.get("code", ""),
            receiver=parts.receiver, now=parts.clock(),
        )  # fmt: skip
    except ProofNeeded:
        raise
    except NotAllowed as error:
        status = answer_of(error).status
        return render(request, "address_code.html", status=status, visitor=visitor, fault=fault_words(request, error))
    response = RedirectResponse(f"{HOME}#address", status_code=303)
    delete_cookie(response, parts, "address")
    return response


def ask_undo(request: Request) -> Response:
    parts, undo = parts_of(request), request.path_params["undo"]
    return render(request, "undo.html", undo=look_at_undo(parts.db, undo=undo, now=parts.clock()), email="")


def undo(request: Request, form: Form) -> Response:  # noqa: ARG001 - the address says all
    parts = parts_of(request)
    email = undo_change(parts.db, undo=request.path_params["undo"], now=parts.clock())
    response = render(request, "undo.html", undo=None, email=email)
    delete_cookie(response, parts, "session")
    return response


def end_one(request: Request, form: Form) -> Response:  # noqa: ARG001 - the address says all
    parts, visitor = parts_of(request), visitor_of(request)
    end_session(parts.db, session=visitor.session, handle=request.path_params["session"], now=parts.clock())
    return RedirectResponse(f"{HOME}#devices", status_code=303)


def end_others(request: Request, form: Form) -> Response:  # noqa: ARG001 - the form is empty
    parts, visitor = parts_of(request), visitor_of(request)
    end_other_sessions(parts.db, session=visitor.session, now=parts.clock())
    return RedirectResponse(f"{HOME}#devices", status_code=303)


def make_codes(request: Request, form: Form) -> Response:  # noqa: ARG001 - the form is empty
    """Answer with the codes themselves: they are shown this once, and only their hashes are stored."""
    parts, visitor = parts_of(request), visitor_of(request)
    codes = make_recovery_codes(parts.db, session=visitor.session, now=parts.clock())
    return render(request, "recovery_codes.html", visitor=visitor, codes=codes, is_strong=visitor.is_strong)


def everything(request: Request) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    answer = JSONResponse(tell_everything(parts.db, user=visitor.user, now=parts.clock()))
    answer.headers["Content-Disposition"] = 'attachment; filename="flattr-everything.json"'
    return answer


def ask_leave(request: Request) -> Response:
    return _leave_page(request)


def check_leave(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    try:
        leave(parts.db, parts.rules, session=visitor.session, email=form.get("email", ""), now=parts.clock())
    except (BadInput, StillOwed) as error:
        return _leave_page(request, fault=error, typed=form.get("email", ""))
    response = RedirectResponse("/", status_code=303)
    delete_cookie(response, parts, "session")
    return response


def _overview(request: Request, *, fault: FlattrError | None = None, fault_at: str = "", typed: str = "") -> Response:
    """Show it all; `fault_at` names the form that has to be mended, which keeps what was typed."""
    parts, visitor = parts_of(request), visitor_of(request)
    now = parts.clock()
    shown: dict[str, Any] = {
        "sessions": list_sessions(parts.db, session=visitor.session, now=now),
        "passkeys": list_passkeys(parts.db, user=visitor.user),
        "codes": list_recovery_codes(parts.db, user=visitor.user),
        "rests_until": address_rests_until(parts.db, user=visitor.user, now=now),
        "may_change": visitor.is_strong or not can_prove(parts.db, user=visitor.user),
    }
    page = render(
        request,
        "account.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        is_operator=is_operator(request, visitor),
        fault=fault_words(request, fault),
        fault_at=fault_at,
        typed=typed,
        **shown,
    )
    page.headers.update(retry_headers(fault) if fault else {})
    return page


def _leave_page(request: Request, *, fault: FlattrError | None = None, typed: str = "") -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    return render(
        request,
        "leave.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        is_proven=visitor.is_strong or parts.clock() - visitor.begun_at <= FRESH_AGE,
        can_prove=can_prove(parts.db, user=visitor.user),
        operators=sorted(parts.settings.operators),
        fault=fault_words(request, fault),
        typed=typed,
    )
