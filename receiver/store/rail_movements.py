"""Statements about money that crossed a rail, by the rail's own reference."""

from dataclasses import dataclass

from sqlalchemy import Connection, case, insert, select

from receiver.domain.money import Micros
from receiver.store.dialects import total
from receiver.store.schema import entries, places, postings, rail_movements


@dataclass(frozen=True, slots=True)
class MovementRow:
    rail: str
    reference: str
    kind: str
    user_id: int | None
    amount_micros: Micros
    entry_id: int


def add(connection: Connection, row: MovementRow) -> None:
    connection.execute(
        insert(rail_movements).values(
            rail=row.rail,
            reference=row.reference,
            kind=row.kind,
            user_id=row.user_id,
            amount_micros=row.amount_micros,
            entry_id=row.entry_id,
        )
    )


def find(connection: Connection, rail: str, reference: str) -> MovementRow | None:
    c = rail_movements.c
    row = connection.execute(select(rail_movements).where(c.rail == rail, c.reference == reference)).one_or_none()
    return None if row is None else MovementRow(*row)


def sum_by_rail(connection: Connection) -> dict[str, int]:
    """Return what came in less what went out by each rail, as the rails told it, in micros."""
    c = rail_movements.c
    signed = total(case((c.kind == "payment", c.amount_micros), else_=-c.amount_micros))
    return {row[0]: row[1] for row in connection.execute(select(c.rail, signed).group_by(c.rail))}


def unexplained_rail_postings(connection: Connection) -> list[str]:
    """Return the keys of entries that moved money over a rail without a movement of that rail behind them."""
    statement = (
        select(entries.c.key)
        .join(postings, postings.c.entry_id == entries.c.id)
        .join(places, (places.c.id == postings.c.source_id) | (places.c.id == postings.c.target_id))
        .join(rail_movements, rail_movements.c.entry_id == entries.c.id, isouter=True)
        .where(places.c.kind == "rail", rail_movements.c.entry_id.is_(None))
    )
    return list(connection.execute(statement).scalars())
