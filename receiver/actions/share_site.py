"""Share a site with other creators: its owner invites, the invited accept, and a month is divided by parts.

Why so: docs/decisions/0021-teams.md.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from receiver.actions.register_site import require_owner
from receiver.actions.show_directory import PAGE_SIZE, Page
from receiver.domain.click import MonthState
from receiver.domain.errors import BadInput, MonthClosing, MonthNotDivided, NotAllowed, NotKnown
from receiver.domain.month import Month
from receiver.domain.person import User, normal_email
from receiver.domain.site import Site
from receiver.domain.team import MEMBERS_MAX, require_parts
from receiver.domain.thing import Thing
from receiver.store import clicks, months, sites, teams, things, users
from receiver.store.database import Database
from receiver.store.teams import Invitation, Member

OWNERS_PARTS: Final = 1  # until the owner says otherwise


@dataclass(frozen=True, slots=True)
class Team:
    """Who divides what a site earns; `members` is the owner alone, first, while nobody has accepted."""

    site: Site
    members: list[Member]
    invitations: list[Invitation]

    @property
    def parts_of_all(self) -> int:
        return sum(member.parts for member in self.members)


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation as who is invited sees it: to which site, by whom, and how many parts there would be then."""

    site: Site
    owner_email: str
    invitation: Invitation
    parts_of_all: int


@dataclass(frozen=True, slots=True)
class Memberships:
    """What somebody is invited to, and the sites of others that they share."""

    invited: list[Invited]
    sites: list[Site]


@dataclass(frozen=True, slots=True)
class SharedSite:
    """A site as a member of its team sees it: everything but its key; `clicks_by_thing` counts this month's."""

    team: Team
    things: Page[Thing]
    clicks_by_thing: dict[int, int]


def invite(db: Database, *, owner: User, site: str, email: str, parts: int, now: datetime) -> None:
    """Invite an address to the team of a site; nothing changes until it accepts.  Inviting anew changes the parts.

    Raises BadEmail, BadInput, NotAllowed; MonthClosing, MonthNotDivided when the first is invited.
    """
    email = normal_email(email)
    require_parts(parts)
    with db.writing() as connection:
        require_owner(sites.get(connection, site), owner)
        team = teams.find(connection, site)
        if team is None:
            _require_parts_can_change(connection, now)
            team = teams.add(connection, site, now)
            teams.add_member(connection, team, user=owner.id, parts=OWNERS_PARTS, now=now)
        if email in {member.email for member in teams.members(connection, team)}:
            raise BadInput("%(email)s is in the team already; change the parts in the list", email=email)
        is_new = teams.find_invitation(connection, team, email) is None
        if is_new and teams.count_of_team(connection, team) >= MEMBERS_MAX:
            raise BadInput("a team has at most %(most)s creators; withdraw an invitation first", most=MEMBERS_MAX)
        teams.put_invitation(connection, team, email=email, parts=parts, now=now)


def withdraw_invitation(db: Database, *, owner: User, site: str, email: str) -> None:
    """Take an invitation back.  Raises NotKnown, NotAllowed."""
    with db.writing() as connection:
        team = _own_team(connection, owner, site)
        if not teams.remove_invitation(connection, team, email):
            raise NotKnown("there is no such invitation; it may have been answered")


def accept_invitation(db: Database, *, user: User, team: int, parts: int, now: datetime) -> Site:
    """Join a team with the parts that were seen; what the site earns is divided from this month on.

    Raises NotKnown, BadInput if the parts were changed meanwhile, MonthClosing, MonthNotDivided.
    """
    with db.writing() as connection:
        invitation = teams.find_invitation(connection, team, user.email)
        if invitation is None:
            raise NotKnown("there is no such invitation; it may have been withdrawn")
        if invitation.parts != parts:
            raise BadInput("this invitation was changed meanwhile; look at it again")
        _require_parts_can_change(connection, now)
        site = teams.site_of(connection, team)
        teams.remove_invitation(connection, team, user.email)
        teams.add_member(connection, team, user=user.id, parts=parts, now=now)
        teams.set_dividing(connection, site, team)
        return sites.get(connection, site)


def refuse_invitation(db: Database, *, user: User, team: int) -> None:
    """Refuse an invitation; twice is no error."""
    with db.writing() as connection:
        teams.remove_invitation(connection, team, user.email)


def change_parts(db: Database, *, owner: User, site: str, member: int, parts: int, now: datetime) -> None:
    """Change how many parts a member has, from this month on.

    Raises BadInput, NotKnown, NotAllowed, MonthClosing, MonthNotDivided.
    """
    require_parts(parts)
    with db.writing() as connection:
        team = _own_team(connection, owner, site)
        _require_parts_can_change(connection, now)
        if not teams.set_parts(connection, team, user=member, parts=parts):
            raise NotKnown("there is no such creator in the team")


