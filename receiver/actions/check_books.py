"""Check the books: every invariant is one named function, which returns the sentences of what is wrong."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from receiver.domain.click import MonthState
from receiver.domain.errors import BooksOutOfBalance
from receiver.domain.ledger import MOVES_BY_KIND, POTS, rail
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.team import divide
from receiver.store import counted_clicks, entries, months, rail_movements, settlements, users
from receiver.store.counted_clicks import Exceptions
from receiver.store.database import Database

READERS_READ_AT_ONCE: Final = 50_000


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


def every_entry_is_whole(connection: Connection) -> list[str]:
    return [
        f"{key} was booked with {booked} postings and has {there}"
        for key, booked, there in entries.entries_not_whole(connection)
    ]


def every_posting_is_of_its_kind(connection: Connection) -> list[str]:
    allowed = {(kind, *move) for kind, moves in MOVES_BY_KIND.items() for move in moves}
    return [
        f"{key} moved from {source} to {target}, which no {kind} does"
        for kind, source, target, key in entries.moves_by_kind(connection)
        if (kind, source, target) not in allowed
    ]


def pots_hold_what_is_on_the_way(connection: Connection) -> list[str]:
    on_the_way = 0  # between closes; while a month closes, what readers gave and creators did not get yet
    for month in months.in_state(connection, MonthState.CLOSING):
        given, _, booked = settlements.sums(connection, month)
        on_the_way += given - booked
    held = entries.balance(connection, POTS)
    return [f"{held} micros lie in the pots, {on_the_way} are on the way"] if held != on_the_way else []


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


def every_creator_got_the_shares_of_their_things(connection: Connection) -> list[str]:
    return [
        f"{month}: the things of user {creator} got {got}, booked were {booked}"
        for month in months.in_state(connection, MonthState.CLOSED)
        for creator, got, booked in settlements.creators_not_paid_their_things(connection, month)
    ]


def every_team_divided_what_its_things_got(connection: Connection) -> list[str]:
    return [
        f"{month}: team {team} got {whole}, divided was {_amounts(divided)}"
        for month in months.in_state(connection, MonthState.CLOSED)
        for team, whole, divided in settlements.divided_shares(connection, month)
        if not _is_divided_by_parts(whole, divided)
    ]


def every_gift_to_a_team_was_divided(connection: Connection) -> list[str]:
    return [
        f"gift {gift}: {given} arrived, divided was {_amounts(divided)}"
        for gift, given, divided in settlements.divided_gifts(connection)
        if not _is_divided_by_parts(given, divided)
    ]


def _is_divided_by_parts(whole: int, divided: Mapping[int, tuple[int, int]]) -> bool:
    """Tell whether the (parts, micros) of each are what the parts make of the whole."""
    parts_by_creator = {creator: parts for creator, (parts, _) in divided.items()}
    return bool(divided) and divide(Micros(whole), parts_by_creator) == _amounts(divided)


def _amounts(divided: Mapping[int, tuple[int, int]]) -> dict[int, int]:
    return {creator: amount for creator, (_, amount) in divided.items()}


def settlements_are_their_entries(connection: Connection) -> list[str]:
    return [
        f"{key}: {place} moved {micros:+} micros against what was settled"
        for key, place, micros in settlements.contradicted_by_entries(connection)
    ]


def shares_can_be_recomputed_from_clicks(connection: Connection) -> list[str]:
    """The clicks of who has left are gone; what they gave is then known as a sum, and must be just what is missing."""
    faults: list[str] = []
    gone = users.erased(connection)
    for month in months.remembered_closed(connection):
        exceptions = counted_clicks.exceptions_as_settled(connection, month)
        faults += _readers_settled_otherwise(connection, month, exceptions, gone)
        faults += _things_settled_otherwise(connection, month, exceptions, gone)
    return faults


def _readers_settled_otherwise(
    connection: Connection, month: Month, exceptions: Exceptions, gone: set[int]
) -> Iterator[str]:
    recounted = _recounted_readers(connection, month, exceptions)
    at, clicked = next(recounted, (0, 0))
    for reader, settled in settlements.funded_readers(connection, month):
        if reader in gone:
            continue
        while 0 < at < reader:  # an unfunded one, whose clicks lapsed
            at, clicked = next(recounted, (0, 0))
        if (at, clicked) != (reader, settled):
            yield f"{month}: user {reader} paid for {settled} things, clicked {clicked if at == reader else 0}"


def _recounted_readers(connection: Connection, month: Month, exceptions: Exceptions) -> Iterator[tuple[int, int]]:
    last: int | None = 0
    while last is not None:
        page = counted_clicks.count_by_reader(connection, month, exceptions, after=last, limit=READERS_READ_AT_ONCE)
        yield from page.counts
        last = page.last


def _things_settled_otherwise(
    connection: Connection, month: Month, exceptions: Exceptions, gone: set[int]
) -> Iterator[str]:
    recounted = counted_clicks.sums_by_thing(connection, month, exceptions)
    at, readers, micros = next(recounted, (0, 0, 0))
    missing_clicks, missing_micros = settlements.given_by(connection, month, gone)
    may_miss = missing_clicks > 0
    for thing, settled_readers, settled in settlements.paid_things(connection, month):
        counted_readers, counted = (readers, micros) if at == thing else (0, 0)
        less_readers, less = settled_readers - counted_readers, settled - counted
        if (less_readers, less) != (0, 0) and not (may_miss and less_readers > 0 and less > 0):
            yield f"{month}: thing {thing} got {settled}, its clicks make {counted}"
        missing_clicks, missing_micros = missing_clicks - less_readers, missing_micros - less
        if at == thing:
            at, readers, micros = next(recounted, (0, 0, 0))
    if may_miss and (missing_clicks, missing_micros) != (0, 0):
        yield f"{month}: {missing_micros} micros of readers who have left are at no thing"


INVARIANTS: tuple[Callable[[Connection], list[str]], ...] = (
    all_places_sum_to_zero,
    balances_are_their_postings,
    nobody_is_overdrawn,
    every_entry_is_whole,
    every_posting_is_of_its_kind,
    pots_hold_what_is_on_the_way,
    rails_agree_with_their_movements,
    what_readers_gave_is_what_creators_got,
    every_settled_click_is_counted_once,
    every_creator_got_the_shares_of_their_things,
    every_team_divided_what_its_things_got,
    every_gift_to_a_team_was_divided,
    settlements_are_their_entries,
    shares_can_be_recomputed_from_clicks,
)
