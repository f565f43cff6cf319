"""The button in each snippet is the one of `flattr_button`, told without any generator."""

import re

import pytest

from flattr_button import button_html
from tests.snippets.write_buttons import WITH_A_BUTTON, drawing, with_drawing


@pytest.mark.parametrize("path", WITH_A_BUTTON, ids=lambda path: path.parent.name)
def test_a_snippet_draws_the_button_of_flattr_button(path):
    text = path.read_text()

    assert drawing() in text
    assert text == with_drawing(text), "run: python -m tests.snippets.write_buttons"


@pytest.mark.parametrize("path", WITH_A_BUTTON, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_snippet_has_the_words_of_flattr_button(path, language):
    words = re.search("<span>(.*)</span>", button_html("https://flattr.example", "TOKEN", language=language))[1]

    assert words in path.read_text()
