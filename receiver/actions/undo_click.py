"""Look at a click of one's own, and undo it until its month closes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from receiver.domain.click import parse_click_id, require_open
from receiver.domain.errors import NotKnown
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.thing import Thing
from receiver.store import clicks, months, things
from receiver.store.clicks import ClickRow
from receiver.store.database import Database


@dataclass(frozen=True, slots=True)
class ClickDone:
    """What the page after a click shows."""

    click: ClickRow
    thing: Thing
    can_be_undone: bool


def look_at_click(db: Database, *, reader: User, click_id: str) -> ClickDone:
    """Return a click of the reader's own.  Raises NotKnown for anybody else's, too."""
    with db.reading() as connection:
        click = _own_click(connection, reader, click_id)
        state = months.state(connection, click.month)
        return ClickDone(click, things.get(connection, click.thing), can_be_undone=state == "open")


def undo_click(db: Database, *, reader: User, click_id: str, now: datetime) -> ClickRow:
    """Undo a click until its month closes; twice is no error.  Raises NotKnown, MonthClosed."""
    with db.writing() as connection:
        click = _own_click(connection, reader, click_id)
        require_open(click.month, months.state(connection, click.month))
        if click.undone_at is None:
            clicks.set_undone(connection, click, now)
        # The same thing may have been carried here from an earlier month; its reader sees one click and undoes one.
        clicks.set_carried_undone(connection, reader=reader.id, thing=click.thing, month=click.month, at=now)
        return click


def withdraw_carried_click(db: Database, *, reader: User, thing: int, month: Month, now: datetime) -> None:
    """Withdraw a click of an earlier month that still waits for its site.  Raises NotKnown, MonthClosed."""
    with db.writing() as connection:
        require_open(month, months.state(connection, month))
        if not clicks.set_carried_undone(connection, reader=reader.id, thing=thing, month=month, at=now):
            raise NotKnown("there is no such click waiting")
        again = clicks.find(connection, month=month, reader=reader.id, thing=thing)
        if again is not None and again.undone_at is None:
            clicks.set_undone(connection, again, now)


def _own_click(connection: Connection, reader: User, click_id: str) -> ClickRow:
    month, thing = parse_click_id(click_id)
    click = clicks.find(connection, month=month, reader=reader.id, thing=thing)
    if click is None:
        raise NotKnown("there is no such click of yours")
    return click
