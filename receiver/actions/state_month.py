"""State a month: to a reader, to a creator, to the operator.  Every figure can be recomputed from the books."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from receiver.actions.pay_out import payable_of
from receiver.domain.click import ClickState, MonthState, counts_at_close
from receiver.domain.errors import NothingClicked
from receiver.domain.money import NOTHING, Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.pot import Draw, Funds, Pot, draw_gift, split_pot
from receiver.domain.rules import READERS_SHOWN_MIN, Rules
from receiver.domain.site import Site
from receiver.domain.thing import Thing
from receiver.store import clicks, entries, gifts, months, pledges, settlements, sites, things
from receiver.store.clicks import ClickOfMonth
from receiver.store.database import Database
from receiver.store.entries import BalanceOfKind


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """One click and what it gives; `share` is what it is worth at this moment while the month is open."""

    click_id: str | None
    thing: Thing
    first_month: Month
    state: ClickState
    share: Micros


@dataclass(frozen=True, slots=True)
class GiftLine:
    gift: int
    thing: Thing
    given: Micros
    fee: Micros
    is_booked: bool
    has_lapsed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderStatement:
    """A reader's month: taken == shares + gifts + fee, to the micro; `funds` are those of now."""

    month: Month
    state: MonthState
    pledge: Micros
    funds: Funds
    share: Micros
    fee: Micros
    lines: list[ReaderLine]
    gifts: list[GiftLine]
    is_forgotten: bool  # the clicks were deleted after 13 months; sums remain

    @property
    def counting(self) -> int:
        return sum(line.state in (ClickState.COUNTS, ClickState.SETTLED) for line in self.lines)

    @property
    def given(self) -> Micros:
        return Micros(sum(line.share for line in self.lines) + sum(gift.given for gift in self.gifts))

    @property
    def taken(self) -> Micros:
        return Micros(self.given + self.fee)


@dataclass(frozen=True, slots=True)
class ThingIncome:
    """A thing's month; `amount` is None where fewer than three readers clicked, to tell of nobody."""

    thing: Thing
    readers: int
    amount: Micros | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorStatement:
    """A creator's month: total == shown things + things with few readers (together) + gifts."""

    month: Month
    state: MonthState
    things: list[ThingIncome]
    of_few_readers: Micros
    gifts: Micros
    total: Micros


@dataclass(frozen=True, slots=True)
class Earnings:
    """A creator's money: `payable` is the part whose day has come; by_month is newest first."""

    earned: Micros
    payable: Micros
    by_month: list[tuple[Month, Micros]]
    sites: list[Site]


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
        if state is MonthState.OPEN:
            return _open_statement(connection, rules, reader, month)
        return _settled_statement(connection, reader, month, state)


def months_of_reader(db: Database, *, reader: User) -> list[Month]:
    with db.reading() as connection:
        return settlements.months_of_reader(connection, reader.id)


def state_creator_month(db: Database, *, creator: User, month: Month) -> CreatorStatement:
    """Return what a creator's things got in a month; counts and sums, never who."""
    with db.reading() as connection:
        state = months.state(connection, month)
        if state is MonthState.CLOSED:
            return _creator_statement(connection, creator, month)
        counts = {
            thing: count
            for site in sites.of_owner(connection, creator.id)
            for thing, count in clicks.count_by_thing(connection, month, site.id).items()
        }
        thing_by_id = things.get_many(connection, counts.keys())
    lines = [ThingIncome(thing_by_id[thing], count, None) for thing, count in counts.items()]
    lines.sort(key=lambda line: (-line.readers, line.thing.id))
    return CreatorStatement(
        month=month, state=state, things=lines, of_few_readers=NOTHING, gifts=NOTHING, total=NOTHING
    )


def state_earnings(db: Database, rules: Rules, *, creator: User, now: datetime) -> Earnings:
    with db.reading() as connection:
        return Earnings(
            earned=entries.earned_of(connection, creator.id),
            payable=payable_of(connection, rules, creator.id, now),
            by_month=settlements.months_of_creator(connection, creator.id),
            sites=sites.of_owner(connection, creator.id),
        )


def state_books(db: Database) -> TrialBalance:
    """Return the trial balance: all places by kind; they sum to zero."""
    with db.reading() as connection:
        return TrialBalance(entries.trial_balance(connection), months.all_states(connection))


def _open_statement(connection: Connection, rules: Rules, reader: User, month: Month) -> ReaderStatement:
    funds = entries.funds_of(connection, reader.id)
    pledge = pledges.of_reader(connection, reader.id, month)
    gift_lines, left = _waiting_gifts(connection, rules, reader, month, funds)
    rows = clicks.of_reader(connection, reader.id, month)
    # A thing may be there twice, carried from an earlier month and clicked in this one; it counts once.
    counting = {row.thing.id for row in rows if _counts(row, reader, month)}
    try:
        pot = split_pot(pledge, left, len(counting), fee_basis_points=rules.fee_basis_points)
    except NothingClicked:
        pot = None
    lines = _open_lines(rows, reader, month, pot)
    fee = (pot.draw.fee if pot else NOTHING) + sum(gift.fee for gift in gift_lines)
    return ReaderStatement(
        month=month,
        state=MonthState.OPEN,
        pledge=pledge,
        funds=funds,
        share=pot.share if pot else NOTHING,
        fee=Micros(fee),
        lines=lines,
        gifts=gift_lines,
        is_forgotten=False,
    )


