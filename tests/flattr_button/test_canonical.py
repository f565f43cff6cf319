"""Addresses: one spelling, the same host to us as to a browser."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flattr_button import BadUrl, canonical_scope, canonical_url, is_in_scope
from flattr_button.canonical import is_plain, work_out

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

NEARLY_PLAIN = [
    "a", "z9", "carla", "example", "xn--", "xn--bcher-kva", "-", ".", "..", "/", "~", "_", "A", "0", "127", "0x7f",
    "%C3%BC", "%c3", "%41", "%2F", "%5C", "%2E", "%80", "%FF", "%", ";", "'", "@", ":", "?", "#", "ü", "\n",
    "&", "=", "p=1", "?p=1", "?a&", "ref", "utm_", "ut", "Ref", "gclid=",
    "a" * 61, "b" * 62, "c" * 63, "d" * 960,
]  # fmt: skip
pieces = st.lists(st.sampled_from(NEARLY_PLAIN), max_size=8).map("".join)
nearly_plain = st.builds("{}://{}.{}/{}".format, st.sampled_from(["http", "https", "Https"]), pieces, pieces, pieces)


def accepted(url):
    try:
        return canonical_url(url)
    except BadUrl:
        return None


@settings(max_examples=1000)
@given(nearly_plain | addresses)
def test_what_is_plain_at_first_sight_is_what_working_it_out_gives(url):
    assert not is_plain(url) or work_out(url) == url


@pytest.mark.parametrize(
    "form",
    [
        "https://{}{}{}.example/",
        "http://a.{}{}{}/",
        "https://a.example/{}{}{}",
        "https://a.example/{}?{}{}",
        "https://{}.{}/{}",
    ],
)
def test_the_first_sight_is_right_for_every_three_pieces(form):
    plain = [url for url in (form.format(*three) for three in product(NEARLY_PLAIN, repeat=3)) if is_plain(url)]

    assert [url for url in plain if work_out(url) != url] == []
    assert len(plain) > 100


@pytest.mark.parametrize(
    ("url", "is_so"),
    [
        ("https://carla.example/blog/bees/", True),
        ("http://blog.carla.co.example/2026/11/how-to-keep_bees~2.html", True),
        ("https://carla.example/%C3%BCber-b%C3%BCcher/", True),
        ("https://carla.example/" + "b" * 1002, True),
        ("https://carla.example/" + "b" * 1003, False),
        ("https://carla.example", False),
        ("https://xn--bcher-kva.example/", False),
        ("https://carla.example/.well-known/", False),
        ("https://carla.example/?p=123&lang=de", True),
        ("https://carla.example/?page=2&ref=feed", False),
        ("https://carla.example/?", False),
        ("https://carla.example/\n", False),
    ],
)
def test_only_what_needs_no_thought_is_plain(url, is_so):
    assert is_plain(url) is is_so


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
