"""The site token, for platforms that cannot sign: public, minted by a receiver for one site.

`fst1_<site id>_<generation>_<26 characters>`.  It has no dot, which every token of a button has, and is signed with a
key of its own purpose over lines that no claim can be: neither can ever pass for the other.
"""

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass
from typing import Final, Self

from flattr_button.claim import GENERATION_MAX, SITE_ID
from flattr_button.faults import ForgedToken, MalformedToken
from flattr_button.signature import signature_of

SIGNATURE_BYTES: Final = 16  # nobody gains by forging one, and a link is typed by hand sometimes

_FORM: Final = re.compile(
    r"fst1_(?P<site>[a-z2-7]{10})_(?P<generation>[1-9][0-9]{0,3})_(?P<signature>[a-z2-7]{26})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class SiteToken:
    """Names a site; whoever has it may name pages inside the scope of that site, and earns nothing by it."""

    site: str
    generation: int
    signature: str

    @classmethod
    def signed(cls, secret: bytes, *, site: str, generation: int, scope: str) -> Self:
        """Mint the token of a site: the same bytes each time.  The secret is the receiver's own, for this alone."""
        if not SITE_ID.fullmatch(site) or not 1 <= generation <= GENERATION_MAX:
            raise ValueError("a site token is of a site id and a generation from 1 to 9999")
        return cls(site, generation, _signature(secret, site, generation, scope))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a token as it stands in a link; its form only, not yet its signature.  Raises MalformedToken."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise MalformedToken(
                "this is no site token; it reads fst1_<site>_<generation>_<26 characters>, copy it as a whole"
            )
        return cls(match["site"], int(match["generation"]), match["signature"])

    def verify(self, secret: bytes, *, scope: str) -> None:
        """Return if the token was minted with this secret for this scope; else raise ForgedToken."""
        if not hmac.compare_digest(_signature(secret, self.site, self.generation, scope), self.signature):
            raise ForgedToken

    def text(self) -> str:
        """Return the token as it stands in a link.  No secret."""
        return f"fst1_{self.site}_{self.generation}_{self.signature}"


def _signature(secret: bytes, site: str, generation: int, scope: str) -> str:
    """Return the first 16 bytes of the HMAC over lines none of which can hold a line feed, in lower-case base32."""
    message = f"flattr site token\n1\n{site}\n{generation}\n{scope}\n".encode("ascii")
    return b32encode(signature_of(secret, message)[:SIGNATURE_BYTES]).decode().rstrip("=").lower()
