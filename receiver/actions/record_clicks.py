"""Record clicks one by one, with every rule: from the confirm page, from applications, and for subscriptions.

`commit_clicks.py` records many at once and leaves to these functions what is not plain.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from sqlalchemy import Connection

from flattr_button import ApplicationClick, BadToken, Claim, OutsideScope, read_click
from receiver.actions.genuine import Button, Genuine, ReaderOfKey
from receiver.actions.mint_click_token import CLOCK_AHEAD, read_click_token
from receiver.actions.open_button import Signers, allowed_to_pay, verify_token
from receiver.actions.register_things import is_registered, register_thing
from receiver.domain.click import ClickSource, click_id, require_not_own, require_open
from receiver.domain.errors import (
    BadClickToken,
    BadWebhookBody,
    FlattrError,
    MonthClosed,
    RevokedKey,
    WrongSignature,
)
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.rules import CLICKS_PER_BATCH_MAX
from receiver.domain.site import Site
from receiver.store import click_keys, clicks, months, sites, teams, things
from receiver.store.clicks import ClickRow
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

CLICKS_PER_CHUNK: Final = 50  # one transaction each, so that a long batch lets others in between


class Receipt(NamedTuple):
    """A recorded click; `is_new` is False if the reader had clicked the thing this month already."""

    click_id: str
    is_new: bool


class Outcome(NamedTuple):
    """What became of one click of a batch: a receipt, or the error that refused it."""

    receipt: Receipt | None
    refusal: FlattrError | BadToken | None


def click_on_page(
    db: Database,
    keys: MasterKeys,
    *,
    reader: User,
    session: str,
    token: str,
    click_token: str,
    now: datetime,
    genuine: Genuine | None = None,
) -> Receipt:
    """Record the press on the confirm page; the thing comes into being with its first click.

    Pressing twice is no error: the same receipt comes back.  What was proven is noted in `genuine`.
    Raises a BadToken, BadClickToken, StaleClickToken, OwnThing, MonthClosed.
    """
    minted = read_click_token(keys, click_token, session=session, token=token, now=now)
    if minted.reader != reader.id:
        raise BadClickToken("this page was made for somebody else, or for another button; press the button again")
    proof = Proof(keys, genuine or Genuine(), now)
    with db.writing() as connection:
        thing = proof.thing_to_click(connection, reader.id, token, Month.of(now))
        receipt = record_press(connection, reader=reader.id, thing=thing, minted_at=minted.minted_at, now=now)
    proof.note()
    return receipt


def record_press(connection: Connection, *, reader: int, thing: int, minted_at: datetime, now: datetime) -> Receipt:
    """Record that a reader, who may, pressed a button on a page whose click token was minted then."""
    known = clicks.find(connection, month=Month.of(now), reader=reader, thing=thing)
    row = ClickRow(Month.of(now), reader, thing, ClickSource.PAGE, now)
    return _put(connection, row, known, may_redo=known is not None and _is_later(minted_at, known))


def click_from_application(db: Database, keys: MasterKeys, signed_clicks: list[str], *, now: datetime) -> list[Outcome]:
    """Record a batch of clicks that applications signed; a refusal of one leaves its neighbours alone.

    Raises BadWebhookBody if the batch is empty or too long.
    """
    require_batch(signed_clicks)
    return record_carefully(db, keys, signed_clicks, now=now, genuine=Genuine())


def record_carefully(
    db: Database, keys: MasterKeys, signed_clicks: list[str], *, now: datetime, genuine: Genuine
) -> list[Outcome]:
    """Record clicks that applications signed, each by itself; what was proven is noted in `genuine`."""
    proof = Proof(keys, genuine, now)
    outcomes: list[Outcome] = []
    for first in range(0, len(signed_clicks), CLICKS_PER_CHUNK):
        with db.writing() as connection:
            for signed in signed_clicks[first : first + CLICKS_PER_CHUNK]:
                outcomes.append(_outcome(connection, proof, signed))
        proof.note()
    return outcomes


def require_batch(signed_clicks: list[str]) -> None:
    """Raise BadWebhookBody if a batch is empty or too long."""
    if not 1 <= len(signed_clicks) <= CLICKS_PER_BATCH_MAX:
        raise BadWebhookBody(f"a batch has 1 to {CLICKS_PER_BATCH_MAX} clicks")


def month_of_press(click: ApplicationClick, now: datetime) -> tuple[Month, datetime]:
    """Return the month in which an application's click counts, and when it was pressed.

    Raises BadClickToken if that is in the future, MonthClosed if it is before the last month.
    """
    pressed_at = datetime.fromtimestamp(click.pressed_at, UTC)
    if pressed_at > now + CLOCK_AHEAD:
        raise BadClickToken("the click was pressed in the future; set the clock of the device")
    utc = now.astimezone(UTC)
    this_month, begins_at, oldest, oldest_begins_at = _clickable(utc.year, utc.month)
    if pressed_at >= begins_at:
        return this_month, pressed_at
    if pressed_at < oldest_begins_at:
        raise MonthClosed(oldest.plus(-1))
    return oldest, pressed_at


@lru_cache(maxsize=4)
def _clickable(year: int, month: int) -> tuple[Month, datetime, Month, datetime]:
    """Return a month and when it begins, and the same of the month before, into which an offline click may come."""
    this_month = Month(year, month)
    oldest = this_month.plus(-1)
    return this_month, this_month.start(), oldest, oldest.start()


def click_for_subscription(connection: Connection, *, reader: int, thing: int, month: Month, now: datetime) -> None:
    """Click a thing once in a month on behalf of a subscription; a click the reader has undone stays undone."""
    months.begin(connection, month)
    if clicks.find(connection, month=month, reader=reader, thing=thing) is None:
        clicks.add(connection, ClickRow(month, reader, thing, ClickSource.SUBSCRIPTION, now))


def click_secret(keys: MasterKeys, key: click_keys.ClickKeyRow) -> bytes:
    """Derive the secret of an application's key; it is never stored."""
    return keys.derive("click key", key.id, master=key.master).hex().encode()


