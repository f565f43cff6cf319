"""The signed list of a site's things, which a build writes to `.well-known/flattr.json`.

It has two uses: a receiver that finds it inside the scope of a site knows that the holder of the
site key rules that place; and it registers all things at once (`POST /webhooks/things`).
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from flattr_button.canonical import canonical_scope
from flattr_button.faults import BadThingsList, BadUrl
from flattr_button.site_key import SiteKey

VERSION: Final = 1
WELL_KNOWN_PATH: Final = ".well-known/flattr.json"
THINGS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class ThingsList:
    """All things of one site, each as its token, signed together.

    The signature binds receiver, site and scope, so a copy of the list on another host proves nothing there.
    """

    receiver: str
    site: str
    generation: int
    scope: str
    tokens: tuple[str, ...]
    signature: str

    @classmethod
    def signed(cls, key: SiteKey, *, receiver: str, scope: str, tokens: Iterable[str]) -> Self:
        """Sign a list; the order of the tokens does not matter, doubles are dropped."""
        unsigned = cls(receiver, key.site, key.generation, canonical_scope(scope), tuple(sorted(set(tokens))), "")
        return replace(unsigned, signature=unsigned._signature(key.secret))

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """Read a list; shape only, not yet the signature.  Raises BadThingsList."""
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            raise BadThingsList("the list of things is not JSON; build the site again") from None
        if not isinstance(document, dict) or document.get("version") != VERSION:
            raise BadThingsList(f"this is no list of things of version {VERSION}; build the site again")
        tokens = document.get("things")
        texts = [document.get(name) for name in ("receiver", "site", "scope", "signature")]
        if (
            not isinstance(tokens, list)
            or len(tokens) > THINGS_MAX
            or any(type(token) is not str for token in tokens)
            or any(type(value) is not str for value in texts)
            or type(document.get("generation")) is not int
        ):
            raise BadThingsList(f"the list of things lacks a field or has more than {THINGS_MAX} things")
        receiver, site, scope, signature = (str(value) for value in texts)
        return cls(receiver, site, document["generation"], scope, tuple(tokens), signature)

    def verify(self, secret: bytes, *, receiver: str, scope: str) -> None:
        """Return if the list is signed with this secret for this receiver and scope; else raise BadThingsList."""
        if not hmac.compare_digest(self._signature(secret).encode(), self.signature.encode()):
            raise BadThingsList("the signature of the list does not fit; build the site again with its key")
        if self.receiver != receiver:
            raise BadThingsList(f"the list is meant for {self.receiver}, this is {receiver}")
        try:
            same_scope = canonical_scope(self.scope) == scope
        except BadUrl:
            same_scope = False
        if not same_scope:
            raise BadThingsList(f"the list is of {self.scope}, the site is {scope}; correct the address of either")

    def text(self) -> str:
        """Return the file: JSON, one token a line, the same bytes for the same things."""
        document = {
            "version": VERSION,
            "receiver": self.receiver,
            "site": self.site,
            "generation": self.generation,
            "scope": self.scope,
            "things": list(self.tokens),
            "signature": self.signature,
        }
        return json.dumps(document, indent=1, sort_keys=True) + "\n"

    def _signature(self, secret: bytes) -> str:
        if len(secret) < 32:
            raise ValueError("an empty or short key signs nothing")
        lines = (
            "flattr things",
            str(VERSION),
            self.receiver,
            self.site,
            str(self.generation),
            self.scope,
            *self.tokens,
        )
        # Line feeds part the fields and JSON text is hashed as escaped, so no field can pose as two.
        message = "\n".join(json.dumps(line) for line in lines)
        return urlsafe_b64encode(hmac.digest(secret, message.encode(), hashlib.sha256)).decode().rstrip("=")
