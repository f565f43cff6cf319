"""Commit clicks many at a time: whoever waits is answered after the commit, and one commit answers many.

Batches form by arrival: what came while the last batch was being committed is the next one.  So a single click waits
for nobody, and under load the disk is asked a few hundred times a second instead of ten thousand times.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from flattr_button import BadToken, read_click
from receiver.actions.genuine import Button, Genuine, ReaderOfKey
from receiver.actions.mint_click_token import read_click_token
from receiver.actions.record_clicks import (
    Outcome,
    Receipt,
    click_secret,
    find_buttons,
    month_of_press,
    record_carefully,
    require_batch,
)
from receiver.actions.sign_in import hash_of
from receiver.domain.click import ClickSource, numbered_click_id
from receiver.domain.errors import BadClickToken, BooksBusy, FlattrError, StaleClickToken
from receiver.domain.month import Month
from receiver.store import click_keys, presses
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys
from receiver.store.presses import Click, Press

log = logging.getLogger("receiver")

WAITING_MAX: Final = 20_000  # clicks; about a second of work in batches, and more than that is better tried again
BATCH_MAX: Final = 1_000  # clicks in a commit
READ_AT_ONCE: Final = 50  # signatures, before other requests get their turn
IDLE_S: Final = 5  # after which a lane's thread ends; the next click begins another


class _UnknownKey(Exception):
    """A click key that was not found genuine yet."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id


class _OnUnknownButton(NamedTuple):
    """A press on a button that was not found genuine yet."""

    token: str
    authority: str
    reader: int
    month: int
    source: ClickSource
    clicked_at: datetime

    def on(self, button: Button) -> Press:
        return Press(
            self.authority, self.reader, button.thing, button.generation, self.month, self.source, self.clicked_at
        )


Done = Callable[[list[Outcome | None], Exception | None], None]  # called on the event loop, once
Pressed = Press | str | _OnUnknownButton | None  # genuine; by a click key of this id; on this button; or refused


@dataclass(slots=True, eq=False)
class _Waiting:
    """A request that waits for its clicks."""

    presses: list[Pressed]
    signed: list[str]  # empty for a page
    now: datetime
    loop: asyncio.AbstractEventLoop
    done: Done
    outcomes: list[Outcome | None]


