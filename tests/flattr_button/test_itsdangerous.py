"""Our verdict on a signature is that of stock itsdangerous; where we refuse more, docs/token.md has the rule."""

import hashlib
import json
import string
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itsdangerous import Signer

from flattr_button import ForgedToken, SiteKey, SiteOfToken, sign
from tests.flattr_button import stock_verdict
from tests.flattr_button.fuzz_tokens import KEYS, MINTED_IN_ORDER, fuzz
from tests.flattr_button.makers import SCOPE, claims
from tests.flattr_button.stock_verdict import DifferentVerdict, compare_verdicts, stock

KEY = SiteKey("carlablog2", 2, b"0" * 64)
SITE = SiteOfToken(KEY.secret, SCOPE)
OF_THE_MINTED = SiteOfToken(KEYS[2].secret, SCOPE)
ALPHABET = string.ascii_letters + string.digits + "-_"
READ_THE_SAME = "both accept and read the same"

edits = st.text(ALPHABET + ".=+/ \n", max_size=2)
fields = st.fixed_dictionaries(
    {"v": st.just(1), "s": st.just(KEY.site), "g": st.integers(0, 3), "u": st.sampled_from([SCOPE, SCOPE + "bees/"])},
    optional={
        "t": st.text(max_size=12), "h": st.booleans(), "k": st.lists(st.text(max_size=3) | st.none(), max_size=2),
        "m": st.integers() | st.floats(), "x": st.none(),
    },
)  # fmt: skip


def signed(payload):
    return Signer(KEY.secret, key_derivation="none", digest_method=hashlib.sha256).sign(payload).decode()


def after(text):
    return text[:-1] + chr(ord(text[-1]) + 1)


@settings(max_examples=300)
@given(claims(KEY))
def test_both_read_the_same_from_what_we_sign(claim):
    assert compare_verdicts(sign(claim, KEY), SITE) == READ_THE_SAME


@settings(max_examples=1000)
@given(st.sampled_from(MINTED_IN_ORDER), st.integers(0, 300), edits, st.integers(0, 2))
def test_both_judge_an_edited_token_alike(token, first, edit, length):
    assert compare_verdicts(token[:first] + edit + token[first + length :], OF_THE_MINTED)


@settings(max_examples=1000)
@given(fields, st.booleans())
def test_both_read_the_same_from_whatever_json_the_key_signed(document, is_ascii):
    raw = json.dumps(document, ensure_ascii=is_ascii).encode(errors="replace")

    assert compare_verdicts(signed(urlsafe_b64encode(raw).rstrip(b"=")), SITE) != "both refuse"


@settings(max_examples=1000)
@given(st.text(ALPHABET + ".=+/ ", max_size=60) | st.text(max_size=60))
def test_both_refuse_a_random_text_and_take_the_signature_of_one_that_the_key_signed(text):
    assert compare_verdicts(text, SITE) == "both refuse"
    assert compare_verdicts(signed(text.encode(errors="replace")), SITE).startswith("the signature fits, refused by us")


@pytest.mark.parametrize(
    ("respell", "rule"),
    [
        (lambda payload, _: stock(KEY.secret).dumps({"t": "b" * 200}), "compressed"),
        (lambda payload, signature: f"{payload}.{signature}=", "not of the form"),
        (lambda payload, signature: f"{payload}.{signature[:9]}\n\n\n\n{signature[9:]}", "not of the form"),
        (lambda payload, signature: f"{payload}.{after(signature)}", "base64url not canonical"),
        (lambda payload, _: signed(payload + "="), "not of the form"),
        (lambda payload, _: signed(after(payload)), "base64url not canonical"),
        (lambda payload, _: signed("A" * 4000), "too long"),
    ],
)  # fmt: skip
def test_a_looser_spelling_that_itsdangerous_takes_is_refused_by_a_rule(respell, rule, bees):
    payload, _, signature = sign(bees, KEY).partition(".")

    assert compare_verdicts(respell(payload, signature), SITE) == f"the signature fits, refused by us: {rule}"


def test_thousands_of_mutations_are_judged_alike():
    comparisons = fuzz(10_000, seed=1).comparisons

    assert sum(comparisons.values()) == 10_000
    assert comparisons[READ_THE_SAME] > 500
    assert comparisons["both refuse"] > 1000
    assert len(comparisons) > 8  # rules that were met


def test_the_comparison_sees_a_verifier_that_takes_too_little_or_too_much(monkeypatch, bees):
    def too_strict(*_):
        raise ForgedToken

    genuine = sign(bees, KEY)

    monkeypatch.setattr(stock_verdict, "verify", too_strict)
    with pytest.raises(DifferentVerdict):
        compare_verdicts(genuine, SITE)
    monkeypatch.setattr(stock_verdict, "verify", lambda *_: bees)
    with pytest.raises(DifferentVerdict):
        compare_verdicts(genuine[:-1] + "A", SITE)
    with pytest.raises(DifferentVerdict):
        compare_verdicts(signed(genuine.partition(".")[0] + "="), SITE)
