"""Pages with every look of the button, and a picture of each: `python -m tests.browser.button_looks`."""

from pathlib import Path
from typing import Final

from flattr_button import LOOKS, SiteKey, button_html, claim_for_post, sign
from flattr_button.badge import badge_svg
from flattr_button.wording import LANGUAGES, direction_of_text
from tests.browser.chromium import find_chromium, running_chromium
from tests.flattr_button.makers import RECEIVER, SCOPE

FOLDER: Final = Path("screenshots")
_KEY: Final = SiteKey("carlablog2", 1, b"0" * 64)
TOKEN: Final = sign(claim_for_post(_KEY, url=f"{SCOPE}bees/", title="How to keep bees"), _KEY)
_SHOWN: Final = ("en", "de", "fr", "pl", "ja", "zh-Hant", "ar", "he")
_STYLE: Final = """
:root { color-scheme: light dark; --link: light-dark(#0b57d0, #8ab4f8); }
body { margin: 1rem; font: 17px/1.6 Georgia, "Liberation Serif", serif; max-width: 60rem; }
a { color: var(--link); }
section { margin: 0 0 1.2rem; }
.own .flattr-button { --flattr-color: #fff; --flattr-background: #1b5e45; --flattr-border: #1b5e45; }
.own .flattr-button { --flattr-radius: 2em; }
"""


def page_of_looks(languages: tuple[str, ...] = LANGUAGES, *, style: str = _STYLE) -> str:
    """Return a page with the button in each look and language, and the badge, as an author would place them."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Looks</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>{style}</style></head><body>{''.join(map(_section, languages))}</body></html>"
    )


def _section(language: str) -> str:
    direction = "rtl" if direction_of_text(language) == "rtl" else "ltr"
    standard, compact, text = (button_html(RECEIVER, TOKEN, language=language, look=look) for look in LOOKS)
    return (
        f'<section dir="{direction}"><p>{standard}</p>'
        f'<p class="own">{standard} {compact}</p>'
        f"<p>{compact} – bees, {compact} and {text} in a line of text.</p>"
        f"<p>{text}</p><p>{badge_svg(language)}</p></section>"
    )


def main() -> None:
    path = find_chromium()
    assert path, "install chromium first"
    FOLDER.mkdir(exist_ok=True)
    with running_chromium(path) as browser:
        for width in (390, 1280):
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
                )
                page.set_content(page_of_looks(_SHOWN))
                page.screenshot(path=FOLDER / f"button-looks-{width}-{scheme}.png", full_page=True)
                page.close()


if __name__ == "__main__":
    main()
