"""base64url: one text for each run of bytes."""

import string
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button.base64url import decoded, encoded

ALPHABET = string.ascii_letters + string.digits + "-_"
ODD = ["A", "Q", "z", "-", "_", "+", "/", "=", ".", "!", " ", "\n", "é", "\ud800", "\x00"]


@given(st.binary())
def test_bytes_come_back_from_their_text(raw):
    assert encoded(raw) == urlsafe_b64encode(raw).decode().rstrip("=")
    assert decoded(encoded(raw)) == raw


@given(st.text() | st.text(ALPHABET) | st.lists(st.sampled_from(ODD)).map("".join))
def test_just_those_texts_are_read_that_encoding_gives_again(text):
    assert read(text) == by_definition(text)


@pytest.mark.parametrize("before", ["", "Q", "QQ", "QUJ", "-_-_"])
def test_just_those_endings_are_read_that_encoding_gives_again(before):
    texts = [before + "".join(ending) for ending in product(ALPHABET + "+/=.", repeat=2)]

    assert [text for text in texts if read(text) != by_definition(text)] == []


@pytest.mark.parametrize("text", ["QQ==", "QR", "Q", "QUJ", "Q Q", "QQ\n", "+/8", "QQ=A", "QQQQQ", "=", "é"])
def test_another_spelling_is_refused(text):
    with pytest.raises(ValueError):
        decoded(text)


def read(text):
    try:
        return decoded(text)
    except ValueError:
        return None


def by_definition(text):
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return raw if urlsafe_b64encode(raw).decode().rstrip("=") == text else None
