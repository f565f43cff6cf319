"""What passers-by see."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from receiver.actions.show_directory import list_newest_things, list_sites, show_site
from receiver.actions.state_month import state_books
from receiver.domain.money import NOTHING
from receiver.domain.pot import Funds, split_pot
from receiver.domain.rules import PLEDGE_MICROS_MIN, Rules
from receiver.web.requests import number_of, parts_of
from receiver.web.templating import render


def home(request: Request) -> Response:
    parts = parts_of(request)
    things = list_newest_things(parts.db, limit=6)
    return render(request, "home.html", things=things, example=_example(parts.rules))


def directory(request: Request) -> Response:
    page = list_sites(parts_of(request).db, page=_page(request))
    return render(request, "directory.html", page=page)


def site(request: Request) -> Response:
    known, page = show_site(parts_of(request).db, request.path_params["site"], page=_page(request))
    return render(request, "site.html", site=known, page=page)


def health(request: Request) -> Response:
    """Tell a monitor whether the books can be read and balance; 503 by the error table if not."""
    balance = state_books(parts_of(request).db)
    return JSONResponse({"status": "ok", "balance": balance.total}, status_code=200 if balance.total == 0 else 500)


def _example(rules: Rules) -> dict[str, object]:
    """Return the smallest pledge split among two clicks, by the very rule that closes months."""
    funds = Funds(earned=NOTHING, fresh=PLEDGE_MICROS_MIN)
    pot = split_pot(PLEDGE_MICROS_MIN, funds, 2, fee_basis_points=rules.fee_basis_points)
    return {"pledge": PLEDGE_MICROS_MIN, "pot": pot}


def _page(request: Request) -> int:
    return max(1, number_of(request.query_params.get("page", "1")))
