"""Set what a reader gives each month."""

from datetime import datetime

from receiver.domain.click import require_open
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.rules import Rules
from receiver.store import months, pledges
from receiver.store.database import Database


def set_pledge(
    db: Database, rules: Rules, *, reader: User, amount: Micros, now: datetime, month: Month | None = None
) -> None:
    """Pledge an amount from a month on, this one unless another open one is named.

    Raises AmountOutOfBounds, MonthClosed.
    """
    rules.require_pledge(amount)
    month = month or Month.of(now)
    with db.writing() as connection:
        require_open(month, months.state(connection, month))
        pledges.put(connection, reader.id, month, amount)
