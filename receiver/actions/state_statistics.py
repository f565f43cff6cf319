"""State the public sums of closed months: none that points to a person (docs/decisions/0023)."""

from receiver.domain.month import Month
from receiver.domain.privacy import MonthSums
from receiver.store import statistics
from receiver.store.database import Database


def state_statistics(db: Database) -> dict[Month, MonthSums]:
    """Return the sums of all closed months, newest first; what of them may be shown, they tell themselves."""
    with db.reading() as connection:
        return dict(statistics.all_months(connection))
