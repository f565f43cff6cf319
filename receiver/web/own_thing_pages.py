"""A creator's things: the list to search, the page of one, and its code to print."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from receiver.actions.find_own_things import Order, find_own_things
from receiver.actions.show_own_thing import ShownThing, show_own_thing
from receiver.domain.click import MonthState
from receiver.domain.errors import NotKnown
from receiver.domain.month import Month
from receiver.languages import marked
from receiver.web.plots import Series, bar_plot, month_labels
from receiver.web.qr_codes import qr_drawing, qr_file
from receiver.web.requests import Visitor, language_of, page_of, parts_of, visitor_of
from receiver.web.templating import render

WORDS_MAX = 200
ORDER_WORDS = {
    Order.NEWEST: marked("newest first"),
    Order.CLICKED_THIS_MONTH: marked("most clicked this month"),
    Order.CLICKED_EVER: marked("most clicked ever"),
    Order.TITLE: marked("by title"),
}


def find(request: Request) -> Response:
    parts, visitor, say = parts_of(request), visitor_of(request), language_of(request).gettext
    words, order = request.query_params.get("words", "")[:WORDS_MAX].strip(), _order(request)
    found = find_own_things(
        parts.db,
        owner=visitor.user,
        site=request.path_params["site"],
        words=words,
        order=order,
        page=page_of(request),
        month=Month.of(parts.clock()),
    )
    return render(
        request,
        "creator_things.html",
        visitor=visitor,
        found=found,
        words=words,
        order=order.value,
        orders=[(known.value, say(words_of_order)) for known, words_of_order in ORDER_WORDS.items()],
        query=urlencode({"words": words, "order": order.value}),
    )


def thing(request: Request) -> Response:
    visitor = visitor_of(request)
    shown, language = _shown(request, visitor), language_of(request)
    months = list(reversed(shown.months))
    title = language.gettext("Clicks per month")
    counts = Series(title, [month.clicks for month in months])
    return render(
        request,
        "creator_thing.html",
        visitor=visitor,
        shown=shown,
        is_open=[month.state is not MonthState.CLOSED for month in shown.months],
        plot=bar_plot(title, month_labels([month.month for month in months]), [counts], write=language.count),
        address=_address(request, shown),
        code=qr_drawing(_address(request, shown)),
    )


def code(request: Request) -> Response:
    """Answer the code of a thing as a file that a browser saves."""
    shown = _shown(request, visitor_of(request))
    return Response(
        qr_file(_address(request, shown), title=shown.thing.title),
        media_type="image/svg+xml",
        headers={"Content-Disposition": f'attachment; filename="flattr-{shown.thing.id}.svg"'},
    )


def print_page(request: Request) -> Response:
    visitor = visitor_of(request)
    shown = _shown(request, visitor)
    address = _address(request, shown)
    return render(
        request, "creator_thing_print.html", visitor=visitor, shown=shown, address=address, code=qr_drawing(address)
    )


def _shown(request: Request, visitor: Visitor) -> ShownThing:
    parts, number = parts_of(request), request.path_params["thing"]
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise NotKnown("there is no such thing on this site")
    return show_own_thing(
        parts.db,
        parts.keys,
        owner=visitor.user,
        site=request.path_params["site"],
        thing=int(number),
        month=Month.of(parts.clock()),
    )


def _address(request: Request, shown: ShownThing) -> str:
    return f"{parts_of(request).receiver}q/{shown.code}"


def _order(request: Request) -> Order:
    try:
        return Order(request.query_params.get("order", Order.NEWEST))
    except ValueError:
        return Order.NEWEST
