"""Tell of a site key all that is no secret."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flattr_button import SiteKey

_PURPOSE: Final = b"flattr fingerprint\n"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What may be shown of a key; `is_open` is its file, if others on this machine may read it."""

    site: str
    generation: int
    fingerprint: str
    is_open: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "site": self.site,
            "generation": self.generation,
            "fingerprint": self.fingerprint,
            "is_open_to_others": self.is_open,
        }


def inspect_key(key: SiteKey, file: Path | None) -> KeyFacts:
    """Return the facts of a key that has been read, which means that its checksum fits."""
    return KeyFacts(key.site, key.generation, fingerprint(key), file is not None and _is_open(file))


def fingerprint(key: SiteKey) -> str:
    """Return twenty characters by which two people see that they hold the same key.

    SHA-256 of 256 secret bits, so nothing is learned from it.
    """
    digest = hashlib.sha256(_PURPOSE + key.secret).hexdigest()
    return "-".join(digest[start : start + 4] for start in range(0, 20, 4))


def _is_open(file: Path) -> bool:
    """Tell whether others may read a file; Windows keeps that elsewhere."""
    try:
        return os.name == "posix" and bool(file.stat().st_mode & _OTHERS)
    except OSError:
        return False
