"""Words by which things are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receiver.domain.search import LABEL_POINTS_MAX, Term, Wanted, label, sought, words_of_site, words_of_thing


def of(title: str) -> str:
    return words_of_thing(title, language=None, category=None, tags=())


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("It’s O(n) — again, again!", "it s o n again"),
        ("Crème BRÛLÉE", "creme brulee"),
        ("Straße, Smørrebrød, Łódź", "strasse smorrebrod lodz"),
        ("İstanbul ılık", "istanbul ilik"),
        ("قَلَم", "قلم"),
        ("हिन्दी", "हिन्दी"),
        ("ガイド", "ガイ イド ド"),
        ("ﾊﾟﾝ", "パン ン"),
        ("東京 2026年", "東京 京 2026 年"),
        ("한국어 책", "한국어 책"),
        ("🍞🍞 loaf", "🍞 loaf"),
        ("x" * 100, "x" * 40),
        ("", ""),
    ],
)
def test_words_are_folded_and_stand_once(title: str, words: str) -> None:
    assert of(title) == words


def test_categories_tags_and_languages_are_words_that_nobody_can_type() -> None:
    words = words_of_thing("Rye", language="de-AT", category="Das Brot", tags=("Öfen",))

    assert words == "rye das brot ofen §tofen §cdas·brot §lde·at §lde"
    assert [term.word for term in sought("§lde §cdas·brot")] == ["lde", "cdas", "brot"]


def test_a_site_is_found_by_title_and_place() -> None:
    assert words_of_site("The Oven", "https://bread.example/~carla/") == "the oven bread example carla"


def test_short_words_are_sought_whole_and_long_ones_by_their_beginning() -> None:
    assert sought("a rye 東京都 屋") == [
        Term("a"),
        Term("rye", is_beginning=True),
        Term("東京"),
        Term("京都"),
        Term("屋", is_beginning=True),
    ]


@given(st.text(max_size=300))
def test_words_and_labels_hold_nothing_that_a_database_reads(text: str) -> None:
    words = [term.word for term in Wanted(text, category=text, tag=text, language=text, site=text).terms]

    assert not set(""" "'\\()*:&|!<>^-+%_\x00""") & set("".join(words))
    assert all(0 < len(word) <= LABEL_POINTS_MAX + 2 for word in words)


@given(st.text(max_size=40))
def test_what_was_indexed_is_found_by_itself(text: str) -> None:
    indexed = words_of_thing(text, language=None, category=text or None, tags=()).split(" ")

    for term in sought(text):
        assert any(word == term.word or (term.is_beginning and word.startswith(term.word)) for word in indexed)
    assert not text or label("c", text) in indexed
