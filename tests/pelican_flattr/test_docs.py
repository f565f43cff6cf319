"""The examples of docs/pelican.md work as they stand there."""

import re
from pathlib import Path

from tests.pelican_flattr.conftest import BUTTON, PLUGINS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "pelican.md").read_text()
HEAD = "Title: Maize\nDate: 2026-01-02\n"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)


def test_the_examples_make_a_blog_with_a_button_where_the_mark_is(build, tmp_path):
    namespace = tmp_path / "namespace" / "pelican" / "plugins" / "flattr"
    namespace.mkdir(parents=True)
    (namespace / "__init__.py").write_text((PLUGINS / "pelican_namespace.py").read_text())
    (marked,) = blocks("markdown")
    (left_out,) = blocks("text")
    posts = {"maize.md": f"{HEAD}\n{marked}", "out.md": f"{HEAD.replace('Maize', 'Out')}{left_out}\nText.\n"}

    blog = build(
        posts,
        "\n".join(blocks("python")),
        plugins="",
        environment={"PYTHONPATH": f"{PLUGINS}:{tmp_path / 'namespace'}"},
    )

    assert blog.pages_with_button == {"maize.html"}
    assert f"in handfuls.</p>\n<p>{BUTTON}" in blog["maize.html"]
    assert set(blog.claims) == {"maize.html"}


def test_the_properties_in_the_docs_are_those_of_the_button(build):
    blog = build({"maize.md": f"{HEAD}\nText.\n"})

    properties = set(re.findall(r"(--flattr-[a-z]+):", "".join(blocks("css"))))
    assert properties == set(re.findall(r"--flattr-[a-z]+", blog["maize.html"]))
