"""A creator's income: a year in plots and tables, and each month as a page, as CSV and as JSON."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from receiver.actions.state_income import Income, state_income
from receiver.actions.state_month import state_creator_month
from receiver.actions.state_revenue import state_revenue
from receiver.domain.site import Site
from receiver.languages import Language
from receiver.web.csv_answers import csv_answer
from receiver.web.plots import Series, bar_plot, line_plot, month_labels
from receiver.web.requests import language_of, month_of_path, page_of, parts_of, visitor_of
from receiver.web.revenue_report import file_name, revenue_csv, revenue_json
from receiver.web.statement_tables import creator_table
from receiver.web.templating import render

SITES_APART: Final = 4  # more colours cannot be told apart
LINES_PER_PAGE: Final = 50

Write = Callable[[int], str]  # an amount of micros, in words


def income(request: Request) -> Response:
    parts, visitor, language = parts_of(request), visitor_of(request), language_of(request)

    def write(micros: int) -> str:
        return language.money(micros, parts.rules.currency)

    stated = state_income(parts.db, creator=visitor.user, now=parts.clock(), page=page_of(request))
    apart = _sites_apart(stated)
    return render(
        request,
        "creator_income.html",
        visitor=visitor,
        income=stated,
        sites=apart,
        own_sites={site.id for site in stated.sites},
        others=_others(stated, apart),
        income_plot=_income_plot(stated, apart, language, write=write),
        value_plot=_value_plot(stated, language, write=write),
        things_plot=_things_plot(stated, language, write=write),
    )


def month(request: Request) -> Response:
    visitor, page = visitor_of(request), page_of(request)
    statement = state_creator_month(parts_of(request).db, creator=visitor.user, month=month_of_path(request))
    start = (page - 1) * LINES_PER_PAGE
    return render(
        request,
        "creator_month.html",
        visitor=visitor,
        statement=statement,
        lines=statement.things[start : start + LINES_PER_PAGE],
        page={"number": page, "has_next": len(statement.things) > start + LINES_PER_PAGE},
    )


def month_csv(request: Request) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    statement = state_creator_month(parts.db, creator=visitor.user, month=month_of_path(request))
    return csv_answer(creator_table(statement, parts.rules.currency), f"flattr-income-{statement.month}.csv")


def month_json(request: Request) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    revenue = state_revenue(parts.db, creator=visitor.user, month=month_of_path(request))
    return JSONResponse(revenue_json(revenue, receiver=parts.receiver, currency=parts.rules.currency))


def month_revenue(request: Request) -> Response:
    """Answer the month as the old Flattr did, for the scripts that people wrote for it."""
    parts, visitor = parts_of(request), visitor_of(request)
    revenue = state_revenue(parts.db, creator=visitor.user, month=month_of_path(request))
    return Response(
        revenue_csv(revenue, receiver=parts.receiver),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name(revenue.statement.month)}"'},
    )


def _sites_apart(stated: Income) -> list[Site]:
    """Return the sites that have a column and a colour of their own: those that got most."""
    amounts = Counter[str]()
    for stated_month in stated.months:
        amounts.update(stated_month.by_site)
    most = sorted(stated.sites, key=lambda site: -amounts[site.id])[:SITES_APART]
    return [site for site in stated.sites if site in most]


def _others(stated: Income, apart: list[Site]) -> list[int]:
    """Return what all other sites got together in each month."""
    own = {site.id for site in apart}
    return [sum(amount for site, amount in one.by_site.items() if site not in own) for one in stated.months]


def _income_plot(stated: Income, apart: list[Site], language: Language, *, write: Write) -> Markup:
    say, months = language.gettext, list(reversed(stated.months))
    series = [Series(site.title, [one.by_site.get(site.id, 0) for one in months]) for site in apart]
    others = _others(stated, apart)
    if any(others):
        series.append(Series(say("Other sites"), others[::-1]))
    series.append(Series(say("Few readers, and gifts"), [one.apart for one in months]))
    return bar_plot(say("Income by month and site"), month_labels([one.month for one in months]), series, write=write)


def _value_plot(stated: Income, language: Language, *, write: Write) -> Markup:
    say, months = language.gettext, list(reversed(stated.months))
    values = [one.value for one in months]
    series = [
        Series(say("Median"), [value.median if value else None for value in values]),
        Series(say("Mean"), [value.mean if value else None for value in values]),
    ]
    return line_plot(say("Value of a click"), month_labels([one.month for one in months]), series, write=write)


def _things_plot(stated: Income, language: Language, *, write: Write) -> Markup:
    say = language.gettext
    amounts = Series(say("Income"), [one.amount for one in stated.things])
    ranks = [language.count(rank) for rank in range(1, len(stated.things) + 1)]
    return bar_plot(say("The things that got most"), ranks, [amounts], write=write)
