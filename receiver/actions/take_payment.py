"""Take a reader's payment into their funds; pay unspent funds back."""

from datetime import datetime

from sqlalchemy import Connection

from receiver.domain.errors import NotEnough, PaymentDiffers
from receiver.domain.ledger import Entry, EntryKind, Posting, fresh, rail
from receiver.domain.money import Currency, Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.gateways.rails import Movement, Rail, required_reference
from receiver.store import entries, gifts, rail_movements
from receiver.store.database import Database
from receiver.store.rail_movements import MovementRow


def take_payment(db: Database, by: Rail, *, reader: User, amount: Micros, reference: str, now: datetime) -> bool:
    """Book money that a rail collected; False if this very movement was booked before.

    Raises PaymentDiffers if the reference was booked with another amount or reader.
    """
    movement = by.collect(amount, reference=reference)
    postings = (Posting(rail(by.name), fresh(reader.id), movement.amount),)
    with db.writing() as connection:
        return book_movement(connection, by, movement, EntryKind.PAYMENT, postings, user=reader.id, now=now)


def refund_payment(
    db: Database, by: Rail, currency: Currency, *, reader: User, amount: Micros, reference: str, now: datetime
) -> bool:
    """Pay unspent fresh funds back; what waits as a gift is promised and stays.

    Raises BadInput, NotEnough, PaymentDiffers.
    """
    reference = required_reference(reference)
    with db.writing() as connection:
        funds = entries.funds_of(connection, reader.id)
        unspent = max(0, min(funds.fresh, funds.total - gifts.waiting_sum(connection, reader.id)))
        is_known = rail_movements.find(connection, by.name, reference) is not None
        if amount > unspent and not is_known:
            raise NotEnough(
                "%(amount)s of %(email)s is unspent; pay back that or less",
                amount=currency.amount(unspent),
                email=reader.email,
            )
        movement = by.send(amount, reference=reference)
        postings = (Posting(fresh(reader.id), rail(by.name), movement.amount),)
        return book_movement(connection, by, movement, EntryKind.REFUND, postings, user=reader.id, now=now)


def book_movement(
    connection: Connection,
    by: Rail,
    movement: Movement,
    kind: EntryKind,
    postings: tuple[Posting, ...],
    *,
    user: int | None,
    now: datetime,
) -> bool:
    """Book one movement of a rail as one entry; False if that was done before.  Raises PaymentDiffers."""
    known = rail_movements.find(connection, by.name, movement.reference)
    if known is not None:
        if (known.kind, known.user_id, known.amount_micros) != (kind, user, movement.amount):
            raise PaymentDiffers(
                "%(rail)s reference %(reference)s was booked before, with another amount, kind or person",
                rail=by.name,
                reference=movement.reference,
            )
        return False
    key = f"{kind}:{by.name}:{movement.reference}"
    entry = Entry(kind=kind, key=key, month=Month.of(now), postings=postings)
    entry_id = entries.book(connection, entry, now=now)
    rail_movements.add(connection, MovementRow(by.name, movement.reference, kind, user, movement.amount, entry_id))
    return True
