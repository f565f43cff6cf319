"""The operator's choices, and when clicks count, wait and lapse."""

from collections.abc import Collection
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receiver.domain.click import counts_at_close, oldest_carried
from receiver.domain.errors import AmountOutOfBounds
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.privacy import hidden_things
from receiver.domain.rules import Rules
from receiver.domain.thing import credible_modified, is_older
from tests.receiver.cast import at, eur

SEPTEMBER = Month(2026, 9)


def test_a_pledge_is_from_two_euros_to_the_operators_maximum() -> None:
    rules = Rules(pledge_micros_max=eur("40.00"))

    rules.require_pledge(eur("2.00"))
    rules.require_pledge(eur("40.00"))
    for amount in (eur("1.99"), eur("40.01"), Micros(0), Micros(-1)):
        with pytest.raises(AmountOutOfBounds):
            rules.require_pledge(amount)


def test_presets_above_the_maximum_are_not_offered() -> None:
    assert Rules(pledge_micros_max=eur("10.00")).pledge_presets() == (eur("2.00"), eur("5.00"), eur("10.00"))


def test_shares_are_payable_on_the_tenth() -> None:
    assert Rules().payable_at(SEPTEMBER) == at("2026-10-10")
    assert Rules(payable_day=1).payable_at(SEPTEMBER) == at("2026-10-01")


def test_a_click_counts_if_its_site_was_verified_before_the_month_ended() -> None:
    assert counts_at_close(SEPTEMBER, SEPTEMBER.end() - timedelta(microseconds=1))
    assert not counts_at_close(SEPTEMBER, SEPTEMBER.end())
    assert not counts_at_close(SEPTEMBER, None)


def test_a_pending_click_waits_three_months_after_its_own() -> None:
    waits = [oldest_carried(SEPTEMBER.plus(months)) <= SEPTEMBER for months in range(1, 6)]

    assert waits == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("known", "offered", "older"), [(None, None, False), (None, 5, False), (5, None, True), (5, 4, True), (5, 5, False)]
)
def test_an_older_build_is_known_by_its_time(known: int | None, offered: int | None, older: bool) -> None:
    assert is_older(known=(1, known), offered=(1, offered)) is older


def test_a_newer_key_counts_more_than_any_time() -> None:
    assert not is_older(known=(1, 9), offered=(2, None))
    assert is_older(known=(2, None), offered=(1, 9))


def test_a_time_far_ahead_is_not_believed() -> None:
    now = at("2026-09-05")

    assert credible_modified(int(now.timestamp()) + 3_600, now) is not None
    assert credible_modified(int(now.timestamp()) + 90_000, now) is None
    assert credible_modified(None, now) is None


@given(st.dictionaries(st.integers(1, 50), st.frozensets(st.integers(1, 9), min_size=1, max_size=8), max_size=10))
def test_no_sum_tells_what_fewer_than_three_readers_gave(readers_by_thing: dict[int, frozenset[int]]) -> None:
    def readers_of(group: Collection[int]) -> int:
        return len(frozenset().union(*(readers_by_thing[thing] for thing in group)))

    hidden = hidden_things({thing: len(readers) for thing, readers in readers_by_thing.items()}, readers_of)

    assert {thing for thing, readers in readers_by_thing.items() if len(readers) < 3} <= hidden
    if hidden and hidden != set(readers_by_thing):  # else there is nothing to subtract from the total
        assert len(hidden) >= 2
        assert readers_of(hidden) >= 3


def test_where_all_things_have_three_readers_nothing_is_hidden() -> None:
    assert hidden_things({1: 3, 2: 7}, lambda _: 3) == set()


def test_a_single_thing_of_few_readers_takes_the_least_read_other_along() -> None:
    assert hidden_things({1: 1, 2: 9, 3: 5}, lambda group: 6 if 3 in group else 1) == {1, 3}


def test_three_things_of_one_reader_take_another_along() -> None:
    assert hidden_things({1: 1, 2: 1, 3: 1, 4: 5}, lambda group: 5 if 4 in group else 1) == {1, 2, 3, 4}
