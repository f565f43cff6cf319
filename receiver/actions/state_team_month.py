"""State a month of a team's site to one of its creators: what it got and what falls to them, whole and part."""

from dataclasses import dataclass

from sqlalchemy import Connection

from receiver.actions.hide_sums import hidden_in
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.site import Site
from receiver.domain.team import divide
from receiver.domain.thing import Thing
from receiver.store import clicks, settlements, sites, teams, things
from receiver.store.settlements import TeamSettlement


@dataclass(frozen=True, slots=True)
class TeamThing:
    """A thing's month and a creator's part of it; neither is told where it would tell what one reader gave."""

    thing: Thing
    readers: int
    amount: Micros | None
    part: Micros | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamIncome:
    """A month of a team's site: part == parts of things with an amount + `part_of_few_readers` + `gifts_part`.

    Shares are divided in one sum, and each gift by itself; what falls to a creator of one thing is their part of that
    sum in proportion, to the micro, so it may be a micro off what the thing alone would make.
    """

    site: Site
    parts: int
    parts_of_all: int
    things: list[TeamThing]
    of_few_readers: Micros
    part_of_few_readers: Micros
    gifts: Micros
    gifts_part: Micros
    shares: Micros
    shares_part: Micros

    @property
    def whole(self) -> Micros:
        return Micros(self.shares + self.gifts)

    @property
    def part(self) -> Micros:
        return Micros(self.shares_part + self.gifts_part)


def state_team_incomes(connection: Connection, creator: int, month: Month) -> list[TeamIncome]:
    """Return what teams divided in a closed month, as one of their creators sees it."""
    shares = {row.team: row for row in settlements.teams_of_creator(connection, month, creator)}
    gifts: dict[int, list[TeamSettlement]] = {}
    for row in settlements.gift_parts_of_creator(connection, month, creator):
        gifts.setdefault(row.team, []).append(row)
    return [
        _income(connection, month, team, shares.get(team), gifts.get(team, []))
        for team in sorted(shares.keys() | gifts.keys())
    ]


def state_running_teams(connection: Connection, creator: int, month: Month) -> list[TeamIncome]:
    """Return the counts of a month that is not closed; amounts follow."""
    return [
        _running(connection, creator, month, site, team) for site, team in teams.sites_of_member(connection, creator)
    ]


def _income(
    connection: Connection, month: Month, team: int, shares: TeamSettlement | None, gifts: list[TeamSettlement]
) -> TeamIncome:
    site_id = teams.site_of(connection, team)
    rows = settlements.things_of_team(connection, month, team)
    hidden = hidden_in(connection, month, rows)
    thing_by_id = things.get_many(connection, {row.thing for row in rows})
    part_by_thing = divide(shares.amount, {row.thing: row.amount for row in rows}) if shares else {}
    known = shares or gifts[0]
    return TeamIncome(
        site=sites.get(connection, site_id),
        parts=known.parts,
        parts_of_all=known.parts_of_all,
        things=[
            TeamThing(thing_by_id[row.thing], row.readers, None, None)
            if row.thing in hidden
            else TeamThing(thing_by_id[row.thing], row.readers, row.amount, part_by_thing[row.thing])
            for row in rows
        ],
        of_few_readers=Micros(sum(row.amount for row in rows if row.thing in hidden)),
        part_of_few_readers=Micros(sum(part_by_thing[thing] for thing in hidden)),
        gifts=Micros(sum(gift.whole for gift in gifts)),
        gifts_part=Micros(sum(gift.amount for gift in gifts)),
        shares=shares.whole if shares else Micros(0),
        shares_part=shares.amount if shares else Micros(0),
    )


def _running(connection: Connection, creator: int, month: Month, site_id: str, team: int) -> TeamIncome:
    parts_by_creator = teams.parts_by_team(connection, team, team)[team]
    count_by_thing = clicks.count_by_thing(connection, month, site_id)
    thing_by_id = things.get_many(connection, count_by_thing.keys())
    in_order = sorted(count_by_thing.items(), key=lambda item: (-item[1], item[0]))
    nothing = Micros(0)
    return TeamIncome(
        site=sites.get(connection, site_id),
        parts=parts_by_creator[creator],
        parts_of_all=sum(parts_by_creator.values()),
        things=[TeamThing(thing_by_id[thing], count, None, None) for thing, count in in_order],
        of_few_readers=nothing, part_of_few_readers=nothing, gifts=nothing, gifts_part=nothing, shares=nothing,
        shares_part=nothing,
    )  # fmt: skip
