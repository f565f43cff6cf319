"""Close a month, beside SQLite counting the same clicks per thing."""

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from bench.measure import Ratio, compare
from receiver.actions.check_books import check_books
from receiver.actions.close_month import close_month
from receiver.domain.ledger import Entry, EntryKind, Posting, fresh, rail
from receiver.domain.money import MICROS_PER_UNIT, Micros
from receiver.domain.month import Month
from receiver.domain.rules import Rules
from receiver.store import entries, pledges, rail_movements, schema
from receiver.store.rail_movements import MovementRow
from receiver.store.sqlite import SqliteDatabase

MONTH = Month(2026, 9)
NOW = datetime(2026, 9, 5, tzinfo=UTC)
AFTER = datetime(2026, 10, 1, tzinfo=UTC)


def run(*, readers: int = 2_000, clicks_each: int = 30, rounds: int = 3) -> list[Ratio]:
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.db"
        fill(full, readers=readers, clicks_each=clicks_each)

        def closed() -> None:
            copy = Path(folder) / "copy.db"
            shutil.copyfile(full, copy)
            db = SqliteDatabase(copy)
            try:
                close_month(db, Rules(), MONTH, now=AFTER)
                check_books(db)
            finally:
                db.close()

        name = f"close and check {readers} readers, {readers * clicks_each} clicks ÷ count"
        return [compare(name, closed, _counter(full), rounds=rounds)]


def fill(path: Path, *, readers: int, clicks_each: int) -> None:
    """Make a database with a month of clicks; popularity of things has a long tail."""
    dice = random.Random(2026)
    db = SqliteDatabase(path)
    db.migrate()
    with db.writing() as connection:
        people = [{"id": i, "email": f"{i}@example.org", "name": "", "created_at": NOW} for i in range(1, readers + 2)]
        connection.execute(insert(schema.users), people)
        connection.execute(
            insert(schema.sites).values(
                id="benchmarka", owner_id=readers + 1, scope="https://blog.example/", title="Bench",
                created_at=NOW, verified_at=NOW, verified_by="operator",
            )
        )  # fmt: skip
        things = max(clicks_each * 4, readers // 10)
        rows = [
            {
                "id": i, "site_id": "benchmarka", "paid_site_id": "benchmarka", "identity": f"i:{i}",
                "url": f"https://blog.example/{i}/", "title": f"Post {i}", "tags": "[]", "hidden": 0, "generation": 1,
                "registered_at": NOW,
            }
            for i in range(1, things + 1)
        ]  # fmt: skip
        connection.execute(insert(schema.things), rows)
        connection.execute(insert(schema.months).values(month=MONTH, state="open"))
        for reader in range(1, readers + 1):
            _fund(connection, reader, Micros(dice.choice([2, 5, 10]) * MICROS_PER_UNIT))
            chosen = {min(things, int(dice.paretovariate(0.6))) for _ in range(clicks_each * 3)}
            chosen |= set(dice.sample(range(1, things + 1), clicks_each))
            connection.execute(
                insert(schema.clicks),
                [
                    {
                        "month": MONTH, "reader_id": reader, "thing_id": thing, "id": f"{reader}-{thing}",
                        "source": "page", "clicked_at": NOW,
                    }
                    for thing in sorted(chosen)[:clicks_each]
                ],
            )  # fmt: skip
    db.close()


def _fund(connection: entries.Connection, reader: int, amount: Micros) -> None:
    pledges.put(connection, reader, MONTH, amount)
    postings = (Posting(rail("play"), fresh(reader), amount),)
    entry = Entry(kind=EntryKind.PAYMENT, key=f"payment:play:{reader}", month=MONTH, postings=postings)
    entry_id = entries.book(connection, entry, now=NOW)
    rail_movements.add(connection, MovementRow("play", str(reader), "payment", reader, amount, entry_id))


def _counter(path: Path) -> Callable[[], None]:
    def counted() -> None:
        connection = sqlite3.connect(path)
        try:
            connection.execute("select thing_id, count(*) from clicks group by thing_id order by thing_id").fetchall()
        finally:
            connection.close()

    return counted
