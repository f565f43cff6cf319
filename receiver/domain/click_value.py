"""What a click of a month was worth to a creator: mean, median, spread; none of them tells what few readers gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from receiver.domain.money import Micros
from receiver.domain.rules import READERS_SHOWN_MIN

Given = tuple[Micros, int]  # what each click of one reader gave, and how many clicks they made

Part = tuple[int, int]  # the clicks from one position up to another


@dataclass(frozen=True, slots=True)
class ClickValue:
    """Values of a click, each rounded down to a micro; None where too few readers stand behind one.

    `lowest_tenth` and `highest_tenth` are means of the tenth of the clicks that gave least and most.
    """

    mean: Micros
    median: Micros | None = None
    lowest_tenth: Micros | None = None
    highest_tenth: Micros | None = None


def value_of_clicks(given: Sequence[Given]) -> ClickValue | None:
    """Return what a click gave, from one pair for each reader; None for fewer than three readers.

    Each value is a mean over clicks of at least three readers, and so is what remains if values are taken from each
    other: docs/decisions/0024-value-of-a-click.md.
    The median is the mean of as many clicks in the very middle as three readers ask for.
    """
    if len(given) < READERS_SHOWN_MIN:
        return None
    clicks = _Sorted(sorted(given))
    everything, tenth = (0, clicks.count), clicks.count // 10
    low, high = (0, tenth), (clicks.count - tenth, clicks.count)
    middle = clicks.middle()
    between = ((tenth, middle[0]), (middle[1], clicks.count - tenth))
    beside = ((0, middle[0]), (middle[1], clicks.count))
    if clicks.is_crowd(low) and clicks.is_crowd(high) and tenth <= middle[0] and clicks.is_crowd_or_nobody(*between):
        return ClickValue(clicks.mean(everything), clicks.mean(middle), clicks.mean(low), clicks.mean(high))
    if not clicks.is_crowd_or_nobody(*beside):
        middle = everything
    return ClickValue(clicks.mean(everything), clicks.mean(middle))


class _Sorted:
    """The clicks of a month in the order of what they gave, by their position from 0."""

    def __init__(self, given: Sequence[Given]) -> None:
        self._given = given
        self._ends = [0, *accumulate(clicks for _, clicks in given)]
        self.count = self._ends[-1]

    def is_crowd(self, *parts: Part) -> bool:
        """Tell whether the clicks of these parts are of three readers."""
        return self._readers(parts) >= READERS_SHOWN_MIN

    def is_crowd_or_nobody(self, *parts: Part) -> bool:
        return self._readers(parts) == 0 or self.is_crowd(*parts)

    def mean(self, part: Part) -> Micros:
        start, end = part
        return Micros(sum(share * clicks for share, clicks in self._within(part)) // (end - start))

    def middle(self) -> Part:
        """Return the shortest part around the middle that is of three readers."""
        shortest, longest = 0, (self.count - 1) // 2  # how far it goes to both sides of the middle
        while shortest < longest:
            tried = (shortest + longest) // 2
            if self.is_crowd(self._around_middle(tried)):
                longest = tried
            else:
                shortest = tried + 1
        return self._around_middle(shortest)

    def _around_middle(self, reach: int) -> Part:
        return (self.count - 1) // 2 - reach, self.count // 2 + 1 + reach

    def _readers(self, parts: Sequence[Part]) -> int:
        """Return how many readers made the clicks of these parts; one who made some of two is one."""
        return sum(1 for of_reader in zip(*map(self._within, parts), strict=True) if any(n for _, n in of_reader))

    def _within(self, part: Part) -> list[Given]:
        """Return how many clicks of each reader lie between two positions."""
        start, end = part
        return [
            (share, max(0, min(end, last) - max(start, first)))
            for (share, _), (first, last) in zip(self._given, pairwise(self._ends), strict=True)
        ]
