"""Mutate tokens and hold `verify` to its promise: nothing not minted is accepted, nothing but a BadToken is raised,
and of each token itsdangerous says the same, but for what docs/token.md refuses beyond it.

    PYTHONPATH=.:plugins python tests/flattr_button/fuzz_tokens.py --count 1000000

Seeded, so a failure comes again.  Half of the mutations damage a minted token; the other half are signed with the
right key, so that they get past the signature to the code behind it.
"""

import argparse
import hashlib
import hmac
import json
import random
import string
import sys
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from flattr_button import BadToken, Claim, RetiredKey, SiteKey, SiteOfToken, UnknownSite, canonical_url, sign, verify
from tests.flattr_button.stock_verdict import compare_verdicts, stock

SITE, SCOPE = "carlablog2", "https://carla.example/blog/"
KEYS: Final = {
    generation: SiteKey(SITE, generation, hashlib.sha256(b"fuzz %d" % generation).hexdigest().encode())
    for generation in (1, 2)
}
FOREIGN_KEY: Final = SiteKey("cemsnotes3", 1, hashlib.sha256(b"fuzz cem").hexdigest().encode())
ALPHABET: Final = string.ascii_letters + string.digits + "-_"
ODD: Final = ".=+/ \n\r\t\x00%&#\u0661\u212a\ud800\udcff🐝" + ALPHABET[:8]
VALUES: Final[list[Any]] = [
    None, True, False, 0, -1, 1, 2, 9999, 10_000, 2**53, 10**400, -(10**400), 1.0, 1e308, "", " ", "x", "é", "e\u0301",
    "\u202e", "\u0000", "x" * 41, "x" * 201, [], ["x"], [[]], [1], ["x"] * 11, {}, {"v": 1}, SITE, FOREIGN_KEY.site,
    "javascript:alert(1)", "https://cem.example/", SCOPE, SCOPE + "..", SCOPE + "a b", "https://carla.example:1/blog/",
    "https://carla.example:" + "0" * 900 + "1" * 900 + "/", "http\u017f://carla.example/blog/", SCOPE + "%2e%2e/%00",
]  # fmt: skip
CLAIMS: Final = [
    Claim(site=SITE, generation=2, url=SCOPE + "bees/", title="How to keep bees"),
    Claim(site=SITE, generation=2, url=SCOPE + "%C3%BC/?page=2", title="Über 蜜蜂 🐝", language="de", tags=("a", "b")),
    Claim(site=SITE, generation=2, url=SCOPE, title="x", category="c", hidden=True, id="7", modified=1763596800),
]


class AcceptedForgery(AssertionError):
    """A token was accepted that nobody minted."""


@dataclass
class Outcome:
    """How many mutated tokens met which answer."""

    count: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    comparisons: Counter[str] = field(default_factory=Counter)


def site_of_token(site: str, generation: int) -> SiteOfToken:
    assert len(site) == 10
    assert 1 <= generation <= 9999
    if site == FOREIGN_KEY.site:
        return SiteOfToken(FOREIGN_KEY.secret, "https://cem.example/")
    if site != SITE or generation > 2:
        raise UnknownSite(site, generation)
    if generation == 1:
        raise RetiredKey(datetime(2026, 6, 30, tzinfo=UTC))
    return SiteOfToken(KEYS[2].secret, SCOPE)


def signed(raw: bytes, secret: bytes = KEYS[2].secret) -> str:
    return signed_as_spelt(urlsafe_b64encode(raw).decode().rstrip("="), secret)


def signed_as_spelt(payload: str, secret: bytes = KEYS[2].secret) -> str:
    mac = hmac.digest(secret, payload.encode(), "sha256")
    return f"{payload}.{urlsafe_b64encode(mac).decode().rstrip('=')}"


def unchanged(token: str, dice: random.Random) -> str:
    return token


def replaced(token: str, dice: random.Random) -> str:
    at = dice.randrange(len(token))
    return token[:at] + dice.choice(ALPHABET + ODD) + token[at + 1 :]


def inserted(token: str, dice: random.Random) -> str:
    at = dice.randrange(len(token) + 1)
    return token[:at] + dice.choice(ALPHABET + ODD) * dice.choice((1, 1, 4, 4000)) + token[at:]


def removed(token: str, dice: random.Random) -> str:
    at = dice.randrange(len(token))
    return token[:at] + token[at + dice.randint(1, 8) :]


def swapped(token: str, dice: random.Random) -> str:
    first, second = sorted(dice.sample(range(len(token)), 2))
    return token[:first] + token[second] + token[first + 1 : second] + token[first] + token[second + 1 :]


def last_bits(token: str, dice: random.Random) -> str:
    return token[:-1] + dice.choice(ALPHABET)


def spliced(token: str, dice: random.Random) -> str:
    other = dice.choice(MINTED_IN_ORDER)
    return f"{token.partition('.')[0]}.{other.partition('.')[2]}"


def of_foreign_key(token: str, dice: random.Random) -> str:
    secret = dice.choice((FOREIGN_KEY.secret, KEYS[1].secret, b"", bytes.fromhex(KEYS[2].secret.decode())))
    return signed(_claim_text(dice).encode(), secret)


def random_text(token: str, dice: random.Random) -> str:
    return "".join(dice.choices(ALPHABET + ODD, k=dice.randint(0, 90)))


