"""Where SQLite and PostgreSQL are spelt differently."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Table,
    bindparam,
    cast,
    func,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite


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


def not_among(connection: Connection, column: ColumnElement[int], numbers: Collection[int]) -> ColumnElement[bool]:
    """Tell that a column is none of these numbers, of which there may be very many: they are one parameter."""
    if not numbers:
        return true()
    if is_postgresql(connection):
        return column.not_in(select(func.unnest(bindparam(None, sorted(numbers), type_=ARRAY(BigInteger)))))
    listed = func.json_each(json.dumps(sorted(numbers))).table_valued("value")
    return column.not_in(select(listed.c.value))


def is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
