"""A reader's month, pledge, subscriptions, gifts and applications."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.connect_application import connect_application, disconnect_application, list_applications
from receiver.actions.give import take_back_gift
from receiver.actions.list_subscriptions import list_subscriptions
from receiver.actions.pay_out import reuse_earnings
from receiver.actions.set_pledge import set_pledge
from receiver.actions.state_month import months_of_reader, past_open_month, state_earnings, state_reader_month
from receiver.actions.subscribe import pause_subscription, resume_subscription, stop_subscription
from receiver.actions.undo_click import withdraw_carried_click
from receiver.domain.errors import AmountOutOfBounds, BadAmount, FlattrError, NotEnough, NotKnown
from receiver.domain.month import Month
from receiver.web.answers import answer_of
from receiver.web.csv_answers import csv_answer
from receiver.web.requests import Form, Visitor, amount_of, month_of_path, number_of, parts_of, visitor_of
from receiver.web.statement_tables import reader_table
from receiver.web.templating import render


def month(request: Request) -> Response:
    return _month(request, visitor_of(request))


def past_month(request: Request) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    statement = state_reader_month(parts.db, parts.rules, reader=visitor.user, month=month_of_path(request))
    return render(request, "reader_month.html", visitor=visitor, statement=statement)


def month_csv(request: Request) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    statement = state_reader_month(parts.db, parts.rules, reader=visitor.user, month=month_of_path(request))
    return csv_answer(reader_table(statement, parts.rules.currency), f"flattr-{statement.month}.csv")


def pledge(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    try:
        amount = amount_of(request, form, field="other" if form.get("other", "").strip() else "amount")
        month_named = Month.parse(form["month"]) if form.get("month") else None
        set_pledge(parts.db, parts.rules, reader=visitor.user, amount=amount, now=parts.clock(), month=month_named)
    except (BadAmount, AmountOutOfBounds) as error:
        return _month(request, visitor, fault=error, fault_at="pledge", typed=form.get("other", ""))
    return RedirectResponse("/me", status_code=303)


def reuse(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    try:
        amount, once = amount_of(request, form), form.get("once", "")[:64]
        reuse_earnings(parts.db, parts.rules, user=visitor.user, amount=amount, form=once, now=parts.clock())
    except (BadAmount, NotEnough) as error:
        return _month(request, visitor, fault=error, fault_at="reuse", typed_reuse=form.get("amount", ""))
    return RedirectResponse("/me", status_code=303)


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
    return RedirectResponse("/me#subscriptions", status_code=303)


def take_back(request: Request, form: Form) -> Response:  # noqa: ARG001 - the address says all
    parts, visitor = parts_of(request), visitor_of(request)
    take_back_gift(parts.db, reader=visitor.user, gift=number_of(request.path_params["gift"]), now=parts.clock())
    return RedirectResponse("/me#gifts", status_code=303)


def withdraw(request: Request, form: Form) -> Response:  # noqa: ARG001 - the address says all
    parts, visitor = parts_of(request), visitor_of(request)
    now, thing = parts.clock(), number_of(request.path_params["thing"])
    withdraw_carried_click(parts.db, reader=visitor.user, thing=thing, month=Month.of(now), now=now)
    return RedirectResponse("/me", status_code=303)


def applications(request: Request) -> Response:
    visitor = visitor_of(request)
    connected = list_applications(parts_of(request).db, reader=visitor.user)
    return render(request, "applications.html", visitor=visitor, applications=connected, new_key="")


def connect(request: Request, form: Form) -> Response:
    """Answer with the new key itself: it is shown this once, in the answer to a POST, and stored nowhere."""
    parts, visitor = parts_of(request), visitor_of(request)
    key = connect_application(parts.db, parts.keys, reader=visitor.user, label=form.get("label", ""), now=parts.clock())
    connected = list_applications(parts.db, reader=visitor.user)
    return render(request, "applications.html", visitor=visitor, applications=connected, new_key=key.text())


def disconnect(request: Request, form: Form) -> Response:  # noqa: ARG001 - the address says all
    parts, visitor = parts_of(request), visitor_of(request)
    disconnect_application(parts.db, reader=visitor.user, key_id=request.path_params["key"], now=parts.clock())
    return RedirectResponse("/me/applications", status_code=303)


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
        earnings=earnings,
        reusable=parts.rules.currency.whole_minor_units(earnings.payable),
        operators=sorted(parts.settings.operators),
        subscriptions=list_subscriptions(parts.db, reader=visitor.user, month=Month.of(now)),
        months=months_of_reader(parts.db, reader=visitor.user),
        fault=str(fault) if fault else "",
        fault_at=fault_at,
        typed=typed,
        typed_reuse=typed_reuse,
        past_open=past_open_month(parts.db, now),
    )
