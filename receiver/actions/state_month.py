"""State a month: to a reader, to a creator, to the operator.  Every figure can be recomputed from the books."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from receiver.actions.hide_sums import hidden_in
from receiver.actions.pay_out import payable_of
from receiver.actions.state_team_month import TeamIncome, state_running_teams, state_team_incomes
from receiver.domain.click import ClickState, MonthState, counts_at_close, last_carried
from receiver.domain.money import NOTHING, Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.pot import Draw, Funds, draw_gift, split_pot
from receiver.domain.rules import Rules
from receiver.domain.site import Site
from receiver.domain.thing import Thing
from receiver.store import clicks, entries, gifts, months, pledges, settlements, sites, teams, things
from receiver.store.clicks import ClickOfMonth
from receiver.store.database import Database
from receiver.store.entries import BalanceOfKind
from receiver.store.settlements import GiftSettlement


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """One click and what it gives; `share` is what it is worth at this moment while the month is open."""

    click_id: str | None
    thing: Thing
    first_month: Month
    state: ClickState
    share: Micros

    @property
    def last_month(self) -> Month:
        """Return the last month in which it can count if its site is not verified yet."""
        return last_carried(self.first_month)


@dataclass(frozen=True, slots=True)
class GiftLine:
    """A gift; `thing` is None once the reading history of its month is forgotten."""

    gift: int
    thing: Thing | None
    given: Micros
    fee: Micros
    is_booked: bool
    has_lapsed: bool

    @property
    def state(self) -> str:
        """Return `settled`, `lapsed` or `promised`."""
        return "settled" if self.is_booked else "lapsed" if self.has_lapsed else "promised"


@dataclass(frozen=True, slots=True)
class HostSum:
    """What the things of one host get of a reader's month, shares and gifts together."""

    host: str
    things: int
    amount: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderStatement:
    """A reader's month: taken == share × counting + gifts + fee, to the micro; `funds` are those of now.

    `counting` is how many things get a share, also when the clicks themselves are forgotten.
    """

    month: Month
    state: MonthState
    pledge: Micros
    funds: Funds
    share: Micros
    counting: int
    fee: Micros
    lines: list[ReaderLine]
    gifts: list[GiftLine]
    is_forgotten: bool  # the clicks were deleted after 13 months; sums remain

    @property
    def given(self) -> Micros:
        return Micros(self.share * self.counting + sum(gift.given for gift in self.gifts))

    @property
    def taken(self) -> Micros:
        return Micros(self.given + self.fee)

    @property
    def by_host(self) -> list[HostSum]:
        """Return the sum of each host that gets anything, the largest first; none once the clicks are forgotten."""
        things_by_host: dict[str, set[int]] = {}
        amount_by_host: Counter[str] = Counter()
        got = [(line.thing, line.share) for line in self.lines] + [(gift.thing, gift.given) for gift in self.gifts]
        for thing, amount in got:
            if thing is not None and amount:
                host = thing.url.partition("://")[2].partition("/")[0]
                things_by_host.setdefault(host, set()).add(thing.id)
                amount_by_host[host] += amount
        sums = [HostSum(host, len(things), Micros(amount_by_host[host])) for host, things in things_by_host.items()]
        return sorted(sums, key=lambda one: (-one.amount, one.host))


@dataclass(frozen=True, slots=True)
class ThingIncome:
    """A thing's month; `amount` is None where it would tell what one reader gave: see `hidden_things`."""

    thing: Thing
    readers: int
    amount: Micros | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorStatement:
    """A creator's month: total == things with an amount + things without one (`of_few_readers`, together) + gifts
    + the creator's part of what each team divided."""

    month: Month
    state: MonthState
    things: list[ThingIncome]
    of_few_readers: Micros
    gifts: Micros
    teams: list[TeamIncome]
    total: Micros


@dataclass(frozen=True, slots=True)
class Waiting:
    """Income of a month whose day of payment has not come yet."""

    month: Month
    amount: Micros
    payable_at: datetime


@dataclass(frozen=True, slots=True)
class Earnings:
    """A creator's money: `payable` is the part whose day has come, `waiting` the other; by_month is newest first."""

    earned: Micros
    payable: Micros
    waiting: list[Waiting]
    by_month: list[tuple[Month, Micros]]
    sites: list[Site]

    def of_month(self, month: Month) -> Micros:
        return next((amount for known, amount in self.by_month if known == month), NOTHING)


