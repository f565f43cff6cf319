"""A small world of readers, creators and things: people with money, buttons, and the clicks of the month before."""

import base64
import random
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.books import Books, begin
from flattr_button import Claim, ClickKey, SiteKey, sign
from receiver.actions.record_clicks import click_secret
from receiver.actions.register_site import register_site
from receiver.actions.sign_in import SESSION_AGE, hash_of
from receiver.actions.verify_site import approve_site
from receiver.domain.money import MICROS_PER_UNIT
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.store.click_keys import ClickKeyRow
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

PLEDGE_UNITS: Final = (2, 5, 10)
_SEED: Final = 2026
_THING_BITS: Final = 32


@dataclass(frozen=True, slots=True)
class Clicker:
    """Somebody signed in, whose application has a key."""

    user: User
    session: str
    key: ClickKey


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What was put into the books.  Thing number n, counted from 0, has button n and is on site n % len(site_keys)."""

    keys: MasterKeys
    past: Month  # the month before this one, not closed yet
    creators: list[Clicker]  # each owns the site of the same number
    clickers: list[Clicker]
    site_keys: list[SiteKey]
    buttons: list[str]
    past_clicks: "Clicks"


@dataclass(frozen=True, slots=True)
class Clicks:
    """Pairs of reader and thing, as their ids, in the order in which they came."""

    packed: "array[int]"

    def __iter__(self) -> Iterator[tuple[int, int]]:
        for pair in self.packed:
            yield pair >> _THING_BITS, pair & (1 << _THING_BITS) - 1


def fill(books: Books, *, readers: int, clickers: int, things: int, sites: int = 1, clicks_each: int = 0) -> World:
    """Fill new books: sites with things, and readers with a pledge paid in, who clicked in the month before.

    The first `clickers` of the readers can sign in and have an application.  A few things are clicked by many and
    most by few: the chance of a thing falls with its rank (Zipf).
    """
    parts = begin(books)
    now = parts.clock()
    past = Month.of(now).plus(-1)
    then = past.start() + timedelta(days=1)
    ids = range(1, 1 + sites + readers)
    users = [User(number, f"person{number}@example.org", f"Person {number}") for number in ids]
    books.load("users", ["id", "email", "name", "created_at"], ((*_row(user), _micros(then)) for user in users))
    try:
        site_keys = [_site(parts.db, parts.keys, user, then) for user in users[:sites]]
    finally:
        parts.db.close()
    people = [_clicker(parts.keys, user) for user in users[: sites + clickers]]
    _let_sign_in(books, parts.keys, people, now)
    months = [past, past.plus(1)]
    books.load("months", ["month", "state"], ((month.number, "open") for month in months))
    first_thing, buttons = _publish(books, site_keys, things, then)
    _pay_in(books, users[sites:], past, then)
    clicks = _past_clicks(users[sites:], first_thing=first_thing, things=things, clicks_each=clicks_each)
    let_click(books, clicks, past)
    books.settle()
    return World(
        keys=parts.keys,
        past=past,
        creators=people[:sites],
        clickers=people[sites:],
        site_keys=site_keys,
        buttons=buttons,
        past_clicks=clicks,
    )


def let_click(books: Books, clicks: Clicks, month: Month) -> None:
    """Record clicks in a month, in their order, a microsecond apart."""
    number, begun = month.number, _micros(month.start())
    books.load(
        "clicks",
        ["month", "reader_id", "thing_id", "source", "clicked_at"],
        ((number, reader, thing, "application", begun + order) for order, (reader, thing) in enumerate(clicks)),
    )


def pledge_of(reader: int) -> int:
    """Return what a reader pledged and paid in, in micros."""
    return PLEDGE_UNITS[reader % len(PLEDGE_UNITS)] * MICROS_PER_UNIT


def _row(user: User) -> tuple[int, str, str]:
    return user.id, user.email, user.name


def _micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _site(db: Database, keys: MasterKeys, owner: User, then: datetime) -> SiteKey:
    address, title = f"https://blog{owner.id}.example/", f"Blog {owner.id}"
    key = register_site(db, keys, owner=owner, address=address, title=title, now=then)
    approve_site(db, site=key.site, now=then)
    return key


def _clicker(keys: MasterKeys, user: User) -> Clicker:
    key_id = base64.b32encode(user.id.to_bytes(10, "big")).decode().lower()
    row = ClickKeyRow(key_id, user.id, "Bench", keys.newest, datetime.now(UTC), None)
    return Clicker(user, f"session-of-{user.id}", ClickKey(key_id, click_secret(keys, row)))


def _let_sign_in(books: Books, keys: MasterKeys, people: list[Clicker], now: datetime) -> None:
    begun, ended = _micros(now), _micros(now + SESSION_AGE)
    books.load(
        "sessions",
        ["token_hash", "user_id", "created_at", "expires_at"],
        ((hash_of(person.session), person.user.id, begun, ended) for person in people),
    )
    books.load(
        "click_keys",
        ["id", "reader_id", "label", "master", "created_at"],
        ((person.key.id, person.user.id, "Bench", keys.newest, begun) for person in people),
    )


def _publish(books: Books, site_keys: list[SiteKey], things: int, then: datetime) -> tuple[int, list[str]]:
    """Put things on the sites; return the id of the first and the buttons of all, in order of their ids."""
    first = books.rows("select coalesce(max(id), 0) from things")[0][0] + 1
    keys = [site_keys[number % len(site_keys)] for number in range(things)]
    claims = [
        Claim(
            site=key.site,
            generation=1,
            url=f"https://blog{1 + number % len(site_keys)}.example/{number}/",
            title=f"Post number {number}",
        )
        for number, key in enumerate(keys)
    ]
    books.load(
        "things",
        ["id", "site_id", "paid_site_id", "identity", "url", "title", "tags", "hidden", "generation", "registered_at"],
        (
            (first + number, claim.site, claim.site, claim.identity, claim.url, claim.title, "[]", 0, 1, _micros(then))
            for number, claim in enumerate(claims)
        ),
    )
    return first, [sign(claim, key) for claim, key in zip(claims, keys, strict=True)]


def _pay_in(books: Books, readers: list[User], past: Month, then: datetime) -> None:
    month, moment = past.number, _micros(then)
    rail = books.rows("select coalesce(max(id), 0) from places")[0][0] + 1
    books.load(
        "pledges",
        ["reader_id", "month", "amount_micros"],
        ((reader.id, month, pledge_of(reader.id)) for reader in readers),
    )
    books.load("places", ["id", "name", "kind", "balance_micros"], [(rail, "rail:hand", "rail", 0)])
    books.load(
        "places",
        ["id", "name", "kind", "owner_id", "balance_micros"],
        ((rail + reader.id, f"fresh:{reader.id}", "fresh", reader.id, 0) for reader in readers),
    )
    books.load(
        "entries",
        ["id", "kind", "key", "month", "booked_at", "note", "postings"],
        ((reader.id, "payment", f"payment:hand:{reader.id}", month, moment, "", 1) for reader in readers),
    )
    books.load(
        "postings",
        ["entry_id", "position", "source_id", "target_id", "amount_micros"],
        ((reader.id, 0, rail, rail + reader.id, pledge_of(reader.id)) for reader in readers),
    )
    books.load(
        "rail_movements",
        ["rail", "reference", "kind", "user_id", "amount_micros", "entry_id"],
        (("hand", str(reader.id), "payment", reader.id, pledge_of(reader.id), reader.id) for reader in readers),
    )


def _past_clicks(readers: list[User], *, first_thing: int, things: int, clicks_each: int) -> Clicks:
    dice = random.Random(_SEED)
    packed = array("Q")
    for reader in readers:
        chosen: set[int] = set()
        while len(chosen) < min(clicks_each, things):
            chosen.add(int(things ** dice.random()) - 1)  # rank r with a chance of about 1 / r
        packed.extend((reader.id << _THING_BITS) + first_thing + rank for rank in chosen)
    dice.shuffle(packed)
    return Clicks(packed)
