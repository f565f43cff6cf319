"""`[flattr]` on a line of its own is a place; anywhere else it is text."""

import pytest
from markdown import markdown

from flattr_button import MARK

EXTENSIONS = ["flattr", "fenced_code", "tables", "toc", "footnotes", "attr_list", "md_in_html"]


def rendered(text: str, extensions: list[str] = EXTENSIONS) -> str:
    return markdown(text, extensions=extensions)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("[flattr]", MARK),
        ("One.\n\n[flattr]\n\nTwo.", f"<p>One.</p>\n{MARK}<p>Two.</p>"),
        ("One.\n[flattr]\nTwo.", f"<p>One.</p>\n{MARK}<p>Two.</p>"),
        ("   [flattr]  ", MARK),
        ("# Title\n[flattr]", f'<h1 id="title">Title</h1>\n{MARK}'),
        ("> [flattr]", f"<blockquote>{MARK}</blockquote>"),
        ("- one\n\n    [flattr]", f"<ul>\n<li>\n<p>one</p>\n{MARK}</li>\n</ul>"),
        ("[flattr]\n\n[flattr]", f"{MARK}{MARK}"),
    ],
)
def test_a_line_of_its_own_is_a_place(text, html):
    assert rendered(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "    [flattr]",
        "```\n[flattr]\n```",
        "~~~ python\n[flattr]\n~~~",
        "`[flattr]`",
        "`code\n[flattr]\nmore code`",
        "``code `\n[flattr]\n``",
        "<pre>\n[flattr]\n</pre>",
        "<!--\n[flattr]\n-->",
        "Write [flattr] here.",
        r"\[flattr]",
        "[flattr] [flattr]",
        "| a | b |\n|---|---|\n| [flattr] | |",
    ],
)
def test_in_code_or_within_a_line_it_is_text(text):
    assert MARK not in rendered(text)
    assert "[flattr]" in rendered(text)


def test_a_line_between_two_lonely_backticks_is_a_place():
    assert MARK in rendered("a lonely \\` tick\n[flattr]\nand another `")


def test_a_link_may_still_be_called_flattr():
    assert rendered("I use [flattr].\n\n[flattr]: https://flattr.example") == (
        '<p>I use <a href="https://flattr.example">flattr</a>.</p>'
    )


def test_a_table_of_contents_does_not_see_it():
    assert rendered("[TOC]\n\n# One\n\n[flattr]\n\n# Two").count(MARK) == 1


@pytest.mark.parametrize("name", ["flattr", "markdown_flattr"])
def test_both_names_mean_the_same_extension(name):
    assert rendered("[flattr]", [name]) == MARK


def test_text_without_the_mark_is_as_without_the_extension():
    text = "# One\n\n- two\n- three\n\n> four\n\n[five](https://six.example)\n"

    assert rendered(text, ["flattr", "toc"]) == rendered(text, ["toc"])
