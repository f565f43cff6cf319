"""What docs/button.md says of looks, languages and old buttons is what the code does."""

import contextlib
import io
import re
from pathlib import Path

from flattr_button import LOOKS, button_html
from flattr_button.badge import badge_svg
from flattr_button.wording import LANGUAGES, wording

PAGE = (Path(__file__).parents[2] / "docs" / "button.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in re.findall(r"^\| ?`.*$", section, re.M)]


def said_by(code: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(code, {})
    return output.getvalue()


def test_every_look_is_listed():
    assert [row[0] for row in rows("Looks")] == list(LOOKS)


def test_every_language_is_listed_with_its_words():
    assert {row[0]: row[1] for row in rows("Languages")} == {language: wording(language)[1] for language in LANGUAGES}


def test_every_custom_property_is_listed():
    written = {
        name
        for look in LOOKS
        for name in re.findall(r"--flattr-[a-z]+", button_html("https://a.example", "t", look=look))
    }

    assert {row[0] for row in rows("Colours and shape")} == written
    assert set(re.findall(r"^  (--flattr-[a-z]+):", PAGE, re.M)) == written


def test_the_badge_is_as_small_as_it_says():
    assert all(550 < len(badge_svg(language).encode()) < 650 for language in LANGUAGES)


def test_the_examples_do_what_they_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # one of them keeps what it was told
    button, counted, old = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    (answer,) = re.findall(r"^```text\n(\[.*?)^```", PAGE, re.M | re.S)

    assert "Diesen Beitrag flattrn" in said_by(button)
    assert re.fullmatch(r"\{\}\n<a .*Flattr this</span></a>\n", said_by(counted))
    assert said_by(old) == answer
