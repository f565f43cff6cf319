"""Calendar months in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from receiver.domain.errors import BadMonth


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in UTC; a click counts once in each."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (2000 <= self.year <= 9998 and 1 <= self.month <= 12):
            raise BadMonth(f"{self.year}-{self.month}")

    @classmethod
    def of(cls, instant: datetime) -> Self:
        assert instant.tzinfo is not None, "an instant without a zone has no month"
        utc = instant.astimezone(UTC)
        return cls(utc.year, utc.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026-09`.  Raises BadMonth."""
        match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
        if match is None:
            raise BadMonth(text)
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def numbered(cls, number: int) -> Self:
        """Return the month of a number as the database keeps it: 202609."""
        return cls(*divmod(number, 100))

    @property
    def number(self) -> int:
        return self.year * 100 + self.month

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    def start(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    def end(self) -> datetime:
        """Return the first instant that is no longer of this month."""
        return self.plus(1).start()

    def plus(self, months: int) -> "Month":
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(year, month + 1)

    def months_until(self, later: "Month") -> int:
        return (later.year - self.year) * 12 + later.month - self.month
