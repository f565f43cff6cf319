"""Record clicks: from the confirm page, and from applications with their reader's key; undo them."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Connection

from flattr_button import BadToken, read_click
from receiver.actions.open_button import verify_token
from receiver.actions.register_things import register_thing
from receiver.actions.sign_in import hash_of
from receiver.domain.click import ClickSource, require_not_own, require_open
from receiver.domain.errors import (
    BadClickToken,
    BadWebhookBody,
    FlattrError,
    MonthClosed,
    NotKnown,
    Replayed,
    RevokedKey,
    StaleClickToken,
    WrongSignature,
)
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.rules import CLICKS_PER_BATCH_MAX
from receiver.domain.thing import Thing
from receiver.store import click_keys, clicks, months, nonces, things
from receiver.store.clicks import ClickRow
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

CLICK_TOKEN_AGE: Final = timedelta(minutes=10)
CLOCK_AHEAD: Final = timedelta(minutes=5)
CLICKS_PER_CHUNK: Final = 50  # one transaction each, so that a long batch lets others in between
CLICK_NONCE_KEPT: Final = timedelta(days=70)  # longer than any month an application can still click into
_CLICK_TOKEN_LENGTH_MAX: Final = 600


@dataclass(frozen=True, slots=True)
class Receipt:
    """A recorded click; `is_new` is False if the reader had clicked the thing this month already."""

    click_id: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one click of a batch: a receipt, or the error that refused it."""

    receipt: Receipt | None
    refusal: FlattrError | BadToken | None


@dataclass(frozen=True, slots=True)
class ClickDone:
    """What the page after a click shows."""

    click: ClickRow
    thing: Thing
    can_be_undone: bool


def mint_click_token(keys: MasterKeys, *, session: str, reader: User, token: str, now: datetime) -> str:
    """Return what makes the press on our confirm page genuine: bound to session, reader, thing and month.

    It is the CSRF token of the form too.  Minting writes nothing; its nonce is stored with the click.
    """
    fields = _binding(session, reader, token, Month.of(now))
    fields |= {"n": secrets.token_urlsafe(16), "at": int(now.timestamp())}
    minted = _click_tokens(keys).dumps(fields)
    assert isinstance(minted, str)
    return minted


def click_on_page(
    db: Database, keys: MasterKeys, *, reader: User, session: str, token: str, click_token: str, now: datetime
) -> Receipt:
    """Record the press on the confirm page; the thing comes into being with its first click.

    Pressing twice is no error: the same receipt comes back.
    Raises a BadToken, BadClickToken, StaleClickToken, OwnThing, MonthClosed.
    """
    month = Month.of(now)
    nonce = _require_minted(keys, click_token, _binding(session, reader, token, month), now)
    with db.writing() as connection:
        is_fresh = nonces.use(connection, "click", nonce, expires_at=now + CLICK_TOKEN_AGE)
        return _click(
            connection, keys, reader.id, token,
            month=month, source=ClickSource.PAGE, may_redo=is_fresh, pressed_at=now, now=now,
        )  # fmt: skip


def click_from_application(db: Database, keys: MasterKeys, signed_clicks: list[str], *, now: datetime) -> list[Outcome]:
    """Record a batch of clicks that applications signed; a refusal of one leaves its neighbours alone.

    Raises BadWebhookBody if the batch is empty or too long.
    """
    if not 1 <= len(signed_clicks) <= CLICKS_PER_BATCH_MAX:
        raise BadWebhookBody(f"a batch has 1 to {CLICKS_PER_BATCH_MAX} clicks")
    outcomes: list[Outcome] = []
    for first in range(0, len(signed_clicks), CLICKS_PER_CHUNK):
        with db.writing_part() as connection:
            for signed in signed_clicks[first : first + CLICKS_PER_CHUNK]:
                outcomes.append(_outcome(connection, keys, signed, now))
    return outcomes


def look_at_click(db: Database, *, reader: User, click_id: str) -> ClickDone:
    """Return a click of the reader's own.  Raises NotKnown for anybody else's, too."""
    with db.reading() as connection:
        click = _own_click(connection, reader, click_id)
        state = months.state(connection, click.month)
        return ClickDone(click, things.get(connection, click.thing), can_be_undone=state == "open")


def undo_click(db: Database, *, reader: User, click_id: str, now: datetime) -> ClickRow:
    """Undo a click until its month closes; twice is no error.  Raises NotKnown, MonthClosed."""
    with db.writing() as connection:
        click = _own_click(connection, reader, click_id)
        require_open(click.month, months.state(connection, click.month))
        if click.undone_at is None:
            clicks.set_undone(connection, click.id, now)
        # The same thing may have been carried here from an earlier month; its reader sees one click and undoes one.
        clicks.set_carried_undone(connection, reader=reader.id, thing=click.thing, month=click.month, at=now)
        return click


def withdraw_carried_click(db: Database, *, reader: User, thing: int, month: Month, now: datetime) -> None:
    """Withdraw a click of an earlier month that still waits for its site.  Raises NotKnown, MonthClosed."""
    with db.writing() as connection:
        require_open(month, months.state(connection, month))
        if not clicks.set_carried_undone(connection, reader=reader.id, thing=thing, month=month, at=now):
            raise NotKnown("there is no such click waiting")
        again = clicks.find(connection, month=month, reader=reader.id, thing=thing)
        if again is not None and again.undone_at is None:
            clicks.set_undone(connection, again.id, now)


