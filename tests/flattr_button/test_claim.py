"""Claims and what a blog makes them of."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button import BadClaim, BadUrl, SiteKey, claim_for_post, cleaned_title, sign
from flattr_button.claim import is_unsafe
from tests.flattr_button.makers import SCOPE, is_nfc

KEY = SiteKey("carlablog2", 2, b"0" * 64)
anything = st.text(st.characters())  # half characters too


@given(anything, st.integers(2, 200))
def test_a_cleaned_title_is_fit_for_a_claim_or_empty(text, points_max):
    title = cleaned_title(text, points_max=points_max)

    assert len(title) <= points_max
    assert is_nfc(title)
    assert cleaned_title(title, points_max=points_max) == title


@given(
    title=anything,
    language=st.none() | anything,
    category=st.none() | anything,
    tags=st.lists(anything, max_size=15),
    modified=st.none() | st.datetimes(timezones=st.none() | st.just(UTC)),
)
def test_whatever_an_author_writes_makes_a_claim_that_can_be_signed(title, language, category, tags, modified):
    claim = claim_for_post(
        KEY, url=SCOPE + "bees/", title=title, language=language, category=category, tags=tags, modified=modified
    )

    assert len(sign(claim, KEY)) <= 4000


def test_a_translation_names_its_original_and_an_original_nothing():
    translation = claim_for_post(
        KEY, url=SCOPE + "bees/", title="Bees", original="https://Carla.example/blog/bienen/#a"
    )

    assert translation.original == SCOPE + "bienen/"
    assert claim_for_post(KEY, url=SCOPE + "bees/", title="Bees", original=SCOPE + "bees/#top").original is None


def test_two_longest_addresses_with_the_longest_title_still_make_a_token():
    claim = claim_for_post(
        KEY, url=SCOPE + "b" * 990, title="🐝" * 500, original=SCOPE + "c" * 990, stable_id="🐝" * 128, tags=["x"]
    )

    assert len(sign(claim, KEY)) <= 4000
    assert claim.original is None


def test_a_post_with_everything_too_long_loses_its_tags_but_not_its_title():
    claim = claim_for_post(
        KEY, url=SCOPE + "b" * 990, title="🐝" * 500, tags=[f"{number}" + "🐝" * 50 for number in range(20)]
    )

    assert len(claim.title) == 200
    assert claim.title.endswith("…")
    assert claim.tags == ()


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("<em>Bees</em> &amp; honey", "Bees & honey"),
        ("a < b > c", "a < b > c"),
        ("if x<3 and y>2", "if x<3 and y>2"),
        ("Bees<!-- draft -->", "Bees"),
        ("  Bees \n and\thoney ", "Bees and honey"),
        ("Be\u200bes \u202eyenoh", "Bees yenoh"),
        ("Bu\u0308cher", "Bücher"),
        ("a\u200b\u0301", "á"),
        ("\u200d\u3164", SCOPE + "bees/"),
        ("<br>", SCOPE + "bees/"),
    ],
)
def test_a_title_is_cleaned(written, title):
    assert claim_for_post(KEY, url=SCOPE + "bees/", title=written).title == title


def test_a_time_without_zone_is_utc_on_every_machine():
    noon = datetime(2026, 11, 20, 12)  # noqa: DTZ001

    claims = {
        claim_for_post(KEY, url=SCOPE, title="x", modified=modified).modified
        for modified in (noon, noon.replace(tzinfo=UTC), noon.replace(hour=14, tzinfo=timezone(timedelta(hours=2))))
    }

    assert claims == {1795176000}


@pytest.mark.parametrize(("written", "language"), [("pt_BR", "pt-BR"), ("de", "de"), ("english", None), ("", None)])
def test_a_language_is_read_or_dropped(written, language):
    assert claim_for_post(KEY, url=SCOPE, title="x", language=written).language == language


def test_an_address_that_cannot_be_mended_is_the_authors_to_correct():
    with pytest.raises(BadUrl):
        claim_for_post(KEY, url="/blog/bees/", title="x")
    with pytest.raises(BadClaim):
        claim_for_post(KEY, url=SCOPE, title="x", stable_id="a\nb")


def test_a_stable_id_survives_a_new_address(bees):
    first, moved = (replace(bees, id="2026-bees", url=SCOPE + path) for path in ("bees/", "garden/bees/"))

    assert first.identity == moved.identity
    assert replace(bees, id=None).identity != replace(bees, id=None, url=SCOPE).identity
    assert replace(bees, id=bees.url).identity != bees.identity


@given(anything)
def test_a_claim_takes_no_title_that_cleaning_would_change_and_raises_only_bad_claim(bees, title):
    try:
        claim = replace(bees, title=title)
    except BadClaim:
        return

    assert cleaned_title(claim.title).split() == claim.title.split()


def test_whatever_python_prints_is_safe_to_show():
    """A claim asks Python first, character by character only if that says no."""
    printable = [character for character in map(chr, range(sys.maxunicode + 1)) if character.isprintable()]

    assert [character for character in printable if is_unsafe(character)] == []
    assert len(printable) > 100_000


def test_all_that_ascii_prints_shows_something_but_the_space():
    assert [character for character in map(chr, range(0x21, 0x7F)) if cleaned_title(character) != character] == []


@pytest.mark.parametrize("title", ["🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\U000e0041", "\ufffe", "\ufdd0", "\u2065", "a\u2066b", "a\u00adb", "\ue000"])
def test_invisible_characters_are_refused(title, bees):
    with pytest.raises(BadClaim):
        replace(bees, title=title)


def test_a_character_newer_than_our_unicode_is_let_through(bees):
    assert replace(bees, title="Bees \U0001faff\U0001fbfa").title


def test_a_claim_cannot_be_changed(bees):
    with pytest.raises(AttributeError):
        bees.title = "Wasps"
