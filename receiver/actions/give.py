"""Give a one-off amount beside the pot, and take it back until the month closes."""

from datetime import datetime

from receiver.domain.click import require_not_own, require_open
from receiver.domain.errors import AmountOutOfBounds, NotEnough, NotKnown, NotProven
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.rules import Rules
from receiver.store import entries, gifts, months, sites, teams, things
from receiver.store.database import Database


def give(db: Database, rules: Rules, *, reader: User, thing: int, amount: Micros, form: str, now: datetime) -> int:
    """Promise a gift to a thing, booked when the month closes; return its id.

    `form` names the form that was sent: sending it twice gives once.
    It takes from funds that no other gift was promised; only the pot of an earlier month, not closed yet,
    can still take them first, and then the gift lapses: docs/decisions/0005-gifts-before-pots.md.
    Raises AmountOutOfBounds, NotEnough, NotProven (nobody could receive it yet), OwnThing, MonthClosed, NotKnown.
    """
    if amount > rules.pledge_micros_max:
        raise AmountOutOfBounds("a gift is at most %(amount)s", amount=rules.currency.amount(rules.pledge_micros_max))
    month = Month.of(now)
    with db.writing() as connection:
        sent_before = gifts.find_by_form(connection, reader.id, form)
        if sent_before is not None:
            return sent_before.id
        require_open(month, months.state(connection, month))
        site = sites.get(connection, things.get(connection, thing).paid_site)
        require_not_own(reader.id, teams.parts_of(connection, site))
        if not site.is_verified:
            raise NotProven("this site is not verified yet, so nobody could receive a gift; a click waits for it")
        free = entries.funds_of(connection, reader.id).total - gifts.waiting_sum(connection, reader.id)
        if amount > free:
            raise NotEnough(
                "%(amount)s of your funds is free; add funds first", amount=rules.currency.amount(max(0, free))
            )
        months.begin(connection, month)
        return gifts.add(connection, reader=reader.id, thing=thing, month=month, amount=amount, form=form, now=now)


def take_back_gift(db: Database, *, reader: User, gift: int, now: datetime) -> None:
    """Take a gift back; twice is no error.  Raises NotKnown, MonthClosed."""
    with db.writing() as connection:
        known = gifts.find(connection, gift)
        if known is None or known.reader != reader.id:
            raise NotKnown("there is no such gift of yours")
        require_open(known.month, months.state(connection, known.month))
        if known.taken_back_at is None:
            gifts.set_taken_back(connection, gift, now)
