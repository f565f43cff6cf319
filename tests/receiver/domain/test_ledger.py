"""Places, postings and entries."""

import pytest

from receiver.domain.ledger import (
    CUT,
    MOVES_BY_KIND,
    POTS,
    Entry,
    EntryKind,
    Place,
    PlaceKind,
    Posting,
    earned,
    fresh,
    gift_entry,
    pots_entry,
    rail,
    reused,
    shares_entry,
)
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.pot import Draw

SEPTEMBER = Month(2026, 9)
DRAW = Draw(from_earned=Micros(40), from_fresh=Micros(90), fee=Micros(10))


def test_places_are_named_by_kind_and_owner() -> None:
    names = [place.name for place in (fresh(17), reused(17), earned(17), rail("hand"), POTS, CUT)]

    assert names == ["fresh:17", "reused:17", "earned:17", "rail:hand", "pots", "cut"]


@pytest.mark.parametrize("amount", [0, -1])
def test_money_moves_forward(amount: int) -> None:
    with pytest.raises(AssertionError):
        Posting(fresh(1), POTS, Micros(amount))


def test_impossible_places_and_entries_cannot_be_built() -> None:
    with pytest.raises(AssertionError):
        Posting(POTS, POTS, Micros(1))
    with pytest.raises(AssertionError):
        Place(PlaceKind.FRESH)
    with pytest.raises(AssertionError):
        Place(PlaceKind.CUT, owner=1)
    with pytest.raises(AssertionError):
        Place(PlaceKind.RAIL)
    with pytest.raises(AssertionError):
        Entry(kind=EntryKind.POT, key="pot", month=SEPTEMBER, postings=())


def test_pots_draw_reused_and_fresh_funds_and_pay_the_cut_together() -> None:
    all_earned = Draw(from_earned=Micros(5), from_fresh=Micros(0), fee=Micros(0))

    entry = pots_entry(SEPTEMBER, [(1, DRAW), (3, all_earned), (4, DRAW)])

    assert entry.key == "pots:2026-09:1"
    assert entry.postings == (
        Posting(reused(1), POTS, Micros(40)),
        Posting(fresh(1), POTS, Micros(100)),
        Posting(reused(3), POTS, Micros(5)),
        Posting(reused(4), POTS, Micros(40)),
        Posting(fresh(4), POTS, Micros(100)),
        Posting(POTS, CUT, Micros(20)),
    )


def test_every_kind_of_entry_moves_money_only_where_its_kind_says() -> None:
    for entry in (
        pots_entry(SEPTEMBER, [(1, DRAW)]),
        gift_entry(SEPTEMBER, 3, 1, {2: DRAW.given}, DRAW),
        shares_entry(SEPTEMBER, 2, Micros(5)),
    ):
        moves = {(posting.source.kind, posting.target.kind) for posting in entry.postings}
        assert moves <= MOVES_BY_KIND[entry.kind]


def test_every_kind_of_entry_says_where_it_moves_money() -> None:
    assert set(MOVES_BY_KIND) == set(EntryKind)
