"""`[flattr]` on a line of its own in Markdown places the button by hand.

The extension leaves an empty element, which `pelican_flattr` or `mkdocs_flattr` swaps for the signed button.
Without them nothing is to be seen there.  In Zensical, which has no plugins, it also signs: `zensical.py`.
"""

import re
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension

from flattr_button import MARK_TAG
from markdown_flattr import zensical

__all__ = ["FlattrExtension", "makeExtension"]

PRIORITY: Final = 72  # below code blocks (80) and tables (75), above headings, lists and paragraphs

_LINE: Final = re.compile(r"^ {0,3}\[flattr\][ \t]*$", re.M)
_CODE_SPAN: Final = re.compile(r"(?<![\\`])(`++)(?!`).+?(?<!`)\1(?!`)", re.S)


class FlattrExtension(Extension):
    """Turns `[flattr]` into the place of the button; its options are for Zensical alone."""

    def __init__(self, **options: Any) -> None:
        self.config = {
            "receiver": ["", "the address of the receiver"],
            "canonical_url": ["", "the address under which the pages count, if a build has another site_url"],
            "look": ["standard", "standard, compact or text"],
            "pages": ["", "lines that name pages, as in .gitignore"],
            "exclude": ["", "lines that name pages without a button"],
            "categories": [[], "only posts of one of them have a button"],
            "tags": [[], "only posts with one of them have a button"],
            "exclude_categories": [[], "posts of one of them have no button"],
            "exclude_tags": [[], "posts with one of them have no button"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name Python-Markdown calls
        md.parser.blockprocessors.register(MarkProcessor(md.parser), "flattr", PRIORITY)
        if zensical.rendered_by_zensical(md) is not None:  # its own extension comes before all others
            signing = zensical.SigningProcessor(md, self.getConfigs())
            md.treeprocessors.register(signing, "flattr", zensical.PRIORITY)


class MarkProcessor(BlockProcessor):
    """Splits a block at the first line that is nothing but `[flattr]`."""

    def test(self, parent: Element, block: str) -> bool:  # noqa: ARG002 - Python-Markdown passes it
        return _mark_in(block) is not None

    def run(self, parent: Element, blocks: list[str]) -> None:
        block = blocks.pop(0)
        mark = _mark_in(block)
        assert mark is not None
        before, after = block[: mark.start()].rstrip("\n"), block[mark.end() :].lstrip("\n")
        if before:
            self.parser.parseBlocks(parent, [before])
        SubElement(parent, MARK_TAG)
        if after:
            blocks.insert(0, after)


def makeExtension(**options: Any) -> FlattrExtension:  # noqa: N802 - the name Python-Markdown calls
    """Return the extension for `markdown_extensions: [markdown_flattr]`, which needs no entry point."""
    return FlattrExtension(**options)


def _mark_in(block: str) -> re.Match[str] | None:
    """Return the first mark of a block that is not inside of an inline code span."""
    if "[flattr]" not in block:
        return None
    code = [span.span() for span in _CODE_SPAN.finditer(block)]
    for mark in _LINE.finditer(block):
        if not any(start < mark.start() < end for start, end in code):
            return mark
    return None
