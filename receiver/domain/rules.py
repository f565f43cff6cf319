"""What an operator may set about the money."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from receiver.domain.errors import AmountOutOfBounds
from receiver.domain.money import MICROS_PER_UNIT, Currency, Micros
from receiver.domain.month import Month

PLEDGE_MICROS_MIN: Final = Micros(2 * MICROS_PER_UNIT)
PLEDGE_PRESETS: Final = tuple(Micros(units * MICROS_PER_UNIT) for units in (2, 5, 10, 20, 50, 100))
BASIS_POINTS: Final = 10_000
CARRY_MONTHS_MAX: Final = 3  # a click waits so long for its site to be verified
READERS_SHOWN_MIN: Final = 3  # fewer readers of a thing would tell who gave what
CREATORS_SHOWN_MIN: Final = 3  # fewer who got something would tell what one of them earned
HISTORY_KEPT_MONTHS: Final = 13
CLICKS_PER_BATCH_MAX: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The operator's choices, all shown to readers and creators before any money moves.

    `fee_basis_points` of each euro that enters is the cut (1,000 = 10 %);
    shares become payable on day `payable_day` of the month after theirs.
    """

    currency: Currency = Currency()
    fee_basis_points: int = 1_000
    pledge_micros_max: Micros = Micros(100 * MICROS_PER_UNIT)
    payable_day: int = 10
    payout_micros_min: Micros = Micros(10 * MICROS_PER_UNIT)

    def require_pledge(self, amount: Micros) -> None:
        """Raise AmountOutOfBounds if no reader may pledge this."""
        if not PLEDGE_MICROS_MIN <= amount <= self.pledge_micros_max:
            raise AmountOutOfBounds(
                "a pledge is between %(least)s and %(most)s a month",
                least=self.currency.amount(PLEDGE_MICROS_MIN),
                most=self.currency.amount(self.pledge_micros_max),
            )

    def pledge_presets(self) -> tuple[Micros, ...]:
        return tuple(preset for preset in PLEDGE_PRESETS if preset <= self.pledge_micros_max)

    def payable_at(self, month: Month) -> datetime:
        """Return when the shares of a month can be paid out."""
        return month.end() + timedelta(days=self.payable_day - 1)