@dataclass(frozen=True, slots=True)
class Proof:
    """Proves keys and buttons by the database, and notes what can never change.

    Of a button only once its thing is committed: the number of one that was rolled back is given to another.
    """

    keys: MasterKeys
    genuine: Genuine
    now: datetime
    proven: dict[str, Button] = field(default_factory=dict)

    def note(self) -> None:
        """Remember what was proven; for after the commit."""
        for token, button in self.proven.items():
            self.genuine.remember_button(token, button)
        self.proven.clear()

    def secret_of_key(self, connection: Connection, key_id: str) -> ReaderOfKey:
        """Return whose a click key is, and its secret.  Raises WrongSignature, RevokedKey."""
        key = click_keys.find(connection, key_id)
        if key is None:
            raise WrongSignature("this click key is not known here")
        if key.revoked_at is not None:
            raise RevokedKey(key.revoked_at)
        found = ReaderOfKey(key.reader_id, click_secret(self.keys, key))
        self.genuine.keys.put(key_id, found)
        return found

    def thing_to_click(self, connection: Connection, reader: int, token: str, month: Month) -> int:
        """Return the thing of a button, made if need be, if this reader may click it in this month."""
        claim, site, paid_site = verify_token(connection, self.keys, token, self.now)
        require_not_own(reader, teams.parts_of(connection, paid_site))
        require_open(month, months.state(connection, month))
        months.begin(connection, month)
        thing, _ = register_thing(connection, claim, site, paid_site, self.now)
        if things.get(connection, thing).paid_site == paid_site.id:  # else its claim waits for the end of a close
            self.proven[token] = Button(thing, claim.generation)
        return thing


def find_buttons(connection: Connection, keys: MasterKeys, tokens: Iterable[str], now: datetime) -> dict[str, Button]:
    """Return what tokens stand for, if their things are there and up to date; for any other a careful look is due.

    A few statements, however many tokens.
    """
    signers = Signers(connection, keys, now)
    read: dict[str, tuple[Claim, Site]] = {}
    for token in tokens:
        with suppress(BadToken):
            read[token] = signers.read(token)
    around = sites.verified_around(connection, {claim.url for claim, _ in read.values()})
    known = things.find_many(connection, {(site.id, claim.identity) for claim, site in read.values()})
    buttons: dict[str, Button] = {}
    for token, (claim, site) in read.items():
        thing = known.get((site.id, claim.identity))
        with suppress(OutsideScope):
            if thing is not None and is_registered(thing, claim, allowed_to_pay(claim, site, around[claim.url]), now):
                buttons[token] = Button(thing.id, claim.generation)
    return buttons


def _outcome(connection: Connection, proof: Proof, signed: str) -> Outcome:
    before = dict(proof.proven)
    try:
        with connection.begin_nested():
            return Outcome(_application_click(connection, proof, signed), None)
    except (FlattrError, BadToken) as error:
        proof.proven.clear()
        proof.proven.update(before)
        return Outcome(None, error)


def _application_click(connection: Connection, proof: Proof, signed: str) -> Receipt:
    reader = 0

    def secret_of_key(key_id: str) -> bytes:
        nonlocal reader
        reader, secret = proof.secret_of_key(connection, key_id)
        return secret

    click = read_click(signed, secret_of_key)
    month, pressed_at = month_of_press(click, proof.now)
    thing = proof.thing_to_click(connection, reader, click.thing_token, month)
    known = clicks.find(connection, month=month, reader=reader, thing=thing)
    row = ClickRow(month, reader, thing, ClickSource.APPLICATION, pressed_at)
    # Later than the press that made the click, too: a device's clock may be ahead of our undo.
    may_redo = known is not None and pressed_at > known.clicked_at and _is_later(pressed_at, known)
    return _put(connection, row, known, may_redo=may_redo)


def _is_later(moment: datetime, known: ClickRow) -> bool:
    return known.undone_at is not None and moment >= known.undone_at


def _put(connection: Connection, row: ClickRow, known: ClickRow | None, *, may_redo: bool) -> Receipt:
    if known is None:
        clicks.add(connection, row)
    elif may_redo:
        clicks.set_redone(connection, row, row.clicked_at)
    return Receipt(click_id(row.month, row.thing), is_new=known is None or may_redo)
