"""The badge: one picture for each language, which asks for nothing and says what it is."""

import re
from xml.etree import ElementTree

import pytest

from flattr_button.badge import HEIGHT, badge_svg
from flattr_button.wording import LANGUAGES, wording
from tests.flattr_button.write_badges import FOLDER, badges

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("language", [*LANGUAGES, None, "tlh"])
def test_a_badge_is_a_picture_with_a_name_in_the_language_of_the_page(language):
    svg = ElementTree.fromstring(badge_svg(language))

    spoken, text = wording(language)
    assert (svg.tag, svg.get("role")) == (f"{SVG}svg", "img")
    assert svg.get("lang") == spoken
    assert (svg[0].tag, svg[0].text) == (f"{SVG}title", text)
    assert svg.find(f"{SVG}text").text == text
    assert HEIGHT >= 24


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_badge_asks_for_nothing(language):
    svg = badge_svg(language)

    assert not re.search(r"href|src|url\(|@import|<style|<script|<image|<use|\sid=", svg)
    assert re.findall(r"https?:[^\"]*", svg) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_coin_lie_inside_of_the_badge_and_beside_each_other(language):
    svg = ElementTree.fromstring(badge_svg(language))
    text = svg.find(f"{SVG}text")

    width, x, length = int(svg.get("width")), int(text.get("x")), int(text.get("textLength"))
    left, right = (x - length, x) if text.get("direction") == "rtl" else (x, x + length)
    icon = int(svg.find(f"{SVG}g").get("transform").partition("(")[2].split()[0])
    assert 0 < left < right < width
    assert icon + 16 < left or right < icon < icon + 16 < width


def test_the_ready_files_are_what_the_code_writes():
    ready = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.svg")}

    assert ready == badges(), "run tests/flattr_button/write_badges.py"
