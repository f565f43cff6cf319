"""What stock itsdangerous says of a token, and by which rule of docs/token.md we may say otherwise.

It shares nothing with the reading and verifying of tokens but the bounds of a claim.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, Final

from itsdangerous import BadPayload, BadSignature, URLSafeSerializer

from flattr_button import BadClaim, BadToken, Claim, ForgedToken, SiteOfToken, verify

FORM: Final = re.compile("[A-Za-z0-9_-]+[.][A-Za-z0-9_-]{43}")
TYPE_BY_NAME: Final[dict[str, type]] = {
    "v": int, "s": str, "g": int, "u": str, "t": str,
    "l": str, "c": str, "k": list, "h": bool, "i": str, "m": int, "o": str,
}  # fmt: skip


class DifferentVerdict(AssertionError):
    """We and itsdangerous differ over a token, and no documented rule says why."""


class CompactJson:
    """The serializer that writes what we write."""

    @staticmethod
    def dumps(obj: Any) -> str:
        return json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @staticmethod
    def loads(text: str) -> Any:
        return json.loads(text)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the signature fits, and what itsdangerous reads from the payload: None if it cannot."""

    fits: bool
    fields: Any = None


def stock(secret: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(
        secret, serializer=CompactJson, signer_kwargs={"key_derivation": "none", "digest_method": hashlib.sha256}
    )


def stock_verdict(token: str, secret: bytes) -> Verdict:
    try:
        return Verdict(True, stock(secret).loads(token))
    except BadPayload:
        return Verdict(True)
    except (BadSignature, UnicodeEncodeError):
        return Verdict(False)


def compare_verdicts(token: str, site: SiteOfToken) -> str:
    """Return how our verdict and that of itsdangerous stand to each other, whatever site the token names.

    Raises DifferentVerdict unless we accept just what itsdangerous accepts less what a documented rule refuses,
    and read the same from it.
    """
    theirs = stock_verdict(token, site.secret)
    rule = rule_against(token, site.scope) if theirs.fits else None
    try:
        claim = verify(token, lambda *_: site)
    except BadToken as error:
        if theirs.fits and (rule is None or isinstance(error, ForgedToken)):
            raise DifferentVerdict(f"{error!r} for {token!r}, which itsdangerous accepts") from error
        return f"the signature fits, refused by us: {rule}" if theirs.fits else "both refuse"
    if not theirs.fits or rule is not None or claim != _claim(theirs.fields):
        raise DifferentVerdict(f"{token!r} accepted as {claim!r}; itsdangerous: {theirs!r}, rule: {rule}")
    return "both accept and read the same"


def rule_against(token: str, scope: str) -> str | None:
    """Return the rule of docs/token.md by which a token is refused though its signature fits, if there is one."""
    if len(token) > 4000:
        return "too long"
    if token.startswith("."):
        return "compressed"
    if not FORM.fullmatch(token):
        return "not of the form"
    payload, signature = token.split(".")
    if not _is_canonical(payload) or not _is_canonical(signature):
        return "base64url not canonical"
    try:
        pairs = json.loads(_decoded(payload).decode(), object_pairs_hook=tuple)  # an object becomes a tuple
    except (ValueError, RecursionError):
        return "no JSON in UTF-8"
    return _rule_against_pairs(pairs, scope)


def _rule_against_pairs(pairs: Any, scope: str) -> str | None:
    if not isinstance(pairs, tuple) or len(dict(pairs)) != len(pairs):
        return "not one object, or a name twice"
    fields = dict(pairs)
    if not {"v", "s", "g", "u", "t"} <= set(fields) <= set(TYPE_BY_NAME):
        return "a name missing or unknown"
    if any(type(value) is not TYPE_BY_NAME[name] for name, value in pairs):
        return "a field of another type"
    if any(type(tag) is not str for tag in fields.get("k", [])):
        return "a field of another type"
    try:
        is_inside = _claim(fields).url.startswith(scope)
    except BadClaim:
        return "a field out of bounds"
    if fields["v"] != 1:
        return "a field out of bounds"
    return None if is_inside else "outside the scope"


def _claim(fields: dict[str, Any]) -> Claim:
    return Claim(
        site=fields["s"], generation=fields["g"], url=fields["u"], title=fields["t"], language=fields.get("l"),
        category=fields.get("c"), tags=tuple(fields.get("k", ())), hidden=fields.get("h", False), id=fields.get("i"),
        modified=fields.get("m"), original=fields.get("o"),
    )  # fmt: skip


def _is_canonical(part: str) -> bool:
    try:
        return urlsafe_b64encode(_decoded(part)).decode().rstrip("=") == part
    except ValueError:
        return False


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
