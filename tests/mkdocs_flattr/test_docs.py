"""The examples of docs/mkdocs.md work as they stand there."""

import re
from pathlib import Path

from mkdocs_flattr.options import FlattrConfig
from tests.mkdocs_flattr.conftest import BUTTON, SITE_URL

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "mkdocs.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)


def plugin_block(text: str) -> str:
    (found,) = [block for block in blocks("yaml") if text in block]
    return found


def test_the_examples_make_a_site_with_a_button_where_the_mark_is(build):
    (marked,) = blocks("markdown")
    front_matter, extension = plugin_block("flattr: false"), plugin_block("  - flattr\n")
    settings = re.sub(r"(?m)^(site_name|site_url): .*$", "", blocks("yaml")[0]) + extension

    notebook = build({"index.md": marked, "out.md": front_matter + "Text.\n"}, settings, plugins="")

    assert SITE_URL in blocks("yaml")[0]
    assert notebook.pages_with_button == {"index.html"}
    assert f"wet rubber.</p>\n<p>{BUTTON}" in notebook["index.html"]
    assert set(notebook.claims) == {""}


def test_the_example_of_a_choice_takes_what_it_says(build):
    pages = {
        "index.md": "# Hello\n",
        "notes/oil.md": plugin_block("hidden: true") + "# Oil\n",
        "notes/old.md": "# Old\n",
        "notes/private/diary.md": "# Diary\n",
        "notes/buy.md": "---\ntags: [Advertisement]\n---\n# Buy\n",
    }

    notebook = build(pages, plugins=plugin_block("exclude_tags"))

    assert notebook.pages_with_button == {"notes/oil/index.html"}
    claim = notebook.claims["notes/oil/"]
    assert (claim.title, claim.hidden, claim.id) == ("How to oil a chain", True, "oil-1")


def test_the_line_of_the_theme_prints_the_button(build):
    (line,) = blocks("jinja")
    theme = f"<main>{{{{ page.content }}}}</main>{line}"

    notebook = build(
        {"index.md": "# Hello\n"}, theme="{name: null, custom_dir: theme}", modules={"theme/main.html": theme}
    )

    assert f"</main>{BUTTON}" in notebook["index.html"]
    assert notebook["index.html"].count(BUTTON) == 1


def test_each_option_of_the_plugin_is_in_the_docs():
    rows = re.findall(r"^\| (.*?) \| options of the plugin \|", PAGE, re.M)

    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(name for name, _ in FlattrConfig._schema)
