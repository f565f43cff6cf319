"""More than a click: subscribe to a thing or a site, or give it a one-off amount."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.give import give
from receiver.actions.subscribe import subscribe
from receiver.domain.errors import AmountOutOfBounds, BadAmount, NotEnough, NotProven
from receiver.web.confirm_pages import done_page
from receiver.web.public_pages import site_page, thing_page
from receiver.web.requests import Form, amount_of, number_of, parts_of, visitor_of


def subscribe_thing(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    length = form.get("months", "")
    subscribe(
        parts.db,
        reader=visitor.user,
        thing=number_of(form.get("thing", "")),
        months_long=number_of(length) if length else None,
        now=parts.clock(),
    )
    return RedirectResponse("/me/subscriptions", status_code=303)


def give_thing(request: Request, form: Form) -> Response:
    """Promise a gift; if its amount will not do, show the page it was typed on again."""
    parts, visitor = parts_of(request), visitor_of(request)
    thing = number_of(form.get("thing", ""))
    try:
        amount = amount_of(request, form)
        give(
            parts.db, parts.rules, reader=visitor.user, thing=thing, amount=amount,
            form=form.get("once", "")[:64], now=parts.clock(),
        )  # fmt: skip
    except (BadAmount, AmountOutOfBounds, NotEnough, NotProven) as error:
        typed = form.get("amount", "")
        if click := form.get("click"):
            return done_page(request, click, fault=error, typed=typed)
        if site := form.get("site"):
            return site_page(request, site, fault=error, typed=typed)
        if form.get("page") == "thing":
            return thing_page(request, thing, fault=error, typed=typed)
        raise
    return RedirectResponse("/me#gifts", status_code=303)
