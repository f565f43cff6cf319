"""base64url without padding (RFC 4648 section 5), with one spelling for each run of bytes."""

from binascii import a2b_base64, b2a_base64
from typing import Final

_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_" + b"+/=", b"+/" + b"!!!")  # what is not of our alphabet is of no alphabet
# A last group of two or three characters has four or two bits too many; where they are zero, it ends in one of these.
_LAST_BY_REMAINDER: Final = {2: "AQgw", 3: "AEIMQUYcgkosw048"}


def encoded(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).rstrip(b"=").translate(_TO_URL).decode()


def decoded(text: str) -> bytes:
    """Return what was encoded.  Raises ValueError for every other spelling: encoding again gives the same text."""
    remainder = len(text) % 4
    if remainder and text[-1] not in _LAST_BY_REMAINDER.get(remainder, ""):
        raise ValueError("not the canonical spelling in base64url")
    return a2b_base64(text.encode().translate(_FROM_URL) + b"=" * (-remainder % 4), strict_mode=True)
