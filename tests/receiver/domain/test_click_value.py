"""The value of a click is exact, and behind each figure, and what is left if figures are subtracted, stand three."""

from itertools import combinations
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receiver.domain.click_value import ClickValue, value_of_clicks
from receiver.domain.money import Micros

READERS = st.lists(st.tuples(st.integers(1, 100_000_000).map(Micros), st.integers(1, 40)), min_size=0, max_size=80)


def equal_clicks(*shares: int) -> list[tuple[Micros, int]]:
    """One click of each reader."""
    return [(Micros(share), 1) for share in shares]


@pytest.mark.parametrize("readers", [[], [(Micros(900_000), 50)], equal_clicks(1, 2)])
def test_of_fewer_than_three_readers_nothing_is_told(readers):
    assert value_of_clicks(readers) is None


def test_of_three_readers_only_their_mean_is_told():
    assert value_of_clicks(equal_clicks(100, 200, 601)) == ClickValue(Micros(300), Micros(300))


def test_the_median_is_the_mean_of_the_middle_three():
    assert value_of_clicks(equal_clicks(1, 2, 10, 20, 33, 500, 900)) == ClickValue(Micros(209), Micros(21))


def test_a_middle_that_leaves_two_readers_aside_is_widened_to_all():
    five = value_of_clicks(equal_clicks(1, 10, 20, 30, 1_000))

    assert five is not None
    assert five.median == five.mean == 212


def test_the_tenths_are_the_means_of_those_that_gave_least_and_most():
    value = value_of_clicks(equal_clicks(*range(1, 31)))

    assert value == ClickValue(Micros(15), Micros(15), lowest_tenth=Micros(2), highest_tenth=Micros(29))


def test_a_tenth_of_two_readers_is_not_told():
    assert value_of_clicks(equal_clicks(*range(1, 30))) == ClickValue(Micros(15), Micros(15))
    many_of_one = [(Micros(1), 10), *equal_clicks(*range(2, 92))]
    assert value_of_clicks(many_of_one).lowest_tenth is None


@given(READERS)
def test_whoever_gave_equally_hides_nothing(readers):
    """Where each reader gave the same, each figure is that share."""
    value = value_of_clicks([(Micros(450_000), clicks) for _, clicks in readers])

    if value is not None:
        assert {value.mean, value.median, value.lowest_tenth, value.highest_tenth} <= {450_000, None}


@given(READERS)
def test_the_figures_are_in_order_and_the_mean_is_exact(readers):
    value = value_of_clicks(readers)
    if value is None:
        return

    assert value.mean == sum(share * clicks for share, clicks in readers) // sum(clicks for _, clicks in readers)
    shares = sorted(share for share, clicks in readers for _ in range(clicks))
    assert shares[0] <= value.median <= shares[-1]
    if value.lowest_tenth is not None:
        assert value.lowest_tenth <= value.median <= value.highest_tenth


@given(st.lists(st.integers(1, 1_000).map(Micros), min_size=30, max_size=200))
def test_of_many_readers_the_median_lies_beside_the_true_one(shares):
    value = value_of_clicks([(share, 1) for share in shares])

    ordered, half = sorted(shares), len(shares) // 2
    assert value is not None
    assert ordered[half - 2] <= value.median <= ordered[half + 1]
    assert ordered[half - 2] <= median(shares) <= ordered[half + 1]


@given(st.lists(st.integers(1, 30), min_size=3, max_size=60))
def test_no_subtraction_leaves_fewer_than_three_readers(clicks):
    """Give each reader twice what the one before gave, so that a figure tells who stands behind it."""
    readers = [(Micros(1_000 * 2**number), count) for number, count in enumerate(clicks)]
    parts = told_parts(readers)

    for size in range(1, len(parts) + 1):
        for some in combinations(parts, size):
            left = set(range(sum(clicks))) - {position for start, end in some for position in range(start, end)}
            assert not left or len(readers_of(clicks, left)) >= 3


def told_parts(readers):
    """Work out which clicks each figure is the mean of, from the figures alone."""
    value = value_of_clicks(readers)
    shares = [share for share, clicks in readers for _ in range(clicks)]
    count, tenth = len(shares), len(shares) // 10
    parts = []
    if value.lowest_tenth is not None:
        parts += [(0, tenth), (count - tenth, count)]
    reaches = range((count - 1) // 2 + 1)
    around = [((count - 1) // 2 - reach, count // 2 + 1 + reach) for reach in reaches]
    middle = next(part for part in around if len(readers_of([c for _, c in readers], set(range(*part)))) >= 3)
    if sum(shares[slice(*middle)]) // (middle[1] - middle[0]) == value.median:
        parts.append(middle)
    return parts


def readers_of(clicks, positions):
    owners = [number for number, count in enumerate(clicks) for _ in range(count)]
    return {owners[position] for position in positions}
