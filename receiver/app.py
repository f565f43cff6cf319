"""Join the parts: the only place where the real database, mail, clock and rails are built."""

import asyncio
import logging
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from flattr_button import FlattrButtonError
from receiver.actions.close_month import close_due_months
from receiver.actions.commit_clicks import ClickCommitter
from receiver.actions.deliver_webhooks import RUN_S, deliver_webhooks
from receiver.actions.forget_clicks import forget_clicks
from receiver.actions.keep_currency import keep_currency
from receiver.actions.look_at_named_pages import look_at_named_pages
from receiver.actions.mail_months import mail_months
from receiver.actions.queue_events import queue_events
from receiver.actions.send_mails import send_mails
from receiver.actions.subscribe import click_subscriptions
from receiver.actions.sweep_expired import sweep_expired
from receiver.actions.tell_clicks import tell_clicks
from receiver.domain.endpoint import SPREAD
from receiver.domain.errors import BadSettings, BooksOutOfBalance, FlattrError
from receiver.domain.month import Month
from receiver.gateways.mail import ConsoleMailer, Mailer, SmtpMailer
from receiver.gateways.messages import LoopbackMessageSender, MessageSender, PublicMessageSender
from receiver.gateways.open_network import Deadline
from receiver.gateways.pages import PublicPageFetcher
from receiver.gateways.rails import ByHand, Rail, play_money
from receiver.gateways.text_records import SystemTextRecords
from receiver.settings import Settings
from receiver.store.database import Database
from receiver.store.master_keys import create_master_keys, load_master_keys
from receiver.store.postgres import PostgresDatabase
from receiver.store.sqlite import SqliteDatabase
from receiver.web.answers import BROKEN
from receiver.web.parts import Clock, Parts
from receiver.web.problems import http_error, known_error, unknown_error
from receiver.web.routes import ROUTES
from receiver.web.security import SecurityHeaders
from receiver.web.straight import STATE_NAME, StraightClicks

HOUSEKEEPING_S: Final = 600
ANSWER_TO: Final[dict[Any, Callable[[Request, Exception], Response]]] = {
    FlattrError: known_error,
    FlattrButtonError: known_error,
    HTTPException: http_error,
    Exception: unknown_error,
}

Housekeeping = Callable[[Parts], Awaitable[None]]

log = logging.getLogger("receiver")


def wall_clock() -> datetime:
    return datetime.now(UTC)


def open_database(settings: Settings) -> Database:
    """Open PostgreSQL if the settings name one, else the file in the data folder.  Raises BadSettings."""
    if settings.database_url:
        return PostgresDatabase(settings.database_url, owner_url=settings.database_owner_url)
    return SqliteDatabase(settings.database_path)


def require_books(settings: Settings, db: Database) -> None:
    """Refuse a place without a receiver, which a slip of the pen names.  Raises BadSettings."""
    if db.has_books():
        return
    if settings.database_url:
        raise BadSettings(["FLATTR_DATABASE_URL: there is no receiver in this database; begin one with: "
                           "flattr-receiver migrate, and then flattr-receiver serve"])  # fmt: skip
    raise BadSettings([f"FLATTR_DATA_DIR: there is no receiver in {settings.data_dir.resolve()}; "
                       "name the folder of yours, or begin a new one with: flattr-receiver serve"])  # fmt: skip


def build_parts(
    settings: Settings, db: Database | None = None, *, clock: Clock = wall_clock, mailer: Mailer | None = None
) -> Parts:
    """Open the database, bringing its schema up to date, and the keys; where no books are yet, make both.

    Raises BadSettings, BooksBusy, BooksReadOnly, BooksUnreachable.
    """
    db = db or open_database(settings)
    if not db.has_books():  # a new ring beside old books would make every button out there a forged one
        create_master_keys(settings.master_keys_path)
    keys = load_master_keys(settings.master_keys_path)
    db.migrate()
    keep_currency(db, settings.currency)
    return Parts(
        settings=settings,
        db=db,
        keys=keys,
        clicks=ClickCommitter(db, keys),
        mailer=mailer or _mailer(settings),
        fetcher=PublicPageFetcher(),
        sender=_sender(settings),
        records=SystemTextRecords(),
        rails={rail.name: rail for rail in _rails(settings)},
        clock=clock,
    )


