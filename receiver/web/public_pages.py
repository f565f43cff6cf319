"""What passers-by see."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from receiver.actions.list_subscriptions import list_subscriptions
from receiver.actions.show_directory import list_newest_things, list_sites, show_site, thing_of_site
from receiver.actions.state_month import state_books, state_reader_month
from receiver.domain.errors import FlattrError
from receiver.domain.money import NOTHING
from receiver.domain.month import Month
from receiver.domain.pot import Funds, split_pot
from receiver.domain.rules import PLEDGE_MICROS_MIN, Rules
from receiver.languages import language_named
from receiver.web.answers import answer_of
from receiver.web.requests import Form, local_path, page_of, parts_of, set_cookie, visitor_or_none
from receiver.web.templating import render

YEAR_S: Final = 365 * 86_400


def home(request: Request) -> Response:
    parts = parts_of(request)
    things = list_newest_things(parts.db, limit=6)
    return render(request, "home.html", things=things, example=_example(parts.rules))


def directory(request: Request) -> Response:
    page = list_sites(parts_of(request).db, page=page_of(request))
    return render(request, "directory.html", page=page)


def site(request: Request) -> Response:
    return site_page(request, request.path_params["site"])


def site_page(request: Request, site_id: str, *, fault: FlattrError | None = None, typed: str = "") -> Response:
    """Show a site and its things; to a reader also the ways to subscribe and to give."""
    parts, visitor = parts_of(request), visitor_or_none(request)
    known, page = show_site(parts.db, site_id, page=page_of(request))
    giving: dict[str, Any] = {}
    if visitor is not None and visitor.user.id != known.owner:
        month, thing = Month.of(parts.clock()), thing_of_site(parts.db, site_id)
        subscriptions = list_subscriptions(parts.db, reader=visitor.user, month=month)
        giving = {
            "thing": thing,
            "funds": state_reader_month(parts.db, parts.rules, reader=visitor.user, month=month).funds,
            "subscription": next((own for own in subscriptions if own.thing.id == thing.id), None),
        }
    return render(
        request,
        "site.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        site=known,
        page=page,
        giving=giving,
        fault=str(fault) if fault else "",
        typed=typed,
    )


def choose_language(request: Request, form: Form) -> Response:
    """Keep a language in a cookie; it says nothing of who has it."""
    response = RedirectResponse(local_path(form.get("to", "")), status_code=303)
    set_cookie(response, parts_of(request), "language", language_named(form.get("language", "")).code, age_s=YEAR_S)
    return response


def health(request: Request) -> Response:
    """Tell a monitor whether the books can be read and written, and the places sum to zero; else by the error table."""
    parts = parts_of(request)
    parts.db.require_writable()
    total = state_books(parts.db).total
    return JSONResponse({"status": "ok" if total == 0 else "out of balance", "balance": total}, 500 if total else 200)


def _example(rules: Rules) -> dict[str, object]:
    """Return the smallest pledge split among two clicks, by the very rule that closes months."""
    funds = Funds(earned=NOTHING, fresh=PLEDGE_MICROS_MIN)
    pot = split_pot(PLEDGE_MICROS_MIN, funds, 2, fee_basis_points=rules.fee_basis_points)
    return {"pledge": PLEDGE_MICROS_MIN, "pot": pot}
