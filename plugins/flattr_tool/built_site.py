"""The output of a build: its files, and its signed list of things."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flattr_button import ThingsList
from flattr_button.things_list import WELL_KNOWN_PATH

PAGE_ENDINGS: Final = (".html", ".htm", ".xhtml")


class NoOutput(Exception):
    """There is no such folder; name the one that the generator writes to."""


class NoList(Exception):
    """The build wrote no signed list of things, or none that can be read."""


@dataclass(frozen=True, slots=True)
class BuiltSite:
    """A folder that a generator has written.  Raises NoOutput if it is none."""

    folder: Path

    def __post_init__(self) -> None:
        if not self.folder.is_dir():
            raise NoOutput(f"{self.folder} is no folder; name the one that your generator writes to, such as output/")

    def files(self) -> Iterator[str]:
        """Yield every file by its path below the folder, in order."""
        for where, folders, names in os.walk(self.folder):
            folders.sort()
            for name in sorted(names):
                yield (Path(where) / name).relative_to(self.folder).as_posix()

    def content(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def things_list(self) -> ThingsList:
        """Return the list, its signature not yet verified.  Raises NoList or BadThingsList."""
        try:
            return ThingsList.parse(self.content(WELL_KNOWN_PATH))
        except FileNotFoundError:
            raise NoList(
                f"there is no {WELL_KNOWN_PATH} in {self.folder}; build with FLATTR_SITE_KEY, and look at what the "
                "plugin says"
            ) from None
        except OSError as error:
            raise NoList(f"{WELL_KNOWN_PATH} in {self.folder} cannot be read: {error.strerror}") from None
