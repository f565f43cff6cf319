"""JSON of signed texts: what `json` reads, less what two readers could read differently."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button.flat_json import read_flat

white_space = st.text(" \t\n\r", max_size=3)
whole = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=4),
)


@given(whole, st.booleans(), white_space, white_space)
def test_what_json_writes_is_read_whatever_white_space_is_around(document, is_ascii, before, behind):
    raw = (before + json.dumps(document, ensure_ascii=is_ascii) + behind).encode()

    assert read_flat(raw) == document


@given(st.binary(max_size=12) | st.text('[]{}:,"01 eE-.\u00a0\ufeff', max_size=12).map(str.encode))
def test_nothing_is_read_that_json_does_not_read_the_same(raw):
    try:
        value = read_flat(raw)
    except ValueError:
        return

    assert value == json.loads(raw.decode())


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "{} {}", "{},", "1.0", "1e2", "-1.5", "NaN", "Infinity", "-Infinity",
        '{"v": 1, "v": 1}', '[{"a": 1, "a": 2}]',
        "\ufeff{}", "\u00a0{}", "{}\u2003", "{}\x00", "{'v': 1}", "[1,]",
    ],
)  # fmt: skip
def test_what_two_readers_could_read_differently_is_refused(text):
    with pytest.raises(ValueError):
        read_flat(text.encode())


def test_a_list_a_hundred_thousand_deep_does_not_end_the_process():
    with pytest.raises(RecursionError):
        read_flat(b"[" * 100_000)
