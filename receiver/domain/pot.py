"""A reader's month, divided equally among what they clicked."""

from dataclasses import dataclass

from receiver.domain.errors import NothingClicked
from receiver.domain.money import Micros
from receiver.domain.rules import BASIS_POINTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds:
    """Money a reader has not yet given: `earned` has borne the cut already, `fresh` has not."""

    earned: Micros
    fresh: Micros

    @property
    def total(self) -> Micros:
        return Micros(self.earned + self.fresh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What leaves a reader's funds: `from_earned` and `from_fresh` go to creators, `fee` (from fresh) is the cut."""

    from_earned: Micros
    from_fresh: Micros
    fee: Micros

    @property
    def given(self) -> Micros:
        return Micros(self.from_earned + self.from_fresh)

    @property
    def total(self) -> Micros:
        return Micros(self.given + self.fee)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pot:
    """A reader's pot of one month after the split: `share` × `things` + draw.fee + rest == pledge or funds."""

    things: int
    share: Micros
    draw: Draw
    rest: Micros

    @property
    def is_funded(self) -> bool:
        return self.share > 0


def fee_of(fresh: int, fee_basis_points: int) -> Micros:
    """Return the cut of fresh money, rounded down to a micro."""
    return Micros(fresh * fee_basis_points // BASIS_POINTS)


def split_pot(pledge: Micros, funds: Funds, things: int, *, fee_basis_points: int) -> Pot:
    """Split a reader's pot equally among the things they clicked.

    The pot is the pledge, or the funds if they are less; earned funds are drawn first, and only the fresh part
    bears the cut.  The rest is fewer micros than things and is not taken at all, so that equal means equal.
    If not even a micro falls to each thing, nothing is taken, no cut either.

    Raises NothingClicked if things is zero.
    Why the rest stays with the reader: docs/decisions/0004-rest.md.
    """
    if things <= 0:
        raise NothingClicked
    amount = min(pledge, funds.total)
    earned = min(funds.earned, amount)
    fee = fee_of(amount - earned, fee_basis_points)
    share, rest = divmod(amount - fee, things)
    if share == 0:
        return Pot(
            things=things, share=Micros(0), draw=Draw(from_earned=Micros(0), from_fresh=Micros(0), fee=Micros(0)),
            rest=Micros(amount),
        )  # fmt: skip
    given = share * things
    from_earned = min(earned, given)
    draw = Draw(from_earned=Micros(from_earned), from_fresh=Micros(given - from_earned), fee=fee)
    return Pot(things=things, share=Micros(share), draw=draw, rest=Micros(rest))


def draw_gift(amount: Micros, funds: Funds, *, fee_basis_points: int) -> Draw | None:
    """Draw a gift from funds, earned ones first; the cut is taken out of its fresh part.

    None if the funds do not suffice, or if the cut would leave nothing to arrive.
    """
    if amount > funds.total:
        return None
    earned = min(funds.earned, amount)
    fee = fee_of(amount - earned, fee_basis_points)
    if fee == amount:
        return None
    return Draw(from_earned=Micros(earned), from_fresh=Micros(amount - earned - fee), fee=fee)
