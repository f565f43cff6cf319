"""Tokens that were genuine before: everybody who clicks the button of a page brings the same one."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

from flattr_button.claim import Claim
from flattr_button.token import SiteOfToken, read_genuine, require_in_scope

COUNT_MAX: Final = 8_192
LENGTH_MAX: Final = 1_024  # of a token that is remembered; with title, address and a few tags it has about 300
BYTES_EACH_MAX: Final = 6 * 1_024  # such a token, and what is kept of it, at their most wasteful


class VerifiedTokens:
    """Verifies as `verify` does, and remembers the claims of genuine tokens, so that the next time is cheap.

    What is remembered stays true for ever: this text, under this key, makes this claim.
    What can change is asked each time: `site_of_token` refuses a retired key, and the claim must lie in the scope
    that it names.  A site that it gives another key is verified anew.  No refusal is remembered.

    Holds at most `count_max` tokens, the least recently used goes first; long ones are verified each time.
    8,192 of them take about 9 MiB as blogs write them, and never more than 48 MiB.

    Threads may share it: a lock guards the order of the tokens, and is never held while one is verified or
    `site_of_token` is asked, so two threads may verify one new token twice, to the same claim.
    """

    def __init__(self, count_max: int = COUNT_MAX) -> None:
        assert count_max > 0
        self._count_max = count_max
        self._claim_and_secret_by_token: OrderedDict[str, tuple[Claim, bytes]] = OrderedDict()  # last used last
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._claim_and_secret_by_token)

    def claim_of(self, token: str, site_of_token: Callable[[str, int], SiteOfToken]) -> Claim:
        """Return the claim of a genuine token, or raise a BadToken: the same as `verify`, whether remembered or not."""
        known = self._find(token)
        if known is None:
            return self._verify(token, site_of_token)
        claim, secret = known
        site = site_of_token(claim.site, claim.generation)
        if site.secret != secret:  # both are ours, so the time that this takes tells nobody anything
            return self._verify(token, site_of_token)
        require_in_scope(claim, site)
        return claim

    def _verify(self, token: str, site_of_token: Callable[[str, int], SiteOfToken]) -> Claim:
        claim, site = read_genuine(token, site_of_token)
        if len(token) <= LENGTH_MAX:
            self._remember(token, claim, site.secret)
        return claim

    def _find(self, token: str) -> tuple[Claim, bytes] | None:
        # Not in constant time, and need not be: texts are compared only if their keyed hashes are equal.
        with self._lock:
            known = self._claim_and_secret_by_token.get(token)
            if known is not None:
                self._claim_and_secret_by_token.move_to_end(token)
            return known

    def _remember(self, token: str, claim: Claim, secret: bytes) -> None:
        with self._lock:
            self._claim_and_secret_by_token[token] = claim, secret
            self._claim_and_secret_by_token.move_to_end(token)
            if len(self._claim_and_secret_by_token) > self._count_max:
                self._claim_and_secret_by_token.popitem(last=False)
