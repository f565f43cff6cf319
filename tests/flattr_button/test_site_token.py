"""The site token: public, one spelling, and never a token of a button."""

import re

import pytest

from flattr_button import Claim, ForgedToken, MalformedToken, SiteKey, SiteOfToken, SiteToken, sign, verify

SECRET = bytes(range(32))
SCOPE = "https://carla.example/blog/"
TOKEN = SiteToken.signed(SECRET, site="carlablog2", generation=2, scope=SCOPE)


def test_a_site_token_is_short_and_needs_no_escape_in_a_link():
    assert re.fullmatch(r"fst1_carlablog2_2_[a-z2-7]{26}", TOKEN.text())
    assert SiteToken.parse(TOKEN.text()) == TOKEN


def test_it_is_the_same_each_time_it_is_minted():
    assert SiteToken.signed(SECRET, site="carlablog2", generation=2, scope=SCOPE) == TOKEN


def test_it_is_good_for_its_scope():
    TOKEN.verify(SECRET, scope=SCOPE)


@pytest.mark.parametrize(
    ("token", "secret", "scope"),
    [
        (TOKEN, SECRET, "https://carla.example/"),
        (TOKEN, SECRET, "https://carla.example/blog/more/"),
        (TOKEN, b"x" * 32, SCOPE),
        (SiteToken("carlablog3", 2, TOKEN.signature), SECRET, SCOPE),
        (SiteToken("carlablog2", 3, TOKEN.signature), SECRET, SCOPE),
        (SiteToken("carlablog2", 2, "b" + TOKEN.signature[1:]), SECRET, SCOPE),
    ],
    ids=["wider scope", "narrower scope", "another key", "another site", "another generation", "edited"],
)
def test_it_is_good_for_nothing_else(token, secret, scope):
    with pytest.raises(ForgedToken):
        token.verify(secret, scope=scope)


@pytest.mark.parametrize("secret", [b"", b"x" * 31])
def test_an_empty_or_short_key_mints_nothing(secret):
    with pytest.raises(ValueError, match="empty or short key"):
        SiteToken.signed(secret, site="carlablog2", generation=2, scope=SCOPE)


@pytest.mark.parametrize(
    ("site", "generation"), [("carla", 1), ("carlablog2\n", 1), ("carlablog2", 0), ("carlablog2", 10_000)]
)
def test_none_is_minted_for_what_is_no_site(site, generation):
    with pytest.raises(ValueError, match="site id"):
        SiteToken.signed(SECRET, site=site, generation=generation, scope=SCOPE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fst1_SITE_TOKEN",
        TOKEN.text()[:-1],
        TOKEN.text() + "a",
        TOKEN.text() + "\n",
        TOKEN.text().upper(),
        TOKEN.text().replace("_2_", "_02_"),
        TOKEN.text().replace("_2_", "_٢_"),
        TOKEN.text().replace("fst1", "fsk1"),
        " " + TOKEN.text(),
    ],
)
def test_it_has_one_spelling(text):
    with pytest.raises(MalformedToken, match="copy it as a whole"):
        SiteToken.parse(text)


def test_neither_kind_of_token_passes_for_the_other():
    key = SiteKey("carlablog2", 2, b"0" * 64)
    claim = Claim(site="carlablog2", generation=2, url=f"{SCOPE}bees/", title="Bees")

    with pytest.raises(MalformedToken):
        SiteToken.parse(sign(claim, key))
    with pytest.raises(MalformedToken):
        verify(TOKEN.text(), lambda *_: SiteOfToken(SECRET, SCOPE))
    with pytest.raises(MalformedToken):
        verify(f"{TOKEN.text()}.{'A' * 43}", lambda *_: SiteOfToken(SECRET, SCOPE))
