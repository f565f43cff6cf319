"""Sign a claim; verify a token.  docs/token.md has the format byte by byte."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from itsdangerous import BadPayload, URLSafeSerializer

from flattr_button.base64url import decoded, encoded
from flattr_button.canonical import is_in_scope
from flattr_button.claim import GENERATION_MAX, SITE_ID, Claim
from flattr_button.faults import BadClaim, ForgedToken, MalformedToken, OutsideScope, TokenTooLong
from flattr_button.flat_json import read_flat
from flattr_button.signature import require_key, signature_of
from flattr_button.site_key import SiteKey

TOKEN_LENGTH_MAX: Final = 4000
VERSION: Final = 1

_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
TOKEN_FORM: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}")
_TYPE_BY_NAME: Final[dict[str, type]] = {
    "v": int, "s": str, "g": int, "u": str, "t": str,
    "l": str, "c": str, "k": list, "h": bool, "i": str, "m": int, "o": str,
}  # fmt: skip
_REQUIRED: Final = frozenset({"v", "s", "g", "u", "t"})


@dataclass(frozen=True, slots=True)
class SiteOfToken:
    """What the verifier must know of the site that a token names."""

    secret: bytes = field(repr=False)
    scope: str


class TokenSerializer(URLSafeSerializer):
    """itsdangerous, narrowed to one spelling for each token: no derivation, SHA-256, never compressed."""

    def __init__(self, secret: bytes) -> None:
        require_key(secret)
        super().__init__(
            secret,
            serializer=_CompactJson,
            signer_kwargs={"key_derivation": "none", "digest_method": hashlib.sha256},
        )

    def dump_payload(self, obj: Any) -> bytes:
        return encoded(_CompactJson.dumps(obj).encode()).encode()

    def load_payload(self, payload: bytes, *_args: Any, **_kwargs: Any) -> Any:
        try:
            fields = read_flat(decoded(payload.decode()))
            _require_fields(fields)
        except (ValueError, RecursionError, MalformedToken) as error:
            raise BadPayload("not a claim", original_error=error) from error
        return fields


def sign(claim: Claim, key: SiteKey) -> str:
    """Return the token of a claim: the same claim and key always give the same bytes.

    Raises TokenTooLong if title, tags and address together do not fit.
    """
    if (claim.site, claim.generation) != (key.site, key.generation):
        raise ValueError("the claim is of another site or generation than the key")
    token = _serializer(key.secret).dumps(_as_object(claim))
    assert isinstance(token, str)
    if len(token) > TOKEN_LENGTH_MAX:
        raise TokenTooLong(len(token), TOKEN_LENGTH_MAX)
    return token


@lru_cache(maxsize=8)
def _serializer(secret: bytes) -> TokenSerializer:
    return TokenSerializer(secret)


def verify(token: str, site_of_token: Callable[[str, int], SiteOfToken]) -> Claim:
    """Return the claim of a genuine token, or raise a BadToken.

    In the order of the design: length and alphabet; canonical base64; one flat object with known names and types;
    site and generation, for which `site_of_token` is asked and may raise UnknownSite or RetiredKey; signature;
    canonical address inside the scope of the site.
    """
    return read_genuine(token, site_of_token)[0]


def read_genuine(token: str, site_of_token: Callable[[str, int], SiteOfToken]) -> tuple[Claim, SiteOfToken]:
    """Return the claim of a genuine token and what `site_of_token` said of its site, or raise as `verify` does.

    itsdangerous gives the same verdict; why it is not asked: docs/decisions/0009-verify-by-ourselves.md.
    """
    payload, given, fields = _opened(token)
    site = site_of_token(fields["s"], fields["g"])
    if not hmac.compare_digest(signature_of(site.secret, payload.encode()), given):
        raise ForgedToken
    try:
        claim = _as_claim(fields)
    except BadClaim as error:
        raise MalformedToken(
            "the signature fits, but %(fault)s; correct what builds the button", fault=error
        ) from error
    require_in_scope(claim, site)
    return claim, site


def read_unverified(token: str) -> Claim:
    """Return what a token states, to somebody without the key: nothing of it is proven.

    Raises TokenTooLong or MalformedToken.
    """
    _, _, fields = _opened(token)
    try:
        return _as_claim(fields)
    except BadClaim as error:
        raise MalformedToken("%(fault)s; correct what builds the button", fault=error) from error


def _opened(token: str) -> tuple[str, bytes, dict[str, Any]]:
    """Return the payload, the signature as bytes, and the fields, whose shape is right.

    Raises TokenTooLong or MalformedToken.
    """
    if len(token) > TOKEN_LENGTH_MAX:
        raise TokenTooLong(len(token), TOKEN_LENGTH_MAX)
    if not TOKEN_FORM.fullmatch(token):
        raise MalformedToken("this is no token of a button; perhaps the link was cut")
    payload, _, signature = token.partition(".")
    try:
        given, fields = decoded(signature), read_flat(decoded(payload))
    except (ValueError, RecursionError):
        raise MalformedToken("the token is not canonical base64url of a claim") from None
    _require_fields(fields)
    return payload, given, fields


def require_in_scope(claim: Claim, site: SiteOfToken) -> None:
    if not is_in_scope(claim.url, site.scope):
        raise OutsideScope(claim.url, site.scope)


class _CompactJson:
    """JSON with sorted keys, without spaces, in UTF-8: a rebuild gives the same bytes."""

    @staticmethod
    def dumps(obj: Any) -> str:
        return _ENCODER.encode(obj)

    @staticmethod
    def loads(text: str) -> Any:
        return json.loads(text)


def _as_object(claim: Claim) -> dict[str, Any]:
    optional = {
        "l": claim.language,
        "c": claim.category,
        "k": list(claim.tags) or None,
        "h": True if claim.hidden else None,
        "i": claim.id,
        "m": claim.modified,
        "o": claim.original,
    }
    required = {"v": VERSION, "s": claim.site, "g": claim.generation, "u": claim.url, "t": claim.title}
    return required | {name: value for name, value in optional.items() if value is not None}


def _as_claim(fields: dict[str, Any]) -> Claim:
    return Claim(
        site=fields["s"],
        generation=fields["g"],
        url=fields["u"],
        title=fields["t"],
        language=fields.get("l"),
        category=fields.get("c"),
        tags=tuple(fields.get("k", ())),
        hidden=fields.get("h", False),
        id=fields.get("i"),
        modified=fields.get("m"),
        original=fields.get("o"),
    )


def _require_fields(fields: Any) -> None:
    """Raise MalformedToken unless this is one flat object with the known names and types, and nothing else."""
    if not isinstance(fields, dict) or not fields.keys() >= _REQUIRED:
        raise MalformedToken("the claim lacks a field that every claim has")
    if type(fields["v"]) is int and fields["v"] != VERSION:  # first: another version may have other names
        raise MalformedToken("the claim is of another version than %(version)s; update the receiver", version=VERSION)
    for name, value in fields.items():
        if type(value) is not _TYPE_BY_NAME.get(name):  # type, not isinstance: JSON's true is no number
            raise MalformedToken("the claim has a field of an unknown name or type")
    if not set(map(type, fields.get("k", ()))) <= {str}:
        raise MalformedToken("a tag of the claim is not text")
    if not SITE_ID.fullmatch(fields["s"]) or not 1 <= fields["g"] <= GENERATION_MAX:
        raise MalformedToken("the claim names no site")  # before anybody looks it up in a database
