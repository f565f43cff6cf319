"""The receiver and a model of it in plain dictionaries, side by side: whatever is done to one is done to the other.

The model knows the rules of the money from `docs/ledger.md` and the pure functions of the domain, but no SQL, no
chunks and no resuming.  After every deed both must hold the same money in the same places.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count

from receiver.actions.check_books import check_books
from receiver.actions.close_month import close_month
from receiver.actions.give import take_back_gift
from receiver.actions.record_clicks import Receipt
from receiver.actions.state_month import CreatorStatement, past_open_month, state_creator_month, state_reader_month
from receiver.actions.subscribe import (
    click_subscriptions,
    pause_subscription,
    resume_subscription,
    stop_subscription,
)
from receiver.actions.undo_click import withdraw_carried_click
from receiver.domain.click import ClickState, click_id
from receiver.domain.errors import (
    AmountOutOfBounds,
    FlattrError,
    MonthNotDivided,
    NotEnough,
    NotKnown,
    NotProven,
    OwnThing,
    PastMonthOpen,
)
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.pot import Draw, Funds, draw_gift
from receiver.domain.rules import CARRY_MONTHS_MAX, Rules
from receiver.store.master_keys import MasterKeys
from receiver.store.schema import places
from tests.fakes.database import Books
from tests.fakes.mail import Outbox
from tests.receiver.cast import EUR, Blog, Page, Person, Stage, at
from tests.receiver.model import Settlement, Wish, divided, settle

PEOPLE = 5  # 0 to 2 read; 3 and 4 write, and read too
PAGES = 6  # 0 to 2 on a site verified from the start, 3 and 4 on one that is not, 5 on a second one of person 3
OWNERS = [3, 4, 3]  # by site
KEYS = MasterKeys({1: bytes(range(32))})


@dataclass
class Subscription:
    id: int
    reader: int
    page: int
    first: Month
    last: Month | None
    is_paused: bool = False
    is_stopped: bool = False


@dataclass
class Gift:
    id: int
    reader: int
    page: int
    month: Month
    amount: int
    is_waiting: bool = True


@dataclass
class Model:
    """What the books must hold."""

    fresh: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(PEOPLE), 0))
    reused: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(PEOPLE), 0))
    earned: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(PEOPLE), 0))
    cut: int = 0
    rail: int = 0
    pledge: dict[tuple[int, Month], int] = field(default_factory=dict)
    clicks: dict[tuple[Month, int, int], bool] = field(default_factory=dict)  # whether it counts: not undone
    carried: dict[tuple[Month, int, int], tuple[Month, bool]] = field(default_factory=dict)
    subscriptions: list[Subscription] = field(default_factory=list)
    subscribed: set[Month] = field(default_factory=set)
    gifts: list[Gift] = field(default_factory=list)
    income: dict[tuple[Month, int], int] = field(default_factory=dict)
    known_pages: set[int] = field(default_factory=set)
    verified_at: list[datetime | None] = field(default_factory=list)  # by page
    site_of_page: list[int] = field(default_factory=list)
    team: dict[int, dict[int, int]] = field(default_factory=dict)  # parts by person, by site; the owner's alone, too

    def parts(self, page: int) -> dict[int, int]:
        return self.team[self.site_of_page[page]]

    def funds(self, person: int) -> Funds:
        return Funds(earned=Micros(self.reused[person]), fresh=Micros(self.fresh[person]))

    def pledged(self, person: int, month: Month) -> int:
        months = [m for who, m in self.pledge if who == person and m <= month]
        return self.pledge[person, max(months)] if months else 0

    def promised(self, person: int) -> int:
        return sum(gift.amount for gift in self.gifts if gift.reader == person and gift.is_waiting)

    def draws(self, person: int, draw: Draw) -> None:
        self.reused[person] -= draw.from_earned
        self.fresh[person] -= draw.from_fresh + draw.fee
        self.cut += draw.fee

    def earns(self, person: int, month: Month, amount: int) -> None:
        self.earned[person] += amount
        self.income[month, person] = self.income.get((month, person), 0) + amount

    def earn(self, parts: dict[int, int], month: Month, whole: int) -> None:
        for person, amount in divided(whole, parts).items():
            self.earns(person, month, amount)

    def undoes(self, month: Month, person: int, page: int) -> None:
        """Undo the click of a month and the one carried into it: their reader sees one."""
        if (month, person, page) in self.clicks:
            self.clicks[month, person, page] = False
        if (month, person, page) in self.carried:
            self.carried[month, person, page] = (self.carried[month, person, page][0], False)

    def clicks_subscriptions(self, month: Month) -> None:
        if month in self.subscribed:
            return
        self.subscribed.add(month)
        for row in self.subscriptions:
            is_due = row.first <= month and (row.last is None or month <= row.last)
            if is_due and not row.is_paused and not row.is_stopped and row.reader not in self.parts(row.page):
                self.clicks.setdefault((month, row.reader, row.page), True)

    def counting(self, month: Month) -> set[tuple[int, int]]:
        return {
            (reader, page)
            for reader, page in self.pressed(month)
            if self.is_verified(page, month) and reader not in self.parts(page)
        }

    def pressed(self, month: Month) -> dict[tuple[int, int], list[Month]]:
        """Return the months in which each click that belongs to a month was made."""
        made: dict[tuple[int, int], list[Month]] = {}
        for (of, reader, page), counts in self.clicks.items():
            if of == month and counts:
                made.setdefault((reader, page), []).append(month)
        for (of, reader, page), (first, counts) in self.carried.items():
            if of == month and counts:
                made.setdefault((reader, page), []).append(first)
        return made

    def is_verified(self, page: int, month: Month) -> bool:
        verified_at = self.verified_at[page]
        return verified_at is not None and verified_at < month.end()

    def close(self, month: Month, fee_basis_points: int) -> Settlement:
        self.clicks_subscriptions(month)
        for gift in self.gifts:
            if gift.month == month and gift.is_waiting:
                self.close_gift(gift, fee_basis_points)
        clicks = self.counting(month)
        readers = {reader for reader, _ in clicks}
        wishes = {who: Wish(Micros(self.pledged(who, month)), self.funds(who)) for who in readers}
        settlement = settle(wishes, clicks, fee_basis_points=fee_basis_points)
        for reader, pot in settlement.pot_by_reader.items():
            self.draws(reader, pot.draw)
        for site, parts in self.team.items():
            whole = sum(
                amount for page, amount in settlement.amount_by_thing.items() if self.site_of_page[page] == site
            )
            self.earn(parts, month, whole)
        self.carry(month)
        return settlement

    def close_gift(self, gift: Gift, fee_basis_points: int) -> None:
        gift.is_waiting = False
        if not self.is_verified(gift.page, gift.month) or gift.reader in self.parts(gift.page):
            return
        draw = draw_gift(Micros(gift.amount), self.funds(gift.reader), fee_basis_points=fee_basis_points)
        if draw is not None:
            self.draws(gift.reader, draw)
            self.earn(self.parts(gift.page), gift.month, draw.given)

    def carry(self, month: Month) -> None:
        following = month.plus(1)
        for (reader, page), firsts in self.pressed(month).items():
            waiting = [first for first in firsts if first.months_until(following) <= CARRY_MONTHS_MAX]
            if waiting and not self.is_verified(page, month):
                self.carried[following, reader, page] = (min(waiting), True)

    def places(self) -> dict[str, int]:
        held = {
            f"{kind}:{who}": amount
            for kind in ("fresh", "reused", "earned")
            for who, amount in getattr(self, kind).items()
        }
        return {name: amount for name, amount in (held | {"cut": self.cut, "rail:hand": self.rail}).items() if amount}


class Twin:
    """Does a deed to receiver and model, and compares them."""

    def __init__(self, people: list[Person], blogs: list[Blog], pages: list[Page]) -> None:
        self.stage = people[0].stage
        self.people, self.blogs, self.pages = people, blogs, pages
        self.model = Model(site_of_page=[0, 0, 0, 1, 1, 2], team={site: {who: 1} for site, who in enumerate(OWNERS)})
        self.model.verified_at = [self.stage.now] * 3 + [None] * 3
        self.first_open = Month.of(self.stage.now)
        self.closed: list[Month] = []

    @property
    def month(self) -> Month:
        return Month.of(self.stage.now)

    def passes(self, days: int) -> None:
        self.stage.now += timedelta(days=days)

    def pays(self, who: int, cents: int) -> None:
        self.people[who].pays(_cash(cents))
        self.model.fresh[who] += cents * 10_000
        self.model.rail -= cents * 10_000

    def is_refunded(self, who: int, cents: int) -> None:
        amount = cents * 10_000
        unspent = min(self.model.fresh[who], self.model.funds(who).total - self.model.promised(who))
        with self._refused_if(amount > unspent, NotEnough):
            self.people[who].is_refunded(_cash(cents))
            self.model.fresh[who] -= amount
            self.model.rail += amount

    def pledges(self, who: int, cents: int) -> None:
        with self._refused_if(not 200 <= cents <= 10_000, AmountOutOfBounds):
            self.people[who].pledges(_cash(cents))
            self.model.pledge[who, self.month] = cents * 10_000

    def clicks(self, who: int, page: int) -> None:
        with self._refused_if(who in self.model.parts(page), OwnThing):
            receipt = self.people[who].clicks(self.pages[page])
            known = self.model.clicks.get((self.month, who, page), False)
            assert receipt.is_new is not known
            self.model.clicks[self.month, who, page] = True
            self.model.known_pages.add(page)

    def undoes(self, who: int, page: int) -> None:
        if (self.month, who, page) in self.model.clicks:
            self.people[who].undoes(Receipt(click_id(self.month, self._thing(page)), is_new=False))
            self.model.undoes(self.month, who, page)

    def withdraws_carried(self, who: int, page: int) -> None:
        if page not in self.model.known_pages:
            return
        known = self.model.carried.get((self.month, who, page))
        with self._refused_if(known is None or not known[1], NotKnown):
            withdraw_carried_click(
                self.stage.db,
                reader=self.people[who].user,
                thing=self._thing(page),
                month=self.month,
                now=self.stage.now,
            )
            self.model.undoes(self.month, who, page)

    def approves(self, site: int) -> None:
        self.blogs[site].is_approved()
        for page, of in enumerate(self.model.site_of_page):
            if of == site and self.model.verified_at[page] is None:
                self.model.verified_at[page] = self.stage.now

    def withdraws_site(self, site: int) -> None:
        with self._refused_if(self._is_past_open(), PastMonthOpen):
            self.blogs[site].is_withdrawn()
            for page, of in enumerate(self.model.site_of_page):
                if of == site:
                    self.model.verified_at[page] = None

    def gives(self, who: int, page: int, cents: int) -> None:
        if page not in self.model.known_pages:
            return
        free = self.model.funds(who).total - self.model.promised(who)
        error: type[Exception] = NotEnough
        if who in self.model.parts(page):
            error = OwnThing
        elif self.model.verified_at[page] is None:
            error = NotProven
        with self._refused_if(error is not NotEnough or cents * 10_000 > free, error):
            gift = self.people[who].gives(self.pages[page], _cash(cents))
            self.model.gifts.append(Gift(gift, who, page, self.month, cents * 10_000))

    def takes_back(self, number: int) -> None:
        waiting = [gift for gift in self.model.gifts if gift.is_waiting]
        if waiting:
            gift = waiting[number % len(waiting)]
            take_back_gift(self.stage.db, reader=self.people[gift.reader].user, gift=gift.id, now=self.stage.now)
            gift.is_waiting = False

    def subscribes(self, who: int, page: int, months_long: int | None) -> None:
        if page not in self.model.known_pages:
            return
        with self._refused_if(who in self.model.parts(page), OwnThing):
            subscription = self.people[who].subscribes(self.pages[page], months_long=months_long)
            for row in self.model.subscriptions:
                if (row.reader, row.page, row.is_stopped) == (who, page, False):
                    if row.last is None or row.last >= self.month:
                        return
                    row.is_stopped = True
            last = None if months_long is None else self.month.plus(months_long - 1)
            self.model.subscriptions.append(Subscription(subscription, who, page, self.month, last))
            self.model.clicks.setdefault((self.month, who, page), True)

    def changes_subscription(self, number: int, how: str) -> None:
        running = [row for row in self.model.subscriptions if not row.is_stopped]
        if not running:
            return
        row = running[number % len(running)]
        reader = self.people[row.reader].user
        if how == "pause":
            pause_subscription(self.stage.db, reader=reader, subscription=row.id, now=self.stage.now)
            row.is_paused = True
        elif how == "resume":
            resume_subscription(self.stage.db, reader=reader, subscription=row.id)
            row.is_paused = False
        else:
            stop_subscription(self.stage.db, reader=reader, subscription=row.id, now=self.stage.now)
            row.is_stopped = True

    def shares(self, site: int, who: int, parts: int) -> None:
        """Take somebody into the team of a site, if they are not in it."""
        team = self.model.team[site]
        if who not in team:
            with self._refused_if(self._is_past_open(), MonthNotDivided):
                self.people[OWNERS[site]].shares(self.blogs[site], self.people[who], parts)
                team[who] = parts

    def changes_parts(self, site: int, number: int, parts: int) -> None:
        team = self.model.team[site]
        if len(team) > 1:
            who = sorted(team)[number % len(team)]
            with self._refused_if(self._is_past_open(), MonthNotDivided):
                self.people[OWNERS[site]].changes_parts(self.people[who], self.blogs[site], parts)
                team[who] = parts

    def parts_with(self, site: int, number: int) -> None:
        """Let a member go, in one of both ways."""
        others = sorted(self.model.team[site].keys() - {OWNERS[site]})
        if others:
            who = others[number % len(others)]
            with self._refused_if(self._is_past_open(), MonthNotDivided):
                if number % 2:
                    self.people[who].leaves(self.blogs[site])
                else:
                    self.people[OWNERS[site]].removes(self.people[who], self.blogs[site])
                del self.model.team[site][who]

    def _is_past_open(self) -> bool:
        return past_open_month(self.stage.db, self.stage.now) is not None

    def clicks_subscriptions(self) -> None:
        for _ in click_subscriptions(self.stage.db, self.month, now=self.stage.now):
            pass
        self.model.clicks_subscriptions(self.month)

    def reuses(self, who: int, cents: int) -> None:
        with self._refused_if(cents * 10_000 > self.payable(who), NotEnough):
            self.people[who].reuses(_cash(cents))
            self.model.earned[who] -= cents * 10_000
            self.model.reused[who] += cents * 10_000

    def is_paid_out(self, who: int) -> None:
        cash = self.payable(who) // 10_000 * 10_000
        with self._refused_if(cash < self.stage.rules.payout_micros_min, NotEnough):
            assert self.people[who].is_paid_out() == cash
            self.model.earned[who] -= cash
            self.model.rail += cash

    def payable(self, who: int) -> int:
        rules, now = self.stage.rules, self.stage.now
        waiting = sum(
            amount
            for (month, creator), amount in self.model.income.items()
            if creator == who and rules.payable_at(month) > now
        )
        payable = self.model.earned[who] - waiting
        assert self.people[who].payable == payable
        return payable

    def closes(self) -> None:
        """Close the oldest open month, if it is over."""
        month = self.first_open
        if self.stage.now < month.end():
            return
        for _ in click_subscriptions(self.stage.db, month, now=self.stage.now):
            pass
        forecast = [person.month(month) for person in self.people]
        close_month(self.stage.db, self.stage.rules, month, now=self.stage.now)
        settlement = self.model.close(month, self.stage.rules.fee_basis_points)
        self.closed.append(month)
        self.first_open = month.plus(1)
        self._compare_statements(month, settlement)
        for person, before in zip(self.people, forecast, strict=True):
            after = person.month(month)
            assert (before.share, before.counting, before.fee, before.given) == (
                after.share, after.counting, after.fee, after.given,
            )  # fmt: skip

    def compare(self) -> None:
        """Require the same money in the same places, as much of it payable, and books without a fault."""
        check_books(self.stage.db)
        for who in range(PEOPLE):
            self.payable(who)
        with self.stage.db.reading() as connection:
            held = {row.name: row.balance_micros for row in connection.execute(places.select()) if row.balance_micros}
        number_by_user = {person.user.id: number for number, person in enumerate(self.people)}
        renamed = {}
        for name, balance in held.items():
            kind, _, owner = name.partition(":")
            renamed[f"{kind}:{number_by_user[int(owner)]}" if owner.isdigit() else name] = balance
        assert renamed == self.model.places()

    def _compare_statements(self, month: Month, settlement: Settlement) -> None:
        for who, person in enumerate(self.people):
            statement = state_reader_month(self.stage.db, self.stage.rules, reader=person.user, month=month)
            pot = settlement.pot_by_reader.get(who)
            assert statement.share == (pot.share if pot else 0)
            settled = [line for line in statement.lines if line.state is ClickState.SETTLED]
            assert len(settled) == statement.counting == (pot.things if pot and pot.is_funded else 0)
            assert sum(line.share for line in statement.lines) == (pot.draw.given if pot else 0)
            pending = {line.thing.url for line in statement.lines if line.state is ClickState.PENDING}
            carried = {
                self.pages[page].url for of, reader, page in self.model.carried if (of, reader) == (month.plus(1), who)
            }
            assert pending == carried
            income = state_creator_month(self.stage.db, creator=person.user, month=month)
            assert income.total == self.model.income.get((month, who), 0)
            shown = sum(row.amount for row in income.things if row.amount is not None)
            parts = sum(team.part for team in income.teams)
            assert shown + income.of_few_readers + income.gifts + parts == income.total
            self._compare_teams(who, month, income, settlement)
            for row in income.things:
                page = next(number for number, page in enumerate(self.pages) if page.url == row.thing.url)
                assert row.amount in (None, settlement.amount_by_thing[page])

    def _compare_teams(self, who: int, month: Month, income: CreatorStatement, settlement: Settlement) -> None:
        page_by_url = {page.url: number for number, page in enumerate(self.pages)}
        amount_by_page = settlement.amount_by_thing
        for team in income.teams:
            site = next(number for number, blog in enumerate(self.blogs) if blog.key.site == team.site.id)
            parts, pages = (
                self.model.team[site],
                {page for page in amount_by_page if self.model.site_of_page[page] == site},
            )
            assert (team.parts, team.parts_of_all) == (parts[who], sum(parts.values()))
            assert team.shares == sum(amount_by_page[page] for page in pages)
            assert team.shares_part == divided(team.shares, parts)[who]
            assert {page_by_url[line.thing.url] for line in team.things} == pages
            shown = [line for line in team.things if line.amount is not None]
            assert sum(line.part for line in shown) + team.part_of_few_readers == team.shares_part
            assert sum(line.amount for line in shown) + team.of_few_readers == team.shares
            for line in shown:
                assert line.amount == amount_by_page[page_by_url[line.thing.url]]
                assert abs(line.part - Fraction(line.amount * team.parts, team.parts_of_all)) < 2

    def _thing(self, page: int) -> int:
        return self.pages[page].thing

    @contextmanager
    def _refused_if(self, is_refused: bool, error: type[FlattrError]) -> Iterator[None]:
        refusal = None
        try:
            yield
        except FlattrError as raised:
            refusal = raised
        assert isinstance(refusal, error) if is_refused else refusal is None, refusal


def people_and_blogs(stage: Stage) -> tuple[list[Person], list[Blog], list[Page]]:
    """Bring five people and three sites onto a stage, the first site verified."""
    people = [stage.person(f"person{number}@example.org") for number in range(PEOPLE)]
    blogs = [
        people[3].registers("https://first.example/"),
        people[4].registers("https://second.example/blog/", is_approved=False),
        people[3].registers("https://third.example/", is_approved=False),
    ]
    pages = [*blogs[0].posts("a b c"), *blogs[1].posts("d e"), *blogs[2].posts("f")]
    return people, blogs, pages


class Twins:
    """Makes twins, one after the other, each of which begins with the people and sites."""

    def __init__(self, books: Books) -> None:
        self._books, self._people_at = books, books.begin()
        db = books.open(self._people_at)
        self._stage = Stage(db, KEYS, Outbox(), now=at("2026-09-01"), rules=Rules())
        self._people, self._blogs, self._pages = people_and_blogs(self._stage)
        db.close()

    @contextmanager
    def one(self) -> Iterator[Twin]:
        address = self._books.copy(self._people_at)
        db = self._books.open(address)
        stage = replace(self._stage, db=db, numbers=count())
        people = [replace(person, stage=stage) for person in self._people]
        blogs = [replace(blog, stage=stage) for blog in self._blogs]
        try:
            yield Twin(people, blogs, [replace(page, stage=stage) for page in self._pages])
        finally:
            db.close()
            self._books.drop(address)


def _cash(cents: int) -> str:
    return EUR.digits(cents * 10_000)
