"""Read the README of a snippet: paragraphs, numbered steps, code, stress and links; nothing else is written there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

_SPAN: Final = re.compile(
    r"`` ?(?P<wide>.+?) ?``|`(?P<code>[^`]+)`|\*(?P<stress>[^*]+)\*|\[(?P<link>[^\]]*)\]\((?P<target>[^)\s]+)\)"
)
_STEP: Final = re.compile(r"\d+\. ")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line; only a link has a target."""

    kind: Literal["text", "code", "stress", "link"]
    text: str
    target: str = ""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    spans: Line


@dataclass(frozen=True, slots=True)
class Steps:
    lines: tuple[Line, ...]


def read_instructions(readme: str) -> tuple[Paragraph | Steps, ...]:
    """Return what stands below the title."""
    _, _, body = readme.partition("\n")
    blocks: list[Paragraph | Steps] = []
    for block in re.split(r"\n\s*\n", body.strip()):
        lines = block.splitlines()
        if lines and all(_STEP.match(line) for line in lines):
            blocks.append(Steps(tuple(tuple(_spans(_STEP.sub("", line, count=1))) for line in lines)))
        elif lines:
            blocks.append(Paragraph(tuple(_spans("\n".join(lines)))))
    return tuple(blocks)


def _spans(text: str) -> Iterator[Span]:
    end_of_last = 0
    for match in _SPAN.finditer(text):
        if match.start() > end_of_last:
            yield Span("text", text[end_of_last : match.start()])
        end_of_last = match.end()
        if match["link"] is not None:
            yield Span("link", match["link"], match["target"])
        elif match["stress"] is not None:
            yield Span("stress", match["stress"])
        else:
            yield Span("code", match["code"] or match["wide"])
    if end_of_last < len(text):
        yield Span("text", text[end_of_last:])
