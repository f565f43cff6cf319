"""What every database can do for the actions; `sqlite.py` and `postgres.py` are the two there are."""

from typing import Any, Protocol


class Database(Protocol):
    """Where the books are.  Only actions open transactions."""

    click_lanes: int
    """How many transactions of clicks may be under way at once."""

    def reading(self) -> Any:
        """Open a connection that cannot write, for the length of a `with`; it sees one moment throughout."""

    def writing(self) -> Any:
        """Open a writing transaction, for the length of a `with`: committed at its end, or nothing of it.

        Such deeds are done one at a time, by whatever process, in the order they came; a long one is cut into many.
        Raises BooksBusy, BooksReadOnly or BooksUnreachable; nothing is changed then.
        """

    def clicking(self) -> Any:
        """Open a transaction that only adds clicks (`presses.py`); where the database can, beside deeds and others.

        What it yields is the connection of the driver itself: SQLAlchemy's would cost more than a click.
        Raises as `writing` does, and IntegrityError.
        """

    def has_books(self) -> bool:
        """Tell whether a receiver was begun here."""

    def migrate(self) -> None:
        """Bring the schema to the newest version; safe to call at every start.

        Raises BadSettings if this role may not.
        """

    def claim(self) -> None:
        """Serve these books from now on until closed.

        Raises BooksServed if another process does and only one can.
        """

    def leading(self) -> Any:
        """Yield whether this process may keep house, for the length of a `with`: one of several receivers at a time."""

    def require_writable(self) -> None:
        """Raise BooksReadOnly if nothing can be written at present, without writing."""

    def versions(self) -> str:
        """Name the database and its version."""

    def close(self) -> None:
        """Let go of the books; whoever comes next opens them anew."""
