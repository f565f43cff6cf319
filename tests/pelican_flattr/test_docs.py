"""The examples of docs/pelican.md work as they stand there."""

import re
from pathlib import Path

from tests.pelican_flattr.conftest import BUTTON, PLUGINS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "pelican.md").read_text()
PLUGIN = PLUGINS / "pelican_flattr"
HEAD = "Title: Maize\nDate: 2026-01-02\n"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)


def test_the_examples_make_a_blog_with_a_button_where_the_mark_is(build, tmp_path):
    namespace = tmp_path / "namespace" / "pelican" / "plugins" / "flattr"
    namespace.mkdir(parents=True)
    (namespace / "__init__.py").write_text((PLUGINS / "pelican_namespace.py").read_text())
    (marked,) = blocks("markdown")
    left_out, said = blocks("text")
    posts = {"maize.md": f"{HEAD}\n{marked}", "out.md": f"{HEAD.replace('Maize', 'Out')}{left_out}\nText.\n"}
    posts["bread.md"] = f"{HEAD.replace('Maize', 'Bread')}{said}\nText.\n"
    posts["guests/rye.md"] = f"{HEAD.replace('Maize', 'Rye')}\nText.\n"

    blog = build(
        posts,
        "\n".join(blocks("python")),
        plugins="",
        environment={"PYTHONPATH": f"{PLUGINS}:{tmp_path / 'namespace'}"},
    )

    assert blog.pages_with_button == {"maize.html", "bread.html"}
    assert f"in handfuls.</p>\n<p>{BUTTON}" in blog["maize.html"]
    bread = blog.claims["bread.html"]
    assert (bread.title, bread.category, bread.tags, bread.hidden, bread.id) == (
        "Our daily bread", "Food", ("flour", "water"), True, "bread",
    )  # fmt: skip


def test_the_example_of_a_theme_shows_the_one_button_with_the_plugin_and_none_without(build):
    (example,) = blocks("jinja")
    theme = {"article.html": f"<html><head></head><body>{example}</body></html>"}

    blog = build({"maize.md": f"{HEAD}\nText.\n"}, theme=theme)
    plain = build({"maize.md": f"{HEAD}\nText.\n"}, theme=theme, plugins="PLUGINS = []")

    assert f"<aside>{BUTTON}" in blog["maize.html"]
    assert blog["maize.html"].count(BUTTON) == 1
    assert "aside" not in plain["maize.html"]


def test_each_setting_is_documented():
    read = set(re.findall(r"\bFLATTR_[A-Z_]+\b", "".join(path.read_text() for path in PLUGIN.glob("*.py"))))

    assert {name for name in read if name not in PAGE} == set()


def test_the_properties_in_the_docs_are_those_of_the_button(build):
    blog = build({"maize.md": f"{HEAD}\nText.\n"})

    properties = set(re.findall(r"(--flattr-[a-z]+):", "".join(blocks("css"))))
    assert properties == set(re.findall(r"--flattr-[a-z]+", blog["maize.html"]))
