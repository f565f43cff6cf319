"""The secret of a site, as a creator gets it and keeps it."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from flattr_button.claim import GENERATION_MAX, SITE_ID
from flattr_button.faults import BadSiteKey

FILE_CHARACTERS_MAX: Final = 4096

_FORM: Final = re.compile(
    r"fsk1_(?P<site>[a-z2-7]{10})_(?P<generation>[1-9][0-9]{0,3})_(?P<secret>[0-9a-f]{64})_(?P<checksum>[0-9a-f]{8})"
)


@dataclass(frozen=True, slots=True)
class SiteKey:
    """The key that signs the buttons of one site: `fsk1_<site id>_<generation>_<64 hex digits>_<checksum>`.

    `secret` is the ASCII text of the 64 digits and is never shown by repr.
    """

    site: str
    generation: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not SITE_ID.fullmatch(self.site) or not 1 <= self.generation <= GENERATION_MAX:
            raise BadSiteKey("a site key is of a site id of ten characters a-z and 2-7 and a generation from 1 to 9999")
        if not re.fullmatch(rb"[0-9a-f]{64}", self.secret):
            raise BadSiteKey("the secret of a site key has 64 hexadecimal digits; an empty or short key signs nothing")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key as copied; white space around it is forgiven.  Raises BadSiteKey."""
        text = text.strip()
        if not text:
            raise BadSiteKey("the site key is empty; copy it from the receiver's page of the site")
        match = _FORM.fullmatch(text)
        if match is None:
            raise BadSiteKey(
                "this is no site key; it reads fsk1_<site>_<generation>_<64 digits>_<checksum>, copy it as a whole"
            )
        key = cls(match["site"], int(match["generation"]), match["secret"].encode())
        if key._checksum() != match["checksum"]:
            raise BadSiteKey("the checksum of the site key does not fit; a character was changed, copy it again")
        return key

    def text(self) -> str:
        """Return the key as a creator copies it.  A secret: for the creator's eyes only."""
        return f"{self._body()}_{self._checksum()}"

    def _body(self) -> str:
        return f"fsk1_{self.site}_{self.generation}_{self.secret.decode()}"

    def _checksum(self) -> str:
        return f"{zlib.crc32(self._body().encode()):08x}"


def site_key_from_environment(environment: Mapping[str, str]) -> SiteKey | None:
    """Read the key from FLATTR_SITE_KEY, else from the file that FLATTR_SITE_KEY_FILE names; None if neither is set.

    Raises BadSiteKey if a key is named but is not there or is none.
    """
    if environment.get("FLATTR_SITE_KEY", "").strip():
        return SiteKey.parse(environment["FLATTR_SITE_KEY"])
    name = environment.get("FLATTR_SITE_KEY_FILE", "").strip()
    if not name:
        return None
    if "fsk" in name:  # the key itself, in the wrong variable: it must not get into a log
        raise BadSiteKey("FLATTR_SITE_KEY_FILE holds a key instead of a file's name; put the key into FLATTR_SITE_KEY")
    return SiteKey.parse(_text_of(name))


def _text_of(name: str) -> str:
    try:
        with Path(name).open(encoding="utf-8-sig") as file:  # Windows editors begin a file with a byte order mark
            return file.read(FILE_CHARACTERS_MAX)
    except OSError as error:
        raise BadSiteKey(f"FLATTR_SITE_KEY_FILE names {name}, which cannot be read: {error.strerror}") from None
    except ValueError:
        raise BadSiteKey(f"FLATTR_SITE_KEY_FILE names {name!r}, which is not a text file with a site key") from None
