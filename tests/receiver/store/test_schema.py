"""The migrations make the schema that the code was written for."""

import re
import sqlite3
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from receiver.store.schema import metadata


def test_the_migrations_make_the_tables_of_the_schema(empty_books: Path) -> None:
    engine = create_engine(f"sqlite:///{empty_books}")
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()

    assert differences == []


def test_the_migrations_make_the_constraints_of_the_schema(empty_books: Path, tmp_path: Path) -> None:
    """Alembic compares no CHECK constraints and no STRICT, so this does."""
    engine = create_engine(f"sqlite:///{tmp_path / 'created.db'}")
    metadata.create_all(engine)
    engine.dispose()

    assert _rules_by_table(empty_books) == _rules_by_table(tmp_path / "created.db")


def test_every_table_is_strict(empty_books: Path) -> None:
    """Without STRICT, SQLite keeps floats and texts in columns of money."""
    with sqlite3.connect(empty_books) as connection:
        loose = connection.execute("select name from pragma_table_list where schema = 'main' and strict = 0").fetchall()
    connection.close()

    assert {name for (name,) in loose} <= {"sqlite_schema", "sqlite_sequence", "alembic_version"}


def _rules_by_table(path: Path) -> dict[str, set[tuple[str, str]]]:
    connection = sqlite3.connect(path)
    tables = connection.execute("select name, sql from sqlite_master where type in ('table', 'index')").fetchall()
    connection.close()
    return {
        name: set(re.findall(r"CONSTRAINT (\w+) (.+?),?$", _one_spacing(sql), re.M)) | {("index", _where(sql))}
        for name, sql in tables
        if sql and name != "alembic_version"
    }


def _one_spacing(sql: str) -> str:
    return "\n".join(" ".join(line.split()) for line in sql.splitlines())


def _where(sql: str) -> str:
    return sql.partition(" WHERE ")[2] if sql.startswith("CREATE UNIQUE INDEX") else ""
