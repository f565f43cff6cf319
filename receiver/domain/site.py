"""A blog, and the scope its creator may earn for."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A blog: the URL prefix `scope` belongs to its creator once `verified_at` is set."""

    id: str
    owner: int
    scope: str
    title: str
    created_at: datetime
    verified_at: datetime | None
    verified_by: str | None
    team: int | None = None  # its creators divide what it earns; None: the owner has all

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteKeyGeneration:
    """One generation of a site's key; derived from master key `master`, never stored."""

    site: str
    generation: int
    master: int
    created_at: datetime
    retired_at: datetime | None

    def is_retired(self, now: datetime) -> bool:
        return self.retired_at is not None and self.retired_at <= now
