"""Amounts of money: whole micros of one currency."""

import re
from dataclasses import dataclass
from typing import Final, NewType

from receiver.domain.errors import BadAmount

Micros = NewType("Micros", int)

MICROS_PER_UNIT: Final = 1_000_000
NOTHING: Final = Micros(0)
AMOUNT_MICROS_MAX: Final = Micros(9_000_000 * MICROS_PER_UNIT)  # keeps every sum of a receiver far below 2**63

# ISO 4217, amendment 178: the currencies whose minor unit is not a hundredth.
_MINOR_DIGITS_BY_CODE: Final = (
    dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
    | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
    | dict.fromkeys("CLF UYW".split(), 4)
)


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its ISO 4217 code; cash moves in whole minor units of it."""

    code: str = "EUR"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z]{3}", self.code):
            raise BadAmount(self.code, "a currency is named by three capital letters, such as EUR")

    @property
    def minor_digits(self) -> int:
        return _MINOR_DIGITS_BY_CODE.get(self.code, 2)

    @property
    def minor_micros(self) -> int:
        """Micros in one minor unit: 10,000 in a cent."""
        return int(MICROS_PER_UNIT // 10**self.minor_digits)

    def parse(self, text: str) -> Micros:
        """Read an amount of cash as typed, `5`, `5.00` or `5,00`; positive, whole minor units.

        Raises BadAmount, which says how to write it.
        """
        example = self.amount(5 * MICROS_PER_UNIT)
        text = text.strip().removesuffix(self.code).strip()
        match = re.fullmatch(r"([0-9]{1,7})(?:[.,]([0-9]{1,6}))?", text)
        if match is None:
            raise BadAmount(text, "this is no amount of money; write it like %(example)s", example=example)
        decimals = match[2] or ""
        if len(decimals) > self.minor_digits:  # zeros too: `5,000` may be meant as five thousand
            raise BadAmount(
                text,
                "%(currency)s has %(decimals)s decimals; write it like %(example)s",
                currency=self.code,
                decimals=self.minor_digits,
                example=example,
            )
        micros = Micros(int(match[1]) * MICROS_PER_UNIT + int(decimals.ljust(6, "0")))
        if micros == 0:
            raise BadAmount(text, "an amount is more than nothing; write it like %(example)s", example=example)
        if micros > AMOUNT_MICROS_MAX:
            raise BadAmount(text, "at most %(amount)s at once", amount=self.amount(AMOUNT_MICROS_MAX))
        return micros

    def amount(self, micros: int) -> "Amount":
        """Return an amount as a fact of an error, which each language writes in its way."""
        return Amount(micros, self)

    def show(self, micros: int) -> str:
        """Write an amount exactly: `0.90 EUR`, and `0.333333 EUR` where minor units do not suffice."""
        return f"{self.digits(micros)} {self.code}"

    def digits(self, micros: int) -> str:
        """Write an amount exactly, without the currency, with as many decimals as it needs."""
        whole, part = divmod(abs(micros), MICROS_PER_UNIT)
        decimals = f"{part:06}".rstrip("0").ljust(self.minor_digits, "0")
        sign = "-" if micros < 0 else ""
        return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"

    def whole_minor_units(self, micros: int) -> Micros:
        """Return the amount rounded down to what can be paid out."""
        return Micros(micros - micros % self.minor_micros)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount with its currency; `str` writes it in English."""

    micros: int
    currency: Currency

    def __str__(self) -> str:
        return self.currency.show(self.micros)
