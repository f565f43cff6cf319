"""The examples of docs/mkdocs.md work as they stand there."""

import re
from pathlib import Path

from mkdocs_flattr.plugin import FlattrConfig
from tests.mkdocs_flattr.conftest import BUTTON, SITE_URL

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "mkdocs.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)


def test_the_examples_make_a_site_with_a_button_where_the_mark_is(build):
    configuration, front_matter, extension = blocks("yaml")
    (marked,) = blocks("markdown")
    settings = re.sub(r"(?m)^(site_name|site_url): .*$", "", configuration) + extension

    notebook = build({"index.md": marked, "out.md": front_matter + "Text.\n"}, settings, plugins="")

    assert SITE_URL in configuration
    assert notebook.pages_with_button == {"index.html"}
    assert f"wet rubber.</p>\n<p>{BUTTON}" in notebook["index.html"]
    assert set(notebook.claims) == {""}


def test_each_option_of_the_plugin_is_in_the_docs():
    assert all(f"| `{name}` | options of the plugin |" in PAGE for name, _ in FlattrConfig._schema)
