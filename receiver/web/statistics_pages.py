"""Where the cut goes, and the public sums of closed months."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from receiver.actions.state_statistics import state_statistics
from receiver.domain.money import MICROS_PER_UNIT, NOTHING, Micros
from receiver.domain.month import Month
from receiver.domain.pot import Funds, Pot, split_pot
from receiver.domain.privacy import MonthSums
from receiver.domain.rules import Rules
from receiver.web.plots import Series, bar_plot, month_labels
from receiver.web.requests import language_of, month_of_path, parts_of
from receiver.web.templating import render

EXAMPLE_PLEDGE: Final = Micros(5 * MICROS_PER_UNIT)
EXAMPLE_CLICKS: Final = 7  # which does not divide what is left, so the example shows the rest
MONTHS_PLOTTED: Final = 24


def fee(request: Request) -> Response:
    parts = parts_of(request)
    paragraphs = [line.strip() for line in parts.settings.fee_words.splitlines() if line.strip()]
    return render(
        request, "fee.html", example_pledge=EXAMPLE_PLEDGE, example=example_pot(parts.rules), costs=paragraphs,
        sums_by_month=state_statistics(parts.db),
    )  # fmt: skip


def statistics(request: Request) -> Response:
    sums_by_month = state_statistics(parts_of(request).db)
    return render(request, "statistics.html", sums_by_month=sums_by_month, plots=_plots(request, sums_by_month))


def statistics_month(request: Request) -> Response:
    """Show a closed month; one that has begun and is not closed has a page too, which tells when."""
    month, sums_by_month = month_of_path(request), state_statistics(parts_of(request).db)
    return render(
        request, "statistics_month.html", month=month, sums=sums_by_month.get(month),
        earlier=max((other for other in sums_by_month if other < month), default=None),
        later=min((other for other in sums_by_month if other > month), default=None),
    )  # fmt: skip


def statistics_json(request: Request) -> Response:
    """Tell the same to machines; what is not shown is null, and money is in micros."""
    parts = parts_of(request)
    months = [_as_json(month, sums) for month, sums in state_statistics(parts.db).items()]
    return JSONResponse({"currency": parts.rules.currency.code, "months": months})


def example_pot(rules: Rules) -> Pot:
    """Return the worked example, by the very rule that closes months."""
    funds = Funds(earned=NOTHING, fresh=EXAMPLE_PLEDGE)
    return split_pot(EXAMPLE_PLEDGE, funds, EXAMPLE_CLICKS, fee_basis_points=rules.fee_basis_points)


def _as_json(month: Month, sums: MonthSums) -> dict[str, Any]:
    are_counts_shown, is_money_shown = not sums.is_of_few_readers, sums.has_public_money
    return {
        "month": str(month),
        "readers": sums.readers if are_counts_shown else None,
        "clicks": sums.clicks if are_counts_shown else None,
        "things": sums.things if are_counts_shown else None,
        "sites": sums.sites if are_counts_shown else None,
        "given_micros": sums.given if is_money_shown else None,
        "cut_micros": sums.fee if is_money_shown else None,
    }


def _plots(request: Request, sums_by_month: dict[Month, MonthSums]) -> dict[str, Any]:
    """Draw money and readers over the last months, the oldest first; nothing from a single month."""
    newest_first = list(sums_by_month.items())[:MONTHS_PLOTTED]
    months = newest_first[::-1]
    if len(months) < 2:
        return {}
    language, currency = language_of(request), parts_of(request).rules.currency
    say, labels = language.gettext, month_labels([month for month, _ in months])
    money = [sums if sums.has_public_money else None for _, sums in months]
    return {
        "money": bar_plot(
            say("Given to creators and cut, month by month"),
            labels,
            [
                Series(say("Given to creators"), [None if sums is None else sums.given for sums in money]),
                Series(say("Cut"), [None if sums is None else sums.fee for sums in money]),
            ],
            write=lambda micros: language.money(micros, currency),
        ),
        "readers": bar_plot(
            say("Readers who gave, month by month"),
            labels,
            [Series(say("Readers"), [None if sums.is_of_few_readers else sums.readers for _, sums in months])],
            write=language.count,
        ),
    }
