"""Pay creators what they earned; let them use it as readers; pay the operator the cut."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from receiver.actions.take_payment import book_movement
from receiver.domain.errors import NotEnough
from receiver.domain.ledger import CUT, Entry, EntryKind, Posting, earned, rail, reused
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.rules import Rules
from receiver.gateways.rails import Rail, required_reference
from receiver.store import entries, rail_movements, settlements
from receiver.store.database import Database


@dataclass(frozen=True, slots=True)
class Payout:
    """What was paid under a reference, now or before."""

    amount: Micros
    is_new: bool


def pay_out(
    db: Database, by: Rail, rules: Rules, *, creator: User, amount: Micros | None, reference: str, now: datetime
) -> Payout:
    """Pay a creator out, everything payable unless an amount is named; return what was paid, and whether just now.

    The same reference never pays twice.  Raises BadInput, NotEnough, PaymentDiffers.
    """
    reference = required_reference(reference)
    with db.writing() as connection:
        known = rail_movements.find(connection, by.name, reference)
        wanted = amount if amount is not None else (known.amount_micros if known else None)
        if known is None:
            wanted = _require_payable(connection, rules, creator, wanted, now)
        assert wanted is not None
        movement = by.send(wanted, reference=reference)
        postings = (Posting(earned(creator.id), rail(by.name), movement.amount),)
        is_new = book_movement(connection, by, movement, EntryKind.PAYOUT, postings, user=creator.id, now=now)
        return Payout(movement.amount, is_new)


def withdraw_cut(db: Database, by: Rail, rules: Rules, *, amount: Micros, reference: str, now: datetime) -> bool:
    """Take the operator's cut out over a rail; False if this reference was booked before.

    Raises BadInput, NotEnough, PaymentDiffers.
    """
    reference = required_reference(reference)
    with db.writing() as connection:
        there = entries.balance(connection, CUT)
        if amount > there and rail_movements.find(connection, by.name, reference) is None:
            raise NotEnough("the cut so far is %(amount)s; withdraw that or less", amount=rules.currency.amount(there))
        movement = by.send(amount, reference=reference)
        postings = (Posting(CUT, rail(by.name), movement.amount),)
        return book_movement(connection, by, movement, EntryKind.WITHDRAWAL, postings, user=None, now=now)


def reuse_earnings(db: Database, rules: Rules, *, user: User, amount: Micros, form: str, now: datetime) -> bool:
    """Move payable earnings into one's own funds, where they bear no second cut.

    `form` names the form that was sent: sending it twice moves once; False then.  Raises NotEnough.
    """
    entry = Entry(
        kind=EntryKind.REUSE,
        key=f"reuse:{user.id}:{form}",
        month=Month.of(now),
        postings=(Posting(earned(user.id), reused(user.id), amount),),
    )
    with db.writing() as connection:
        if entries.find_by_key(connection, entry.key) is not None:
            return False
        payable = payable_of(connection, rules, user.id, now)
        if amount > payable:
            raise NotEnough("%(amount)s is payable now; move that or less", amount=rules.currency.amount(payable))
        entries.book(connection, entry, now=now)
        return True


def payable_of(connection: Connection, rules: Rules, creator: int, now: datetime) -> Micros:
    """Return what a creator earned in months whose day of payment has come."""
    first_waiting = Month.of(now).plus(-2)
    while rules.payable_at(first_waiting) <= now:
        first_waiting = first_waiting.plus(1)
    waiting = settlements.earned_since(connection, creator, first_waiting)
    return Micros(max(0, entries.earned_of(connection, creator) - waiting))


def _require_payable(
    connection: Connection, rules: Rules, creator: User, amount: Micros | None, now: datetime
) -> Micros:
    show = rules.currency.amount
    payable = rules.currency.whole_minor_units(payable_of(connection, rules, creator.id, now))
    wanted = payable if amount is None else amount
    if wanted > payable:
        raise NotEnough(
            "%(amount)s of %(email)s is payable now; pay that or less", amount=show(payable), email=creator.email
        )
    if wanted < max(1, rules.payout_micros_min):
        raise NotEnough(
            "payouts begin at %(least)s; %(amount)s is payable",
            least=show(rules.payout_micros_min),
            amount=show(payable),
        )
    return wanted
