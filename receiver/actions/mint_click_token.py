"""Mint what makes the press on our confirm page genuine, and read it again."""

import functools
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer

from receiver.actions.sign_in import hash_of
from receiver.domain.errors import BadClickToken, StaleClickToken
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.store.master_keys import MasterKeys

CLICK_TOKEN_AGE: Final = timedelta(minutes=10)
CLOCK_AHEAD: Final = timedelta(minutes=5)  # of another receiver's clock, or a device's
_LENGTH_MAX: Final = 600
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ClickToken:
    """A genuine, recent click token of this session and button: for whom it was minted, and when."""

    reader: int
    minted_at: datetime


def mint_click_token(keys: MasterKeys, *, session: str, reader: User, token: str, now: datetime) -> str:
    """Return a click token, bound to session, reader, thing and month; it is the CSRF token of the form too.

    Minting writes nothing.  A press with it counts once, and never after an undo that came later than the minting:
    docs/decisions/0010-presses-and-undos.md.
    """
    fields = _binding(session, token, Month.of(now))
    fields |= {"r": reader.id, "n": secrets.token_urlsafe(16), "at": (now - _EPOCH) // timedelta(microseconds=1)}
    minted = _click_tokens(keys).dumps(fields)
    assert isinstance(minted, str)
    return minted


def read_click_token(keys: MasterKeys, click_token: str, *, session: str, token: str, now: datetime) -> ClickToken:
    """Return a genuine, recent click token that is bound to just this press.  Raises BadClickToken, StaleClickToken."""
    if len(click_token) > _LENGTH_MAX or not click_token.isascii():
        raise BadClickToken("press the button on our page")
    try:
        fields = _click_tokens(keys).loads(click_token)
    except BadData:
        raise BadClickToken("press the button on our page") from None
    binding = _binding(session, token, Month.of(now))
    minted_at = _EPOCH + timedelta(microseconds=fields["at"])
    if fields["p"] != binding["p"] or not -CLOCK_AHEAD <= now - minted_at <= CLICK_TOKEN_AGE:
        raise StaleClickToken
    if {name: fields[name] for name in binding} != binding:
        raise BadClickToken("this page was made for somebody else, or for another button; press the button again")
    return ClickToken(fields["r"], minted_at)


@functools.lru_cache(maxsize=4)
def _click_tokens(keys: MasterKeys) -> URLSafeSerializer:
    return URLSafeSerializer(keys.derive("click token"), salt="flattr.click.1")


def _binding(session: str, token: str, month: Month) -> dict[str, Any]:
    return {"s": hash_of(session)[:32], "h": hash_of(token)[:32], "p": month.number}
