"""Statements as tables: the same rows as CSV and in the terminal, for both doors.  Amounts are exact, to the micro."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from receiver.actions.state_month import CreatorStatement, ReaderStatement, TrialBalance
from receiver.actions.state_team_month import TeamIncome
from receiver.domain.money import Currency


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def reader_table(statement: ReaderStatement, currency: Currency) -> Table:
    """One row a click and a gift, then the cut and the sum; amounts add up to the micro."""
    month, show = str(statement.month), currency.digits
    rows = [
        (month, "click", line.state.value, line.thing.title, line.thing.url, show(line.share), currency.code)
        for line in statement.lines
    ]
    rows += [
        (
            month, "gift", gift.state,
            gift.thing.title if gift.thing else "", gift.thing.url if gift.thing else "",
            show(gift.given), currency.code,
        )
        for gift in statement.gifts
    ]  # fmt: skip
    rows.append((month, "cut", "", "", "", show(statement.fee), currency.code))
    rows.append((month, "sum", "", "", "", show(statement.taken), currency.code))
    return Table(("month", "kind", "state", "title", "url", "amount", "currency"), rows)


def creator_table(statement: CreatorStatement, currency: Currency) -> Table:
    """One row a thing; amounts that would tell what one or two readers gave stand in one row together.

    `whole` is what a thing got, `amount` what of it is the creator's: less, if a team divides it.
    """
    month, show = str(statement.month), currency.digits
    rows: list[tuple[str, ...]] = [
        (
            month, "thing", line.thing.title, line.thing.url, str(line.readers),
            "" if line.amount is None else show(line.amount), currency.code, "", "",
        )
        for line in statement.things
    ]  # fmt: skip
    of_few_readers, gifts = show(statement.of_few_readers), show(statement.gifts)
    rows.append((month, "things without an amount", "", "", "", of_few_readers, currency.code, "", ""))
    rows.append((month, "gifts", "", "", "", gifts, currency.code, "", ""))
    for team in statement.teams:
        rows += _team_rows(month, team, currency)
    rows.append((month, "sum", "", "", "", show(statement.total), currency.code, "", ""))
    return Table(("month", "kind", "title", "url", "readers", "amount", "currency", "whole", "parts"), rows)


def _team_rows(month: str, team: TeamIncome, currency: Currency) -> list[tuple[str, ...]]:
    show, site, parts = currency.digits, (team.site.title, team.site.scope), f"{team.parts} of {team.parts_of_all}"
    rows: list[tuple[str, ...]] = [
        (
            month, "thing of a team", line.thing.title, line.thing.url, str(line.readers),
            "" if line.part is None else show(line.part), currency.code,
            "" if line.amount is None else show(line.amount), parts,
        )
        for line in team.things
    ]  # fmt: skip
    for kind, part, whole in (
        ("things of a team without an amount", team.part_of_few_readers, team.of_few_readers),
        ("gifts to a team", team.gifts_part, team.gifts),
    ):
        rows.append((month, kind, *site, "", show(part), currency.code, show(whole), parts))
    return rows


def balance_table(balance: TrialBalance, currency: Currency) -> Table:
    rows = [(line.label, str(line.places), currency.digits(line.balance), currency.code) for line in balance.lines]
    rows.append(("sum", "", currency.digits(balance.total), currency.code))
    return Table(("places", "number", "balance", "currency"), rows)


def csv_text(table: Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.header)
    writer.writerows([tuple(inert(cell) for cell in row) for row in table.rows])
    return out.getvalue()


def inert(cell: str) -> str:
    """Spreadsheets run what begins like a formula; titles are strangers' words (OWASP, CSV injection)."""
    is_number = cell.removeprefix("-").replace(".", "", 1).isdigit()
    return "'" + cell if cell[:1] in "=+-@\t\r" and cell and not is_number else cell
