"""Clicks that an application signs: as strict as tokens, and never one."""

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button import (
    ApplicationClick,
    BadClickKey,
    BadToken,
    ClickKey,
    ForgedToken,
    MalformedToken,
    read_click,
    sign,
    verify,
)

KEY = ClickKey("rosasfeedreader2", b"0" * 64)
OTHER = ClickKey("rosasfeedreader2", b"1" * 64)
nonces = st.text("abcXYZ019_-", min_size=16, max_size=64)


def press(nonce="a-nonce-of-16-ch", pressed_at=1763596800, token="eyJ2IjoxfQ." + "A" * 43):
    return ApplicationClick(KEY.id, token, nonce, pressed_at)


def never_asked(key_id):
    raise AssertionError("a malformed click must not reach the database")


@given(nonces, st.integers(0, 2**33 - 1), st.text(st.characters(codec="utf-8"), max_size=300))
def test_a_signed_click_comes_back(nonce, pressed_at, token):
    click = press(nonce, pressed_at, token)

    assert read_click(click.signed(KEY), lambda _: KEY.secret) == click


def test_a_click_of_another_key_is_refused():
    with pytest.raises(ForgedToken):
        read_click(press().signed(OTHER), lambda _: KEY.secret)


@given(st.text(st.characters()) | st.text("AZaz09-_.", max_size=200))
def test_any_text_is_refused_before_a_key_is_asked(text):
    with pytest.raises(BadToken):
        read_click(text, never_asked)


@pytest.mark.parametrize(
    "fields",
    [
        {"a": "\ud800" * 16},
        {"a": "ROSASFEEDREADER2"},
        {"v": 2},
        {"v": True},
        {"n": "short"},
        {"n": "a" * 65},
        {"p": -1},
        {"p": 2**33},
        {"p": 1.0},
        {"t": None},
        {"x": 1},
    ],
)
def test_a_field_out_of_bounds_is_refused_before_a_key_is_asked(fields):
    sound = {"v": 1, "a": KEY.id, "t": "a.token", "n": "a-nonce-of-16-ch", "p": 1763596800}
    payload = urlsafe_b64encode(json.dumps(sound | fields).encode()).decode().rstrip("=")

    with pytest.raises(BadToken):
        read_click(f"{payload}.{'A' * 43}", never_asked)


@pytest.mark.parametrize(
    "respell",
    [
        lambda payload, signature: f"{after(payload)}.{signature}",
        lambda payload, signature: f"{payload}.{after(signature)}",
    ],
)
def test_another_spelling_of_the_base64_is_refused_before_a_key_is_asked(respell):
    payload, _, signature = press(nonce="a-nonce-of-17-chs").signed(KEY).partition(".")

    assert len(payload) % 4 != 0
    with pytest.raises(MalformedToken):
        read_click(respell(payload, signature), never_asked)


def after(text):
    return text[:-1] + chr(ord(text[-1]) + 1)


def test_a_field_that_stands_twice_is_refused_before_a_key_is_asked():
    fields = json.dumps({"v": 1, "a": KEY.id, "t": "a.token", "n": "a-nonce-of-16-ch", "p": 1763596800})
    payload = urlsafe_b64encode((fields[:-1] + ', "p": 1763596801}').encode()).decode().rstrip("=")

    with pytest.raises(MalformedToken):
        read_click(f"{payload}.{'A' * 43}", never_asked)


def test_every_edit_of_one_character_is_refused():
    text = press().signed(KEY)
    edits = {text[:at] + character + text[at + 1 :] for at in range(len(text)) for character in "AQz9-_.="} - {text}

    assert [edit for edit in edits if _is_accepted(edit)] == []


def _is_accepted(text):
    try:
        return bool(read_click(text, lambda _: KEY.secret))
    except BadToken:
        return False


@pytest.mark.parametrize("secret", [b"", b"short", b"0" * 31])
def test_an_empty_or_short_key_reads_no_click(secret):
    with pytest.raises(ValueError, match="short key"):
        read_click(press().signed(KEY), lambda _: secret)


def test_a_click_is_no_token_and_a_token_no_click_even_under_one_key(bees, carla):
    token = sign(bees, carla)
    click = ApplicationClick(KEY.id, token, "a-nonce-of-16-ch", 0).signed(ClickKey(KEY.id, carla.secret))

    with pytest.raises(BadToken):
        read_click(token, lambda _: carla.secret)
    with pytest.raises(BadToken):
        verify(click, lambda *_: pytest.fail("asked for a site"))


def test_the_largest_token_fits_into_a_click():
    click = press(token="A" * 3956 + "." + "A" * 43)

    assert read_click(click.signed(KEY), lambda _: KEY.secret) == click


@given(st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=16, max_size=16))
def test_a_click_key_is_written_and_read(key_id):
    key = ClickKey(key_id, b"5" * 64)

    assert ClickKey.parse(f" {key.text()}\n") == key
    with pytest.raises(BadClickKey):
        ClickKey.parse(key.text()[:-1])


@pytest.mark.parametrize(("key_id", "secret"), [("", b"0" * 64), ("rosasfeedreader2", b""), ("a" * 16, b"0" * 63)])
def test_no_click_key_is_made_of_less(key_id, secret):
    with pytest.raises(BadClickKey):
        ClickKey(key_id, secret)


def test_the_secret_of_a_click_key_does_not_show():
    assert KEY.secret.decode() not in repr(KEY)
