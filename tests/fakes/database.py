"""A database that is killed when told, and the bytes of one that was not."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from receiver.store.database import SqliteDatabase

_WRITES = ("insert", "update", "delete")


class Killed(BaseException):
    """The process ends here: no `except Exception` sees it, as none sees a `kill -9`."""


def _raise() -> None:
    raise Killed


class MortalDatabase:
    """Dies before write statement number `at_write`, or instead of commit number `at_commit`; both count from 1.

    What it counted until then is in `writes` and `commits`.  Dying rolls the open transaction back, as the next
    opening of the file would; throw the object away after that.  With another `kill` it dies in another way.
    """

    def __init__(
        self,
        path: Path,
        *,
        at_write: int | None = None,
        at_commit: int | None = None,
        kill: Callable[[], None] = _raise,
    ) -> None:
        self._db = SqliteDatabase(path)
        self._kill = kill
        self._at_write, self._at_commit = at_write, at_commit
        self.writes = self.commits = 0
        event.listen(self._db._writer, "before_cursor_execute", self._count_write)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._db.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._db.writing() as connection:
            yield connection
            self.commits += 1
            if self.commits == self._at_commit:
                self._kill()

    def writing_part(self) -> AbstractContextManager[Connection]:
        return self.writing()

    def close(self) -> None:
        self._db.close()

    def _count_write(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().lower().startswith(_WRITES):
            self.writes += 1
            if self.writes == self._at_write:
                self._kill()


def dump(path: Path) -> str:
    """Return every row of every table as SQL, in order of its key; two equal databases have equal dumps."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return "\n".join(connection.iterdump())
    finally:
        connection.close()
