"""A preview looks like the button and is none."""

import pytest

from flattr_button import button_html
from flattr_button.preview import preview_button


def test_a_preview_has_the_words_and_the_icon_of_the_button():
    signed, preview = button_html("https://flattr.example", "a.b", language="de"), preview_button("de")

    inner = signed[signed.index("<svg") : signed.index("</a>")]
    assert inner in preview
    assert preview.startswith('<a class="flattr-preview flattr-button" title="Preview: ')
    assert preview.endswith("<small>preview</small></a>")


@pytest.mark.parametrize("trace", ["href", "http", "rel=", "/f/"])
def test_a_preview_leads_nowhere(trace):
    assert trace not in preview_button("en")
