"""What a check has found."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Kind(StrEnum):
    """Every kind of finding, by the name that machines read; what each means: docs/check.md."""

    NO_LIST = "no-list"
    BAD_LIST = "bad-list"
    OTHER_KEY = "other-key"
    OTHER_RECEIVER = "other-receiver"
    OTHER_SITE_URL = "other-site-url"
    BAD_TOKEN = "bad-token"  # noqa: S105 - a kind of finding
    LISTED_TWICE = "listed-twice"
    NO_BUTTON = "no-button"
    BROKEN_BUTTON = "broken-button"
    TOO_MANY_BUTTONS = "too-many-buttons"
    NOT_LISTED = "not-listed"
    OTHER_PAGE = "other-page"
    HEAD_LINK_DIFFERS = "head-link-differs"
    LEFTOVER_PLACE = "leftover-place"
    KEY_PUBLISHED = "key-published"
    OLD_FLATTR_REQUEST = "old-flattr-request"
    OLD_FLATTR = "old-flattr"
    UNREADABLE = "unreadable"
    CANONICAL_DIFFERS = "canonical-differs"
    ADDRESS_UNPROVEN = "address-unproven"
    SIGNATURES_NOT_CHECKED = "signatures-not-checked"
    UNKNOWN_SITE = "unknown-site"
    RETIRED_KEY = "retired-key"
    OTHER_SCOPE = "other-scope"
    REFUSED = "refused"
    NOT_VERIFIED = "not-verified"
    KEY_SUCCEEDED = "key-succeeded"
    RECEIVER_NOT_ASKED = "receiver-not-asked"
    RECEIVER_SILENT = "receiver-silent"


# What a creator should know of, and may leave as it is.
NOTES: Final = frozenset({
    Kind.OLD_FLATTR, Kind.CANONICAL_DIFFERS, Kind.ADDRESS_UNPROVEN, Kind.SIGNATURES_NOT_CHECKED, Kind.NOT_VERIFIED,
    Kind.KEY_SUCCEEDED, Kind.RECEIVER_NOT_ASKED,
})  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to see to: `path` is the file below the output, empty if it is about the site as a whole."""

    path: str
    kind: Kind
    message: str

    @property
    def is_note(self) -> bool:
        return self.kind in NOTES

    def line(self) -> str:
        grade = "note" if self.is_note else "problem"
        return f"{grade}: {self.path}: {self.message}" if self.path else f"{grade}: {self.message}"

    def as_json(self) -> dict[str, str]:
        return {"kind": self.kind.value, "path": self.path, "message": self.message}


@dataclass(slots=True)
class Report:
    """All findings of a check, and what was looked at."""

    posts: int = 0
    buttons: int = 0
    files: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, kind: Kind, message: str, *, path: str = "") -> None:
        self.findings.append(Finding(path, kind, message))

    @property
    def notes(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.is_note]

    @property
    def problems(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.is_note and not _is_silence(finding)]

    @property
    def silence(self) -> list[Finding]:
        """Return what could not be found out just now."""
        return [finding for finding in self.findings if _is_silence(finding)]

    def as_json(self) -> dict[str, Any]:
        return {
            "posts": self.posts,
            "buttons": self.buttons,
            "files": self.files,
            "problems": _as_json(self.problems),
            "notes": _as_json(self.notes),
            "not_found_out": _as_json(self.silence),
        }


def _is_silence(finding: Finding) -> bool:
    return finding.kind is Kind.RECEIVER_SILENT


def _as_json(findings: Iterable[Finding]) -> list[dict[str, str]]:
    return [finding.as_json() for finding in findings]
