"""What a team earns is divided to the micro."""

from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receiver.domain.errors import BadInput
from receiver.domain.money import AMOUNT_MICROS_MAX, Micros
from receiver.domain.team import MEMBERS_MAX, PARTS_MAX, divide, require_parts
from tests.receiver.model import divided

wholes = st.one_of(st.integers(0, 100), st.integers(0, AMOUNT_MICROS_MAX * 1_000)).map(Micros)
teams = st.dictionaries(st.integers(1, 10**6), st.integers(1, PARTS_MAX), min_size=1, max_size=MEMBERS_MAX)


@given(wholes, teams)
def test_the_parts_sum_to_the_whole(whole: Micros, parts: dict[int, int]) -> None:
    assert sum(divide(whole, parts).values()) == whole


@given(wholes, teams)
def test_nobody_is_a_micro_off_their_exact_share(whole: Micros, parts: dict[int, int]) -> None:
    amounts = divide(whole, parts)

    for creator, amount in amounts.items():
        assert amount >= 0
        assert abs(amount - Fraction(whole * parts[creator], sum(parts.values()))) < 1


@given(wholes, teams, st.randoms(use_true_random=False))
def test_the_order_of_a_team_does_not_matter(whole: Micros, parts: dict[int, int], random: Random) -> None:
    other_order = dict(random.sample(sorted(parts.items()), len(parts)))

    assert list(divide(whole, other_order).items()) == list(divide(whole, parts).items())


@given(wholes, teams, st.integers(2, 50))
def test_parts_count_only_by_their_proportion(whole: Micros, parts: dict[int, int], times: int) -> None:
    assert divide(whole, {creator: count * times for creator, count in parts.items()}) == divide(whole, parts)


@given(wholes, teams)
def test_who_has_more_parts_never_gets_less(whole: Micros, parts: dict[int, int]) -> None:
    amounts = divide(whole, parts)
    in_order = sorted(parts, key=lambda creator: parts[creator])

    for fewer, more in pairwise(in_order):
        if parts[fewer] < parts[more]:
            assert amounts[fewer] <= amounts[more]


@given(wholes, teams)
def test_it_is_divided_as_told_in_fractions(whole: Micros, parts: dict[int, int]) -> None:
    assert divide(whole, parts) == divided(whole, parts)


@pytest.mark.parametrize(
    ("whole", "parts", "amounts"),
    [
        (9_000_000, {3: 1, 4: 2}, {3: 3_000_000, 4: 6_000_000}),
        (1, {3: 1, 4: 1}, {3: 1, 4: 0}),  # of equals the lower number
        (10, {3: 1, 4: 1, 5: 1}, {3: 4, 4: 3, 5: 3}),
        (10, {3: 1, 4: 6}, {3: 1, 4: 9}),  # 1.43 and 8.57: the second lost more by rounding
        (0, {3: 1, 4: 2}, {3: 0, 4: 0}),
        (7, {3: 5}, {3: 7}),
    ],
)
def test_a_sum_by_hand(whole: int, parts: dict[int, int], amounts: dict[int, int]) -> None:
    assert divide(Micros(whole), parts) == amounts


@pytest.mark.parametrize("parts", [0, -1, PARTS_MAX + 1])
def test_parts_out_of_bounds_are_refused(parts: int) -> None:
    with pytest.raises(BadInput, match="from 1 to 1000"):
        require_parts(parts)
