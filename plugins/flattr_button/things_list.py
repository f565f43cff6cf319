"""The signed list of a site's things, which a build writes to `.well-known/flattr.json`.

It has two uses: a receiver that finds it inside the scope of a site knows that the holder of the
site key rules that place; and it registers all things at once (`POST /webhooks/things`).
"""

import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

from flattr_button.base64url import encoded
from flattr_button.canonical import canonical_scope
from flattr_button.claim import GENERATION_MAX, SITE_ID
from flattr_button.faults import BadThingsList, BadUrl
from flattr_button.signature import signature_of
from flattr_button.site_key import SiteKey
from flattr_button.token import TOKEN_FORM, TOKEN_LENGTH_MAX

VERSION: Final = 1
WELL_KNOWN_PATH: Final = ".well-known/flattr.json"
THINGS_MAX: Final = 10_000
TEXT_LENGTH_MAX: Final = 4_000_000  # what a receiver fetches at most

_LENGTH_BESIDE_TOKENS: Final = 4_000  # two addresses of 1,024 bytes, and the rest
_SIGNATURE: Final = re.compile("[A-Za-z0-9_-]{43}")
_TYPE_BY_NAME: Final[dict[str, type]] = {
    "version": int, "receiver": str, "site": str, "generation": int, "scope": str, "things": list, "signature": str,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ThingsList:
    """All things of one site, each as its token, signed together.

    The signature binds receiver, site and scope, so a copy of the list on another host proves nothing there.
    It says nothing of the tokens but that they were listed: verify each of them too.

    Raises BadThingsList if a field cannot be what it is called.
    """

    receiver: str
    site: str
    generation: int
    scope: str
    tokens: tuple[str, ...]
    signature: str

    def __post_init__(self) -> None:
        _require_canonical("receiver", self.receiver)
        _require_canonical("scope", self.scope)
        if not SITE_ID.fullmatch(self.site) or not 1 <= self.generation <= GENERATION_MAX:
            raise BadThingsList("the list of things names no site; build the site again")
        if len(self.tokens) > THINGS_MAX:
            raise BadThingsList(
                "the list has %(length)s things, at most %(most)s are allowed", length=len(self.tokens), most=THINGS_MAX
            )
        if not all(len(token) <= TOKEN_LENGTH_MAX and TOKEN_FORM.fullmatch(token) for token in self.tokens):
            raise BadThingsList("one of the things is no token; build the site again")
        if not _SIGNATURE.fullmatch(self.signature):
            raise BadThingsList("the signature of the list is cut or damaged; build the site again")

    @classmethod
    def signed(cls, key: SiteKey, *, receiver: str, scope: str, tokens: Iterable[str]) -> Self:
        """Sign a list; the order of the tokens does not matter, doubles are dropped.

        Raises BadUrl for an address, BadThingsList for more things than a receiver takes; `as_many_as_fit` chooses.
        """
        receiver, scope, ordered = canonical_scope(receiver), canonical_scope(scope), tuple(sorted(set(tokens)))
        signature = _signature(key.secret, _message(receiver, key.site, key.generation, scope, ordered))
        listing = cls(receiver, key.site, key.generation, scope, ordered, signature)
        if len(listing.text()) > TEXT_LENGTH_MAX:
            raise BadThingsList("the list of things is longer than %(most)s bytes; list fewer", most=TEXT_LENGTH_MAX)
        return listing

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """Read a list; shape only, not yet the signature.  Raises BadThingsList."""
        fields = _read_object(text)
        return cls(
            receiver=fields["receiver"],
            site=fields["site"],
            generation=fields["generation"],
            scope=fields["scope"],
            tokens=tuple(fields["things"]),
            signature=fields["signature"],
        )

    def verify(self, secret: bytes, *, receiver: str, scope: str) -> None:
        """Return if the list is signed with this secret for this receiver and scope; else raise BadThingsList."""
        message = _message(self.receiver, self.site, self.generation, self.scope, self.tokens)
        if not hmac.compare_digest(_signature(secret, message), self.signature):
            raise BadThingsList("the signature of the list does not fit; build the site again with its key")
        if self.receiver != canonical_scope(receiver):
            raise BadThingsList(
                "the list is meant for %(other)s, this is %(receiver)s", other=self.receiver, receiver=receiver
            )
        if self.scope != canonical_scope(scope):
            raise BadThingsList(
                "the list is of %(other)s, the site is %(scope)s; correct the address of either",
                other=self.scope,
                scope=scope,
            )

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


def as_many_as_fit(tokens: Iterable[str]) -> tuple[str, ...]:
    """Return the first tokens, without doubles, that a list may have by number and by length."""
    chosen: list[str] = []
    length = _LENGTH_BESIDE_TOKENS
    for token in dict.fromkeys(tokens):
        length += len(token) + len('  "",\n')
        if len(chosen) == THINGS_MAX or length > TEXT_LENGTH_MAX:
            break
        chosen.append(token)
    return tuple(chosen)


def _read_object(text: str | bytes) -> dict[str, Any]:
    if len(text) > TEXT_LENGTH_MAX:
        raise BadThingsList("the list of things is longer than %(most)s bytes", most=TEXT_LENGTH_MAX)
    try:
        fields = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise BadThingsList("the list of things is not JSON; build the site again") from None
    if not isinstance(fields, dict) or type(fields.get("version")) is not int or fields["version"] != VERSION:
        raise BadThingsList("this is no list of things of version %(version)s; build the site again", version=VERSION)
    if {name: type(value) for name, value in fields.items()} != _TYPE_BY_NAME:
        raise BadThingsList("the list of things lacks a field, or one is of an unknown name or type")
    if any(type(token) is not str for token in fields["things"]):
        raise BadThingsList("one of the things is no token; build the site again")
    return fields


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name stands twice")
    return fields


def _require_canonical(name: str, address: str) -> None:
    try:
        canonical = canonical_scope(address)
    except BadUrl as error:
        raise BadThingsList("the %(name)s of the list is no address (%(fault)s)", name=name, fault=error) from None
    if canonical != address:
        raise BadThingsList(
            "the %(name)s of the list is not canonical, which would be %(canonical)s", name=name, canonical=canonical
        )


def _message(receiver: str, site: str, generation: int, scope: str, tokens: tuple[str, ...]) -> bytes:
    """Return the lines that are signed; no field can hold a line feed, so none can pose as two."""
    lines = ("flattr things", str(VERSION), receiver, site, str(generation), scope, *tokens)
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _signature(secret: bytes, message: bytes) -> str:
    return encoded(signature_of(secret, message))
