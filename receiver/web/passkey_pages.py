"""Passkeys: make one, sign in with one, name them and take them back.

Each ceremony is a form that begins it, a page that asks the browser, and a form that sends what the browser signed.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions import prove_passkey as proofs
from receiver.actions import register_passkey as registrations
from receiver.actions.keep_passkeys import decline_passkey, remove_passkey, rename_passkey
from receiver.actions.register_passkey import CHALLENGE_AGE
from receiver.domain.errors import WrongPasskey
from receiver.web.answers import answer_of
from receiver.web.fault_words import fault_words
from receiver.web.requests import (
    Form,
    cookie,
    delete_cookie,
    device_of_request,
    parts_of,
    relying_party_of,
    set_cookie,
    set_session,
    visitor_of,
    visitor_or_none,
)
from receiver.web.sign_in_pages import return_path
from receiver.web.templating import render

KEPT = "/me/account#passkeys"


def begin_proof(request: Request, form: Form) -> Response:
    parts = parts_of(request)
    browser = proofs.begin_proof(
        parts.db, session=cookie(request, "session"), return_to=return_path(form.get("to", "")), now=parts.clock()
    )
    return _to_ceremony(request, "/sign-in/passkey", browser)


def ask_proof(request: Request) -> Response:
    return _proof_page(request)


def check_proof(request: Request, form: Form) -> Response:
    parts = parts_of(request)
    try:
        signed_in = proofs.prove_passkey(
            parts.db, relying_party_of(parts),
            browser=cookie(request, "passkey"), session=cookie(request, "session"),
            credential=form.get("credential", ""), now=parts.clock(), device=device_of_request(request),
        )  # fmt: skip
    except WrongPasskey as error:
        return _proof_page(request, fault=error)
    response = RedirectResponse(return_path(signed_in.return_to), status_code=303)
    set_session(response, parts, signed_in.session)
    delete_cookie(response, parts, "passkey")
    return response


def begin_passkey(request: Request, form: Form) -> Response:  # noqa: ARG001 - the form is empty
    parts, visitor = parts_of(request), visitor_of(request)
    browser = registrations.begin_passkey(parts.db, session=visitor.session, now=parts.clock())
    return _to_ceremony(request, "/me/account/passkeys/new", browser)


def ask_passkey(request: Request) -> Response:
    return _new_passkey_page(request)


def add_passkey(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    try:
        session = registrations.register_passkey(
            parts.db, relying_party_of(parts),
            session=visitor.session, browser=cookie(request, "passkey"),
            credential=form.get("credential", ""), name=form.get("name", ""), now=parts.clock(),
        )  # fmt: skip
    except WrongPasskey as error:
        return _new_passkey_page(request, fault=error, name=form.get("name", ""))
    response = RedirectResponse(KEPT, status_code=303)
    set_session(response, parts, session)
    delete_cookie(response, parts, "passkey")
    return response


def rename(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    rename_passkey(parts.db, user=visitor.user, credential_id=request.path_params["passkey"], name=form.get("name", ""))
    return RedirectResponse(KEPT, status_code=303)


def remove(request: Request, form: Form) -> Response:  # noqa: ARG001 - the address says all
    parts, visitor = parts_of(request), visitor_of(request)
    remove_passkey(parts.db, session=visitor.session, credential_id=request.path_params["passkey"], now=parts.clock())
    return RedirectResponse(KEPT, status_code=303)


def decline(request: Request, form: Form) -> Response:  # noqa: ARG001 - the form is empty
    parts, visitor = parts_of(request), visitor_of(request)
    decline_passkey(parts.db, user=visitor.user, now=parts.clock())
    return RedirectResponse("/me", status_code=303)


def _to_ceremony(request: Request, address: str, browser: str) -> Response:
    response = RedirectResponse(address, status_code=303)
    set_cookie(response, parts_of(request), "passkey", browser, age_s=int(CHALLENGE_AGE.total_seconds()))
    return response


def _proof_page(request: Request, *, fault: WrongPasskey | None = None) -> Response:
    parts, visitor = parts_of(request), visitor_or_none(request)
    options = proofs.proof_options(
        parts.db, relying_party_of(parts), browser=cookie(request, "passkey"), now=parts.clock()
    )
    return render(
        request,
        "passkey.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        options=options,
        fault=fault_words(request, fault),
    )


def _new_passkey_page(request: Request, *, fault: WrongPasskey | None = None, name: str = "") -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    options = registrations.new_passkey_options(
        parts.db, relying_party_of(parts), browser=cookie(request, "passkey"), user=visitor.user, now=parts.clock()
    )
    return render(
        request,
        "new_passkey.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        options=options,
        name=name,
        device=device_of_request(request),
        fault=fault_words(request, fault),
    )
