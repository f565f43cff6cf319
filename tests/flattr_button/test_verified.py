"""Remembered tokens: the same answer as verifying, and no key outlives its retirement."""

import random
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button import (
    BadToken,
    Claim,
    ForgedToken,
    OutsideScope,
    RetiredKey,
    SiteKey,
    SiteOfToken,
    UnknownSite,
    VerifiedTokens,
    sign,
    verified,
    verify,
)
from flattr_button.verified import BYTES_EACH_MAX, COUNT_MAX, LENGTH_MAX
from tests.flattr_button.fuzz_tokens import MINTED_IN_ORDER, MUTATIONS, site_of_token
from tests.flattr_button.makers import SCOPE

KEY = SiteKey("carlablog2", 2, b"0" * 64)
PAGES = [
    sign(Claim(site=KEY.site, generation=2, url=f"{SCOPE}{number}/", title=f"Page {number}"), KEY)
    for number in range(6)
]


def of_carla(*_):
    return SiteOfToken(KEY.secret, SCOPE)


def refusing(error):
    def site_of_token(site, generation):
        raise error

    return site_of_token


@contextmanager
def counted():
    """Yield the tokens that are verified from the beginning, in order."""
    tokens = []

    def read_genuine(token, site_of_token):
        tokens.append(token)
        return original(token, site_of_token)

    original = verified.read_genuine
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verified, "read_genuine", read_genuine)
        yield tokens


@pytest.fixture
def verifications():
    with counted() as tokens:
        yield tokens


def test_a_remembered_token_is_verified_once_and_gives_the_same_claim(verifications):
    tokens = VerifiedTokens()

    claims = [tokens.claim_of(PAGES[0], of_carla) for _ in range(3)]

    assert claims == [verify(PAGES[0], of_carla)] * 3
    assert verifications == PAGES[:1]


def test_the_site_of_a_remembered_token_is_asked_for_each_time():
    tokens, asked = VerifiedTokens(), []

    def site_of_token(site, generation):
        asked.append((site, generation))
        return of_carla()

    for _ in range(3):
        tokens.claim_of(PAGES[0], site_of_token)

    assert asked == [(KEY.site, 2)] * 3


@pytest.mark.parametrize("error", [RetiredKey(datetime(2026, 6, 30, tzinfo=UTC)), UnknownSite(KEY.site, 2)])
def test_a_key_that_was_retired_meanwhile_is_refused_and_may_come_back(error):
    tokens = VerifiedTokens()
    tokens.claim_of(PAGES[0], of_carla)

    with pytest.raises(type(error)) as caught:
        tokens.claim_of(PAGES[0], refusing(error))

    assert caught.value is error
    assert tokens.claim_of(PAGES[0], of_carla)


def test_a_remembered_token_outside_the_scope_is_refused():
    tokens = VerifiedTokens()
    tokens.claim_of(PAGES[0], of_carla)

    with pytest.raises(OutsideScope):
        tokens.claim_of(PAGES[0], lambda *_: SiteOfToken(KEY.secret, SCOPE + "bees/"))


def test_a_remembered_token_is_forged_under_another_key_of_its_site():
    tokens = VerifiedTokens()
    tokens.claim_of(PAGES[0], of_carla)

    with pytest.raises(ForgedToken):
        tokens.claim_of(PAGES[0], lambda *_: SiteOfToken(b"1" * 64, SCOPE))


@pytest.mark.parametrize("secret", [b"", b"short"])
def test_a_short_key_is_refused_for_a_remembered_token_too(secret):
    tokens = VerifiedTokens()
    tokens.claim_of(PAGES[0], of_carla)

    with pytest.raises(ValueError, match="short key"):
        tokens.claim_of(PAGES[0], lambda *_: SiteOfToken(secret, SCOPE))


