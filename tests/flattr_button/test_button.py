"""The button: a plain, small, safe link."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button import LOOKS, BadLook, button_html, button_url, head_link, require_look
from flattr_button.button import BUTTON_BYTES_MAX
from flattr_button.wording import LANGUAGES, count_wording, wording
from tests.flattr_button.makers import RECEIVER

TOKEN = "eyJ2IjoxfQ.c2lnbmF0dXJl"


class Elements(HTMLParser):
    """What a browser would make of a fragment: tags with their attributes, and the text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.closed = [], "", []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        self.closed.append(tag)

    def handle_data(self, data):
        self.text += data


every_look = pytest.mark.parametrize("look", LOOKS)
every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_look
@every_language
def test_a_button_costs_at_most_1024_bytes_beside_the_token(language, look):
    html = button_html("https://flattr.some-longer-name.example/", TOKEN, language=language, look=look)

    assert len(html.encode()) - len(TOKEN) <= BUTTON_BYTES_MAX == 1024


@every_look
@every_language
def test_a_button_with_a_count_costs_no_more_than_that(language, look):
    html = button_html("https://flattr.some-longer-name.example/", TOKEN, language=language, look=look, count=9_999_999)

    assert len(html.encode()) - len(TOKEN) <= BUTTON_BYTES_MAX


@every_look
@every_language
def test_a_count_is_a_number_to_the_eye_and_a_sentence_to_the_ear(language, look):
    with_count = Elements(button_html(RECEIVER, TOKEN, language=language, look=look, count=12))
    without = Elements(button_html(RECEIVER, TOKEN, language=language, look=look))

    (_, attributes), *_, (last, count) = with_count.tags
    assert with_count.text == f"{without.text} 12"
    assert (last, count["title"]) == ("small", count_wording(language, 12))
    assert attributes["aria-label"] == f"{without.text} ({count_wording(language, 12)})"
    assert "aria-label" not in without.tags[0][1]


@pytest.mark.parametrize("count", [None, 0])
def test_no_clicks_are_no_number(count):
    assert button_html(RECEIVER, TOKEN, count=count) == button_html(RECEIVER, TOKEN)


@every_look
@every_language
def test_a_button_asks_for_nothing_until_it_is_clicked(language, look):
    html = button_html(RECEIVER, TOKEN, language=language, look=look)

    assert {tag for tag, _ in Elements(html).tags} <= {"a", "svg", "circle", "path", "span"}
    assert not re.search(r"\bsrc|srcset|@import|url\(|<script|<form|<img|<iframe|<link|\son\w+=|ping=|prefetch", html)
    assert html.count("http") == 1


@every_look
@every_language
def test_a_button_is_a_link_with_words_in_the_language_of_the_page(language, look):
    elements = Elements(button_html(RECEIVER, TOKEN, language=f"{language}-XX", look=look))

    tag, attributes = elements.tags[0]
    assert tag == "a"
    assert attributes["href"] == f"https://flattr.example/f/{TOKEN}"
    assert attributes["rel"] == "payment nofollow noopener"
    assert attributes["referrerpolicy"] == "origin"
    assert (attributes["lang"], elements.text.strip()) == wording(language)
    assert attributes["lang"] == language
    assert elements.closed[-1] == "a"


@pytest.mark.parametrize(
    ("page", "direction"),
    [("he", "rtl"), ("ar-EG", "rtl"), ("fa", "rtl"), ("ur", "ltr"), ("pa-Arab-PK", "ltr"), ("de", None), (None, None)],
)
def test_a_button_says_in_which_direction_it_reads_where_that_may_not_be_the_pages(page, direction):
    """A page in Urdu reads from right to left, and its button, for want of words, is English."""
    _, attributes = Elements(button_html(RECEIVER, TOKEN, language=page)).tags[0]

    assert attributes.get("dir") == direction


def test_a_page_in_a_language_we_have_no_words_for_gets_english_marked_as_such():
    _, attributes = Elements(button_html(RECEIVER, TOKEN, language="tlh")).tags[0]

    assert attributes["lang"] == "en"


def test_a_button_follows_the_colour_of_the_theme():
    html = button_html(RECEIVER, TOKEN)

    assert "currentColor" in html
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|black|white", html)


def test_the_compact_button_says_the_same_in_less_room_and_text_is_a_bare_link():
    standard, compact, text = (Elements(button_html(RECEIVER, TOKEN, look=look)) for look in LOOKS)

    assert standard.text == compact.text == text.text == "Flattr this"
    assert [tag for tag, _ in text.tags] == ["a", "span"]
    assert "border" not in text.tags[0][1]["style"]
    assert standard.tags[0][1]["style"] != compact.tags[0][1]["style"]


@pytest.mark.parametrize("look", ["", "huge", "stan dard", None, ["text"]])
def test_a_look_that_does_not_exist_is_refused_with_those_that_do(look):
    with pytest.raises(BadLook, match="standard, compact, text"):
        button_html(RECEIVER, TOKEN, look=look)


def test_a_look_may_be_spelt_as_settings_are_written():
    assert require_look(" Compact ") == "compact"
    assert button_html(RECEIVER, TOKEN, look="TEXT") == button_html(RECEIVER, TOKEN, look="text")


@given(st.text(), st.none() | st.text())
def test_nothing_breaks_out_of_the_link(token, language):
    plain = Elements(button_html(RECEIVER, TOKEN, language=language))

    odd = Elements(button_html(RECEIVER, token, language=language))
    link = Elements(head_link(RECEIVER, token))

    assert [tag for tag, _ in odd.tags] == [tag for tag, _ in plain.tags]
    assert set(odd.tags[0][1]) == set(plain.tags[0][1])
    assert [tag for tag, _ in link.tags] == ["link"]
    assert set(link.tags[0][1]) == {"rel", "type", "href"}


def test_head_link_and_button_lead_to_the_same_place():
    address = button_url("https://Flattr.example", TOKEN)

    _, link = Elements(head_link("https://flattr.example/", TOKEN)).tags[0]

    assert link == {"rel": "payment", "type": "text/html", "href": address}
