"""The README of each snippet, read as a renderer of Markdown reads it."""

import re
from html import escape

import markdown
import pytest

from receiver.domain.instructions import Paragraph, Span, Steps, read_instructions
from receiver.domain.plugin_settings import PluginSettings
from receiver.domain.snippet import Snippet
from receiver.store.snippets import read_snippets

PLUGINS = PluginSettings(
    receiver="https://flattr.example/", scope="https://blog.example/", position="after", look="text", language="en"
).snippets()
TAG_BY_KIND = {"code": "code", "stress": "em"}


def html_of(line: tuple[Span, ...]) -> str:
    return "".join(_html_of_span(span) for span in line)


def _html_of_span(span: Span) -> str:
    text = escape(span.text, quote=False)
    if span.kind == "link":
        return f'<a href="{span.target}">{text}</a>'
    tag = TAG_BY_KIND.get(span.kind)
    return f"<{tag}>{text}</{tag}>" if tag else text


@pytest.mark.parametrize("snippet", [*PLUGINS, *read_snippets()], ids=lambda snippet: snippet.name)
def test_the_instructions_are_what_markdown_makes_of_them(snippet: Snippet) -> None:
    drawn = f"<h1>{escape(snippet.title, quote=False)}</h1>"
    for block in read_instructions(snippet.readme):
        if isinstance(block, Paragraph):
            drawn += f"<p>{html_of(block.spans)}</p>"
        else:
            drawn += "<ol>" + "".join(f"<li>{html_of(line)}</li>" for line in block.lines) + "</ol>"

    expected = re.sub(r">\n+<", "><", markdown.markdown(snippet.readme)).replace("&quot;", '"')
    assert drawn == expected


def test_the_instructions_of_a_snippet_have_steps() -> None:
    for snippet in (*PLUGINS, *read_snippets()):
        assert any(isinstance(block, Steps) for block in read_instructions(snippet.readme)), snippet.name


def test_a_title_alone_has_no_instructions() -> None:
    assert read_instructions("# Blog\n") == ()
