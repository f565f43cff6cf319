"""The operator's view: months, trial balance, invariants, sites that wait."""

from starlette.requests import Request
from starlette.responses import Response

from receiver.actions.check_books import check_books
from receiver.actions.list_waiting_sites import list_waiting_sites
from receiver.actions.state_month import state_books
from receiver.web.csv_answers import csv_answer
from receiver.web.requests import operator_of, parts_of
from receiver.web.statement_tables import balance_table
from receiver.web.templating import render


def overview(request: Request) -> Response:
    parts, visitor = parts_of(request), operator_of(request)
    return render(
        request,
        "operator.html",
        visitor=visitor,
        balance=state_books(parts.db),
        checks=check_books(parts.db),
        waiting=list_waiting_sites(parts.db),
    )


def balance_csv(request: Request) -> Response:
    parts = parts_of(request)
    operator_of(request)
    return csv_answer(balance_table(state_books(parts.db), parts.rules.currency), "flattr-trial-balance.csv")
