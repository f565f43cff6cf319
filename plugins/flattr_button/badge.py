"""A badge for README files and mails, where no HTML of ours can stand: a picture on the creator's own site."""

import unicodedata
from typing import Final

from markupsafe import Markup

from flattr_button.button import COIN
from flattr_button.wording import direction_of_text, wording

HEIGHT: Final = 28  # CSS px; at least 24, for the picture is what is pressed: WCAG 2.2, 2.5.8
_FONT_SIZE: Final = 13
_MARGIN: Final = 10
_ICON_WIDTH: Final = 16
_GAP: Final = 7

# Widths in em of Verdana, and of DejaVu Sans, which is drawn to the same measure.
_CHARACTERS_BY_EM: Final = {
    0.28: "il",
    0.36: "jft ",
    0.43: "r",
    0.53: "csz",
    0.57: "F",
    0.77: "D",
    0.82: "w",
    0.97: "m",
}
_EM_BY_CHARACTER: Final = {character: em for em, characters in _CHARACTERS_BY_EM.items() for character in characters}
_EM: Final = 0.61
_EM_WIDE: Final = 1.0  # Chinese, Japanese
_EM_BY_SCRIPT: Final = {"AL": 0.5, "R": 0.55}  # Arabic and Persian, Hebrew

# White on green, 7.7 to 1; a picture knows nothing of the page, so it brings its own ground, and a rim for dark pages.
_BADGE: Final = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    ' role="img" lang="{language}">\n'
    "<title>{text}</title>\n"
    '<rect x=".5" y=".5" width="{rim_width}" height="{rim_height}" rx="6" fill="#1b5e45" stroke="#7fcda4"/>\n'
    '<g transform="translate({icon_left} {icon_top})" fill="none" stroke="#fff" stroke-width="1.6"'
    ' stroke-linecap="round">{icon}</g>\n'
    '<text x="{text_left}" y="{baseline}" textLength="{text_width}" lengthAdjust="spacingAndGlyphs"'
    ' direction="{direction}" font-family="Verdana,DejaVu Sans,sans-serif" font-size="{font_size}" fill="#fff">'
    "{text}</text>\n"
    "</svg>\n"
)


def badge_svg(language: str | None = None) -> str:
    """Return the badge as an SVG picture that asks for nothing: no font, no style sheet, no script.

    Its words are those of the button.  A font that is wider or narrower than measured is fitted, never cut off.
    """
    text_language, text = wording(language)
    is_from_the_right = direction_of_text(language) == "rtl"
    text_width = round(_FONT_SIZE * sum(_em(character) for character in text))
    width = _MARGIN + _ICON_WIDTH + _GAP + text_width + _MARGIN
    return str(
        _BADGE.format(
            width=width,
            height=HEIGHT,
            rim_width=width - 1,
            rim_height=HEIGHT - 1,
            language=text_language,
            text=text,
            icon=COIN,
            icon_left=width - _MARGIN - _ICON_WIDTH if is_from_the_right else _MARGIN,
            icon_top=(HEIGHT - _ICON_WIDTH) // 2,
            text_left=_MARGIN + text_width if is_from_the_right else _MARGIN + _ICON_WIDTH + _GAP,
            text_width=text_width,
            direction="rtl" if is_from_the_right else "ltr",
            baseline=HEIGHT // 2 + 5,
            font_size=_FONT_SIZE,
        )
    )


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return _EM_WIDE
    return _EM_BY_CHARACTER.get(character) or _EM_BY_SCRIPT.get(unicodedata.bidirectional(character), _EM)
