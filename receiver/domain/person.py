"""Who signs in."""

import re
from dataclasses import dataclass

from receiver.domain.errors import BadEmail

# Deliberately plain: what every mail system accepts, nothing that could smuggle a header or a second address.
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can sign in: reader, creator or both."""

    id: int
    email: str
    name: str


def normal_email(text: str) -> str:
    """Return an address as we keep it, in lower case.  Raises BadEmail."""
    text = text.strip()
    if len(text) > 254 or not _EMAIL.fullmatch(text) or ".." in text:
        raise BadEmail(text)
    return text.lower()
