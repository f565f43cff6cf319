"""Readers with browsers and applications, and a blog with as many posts as they like to click."""

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from flattr_button import ApplicationClick, ClickKey, SiteKey, claim_for_post, sign
from receiver.domain.month import Month
from tests.fakes.mail import Outbox
from tests.fakes.senders import Click, Sending
from tests.faults.books import Books, empty_books, parts_of
from tests.receiver.cast import Page, Person, Stage

READERS: Final = 12
BLOG: Final = "https://bread.example/"
LONG_BATCH: Final = 60  # more than the receiver takes in one transaction
BATCH_SIZES: Final = (1, 1, 1, 1, 1, 1, 3, 8)
JSON: Final = {"Content-Type": "application/json"}
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Reader:
    """A reader with a browser and an application."""

    person: Person
    key: ClickKey


@dataclass(frozen=True)
class World:
    """Books with readers who have paid since last month, which is over but open."""

    books: Books
    readers: tuple[Reader, ...]
    site_key: SiteKey
    last_month: Month

    def copied_to(self, folder: Path) -> "World":
        return replace(self, books=self.books.copied_to(folder))

    def sendings(self, round_name: str, chance: random.Random, *, months: tuple[Month, ...] = ()) -> Iterator[Sending]:
        """Send for ever, each click once, the readers in turn, so that several come first to a page together.

        `months` is when they press, as far as an application may tell; else it is now.
        """
        clicks = self._clicks(address_of(round_name))
        while True:
            draw = chance.random()
            if draw < 0.1:
                yield self._page_press(*next(clicks))
            else:
                size = LONG_BATCH if draw > 0.99 else chance.choice(BATCH_SIZES)
                yield self._batch([next(clicks) for _ in range(size)], chance, months)

    def _clicks(self, address: str) -> Iterator[tuple[Reader, str]]:
        page = 0
        while True:
            for reader in self.readers:
                yield reader, f"{address}{page}/"
            page += 1

    def _page_press(self, reader: Reader, url: str) -> Sending:
        person = reader.person
        person.stage.now = datetime.now(UTC)
        page = Page(person.stage, self._token(url), url)
        body = urlencode({"token": page.token, "click": person.opens(page)}).encode()
        headers = FORM | {"Cookie": f"flattr-session={person.session}"}
        return Sending((Click(Month.of(person.stage.now).number, person.user.id, url),), "/f", body, headers)

    def _batch(self, pairs: list[tuple[Reader, str]], chance: random.Random, months: tuple[Month, ...]) -> Sending:
        clicks, signed = [], []
        for reader, url in pairs:
            pressed_at = _moment_in(chance.choice(months)) if months else datetime.now(UTC)
            clicks.append(Click(Month.of(pressed_at).number, reader.person.user.id, url))
            click = ApplicationClick(
                reader.key.id, self._token(url), secrets.token_urlsafe(16), int(pressed_at.timestamp())
            )
            signed.append(f'"{click.signed(reader.key)}"')
        return Sending(tuple(clicks), "/webhooks/clicks", f'{{"clicks": [{",".join(signed)}]}}'.encode(), JSON)

    def _token(self, url: str) -> str:
        return sign(claim_for_post(self.site_key, url=url, title="Bread"), self.site_key)


def address_of(round_name: str) -> str:
    """Return the part of the blog that is clicked in a round and in no other."""
    return f"{BLOG}{round_name}/"


@contextmanager
def begun_world(database: str, folder: Path) -> Iterator[World]:
    """Begin books, and people them."""
    with empty_books(database, folder) as books:
        yield _peopled(books)


def _peopled(books: Books) -> World:
    last_month = Month.of(datetime.now(UTC)).plus(-1)
    with parts_of(books) as parts:
        assert isinstance(parts.mailer, Outbox)
        stage = Stage(parts.db, parts.keys, parts.mailer, now=last_month.start().replace(day=2))
        bread = stage.person("carla@writes.example").registers(BLOG)
        people = [stage.person(f"reader{number}@reads.example") for number in range(READERS)]
        for person in people:
            person.pays("50.00")
            person.pledges("10.00")
            person.clicks(bread.post("rye"))
        people[0].gives(bread.post("rye"), "1.00")
        people[1].subscribes(bread.post("rye"))
        stage.now = datetime.now(UTC)
        people = [stage.person(person.user.email) for person in people]  # their sessions are a month old
        readers = tuple(Reader(person, person.connects()) for person in people)
    return World(books, readers, bread.key, last_month)


def _moment_in(month: Month) -> datetime:
    now = datetime.now(UTC)
    return now if month == Month.of(now) else month.start().replace(day=15)
