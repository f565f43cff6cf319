"""Check the books: every invariant is one named function, which returns the sentences of what is wrong."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from receiver.domain.click import MonthState
from receiver.domain.errors import BooksOutOfBalance
from receiver.domain.ledger import POTS, rail
from receiver.store import entries, months, rail_movements, settlements
from receiver.store.database import Database


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant and what it found; no faults: it holds."""

    name: str
    faults: list[str]


def check_books(db: Database) -> list[Check]:
    """Try every invariant on one moment of the books; return all of them.

    Raises BooksOutOfBalance, which is never caught, if any does not hold.
    """
    with db.reading() as connection:
        checks = [Check(invariant.__name__, invariant(connection)) for invariant in INVARIANTS]
    faults = [f"{check.name}: {fault}" for check in checks for fault in check.faults]
    if faults:
        raise BooksOutOfBalance(faults)
    return checks


def all_places_sum_to_zero(connection: Connection) -> list[str]:
    total = entries.sum_of_all_places(connection)
    return [f"they sum to {total} micros"] if total else []


def balances_are_their_postings(connection: Connection) -> list[str]:
    return [
        f"{name} holds {kept}, its postings make {recomputed}"
        for name, kept, recomputed in entries.recomputed_balances(connection)
    ]


def nobody_is_overdrawn(connection: Connection) -> list[str]:
    return [f"{name} holds {balance}" for name, balance in entries.overdrawn_places(connection)]


def every_entry_moves_money(connection: Connection) -> list[str]:
    return [f"{key} has no postings" for key in entries.entries_without_postings(connection)]


def pots_are_empty_between_closes(connection: Connection) -> list[str]:
    left_over = entries.balance(connection, POTS)
    is_closing = months.in_state(connection, MonthState.CLOSING)
    return [f"{left_over} micros lie in the pots"] if left_over and not is_closing else []


def rails_agree_with_their_movements(connection: Connection) -> list[str]:
    faults = [
        f"rail {name} told of {told}, the books hold {-entries.balance(connection, rail(name))}"
        for name, told in rail_movements.sum_by_rail(connection).items()
        if told != -entries.balance(connection, rail(name))
    ]
    unexplained = rail_movements.unexplained_rail_postings(connection)
    return faults + [f"{key} crossed a rail without a movement" for key in unexplained]


def what_readers_gave_is_what_creators_got(connection: Connection) -> list[str]:
    faults = []
    for month in months.in_state(connection, MonthState.CLOSED):
        given, got, booked = settlements.sums(connection, month)
        if not given == got == booked:
            faults.append(f"{month}: readers gave {given}, things got {got}, creators were booked {booked}")
    return faults


def every_settled_click_is_counted_once(connection: Connection) -> list[str]:
    faults = []
    for month in months.in_state(connection, MonthState.CLOSED):
        given, counted = settlements.clicks_settled(connection, month)
        if given != counted:
            faults.append(f"{month}: readers paid for {given} clicks, things counted {counted}")
    return faults


def settlements_are_their_entries(connection: Connection) -> list[str]:
    return [f"{key}: {sentence}" for key, sentence in settlements.contradicted_by_entries(connection)]


INVARIANTS: tuple[Callable[[Connection], list[str]], ...] = (
    all_places_sum_to_zero,
    balances_are_their_postings,
    nobody_is_overdrawn,
    every_entry_moves_money,
    pots_are_empty_between_closes,
    rails_agree_with_their_movements,
    what_readers_gave_is_what_creators_got,
    every_settled_click_is_counted_once,
    settlements_are_their_entries,
)
