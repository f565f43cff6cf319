"""Hide the sums of a creator's month that would tell what one reader gave."""

from collections.abc import Sequence

from sqlalchemy import Connection

from receiver.domain.month import Month
from receiver.domain.privacy import hidden_things
from receiver.store import clicks, months
from receiver.store.settlements import ThingSettlement


def hidden_in(connection: Connection, month: Month, settled: Sequence[ThingSettlement]) -> set[int]:
    """Return the things whose sums are shown only together, of all that a creator, or a team, was paid for in a closed
    month.
    """
    is_forgotten = months.forgotten_at(connection, month) is not None
    return hidden_things(
        {row.thing: row.readers for row in settled},
        # Who the readers were is forgotten by then; the fewest that they can have been is enough to know.
        lambda group: (
            max((row.readers for row in settled if row.thing in group), default=0)
            if is_forgotten
            else clicks.distinct_readers(connection, month, group)
        ),
    )