def click_for_subscription(connection: Connection, *, reader: int, thing: int, month: Month, now: datetime) -> None:
    """Click a thing once in a month on behalf of a subscription; a click the reader has undone stays undone.

    Its id follows from what it is, so that a month closed on two machines has the same bytes; only its reader may
    use it, so it need be no secret.
    """
    months.begin(connection, month)
    if clicks.find(connection, month=month, reader=reader, thing=thing) is None:
        click_id = hash_of(f"subscription {month} {reader} {thing}")[:16]
        clicks.add(connection, ClickRow(month, reader, thing, click_id, ClickSource.SUBSCRIPTION, now, None))


def _outcome(connection: Connection, keys: MasterKeys, signed: str, now: datetime) -> Outcome:
    try:
        with connection.begin_nested():
            return Outcome(_application_click(connection, keys, signed, now), None)
    except (FlattrError, BadToken) as error:
        return Outcome(None, error)


def _application_click(connection: Connection, keys: MasterKeys, signed: str, now: datetime) -> Receipt:
    reader = 0

    def secret_of_key(key_id: str) -> bytes:
        nonlocal reader
        key = click_keys.find(connection, key_id)
        if key is None:
            raise WrongSignature("this click key is not known here")
        if key.revoked_at is not None:
            raise RevokedKey(key.revoked_at)
        reader = key.reader_id
        return click_secret(keys, key)

    click = read_click(signed, secret_of_key)
    pressed_at = datetime.fromtimestamp(click.pressed_at, UTC)
    if pressed_at > now + CLOCK_AHEAD:
        raise BadClickToken("the click was pressed in the future; set the clock of the device")
    oldest = Month.of(now).plus(-1)
    if pressed_at < oldest.start():
        raise MonthClosed(oldest.plus(-1))
    purpose, month = f"click:{click.key_id}", min(Month.of(pressed_at), Month.of(now))
    receipt = _click(
        connection, keys, reader, click.thing_token, month=month, source=ClickSource.APPLICATION,
        may_redo=not nonces.is_used(connection, purpose, click.nonce), pressed_at=pressed_at, now=now,
    )  # fmt: skip
    if receipt.is_new:  # only then, so that repeating a click a thousand times leaves nothing behind
        nonces.use(connection, purpose, click.nonce, expires_at=now + CLICK_NONCE_KEPT)
    return receipt


def click_secret(keys: MasterKeys, key: click_keys.ClickKeyRow) -> bytes:
    """Derive the secret of an application's key; it is never stored."""
    return keys.derive("click key", key.id, master=key.master).hex().encode()


def _click(
    connection: Connection,
    keys: MasterKeys,
    reader: int,
    token: str,
    *,
    month: Month,
    source: ClickSource,
    may_redo: bool,
    pressed_at: datetime,
    now: datetime,
) -> Receipt:
    """Record a click; a used-up token (`may_redo` False), or one pressed before the undo, only finds its click."""
    claim, site, paid_site = verify_token(connection, keys, token, now)
    require_not_own(reader, paid_site.owner)
    require_open(month, months.state(connection, month))
    months.begin(connection, month)
    thing, _ = register_thing(connection, claim, site, paid_site, now)
    known = clicks.find(connection, month=month, reader=reader, thing=thing)
    if not may_redo and known is None:
        raise Replayed
    if known is None:
        row = _row(reader, thing, month, source, now)
        clicks.add(connection, row)
        return Receipt(row.id, is_new=True)
    if known.undone_at is not None and may_redo and pressed_at >= known.undone_at:
        clicks.set_undone(connection, known.id, None)
        return Receipt(known.id, is_new=True)
    return Receipt(known.id, is_new=False)


def _row(reader: int, thing: int, month: Month, source: ClickSource, now: datetime) -> ClickRow:
    return ClickRow(month, reader, thing, secrets.token_urlsafe(12), source, now, None)


def _own_click(connection: Connection, reader: User, click_id: str) -> ClickRow:
    click = clicks.find_by_id(connection, click_id)
    if click is None or click.reader != reader.id:
        raise NotKnown("there is no such click of yours")
    return click


def _click_tokens(keys: MasterKeys) -> URLSafeSerializer:
    return URLSafeSerializer(keys.derive("click token"), salt="flattr.click.1")


def _binding(session: str, reader: User, token: str, month: Month) -> dict[str, Any]:
    return {"s": hash_of(session)[:32], "r": reader.id, "h": hash_of(token)[:32], "p": month.number}


def _require_minted(keys: MasterKeys, click_token: str, binding: dict[str, Any], now: datetime) -> str:
    """Return the nonce of a genuine, recent click token that is bound to just this press."""
    if len(click_token) > _CLICK_TOKEN_LENGTH_MAX or not click_token.isascii():
        raise BadClickToken("press the button on our page")
    try:
        fields = _click_tokens(keys).loads(click_token)
    except BadData:
        raise BadClickToken("press the button on our page") from None
    is_other_month = fields["p"] != binding["p"]
    age = now - datetime.fromtimestamp(fields["at"], UTC)
    if is_other_month or not -CLOCK_AHEAD <= age <= CLICK_TOKEN_AGE:
        raise StaleClickToken
    if {name: fields[name] for name in binding} != binding:
        raise BadClickToken("this page was made for somebody else, or for another button; press the button again")
    return str(fields["n"])
