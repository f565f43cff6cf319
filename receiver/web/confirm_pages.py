"""A click: confirm, press, done, undo.  GET only shows."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.click_at_once import click_at_once, may_click_at_once, name_at_once
from receiver.actions.list_subscriptions import list_subscriptions
from receiver.actions.mint_click_token import mint_click_token
from receiver.actions.open_button import OpenedButton, open_button
from receiver.actions.open_printed_code import open_printed_code
from receiver.actions.record_clicks import Receipt, click_on_page
from receiver.actions.state_month import state_reader_month
from receiver.actions.trust_site import look_at_trust
from receiver.actions.undo_click import look_at_click, undo_click
from receiver.actions.weigh_click import weigh_click
from receiver.domain.at_once import AT_ONCE_PER_DAY, AT_ONCE_PER_HOUR
from receiver.domain.errors import FlattrError, NotAtOnce, StaleClickToken
from receiver.domain.month import Month
from receiver.web.answers import answer_of
from receiver.web.fault_words import fault_words
from receiver.web.requests import Form, Visitor, cookie, form_of, parts_of, visitor_of, visitor_or_none
from receiver.web.security import is_link_of_a_person
from receiver.web.templating import host_of, render


def confirm(request: Request) -> Response:
    """Show what the button stands for, and the one button that moves money; or the way to sign in."""
    return _confirm(request, request.path_params["token"])


def printed(request: Request) -> Response:
    """Show the same behind a code that was printed."""
    parts = parts_of(request)
    return _confirm(request, open_printed_code(parts.db, parts.keys, request.path_params["code"], now=parts.clock()))


async def press(request: Request) -> Response:
    """Record the press: most at once, together with others; what is special about one is looked at carefully."""
    parts, form = parts_of(request), await form_of(request)
    receipt = await parts.clicks.record_page(
        session=cookie(request, "session"), token=form.get("token", ""), click_token=form.get("click", ""),
        now=parts.clock(),
    )  # fmt: skip
    if receipt is not None:
        return to_done(receipt)
    return await run_in_threadpool(_press_carefully, request, form)


def press_at_once(request: Request, form: Form) -> Response:
    """Record the press that a confirm page sent by itself; whatever forbids it, the page asks."""
    parts, visitor, token = parts_of(request), visitor_or_none(request), form.get("token", "")
    if visitor is None:
        return RedirectResponse(f"/f/{quote(token, safe='')}", status_code=303)
    try:
        receipt = click_at_once(
            parts.db, parts.keys, reader=visitor.user, session=visitor.session,
            token=token, click_token=form.get("click", ""), now=parts.clock(),
        )  # fmt: skip
    except (NotAtOnce, StaleClickToken):
        return RedirectResponse(f"/f/{quote(token, safe='')}", status_code=303)
    if not receipt.is_new:
        return to_done(receipt)
    return RedirectResponse(f"/f/done/{receipt.click_id}?at-once=1", status_code=303)


def _press_carefully(request: Request, form: Form) -> Response:
    parts, visitor, token = parts_of(request), visitor_or_none(request), form.get("token", "")
    if visitor is None:  # the session ended while the page was open
        return RedirectResponse(f"/f/{quote(token, safe='')}", status_code=303)
    try:
        receipt = click_on_page(
            parts.db, parts.keys, reader=visitor.user, session=visitor.session,
            token=token, click_token=form.get("click", ""), now=parts.clock(), genuine=parts.clicks.genuine,
        )  # fmt: skip
    except StaleClickToken as error:
        return _confirm(request, token, fault=error)
    return to_done(receipt)


def to_done(receipt: Receipt) -> Response:
    again = "" if receipt.is_new else "?again=1"
    return RedirectResponse(f"/f/done/{receipt.click_id}{again}", status_code=303)


def done(request: Request) -> Response:
    return done_page(request, request.path_params["click"])


def undo(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    click = undo_click(parts.db, reader=visitor.user, click_id=request.path_params["click"], now=parts.clock())
    return RedirectResponse("/me#clicks" if form.get("back") == "me" else f"/f/done/{click.id}", status_code=303)


def _confirm(request: Request, token: str, *, fault: FlattrError | None = None) -> Response:
    parts, visitor = parts_of(request), visitor_or_none(request)
    reader = visitor.user if visitor else None
    button = open_button(parts.db, parts.keys, token, reader=reader, now=parts.clock())
    press = Press(address="/f", form={"token": token}, name=token, page=f"/f/{token}")
    at_once = ""
    if visitor is not None and fault is None and _is_wanted_at_once(request, visitor, button):
        at_once = _mint(request, visitor, name_at_once(token))
    return confirm_page(request, button, press, visitor=visitor, at_once=at_once, fault=fault)


def _is_wanted_at_once(request: Request, visitor: Visitor, button: OpenedButton) -> bool:
    parts, headers = parts_of(request), request.headers
    return is_link_of_a_person(headers) and may_click_at_once(
        parts.db, reader=visitor.user, button=button, referrer=headers.get("referer", ""), now=parts.clock()
    )


def _mint(request: Request, visitor: Visitor, name: str) -> str:
    parts = parts_of(request)
    return mint_click_token(parts.keys, session=visitor.session, reader=visitor.user, token=name, now=parts.clock())


@dataclass(frozen=True, slots=True)
class Press:
    """Where the button of the confirm page leads and what it carries; by which name its click token is bound, and
    how one comes to the page again.
    """

    address: str
    form: Form
    name: str
    page: str


def confirm_page(
    request: Request,
    button: OpenedButton,
    press: Press,
    *,
    visitor: Visitor | None,
    said_title: str = "",
    at_once: str = "",
    fault: FlattrError | None = None,
) -> Response:
    """Show what would be clicked; `said_title` is what a link calls it, which nobody has signed, and `at_once` the
    click token with which the page sends itself.
    """
    parts = parts_of(request)
    now = parts.clock()
    shown: dict[str, Any] = {
        "button": button,
        "press": press,
        "said_title": said_title,
        "came_from": _came_from(request, button),
    }
    if visitor is None:
        return render(request, "confirm.html", fault="", at_once="", **shown)
    statement = state_reader_month(parts.db, parts.rules, reader=visitor.user, month=Month.of(now))
    return render(
        request,
        "confirm.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        click_token=_mint(request, visitor, press.name),
        at_once=at_once,
        statement=statement,
        worth=weigh_click(statement, parts.rules),
        fault=fault_words(request, fault),
        **shown,
    )


def done_page(request: Request, click_id: str, *, fault: FlattrError | None = None, typed: str = "") -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    click = look_at_click(parts.db, reader=visitor.user, click_id=click_id)
    month = click.click.month
    statement = state_reader_month(parts.db, parts.rules, reader=visitor.user, month=month)
    subscriptions = list_subscriptions(parts.db, reader=visitor.user, month=Month.of(parts.clock()))
    own = next((known for known in subscriptions if known.thing.id == click.thing.id), None)
    return render(
        request,
        "done.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        done=click,
        statement=statement,
        line=next((line for line in statement.lines if line.thing.id == click.thing.id), None),
        subscription=own,
        funds=statement.funds,
        is_again="again" in request.query_params,
        is_at_once="at-once" in request.query_params,
        trust=look_at_trust(parts.db, reader=visitor.user, thing=click.thing.id),
        per_hour=AT_ONCE_PER_HOUR,
        per_day=AT_ONCE_PER_DAY,
        fault=fault_words(request, fault),
        typed=typed,
    )


def _came_from(request: Request, button: OpenedButton) -> str:
    """Return the host whose page led here, if the button is not that host's: somebody may have copied it."""
    try:
        referrer = urlsplit(request.headers.get("referer", "")).netloc
    except ValueError:  # whatever was sent, it is no page's address
        return ""
    known = {host_of(button.claim.url), host_of(parts_of(request).receiver)}
    return "" if referrer in known else referrer
