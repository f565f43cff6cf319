"""What happens without asking each time: subscriptions, and sites that a reader trusts."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.list_subscriptions import list_subscriptions
from receiver.actions.subscribe import pause_subscription, resume_subscription, stop_subscription
from receiver.actions.trust_site import distrust_site, list_trusted_sites, trust_site
from receiver.domain.at_once import AT_ONCE_PER_DAY, AT_ONCE_PER_HOUR
from receiver.domain.errors import NotKnown
from receiver.domain.month import Month
from receiver.web.requests import Form, number_of, parts_of, visitor_of
from receiver.web.templating import render


def overview(request: Request) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    return render(
        request,
        "reader_subscriptions.html",
        visitor=visitor,
        subscriptions=list_subscriptions(parts.db, reader=visitor.user, month=Month.of(parts.clock())),
        trusted=list_trusted_sites(parts.db, reader=visitor.user),
        per_hour=AT_ONCE_PER_HOUR,
        per_day=AT_ONCE_PER_DAY,
    )


def change_subscription(request: Request, form: Form) -> Response:  # noqa: ARG001 - the address says all
    parts, visitor = parts_of(request), visitor_of(request)
    subscription, now = number_of(request.path_params["subscription"]), parts.clock()
    match request.path_params["change"]:
        case "pause":
            pause_subscription(parts.db, reader=visitor.user, subscription=subscription, now=now)
        case "resume":
            resume_subscription(parts.db, reader=visitor.user, subscription=subscription)
        case "stop":
            stop_subscription(parts.db, reader=visitor.user, subscription=subscription, now=now)
        case _:
            raise NotKnown("a subscription can be paused, resumed or stopped")
    return RedirectResponse("/me/subscriptions", status_code=303)


def trust(request: Request, form: Form) -> Response:
    """Trust the site of a click; asked for on the page after it, and leading back to it."""
    parts, visitor, click = parts_of(request), visitor_of(request), form.get("click", "")
    trust_site(parts.db, reader=visitor.user, click_id=click, now=parts.clock())
    return RedirectResponse(f"/f/done/{click}", status_code=303)


def distrust(request: Request, form: Form) -> Response:  # noqa: ARG001 - the address says all
    parts, visitor = parts_of(request), visitor_of(request)
    distrust_site(parts.db, reader=visitor.user, site=request.path_params["site"])
    return RedirectResponse("/me/subscriptions#trusted", status_code=303)
