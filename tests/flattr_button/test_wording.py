"""The words on a button, in the language of the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button.wording import LANGUAGES, wording


@pytest.mark.parametrize(
    ("tag", "spoken"),
    [
        ("de-AT", "de"),
        ("DE_ch", "de"),
        ("pt_BR", "pt"),
        ("fr-CA-x-mine", "fr"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh_SG", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-Hant-MO", "zh-Hant"),
        ("zh-Hans-TW", "zh-Hans"),
        ("yue", "zh-Hant"),
        ("iw_IL", "he"),
        ("ar_DZ", "ar"),
        (" sv ", "sv"),
        ("dea", "en"),
        ("hu", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_a_page_is_spoken_to_in_its_language(tag, spoken):
    assert wording(tag)[0] == spoken


def test_each_language_names_flattr_in_words_of_its_own():
    texts = [wording(language)[1] for language in LANGUAGES]

    assert len(set(texts)) == len(LANGUAGES)
    assert [text for text in texts if "flattr" not in text.lower()] == []


@given(st.text())
def test_no_tag_is_too_odd_for_an_answer(tag):
    assert wording(tag)[0] in LANGUAGES
