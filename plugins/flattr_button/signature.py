"""What signs everything here: HMAC-SHA256, with a key that is one."""

import hashlib
import hmac
from typing import Final

KEY_BYTES_MIN: Final = 32


def signature_of(key: bytes, message: bytes) -> bytes:
    """Return the 32 bytes of the HMAC.  Raises ValueError for a key that is none."""
    require_key(key)
    # Not `hmac.digest`, which lets other threads run in between, even for a short message: many times its own cost.
    return hmac.new(key, message, hashlib.sha256).digest()


def require_key(key: bytes) -> None:
    """Raise ValueError for an empty or short key: HMAC does not mind one, and anybody could sign."""
    if len(key) < KEY_BYTES_MIN:
        raise ValueError("an empty or short key signs nothing")
