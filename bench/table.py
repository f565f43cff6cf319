"""A table for a terminal, or for docs/performance.md."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under their columns; the first column is what was measured.

    `faults` counts answers that were no success or were not true; with any, the figures mean nothing.
    """

    title: str
    columns: list[str]
    rows: list[list[str]]
    faults: int = 0

    def text(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.columns))]
        aligned = [
            "  ".join(
                [name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))]
            )
            for name, *cells in lines
        ]
        return "\n".join([self.title, *aligned, ""])

    def markdown(self) -> str:
        rule = ["---", *("---:" for _ in self.columns[1:])]
        lines = [f"| {' | '.join(line)} |" for line in [self.columns, rule, *self.rows]]
        return "\n".join([f"**{self.title}**", "", *lines, ""])