@dataclass(frozen=True, slots=True)
class TrialBalance:
    lines: list[BalanceOfKind]
    months: list[tuple[Month, MonthState, datetime | None]]

    @property
    def total(self) -> Micros:
        return Micros(sum(line.balance for line in self.lines))


def state_reader_month(db: Database, rules: Rules, *, reader: User, month: Month) -> ReaderStatement:
    """Return a reader's statement: settled figures of a closed month, or what would be settled at this moment."""
    with db.reading() as connection:
        state = months.state(connection, month)
        if state is MonthState.CLOSED:
            return _closed_statement(connection, reader, month)
        return _running_statement(connection, rules, reader, month, state)


def past_open_month(db: Database, now: datetime) -> Month | None:
    """Return the month that is over but not closed yet: its pledge and clicks can still be changed."""
    with db.reading() as connection:
        first_open = months.first_not_closed(connection)
    return first_open if first_open is not None and first_open < Month.of(now) else None


def state_creator_month(db: Database, *, creator: User, month: Month) -> CreatorStatement:
    """Return what a creator's things got in a month; counts and sums, never who."""
    with db.reading() as connection:
        state = months.state(connection, month)
        if state is MonthState.CLOSED:
            return _creator_statement(connection, creator, month)
        counts = {
            thing: count
            for site in sites.of_owner(connection, creator.id)
            if site.team is None
            for thing, count in clicks.count_by_thing(connection, month, site.id).items()
        }
        thing_by_id = things.get_many(connection, counts.keys())
        running_teams = state_running_teams(connection, creator.id, month)
    lines = [ThingIncome(thing_by_id[thing], count, None) for thing, count in counts.items()]
    lines.sort(key=lambda line: (-line.readers, line.thing.id))
    return CreatorStatement(
        month=month,
        state=state,
        things=lines,
        of_few_readers=NOTHING,
        gifts=NOTHING,
        teams=running_teams,
        total=NOTHING,
    )


def state_earnings(db: Database, rules: Rules, *, creator: User, now: datetime) -> Earnings:
    with db.reading() as connection:
        by_month = settlements.months_of_creator(connection, creator.id)
        return Earnings(
            earned=entries.earned_of(connection, creator.id),
            payable=payable_of(connection, rules, creator.id, now),
            waiting=[
                Waiting(month, amount, rules.payable_at(month))
                for month, amount in by_month
                if rules.payable_at(month) > now
            ],
            by_month=by_month,
            sites=sites.of_owner(connection, creator.id),
        )


def state_books(db: Database) -> TrialBalance:
    """Return the trial balance: all places by kind; they sum to zero."""
    with db.reading() as connection:
        return TrialBalance(entries.trial_balance(connection), months.all_states(connection))


def _running_statement(
    connection: Connection, rules: Rules, reader: User, month: Month, state: MonthState
) -> ReaderStatement:
    """State a month that is open, or that is closing and may have charged this reader already."""
    gift_lines, left = _gifts_by_now(connection, rules, reader, month)
    pledge = pledges.of_reader(connection, reader.id, month)
    rows = clicks.of_reader(connection, reader.id, month)
    # A thing may be there twice, carried from an earlier month and clicked in this one; it counts once.
    counting = {row.thing.id for row in rows if row.undone_at is None and _counts(row, month)}
    share = fee = NOTHING
    settled = settlements.of_reader(connection, month, reader.id)
    if settled is not None:
        share, fee = settled.share, settled.draw.fee
    elif counting:
        pot = split_pot(pledge, left, len(counting), fee_basis_points=rules.fee_basis_points)
        share, fee = pot.share, pot.draw.fee

    def state_of(row: ClickOfMonth) -> ClickState:
        if row.is_own:
            return ClickState.LAPSED
        if row.thing.id not in counting:
            return ClickState.PENDING
        return ClickState.COUNTS if share > 0 else ClickState.UNFUNDED

    return ReaderStatement(
        month=month,
        state=state,
        pledge=pledge,
        funds=entries.funds_of(connection, reader.id),
        share=share,
        counting=len(counting) if share > 0 else 0,
        fee=Micros(fee + sum(gift.fee for gift in gift_lines)),
        lines=_lines(rows, state_of, share),
        gifts=gift_lines,
        is_forgotten=False,
    )


