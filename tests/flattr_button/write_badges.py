"""Write the ready badges of snippets/badge: `PYTHONPATH=plugins python tests/flattr_button/write_badges.py`."""

from pathlib import Path
from typing import Final

from flattr_button.badge import badge_svg
from flattr_button.wording import LANGUAGES

FOLDER: Final = Path(__file__).parents[2] / "snippets" / "badge"


def badges() -> dict[str, str]:
    return {f"flattr-{language}.svg": badge_svg(language) for language in LANGUAGES}


if __name__ == "__main__":
    for name, text in badges().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