def build_app(parts: Parts, keep_house_once: Housekeeping | None = None) -> ASGIApp:
    """Build the application; it keeps house every ten minutes, in a thread unless told another way."""
    app = Starlette(routes=ROUTES, exception_handlers=ANSWER_TO, lifespan=_lifespan)
    app.router.redirect_slashes = False  # it would send to whatever host the request names
    app.state.parts = parts
    app.state.keep_house_once = keep_house_once or _in_a_thread
    # Around everything: what Starlette answers to our own mistakes comes from outside of its middleware.
    secured = SecurityHeaders(app, is_https=parts.settings.is_https)
    app.state.straight = StraightClicks(parts.clicks, parts.clock, secured.own)
    return secured


def keep_house(parts: Parts) -> None:
    """Do what is due: close past months, make the month's subscription clicks, forget old reading history, tell
    creators' endpoints what happened, send mails, look at pages that site tokens named.

    Of several receivers that share their books one does it at a time, the others need not.
    """
    with parts.db.leading() as is_leader:
        if not is_leader:
            return
        now = parts.clock()
        if parts.settings.close_automatically:
            for month in close_due_months(parts.db, parts.rules, now=now):
                log.info("closed %s", month)
        for _ in click_subscriptions(parts.db, Month.of(now), now=now):
            pass
        forget_clicks(parts.db, now=now)
        sweep_expired(parts.db, now=now)
        for _ in mail_months(parts.db, parts.keys, parts.rules, receiver=parts.receiver, now=now):
            pass
        tell_clicks(parts.db, now=now)
        queue_events(parts.db, currency=parts.rules.currency.code, now=now)
        _send_messages(parts)  # from here on other servers may be slow
        posted = send_mails(parts.db, parts.mailer, clock=parts.clock)
        if posted.given_up:
            log.warning("mails given up after ten tries: %d", posted.given_up)
        look_at_named_pages(parts.db, parts.fetcher, now=now)


def _send_messages(parts: Parts) -> None:
    """Send creators' endpoints what is due, for a minute at most; the rest goes with the next round."""
    deliver_webhooks(
        parts.db,
        parts.keys,
        parts.sender,
        receiver=parts.receiver,
        clock=parts.clock,
        spread=lambda: random.SystemRandom().randrange(SPREAD),
        deadline=Deadline.in_seconds(RUN_S),
    )


async def keep_house_in_a_process(_parts: Parts) -> None:
    """Keep house in a process of its own, with the same settings: a close computes for long, and in a thread of the
    server every click would wait for the interpreter.

    Raises BooksOutOfBalance if that is what it found.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "receiver", "keep-house", stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, told = await child.communicate()
    except asyncio.CancelledError:
        child.terminate()  # whatever it was doing, the next one goes on with
        await child.wait()
        raise
    sentence = told.decode(errors="replace").strip().removeprefix("flattr-receiver: ")
    if child.returncode == BROKEN:
        raise BooksOutOfBalance([sentence])
    if child.returncode:
        log.warning("housekeeping waits: %s", sentence)


async def _in_a_thread(parts: Parts) -> None:
    await run_in_threadpool(keep_house, parts)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
    housekeeping = asyncio.create_task(_keep_house_for_ever(app.state.parts, app.state.keep_house_once))
    try:
        yield {STATE_NAME: app.state.straight}
    finally:
        housekeeping.cancel()
        await asyncio.gather(housekeeping, return_exceptions=True)


async def _keep_house_for_ever(parts: Parts, keep_house_once: Housekeeping) -> None:
    while True:
        try:
            await keep_house_once(parts)
        except BooksOutOfBalance:
            log.critical("the books do not balance; no month is closed until somebody has looked", exc_info=True)
            return
        except FlattrError as error:
            log.warning("housekeeping waits: %s", error)
        except Exception:  # our own mistake; without a word no month would ever close again
            log.exception("housekeeping failed and will be tried again")
        await asyncio.sleep(HOUSEKEEPING_S)


def _rails(settings: Settings) -> list[Rail]:
    """Return the rails of this receiver; play money only where nobody but its operator can come."""
    return [ByHand()] if settings.is_https else [ByHand(), play_money()]


def _sender(settings: Settings) -> MessageSender:
    """Return what sends messages; to this machine too only where nobody but its operator can come."""
    public = PublicMessageSender()
    return public if settings.is_https else LoopbackMessageSender(public)


def _mailer(settings: Settings) -> Mailer:
    settings.require_mail()
    if settings.smtp_url == "console:":
        return ConsoleMailer()
    return SmtpMailer(settings.smtp_url, settings.mail_from)
