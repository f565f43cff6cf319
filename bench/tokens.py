"""Sign and verify a thousand tokens and clicks, beside their bare HMACs."""

import hashlib
import hmac
from collections.abc import Callable

from bench.measure import Ratio, compare
from flattr_button import (
    ApplicationClick,
    Claim,
    ClickKey,
    SiteKey,
    SiteOfToken,
    VerifiedTokens,
    button_html,
    read_click,
    sign,
    verify,
)

KEY = SiteKey("benchmarka", 1, hashlib.sha256(b"bench").hexdigest().encode())
CLICK_KEY = ClickKey("rosasfeedreader2", hashlib.sha256(b"bench click").hexdigest().encode())
SITE = SiteOfToken(KEY.secret, "https://blog.example/")


def run(*, count: int = 1_000, rounds: int = 7) -> list[Ratio]:
    claims = [_claim(number) for number in range(count)]
    tokens = [sign(claim, KEY) for claim in claims]
    clicks = [_click(token, number) for number, token in enumerate(tokens)]
    of_tokens, of_clicks = _bare_hmacs(KEY.secret, tokens), _bare_hmacs(CLICK_KEY.secret, clicks)
    remembered = VerifiedTokens(count_max=count)
    for token in tokens:
        remembered.claim_of(token, _site_of_token)
    received = [token.encode() for token in tokens]  # a text that was hashed before would be found faster

    return [
        compare(
            f"sign {count} claims ÷ HMAC", lambda: [sign(claim, KEY) for claim in claims], of_tokens, rounds=rounds
        ),
        compare(
            f"verify {count} tokens ÷ HMAC",
            lambda: [verify(token, _site_of_token) for token in tokens],
            of_tokens,
            rounds=rounds,
        ),
        compare(
            f"verify {count} remembered tokens ÷ HMAC",
            lambda: [remembered.claim_of(token.decode(), _site_of_token) for token in received],
            of_tokens,
            rounds=rounds,
        ),
        compare(
            f"read {count} clicks of applications ÷ HMAC",
            lambda: [read_click(click, lambda _: CLICK_KEY.secret) for click in clicks],
            of_clicks,
            rounds=rounds,
        ),
        compare(
            f"write {count} buttons ÷ HMAC",
            lambda: [button_html("https://flattr.example", token) for token in tokens],
            of_tokens,
            rounds=rounds,
        ),
    ]


def _claim(number: int) -> Claim:
    """Return a claim as a blog makes it; its token has about 250 characters."""
    return Claim(
        site=KEY.site,
        generation=1,
        url=f"https://blog.example/2026/post-{number}/",
        title=f"How to keep bees, part {number}",
        language="en",
        tags=("bees", "honey"),
        modified=1763596800 + number,
    )


def _click(token: str, number: int) -> str:
    return ApplicationClick(CLICK_KEY.id, token, f"nonce-of-click-{number:08}", 1763596800).signed(CLICK_KEY)


def _site_of_token(*_: object) -> SiteOfToken:
    return SITE


def _bare_hmacs(secret: bytes, signed: list[str]) -> Callable[[], None]:
    payloads = [text.partition(".")[0].encode() for text in signed]

    def run() -> None:
        for payload in payloads:
            hmac.digest(secret, payload, hashlib.sha256)

    return run
