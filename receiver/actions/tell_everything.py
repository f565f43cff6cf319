"""Tell a person everything that the books know of them, in one document: docs/personal-data.md."""

from datetime import datetime
from typing import Any

from receiver.actions.state_month import CreatorStatement, state_creator_month
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.store import personal_rows, settlements
from receiver.store.database import Database


def tell_everything(db: Database, *, user: User, now: datetime) -> dict[str, Any]:
    """Return all of it as JSON knows it: moments in ISO 8601, months as 2026-09, money in micros.

    Of what a creator got there are the statements, as their pages show them: never who gave.
    """
    with db.reading() as connection:
        rows_by_table = personal_rows.of_user(connection, user.id, user.email)
        bookings = personal_rows.bookings_of(connection, user.id)
        months = [row[0] for row in settlements.months_of_creator(connection, user.id)]
    statements = [state_creator_month(db, creator=user, month=month) for month in months]
    return {
        "told_at": now.isoformat(),
        "tables": {table: [_plain(row) for row in rows] for table, rows in rows_by_table.items()},
        "bookings": [
            {"place": place, "month": str(month), "kind": kind, "in_micros": came, "out_micros": went}
            for place, month, kind, came, went in bookings
        ],
        "income": [_income(statement) for statement in statements],
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in row.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Month) else value


def _income(statement: CreatorStatement) -> dict[str, Any]:
    return {
        "month": str(statement.month),
        "things": [
            {"url": line.thing.url, "readers": line.readers, "amount_micros": line.amount} for line in statement.things
        ],
        "of_few_readers_micros": statement.of_few_readers,
        "gifts_micros": statement.gifts,
        "total_micros": statement.total,
    }
