"""Clicks that an application signs with a key its reader gave it: feed readers, podcast players, offline queues.

The same two-part text as a thing token: base64url of a flat JSON object, a dot, base64url of its HMAC-SHA256.
The fields: `v` 1 · `a` id of the click key · `t` the thing's token · `n` a nonce · `p` when it was pressed,
in whole seconds since 1970.
"""

import hmac
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Self

from flattr_button.base64url import decoded, encoded
from flattr_button.faults import BadClickKey, ForgedToken, MalformedToken, TokenTooLong
from flattr_button.flat_json import read_flat
from flattr_button.signature import signature_of
from flattr_button.token import TOKEN_LENGTH_MAX

CLICK_LENGTH_MAX: Final = 2 * TOKEN_LENGTH_MAX
PURPOSE: Final = b"click\n"  # no thing token begins so: one key never serves two kinds of token

_KEY_ID: Final = re.compile(r"[a-z2-7]{16}")
_KEY: Final = re.compile(r"fck1_(?P<id>[a-z2-7]{16})_(?P<secret>[0-9a-f]{64})_(?P<checksum>[0-9a-f]{8})")
SIGNATURE_LENGTH: Final = 43  # of 32 bytes in base64url
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_TYPE_BY_NAME: Final[dict[str, type]] = {"v": int, "a": str, "t": str, "n": str, "p": int}


@dataclass(frozen=True, slots=True)
class ClickKey:
    """The key of one application of one reader: `fck1_<id>_<64 hex digits>_<checksum>`; `secret` is the digits."""

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _KEY_ID.fullmatch(self.id) or not re.fullmatch(rb"[0-9a-f]{64}", self.secret):
            raise BadClickKey("a click key is an id of 16 characters and 64 hexadecimal digits")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key as copied.  Raises BadClickKey."""
        match = _KEY.fullmatch(text.strip())
        if match is None:
            raise BadClickKey("this is no click key; it reads fck1_<id>_<64 digits>_<checksum>, copy it as a whole")
        key = cls(match["id"], match["secret"].encode())
        if key._checksum() != match["checksum"]:
            raise BadClickKey("the checksum of the click key does not fit; a character was changed, copy it again")
        return key

    def text(self) -> str:
        """Return the key as a reader copies it.  A secret: for the reader's eyes only."""
        return f"{self._body()}_{self._checksum()}"

    def _body(self) -> str:
        return f"fck1_{self.id}_{self.secret.decode()}"

    def _checksum(self) -> str:
        return f"{zlib.crc32(self._body().encode()):08x}"


class ApplicationClick(NamedTuple):
    """One press of a button in an application; `pressed_at` in whole seconds since 1970."""

    key_id: str
    thing_token: str
    nonce: str
    pressed_at: int

    def signed(self, key: ClickKey) -> str:
        """Return the click as it is sent to `POST /webhooks/clicks`."""
        if key.id != self.key_id:
            raise ValueError("the click is of another key")
        fields = {"v": 1, "a": self.key_id, "t": self.thing_token, "n": self.nonce, "p": self.pressed_at}
        payload = encoded(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode())
        return f"{payload}.{encoded(_signature(key.secret, payload))}"


def read_click(text: str, secret_of_key: Callable[[str], bytes]) -> ApplicationClick:
    """Return a genuine click, or raise a BadToken; `secret_of_key` gets the key's id and may refuse it its own way.

    A click has one text, as a token has: both parts are canonical base64url, and no field stands twice.
    """
    if len(text) > CLICK_LENGTH_MAX:
        raise TokenTooLong(len(text), CLICK_LENGTH_MAX)
    payload, _, signature = text.partition(".")
    if len(signature) != SIGNATURE_LENGTH:
        raise MalformedToken("this is no signed click")
    try:
        given = decoded(signature)
        fields = read_flat(decoded(payload))
    except (ValueError, RecursionError):
        raise MalformedToken("the signed click is not canonical base64url of JSON with whole numbers") from None
    click = _as_click(fields)
    if not hmac.compare_digest(_signature(secret_of_key(click.key_id), payload), given):
        raise ForgedToken
    return click


def _as_click(fields: Any) -> ApplicationClick:
    if not isinstance(fields, dict) or len(fields) != len(_TYPE_BY_NAME):
        raise MalformedToken("a signed click has the fields v, a, t, n and p, and no others")
    for name, value in fields.items():
        if type(value) is not _TYPE_BY_NAME.get(name):  # type, not isinstance: JSON's true is no number
            raise MalformedToken("a signed click has the fields v, a, t, n and p, and no others")
    key_id, nonce, pressed_at = fields["a"], fields["n"], fields["p"]
    if fields["v"] != 1 or not _NONCE.fullmatch(nonce) or not 0 <= pressed_at < 2**33:
        raise MalformedToken("a field of the signed click is out of bounds")
    if not _KEY_ID.fullmatch(key_id):  # before anybody looks it up in a database
        raise MalformedToken("a field of the signed click is out of bounds")
    return ApplicationClick(key_id, fields["t"], nonce, pressed_at)


def _signature(secret: bytes, payload: str) -> bytes:
    return signature_of(secret, PURPOSE + payload.encode())
