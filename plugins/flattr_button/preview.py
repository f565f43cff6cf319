"""What a preview shows in the place of a button, where nothing is signed: `mkdocs serve`, `pelican --autoreload`."""

import re
from typing import Final

from markupsafe import Markup

from flattr_button.button import CSS_CLASS, button_html

PREVIEW_CLASS: Final = "flattr-preview"

_ADDRESS: Final = re.compile(r' (?:href|rel|referrerpolicy)="[^"]*"')
_TITLE: Final = "Preview: the button is signed when the site is built"


def preview_button(language: str | None = None, look: str = "standard") -> Markup:
    """Return a button that looks like the signed one, and cannot be taken for it: no address, class `flattr-preview`.

    It names no receiver and no thing, so it needs no key and nothing goes wrong if it is published.
    """
    signed_like = button_html("https://preview.invalid", "none", language=language, look=look)
    html = _ADDRESS.sub("", signed_like).replace(
        f'class="{CSS_CLASS}"', f'class="{PREVIEW_CLASS} {CSS_CLASS}" title="{_TITLE}"', 1
    )
    html = html.replace(' style="', ' style="outline:1px dashed;opacity:.75;', 1)
    return Markup(html.removesuffix("</a>") + "<small>preview</small></a>")  # noqa: S704 - the button, already escaped