@pytest.mark.parametrize(
    ("token", "site_of_token"),
    [
        (PAGES[0][:-1] + "A", of_carla),
        ("no token", of_carla),
        (PAGES[0], lambda *_: SiteOfToken(b"1" * 64, SCOPE)),
        (PAGES[0], lambda *_: SiteOfToken(KEY.secret, "https://cem.example/")),
        (PAGES[0], refusing(UnknownSite(KEY.site, 2))),
    ],
)
def test_a_refused_token_is_not_remembered(token, site_of_token, verifications):
    tokens = VerifiedTokens()

    for _ in range(2):
        with pytest.raises(BadToken):
            tokens.claim_of(token, site_of_token)

    assert len(tokens) == 0
    assert verifications == [token, token]


def test_tokens_of_two_sites_do_not_mix(carla, cem):
    tokens = VerifiedTokens()
    claims = [
        Claim(site=key.site, generation=key.generation, url=SCOPE, title="The same title")
        for key in (carla, cem, carla)
    ]
    sites = {key.site: SiteOfToken(key.secret, SCOPE) for key in (carla, cem)}

    for _ in range(2):
        for claim, key in zip(claims, (carla, cem, carla), strict=True):
            assert tokens.claim_of(sign(claim, key), lambda site, _: sites[site]) == claim
    with pytest.raises(ForgedToken):
        tokens.claim_of(sign(claims[0], carla), lambda site, _: sites[cem.site])


def test_mutated_tokens_get_the_same_answer_new_and_remembered():
    dice, tokens = random.Random(1), VerifiedTokens(count_max=2)

    for _ in range(4_000):
        token = dice.choice(MUTATIONS)(dice.choice(MINTED_IN_ORDER), dice)
        expected = _answer(verify, token)
        assert [_answer(tokens.claim_of, token) for _ in range(2)] == [expected, expected]


def _answer(claim_of, token):
    try:
        return claim_of(token, site_of_token)
    except BadToken as error:
        return type(error), str(error)


@given(st.lists(st.sampled_from(PAGES), max_size=30), st.integers(1, 5))
def test_the_least_recently_used_goes_first(presses, count_max):
    tokens, kept, expected = VerifiedTokens(count_max), [], []
    with counted() as verifications:
        for token in presses:
            if token not in kept:
                expected.append(token)
            kept = [*(other for other in kept if other != token), token][-count_max:]
            tokens.claim_of(token, of_carla)
            assert len(tokens) == len(kept)

    assert verifications == expected


def test_a_long_token_is_verified_each_time(verifications):
    tokens = VerifiedTokens()
    claim = Claim(site=KEY.site, generation=2, url=f"{SCOPE}{'b' * 900}/", title="Long")
    long = sign(claim, KEY)

    assert len(long) > LENGTH_MAX
    assert [tokens.claim_of(long, of_carla) for _ in range(2)] == [claim, claim]
    assert len(tokens) == 0
    assert verifications == [long, long]


def test_memory_stays_within_its_bound():
    """One character beyond the first plane makes Python keep a whole text in four bytes each."""
    raw = [wasteful(number).encode() for number in range(400)]
    tokens = VerifiedTokens()

    tracemalloc.start()
    for token in raw:
        tokens.claim_of(token.decode(), lambda *_: SiteOfToken(b"".join([KEY.secret[:9], KEY.secret[9:]]), SCOPE))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert LENGTH_MAX - 60 < len(raw[0]) <= LENGTH_MAX
    assert len(tokens) == len(raw)
    assert 4_000 * len(raw) < size < BYTES_EACH_MAX * len(raw)
    assert COUNT_MAX * BYTES_EACH_MAX == 48 * 2**20


def wasteful(number):
    return sign(
        Claim(
            site=KEY.site, generation=2, url=f"{SCOPE}{number}", title="🐝" + "x" * 165, language="en",
            category="🐝" + "x" * 39, id="🐝" + "x" * 100, modified=2**52 + number,
            tags=tuple(f"🐝{tag}" + "x" * 21 for tag in range(10)),
        ), KEY
    )  # fmt: skip


def test_threads_share_it():
    tokens, dice = VerifiedTokens(count_max=3), random.Random(1)
    presses = dice.choices(PAGES, k=4_000)
    expected = [verify(token, of_carla) for token in presses]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            claims = list(threads.map(lambda token: tokens.claim_of(token, of_carla), presses))
    finally:
        sys.setswitchinterval(interval)

    assert claims == expected
    assert len(tokens) == 3
