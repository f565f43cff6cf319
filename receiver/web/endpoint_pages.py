"""Where a creator lets other programs be told of what happens on a site."""

import random
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.deliver_webhooks import send_test
from receiver.actions.keep_click_feed import has_click_feed
from receiver.actions.keep_endpoints import (
    ShownSecret,
    add_endpoint,
    remove_endpoint,
    renew_secret,
    send_again,
    show_endpoints,
    show_secret,
    switch_endpoint_on,
)
from receiver.domain.endpoint import EVENTS_TO_CHOOSE, SPREAD, Delivery, Event, Fault, OffReason
from receiver.domain.errors import BadInput, FlattrError, NotKnown
from receiver.languages import Language, marked
from receiver.web.answers import answer_of
from receiver.web.fault_words import fault_words
from receiver.web.requests import Form, language_of, number_of, page_of, parts_of, visitor_of
from receiver.web.templating import render

WORDS_BY_EVENT: Final = {
    Event.CLICKS: marked("Clicks: the count of a thing, once a day, when three more readers came"),
    Event.THING: marked("A new thing, on the day after it came"),
    Event.MONTH: marked("A month was closed, with what the site earned"),
    Event.SITE: marked("The site was verified"),
    Event.TEST: marked("Test"),
}
WORDS_BY_FAULT: Final = {
    Fault.NO_ADDRESS: marked("the name is not known, or leads into a private network"),
    Fault.TOO_SLOW: marked("no answer within ten seconds"),
    Fault.NO_CONNECTION: marked("no connection, or its certificate is not good"),
}
WORDS_BY_REASON: Final = {
    OffReason.GONE: marked("it answered 410: gone"),
    OffReason.FAILING: marked("it took no message for five days"),
}


def overview(request: Request) -> Response:
    return endpoints_page(request, request.path_params["site"])


def add(request: Request, form: Form) -> Response:
    parts, visitor, site = parts_of(request), visitor_of(request), request.path_params["site"]
    url = form.get("url", "")
    events = {event for event in EVENTS_TO_CHOOSE if event in form}
    try:
        shown = add_endpoint(
            parts.db, parts.keys, parts.sender,
            owner=visitor.user, site=site, url=url, events=events, now=parts.clock(),
        )  # fmt: skip
    except BadInput as error:
        return endpoints_page(request, site, fault=error, url=url, events=events)
    return endpoints_page(request, site, secret=shown)


def change(request: Request, form: Form) -> Response:
    """Show or renew the secret, which only ever stands in the answer to a POST; test, switch on, or remove."""
    parts, visitor = parts_of(request), visitor_of(request)
    site, endpoint, now = request.path_params["site"], request.path_params["endpoint"], parts.clock()
    match request.path_params["change"]:
        case "secret":
            shown = show_secret(parts.db, parts.keys, owner=visitor.user, endpoint=endpoint, now=now)
            return endpoints_page(request, site, secret=shown)
        case "renew":
            generation = number_of(form.get("generation", ""))
            shown = renew_secret(
                parts.db, parts.keys, owner=visitor.user, endpoint=endpoint, generation=generation, now=now
            )
            return endpoints_page(request, site, secret=shown)
        case "test":
            send_test(
                parts.db, parts.keys, parts.sender,
                owner=visitor.user, endpoint=endpoint, receiver=parts.receiver, clock=parts.clock, spread=any_spread,
            )  # fmt: skip
        case "on":
            switch_endpoint_on(parts.db, owner=visitor.user, endpoint=endpoint)
        case "remove":
            remove_endpoint(parts.db, owner=visitor.user, endpoint=endpoint, now=now)
        case _:
            raise NotKnown("there is no such page")
    return RedirectResponse(f"/creator/sites/{site}/webhooks#messages", status_code=303)


def replay(request: Request, form: Form) -> Response:  # noqa: ARG001 - as every form's page
    parts, visitor, site = parts_of(request), visitor_of(request), request.path_params["site"]
    send_again(parts.db, owner=visitor.user, delivery=number_of(request.path_params["delivery"]), now=parts.clock())
    return RedirectResponse(f"/creator/sites/{site}/webhooks#messages", status_code=303)


def any_spread() -> int:
    return random.SystemRandom().randrange(SPREAD)


def endpoints_page(
    request: Request,
    site: str,
    *,
    fault: FlattrError | None = None,
    url: str = "",
    events: set[Event] | None = None,
    secret: ShownSecret | None = None,
    feed: str = "",
) -> Response:
    """Show endpoints, messages and the feed; a secret or a feed's address only after it was asked for."""
    parts, visitor, language = parts_of(request), visitor_of(request), language_of(request)
    return render(
        request,
        "endpoints.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        own=show_endpoints(parts.db, owner=visitor.user, site=site, page=page_of(request)),
        fault=fault_words(request, fault),
        url=url,
        events=[(event, language.gettext(WORDS_BY_EVENT[event])) for event in EVENTS_TO_CHOOSE],
        chosen=set(EVENTS_TO_CHOOSE) if events is None else events,
        secret=secret,
        feed=feed,
        has_feed=has_click_feed(parts.db, owner=visitor.user, site=site),
        answer_words=lambda delivery: _answer_words(language, delivery),
        off_words=lambda reason: language.gettext(WORDS_BY_REASON[reason]),
    )


def _answer_words(language: Language, delivery: Delivery) -> str:
    """Say what the last try was answered."""
    if delivery.last_fault is not None:
        return language.gettext(WORDS_BY_FAULT[delivery.last_fault])
    if delivery.last_status is None:
        return ""
    return language.gettext("answered %(status)s", status=delivery.last_status)
