"""Sign and verify a thousand tokens, beside their bare HMACs."""

import hashlib
import hmac

from bench.measure import Ratio, compare
from flattr_button import Claim, SiteKey, SiteOfToken, button_html, sign, verify


def run(*, count: int = 1_000, rounds: int = 7) -> list[Ratio]:
    key = SiteKey("benchmarka", 1, hashlib.sha256(b"bench").hexdigest().encode())
    claims = [
        Claim(site=key.site, generation=1, url=f"https://blog.example/{number}/", title=f"Post number {number}")
        for number in range(count)
    ]
    tokens = [sign(claim, key) for claim in claims]
    payloads = [token.partition(".")[0].encode() for token in tokens]
    site = SiteOfToken(key.secret, "https://blog.example/")

    def bare_hmacs() -> None:
        for payload in payloads:
            hmac.digest(key.secret, payload, hashlib.sha256)

    return [
        compare(
            f"sign {count} claims ÷ HMAC", lambda: [sign(claim, key) for claim in claims], bare_hmacs, rounds=rounds
        ),
        compare(
            f"verify {count} tokens ÷ HMAC",
            lambda: [verify(token, lambda *_: site) for token in tokens],
            bare_hmacs,
            rounds=rounds,
        ),
        compare(
            f"write {count} buttons ÷ HMAC",
            lambda: [button_html("https://flattr.example", token) for token in tokens],
            bare_hmacs,
            rounds=rounds,
        ),
    ]
