"""When a click counts, waits or lapses."""

import re
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from receiver.domain.errors import BadMonth, MonthClosed, NotKnown, OwnThing
from receiver.domain.month import Month
from receiver.domain.rules import CARRY_MONTHS_MAX


class ClickSource(StrEnum):
    """Who pressed: the reader on a page, an application with the reader's key, or a subscription."""

    PAGE = "page"
    APPLICATION = "application"
    SUBSCRIPTION = "subscription"


class ClickState(StrEnum):
    """What a click is worth: see design rules 3 to 5."""

    COUNTS = "counts"
    PENDING = "pending"  # the site is not verified yet
    UNFUNDED = "unfunded"  # no money is there yet, or was there at the close
    UNDONE = "undone"
    SETTLED = "settled"
    LAPSED = "lapsed"


class MonthState(StrEnum):
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


def click_id(month: Month, thing: int) -> str:
    """Return what names a click among those of its reader: `202609-17`.

    It follows from what a click is, so it is no secret and needs no place in the database: only its reader may use it.
    """
    return numbered_click_id(month.number, thing)


def numbered_click_id(month: int, thing: int) -> str:
    """Return the same of a month as its number, 202609."""
    return f"{month}-{thing}"


def parse_click_id(text: str) -> tuple[Month, int]:
    """Return the month and the thing of a click.  Raises NotKnown."""
    match = re.fullmatch(r"([0-9]{6})-([1-9][0-9]{0,17})", text, re.ASCII)
    if match is None:
        raise NotKnown("there is no such click of yours")
    try:
        return Month.numbered(int(match[1])), int(match[2])
    except BadMonth:
        raise NotKnown("there is no such click of yours") from None


def require_open(month: Month, state: MonthState) -> None:
    if state is not MonthState.OPEN:
        raise MonthClosed(month)


def require_not_own(reader: int, creators: Collection[int]) -> None:
    if reader in creators:
        raise OwnThing


def counts_at_close(month: Month, verified_at: datetime | None) -> bool:
    """Tell whether a click of, or carried into, this month counts: its site was verified before the month ended."""
    return verified_at is not None and verified_at < month.end()


def oldest_carried(into: Month) -> Month:
    """Return the earliest month of a click that still waits for its site when the month before `into` has closed."""
    return into.plus(-CARRY_MONTHS_MAX)


def last_carried(first_month: Month) -> Month:
    """Return the last month into which a click is carried while it waits for its site: `oldest_carried`, backwards."""
    return first_month.plus(CARRY_MONTHS_MAX)
