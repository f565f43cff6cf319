"""A reader's month, divided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receiver.domain.errors import NothingClicked
from receiver.domain.money import Micros
from receiver.domain.pot import Funds, draw_gift, fee_of, split_pot
from tests.receiver.cast import eur

micros = st.integers(0, 10**13).map(Micros) | st.integers(0, 1_000).map(Micros)
funds = st.builds(Funds, earned=micros, fresh=micros)
things = st.integers(1, 5_000) | st.integers(1, 12)
rates = st.integers(0, 10_000)


def in_cash(amount: str) -> Funds:
    return Funds(earned=Micros(0), fresh=eur(amount))


def test_two_euros_and_two_clicks_are_ninety_cents_each() -> None:
    assert split_pot(eur("2.00"), in_cash("2.00"), 2, fee_basis_points=1_000).share == eur("0.90")


def test_five_euros_and_ten_clicks_are_forty_five_cents_each() -> None:
    assert split_pot(eur("5.00"), in_cash("5.00"), 10, fee_basis_points=1_000).share == eur("0.45")


def test_a_pot_among_three_things_leaves_the_rest_with_the_reader() -> None:
    pot = split_pot(eur("1.00"), in_cash("1.00"), 3, fee_basis_points=0)

    assert (pot.share, pot.rest, pot.draw.total) == (333_333, 1, 999_999)


def test_without_clicks_there_is_no_pot() -> None:
    with pytest.raises(NothingClicked):
        split_pot(eur("2.00"), in_cash("2.00"), 0, fee_basis_points=1_000)


def test_earned_money_is_drawn_first_and_bears_no_second_cut() -> None:
    funds = Funds(earned=eur("4.00"), fresh=eur("50.00"))

    pot = split_pot(eur("5.00"), funds, 7, fee_basis_points=1_000)

    assert pot.draw.fee == eur("0.10")
    assert pot.share == 700_000


def test_too_little_for_a_micro_each_takes_nothing_not_even_a_cut() -> None:
    pot = split_pot(eur("2.00"), Funds(earned=Micros(0), fresh=Micros(100)), 101, fee_basis_points=1_000)

    assert (pot.share, pot.draw.total, pot.rest, pot.is_funded) == (0, 0, 100, False)


@given(micros, funds, things, rates)
def test_nothing_is_lost_or_made(pledge: Micros, funds: Funds, things: int, rate: int) -> None:
    pot = split_pot(pledge, funds, things, fee_basis_points=rate)

    assert pot.share * things + pot.draw.fee + pot.rest == min(pledge, funds.total)
    assert pot.draw.given == pot.share * things


@given(micros, funds, things, rates)
def test_no_place_is_drawn_below_nothing(pledge: Micros, funds: Funds, things: int, rate: int) -> None:
    draw = split_pot(pledge, funds, things, fee_basis_points=rate).draw

    assert 0 <= draw.from_earned <= funds.earned
    assert draw.from_fresh >= 0
    assert draw.fee >= 0
    assert draw.from_fresh + draw.fee <= funds.fresh
    assert draw.total <= pledge


@given(micros, funds, things, rates)
def test_the_rest_is_fewer_micros_than_things(pledge: Micros, funds: Funds, things: int, rate: int) -> None:
    pot = split_pot(pledge, funds, things, fee_basis_points=rate)

    assert not pot.is_funded or pot.rest < things


@given(micros, funds, things, rates)
def test_the_cut_is_the_rate_of_the_fresh_part_rounded_down(
    pledge: Micros, funds: Funds, things: int, rate: int
) -> None:
    pot = split_pot(pledge, funds, things, fee_basis_points=rate)
    fresh = min(pledge, funds.total) - min(pledge, funds.earned)

    if pot.is_funded:
        assert pot.draw.fee * 10_000 <= fresh * rate < (pot.draw.fee + 1) * 10_000


@given(micros, micros, things, rates)
def test_a_pot_of_earned_money_bears_no_cut(pledge: Micros, fresh: Micros, things: int, rate: int) -> None:
    funds = Funds(earned=pledge, fresh=fresh)

    assert split_pot(pledge, funds, things, fee_basis_points=rate).draw.fee == 0


@given(micros, funds, things, rates, micros)
def test_more_money_never_makes_a_share_smaller(
    pledge: Micros, funds: Funds, things: int, rate: int, more: Micros
) -> None:
    richer = Funds(earned=funds.earned, fresh=Micros(funds.fresh + more))

    before = split_pot(pledge, funds, things, fee_basis_points=rate).share
    after = split_pot(pledge, richer, things, fee_basis_points=rate).share

    assert after >= before


@given(micros.filter(bool), funds, rates)
def test_a_gift_is_drawn_to_the_micro_or_not_at_all(amount: Micros, funds: Funds, rate: int) -> None:
    draw = draw_gift(amount, funds, fee_basis_points=rate)

    if draw is None:
        assert amount > funds.total or (rate == 10_000 and funds.earned == 0)
    else:
        assert draw.total == amount
        assert draw.given > 0
        assert draw.from_earned == min(funds.earned, amount)
        assert draw.fee == fee_of(amount - draw.from_earned, rate)
        assert draw.from_fresh + draw.fee <= funds.fresh
