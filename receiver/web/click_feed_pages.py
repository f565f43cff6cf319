"""The feed of a site's new clicks, for feed readers: no session, no names, nothing written."""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.keep_click_feed import (
    ClickFeed,
    FeedEntry,
    make_click_feed,
    read_click_feed,
    renew_click_feed,
    stop_click_feed,
)
from receiver.domain.errors import NotKnown
from receiver.languages import Language
from receiver.web.atom import AtomEntry, atom_answer, atom_feed
from receiver.web.endpoint_pages import endpoints_page
from receiver.web.requests import Form, language_of, parts_of, visitor_of

KEPT_S: Final = 3_600  # there is something new once a day


def feed(request: Request) -> Response:
    parts, language = parts_of(request), language_of(request)
    shown = read_click_feed(parts.db, parts.keys, token=request.path_params["feed"])
    body = _atom(shown, parts.receiver, language)
    return atom_answer(request, body, kept=f"private, max-age={KEPT_S}")


def change_feed(request: Request, form: Form) -> Response:  # noqa: ARG001 - as every form's page
    """Show, renew or stop the address, which only ever stands in the answer to a POST."""
    parts, visitor, site = parts_of(request), visitor_of(request), request.path_params["site"]
    now = parts.clock()
    match request.path_params["change"]:
        case "show":
            token = make_click_feed(parts.db, parts.keys, owner=visitor.user, site=site, now=now)
        case "renew":
            token = renew_click_feed(parts.db, parts.keys, owner=visitor.user, site=site, now=now)
        case "stop":
            stop_click_feed(parts.db, owner=visitor.user, site=site, now=now)
            return RedirectResponse(f"/creator/sites/{site}/webhooks#feed", status_code=303)
        case _:
            raise NotKnown("there is no such page")
    return endpoints_page(request, site, feed=f"{parts.receiver}creator/feeds/{token}.atom")


def _atom(shown: ClickFeed, receiver: str, language: Language) -> bytes:
    say, site = language.gettext, shown.site
    tag = f"tag:{urlsplit(receiver).hostname},{site.created_at:%Y-%m-%d}:{site.id}"
    return atom_feed(
        id=tag,
        title=say("New clicks on %(site)s", site=site.title),
        author=site.title,
        language=language.code,
        updated_at=shown.updated_at,
        link=site.scope,
        entries=[_entry(entry, tag, language) for entry in shown.entries],
    )


def _entry(entry: FeedEntry, tag: str, language: Language) -> AtomEntry:
    count = entry.count
    facts = {"title": entry.thing.title, "month": language.month_name(count.month)}
    title = language.ngettext("%(title)s: %(num)s click", "%(title)s: %(num)s clicks", count.clicks, **facts)
    text = language.ngettext(
        "%(num)s reader clicked “%(title)s” in %(month)s so far.",
        "%(num)s readers clicked “%(title)s” in %(month)s so far.",
        count.clicks,
        **facts,
    )
    return AtomEntry(
        id=f"{tag}/{count.thing}/{count.month}/{count.told_until:%Y-%m-%d}",
        title=title,
        text=text,
        link=entry.thing.url,
        updated_at=count.told_until,
    )
