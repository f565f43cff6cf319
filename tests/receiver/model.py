"""A whole month at once, in memory: the rule that the close in chunks must agree with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from receiver.domain.money import Micros
from receiver.domain.pot import Funds, Pot, split_pot


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader brings to the close."""

    pledge: Micros
    funds: Funds


@dataclass(frozen=True, slots=True)
class Settlement:
    """All shares of a month."""

    pot_by_reader: Mapping[int, Pot]
    amount_by_thing: Mapping[int, Micros]

    @property
    def fee(self) -> Micros:
        return Micros(sum(pot.draw.fee for pot in self.pot_by_reader.values()))


def settle(
    wish_by_reader: Mapping[int, Wish], clicks: Iterable[tuple[int, int]], *, fee_basis_points: int
) -> Settlement:
    """Split every reader's pot among the distinct things they clicked; clicks are (reader, thing), in any order.

    A reader without a wish has no money, so their clicks lapse.
    """
    things_by_reader: dict[int, set[int]] = {}
    for reader, thing in clicks:
        things_by_reader.setdefault(reader, set()).add(thing)
    nothing = Wish(Micros(0), Funds(earned=Micros(0), fresh=Micros(0)))
    pots: dict[int, Pot] = {}
    amounts: dict[int, int] = {}
    for reader, things in things_by_reader.items():
        wish = wish_by_reader.get(reader, nothing)
        pot = pots[reader] = split_pot(wish.pledge, wish.funds, len(things), fee_basis_points=fee_basis_points)
        for thing in things if pot.is_funded else ():
            amounts[thing] = amounts.get(thing, 0) + pot.share
    return Settlement(pots, {thing: Micros(amount) for thing, amount in amounts.items()})


def divided(whole: int, parts_by_person: Mapping[int, int]) -> dict[int, int]:
    """Divide a sum as docs/ledger.md says, told in fractions: whoever lost most by rounding gets a micro back first."""
    exact = {who: Fraction(whole * parts, sum(parts_by_person.values())) for who, parts in parts_by_person.items()}
    amounts = {who: floor(share) for who, share in exact.items()}
    for _ in range(whole - sum(amounts.values())):
        loser = max(exact, key=lambda who: (exact[who] - amounts[who], -who))
        amounts[loser] += 1
    return amounts
