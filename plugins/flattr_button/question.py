"""What a build asks a receiver about its own site, as the body of a signed message (webhook.py)."""

import json
from dataclasses import dataclass
from typing import Any, Final, Self

from flattr_button.canonical import canonical_scope
from flattr_button.claim import GENERATION_MAX, SITE_ID
from flattr_button.faults import BadQuestion, BadUrl
from flattr_button.flat_json import read_flat

VERSION: Final = 1
PATH_BY_SUBJECT: Final = {
    "site": "webhooks/site",
    "things": "webhooks/site/things",
    "counts": "webhooks/counts",
}

_AFTER_MAX: Final = 2**63 - 1
_TYPE_BY_NAME: Final[dict[str, type]] = {
    "version": int, "asks": str, "receiver": str, "site": str, "generation": int, "after": int,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One of three: how a receiver knows a site, which things of it, how often these were clicked.

    It names its receiver, so that nobody can put it to another one.
    `after` is the number behind which a long answer goes on.
    Raises BadQuestion if a field cannot be what it is called.
    """

    asks: str
    receiver: str
    site: str
    generation: int
    after: int = 0

    def __post_init__(self) -> None:
        if self.asks not in PATH_BY_SUBJECT:
            raise BadQuestion(f"what is asked is one of {', '.join(PATH_BY_SUBJECT)}")
        if not SITE_ID.fullmatch(self.site) or not 1 <= self.generation <= GENERATION_MAX:
            raise BadQuestion("the question names no site")
        if not 0 <= self.after <= _AFTER_MAX:
            raise BadQuestion("after is the number that the last answer gave, or 0")
        try:
            canonical = canonical_scope(self.receiver)
        except BadUrl as error:
            raise BadQuestion(f"the receiver of the question is no address ({error})") from None
        if canonical != self.receiver:
            raise BadQuestion(f"the receiver of the question is not canonical, which would be {canonical}")

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read a question; shape only, its signature is that of the message.  Raises BadQuestion."""
        try:
            fields: Any = read_flat(body)
        except (ValueError, RecursionError):
            raise BadQuestion("the question is not JSON") from None
        if not isinstance(fields, dict) or {name: type(value) for name, value in fields.items()} != _TYPE_BY_NAME:
            raise BadQuestion(f"a question has the fields {', '.join(_TYPE_BY_NAME)}, and no others")
        if fields.pop("version") != VERSION:
            raise BadQuestion(f"the question is of another version than {VERSION}; update the receiver")
        return cls(**fields)

    @property
    def path(self) -> str:
        """Return where at the receiver it is asked, without the slash in front."""
        return PATH_BY_SUBJECT[self.asks]

    def body(self) -> bytes:
        fields = {
            "version": VERSION,
            "asks": self.asks,
            "receiver": self.receiver,
            "site": self.site,
            "generation": self.generation,
            "after": self.after,
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
