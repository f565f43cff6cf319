"""A reader's month: what they clicked, their pledge, their funds and gifts."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.give import take_back_gift
from receiver.actions.mail_months import is_month_mail_wished
from receiver.actions.pay_out import reuse_earnings
from receiver.actions.set_pledge import set_pledge
from receiver.actions.state_history import last_closed_month
from receiver.actions.state_month import past_open_month, state_earnings, state_reader_month
from receiver.actions.undo_click import withdraw_carried_click
from receiver.domain.errors import AmountOutOfBounds, BadAmount, FlattrError, NotEnough
from receiver.domain.month import Month
from receiver.web.answers import answer_of
from receiver.web.fault_words import fault_words
from receiver.web.requests import Form, Visitor, amount_of, number_of, parts_of, visitor_of
from receiver.web.statement_pages import statement_page
from receiver.web.templating import render


def month(request: Request) -> Response:
    return _month(request, visitor_of(request))


def pledge(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    month_named = Month.parse(form["month"]) if form.get("month") else None
    try:
        amount = amount_of(request, form, field="other" if form.get("other", "").strip() else "amount")
        set_pledge(parts.db, parts.rules, reader=visitor.user, amount=amount, now=parts.clock(), month=month_named)
    except (BadAmount, AmountOutOfBounds) as error:
        typed = form.get("other", "")
        if month_named is not None and month_named < Month.of(parts.clock()):
            return statement_page(request, month_named, fault=error, typed=typed)
        return _month(request, visitor, fault=error, fault_at="pledge", typed=typed)
    return RedirectResponse(f"/me/{month_named}" if month_named else "/me", status_code=303)


def reuse(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    try:
        amount, once = amount_of(request, form), form.get("once", "")[:64]
        reuse_earnings(parts.db, parts.rules, user=visitor.user, amount=amount, form=once, now=parts.clock())
    except (BadAmount, NotEnough) as error:
        return _month(request, visitor, fault=error, fault_at="reuse", typed_reuse=form.get("amount", ""))
    return RedirectResponse("/me", status_code=303)


def take_back(request: Request, form: Form) -> Response:  # noqa: ARG001 - the address says all
    parts, visitor = parts_of(request), visitor_of(request)
    take_back_gift(parts.db, reader=visitor.user, gift=number_of(request.path_params["gift"]), now=parts.clock())
    return RedirectResponse("/me#gifts", status_code=303)


def withdraw(request: Request, form: Form) -> Response:  # noqa: ARG001 - the address says all
    parts, visitor = parts_of(request), visitor_of(request)
    now, thing = parts.clock(), number_of(request.path_params["thing"])
    withdraw_carried_click(parts.db, reader=visitor.user, thing=thing, month=Month.of(now), now=now)
    return RedirectResponse("/me", status_code=303)


def _month(
    request: Request,
    visitor: Visitor,
    *,
    fault: FlattrError | None = None,
    fault_at: str = "",
    typed: str = "",
    typed_reuse: str = "",
) -> Response:
    """Show the month of now; `fault_at` names the form that has to be mended, which keeps what was typed."""
    parts = parts_of(request)
    now = parts.clock()
    earnings = state_earnings(parts.db, parts.rules, creator=visitor.user, now=now)
    return render(
        request,
        "reader.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        statement=state_reader_month(parts.db, parts.rules, reader=visitor.user, month=Month.of(now)),
        last=last_closed_month(parts.db, reader=visitor.user, before=Month.of(now)),
        earnings=earnings,
        reusable=parts.rules.currency.whole_minor_units(earnings.payable),
        operators=sorted(parts.settings.operators),
        is_mailed=is_month_mail_wished(parts.db, reader=visitor.user),
        fault=fault_words(request, fault),
        fault_at=fault_at,
        typed=typed,
        typed_reuse=typed_reuse,
        past_open=past_open_month(parts.db, now),
    )
