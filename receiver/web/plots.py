"""Plots, drawn here as SVG inside the page: no script, no request; `static/flattr.css` gives them their colours.

Beside each plot stands a table with the same numbers, for a plot says nothing to some readers.
"""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree  # only writes what we drew ourselves

import pygal
from markupsafe import Markup

from receiver.domain.month import Month

# It finds maps, which we have none of, in the way of Python 2; on 3.11 each later import would warn of that.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

WIDTH: Final = 640
HEIGHT: Final = 240
LABELS_MAX: Final = 12  # more would lie upon each other on a phone
_NEEDLESS: Final = ("defs", "title", "desc")
_LONG_FRACTION: Final = re.compile(r"[0-9]+\.[0-9]{2,}")


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a plot: what it is, and a value for each label; None where there is none."""

    name: str
    values: Sequence[int | None]


def bar_plot(title: str, labels: Sequence[str], series: Sequence[Series], *, write: Callable[[int], str]) -> Markup:
    """Draw bars that stand upon each other, one pile for each label.

    `write` puts a value into words, money or a count; `title` is what a screen reader says.
    """
    return _drawn(pygal.StackedBar, title, labels, series, write)


def line_plot(title: str, labels: Sequence[str], series: Sequence[Series], *, write: Callable[[int], str]) -> Markup:
    """Draw a line for each series."""
    return _drawn(pygal.Line, title, labels, series, write)


def month_labels(months: Sequence[Month]) -> list[str]:
    """Write months as narrow as they can be: the year stands at the first, and at each January."""
    return [
        f"{month.month}/{month.year % 100:02}" if at == 0 or month.month == 1 else str(month.month)
        for at, month in enumerate(months)
    ]


def _drawn(
    kind: Callable[..., Any], title: str, labels: Sequence[str], series: Sequence[Series], write: Callable[[int], str]
) -> Markup:
    step = -(-len(labels) // LABELS_MAX) or 1

    def written(value: float | None) -> str:
        return write(round(value or 0))

    chart = kind(
        css=[], js=[], width=WIDTH, height=HEIGHT, margin=4, show_legend=len(series) > 1, legend_at_bottom=True,
        formatter=written, value_formatter=written, show_minor_x_labels=step == 1, max_scale=5, min_scale=2,
        x_labels_major_every=step, truncate_label=-1, truncate_legend=-1, no_data_text="", include_x_axis=True,
    )  # fmt: skip
    chart.x_labels = labels
    for one in series:
        chart.add(one.name, list(one.values))
    return Markup(ElementTree.tostring(_plain(chart.render_tree(), title), encoding="unicode"))  # noqa: S704 - escaped


def _plain(svg: Any, title: str) -> Any:
    """Take out what our policy forbids or a page does not need: style, script, ids, and what only script would show."""
    for parent in list(svg.iter()):
        for name in ("id", "rx", "ry"):
            parent.attrib.pop(name, None)
        for name, value in parent.attrib.items():  # a tenth of a point is finer than any screen
            parent.set(name, _LONG_FRACTION.sub(lambda found: f"{float(found[0]):.1f}", value))
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag in _NEEDLESS or "overlay" in child.get("class", ""):
                if child.get("class") == "value":
                    parent.set("hint", child.text)
                parent.remove(child)
    for shape_of_value in [part for part in svg.iter() if "hint" in part.attrib]:
        ElementTree.SubElement(shape_of_value, "title").text = shape_of_value.attrib.pop("hint")
    svg.attrib.update({"class": "plot", "role": "img", "aria-label": title})
    return svg
