"""Books from before there were teams: owners have all, closed months stay, and the next is closed as ever."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config

from receiver.actions.check_books import check_books
from receiver.domain.month import Month
from receiver.store import sites
from receiver.store.master_keys import MasterKeys
from receiver.store.sqlite import MIGRATIONS, SqliteDatabase
from tests.fakes.database import SqliteBooks, books_of
from tests.fakes.mail import Outbox
from tests.receiver.cast import Stage, at

SEPTEMBER = Month(2026, 9)
BEFORE_TEAMS = "0006"


def test_books_from_before_teams_go_on(sqlite_books: SqliteBooks, tmp_path: Path) -> None:
    lived = sqlite_books.begin()
    db = sqlite_books.open(lived)
    stage = Stage(db, MasterKeys({1: bytes(32)}), Outbox(), now=at("2026-09-03"))
    rosa, carla, cem = (stage.person(f"{name}@example.org") for name in ("rosa", "carla", "cem"))
    bread = carla.registers("https://a.example/")
    rosa.pledges("10.00")
    rosa.pays("20.00")
    rosa.clicks(*bread.posts("a b"))
    stage.close(SEPTEMBER)
    rosa.clicks(bread.post("a"))
    before, income = books_of(db), carla.income(SEPTEMBER)
    db.close()

    stage.db = _migrated(_older(lived, tmp_path / "old.db"))

    check_books(stage.db)
    assert books_of(stage.db) == before
    assert carla.income(SEPTEMBER) == income
    with stage.db.reading() as connection:
        assert sites.get(connection, bread.key.site).team is None
    carla.shares(bread, cem, 2)
    stage.close(SEPTEMBER.plus(1))
    check_books(stage.db)
    assert carla.income(SEPTEMBER) == income
    assert cem.earned * 3 == 2 * (carla.earned + cem.earned - income.total)
    stage.db.close()


def _older(lived: Path, path: Path) -> Path:
    """Copy books into a file of the schema before teams: its own columns alone, and past its triggers."""
    db = SqliteDatabase(path)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = db._writer
    command.upgrade(config, BEFORE_TEAMS)
    db.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("attach database ? as lived", (str(lived),))
    triggers = connection.execute("select name, sql from main.sqlite_master where type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"drop trigger {name}")
    tables = connection.execute("select name from main.sqlite_master where type = 'table'").fetchall()
    for (table,) in tables:
        if table != "alembic_version":
            columns = ", ".join(row[1] for row in connection.execute(f"pragma main.table_info({table})"))
            connection.execute(f"insert into main.{table} ({columns}) select {columns} from lived.{table}")
    for _, sql in triggers:
        connection.execute(sql)
    connection.close()
    return path


def _migrated(path: Path) -> SqliteDatabase:
    db = SqliteDatabase(path)
    db.migrate()
    return db
