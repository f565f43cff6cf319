"""How often the things of a blog were clicked, asked once a build at most, and never by a reader's browser."""

import json
import logging
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from flattr_button.asking import ask
from flattr_button.blog import Blog
from flattr_button.faults import FlattrButtonError

TIMEOUT_S: Final = 2.0
FRESH_S: Final = 3_600  # an answer; builds within the hour do not ask again
PATIENT_S: Final = 300  # after no answer; whoever builds at each change of a file does not wait each time
VERSION: Final = 1

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the last builds learned; both times in seconds since 1970."""

    counts: dict[str, int] = field(default_factory=dict)
    asked_at: int = 0
    answered_at: int = 0


def fetch_counts(
    blog: Blog,
    cache_path: Path,
    *,
    timeout_s: float = TIMEOUT_S,
    now: datetime | None = None,
    log: logging.Logger = log,
) -> Mapping[str, int]:
    """Return by canonical address how often each thing of a blog was clicked; things of few readers are not in it.

    Asks the receiver at most once, and waits `timeout_s` at most.  What was answered within the last hour is taken
    from the file at `cache_path` instead.  Without an answer the counts are those of the file, or none, and one line
    at INFO says so.  Raises nothing: a count is no reason for a build to fail.
    """
    second = int((now or datetime.now(UTC)).timestamp())
    known = _read(cache_path, blog)
    if 0 <= second - known.answered_at < FRESH_S or 0 <= second - known.asked_at < PATIENT_S:
        return known.counts
    try:
        answer = ask(blog.key, blog.receiver, "counts", timeout_s=timeout_s)
        known = _Known(_as_counts(answer.get("counts")), asked_at=second, answered_at=second)
    except (FlattrButtonError, ValueError) as error:
        log.info("flattr: no new counts of clicks; %s", error)
        known = _Known(known.counts, asked_at=second, answered_at=known.answered_at)
    try:
        _write(cache_path, blog, known)
    except OSError as error:
        log.info("flattr: counts of clicks are not kept; %s cannot be written: %s", cache_path, error.strerror)
    return known.counts


def _read(path: Path, blog: Blog) -> _Known:
    """Return what the file holds of this very blog; nothing if there is no such file."""
    try:
        document = json.loads(path.read_bytes())
        if {name: document[name] for name in _names(blog)} != _names(blog):
            return _Known()
        return _Known(_as_counts(document["counts"]), int(document["asked_at"]), int(document["answered_at"]))
    except (OSError, ValueError, RecursionError, TypeError, LookupError):
        return _Known()


def _write(path: Path, blog: Blog, known: _Known) -> None:
    """Keep the counts, whole or not at all.  Raises OSError where nothing can be written: the next build asks again."""
    document = {
        **_names(blog),
        "asked_at": known.asked_at,
        "answered_at": known.answered_at,
        "counts": known.counts,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=path.name, delete=False) as file:
        json.dump(document, file, indent=1, sort_keys=True)
    Path(file.name).replace(path)


def _names(blog: Blog) -> dict[str, Any]:
    return {"version": VERSION, "receiver": blog.receiver, "site": blog.key.site}


def _as_counts(told: Any) -> dict[str, int]:
    """Raises ValueError if this is no mapping of addresses to numbers."""
    if not isinstance(told, dict) or not all(type(count) is int and count >= 0 for count in told.values()):
        raise ValueError("the receiver's counts are no numbers by address; update it")
    return told
