"""The state of one run of Pelican; a site in several languages has a run inside of a run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flattr_button import Blog, SignedThing, is_in_scope


@dataclass(frozen=True, slots=True)
class Writing:
    """The article whose file is being written, and the way back to how the article was."""

    article: Any
    thing: SignedThing
    way_back: Callable[[], None]


@dataclass(slots=True)
class Build:
    """One run: its settings, which name it; its blog, if it can sign; and what it has written so far."""

    settings: Any
    output_path: Path
    told: set[str]
    blog: Blog | None = None
    writing: Writing | None = None
    thing_by_path: dict[Path, SignedThing] = field(default_factory=dict)
    overriding_paths: set[Path] = field(default_factory=set)

    def end_writing(self) -> Writing | None:
        """Give the article back as it was."""
        writing, self.writing = self.writing, None
        if writing is not None:
            writing.way_back()
        return writing

    def things(self) -> dict[Path, SignedThing]:
        """Return the things whose pages are there, in the order of writing."""
        return {path: thing for path, thing in self.thing_by_path.items() if path.is_file()}


class Builds:
    """All runs that have begun and not ended; kept by the identity of their settings."""

    def __init__(self) -> None:
        self._build_by_id: dict[int, Build] = {}

    def begin(self, settings: Any, output_path: Path) -> Build:
        """Begin a run; one for the same output, which an error has ended before, is forgotten."""
        for build in list(self._build_by_id.values()):
            if build.output_path == output_path:
                self.end(build.settings)
        outer = self._around(output_path)
        build = Build(settings, output_path, told=set() if outer is None else outer.told)
        self._build_by_id[id(settings)] = build
        return build

    def of(self, settings: Any) -> Build | None:
        return self._build_by_id.get(id(settings))

    def end(self, settings: Any) -> Build | None:
        return self._build_by_id.pop(id(settings), None)

    def end_writing(self, article: Any) -> tuple[Build, Writing] | None:
        """Return the run that was writing the page of this article."""
        for build in self._build_by_id.values():
            if build.writing is not None and build.writing.article is article:
                writing = build.end_writing()
                assert writing is not None
                return build, writing
        return None

    def forget_page(self, path: Path) -> None:
        """Drop the thing whose page was overwritten by another."""
        for build in self._build_by_id.values():
            build.thing_by_path.pop(path, None)

    def hand_on(self, build: Build) -> None:
        """Put what an inner run has written also on the list of the site around it."""
        outer = self._around(build.output_path)
        if outer is not None and outer.blog is not None:
            scope = outer.blog.scope
            outer.thing_by_path.update(
                {path: thing for path, thing in build.things().items() if is_in_scope(thing.url, scope)}
            )

    def _around(self, output_path: Path) -> Build | None:
        around = [build for build in self._build_by_id.values() if build.output_path in output_path.parents]
        return max(around, key=lambda build: len(build.output_path.parts), default=None)
