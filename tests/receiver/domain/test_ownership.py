"""One line proves a site, in whichever way a panel writes it; a record speaks for whole hosts alone."""

import pytest

from receiver.domain.ownership import SHOWN_POINTS_MAX, is_proof, proof_line, record_name, shown

LINE = proof_line(receiver="https://flattr.example/", site="abcdefghij")


@pytest.mark.parametrize("said", [LINE, f'"{LINE}"', f"  {LINE} ", LINE.replace(" ", "   "), f"'{LINE}'"])
def test_quotes_and_spaces_of_a_panel_change_nothing(said):
    assert is_proof(said, LINE)


@pytest.mark.parametrize(
    "said",
    [
        "", "abcdefghij", LINE.upper(), f"{LINE}x", f"{LINE} site=another", LINE.replace("https", "http"),
        "site=abcdefghij receiver=https://flattr.example/",
        LINE.replace("flattr.example", "flattr.example.evil.example"),
    ],
)  # fmt: skip
def test_anything_else_proves_nothing(said):
    assert not is_proof(said, LINE)


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("https://blog.example/", "_flattr.blog.example"),
        ("http://blog.example/", "_flattr.blog.example"),
        ("https://xn--mhle-0ra.example/", "_flattr.xn--mhle-0ra.example"),
        ("https://university.example/~carla/", None),
        ("https://blog.example:8443/", None),
        ("http://127.0.0.1/", None),
        ("http://localhost/", None),
        ("http://[::1]/", None),
    ],
)
def test_a_record_is_offered_for_a_whole_host_that_has_a_name(scope, name):
    assert record_name(scope) == name


def test_what_was_found_fits_a_sentence():
    assert shown(["a\n b", "c\x00\u202e"]) == "a b | c��"
    assert shown(["x" * 4_000]) == "x" * SHOWN_POINTS_MAX + "…"
