"""The migrations make the schema that the code was written for."""

import re
import sqlite3
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from receiver.store.schema import metadata
from tests.fakes.database import Books, PostgresBooks, SqliteBooks

WORD_INDEX = "thing_search"


def test_the_migrations_make_the_tables_of_the_schema(books: Books, home: Any) -> None:
    db = books.open_as_owner(home)
    with db.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    db.close()

    assert [change for change in differences if not (_is_of_partitions(change) or _is_of_words(change))] == []


def _is_of_partitions(change: Any) -> bool:
    """PostgreSQL has no foreign keys where a trigger looks up many rows at once; a file not all indexes."""
    return change[0] in ("add_fk", "add_index") and change[1].table.name in {"clicks", "postings", "reader_settlements"}


def _is_of_words(change: Any) -> bool:
    """The index of words is each database's own: FTS5 makes tables for itself, PostgreSQL has a vector."""
    table = change[1] if change[0] == "remove_table" else change[1].table
    return change[0] in ("remove_table", "remove_index") and table.name.startswith(WORD_INDEX)


def test_the_migrations_make_the_constraints_of_the_schema(sqlite_books: SqliteBooks, tmp_path: Path) -> None:
    """Alembic compares no CHECK constraints and no STRICT, so this does."""
    engine = create_engine(f"sqlite:///{tmp_path / 'created.db'}")
    metadata.create_all(engine)
    engine.dispose()

    assert _rules_by_table(sqlite_books.begin()) == _rules_by_table(tmp_path / "created.db")


def test_both_databases_have_the_same_constraints(sqlite_books: SqliteBooks, postgres_books: PostgresBooks) -> None:
    found = []
    for books in (sqlite_books, postgres_books):
        db = books.open_as_owner(books.begin())
        with db.reading() as connection:
            look = inspect(connection)
            found.append(
                {
                    (table, constraint["name"])
                    for table in metadata.tables
                    for constraint in [*look.get_check_constraints(table), *look.get_unique_constraints(table)]
                }
            )
        db.close()

    assert found[0] == found[1]
    assert len(found[0]) > 40


def test_every_table_is_strict(sqlite_books: SqliteBooks) -> None:
    """Without STRICT, SQLite keeps floats and texts in columns of money."""
    with sqlite3.connect(sqlite_books.begin()) as connection:
        loose = connection.execute("select name from pragma_table_list where schema = 'main' and strict = 0").fetchall()
    connection.close()

    tables = {name for (name,) in loose if not name.startswith(WORD_INDEX)}
    assert tables <= {"sqlite_schema", "sqlite_sequence", "alembic_version"}


def _rules_by_table(path: Path) -> dict[str, set[tuple[str, str]]]:
    connection = sqlite3.connect(path)
    tables = connection.execute("select name, sql from sqlite_master where type in ('table', 'index')").fetchall()
    connection.close()
    return {
        name: set(re.findall(r"CONSTRAINT (\w+) (.+?),?$", _one_spacing(sql), re.M)) | {("index", _where(sql))}
        for name, sql in tables
        if sql and name != "alembic_version" and not name.startswith(WORD_INDEX)
    }


def _one_spacing(sql: str) -> str:
    return "\n".join(" ".join(line.split()) for line in sql.splitlines())


def _where(sql: str) -> str:
    return sql.partition(" WHERE ")[2] if sql.startswith("CREATE UNIQUE INDEX") else ""
