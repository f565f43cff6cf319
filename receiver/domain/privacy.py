"""What may be seen without learning what one reader gave or pressed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from receiver.domain.money import Micros
from receiver.domain.rules import CREATORS_SHOWN_MIN, READERS_SHOWN_MIN


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSums:
    """A closed month of the whole receiver: who gave and who got, and what.

    `sites`, `things` and `clicks` are those of things that three readers or more clicked, and no others: so whoever
    subtracts what is shown of each thing from them is left with nothing.
    """

    readers: int
    creators: int
    sites: int
    things: int
    clicks: int
    given: Micros
    fee: Micros

    @property
    def is_of_nobody(self) -> bool:
        return self.readers == 0

    @property
    def is_of_few_readers(self) -> bool:
        """Tell whether the month would tell what one reader did."""
        return 0 < self.readers < READERS_SHOWN_MIN

    @property
    def has_public_money(self) -> bool:
        """Tell whether its money tells neither what one reader gave nor what one creator got.

        With three of each, also somebody who knows their own part is left with the sum of two others.
        """
        return self.is_of_nobody or (self.readers >= READERS_SHOWN_MIN and self.creators >= CREATORS_SHOWN_MIN)


def hidden_things(readers_by_thing: Mapping[int, int], readers_of: Callable[[Collection[int]], int]) -> set[int]:
    """Return the things of a creator's month whose sums are shown only together.

    Those with fewer than three readers; and, so that their sum together does not tell what one reader gave, the
    least read of the others, until three different readers gave to at least two hidden things.
    `readers_of` counts the different readers of some things.
    The total of a month is the creator's own money and cannot be hidden: docs/decisions/0008-sums-of-few-readers.md.
    """
    by_readers = sorted(readers_by_thing, key=lambda thing: (readers_by_thing[thing], thing))
    hidden: set[int] = set()
    for thing in by_readers:
        needs_company = hidden and (len(hidden) < 2 or readers_of(hidden) < READERS_SHOWN_MIN)
        if readers_by_thing[thing] >= READERS_SHOWN_MIN and not needs_company:
            break
        hidden.add(thing)
    return hidden


def shown_count(clicks: int, *, readers_of_best_month: int) -> int | None:
    """Return how often a thing was clicked, None until three readers have clicked it in one and the same month.

    A reader clicks a thing once a month, so three clicks in a month are three readers; clicks of several months may be
    of one.  And from a number that never was below three nobody reads that one reader came.
    """
    return clicks if readers_of_best_month >= READERS_SHOWN_MIN else None


def new_count(clicks: int, *, told: int) -> bool:
    """Tell whether a thing's count of a month may be told anew: at least three readers more than was told before.

    So no count, and no difference of two, is of fewer than three readers.
    """
    return clicks - told >= READERS_SHOWN_MIN


def shown_part(amount_by_thing: Mapping[int, int | None], part: Collection[int], *, of_hidden: int) -> int | None:
    """Return the sum of some of a creator's things, None if it would tell more than the creator's statement does.

    Things without an amount are those of `hidden_things`; all that may be known of them is their sum together.
    """
    hidden = {thing for thing, amount in amount_by_thing.items() if amount is None}
    inside = hidden.intersection(part)
    if inside and inside != hidden:
        return None
    return sum(amount_by_thing[thing] or 0 for thing in part) + (of_hidden if inside else 0)