def _claim_text(dice: random.Random) -> str:
    fields: dict[str, Any] = {"v": 1, "s": SITE, "g": 2, "u": SCOPE + "bees/", "t": "How to keep bees"}
    return json.dumps(fields, sort_keys=True, ensure_ascii=dice.random() < 0.5)


def odd_value(token: str, dice: random.Random) -> str:
    fields = json.loads(_claim_text(dice))
    fields[dice.choice("vsgutlckhim")] = dice.choice(VALUES)
    if dice.random() < 0.3:
        fields.pop(dice.choice("vsgut"), None)
    if dice.random() < 0.1:
        fields[dice.choice(("x", "V", "", "payee", "\ud800"))] = dice.choice(VALUES)
    return signed(json.dumps(fields).encode())


def damaged_json(token: str, dice: random.Random) -> str:
    raw = bytearray(_claim_text(dice).encode())
    for _ in range(dice.randint(1, 3)):
        raw[dice.randrange(len(raw))] = dice.randrange(256)
    return signed(bytes(raw))


def nested_json(token: str, dice: random.Random) -> str:
    depth = dice.randint(1, 1400)
    opening, closing = dice.choice((("[", "]"), ('{"v":', "}")))
    raw = (opening * depth + "1" + closing * depth) if dice.random() < 0.5 else opening * depth
    return signed(raw.encode()[:2900])


def loosely_spelt(token: str, dice: random.Random) -> str:
    payload = urlsafe_b64encode(_claim_text(dice).encode() + b" " * dice.randrange(3)).decode().rstrip("=")
    if dice.random() < 0.5:
        payload = payload[:-1] + dice.choice(ALPHABET)
    at = dice.randrange(len(payload) + 1)
    return signed_as_spelt(payload[:at] + dice.choice(("", "", "=", ".", "\n", "+", "/", "é", "A")) + payload[at:])


def loosely_signed(token: str, dice: random.Random) -> str:
    payload, _, signature = token.partition(".")
    at = dice.randrange(len(signature) + 1)
    return f"{payload}.{signature[:at]}{dice.choice('= ~+/.é')}{signature[at:]}"


def compressed(token: str, dice: random.Random) -> str:
    fields = json.loads(_claim_text(dice)) | {"t": "b" * dice.randrange(1, 4000)}
    return stock(KEYS[2].secret).dumps(fields)


MUTATIONS: Final[list[Callable[[str, random.Random], str]]] = [
    unchanged, replaced, inserted, removed, swapped, last_bits, spliced, of_foreign_key, random_text,
    odd_value, odd_value, odd_value, odd_value, damaged_json, damaged_json, damaged_json, nested_json,
    loosely_spelt, loosely_spelt, loosely_signed, compressed,
]  # fmt: skip
SIGNED_BY_US: Final = {odd_value, damaged_json, loosely_spelt, compressed}
MINTED: Final = {sign(claim, KEYS[2]): claim for claim in CLAIMS}
MINTED_IN_ORDER: Final = list(MINTED)


def judge(token: str, mutation: Callable[[str, random.Random], str]) -> str:
    """Return the name of the answer; raise if a promise is broken."""
    try:
        claim = verify(token, site_of_token)
    except BadToken as error:
        return type(error).__name__
    if MINTED.get(token) == claim:
        return "as minted"
    if mutation in SIGNED_BY_US and is_sound(token, claim):
        return "signed by us and sound"
    raise AcceptedForgery(f"{mutation.__name__} made {token!r}, accepted as {claim!r}")


def is_sound(token: str, claim: Claim) -> bool:
    """Tell whether a token that the right key signed says what was read from it, inside the scope."""
    payload, _, _ = token.partition(".")
    raw = json.loads(_decoded(payload))
    canonical = canonical_url(claim.url) == claim.url and claim.url.startswith(SCOPE)
    names = {"u": claim.url, "t": claim.title, "s": claim.site, "g": claim.generation}
    return token == signed(_decoded(payload)) and canonical and names == {name: raw[name] for name in names}


def _decoded(payload: str) -> bytes:
    return urlsafe_b64decode(payload + "=" * (-len(payload) % 4))


def fuzz(count: int, seed: int = 2026) -> Outcome:
    """Verify `count` mutated tokens.  Raises AcceptedForgery, DifferentVerdict, or what foreign exception escaped."""
    dice = random.Random(seed)
    outcome = Outcome()
    for _ in range(count):
        mutation = dice.choice(MUTATIONS)
        token = mutation(dice.choice(MINTED_IN_ORDER), dice)
        outcome.answers[judge(token, mutation)] += 1
        outcome.comparisons[compare_verdicts(token, SiteOfToken(KEYS[2].secret, SCOPE))] += 1
        outcome.count += 1
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    started = time.perf_counter()
    outcome = fuzz(arguments.count, arguments.seed)
    seconds = time.perf_counter() - started
    sys.stdout.write(
        f"{outcome.count} mutated tokens in {seconds:.0f} s (seed {arguments.seed}), no forgery accepted, "
        "no difference to itsdangerous without a rule\n"
    )
    for counter in (outcome.answers, outcome.comparisons):
        sys.stdout.write("".join(f"{times:>10} {answer}\n" for answer, times in counter.most_common()) + "\n")


if __name__ == "__main__":
    main()
