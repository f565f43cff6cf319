"""A whole month in memory."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from receiver.domain.money import Micros
from receiver.domain.pot import Funds, split_pot
from tests.receiver.model import Wish, settle

micros = st.integers(0, 10**9).map(Micros)
people = st.integers(1, 12)
wishes = st.dictionaries(
    people, st.builds(Wish, pledge=micros, funds=st.builds(Funds, earned=micros, fresh=micros)), max_size=12
)
clicks = st.lists(st.tuples(people, st.integers(1, 15)), max_size=80)


@given(wishes, clicks)
def test_what_readers_give_is_what_things_get(wishes: dict[int, Wish], clicks: list[tuple[int, int]]) -> None:
    settlement = settle(wishes, clicks, fee_basis_points=1_000)

    given = sum(pot.share * pot.things for pot in settlement.pot_by_reader.values())
    assert given == sum(settlement.amount_by_thing.values())
    assert given + settlement.fee == sum(pot.draw.total for pot in settlement.pot_by_reader.values())


@given(wishes, clicks, st.randoms(use_true_random=False))
def test_the_order_of_clicks_and_readers_does_not_matter(
    wishes: dict[int, Wish], clicks: list[tuple[int, int]], random: Random
) -> None:
    shuffled = random.sample(clicks, len(clicks))
    other_order = dict(random.sample(sorted(wishes.items(), key=lambda item: item[0]), len(wishes)))

    assert settle(wishes, clicks, fee_basis_points=1_000) == settle(other_order, shuffled, fee_basis_points=1_000)


@given(wishes, clicks)
def test_clicking_twice_is_clicking_once(wishes: dict[int, Wish], clicks: list[tuple[int, int]]) -> None:
    assert settle(wishes, clicks + clicks, fee_basis_points=1_000) == settle(wishes, clicks, fee_basis_points=1_000)


@given(wishes, clicks)
def test_a_month_is_the_sum_of_its_pots(wishes: dict[int, Wish], clicks: list[tuple[int, int]]) -> None:
    settlement = settle(wishes, clicks, fee_basis_points=1_000)

    expected: dict[int, int] = {}
    for reader, wish in wishes.items():
        clicked = {thing for who, thing in clicks if who == reader}
        if clicked:
            pot = split_pot(wish.pledge, wish.funds, len(clicked), fee_basis_points=1_000)
            assert settlement.pot_by_reader[reader] == pot
            for thing in clicked:
                expected[thing] = expected.get(thing, 0) + pot.share
    assert settlement.amount_by_thing == {thing: amount for thing, amount in expected.items() if amount}


def test_a_click_without_money_lapses() -> None:
    settlement = settle({}, [(1, 1)], fee_basis_points=1_000)

    assert not settlement.pot_by_reader[1].is_funded
    assert settlement.amount_by_thing == {}
