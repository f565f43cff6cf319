"""A creator's sites, keys, things and income."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from flattr_button import SiteKey
from receiver.actions.register_site import (
    register_site,
    replace_leaked_site_key,
    rotate_site_key,
    show_site_key,
)
from receiver.actions.show_own_site import show_own_site
from receiver.actions.state_month import state_creator_month, state_earnings
from receiver.actions.verify_site import verify_by_well_known
from receiver.domain.errors import BadInput, FetchRefused, FlattrError, MonthClosing, NotKnown, NotProven, ScopeTaken
from receiver.domain.month import Month
from receiver.web.answers import answer_of
from receiver.web.csv_answers import csv_answer
from receiver.web.requests import Form, month_of_path, number_of, page_of, parts_of, visitor_of
from receiver.web.statement_tables import creator_table
from receiver.web.templating import render


def overview(request: Request) -> Response:
    return _overview(request)


def add_site(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    address, title = form.get("address", ""), form.get("title", "")
    try:
        key = register_site(parts.db, parts.keys, owner=visitor.user, address=address, title=title, now=parts.clock())
    except BadInput as error:
        return _overview(request, fault=error, address=address, title=title)
    return _site(request, key.site, key=key)


def site(request: Request) -> Response:
    return _site(request, request.path_params["site"])


def change_site(request: Request, form: Form) -> Response:
    """Show, renew or replace the key, which only ever stands in the answer to a POST; or verify the site."""
    parts, visitor, site_id = parts_of(request), visitor_of(request), request.path_params["site"]
    now = parts.clock()
    match request.path_params["change"]:
        case "key":
            return _site(request, site_id, key=show_site_key(parts.db, parts.keys, owner=visitor.user, site=site_id))
        case "rotate":
            key = rotate_site_key(
                parts.db, parts.keys, owner=visitor.user, site=site_id, generation=_generation(form), now=now
            )
            return _site(request, site_id, key=key)
        case "leaked":
            key = replace_leaked_site_key(
                parts.db, parts.keys, owner=visitor.user, site=site_id, generation=_generation(form), now=now
            )
            return _site(request, site_id, key=key)
        case "verify":
            return _verify(request, site_id)
        case _:
            raise NotKnown("there is no such page")


def month(request: Request) -> Response:
    visitor = visitor_of(request)
    statement = state_creator_month(parts_of(request).db, creator=visitor.user, month=month_of_path(request))
    return render(request, "creator_month.html", visitor=visitor, statement=statement)


def month_csv(request: Request) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    statement = state_creator_month(parts.db, creator=visitor.user, month=month_of_path(request))
    return csv_answer(creator_table(statement, parts.rules.currency), f"flattr-income-{statement.month}.csv")


def _verify(request: Request, site_id: str) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    try:
        verify_by_well_known(
            parts.db, parts.keys, parts.fetcher,
            owner=visitor.user, site=site_id, receiver=parts.receiver, now=parts.clock(),
        )  # fmt: skip
    except (FetchRefused, NotProven, ScopeTaken, MonthClosing) as error:
        return _site(request, site_id, fault=error)
    return RedirectResponse(f"/creator/sites/{site_id}", status_code=303)


def _overview(request: Request, *, fault: FlattrError | None = None, address: str = "", title: str = "") -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    now = parts.clock()
    return render(
        request,
        "creator.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        earnings=state_earnings(parts.db, parts.rules, creator=visitor.user, now=now),
        statement=state_creator_month(parts.db, creator=visitor.user, month=Month.of(now)),
        fault=str(fault) if fault else "",
        address=address,
        title=title,
    )


def _site(request: Request, site_id: str, *, key: SiteKey | None = None, fault: FlattrError | None = None) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    own = show_own_site(
        parts.db, parts.keys, owner=visitor.user, site=site_id, month=Month.of(parts.clock()), page=page_of(request)
    )
    return render(
        request,
        "creator_site.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        own=own,
        key=key.text() if key else "",
        fault=str(fault) if fault else "",
    )


def _generation(form: Form) -> int:
    return number_of(form.get("generation", ""))
