"""What a creator may see without learning what one reader gave."""

from collections.abc import Mapping

from receiver.domain.rules import READERS_SHOWN_MIN


def hidden_things(readers_by_thing: Mapping[int, int]) -> set[int]:
    """Return the things of a creator's month whose sums are shown only together.

    Those with fewer than three readers; and, so that their sum together does not give one of them away by
    subtracting the others from the total, the least read of the others, until at least two things and three
    clicks are hidden together.
    """
    by_readers = sorted(readers_by_thing, key=lambda thing: (readers_by_thing[thing], thing))
    hidden: set[int] = set()
    clicks = 0
    for thing in by_readers:
        needs_company = hidden and (len(hidden) < 2 or clicks < READERS_SHOWN_MIN)
        if readers_by_thing[thing] >= READERS_SHOWN_MIN and not needs_company:
            break
        hidden.add(thing)
        clicks += readers_by_thing[thing]
    return hidden
