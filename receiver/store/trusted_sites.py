"""Statements about the sites whose buttons a reader clicks without the confirm page."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from receiver.store.dialects import insert_or
from receiver.store.schema import trusted_sites


def add(connection: Connection, *, reader: int, site: str, now: datetime) -> None:
    """Trust a site; one that is trusted stays so since it was."""
    statement = insert_or(connection, trusted_sites).values(reader_id=reader, site_id=site, trusted_at=now)
    connection.execute(statement.on_conflict_do_nothing())


def is_trusted(connection: Connection, *, reader: int, site: str) -> bool:
    c = trusted_sites.c
    found = connection.execute(select(c.site_id).where(c.reader_id == reader, c.site_id == site)).one_or_none()
    return found is not None


def of_reader(connection: Connection, reader: int) -> list[tuple[str, datetime]]:
    """Return (site, since when), the newest first."""
    c = trusted_sites.c
    statement = select(c.site_id, c.trusted_at).where(c.reader_id == reader).order_by(c.trusted_at.desc(), c.site_id)
    return [(row.site_id, row.trusted_at) for row in connection.execute(statement)]


def remove(connection: Connection, *, reader: int, site: str) -> None:
    c = trusted_sites.c
    connection.execute(delete(trusted_sites).where(c.reader_id == reader, c.site_id == site))
