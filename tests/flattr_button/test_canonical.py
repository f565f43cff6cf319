"""Addresses: one spelling, the same host to us as to a browser."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flattr_button import BadUrl, canonical_scope, canonical_url, is_in_scope

PIECES = [
    "http", "https", "HTTPS", "http\u017f", ":", "//", "/", "\\", "@", "?", "#", "&", "=", ";", "%", "%2e", "%2F",
    "%00", "%41", "%c3%bc", "..", ".", "a", "A", "carla.example", "xn--", "xn--bcher-kva", "ü", "Ü", "ß", "İ", "ſ",
    "\uff10", "\uff11\uff12", "0x7f", "127.1", "1", "443", "00000199999", "[::1]", "\u3002", "\uff0e", "\u00ad",
    "\u200d", "\ufe0f", "\ud800", "🐝", "'", '"', "<", "|", "^", "`", "{", "~", "utm_x=1", "ref", " ", "\t", "\n",
    "\x00", "\x7f",
]  # fmt: skip
soup = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
addresses = st.builds("{}://{}/{}".format, st.sampled_from(["http", "https", "HtTp"]), soup, soup) | st.builds(
    "https://carla.example{}{}".format, st.sampled_from(["/", "", "/a/b/", ":8443/"]), soup
)


def accepted(url):
    try:
        return canonical_url(url)
    except BadUrl:
        return None


@settings(max_examples=500)  # about half of them are refused
@given(addresses | st.text())
def test_the_canonical_spelling_is_a_fixpoint(url):
    canonical = accepted(url)
    if canonical is None:
        return

    assert canonical_url(canonical) == canonical
    assert canonical.isascii()
    assert canonical.startswith(("http://", "https://"))
    assert len(canonical) <= 1024
    assert not set(canonical) & set(' \\"<>^`{|}#')


@given(addresses | st.text())
def test_a_scope_is_a_fixpoint_and_holds_itself(url):
    try:
        scope = canonical_scope(url)
    except BadUrl:
        return

    assert canonical_scope(scope) == scope
    assert is_in_scope(scope, scope)


@given(soup)
def test_nothing_below_a_scope_leaves_it(rest):
    canonical = accepted(f"https://carla.example/blog/{rest}")
    if canonical is None:
        return

    assert canonical.startswith("https://carla.example/")
    if is_in_scope(canonical, "https://carla.example/blog/"):
        assert "/../" not in canonical.replace("%2F", "/").replace("%5C", "/") + "/"


@pytest.mark.parametrize("port", ["0" * 5000 + "443", "1" * 5000, "000001" + "9" * 5000])
def test_a_port_of_thousands_of_digits_is_refused_in_our_own_words(port):
    with pytest.raises(BadUrl):
        canonical_url(f"https://carla.example:{port}/")


def test_what_is_dropped_may_not_be_endless():
    with pytest.raises(BadUrl):
        canonical_url("https://carla.example/#" + "x" * 5000)


def test_an_error_shows_the_address_but_not_all_of_it():
    with pytest.raises(BadUrl) as caught:
        canonical_url("bees" * 1000)

    assert caught.value.url.startswith("bees")
    assert len(str(caught.value)) < 400
