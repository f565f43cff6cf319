"""The words on a button, by language of the page."""

from typing import Final

_TEXT_BY_LANGUAGE: Final = {
    "en": "Flattr this",
    "de": "Diesen Beitrag flattrn",
    "es": "Flattrear esto",
    "fr": "Flattrer ceci",
    "it": "Flattra questo",
    "nl": "Flattr dit",
    "pt": "Flattr isto",
    "sv": "Flattra detta",
}


def language_of_text(language: str | None) -> str:
    """Return the language in which the button will speak on a page of the given language."""
    primary = (language or "").replace("_", "-").partition("-")[0].lower()
    return primary if primary in _TEXT_BY_LANGUAGE else "en"


def button_text(language: str | None) -> str:
    return _TEXT_BY_LANGUAGE[language_of_text(language)]
