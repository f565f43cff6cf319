"""What passers-by see."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from receiver.actions.list_subscriptions import list_subscriptions
from receiver.actions.show_directory import ThingOrder, list_things
from receiver.actions.show_site import show_site, thing_of_site
from receiver.actions.show_thing import show_thing
from receiver.actions.state_month import state_books, state_reader_month
from receiver.domain.errors import FlattrError
from receiver.domain.money import NOTHING
from receiver.domain.month import Month
from receiver.domain.pot import Funds, split_pot
from receiver.domain.rules import PLEDGE_MICROS_MIN, Rules
from receiver.domain.search import Wanted
from receiver.domain.thing import Thing
from receiver.languages import language_named
from receiver.web.answers import answer_of
from receiver.web.fault_words import fault_words
from receiver.web.requests import Form, Visitor, local_path, number_of, parts_of, set_cookie, visitor_or_none
from receiver.web.templating import render

YEAR_S: Final = 365 * 86_400
NEWEST_SHOWN: Final = 6


def home(request: Request) -> Response:
    parts = parts_of(request)
    newest = list_things(parts.db, Wanted(), ThingOrder.NEWEST, limit=NEWEST_SHOWN)
    return render(request, "home.html", newest=newest.rows, example=_example(parts.rules))


def site(request: Request) -> Response:
    return site_page(request, request.path_params["site"])


def site_page(request: Request, site_id: str, *, fault: FlattrError | None = None, typed: str = "") -> Response:
    """Show a site and its things; to a reader also the ways to subscribe and to give."""
    parts, visitor = parts_of(request), visitor_or_none(request)
    shown = show_site(parts.db, site_id, after=request.query_params.get("after", ""))
    is_own = visitor is not None and visitor.user.id == shown.site.owner
    return render(
        request,
        "site.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        site=shown.site,
        shown=shown,
        is_first="after" not in request.query_params,
        giving={} if visitor is None or is_own else _giving(request, visitor, thing_of_site(parts.db, site_id)),
        fault=fault_words(request, fault),
        typed=typed,
    )


def thing(request: Request) -> Response:
    return thing_page(request, number_of(request.path_params["thing"]))


def thing_page(request: Request, thing_id: int, *, fault: FlattrError | None = None, typed: str = "") -> Response:
    """Show a thing; to a reader also the ways to subscribe and to give."""
    parts, visitor = parts_of(request), visitor_or_none(request)
    shown = show_thing(parts.db, parts.keys, thing_id)
    is_own = visitor is not None and visitor.user.id == shown.site.owner
    return render(
        request,
        "thing.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        shown=shown,
        thing=shown.listed.thing,
        site=shown.site,
        is_own=is_own,
        giving={} if visitor is None or is_own else _giving(request, visitor, shown.listed.thing),
        fault=fault_words(request, fault),
        typed=typed,
    )


def flattr_thing(request: Request) -> Response:
    """Lead from an address that anybody can make, as feeds do for many, to the confirm page of a thing."""
    parts = parts_of(request)
    shown = show_thing(parts.db, parts.keys, number_of(request.path_params["thing"]))
    return RedirectResponse(f"/q/{shown.code}", status_code=303)


def _giving(request: Request, visitor: Visitor, thing: Thing) -> dict[str, Any]:
    """Return what the forms to subscribe and to give need."""
    parts = parts_of(request)
    month = Month.of(parts.clock())
    subscriptions = list_subscriptions(parts.db, reader=visitor.user, month=month)
    return {
        "thing": thing,
        "funds": state_reader_month(parts.db, parts.rules, reader=visitor.user, month=month).funds,
        "subscription": next((own for own in subscriptions if own.thing.id == thing.id), None),
    }


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
