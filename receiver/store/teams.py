"""Statements about teams: who divides what a site earns, by how many parts, and who is invited."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, func, insert, or_, select, update

from receiver.domain.errors import NotKnown
from receiver.domain.site import Site
from receiver.store.dialects import insert_or
from receiver.store.schema import sites, team_invitations, team_members, teams, users


@dataclass(frozen=True, slots=True)
class Member:
    user: int
    email: str
    name: str
    parts: int
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    team: int
    email: str
    parts: int
    invited_at: datetime


def parts_of(connection: Connection, site: Site) -> Mapping[int, int]:
    """Return the parts by creator of what a site earns, in order of the creators; without a team the owner has all."""
    return {site.owner: 1} if site.team is None else parts_by_team(connection, site.team, site.team)[site.team]


def parts_by_team(connection: Connection, first: int, last: int) -> dict[int, dict[int, int]]:
    """Return the parts by creator of each team of a range, in order of the creators."""
    c = team_members.c
    statement = select(c.team_id, c.user_id, c.parts).where(c.team_id.between(first, last))
    found: dict[int, dict[int, int]] = {}
    for row in connection.execute(statement.order_by(c.team_id, c.user_id)):
        found.setdefault(row.team_id, {})[row.user_id] = row.parts
    return found


def is_own(reader: ColumnElement[int] | int) -> ColumnElement[bool]:
    """Tell, where sites are asked for, whether a reader is one of the creators of a site."""
    c = team_members.c
    return or_(sites.c.owner_id == reader, exists().where(c.team_id == sites.c.team_id, c.user_id == reader))


def find(connection: Connection, site_id: str) -> int | None:
    """Return the team of a site, if anybody was ever invited; it divides what the site earns once `site.team` is it."""
    return connection.execute(select(teams.c.id).where(teams.c.site_id == site_id)).scalar_one_or_none()


def add(connection: Connection, site_id: str, now: datetime) -> int:
    result = connection.execute(insert(teams).values(site_id=site_id, created_at=now))
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def site_of(connection: Connection, team: int) -> str:
    """Return the site of a team.  Raises NotKnown."""
    found = connection.execute(select(teams.c.site_id).where(teams.c.id == team)).scalar_one_or_none()
    if found is None:
        raise NotKnown("there is no such team here")
    return str(found)


def set_dividing(connection: Connection, site_id: str, team: int | None) -> None:
    """Let a team divide what its site earns from now on; None: its owner has all."""
    connection.execute(update(sites).where(sites.c.id == site_id).values(team_id=team))


def members(connection: Connection, team: int) -> list[Member]:
    """Return the members in the order in which they joined, so the owner first."""
    c = team_members.c
    statement = (
        select(c.user_id, users.c.email, users.c.name, c.parts, c.joined_at)
        .join(users, users.c.id == c.user_id)
        .where(c.team_id == team)
        .order_by(c.joined_at, c.user_id)
    )
    return [Member(*row) for row in connection.execute(statement)]


def add_member(connection: Connection, team: int, *, user: int, parts: int, now: datetime) -> None:
    connection.execute(insert(team_members).values(team_id=team, user_id=user, parts=parts, joined_at=now))


def set_parts(connection: Connection, team: int, *, user: int, parts: int) -> bool:
    """Change the parts of a member; False if there is no such member."""
    c = team_members.c
    statement = update(team_members).where(c.team_id == team, c.user_id == user).values(parts=parts)
    return connection.execute(statement).rowcount == 1


def remove_member(connection: Connection, team: int, user: int) -> bool:
    """Remove a member; False if there is no such member."""
    c = team_members.c
    return connection.execute(delete(team_members).where(c.team_id == team, c.user_id == user)).rowcount == 1


def sites_of_member(connection: Connection, user: int) -> list[tuple[str, int]]:
    """Return (site, team) of the teams that a user is a member of, those of their own sites too, the oldest first."""
    c = team_members.c
    statement = (
        select(teams.c.site_id, teams.c.id)
        .join(team_members, c.team_id == teams.c.id)
        .join(sites, sites.c.team_id == teams.c.id)
        .where(c.user_id == user)
        .order_by(teams.c.id)
    )
    return [(row[0], row[1]) for row in connection.execute(statement)]


def dividing(connection: Connection) -> list[tuple[int, int, int]]:
    """Return (team, creator, parts) of all teams that divide what their site earns, in order."""
    c = team_members.c
    statement = select(c.team_id, c.user_id, c.parts).join(sites, sites.c.team_id == c.team_id)
    return [(row[0], row[1], row[2]) for row in connection.execute(statement.order_by(c.team_id, c.user_id))]


def put_invitation(connection: Connection, team: int, *, email: str, parts: int, now: datetime) -> None:
    """Invite an address, or invite it anew with other parts."""
    statement = insert_or(connection, team_invitations).values(team_id=team, email=email, parts=parts, invited_at=now)
    renewed = {"parts": statement.excluded.parts, "invited_at": statement.excluded.invited_at}
    connection.execute(statement.on_conflict_do_update(index_elements=["team_id", "email"], set_=renewed))


def invitations(connection: Connection, team: int) -> list[Invitation]:
    return _invitations(connection, team_invitations.c.team_id == team)


def invitations_of(connection: Connection, email: str) -> list[Invitation]:
    """Return what an address is invited to."""
    return _invitations(connection, team_invitations.c.email == email)


def find_invitation(connection: Connection, team: int, email: str) -> Invitation | None:
    found = _invitations(connection, (team_invitations.c.team_id == team) & (team_invitations.c.email == email))
    return found[0] if found else None


def remove_invitation(connection: Connection, team: int, email: str) -> bool:
    """Remove an invitation; False if there is none."""
    c = team_invitations.c
    return connection.execute(delete(team_invitations).where(c.team_id == team, c.email == email)).rowcount == 1


def count_of_team(connection: Connection, team: int) -> int:
    """Return how many members and invitations a team has."""
    counts = (
        connection.execute(select(func.count()).where(table.c.team_id == team)).scalar_one()
        for table in (team_members, team_invitations)
    )
    return sum(counts)


def _invitations(connection: Connection, condition: ColumnElement[bool]) -> list[Invitation]:
    c = team_invitations.c
    statement = select(team_invitations).where(condition).order_by(c.invited_at, c.team_id, c.email)
    return [_invitation(row) for row in connection.execute(statement)]


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(row.team_id, row.email, row.parts, row.invited_at)
