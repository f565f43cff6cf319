"""A month drawn by lot, on real books: all that can decide what a click is worth, and amounts from a micro up."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import Connection, func, select

from flattr_button import FlattrButtonError
from receiver.actions.check_books import check_books
from receiver.actions.close_month import close_month, close_month_stepwise
from receiver.actions.export_month import export_month
from receiver.actions.give import take_back_gift
from receiver.actions.subscribe import click_subscriptions, pause_subscription
from receiver.actions.undo_click import withdraw_carried_click
from receiver.domain.click import ClickSource
from receiver.domain.errors import FlattrError
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.rules import Rules
from receiver.store import pledges
from receiver.store.master_keys import MasterKeys
from receiver.store.schema import carried_clicks, clicks, gift_parts, gift_settlements, thing_settlements
from tests.fakes.database import Books
from tests.fakes.mail import Outbox
from tests.receiver.cast import EUR, Blog, Page, Person, Stage, at

PEOPLE: Final = 6  # the last two write, and read too
PLEDGES: Final = ("2.00", "2.37", "10.00", "100.01", "8999999.99")
PAYMENTS: Final = ("0.01", "1.00", "3.33", "20.00", "1234567.89", "9000000.00")
PLEDGES_MICROS: Final = (Micros(1), Micros(2), Micros(3), Micros(5), Micros(9_999_999_999_999))
PARTS: Final = (1, 2, 3, 7, 1_000)
OWNERS: Final = (4, 5, 5, 0)  # by blog; the last is a reader who becomes an owner
FEES_BASIS_POINTS: Final = (0, 1, 333, 1_000, 5_000)


@dataclass
class RandomMonth:
    """One number gives always the same month, and no two numbers the same calendar month."""

    number: int
    stage: Stage
    people: list[Person]
    blogs: list[Blog]
    pages: list[Page]
    clicked: list[Page] = field(default_factory=list)
    gifts: list[tuple[Person, int]] = field(default_factory=list)
    subscriptions: list[tuple[Person, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice, self.dice_of_teams = Random(self.number), Random(1_000 + self.number)
        self.stage.rules = Rules(
            fee_basis_points=self.dice.choice(FEES_BASIS_POINTS), pledge_micros_max=Micros(10**13 - 1), payable_day=1
        )

    @property
    def month(self) -> Month:
        return Month(2021, 1).plus(self.number)

    def is_lived(self) -> None:
        """Live the month before, in which money is earned and clicks begin to wait, and then the month."""
        self.stage.now = self.month.plus(-1).start() + timedelta(days=2)
        for person in self.people:
            if self.dice.random() < 0.8:
                person.pledges(self.dice.choice(PLEDGES))
                person.pays(self.dice.choice(PAYMENTS))
        for _ in range(25):
            self._does(*[self._clicks] * 6, self._pays, self._subscribes)
            self._does_of_teams(self._shares, *[lambda: None] * 4)
        self.stage.close(self.month.plus(-1))
        if self.dice.random() < 0.5:
            self.blogs[2].is_approved()
        if self.dice.random() < 0.5:
            for _ in click_subscriptions(self.stage.db, self.month, now=self.stage.now):
                pass
        for _ in range(self.dice.randint(20, 70)):
            self.stage.now += timedelta(hours=self.dice.randint(0, 6))
            self._does(
                *[self._clicks] * 9, *[self._pays] * 2, self._pledges, self._pledges_micros, self._undoes,
                self._withdraws_carried, self._gives, self._gives, self._takes_back, self._subscribes, self._pauses,
                *[self._reuses] * 2, self._approves, self._withdraws_site,
            )  # fmt: skip
            self._does_of_teams(*[self._shares] * 2, self._parts_with, *[lambda: None] * 12)
        self.stage.now = self.month.end()
        self._does(self._approves, lambda: None)  # at the first instant that is too late

    def is_audited(self, folder: Path) -> Counter[str]:
        """Export, close and export again; return how often what happened."""
        cut_off_after = self._close_is_cut_off() if self.dice.random() < 0.3 else None
        export_month(self.stage.db, self.stage.rules, self.month, folder, now=self.stage.now)
        close_month(self.stage.db, self.stage.rules, self.month, now=self.stage.now)
        check_books(self.stage.db)
        export_month(self.stage.db, self.stage.rules, self.month, folder, now=self.stage.now)
        with self.stage.db.reading() as connection:
            cases = _cases(connection, self.month)
        return cases + Counter({f"cut off after {cut_off_after}": 1} if cut_off_after else {})

    def _close_is_cut_off(self) -> str:
        steps = close_month_stepwise(self.stage.db, self.stage.rules, self.month, now=self.stage.now)
        wanted = self.dice.choice(["gifts", "readers", "things"])
        return next(step.step for step in steps if step.step in (wanted, "things"))

    def _does(self, *deeds: Any) -> None:
        with suppress(FlattrError, FlattrButtonError):  # what the receiver refuses did not happen
            self.dice.choice(deeds)()

    def _does_of_teams(self, *deeds: Any) -> None:
        """In every other month only, so that what nobody shares is there as often."""
        with suppress(FlattrError):
            if self.number % 2:
                self.dice_of_teams.choice(deeds)()

    def _clicks(self) -> None:
        page = self.dice.choice([*self.pages, *self.pages[-4:]])  # more often what waits for its site
        self._somebody().clicks(page)
        self.clicked.append(page)

    def _undoes(self) -> None:
        person, page = self._somebody(), self.dice.choice(self.clicked)
        person.undoes(person.clicks(page))

    def _withdraws_carried(self) -> None:
        thing = self.dice.choice(self.clicked).thing
        withdraw_carried_click(
            self.stage.db, reader=self._somebody().user, thing=thing, month=self.month, now=self.stage.now
        )

    def _pays(self) -> None:
        self._somebody().pays(self.dice.choice(PAYMENTS))

    def _pledges(self) -> None:
        self._somebody().pledges(self.dice.choice(PLEDGES))

    def _pledges_micros(self) -> None:
        """Pledge what no page offers: so little, or so much."""
        with self.stage.db.writing() as connection:
            pledges.put(connection, self._somebody().user.id, self.month, self.dice.choice(PLEDGES_MICROS))

    def _gives(self) -> None:
        person = self._somebody()
        gift = person.gives(self.dice.choice(self.clicked), self.dice.choice(PAYMENTS))
        self.gifts.append((person, gift))

    def _takes_back(self) -> None:
        if self.gifts:
            person, gift = self.dice.choice(self.gifts)
            take_back_gift(self.stage.db, reader=person.user, gift=gift, now=self.stage.now)

    def _subscribes(self) -> None:
        if self.clicked:
            person = self._somebody()
            self.subscriptions.append((person, person.subscribes(self.dice.choice(self.clicked))))

    def _pauses(self) -> None:
        if self.subscriptions:
            person, subscription = self.dice.choice(self.subscriptions)
            pause_subscription(self.stage.db, reader=person.user, subscription=subscription, now=self.stage.now)

    def _reuses(self) -> None:
        creator = self.dice.choice(self.people[-2:])
        cents = creator.payable // 10_000 // self.dice.choice([1, 2, 3])
        creator.reuses(EUR.digits(cents * 10_000))

    def _approves(self) -> None:
        self.dice.choice([*self.blogs[1:], self.blogs[3]]).is_approved()

    def _withdraws_site(self) -> None:
        self.dice.choice(self.blogs[1:]).is_withdrawn()

    def _shares(self) -> None:
        """Take somebody into a team who may have clicked there."""
        blog, owner = self._blog_and_owner()
        owner.shares(blog, self.dice_of_teams.choice(self.people), self.dice_of_teams.choice(PARTS))

    def _parts_with(self) -> None:
        blog, _ = self._blog_and_owner()
        self.dice_of_teams.choice(self.people).leaves(blog)

    def _blog_and_owner(self) -> tuple[Blog, Person]:
        number = self.dice_of_teams.randrange(len(self.blogs))
        return self.blogs[number], self.people[OWNERS[number]]

    def _somebody(self) -> Person:
        return self.dice.choice(self.people)


class RandomMonths:
    """Makes months, one after the other, each of which begins with the same people and sites."""

    def __init__(self, books: Books) -> None:
        self._books, self._begin = books, books.begin()
        db = books.open(self._begin)
        stage = Stage(db, MasterKeys({1: bytes(32)}), Outbox(), now=at("2020-01-01"))
        people = [stage.person(f"person{number}@example.org") for number in range(PEOPLE)]
        blogs = [
            people[owner].registers(f"https://{address}/", is_approved=is_approved)
            for owner, address, is_approved in zip(
                OWNERS,
                ("first.example", "second.example", "third.example", "first.example/guest"),
                (True, True, False, False),
                strict=True,
            )
        ]
        pages = [*blogs[0].posts("a b c d e f guest/g guest/h"), *blogs[1].posts("a b c d"), *blogs[2].posts("a b c d")]
        self._stage, self._people, self._blogs, self._pages = stage, people, blogs, pages
        db.close()

    @contextmanager
    def one(self, number: int) -> Iterator[RandomMonth]:
        address = self._books.copy(self._begin)
        db = self._books.open(address)
        stage = replace(self._stage, db=db, numbers=count())
        try:
            yield RandomMonth(
                number,
                stage,
                [replace(person, stage=stage) for person in self._people],
                [replace(blog, stage=stage) for blog in self._blogs],
                [replace(page, stage=stage) for page in self._pages],
            )
        finally:
            db.close()
            self._books.drop(address)


def _cases(connection: Connection, month: Month) -> Counter[str]:
    """Count in the books of a closed month what its export does not show."""
    c, carried, gift = clicks.c, carried_clicks.c, gift_settlements.c
    in_both = select(c.thing_id).where(
        c.month == month, c.reader_id == carried.reader_id, c.thing_id == carried.thing_id, c.undone_at.is_(None)
    )
    paid = select(thing_settlements.c.thing_id).where(thing_settlements.c.month == month)
    waited = select(func.count()).where(carried.month == month, carried.undone_at.is_(None), carried.thing_id.in_(paid))
    of_month = select(func.count()).where(c.month == month)
    statements = {
        "undone": of_month.where(c.undone_at.is_not(None)),
        "subscribed": of_month.where(c.source == ClickSource.SUBSCRIPTION),
        "carried": waited,
        "carried and clicked again": waited.where(in_both.exists()),
        "carried and withdrawn": select(func.count()).where(carried.month == month, carried.undone_at.is_not(None)),
        "gift": select(func.count()).where(gift.month == month, gift.given_micros > 0),
        "gift to a team": select(func.count(gift_parts.c.gift_id.distinct())).where(gift_parts.c.month == month),
        "gift that lapsed": select(func.count()).where(gift.month == month, gift.given_micros == 0),
    }
    return Counter({name: connection.execute(statement).scalar_one() for name, statement in statements.items()})