def _closed_statement(connection: Connection, reader: User, month: Month) -> ReaderStatement:
    """State a closed month from what was settled alone: who owns what by now changes nothing."""
    settled = settlements.of_reader(connection, month, reader.id)
    share = settled.share if settled else NOTHING
    rows = clicks.of_reader(connection, reader.id, month)
    paid = settlements.paid_by_reader(connection, month, reader.id, {row.thing.id for row in rows})
    carried = clicks.things_carried(connection, reader.id, month.plus(1))
    gift_lines = [_settled_gift(connection, gift) for gift in settlements.gifts_of_reader(connection, month, reader.id)]

    def state_of(row: ClickOfMonth) -> ClickState:
        if share > 0 and row.thing.id in paid:
            return ClickState.SETTLED
        return ClickState.PENDING if row.thing.id in carried else ClickState.LAPSED

    return ReaderStatement(
        month=month,
        state=MonthState.CLOSED,
        pledge=settled.pledge if settled else pledges.of_reader(connection, reader.id, month),
        funds=entries.funds_of(connection, reader.id),
        share=share,
        counting=settled.things if settled and share > 0 else 0,
        fee=Micros((settled.draw.fee if settled else NOTHING) + sum(gift.fee for gift in gift_lines)),
        lines=_lines(rows, state_of, share),
        gifts=gift_lines,
        is_forgotten=months.forgotten_at(connection, month) is not None,
    )


def _lines(rows: list[ClickOfMonth], state_of: Callable[[ClickOfMonth], ClickState], share: Micros) -> list[ReaderLine]:
    """Return a line for each click; a thing that was carried here and clicked again has one."""
    lines: list[ReaderLine] = []
    seen: set[int] = set()
    for row in rows:
        if row.undone_at is None and row.thing.id in seen:
            continue
        state = ClickState.UNDONE
        if row.undone_at is None:
            state = state_of(row)
            seen.add(row.thing.id)
        gives = state in (ClickState.COUNTS, ClickState.SETTLED)
        lines.append(ReaderLine(row.id, row.thing, row.first_month, state, share if gives else NOTHING))
    return lines


def _gifts_by_now(connection: Connection, rules: Rules, reader: User, month: Month) -> tuple[list[GiftLine], Funds]:
    """Return the gifts, booked or as they would be booked now, and the funds that they leave for the pot."""
    funds = entries.funds_of(connection, reader.id)
    settled_by_id = {row.gift: row for row in settlements.gifts_of_reader(connection, month, reader.id)}
    lines: list[GiftLine] = []
    for gift in gifts.of_reader(connection, reader.id, month):
        if gift.id in settled_by_id:
            lines.append(_settled_gift(connection, settled_by_id[gift.id]))
            continue
        assert gift.thing is not None, "only closed months are forgotten"
        thing = things.get(connection, gift.thing)
        site = sites.get(connection, thing.paid_site)
        draw = None
        if counts_at_close(month, site.verified_at) and reader.id not in teams.parts_of(connection, site):
            draw = draw_gift(gift.amount, funds, fee_basis_points=rules.fee_basis_points)
        draw = draw or Draw(from_earned=NOTHING, from_fresh=NOTHING, fee=NOTHING)
        funds = Funds(
            earned=Micros(funds.earned - draw.from_earned), fresh=Micros(funds.fresh - draw.from_fresh - draw.fee)
        )
        lines.append(GiftLine(gift.id, thing, draw.given, draw.fee, is_booked=False, has_lapsed=False))
    return lines, funds


def _settled_gift(connection: Connection, gift: GiftSettlement) -> GiftLine:
    thing = None if gift.thing is None else things.get(connection, gift.thing)
    return GiftLine(gift.gift, thing, gift.given, gift.fee, is_booked=gift.given > 0, has_lapsed=gift.given == 0)


def _counts(row: ClickOfMonth, month: Month) -> bool:
    return counts_at_close(month, row.verified_at) and not row.is_own


def _creator_statement(connection: Connection, creator: User, month: Month) -> CreatorStatement:
    settled = settlements.things_of_creator(connection, month, creator.id)
    thing_by_id = things.get_many(connection, {row.thing for row in settled})
    given = sum(gift.given for gift in settlements.gifts_of_creator(connection, month, creator.id))
    hidden = hidden_in(connection, month, settled)
    divided = state_team_incomes(connection, creator.id, month)
    return CreatorStatement(
        month=month,
        state=MonthState.CLOSED,
        things=[
            ThingIncome(thing_by_id[row.thing], row.readers, None if row.thing in hidden else row.amount)
            for row in settled
        ],
        of_few_readers=Micros(sum(row.amount for row in settled if row.thing in hidden)),
        gifts=Micros(given),
        teams=divided,
        total=Micros(sum(row.amount for row in settled) + given + sum(team.part for team in divided)),
    )
