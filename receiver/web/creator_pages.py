"""A creator's first page, and their sites: set-up, keys, whose they are."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from flattr_button import SiteKey
from receiver.actions.register_site import (
    register_site,
    replace_leaked_site_key,
    rotate_site_key,
    show_site_key,
)
from receiver.actions.share_site import show_memberships, show_team
from receiver.actions.show_own_site import list_own_sites, show_own_site
from receiver.actions.state_month import ThingIncome, past_open_month, state_creator_month, state_earnings
from receiver.actions.state_team_month import TeamThing
from receiver.actions.verify_site import verify_by_dns, verify_by_head, verify_by_well_known
from receiver.domain.errors import (
    BadInput,
    FetchRefused,
    FlattrError,
    MonthClosing,
    NotKnown,
    NotProven,
    ScopeTaken,
    TooMany,
)
from receiver.domain.month import Month
from receiver.domain.ownership import Proof
from receiver.web.answers import answer_of, retry_headers
from receiver.web.fault_words import fault_words
from receiver.web.requests import Form, number_of, parts_of, visitor_of
from receiver.web.templating import render

THINGS_SHOWN: Final = 10


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
            return _verify(request, site_id, form)
        case _:
            raise NotKnown("there is no such page")


def _verify(request: Request, site_id: str, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    proof = _proof(form)
    about: dict[str, Any] = {
        "owner": visitor.user, "site": site_id, "receiver": parts.receiver, "now": parts.clock(),
    }  # fmt: skip
    try:
        match proof:
            case Proof.WELL_KNOWN:
                verify_by_well_known(parts.db, parts.keys, parts.fetcher, **about)
            case Proof.DNS:
                verify_by_dns(parts.db, parts.records, parts.page_tries, **about)
            case Proof.HEAD:
                verify_by_head(parts.db, parts.fetcher, parts.page_tries, **about)
    except (FetchRefused, NotProven, ScopeTaken, MonthClosing, TooMany) as error:
        return _site(request, site_id, fault=error, tried=proof)
    return RedirectResponse(f"/creator/sites/{site_id}#setup", status_code=303)


def _proof(form: Form) -> Proof:
    try:
        return Proof(form.get("proof", Proof.WELL_KNOWN))
    except ValueError:
        raise BadInput("there is no such proof; press one of the buttons of the page") from None


def _overview(request: Request, *, fault: FlattrError | None = None, address: str = "", title: str = "") -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    now = parts.clock()
    month = Month.of(now)
    statement = state_creator_month(parts.db, creator=visitor.user, month=month)
    clicked: list[ThingIncome | TeamThing] = [*statement.things]
    clicked += [line for team in statement.teams if team.site.owner == visitor.user.id for line in team.things]
    clicked.sort(key=lambda line: (-line.readers, line.thing.id))
    return render(
        request,
        "creator.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        sites=list_own_sites(parts.db, owner=visitor.user, month=month),
        earnings=state_earnings(parts.db, parts.rules, creator=visitor.user, now=now),
        statement=statement,
        most_clicked=clicked[:THINGS_SHOWN],
        clicks_of_month=sum(line.readers for line in clicked),
        memberships=show_memberships(parts.db, user=visitor.user),
        is_last_closed=past_open_month(parts.db, now) is None,
        last_month=month.plus(-1),
        fault=fault_words(request, fault),
        address=address,
        title=title,
    )


def _site(
    request: Request,
    site_id: str,
    *,
    key: SiteKey | None = None,
    fault: FlattrError | None = None,
    tried: Proof | None = None,
) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    own = show_own_site(
        parts.db,
        parts.keys,
        owner=visitor.user,
        site=site_id,
        receiver=parts.receiver,
        month=Month.of(parts.clock()),
    )
    response = render(
        request,
        "creator_site.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        own=own,
        team=show_team(parts.db, user=visitor.user, site=site_id),
        key=key.text() if key else "",
        fault=fault_words(request, fault),
        tried=tried.value if tried else "",
    )
    response.headers.update(retry_headers(fault) if fault else {})
    return response


def _generation(form: Form) -> int:
    return number_of(form.get("generation", ""))
