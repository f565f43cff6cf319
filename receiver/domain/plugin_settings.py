"""What a creator writes into the settings of a platform for which there is a plugin."""

import json
from dataclasses import dataclass
from typing import Final

from receiver.domain.snippet import Snippet, SnippetFile

_PELICAN: Final = """# Pelican

1. Install the plugin beside Pelican, and write the lines of [pelicanconf.py](pelicanconf.py) into yours; `SITEURL` belongs into the settings that you publish with, often `publishconf.py`.
2. If you list your plugins, add this one to your list; if you do not, leave `PLUGINS` out, and Pelican finds it by itself.
3. Set `FLATTR_SITE_KEY` to your site key where you publish, and build.

The words follow the language of each post; `DEFAULT_LANG` is that of posts which name none.
To choose the place in one post, write `[flattr]` on a line of its own, or the element `<flattr-place></flattr-place>`; in a theme, `{{ flattr_button(article) }}`.
"""  # noqa: E501
_MKDOCS: Final = """# MkDocs

1. Install the plugin beside MkDocs, and write the lines of [mkdocs.yml](mkdocs.yml) into yours; what your file says already of theme and plugins stays.
2. Set `FLATTR_SITE_KEY` to your site key where you publish, and build.

The words follow the language of each page: its own, else that of your theme, of Material in this example.
To choose the place on one page, write `[flattr]` on a line of its own; in a theme, `{{ page.meta.flattr_button | safe }}`.
"""  # noqa: E501
_LANGUAGE_OF_MATERIAL: Final = {"zh-Hans": "zh"}  # squidfunk/mkdocs-material 9.7, partials/languages


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSettings:
    """What the plugins are told.  Texts are quoted as JSON, which Python and YAML read alike."""

    receiver: str
    scope: str
    position: str
    look: str
    language: str

    def snippets(self) -> tuple[Snippet, ...]:
        """Return the settings as snippets, one for each plugin."""
        return (
            Snippet("pelican", _PELICAN, (SnippetFile("pelicanconf.py", self._pelican()), _commands("pelican"))),
            Snippet("mkdocs", _MKDOCS, (SnippetFile("mkdocs.yml", self._mkdocs()), _commands("mkdocs"))),
        )

    def _pelican(self) -> str:
        return (
            'PLUGINS = ["pelican_flattr"]\n'
            f"SITEURL = {json.dumps(self.scope.rstrip('/'))}\n"
            f"DEFAULT_LANG = {json.dumps(self.language)}\n"
            f"FLATTR_URL = {json.dumps(self.receiver)}\n"
            f"FLATTR_POSITION = {json.dumps(self.position)}\n"
            f"FLATTR_LOOK = {json.dumps(self.look)}\n"
        )

    def _mkdocs(self) -> str:
        return (
            f"site_url: {json.dumps(self.scope)}\n"
            f"{self._theme()}"
            "plugins:\n"
            "  - search\n"
            "  - flattr:\n"
            f"      receiver: {json.dumps(self.receiver)}\n"
            f"      position: {self.position}\n"
            f"      look: {self.look}\n"
        )

    def _theme(self) -> str:
        if self.language == "en":
            return ""
        language = _LANGUAGE_OF_MATERIAL.get(self.language, self.language)
        return f"theme:\n  name: material\n  language: {json.dumps(language)}\n"


def _commands(platform: str) -> SnippetFile:
    build = {"pelican": "pelican content -s publishconf.py", "mkdocs": "mkdocs build"}[platform]
    return SnippetFile(
        "in a shell",
        f'pip install "selfhosted-flattr[{platform}]"\n# Here FLATTR_SITE_KEY is in the environment.\n{build}\n',
    )
