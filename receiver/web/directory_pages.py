"""The directory, for people and for feed readers."""

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from receiver.actions.show_directory import (
    SiteOrder,
    ThingOrder,
    last_closed_month,
    list_languages,
    list_sites,
    list_things,
)
from receiver.domain.search import Wanted
from receiver.languages import Language, marked
from receiver.store.directory import ListedThing
from receiver.web.atom import AtomEntry, atom_answer, atom_feed
from receiver.web.requests import language_of, parts_of
from receiver.web.templating import render

FEED_ENTRIES: Final = 50
FEED_KEPT_S: Final = 300
NOTHING_YET: Final = datetime(1970, 1, 1, tzinfo=UTC)  # a feed must say when it changed
PARAMETER_POINTS_MAX: Final = 200
PRIVATE_PATHS: Final = (
    "/f/",
    "/s/",
    "/me",
    "/creator",
    "/operator",
    "/sign-in",
    "/webhooks/",
    "/things.atom",
    "/sites.atom",
)

Order = TypeVar("Order", bound=StrEnum)


def sites(request: Request) -> Response:
    order, query = _order(request, SiteOrder, SiteOrder.TITLE), _asked(request, "q")
    part = list_sites(parts_of(request).db, query=query, order=order, after=_asked(request, "after"))
    view = {"q": query, "sort": "" if order is SiteOrder.TITLE else order.value}
    return render(
        request, "directory.html", part=part, query=query, order=order, orders=list(SiteOrder),
        is_first="after" not in request.query_params, link=_linker("/sites", view),
        feed=_address("/sites.atom", {"q": query}),
    )  # fmt: skip


def sites_feed(request: Request) -> Response:
    parts, query = parts_of(request), _asked(request, "q")
    entries = [
        AtomEntry(
            id=f"{parts.receiver}sites/{site.id}", title=site.title, link=site.scope, author=site.title,
            about=f"{parts.receiver}sites/{site.id}", updated_at=site.verified_at or site.created_at,
        )
        for site in list_sites(parts.db, query=query, order=SiteOrder.NEWEST).rows
    ]  # fmt: skip
    title = language_of(request).gettext("New sites on %(service)s", service=parts.settings.name)
    return _feed(request, title, "sites", {"q": query}, entries)


def things(request: Request) -> Response:
    parts, wanted, order = parts_of(request), wanted_of(request), _order(request, ThingOrder, ThingOrder.NEWEST)
    part = list_things(parts.db, wanted, order, after=_asked(request, "after"))
    view = _view(wanted, order)
    return render(
        request, "things.html", part=part, wanted=wanted, order=order, orders=list(ThingOrder),
        chosen=[name for name in ("category", "tag", "language", "site") if getattr(wanted, name)],
        spoken_in=list_languages(parts.db), last_closed=last_closed_month(parts.db),
        is_first="after" not in request.query_params, link=_linker("/things", view),
        feed=_address("/things.atom", view),
    )  # fmt: skip


def things_feed(request: Request) -> Response:
    parts, wanted, order = parts_of(request), wanted_of(request), _order(request, ThingOrder, ThingOrder.NEWEST)
    entries = [_entry(parts.receiver, row) for row in list_things(parts.db, wanted, order, limit=FEED_ENTRIES).rows]
    title = title_of_view(language_of(request), parts.settings.name, wanted, order)
    return _feed(request, title, "things", _view(wanted, order), entries)


def robots(request: Request) -> Response:  # noqa: ARG001 - the same for everybody
    """Keep crawlers from confirm pages and from what is behind a sign-in; the directory is for everybody."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE_PATHS)]
    return PlainTextResponse("\n".join(lines) + "\n", headers={"Cache-Control": "public, max-age=86400"})


def wanted_of(request: Request) -> Wanted:
    return Wanted(
        query=_asked(request, "q"),
        category=_asked(request, "category"),
        tag=_asked(request, "tag"),
        language=_asked(request, "language"),
        site=_asked(request, "site"),
    )


def title_of_view(language: Language, service: str, wanted: Wanted, order: ThingOrder) -> str:
    """Name a view for a feed; what a stranger typed stands in it as it was typed."""
    said = language.gettext(FEED_TITLES[order], service=service)
    asked = [text for text in asdict(wanted).values() if text]
    return f"{said}: {', '.join(asked)}" if asked else said


FEED_TITLES: Final = {
    ThingOrder.NEWEST: marked("New things on %(service)s"),
    ThingOrder.CLICKED: marked("Most clicked on %(service)s"),
    ThingOrder.CLICKED_LAST_MONTH: marked("Most clicked on %(service)s last month"),
}


def _feed(request: Request, title: str, place: str, view: dict[str, str], entries: list[AtomEntry]) -> Response:
    """Answer with the feed of a view: nothing in it depends on who asks, but the language of its title."""
    parts = parts_of(request)
    own_link = parts.receiver + _address(f"{place}.atom", view)
    feed = atom_feed(
        id=own_link, title=title, author=parts.settings.name, language=language_of(request).code,
        updated_at=max((entry.updated_at for entry in entries), default=NOTHING_YET),
        link=parts.receiver + _address(place, view), own_link=own_link, entries=entries,
    )  # fmt: skip
    return atom_answer(request, feed, kept=f"public, max-age={FEED_KEPT_S}")


def _entry(receiver: str, row: ListedThing) -> AtomEntry:
    thing = row.thing
    address = f"{receiver}things/{thing.id}"
    categories = [thing.category, *thing.tags] if thing.category else thing.tags
    return AtomEntry(
        id=address, title=thing.title, link=thing.url, author=row.site_title, updated_at=row.registered_at,
        language=thing.language, about=address, payment=f"{address}/flattr", categories=categories,
    )  # fmt: skip


def _view(wanted: Wanted, order: ThingOrder) -> dict[str, str]:
    view = asdict(wanted)
    view = {"q": view.pop("query"), **view}
    return {**view, "sort": "" if order is ThingOrder.NEWEST else order.value}


def _linker(path: str, view: dict[str, str]) -> Any:
    """Return what templates call to link to the same view with something changed; a page number never stays."""
    return lambda **changed: _address(path, view | changed)


def _address(path: str, asked: dict[str, str]) -> str:
    query = urlencode({name: text for name, text in asked.items() if text})
    return f"{path}?{query}" if query else path


def _asked(request: Request, name: str) -> str:
    text = request.query_params.get(name, "")[:PARAMETER_POINTS_MAX]
    return "".join(c for c in text if c.isprintable()).strip()


def _order(request: Request, orders: type[Order], usual: Order) -> Order:
    """Return the order that is asked for; one that does not exist is the usual one, so old links go on working."""
    asked = request.query_params.get("sort", "")
    return next((order for order in orders if order.value == asked), usual)
