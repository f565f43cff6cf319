"""What a site shows to prove whose it is: one line, in its DNS or in the head of its front page.

The line is no secret.  It proves something because only who rules the site can put it there, and because it names
one registration of the site, which has one owner.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

META_NAME: Final = "flattr-site"
SHOWN_POINTS_MAX: Final = 200  # of what a stranger's server said
# The last label of a name begins with a letter (RFC 3696, section 2); `127.0.0.1` is no name.
_WHOLE_HOST: Final = re.compile(r"https?://((?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*)/")


class Proof(StrEnum):
    """How a creator shows that a site is theirs; a site remembers by which it was verified."""

    WELL_KNOWN = "well-known"
    DNS = "dns"
    HEAD = "head"


def proof_line(*, receiver: str, site: str) -> str:
    """Return what a record or a tag has to say: which receiver, and which site of it."""
    return f"receiver={receiver} site={site}"


def is_proof(said: str, wanted: str) -> bool:
    """Compare by words: panels of name servers add quotation marks and spaces of their own."""
    return said.strip(" \t\"'").split() == wanted.split()


def record_name(scope: str) -> str | None:
    """Return the name of the TXT record that proves a scope, None if none can.

    It can for a whole host alone: who rules the names of a host need not be who writes below one of its paths, as on
    a server of a university, and a port of a host may be somebody else's.
    """
    match = _WHOLE_HOST.fullmatch(scope)
    return None if match is None else f"_flattr.{match[1]}"


def shown(said: Iterable[str]) -> str:
    """Write what was found instead, no more than a sentence can hold."""
    text = " | ".join(" ".join(one.split()) for one in said)
    printable = "".join(character if character.isprintable() else "�" for character in text)
    return printable if len(printable) <= SHOWN_POINTS_MAX else f"{printable[:SHOWN_POINTS_MAX]}…"
