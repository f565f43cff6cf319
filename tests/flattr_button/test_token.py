"""Sign and verify: what was signed comes back, and nothing else gets in."""

import hashlib
import json
import string
from base64 import urlsafe_b64encode
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itsdangerous import Signer, URLSafeSerializer
from itsdangerous.encoding import base64_encode

from flattr_button import (
    BadToken,
    Claim,
    ForgedToken,
    MalformedToken,
    OutsideScope,
    SiteKey,
    SiteOfToken,
    TokenTooLong,
    UnknownSite,
    sign,
    verify,
)
from flattr_button.token import TokenSerializer
from tests.flattr_button.fuzz_tokens import fuzz
from tests.flattr_button.makers import SCOPE, claims, keys

ALPHABET = string.ascii_letters + string.digits + "-_"


def known(*of_keys, scope=SCOPE):
    """Return the look-up of a receiver that knows these keys."""
    sites = {(key.site, key.generation): SiteOfToken(key.secret, scope) for key in of_keys}

    def site_of_token(site, generation):
        if (site, generation) not in sites:
            raise UnknownSite(site, generation)
        return sites[site, generation]

    return site_of_token


def never_asked(site, generation):
    raise AssertionError("a malformed token must not reach the database")


def plain_itsdangerous(key):
    return URLSafeSerializer(key.secret, signer_kwargs={"key_derivation": "none", "digest_method": hashlib.sha256})


@given(st.data(), keys)
def test_a_signed_claim_comes_back(data, key):
    claim = data.draw(claims(key))

    token = sign(claim, key)

    assert verify(token, known(key)) == claim
    assert sign(claim, key) == token


@given(st.data(), keys, keys)
def test_a_token_of_another_key_is_refused(data, key, other):
    token = sign(data.draw(claims(key)), key)
    impostor = SiteKey(key.site, key.generation, other.secret)

    if key.secret != other.secret:
        with pytest.raises(ForgedToken):
            verify(token, known(impostor))


def test_every_edit_of_one_character_is_refused(carla, bees):
    token = sign(bees, carla)
    edits = {token[:at] + character + token[at + 1 :] for at in range(len(token)) for character in ALPHABET + ".=+/"}
    edits |= {token[:at] + token[at + 1 :] for at in range(len(token))}
    edits |= {token[:at] + character + token[at:] for at in range(len(token) + 1) for character in ".=A"}

    accepted = [edit for edit in edits - {token} if _is_accepted(edit, known(carla))]

    assert accepted == []
    assert len(edits) > 10_000


def _is_accepted(token, site_of_token):
    try:
        verify(token, site_of_token)
    except BadToken:
        return False
    return True


def test_of_all_64_last_characters_one_is_accepted(carla, bees):
    token = sign(bees, carla)

    accepted = [character for character in ALPHABET if _is_accepted(token[:-1] + character, known(carla))]

    assert accepted == [token[-1]]


@given(st.text() | st.text(ALPHABET + ".", max_size=90) | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_refused_before_a_site_is_asked(text):
    with pytest.raises(BadToken):
        verify(text, never_asked)


@settings(max_examples=300)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("vsgutlckhimx") | st.text(), inner),
    )
)
def test_any_json_signed_with_the_right_key_gives_a_claim_or_a_bad_token(document):
    key = SiteKey("carlablog2", 2, b"0" * 64)
    token = TokenSerializer(key.secret).dumps(document)

    try:
        claim = verify(token, known(key))
    except BadToken:
        return
    assert isinstance(claim, Claim)


def test_fuzzed_tokens_are_refused_in_our_own_words():
    outcome = fuzz(30_000)

    assert outcome.count == 30_000
    assert {"MalformedToken", "ForgedToken", "TokenTooLong", "OutsideScope"} <= outcome.answers.keys()


def test_plain_itsdangerous_verifies_our_tokens(carla, bees):
    fields = plain_itsdangerous(carla).loads(sign(bees, carla))

    assert fields["u"] == bees.url
    assert fields["t"] == bees.title


def test_we_verify_what_the_signer_of_itsdangerous_signs(carla, bees):
    fields = {"v": 1, "s": carla.site, "g": carla.generation, "u": bees.url, "t": bees.title}
    signer = Signer(carla.secret, key_derivation="none", digest_method=hashlib.sha256)

    token = signer.sign(base64_encode(json.dumps(fields))).decode()

    assert verify(token, known(carla)) == replace(bees, language=None, tags=())


def test_a_compressed_token_is_refused_though_itsdangerous_signed_it(carla, bees):
    fields = {"v": 1, "s": carla.site, "g": carla.generation, "u": bees.url, "t": "b" * 200}
    token = plain_itsdangerous(carla).dumps(fields)

    assert token.startswith(".")
    with pytest.raises(MalformedToken):
        verify(token, never_asked)


def test_we_never_compress(carla, bees):
    token = sign(replace(bees, title="b" * 200), carla)

    assert not token.startswith(".")


@pytest.mark.parametrize("secret", [b"", b"short", b"0" * 31])
def test_an_empty_or_short_key_neither_signs_nor_verifies(secret, carla, bees):
    with pytest.raises(ValueError, match="short key"):
        TokenSerializer(secret)
    with pytest.raises(ValueError, match="short key"):
        verify(sign(bees, carla), lambda *_: SiteOfToken(secret, SCOPE))


def test_the_key_of_another_site_does_not_sign(bees, cem):
    with pytest.raises(ValueError, match="another site"):
        sign(bees, cem)


def test_a_claim_that_does_not_fit_is_not_signed(carla, bees):
    long = replace(bees, title="🐝" * 200, tags=tuple(f"{number}" + "🐝" * 39 for number in range(10)))

    with pytest.raises(TokenTooLong) as caught:
        sign(replace(long, url=bees.url + "b" * 900), carla)

    assert caught.value.limit == 4000
    assert caught.value.length > 4000


def test_a_token_of_4000_characters_is_read_and_one_more_is_not():
    for length, error in ((4000, MalformedToken), (4001, TokenTooLong)):
        payload = urlsafe_b64encode(b" " * 3000).decode()[: length - 44]
        with pytest.raises(error):
            verify(f"{payload}.{'A' * 43}", never_asked)


def test_the_signature_is_checked_before_the_bounds_of_the_claim(carla, bees):
    fields = {"v": 1, "s": carla.site, "g": carla.generation, "u": "https://elsewhere.example/#x", "t": ""}
    payload = TokenSerializer(carla.secret).dumps(fields).partition(".")[0]

    with pytest.raises(ForgedToken):
        verify(f"{payload}.{'A' * 43}", known(carla))


def test_a_scope_does_not_hold_its_neighbours(carla, bees):
    token = sign(replace(bees, url="https://carla.example/blog2/"), carla)

    with pytest.raises(OutsideScope) as caught:
        verify(token, known(carla))

    assert caught.value.scope == SCOPE


def test_no_secret_shows_in_a_repr(carla):
    shown = repr(carla) + repr(SiteOfToken(carla.secret, SCOPE)) + str(carla)

    assert carla.secret.decode() not in shown
