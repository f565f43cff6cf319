"""The snippets as they lie on the disk: in the installed package, or beside it in a checkout."""

import functools
from pathlib import Path
from typing import Final

from receiver.domain.snippet import Snippet, SnippetFile

_RECEIVER: Final = Path(__file__).parents[1]
README: Final = "README.md"


@functools.cache
def read_snippets() -> tuple[Snippet, ...]:
    """Return all of them, by name; they come with the program, so they are read once."""
    folder = next(folder for folder in (_RECEIVER / "snippets", _RECEIVER.parent / "snippets") if folder.is_dir())
    return tuple(_read(path) for path in sorted(folder.iterdir()) if path.joinpath(README).is_file())


def _read(folder: Path) -> Snippet:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    files = tuple(
        SnippetFile(name, folder.joinpath(name).read_bytes().decode())
        for name in names
        if name != README and "__pycache__" not in name
    )
    return Snippet(folder.name, folder.joinpath(README).read_bytes().decode(), files)