def remove_member(db: Database, *, owner: User, site: str, member: int, now: datetime) -> None:
    """Remove somebody else from the team; what they earned stays theirs.

    Raises NotKnown, NotAllowed, MonthClosing, MonthNotDivided.
    """
    with db.writing() as connection:
        team = _own_team(connection, owner, site)
        if member == owner.id:
            raise NotAllowed("the owner of a site stays in its team; remove the others, and all is the owner's")
        _part_from(connection, site, team, member, now)


def leave_team(db: Database, *, user: User, site: str, now: datetime) -> None:
    """Leave the team of a site of somebody else; what was earned stays.

    Raises NotKnown, NotAllowed, MonthClosing, MonthNotDivided.
    """
    with db.writing() as connection:
        if sites.get(connection, site).owner == user.id:
            raise NotAllowed("the owner of a site stays in its team; remove the others, and all is the owner's")
        team = teams.find(connection, site)
        if team is None:
            raise NotKnown("you are not in the team of this site")
        _part_from(connection, site, team, user.id, now)


def show_team(db: Database, *, user: User, site: str) -> Team:
    """Return the team of a site to its owner or a member.  Raises NotKnown, NotAllowed."""
    with db.reading() as connection:
        return _team(connection, user, site)


def show_memberships(db: Database, *, user: User) -> Memberships:
    """Return what somebody is invited to, and what they share."""
    with db.reading() as connection:
        shared = [sites.get(connection, site) for site, _ in teams.sites_of_member(connection, user.id)]
        invited = [_invited(connection, found) for found in teams.invitations_of(connection, user.email)]
    return Memberships(invited, [site for site in shared if site.owner != user.id])


def show_shared_site(db: Database, *, user: User, site: str, month: Month, page: int = 1) -> SharedSite:
    """Return a site to its owner or a member of its team.  Raises NotKnown, NotAllowed."""
    with db.reading() as connection:
        team = _team(connection, user, site)
        rows = things.of_site(connection, site, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
        counts = clicks.count_by_thing(connection, month, site)
    return SharedSite(team, Page(rows[:PAGE_SIZE], page, len(rows) > PAGE_SIZE), counts)


def leave_all_teams(connection: Connection, user: User, now: datetime) -> None:
    """Take somebody who leaves the receiver out of every team, and end the teams of their own sites.

    Raises MonthClosing, MonthNotDivided.
    """
    for invitation in teams.invitations_of(connection, user.email):
        teams.remove_invitation(connection, invitation.team, user.email)
    for site, team in teams.sites_of_member(connection, user.id):
        if sites.get(connection, site).owner != user.id:
            _part_from(connection, site, team, user.id, now)
    for own in sites.of_owner(connection, user.id):
        team_of_own = teams.find(connection, own.id)
        if team_of_own is not None:
            _end_team(connection, own.id, team_of_own, now)


def _end_team(connection: Connection, site: str, team: int, now: datetime) -> None:
    _require_parts_can_change(connection, now)
    teams.set_dividing(connection, site, None)
    for invitation in teams.invitations(connection, team):
        teams.remove_invitation(connection, team, invitation.email)
    for member in teams.members(connection, team):
        teams.remove_member(connection, team, member.user)


def _team(connection: Connection, user: User, site_id: str) -> Team:
    site = sites.get(connection, site_id)
    team = teams.find(connection, site_id)
    members = [] if team is None else teams.members(connection, team)
    if user.id not in {site.owner, *(member.user for member in members)}:
        raise NotAllowed("this is somebody else's site")
    return Team(site, members, [] if team is None else teams.invitations(connection, team))


def _invited(connection: Connection, invitation: Invitation) -> Invited:
    site = sites.get(connection, teams.site_of(connection, invitation.team))
    parts_of_all = sum(member.parts for member in teams.members(connection, invitation.team)) + invitation.parts
    return Invited(site, users.get(connection, site.owner).email, invitation, parts_of_all)


def _own_team(connection: Connection, owner: User, site: str) -> int:
    require_owner(sites.get(connection, site), owner)
    team = teams.find(connection, site)
    if team is None:
        raise NotKnown("this site has no team yet; invite somebody")
    return team


def _part_from(connection: Connection, site: str, team: int, member: int, now: datetime) -> None:
    """Let a member go; the owner who is left alone has all, as before there was a team."""
    _require_parts_can_change(connection, now)
    if not teams.remove_member(connection, team, member):
        raise NotKnown("there is no such creator in the team")
    if len(teams.members(connection, team)) == 1:
        teams.set_dividing(connection, site, None)


def _require_parts_can_change(connection: Connection, now: datetime) -> None:
    """Raise MonthClosing or MonthNotDivided if a month that is over would be divided otherwise."""
    if months.in_state(connection, MonthState.CLOSING):
        raise MonthClosing
    first_open = months.first_not_closed(connection)
    if first_open is not None and first_open < Month.of(now):
        raise MonthNotDivided(first_open)
