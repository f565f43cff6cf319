"""Write the style and the coin of `flattr_button` into the snippets: `python -m tests.snippets.write_buttons`.

Snippets are copied as they are, so each holds the button in its own language; a test says when to run this.
"""

import re
from pathlib import Path
from typing import Final

from flattr_button import button_html

SNIPPETS: Final = Path(__file__).resolve().parents[2] / "snippets"
WITH_A_BUTTON: Final = (
    SNIPPETS / "astro" / "flattr.mjs",
    SNIPPETS / "eleventy" / "flattr.mjs",
    SNIPPETS / "hugo" / "layouts" / "partials" / "flattr" / "button.html",
    SNIPPETS / "jekyll" / "_plugins" / "flattr.rb",
    SNIPPETS / "shell" / "sign.sh",
    SNIPPETS / "wordpress" / "flattr.php",
)
_DRAWING: Final = re.compile(r'style="[^"]*"><svg.*?</svg>')


def drawing() -> str:
    """Return what all buttons share: from the style to the end of the coin."""
    found = _DRAWING.search(button_html("https://flattr.example", "TOKEN"))
    assert found is not None
    return found[0]


def with_drawing(snippet: str) -> str:
    return _DRAWING.sub(lambda _: drawing(), snippet)


if __name__ == "__main__":
    for path in WITH_A_BUTTON:
        path.write_text(with_drawing(path.read_text()))
