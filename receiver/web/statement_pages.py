"""What a reader gave: the history of all months, and the statement of each as a page, CSV and JSON."""

from collections.abc import Sequence

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from receiver.actions.state_history import ClosedMonth, state_history
from receiver.actions.state_month import ReaderStatement, state_reader_month
from receiver.domain.errors import FlattrError
from receiver.domain.month import Month
from receiver.web.answers import answer_of
from receiver.web.csv_answers import csv_answer
from receiver.web.fault_words import fault_words
from receiver.web.plots import Series, bar_plot, month_labels
from receiver.web.requests import language_of, month_of_path, page_of, parts_of, visitor_of
from receiver.web.statement_json import statement_as_json
from receiver.web.statement_tables import reader_table
from receiver.web.templating import render


def history(request: Request) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    closed = state_history(parts.db, reader=visitor.user, page=page_of(request))
    plot = _plot(request, closed.rows) if closed.rows else ""
    return render(request, "reader_history.html", visitor=visitor, history=closed, plot=plot)


def month(request: Request) -> Response:
    return statement_page(request, month_of_path(request))


def month_csv(request: Request) -> Response:
    statement = _statement(request, month_of_path(request))
    return csv_answer(reader_table(statement, parts_of(request).rules.currency), f"flattr-{statement.month}.csv")


def month_json(request: Request) -> Response:
    statement = _statement(request, month_of_path(request))
    return JSONResponse(statement_as_json(statement, parts_of(request).rules.currency))


def statement_page(
    request: Request, month: Month, *, fault: FlattrError | None = None, typed: str | None = None
) -> Response:
    """Show a statement; `fault` is what is wrong with the pledge typed there for a month that is over."""
    parts, visitor = parts_of(request), visitor_of(request)
    return render(
        request,
        "reader_month.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        statement=_statement(request, month),
        stated_at=parts.clock(),
        fault=fault_words(request, fault),
        typed=typed,
    )


def _statement(request: Request, month: Month) -> ReaderStatement:
    parts = parts_of(request)
    return state_reader_month(parts.db, parts.rules, reader=visitor_of(request).user, month=month)


def _plot(request: Request, rows: Sequence[ClosedMonth]) -> Markup:
    """Draw what was taken in each month of the table, the oldest first."""
    language, currency = language_of(request), parts_of(request).rules.currency
    say, in_order = language.gettext, rows[::-1]
    return bar_plot(
        say("What was taken from your funds, month by month"),
        month_labels([row.month for row in in_order]),
        [
            Series(say("To creators, from the pot"), [row.from_pot for row in in_order]),
            Series(say("Gifts"), [row.gifts for row in in_order]),
            Series(say("Cut"), [row.fee for row in in_order]),
        ],
        write=lambda micros: language.money(micros, currency),
    )
