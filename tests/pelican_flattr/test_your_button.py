"""The settings that the receiver's page *Your button* shows for Pelican do what was chosen there."""

import re

import pytest

from flattr_button import button_html
from receiver.domain.plugin_settings import PluginSettings
from tests.pelican_flattr.conftest import BREAD, BUTTON, RECEIVER, SITE_URL


@pytest.mark.parametrize(
    ("position", "look", "language", "buttons"),
    [("after", "standard", "en", 1), ("both", "compact", "zh-Hans", 2), ("manual", "text", "ar", 0)],
)
def test_pelican_takes_place_look_and_language(build, position, look, language, buttons):
    chosen = PluginSettings(
        receiver=RECEIVER, scope=f"{SITE_URL}/", position=position, look=look, language=language
    ).snippets()[0]

    blog = build({"bread.md": BREAD}, chosen.files[0].text, plugins="", site_url="", receiver="")

    assert blog.exit_code == 0
    assert blog["bread.html"].count(BUTTON) == buttons
    (claim,) = blog.claims.values()
    assert (claim.url, claim.language) == (f"{SITE_URL}/bread.html", language.lower())  # as Pelican writes it
    words = re.findall(r"<span>.*?</span>", button_html(RECEIVER, "t", language=language))[0]
    assert blog["bread.html"].count(words) == buttons
    style = re.findall(r'style="[^"]*"', button_html(RECEIVER, "t", look=look))[0]
    assert blog["bread.html"].count(style) == buttons
