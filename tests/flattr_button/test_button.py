"""The button: a plain, small, safe link."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button import button_html, button_url, head_link
from flattr_button.button import BUTTON_BYTES_MAX
from flattr_button.wording import _TEXT_BY_LANGUAGE
from tests.flattr_button.makers import RECEIVER

TOKEN = "eyJ2IjoxfQ.c2lnbmF0dXJl"
LANGUAGES = sorted(_TEXT_BY_LANGUAGE)


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


@pytest.mark.parametrize("language", [*LANGUAGES, None])
def test_a_button_costs_at_most_1024_bytes_beside_the_token(language):
    html = button_html("https://flattr.some-longer-name.example/", TOKEN, language=language)

    assert len(html.encode()) - len(TOKEN) <= BUTTON_BYTES_MAX == 1024


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_button_asks_for_nothing_until_it_is_clicked(language):
    html = button_html(RECEIVER, TOKEN, language=language)

    assert {tag for tag, _ in Elements(html).tags} == {"a", "svg", "circle", "path", "span"}
    assert not re.search(r"\bsrc|srcset|@import|url\(|<script|<form|<img|<iframe|<link|\son\w+=|ping=|prefetch", html)
    assert html.count("http") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_button_is_a_link_with_words_in_the_language_of_the_page(language):
    elements = Elements(button_html(RECEIVER, TOKEN, language=f"{language}-XX"))

    tag, attributes = elements.tags[0]
    assert tag == "a"
    assert attributes["href"] == f"https://flattr.example/f/{TOKEN}"
    assert attributes["rel"] == "payment nofollow noopener"
    assert attributes["referrerpolicy"] == "origin"
    assert attributes["lang"] == language
    assert elements.text.strip() == _TEXT_BY_LANGUAGE[language]
    assert elements.closed[-1] == "a"


def test_a_page_in_a_language_we_have_no_words_for_gets_english_marked_as_such():
    _, attributes = Elements(button_html(RECEIVER, TOKEN, language="tlh")).tags[0]

    assert attributes["lang"] == "en"


def test_a_button_follows_the_colour_of_the_theme():
    html = button_html(RECEIVER, TOKEN)

    assert "currentColor" in html
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|black|white", html)


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
