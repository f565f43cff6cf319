"""The settings that the receiver's page *Your button* shows for MkDocs do what was chosen there."""

import json
import re

import pytest
import yaml

from flattr_button import button_html
from receiver.domain.plugin_settings import PluginSettings
from tests.mkdocs_flattr.conftest import BUTTON, RECEIVER, SITE_URL


@pytest.mark.parametrize(
    ("position", "look", "language", "buttons"),
    [("after", "standard", "en", 1), ("both", "compact", "zh-Hans", 2), ("manual", "text", "ar", 0)],
)
def test_mkdocs_takes_place_look_and_language(build, position, look, language, buttons):
    chosen = PluginSettings(
        receiver=RECEIVER, scope=SITE_URL, position=position, look=look, language=language
    ).snippets()[1]
    settings = yaml.safe_load(chosen.files[0].text)
    theme = settings.get("theme", {}) | {"name": "mkdocs"}  # of Material, the language alone

    notebook = build(
        {"index.md": "# Oil\n\nA chain.\n"},
        theme=json.dumps(theme),
        plugins=f"plugins: {json.dumps(settings['plugins'])}",
        site_url=settings["site_url"],
    )

    assert (notebook.exit_code, notebook.said("WARNING"), notebook.said("ERROR")) == (0, [], [])
    assert notebook["index.html"].count(BUTTON) == buttons
    assert [claim.url for claim in notebook.claims.values()] == ([SITE_URL] if buttons else [])
    style = re.findall(r'style="[^"]*"', button_html(RECEIVER, "t", look=look))[0]
    assert notebook["index.html"].count(style) == buttons
    words = re.findall(r"<span>.*?</span>", button_html(RECEIVER, "t", language=language))[0]
    assert notebook["index.html"].count(words) == buttons
