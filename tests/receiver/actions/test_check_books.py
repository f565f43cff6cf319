"""Each invariant finds the very fault it is named after, in books that somebody changed with a SQL shell."""

from typing import Any

import pytest

from receiver.actions.check_books import INVARIANTS, check_books
from receiver.domain.errors import BooksOutOfBalance
from receiver.domain.month import Month
from receiver.store.master_keys import MasterKeys
from tests.fakes.database import Books
from tests.fakes.mail import Outbox
from tests.receiver.cast import Stage, at

FAULT_BY_INVARIANT = {
    "all_places_sum_to_zero": "update places set balance_micros = balance_micros + 1 where name = 'cut'",
    "balances_are_their_postings": "update places set balance_micros = balance_micros + case kind when 'cut' then 1"
    " when 'rail' then -1 else 0 end",
    "nobody_is_overdrawn": "update places set balance_micros = balance_micros - 10000000000 where name = 'cut'",
    "every_entry_is_whole": "delete from postings where entry_id in (select id from entries where kind = 'shares')",
    "every_posting_is_of_its_kind": "update entries set kind = 'gift' where kind = 'payment'",
    "pots_hold_what_is_on_the_way": "insert into postings"
    " select max(id), 9, (select id from places where kind = 'rail'),"
    " (select id from places where kind = 'pots'), 5 from entries",
    "rails_agree_with_their_movements": "delete from rail_movements",
    "what_readers_gave_is_what_creators_got": "update creator_settlements set amount_micros = amount_micros + 1",
    "every_settled_click_is_counted_once": "update thing_settlements set readers = readers + 1",
    "every_creator_got_the_shares_of_their_things": "update thing_settlements set creator_id = 1 where team_id is null",
    "every_team_divided_what_its_things_got": "update team_settlements set amount_micros = amount_micros + case"
    " when creator_id = 4 then 1 else -1 end",
    "every_gift_to_a_team_was_divided": "update gift_parts set parts = 2",
    "settlements_are_their_entries": "update reader_settlements set fee_micros = fee_micros - 1",
    "shares_can_be_recomputed_from_clicks": "update clicks set undone_at = 1",
}


@pytest.fixture(scope="module")
def lived(books: Books) -> Any:
    address = books.begin()
    db = books.open(address)
    stage = Stage(db, MasterKeys({1: bytes(32)}), Outbox(), now=at("2026-09-03"))
    rosa, carla, cem, cleo = (stage.person(f"{name}@example.org") for name in ("rosa", "carla", "cem", "cleo"))
    rosa.pledges("10.00")
    rosa.pays("10.00")
    bread, shared = carla.registers("https://a.example/"), cem.registers("https://b.example/")
    cem.shares(shared, cleo, 3)
    rosa.clicks(*bread.posts("a b"), shared.post("c"))
    rosa.pays("1.00")
    rosa.gives(shared.post("c"), "1.00")
    stage.close(Month(2026, 9))
    check_books(db)
    db.close()
    return address


def test_every_invariant_has_its_fault() -> None:
    assert list(FAULT_BY_INVARIANT) == [invariant.__name__ for invariant in INVARIANTS]


@pytest.mark.parametrize("invariant", FAULT_BY_INVARIANT)
def test_the_invariant_finds_its_fault(books: Books, lived: Any, invariant: str) -> None:
    address = books.copy(lived)
    books.tamper(address, FAULT_BY_INVARIANT[invariant])
    db = books.open(address)

    with pytest.raises(BooksOutOfBalance) as raised:
        check_books(db)

    db.close()
    books.drop(address)
    assert any(fault.startswith(f"{invariant}: ") for fault in raised.value.faults), raised.value.faults
