"""Where SQLite and PostgreSQL are spelt differently."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Connection, Integer, Select, Table, cast, exists, func, literal_column
from sqlalchemy.dialects import postgresql, sqlite

VALUES_MAX: Final = 10_000  # SQLite takes 32,766, PostgreSQL 65,535

Value = TypeVar("Value")


def insert_or(connection: Connection, table: Table) -> Any:
    """Return an `insert` that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if is_postgresql(connection) else sqlite.insert(table)


def total(amount: Any) -> ColumnElement[int]:
    """Sum up whole numbers to a whole number, zero if there are none; PostgreSQL's own sum is a decimal."""
    return cast(func.coalesce(func.sum(amount), 0), BigInteger().with_variant(Integer(), "sqlite"))


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert many rows of plain values at once, past the parts of SQLAlchemy that look at each value."""
    names = ", ".join(columns)
    if is_postgresql(connection):
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"copy {table.name} ({names}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(columns))
        statement = f"insert into {table.name} ({names}) values ({marks})"  # noqa: S608 - names of ours
        connection.exec_driver_sql(statement, list(rows))


def in_chunks(values: Iterable[Value]) -> Iterator[list[Value]]:
    """Yield the values so many at a time as each database takes in one statement."""
    rest = iter(values)
    while chunk := list(islice(rest, VALUES_MAX)):
        yield chunk


def not_among(connection: Connection, column: ColumnElement[int], numbers: Select[tuple[int]]) -> ColumnElement[bool]:
    """Tell that a column is none of the numbers of a query, of which there may be very many.

    Each database is asked in the way in which it looks at them once, and not again for each row.
    """
    if is_postgresql(connection):
        listed = numbers.subquery()
        return ~exists().where(listed.c[0] == column)
    return column.not_in(numbers)


def unsought(connection: Connection, column: ColumnElement[int]) -> ColumnElement[int]:
    """Return a column by which SQLite does not look rows up, so that it begins with this table and not with the clicks.

    It has no statistics here, and would look up something for each of millions of clicks.  The plus changes no value.
    """
    return column if is_postgresql(connection) else column.op("+")(literal_column("0"))


def is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
