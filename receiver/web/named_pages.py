"""A click on a page that a link names beside a site token: confirm and press; what comes then is as everywhere."""

from typing import Final
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from flattr_button import cleaned_title
from receiver.actions.click_named_page import click_named_page
from receiver.actions.open_named_page import name_of_page, open_named_page
from receiver.domain.errors import FlattrError, StaleClickToken
from receiver.web.confirm_pages import Press, confirm_page, to_done
from receiver.web.requests import Form, cookie, form_of, parts_of, visitor_or_none

PAGE_LENGTH_MAX: Final = 4_000  # of the way back after signing in


def confirm(request: Request) -> Response:
    """Show which page the link names, and the one button that moves money; or the way to sign in."""
    return _confirm(
        request,
        request.path_params["site_token"],
        address=_first(request, "u"),
        said_title=_first(request, "t"),
    )


async def press(request: Request) -> Response:
    """Record the press: together with others if the page is known well, else with every rule."""
    parts, form = parts_of(request), await form_of(request)
    receipt = await parts.clicks.record_page(
        session=cookie(request, "session"),
        token=name_of_page(form.get("site", ""), form.get("u", "")),
        click_token=form.get("click", ""),
        now=parts.clock(),
    )
    if receipt is not None:
        return to_done(receipt)
    return await run_in_threadpool(_press_carefully, request, form)


def _press_carefully(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_or_none(request)
    site_token, url, said_title = form.get("site", ""), form.get("u", ""), form.get("t", "")
    if visitor is None:  # the session ended while the page was open
        return RedirectResponse(_page(site_token, url, said_title), status_code=303)
    try:
        receipt = click_named_page(
            parts.db, parts.keys, reader=visitor.user, session=visitor.session, site_token=site_token, url=url,
            click_token=form.get("click", ""), now=parts.clock(), genuine=parts.clicks.genuine,
        )  # fmt: skip
    except StaleClickToken as error:
        return _confirm(request, site_token, address=url, said_title=said_title, fault=error)
    return to_done(receipt)


def _confirm(
    request: Request, site_token: str, *, address: str, said_title: str, fault: FlattrError | None = None
) -> Response:
    parts, visitor = parts_of(request), visitor_or_none(request)
    button = open_named_page(
        parts.db, parts.keys, site_token, address=address, referrer=request.headers.get("referer", ""),
        reader=visitor.user if visitor else None, now=parts.clock(),
    )  # fmt: skip
    url, said = button.claim.url, cleaned_title(said_title) if button.is_unseen else ""
    press = Press(
        address="/s",
        form={"site": site_token, "u": url, "t": said},
        name=name_of_page(site_token, url),
        page=_page(site_token, url, said),
    )
    return confirm_page(request, button, press, visitor=visitor, said_title=said, fault=fault)


def _first(request: Request, name: str) -> str:
    """Return a parameter of the link; of two the first, for a title that is not encoded may hold a second address."""
    return next(iter(request.query_params.getlist(name)), "")


def _page(site_token: str, url: str, said_title: str) -> str:
    """Return the address of the confirm page; without the title, which is for the eyes alone, if it grew too long."""
    page = f"/s/{quote(site_token, safe='')}?{urlencode({'u': url})}"
    whole = f"{page}&{urlencode({'t': said_title})}" if said_title else page
    return whole if len(whole) <= PAGE_LENGTH_MAX else page