class ClickCommitter:
    """Records the clicks of a receiver; begins its threads with the first click and ends them when idle."""

    def __init__(self, db: Database, keys: MasterKeys) -> None:
        self._db, self._keys = db, keys
        self.genuine = Genuine()
        self._queue: deque[_Waiting] = deque()
        self._lanes: set[threading.Thread] = set()
        self._change = threading.Condition(threading.Lock())
        self._waiting = 0  # clicks in the queue
        self._under_way = 0  # clicks that lanes are committing
        self._idle = 0  # lanes that wait for a batch

    async def record_signed(self, signed_clicks: list[str], *, now: datetime) -> list[Outcome]:
        """Record a batch of clicks that applications signed; a refusal of one leaves its neighbours alone.

        Raises BadWebhookBody if the batch is empty or too long; BooksBusy, BooksReadOnly or BooksUnreachable if
        nothing can be recorded at present.
        """
        require_batch(signed_clicks)
        outcomes: list[Outcome | None] = []
        pressed: list[Pressed] = []
        for first in range(0, len(signed_clicks), READ_AT_ONCE):
            if first:
                await asyncio.sleep(0)
            self._read_all(signed_clicks[first : first + READ_AT_ONCE], now, pressed, outcomes)
        return all_of(await self._committed(pressed, signed_clicks, outcomes, now))

    def record_soon(self, signed_clicks: list[str], done: Done, *, now: datetime) -> None:
        """Do the same for whoever has no coroutine to wait in: `done` gets the outcomes, or the error.

        Raises BadWebhookBody if the batch is empty or too long; BooksBusy if too many wait.
        """
        require_batch(signed_clicks)
        outcomes: list[Outcome | None] = []
        pressed: list[Pressed] = []
        self._read_all(signed_clicks, now, pressed, outcomes)
        self._commit(pressed, signed_clicks, outcomes, now, done)

    async def record_page(self, *, session: str, token: str, click_token: str, now: datetime) -> Receipt | None:
        """Record the press on a confirm page, if there is nothing special about it; else return None, having done
        nothing.

        Raises BooksBusy, BooksReadOnly or BooksUnreachable.
        """
        try:
            minted = read_click_token(self._keys, click_token, session=session, token=token, now=now)
        except (BadClickToken, StaleClickToken):
            return None  # whoever looks carefully says why
        press = self._press(token, hash_of(session), minted.reader, Month.of(now), ClickSource.PAGE, now)
        outcome = (await self._committed([press], [], [None], now))[0]
        return None if outcome is None else outcome.receipt

    def _read_all(
        self, signed_clicks: list[str], now: datetime, pressed: list[Pressed], outcomes: list[Outcome | None]
    ) -> None:
        for signed in signed_clicks:
            press, refusal = self._read(signed, now)
            pressed.append(press)
            outcomes.append(None if refusal is None else Outcome(None, refusal))

    def _read(self, signed: str, now: datetime) -> tuple[Pressed, FlattrError | BadToken | None]:
        """Return a press, or which key or button must be looked up first; or why it is refused."""
        reader = 0

        def secret_of_key(key_id: str) -> bytes:
            nonlocal reader
            known = self.genuine.keys.get(key_id)
            if known is None:
                raise _UnknownKey(key_id)
            reader = known.reader
            return known.secret

        try:
            click = read_click(signed, secret_of_key)
            month, pressed_at = month_of_press(click, now)
        except _UnknownKey as unknown:
            return unknown.key_id, None
        except (FlattrError, BadToken) as refusal:
            return None, refusal
        return self._press(click.thing_token, click.key_id, reader, month, ClickSource.APPLICATION, pressed_at), None

    def _press(
        self, token: str, authority: str, reader: int, month: Month, source: ClickSource, clicked_at: datetime
    ) -> Pressed:
        button = self.genuine.buttons.get(token)
        if button is None:
            return _OnUnknownButton(token, authority, reader, month.number, source, clicked_at)
        return Press(authority, reader, button.thing, button.generation, month.number, source, clicked_at)

    async def _committed(
        self, pressed: list[Pressed], signed: list[str], outcomes: list[Outcome | None], now: datetime
    ) -> list[Outcome | None]:
        answer: asyncio.Future[list[Outcome | None]] = asyncio.get_running_loop().create_future()

        def settle(found: list[Outcome | None], error: Exception | None) -> None:
            if answer.done():
                return  # its client has gone
            if error is None:
                answer.set_result(found)
            else:
                answer.set_exception(error)

        self._commit(pressed, signed, outcomes, now, settle)
        return await answer

    def _commit(
        self, pressed: list[Pressed], signed: list[str], outcomes: list[Outcome | None], now: datetime, done: Done
    ) -> None:
        if None in outcomes:
            self._hand_over(_Waiting(pressed, signed, now, asyncio.get_running_loop(), done, outcomes))
        else:
            done(outcomes, None)

    def _hand_over(self, waiting: _Waiting) -> None:
        """Put a request into the queue, and wake a lane if it is worth its while."""
        count = len(waiting.presses)
        with self._change:
            if self._waiting + self._under_way + count > WAITING_MAX:
                raise BooksBusy
            self._waiting += count
            self._queue.append(waiting)
            if not self._lanes:
                self._lanes = {
                    threading.Thread(target=self._run, name=f"clicks {number}", daemon=True)
                    for number in range(self._db.click_lanes)
                }
                for lane in self._lanes:
                    lane.start()
            if self._idle and self._waiting >= self._under_way:
                self._change.notify()

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                self._record(batch)
            except Exception as error:
                if not isinstance(error, FlattrError):
                    log.exception("clicks were not recorded")
                self._answer(batch, error)
            else:
                self._answer(batch, None)

    def _next_batch(self) -> list[_Waiting]:
        """Return all that has arrived, up to a limit; wait for the first, or return nothing and end the lane.

        While another lane is under way, as much must have arrived as that one has: else a few clicks would go first,
        at the price of many, and the many would find nobody to commit them.
        """
        with self._change:
            self._idle += 1
            while not self._queue or self._waiting < self._under_way:
                if not self._change.wait(IDLE_S) and not self._queue:
                    self._idle -= 1
                    self._lanes.discard(threading.current_thread())
                    return []
            self._idle -= 1
            batch: list[_Waiting] = []
            count = 0
            while self._queue and count < BATCH_MAX:
                batch.append(self._queue.popleft())
                count += len(batch[-1].presses)
            self._waiting -= count
            self._under_way += count
        return batch

    def _answer(self, batch: list[_Waiting], error: Exception | None) -> None:
        """Wake whoever waits, all requests of an event loop at once."""
        with self._change:
            self._under_way -= sum(len(waiting.presses) for waiting in batch)
            if self._idle and self._queue and self._waiting >= self._under_way:
                self._change.notify()
        by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
        for waiting in batch:
            by_loop.setdefault(waiting.loop, []).append(waiting)
        for loop, group in by_loop.items():
            try:
                loop.call_soon_threadsafe(_wake, group, error)
            except RuntimeError:
                log.warning("%d requests ended before their clicks were answered", len(group))  # the loop was closed

    def _record(self, batch: list[_Waiting]) -> None:
        self._learn(batch)
        recorded = self._record_plain(batch)
        for waiting in batch:
            for number, press in enumerate(waiting.presses):
                if isinstance(press, Press) and press.click in recorded:
                    recorded.discard(press.click)  # the same click twice in a batch is new once
                    receipt = Receipt(numbered_click_id(press.month, press.thing), is_new=True)
                    waiting.outcomes[number] = Outcome(receipt, None)
        self._record_rest(batch)

    def _learn(self, batch: list[_Waiting]) -> None:
        """Look up the click keys and buttons that are not known yet, all at once, and complete their presses."""
        if not any(isinstance(press, str | _OnUnknownButton) for waiting in batch for press in waiting.presses):
            return
        with self._db.reading() as connection:
            self._learn_keys(connection, batch)
            tokens = {
                press.token for waiting in batch for press in waiting.presses if isinstance(press, _OnUnknownButton)
            }
            buttons = find_buttons(connection, self._keys, tokens, batch[-1].now)
        for token, button in buttons.items():
            self.genuine.remember_button(token, button)
        for waiting in batch:
            for number, press in enumerate(waiting.presses):
                if isinstance(press, _OnUnknownButton):
                    known = buttons.get(press.token)
                    waiting.presses[number] = None if known is None else press.on(known)

    def _learn_keys(self, connection: Connection, batch: list[_Waiting]) -> None:
        """Look up click keys, and read again what was signed with them."""
        ids = {press for waiting in batch for press in waiting.presses if isinstance(press, str)}
        for key in click_keys.find_many(connection, ids) if ids else ():
            if key.revoked_at is None:
                self.genuine.keys.put(key.id, ReaderOfKey(key.reader_id, click_secret(self._keys, key)))
        for waiting in batch:
            for number, press in enumerate(waiting.presses):
                if isinstance(press, str):
                    waiting.presses[number], refusal = self._read(waiting.signed[number], waiting.now)
                    if refusal is not None:
                        waiting.outcomes[number] = Outcome(None, refusal)

    def _record_plain(self, batch: list[_Waiting]) -> set[Click]:
        plain = [press for waiting in batch for press in waiting.presses if isinstance(press, Press)]
        if not plain:
            return set()
        try:
            with self._db.clicking() as driver:
                return presses.record(driver, plain, now=batch[-1].now)
        except IntegrityError:
            return set()  # a month began to close in between, perhaps: each is looked at by itself

    def _record_rest(self, batch: list[_Waiting]) -> None:
        """Look carefully at what is left of applications' clicks; what is left of pages, their pages look at."""
        rest = [
            (waiting, number)
            for waiting in batch
            for number, outcome in enumerate(waiting.outcomes)
            if outcome is None and waiting.signed
        ]
        signed = [waiting.signed[number] for waiting, number in rest]
        if not rest:
            return
        found = record_carefully(self._db, self._keys, signed, now=batch[-1].now, genuine=self.genuine)
        for (waiting, number), outcome in zip(rest, found, strict=True):
            waiting.outcomes[number] = outcome


def all_of(outcomes: Iterable[Outcome | None]) -> list[Outcome]:
    """Return the outcomes of an application's clicks, each of which has one."""
    found = list(outcomes)
    assert None not in found, "every click of an application has an outcome"
    return [outcome for outcome in found if outcome is not None]


def _wake(group: list[_Waiting], error: Exception | None) -> None:
    for waiting in group:
        waiting.done(waiting.outcomes, error)
