"""A snippet: the files that bring the button to one platform, and how they are filled in for one site."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self
from urllib.parse import quote

RECEIVER: Final = "https://flattr.example"  # without a closing slash: addresses go on behind it
SCOPE: Final = "https://blog.example/"
SITE_TOKEN: Final = "fst1_SITE_TOKEN"  # noqa: S105 - what stands for one
KEY_NAME: Final = "FLATTR_SITE_KEY"
WORDS: Final = "Flattr this"
PICTURE: Final = "flattr-en.svg"

_OF_A_LANGUAGE: Final = re.compile(r"flattr-(?P<language>[A-Za-z-]+)\.svg")


@dataclass(frozen=True, slots=True)
class SnippetFile:
    """A file to be copied; `path` is below the folder of the snippet."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """What `snippets/NAME/` holds; `readme` is its README.md, which is not among the files."""

    name: str
    readme: str
    files: tuple[SnippetFile, ...]

    @property
    def title(self) -> str:
        return self.readme.partition("\n")[0].removeprefix("# ").strip()

    @property
    def signs(self) -> bool:
        """Tell whether it signs with the site key, and so speaks the language of each page by itself.

        Where the core does the signing, only the steps name the key.
        """
        return KEY_NAME in self.readme or self._holds(KEY_NAME)

    @property
    def names_pages(self) -> bool:
        """Tell whether its links name pages beside a site token."""
        return self._holds(SITE_TOKEN)

    def _holds(self, text: str) -> bool:
        return any(text in file.text for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What takes the place of the placeholders: whose receiver and site it is, and the words of one language."""

    receiver: str
    scope: str
    site_token: str
    language: str
    words: str

    @classmethod
    def empty(cls) -> Self:
        """Return the one that changes nothing."""
        return cls(receiver=RECEIVER, scope=SCOPE, site_token=SITE_TOKEN, language="en", words=WORDS)

    def fill(self, snippet: Snippet) -> Snippet:
        """Return a snippet filled in; of files that differ by language alone, the one of ours.

        One that signs keeps its words: it has those of several languages, and the page tells which.
        """
        text_by_placeholder = {
            RECEIVER: self.receiver.rstrip("/"),
            SCOPE: self.scope,
            quote(SCOPE, safe=""): quote(self.scope, safe=""),
            SITE_TOKEN: self.site_token,
        }
        if not snippet.signs:
            text_by_placeholder |= {WORDS: self.words, PICTURE: f"flattr-{self.language}.svg"}
        files = tuple(
            replace(file, text=_filled(file.text, text_by_placeholder))
            for file in snippet.files
            if self._is_ours(file.path)
        )
        return replace(snippet, readme=_filled(snippet.readme, text_by_placeholder), files=files)

    def _is_ours(self, path: str) -> bool:
        match = _OF_A_LANGUAGE.fullmatch(path)
        return match is None or match["language"] == self.language


def _filled(text: str, text_by_placeholder: Mapping[str, str]) -> str:
    """Fill in all at once: what takes the place of one placeholder may hold the text of another."""
    placeholders = "|".join(re.escape(placeholder) for placeholder in text_by_placeholder)
    return re.sub(placeholders, lambda match: text_by_placeholder[match[0]], text)
