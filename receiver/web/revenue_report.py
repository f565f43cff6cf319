"""A month as the old Flattr's `flattr-revenue-YYYYMM.csv`, to the byte, and as JSON.

Source of the form: three reports of 2013 that people kept, and summarize-flattr-reports.R, which reads them.
"""

from typing import Any, Final

from receiver.actions.state_revenue import Revenue, RevenueRow
from receiver.actions.state_team_month import TeamIncome
from receiver.domain.click_value import ClickValue
from receiver.domain.money import Currency, Micros
from receiver.domain.month import Month
from receiver.web.statement_tables import inert

HEADER: Final = "period;id;flattr url;url;title;clicks;revenue;clicks total"
_CENT_MICROS: Final = 10_000


def file_name(month: Month) -> str:
    return f"flattr-revenue-{month.number}.csv"


def revenue_csv(revenue: Revenue, *, receiver: str) -> str:
    """Return header and rows, each ended by a line feed."""
    lines = [HEADER, *(_line(row, revenue.statement.month, receiver) for row in revenue.rows)]
    return "".join(f"{line}\n" for line in lines)


def revenue_json(revenue: Revenue, *, receiver: str, currency: Currency) -> dict[str, Any]:
    """Return the same as data, with what the old form leaves out; amounts are text, exact to the micro."""
    statement, row_by_thing = revenue.statement, {row.thing.id: row for row in revenue.rows}

    def thing(line: Any) -> dict[str, Any]:
        row = row_by_thing.get(line.thing.id)
        return {
            "id": line.thing.id,
            "flattr_url": address_of(line.thing.id, receiver),
            "url": line.thing.url,
            "title": line.thing.title,
            "clicks": line.readers,
            "clicks_total": row.clicks_total if row else None,
            "amount": None if line.amount is None else currency.digits(line.amount),
        }

    def team_of(team: TeamIncome) -> dict[str, Any]:
        return {
            "site": team.site.id,
            "parts": team.parts,
            "parts_of_all": team.parts_of_all,
            "things": [
                {**thing(line), "part": None if line.part is None else currency.digits(line.part)}
                for line in team.things
            ],
            "without_amount": currency.digits(team.of_few_readers),
            "gifts": currency.digits(team.gifts),
            "whole": currency.digits(team.whole),
            "part": currency.digits(team.part),
        }

    return {
        "month": str(statement.month),
        "state": statement.state.value,
        "currency": currency.code,
        "things": [thing(line) for line in statement.things],
        "without_amount": currency.digits(statement.of_few_readers),
        "gifts": currency.digits(statement.gifts),
        "teams": [team_of(team) for team in statement.teams],
        "sum": currency.digits(statement.total),
        "value_of_a_click": _value(revenue.value, currency) if revenue.value else None,
    }


def address_of(thing: int, receiver: str) -> str:
    """Return the public address of a thing at this receiver."""
    return f"{receiver}things/{thing}"


def _line(row: RevenueRow, month: Month, receiver: str) -> str:
    cells = [
        str(month),
        str(row.thing.id),
        _quoted(address_of(row.thing.id, receiver)),
        _quoted(row.thing.url),
        _quoted(inert(row.thing.title)),
        str(row.clicks),
        _cents(row.amount),
        str(row.clicks_total),
    ]
    return ";".join(cells)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _cents(amount: Micros) -> str:
    """Write an amount with two decimals and a comma, rounded to the nearest; half a cent is one."""
    units, cents = divmod((amount + _CENT_MICROS // 2) // _CENT_MICROS, 100)
    return f"{units},{cents:02}"


def _value(value: ClickValue, currency: Currency) -> dict[str, str | None]:
    figures = {
        "mean": value.mean,
        "median": value.median,
        "lowest_tenth": value.lowest_tenth,
        "highest_tenth": value.highest_tenth,
    }
    return {name: None if amount is None else currency.digits(amount) for name, amount in figures.items()}
