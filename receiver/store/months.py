"""Statements about months and how far they are closed."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from receiver.domain.click import MonthState
from receiver.domain.month import Month
from receiver.store.schema import months


def state(connection: Connection, month: Month) -> MonthState:
    """Return the state; a month that nothing has happened in is open, unless a later one is closed already."""
    found = connection.execute(select(months.c.state).where(months.c.month == month)).scalar_one_or_none()
    if found is not None:
        return MonthState(found)
    later = select(months.c.month).where(months.c.month > month, months.c.state != MonthState.OPEN).limit(1)
    return MonthState.OPEN if connection.execute(later).one_or_none() is None else MonthState.CLOSED


def begin(connection: Connection, month: Month) -> None:
    """Make sure the month has its row, so that clicks and gifts can refer to it."""
    if connection.execute(select(months.c.month).where(months.c.month == month)).one_or_none() is None:
        connection.execute(insert(months).values(month=month, state=MonthState.OPEN))


def set_closing(connection: Connection, month: Month, now: datetime) -> None:
    connection.execute(update(months).where(months.c.month == month).values(state=MonthState.CLOSING, closing_at=now))


def set_closed(connection: Connection, month: Month, now: datetime) -> None:
    connection.execute(update(months).where(months.c.month == month).values(state=MonthState.CLOSED, closed_at=now))


def set_subscribed(connection: Connection, month: Month, now: datetime) -> None:
    connection.execute(update(months).where(months.c.month == month).values(subscribed_at=now))


def set_forgotten(connection: Connection, month: Month, now: datetime) -> None:
    connection.execute(update(months).where(months.c.month == month).values(forgotten_at=now))


def subscribed_at(connection: Connection, month: Month) -> datetime | None:
    return connection.execute(select(months.c.subscribed_at).where(months.c.month == month)).scalar_one_or_none()


def closing_at(connection: Connection, month: Month) -> datetime | None:
    return connection.execute(select(months.c.closing_at).where(months.c.month == month)).scalar_one_or_none()


def first(connection: Connection) -> Month | None:
    """Return the month in which anything happened first."""
    found: Month | None = connection.execute(select(func.min(months.c.month))).scalar_one()
    return found


def closed_after(connection: Connection, month: Month | None) -> list[tuple[Month, datetime]]:
    """Return the closed months behind a month, or all, in order, and when they were closed."""
    c = months.c
    statement = select(c.month, c.closed_at).where(c.state == MonthState.CLOSED).order_by(c.month)
    if month is not None:
        statement = statement.where(c.month > month)
    return [(row.month, row.closed_at) for row in connection.execute(statement)]


def first_not_closed(connection: Connection) -> Month | None:
    statement = select(func.min(months.c.month)).where(months.c.state != MonthState.CLOSED)
    found: Month | None = connection.execute(statement).scalar_one()
    return found


def last_closed(connection: Connection) -> Month | None:
    statement = select(func.max(months.c.month)).where(months.c.state == MonthState.CLOSED)
    found: Month | None = connection.execute(statement).scalar_one()
    return found


def in_state(connection: Connection, wanted: MonthState) -> list[Month]:
    statement = select(months.c.month).where(months.c.state == wanted).order_by(months.c.month)
    return list(connection.execute(statement).scalars())


def remembered_closed_before(connection: Connection, instant: datetime) -> list[Month]:
    """Return the months closed before an instant whose reading history is still there."""
    c = months.c
    statement = select(c.month).where(c.closed_at < instant, c.forgotten_at.is_(None)).order_by(c.month)
    return list(connection.execute(statement).scalars())


def forgotten_at(connection: Connection, month: Month) -> datetime | None:
    return connection.execute(select(months.c.forgotten_at).where(months.c.month == month)).scalar_one_or_none()


def remembered_closed(connection: Connection) -> list[Month]:
    """Return the closed months whose reading history is still there."""
    c = months.c
    statement = select(c.month).where(c.state == MonthState.CLOSED, c.forgotten_at.is_(None)).order_by(c.month)
    return list(connection.execute(statement).scalars())


def all_states(connection: Connection) -> list[tuple[Month, MonthState, datetime | None]]:
    c = months.c
    rows = connection.execute(select(c.month, c.state, c.closed_at).order_by(c.month.desc()))
    return [(row.month, MonthState(row.state), row.closed_at) for row in rows]
