"""Double entry: money moves from one place to another, and never otherwise.

docs/ledger.md explains every place and every kind of entry, and works one month by hand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.pot import Draw


class PlaceKind(StrEnum):
    """Where money can be.  Only a rail may be negative: it stands for the world outside."""

    RAIL = "rail"  # money came from there, money went there; minus its balance is what we hold
    FRESH = "fresh"  # a reader's funds, paid in, the cut not yet taken
    REUSED = "reused"  # a reader's funds that were earned here before, the cut already taken
    EARNED = "earned"  # a creator's shares and gifts
    POTS = "pots"  # on the way from readers to creators while a month closes; zero otherwise
    CUT = "cut"  # the operator's


class EntryKind(StrEnum):
    """Why money moved."""

    PAYMENT = "payment"  # rail → fresh
    REFUND = "refund"  # fresh → rail: unspent funds paid back
    REUSE = "reuse"  # earned → reused: a creator becomes a reader with what they earned
    POT = "pot"  # reused and fresh → pots, pots → cut: the month of many readers
    SHARES = "shares"  # pots → earned: a creator's month
    GIFT = "gift"  # reused and fresh → earned, fresh → cut
    PAYOUT = "payout"  # earned → rail
    WITHDRAWAL = "withdrawal"  # cut → rail: the operator takes the cut out


# From where to where each kind of entry moves money; every posting in the books is one of these.
MOVES_BY_KIND: Final[dict[EntryKind, frozenset[tuple[PlaceKind, PlaceKind]]]] = {
    EntryKind.PAYMENT: frozenset({(PlaceKind.RAIL, PlaceKind.FRESH)}),
    EntryKind.REFUND: frozenset({(PlaceKind.FRESH, PlaceKind.RAIL)}),
    EntryKind.REUSE: frozenset({(PlaceKind.EARNED, PlaceKind.REUSED)}),
    EntryKind.POT: frozenset(
        {
            (PlaceKind.REUSED, PlaceKind.POTS),
            (PlaceKind.FRESH, PlaceKind.POTS),
            (PlaceKind.POTS, PlaceKind.CUT),
            (PlaceKind.FRESH, PlaceKind.CUT),  # in books that began before many pots were booked together
        }
    ),
    EntryKind.SHARES: frozenset({(PlaceKind.POTS, PlaceKind.EARNED)}),
    EntryKind.GIFT: frozenset(
        {(PlaceKind.REUSED, PlaceKind.EARNED), (PlaceKind.FRESH, PlaceKind.EARNED), (PlaceKind.FRESH, PlaceKind.CUT)}
    ),
    EntryKind.PAYOUT: frozenset({(PlaceKind.EARNED, PlaceKind.RAIL)}),
    EntryKind.WITHDRAWAL: frozenset({(PlaceKind.CUT, PlaceKind.RAIL)}),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where money is: of a user (fresh, reused, earned), a rail by name, or one of a kind (pots, cut)."""

    kind: PlaceKind
    owner: int | None = None
    rail: str | None = None

    def __post_init__(self) -> None:
        has_owner = self.kind in (PlaceKind.FRESH, PlaceKind.REUSED, PlaceKind.EARNED)
        assert (self.owner is not None) == has_owner
        assert (self.rail is not None) == (self.kind is PlaceKind.RAIL)

    @property
    def name(self) -> str:
        """Return the name in the books: `fresh:17`, `rail:hand`, `pots`."""
        suffix = self.rail if self.rail is not None else self.owner
        return self.kind.value if suffix is None else f"{self.kind.value}:{suffix}"


CUT = Place(PlaceKind.CUT)
POTS = Place(PlaceKind.POTS)


def fresh(user: int) -> Place:
    return Place(PlaceKind.FRESH, owner=user)


def reused(user: int) -> Place:
    return Place(PlaceKind.REUSED, owner=user)


def earned(user: int) -> Place:
    return Place(PlaceKind.EARNED, owner=user)


def rail(name: str) -> Place:
    return Place(PlaceKind.RAIL, rail=name)


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount moved from one place to another; so each posting balances by itself."""

    source: Place
    target: Place
    amount: Micros

    def __post_init__(self) -> None:
        assert self.amount > 0, "money moves forward"
        assert self.source != self.target, "a posting has two places"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Postings booked together or not at all; `key` makes booking it twice the same as once.

    `month` is the month the money belongs to, which for a settlement is not the month it is booked in.
    """

    kind: EntryKind
    key: str
    month: Month
    postings: tuple[Posting, ...]
    note: str = ""

    def __post_init__(self) -> None:
        assert self.postings, "an entry moves something"


def pots_entry(month: Month, draws: Sequence[tuple[int, Draw]]) -> Entry:
    """Book what the pots of some readers draw from their funds, and their cut together; named by the first reader."""
    moves = []
    for reader, draw in draws:
        if draw.from_earned:
            moves.append((reused(reader), POTS, draw.from_earned))
        moves.append((fresh(reader), POTS, Micros(draw.from_fresh + draw.fee)))
    moves.append((POTS, CUT, Micros(sum(draw.fee for _, draw in draws))))
    return Entry(
        kind=EntryKind.POT,
        key=f"pots:{month}:{draws[0][0]}",
        month=month,
        postings=_postings(moves),
    )


def gift_entry(month: Month, gift: int, reader: int, amount_by_creator: Mapping[int, Micros], draw: Draw) -> Entry:
    """Book a gift from its reader to the creators, who get all that is given; what was earned goes to the first."""
    assert sum(amount_by_creator.values()) == draw.given
    moves, earned_left = [], draw.from_earned
    for creator, amount in amount_by_creator.items():
        from_earned = Micros(min(earned_left, amount))
        earned_left = Micros(earned_left - from_earned)
        moves.append((reused(reader), earned(creator), from_earned))
        moves.append((fresh(reader), earned(creator), Micros(amount - from_earned)))
    moves.append((fresh(reader), CUT, draw.fee))
    return Entry(
        kind=EntryKind.GIFT,
        key=f"gift:{gift}",
        month=month,
        postings=_postings(moves),
    )


def shares_entry(month: Month, creator: int, amount: Micros) -> Entry:
    """Book all shares of a creator's things, and their parts of teams' shares, in a month."""
    return Entry(
        kind=EntryKind.SHARES,
        key=f"shares:{month}:{creator}",
        month=month,
        postings=(Posting(POTS, earned(creator), amount),),
    )


def _postings(moves: Iterable[tuple[Place, Place, Micros]]) -> tuple[Posting, ...]:
    return tuple(Posting(source, to, amount) for source, to, amount in moves if amount > 0)
