"""E-mail addresses."""

import time

import pytest

from receiver.domain.errors import BadEmail
from receiver.domain.person import normal_email


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("rosa@example.org", "rosa@example.org"),
        (" Rosa.Reads+flattr@Mail.Example.ORG ", "rosa.reads+flattr@mail.example.org"),
        ("o'brien@xn--bcher-kva.example", "o'brien@xn--bcher-kva.example"),
        ("otto@localhost", "otto@localhost"),
    ],
)
def test_an_address_is_kept_in_lower_case(text: str, address: str) -> None:
    assert normal_email(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "rosa", "@example.org", "rosa@", "rosa@example..org", "ro..sa@example.org", "rosa@example.org.",
        "rosa@-example.org", "rosa@example-.org", "a@b@example.org", "rosa@example.org, rui@example.org",
        "rosa@example.org\nBcc: all@example.org", "Rosa <rosa@example.org>", "röse@example.org", "rosa@exämple.org",
        f"{'a' * 65}@example.org", f"rosa@{'a' * 64}.org", f"a@{'a.' * 130}org", "rosa@[127.0.0.1]",
        "rosa\0@example.org",
    ],
)  # fmt: skip
def test_other_texts_are_no_addresses(text: str) -> None:
    with pytest.raises(BadEmail):
        normal_email(text)


@pytest.mark.parametrize("text", [f"a@{'a' * 240}!", f"a@{'a.' * 120}!", f"{'a.' * 120}", f"a@{'a-' * 120}"])
def test_no_text_keeps_the_pattern_busy(text: str) -> None:
    started = time.process_time()

    with pytest.raises(BadEmail):
        normal_email(text)

    assert time.process_time() - started < 0.1
