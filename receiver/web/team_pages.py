"""The team of a site: its owner invites and sets the parts, the invited answer, a member looks on and may leave."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.share_site import (
    accept_invitation,
    change_parts,
    invite,
    leave_team,
    refuse_invitation,
    remove_member,
    show_shared_site,
    withdraw_invitation,
)
from receiver.domain.errors import BadEmail, BadInput, FlattrError, MonthClosing, MonthNotDivided, NotKnown
from receiver.domain.month import Month
from receiver.web.answers import answer_of
from receiver.web.fault_words import fault_words
from receiver.web.requests import Form, number_of, page_of, parts_of, visitor_of
from receiver.web.templating import render


def team(request: Request) -> Response:
    return _team(request)


def change_team(request: Request, form: Form) -> Response:
    """Invite, withdraw an invitation, change parts, remove somebody, or leave; the page says what will not do."""
    site, change = request.path_params["site"], request.path_params["change"]
    try:
        _change(request, form, site, change)
    except (BadEmail, BadInput, NotKnown, MonthClosing, MonthNotDivided) as error:
        return _team(request, fault=error, change=change, form=form)
    return RedirectResponse("/creator" if change == "leave" else f"/creator/sites/{site}/team", status_code=303)


def answer_invitation(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    team_number = number_of(request.path_params["team"])
    match request.path_params["answer"]:
        case "accept":
            site = accept_invitation(
                parts.db, user=visitor.user, team=team_number, parts=_parts_typed(form), now=parts.clock()
            )
            return RedirectResponse(f"/creator/sites/{site.id}/team", status_code=303)
        case "refuse":
            refuse_invitation(parts.db, user=visitor.user, team=team_number)
            return RedirectResponse("/creator", status_code=303)
        case _:
            raise NotKnown("there is no such page")


def _change(request: Request, form: Form, site: str, change: str) -> None:
    parts, visitor = parts_of(request), visitor_of(request)
    now = parts.clock()
    match change:
        case "invite":
            email, typed = form.get("email", ""), _parts_typed(form)
            invite(parts.db, owner=visitor.user, site=site, email=email, parts=typed, now=now)
        case "withdraw":
            withdraw_invitation(parts.db, owner=visitor.user, site=site, email=form.get("email", ""))
        case "parts":
            member, typed = number_of(form.get("creator", "")), _parts_typed(form)
            change_parts(parts.db, owner=visitor.user, site=site, member=member, parts=typed, now=now)
        case "remove":
            member = number_of(form.get("creator", ""))
            remove_member(parts.db, owner=visitor.user, site=site, member=member, now=now)
        case "leave":
            leave_team(parts.db, user=visitor.user, site=site, now=now)
        case _:
            raise NotKnown("there is no such page")


def _team(
    request: Request, *, fault: FlattrError | None = None, change: str = "", form: Form | None = None
) -> Response:
    parts, visitor, site = parts_of(request), visitor_of(request), request.path_params["site"]
    shared = show_shared_site(
        parts.db, user=visitor.user, site=site, month=Month.of(parts.clock()), page=page_of(request)
    )
    return render(
        request,
        "team.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        shared=shared,
        team=shared.team,
        is_owner=shared.team.site.owner == visitor.user.id,
        fault=fault_words(request, fault),
        change=change,
        typed=form or {},
    )


def _parts_typed(form: Form) -> int:
    """Return the number of parts as typed; 0, which nobody can have, for what is no number."""
    text = form.get("parts", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
