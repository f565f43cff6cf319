"""Look for a site key in what is published, in every form in which a file may hold it.  Nothing of it is ever shown."""

import gzip
import re
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from html import unescape
from typing import Final
from urllib.parse import unquote_to_bytes

from flattr_button import SiteKey

PIECE_BYTES: Final = 8 * 2**20
OVERLAP_BYTES: Final = 4_096  # longer than any form of a key, so that none is cut in two
_LINE_ENDS: Final = b"\r\n"  # base64 in mails is broken into lines
_ESCAPED: Final = re.compile(rb"\\u00([0-7][0-9a-fA-F])")  # as JSON may write any character


class KeyTraces:
    """Knows a key, or only the site whose keys must not be found."""

    def __init__(self, *, key: SiteKey | None, site: str | None) -> None:
        self._needles = () if key is None else tuple(dict.fromkeys(_forms(key)))
        own_site = (key.site if key is not None else site) or "[a-z2-7]{10}"
        self._any_key = re.compile(rb"fsk1_%s_[1-9][0-9]{0,3}_[0-9a-fA-F]{64}" % own_site.encode())
        self._begins_in_base64 = (
            () if key is not None or site is None else tuple(dict.fromkeys(_in_base64(f"fsk1_{site}_".encode())))
        )

    def are_in(self, content: bytes) -> bool:
        """Tell whether a file holds the key: as it is, in capitals, in UTF-16, base64, percent-coded or escaped, or in
        any of these inside of gzip."""
        return any(self._are_in(piece) for piece in _pieces(content)) or (
            content[:2] == b"\x1f\x8b" and any(self._are_in(piece) for piece in _unpacked(content))
        )

    def _are_in(self, piece: bytes) -> bool:
        return any(
            self._any_key.search(spelling) or any(needle in spelling for needle in self._needles)
            or any(needle in spelling for needle in self._begins_in_base64)
            for spelling in _spellings(piece)
        )  # fmt: skip


def _forms(key: SiteKey) -> Iterator[bytes]:
    """Yield what would give the secret away: its digits, and the bytes that these stand for."""
    digits, raw = key.secret, bytes.fromhex(key.secret.decode())
    yield digits
    yield digits.upper()
    yield digits.decode().encode("utf-16-le")
    yield digits.hex().encode()
    yield raw
    for secret in (digits, digits.upper(), raw):
        yield from _in_base64(secret)


def _in_base64(secret: bytes) -> Iterator[bytes]:
    """Yield the characters of base64 that depend on the secret alone, wherever in a text it begins."""
    for before in range(3):
        end = (before + len(secret)) // 3 * 4  # what follows changes the last characters
        first = -(-before * 8 // 6)  # what precedes changes the first ones
        for encoder in (b64encode, urlsafe_b64encode):
            yield encoder(b"\0" * before + secret + b"\0\0")[first:end]


def _spellings(piece: bytes) -> Iterator[bytes]:
    yield piece
    joined = piece.translate(None, _LINE_ENDS)
    if len(joined) != len(piece):
        yield joined
    if b"%" in piece:
        yield unquote_to_bytes(piece)
    if b"&#" in piece:
        yield unescape(piece.decode("latin-1")).encode("latin-1", errors="replace")
    if b"\\u00" in piece:
        yield _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), piece)


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES + OVERLAP_BYTES]


def _unpacked(content: bytes) -> Iterator[bytes]:
    try:
        yield from _pieces(gzip.decompress(content))
    except (OSError, EOFError, zlib.error):
        return  # not gzip after all