def _open_lines(rows: list[ClickOfMonth], reader: User, month: Month, pot: Pot | None) -> list[ReaderLine]:
    lines: list[ReaderLine] = []
    seen: set[int] = set()
    for row in rows:
        state, share = ClickState.PENDING, NOTHING
        if row.undone_at is not None:
            state = ClickState.UNDONE
        elif row.thing.id in seen:
            continue
        elif _counts(row, reader, month):
            assert pot is not None
            state, share = (ClickState.COUNTS, pot.share) if pot.is_funded else (ClickState.UNFUNDED, NOTHING)
        if row.undone_at is None:
            seen.add(row.thing.id)
        lines.append(ReaderLine(row.id, row.thing, row.first_month, state, share))
    return lines


def _waiting_gifts(
    connection: Connection, rules: Rules, reader: User, month: Month, funds: Funds
) -> tuple[list[GiftLine], Funds]:
    """Return the gifts as they would be booked now, and the funds that they leave for the pot."""
    lines: list[GiftLine] = []
    for gift in gifts.of_reader(connection, reader.id, month):
        thing = things.get(connection, gift.thing)
        site = sites.get(connection, thing.paid_site)
        draw = None
        if counts_at_close(month, site.verified_at) and site.owner != reader.id:
            draw = draw_gift(gift.amount, funds, fee_basis_points=rules.fee_basis_points)
        draw = draw or Draw(from_earned=NOTHING, from_fresh=NOTHING, fee=NOTHING)
        funds = Funds(
            earned=Micros(funds.earned - draw.from_earned), fresh=Micros(funds.fresh - draw.from_fresh - draw.fee)
        )
        lines.append(GiftLine(gift.id, thing, draw.given, draw.fee, is_booked=False, has_lapsed=False))
    return lines, funds


def _counts(row: ClickOfMonth, reader: User, month: Month) -> bool:
    return row.undone_at is None and counts_at_close(month, row.verified_at) and row.creator != reader.id


def _settled_statement(connection: Connection, reader: User, month: Month, state: MonthState) -> ReaderStatement:
    settled = settlements.of_reader(connection, month, reader.id)
    share = settled.share if settled else NOTHING
    rows = clicks.of_reader(connection, reader.id, month)
    lines, seen = [], set()
    for row in rows:
        if row.undone_at is None and row.thing.id in seen:
            continue
        click_state = _settled_state(row, reader, month, is_funded=share > 0)
        if row.undone_at is None:
            seen.add(row.thing.id)
        lines.append(
            ReaderLine(
                row.id, row.thing, row.first_month, click_state, share if click_state is ClickState.SETTLED else NOTHING
            )
        )
    gift_rows = settlements.gifts_of_reader(connection, month, reader.id)
    thing_by_id = things.get_many(connection, {row.thing for row in gift_rows})
    gift_lines = [
        GiftLine(row.gift, thing_by_id[row.thing], row.given, row.fee, row.given > 0, row.given == 0)
        for row in gift_rows
    ]
    fee = (settled.draw.fee if settled else NOTHING) + sum(row.fee for row in gift_rows)
    return ReaderStatement(
        month=month,
        state=state,
        pledge=settled.pledge if settled else pledges.of_reader(connection, reader.id, month),
        funds=entries.funds_of(connection, reader.id),
        share=share,
        fee=Micros(fee),
        lines=lines,
        gifts=gift_lines,
        is_forgotten=settled is not None and not rows,
    )


def _settled_state(row: ClickOfMonth, reader: User, month: Month, *, is_funded: bool) -> ClickState:
    if row.undone_at is not None:
        return ClickState.UNDONE
    if not counts_at_close(month, row.verified_at) or row.creator == reader.id:
        return ClickState.PENDING
    return ClickState.SETTLED if is_funded else ClickState.LAPSED


def _creator_statement(connection: Connection, creator: User, month: Month) -> CreatorStatement:
    settled = settlements.things_of_creator(connection, month, creator.id)
    thing_by_id = things.get_many(connection, {row.thing for row in settled})
    given = sum(gift.given for gift in settlements.gifts_of_creator(connection, month, creator.id))
    few = sum(row.amount for row in settled if row.readers < READERS_SHOWN_MIN)
    return CreatorStatement(
        month=month,
        state=MonthState.CLOSED,
        things=[
            ThingIncome(thing_by_id[row.thing], row.readers, row.amount if row.readers >= READERS_SHOWN_MIN else None)
            for row in settled
        ],
        of_few_readers=Micros(few),
        gifts=Micros(given),
        total=Micros(sum(row.amount for row in settled) + given),
    )
