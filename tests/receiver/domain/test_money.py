"""Amounts as they are typed and shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receiver.domain.errors import BadAmount
from receiver.domain.money import AMOUNT_MICROS_MAX, Currency

EUR, JPY, KWD = Currency("EUR"), Currency("JPY"), Currency("KWD")


@pytest.mark.parametrize(
    ("currency", "text", "micros"),
    [
        (EUR, "5", 5_000_000),
        (EUR, "5.00", 5_000_000),
        (EUR, "5,5", 5_500_000),
        (EUR, " 0.01 EUR ", 10_000),
        (EUR, "9000000", AMOUNT_MICROS_MAX),
        (JPY, "500", 500_000_000),
        (KWD, "1.005", 1_005_000),
    ],
)
def test_an_amount_is_read_as_typed(currency: Currency, text: str, micros: int) -> None:
    assert currency.parse(text) == micros


@pytest.mark.parametrize(
    ("currency", "text"),
    [
        (EUR, text)
        for text in [
            "", "0", "0.00", "-5", "+5", "5.", ".5", "5.001", "5,000", "1.000,00", "1 000", "1e3", "5 USD", "five",
            "٥", "9000000.01", "99999999", "0x5", "5.00\n5", "NaN", "inf", "1_000",
        ]
    ]
    + [(JPY, "5.5"), (JPY, "5.00"), (KWD, "1.0005")],
)  # fmt: skip
def test_what_could_mean_something_else_is_refused(currency: Currency, text: str) -> None:
    with pytest.raises(BadAmount):
        currency.parse(text)


@pytest.mark.parametrize(
    ("currency", "micros", "text"),
    [
        (EUR, 900_000, "0.90 EUR"),
        (EUR, 333_333, "0.333333 EUR"),
        (EUR, -1, "-0.000001 EUR"),
        (EUR, 0, "0.00 EUR"),
        (JPY, 5_000_000, "5 JPY"),
        (JPY, 5_500_000, "5.5 JPY"),
        (KWD, 1_000_000, "1.000 KWD"),
    ],
)
def test_an_amount_is_shown_exactly(currency: Currency, micros: int, text: str) -> None:
    assert currency.show(micros) == text


@given(st.sampled_from([EUR, JPY, KWD]), st.integers(1, 10**9))
def test_what_is_shown_can_be_typed(currency: Currency, minor_units: int) -> None:
    micros = minor_units * currency.minor_micros

    if micros <= AMOUNT_MICROS_MAX:
        assert currency.parse(currency.show(micros)) == micros


@given(st.sampled_from([EUR, JPY, KWD]), st.integers(0, 10**15))
def test_a_payout_is_rounded_down_to_cash(currency: Currency, micros: int) -> None:
    cash = currency.whole_minor_units(micros)

    assert cash % currency.minor_micros == 0
    assert 0 <= micros - cash < currency.minor_micros


@pytest.mark.parametrize("code", ["", "eur", "EURO", "E1R", "EU\n"])
def test_a_currency_has_three_capital_letters(code: str) -> None:
    with pytest.raises(BadAmount):
        Currency(code)
