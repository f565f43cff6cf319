"""The cast: Rosa reads and pays 10 euros; Rui reads and has stopped; Carla writes a blog; Cem writes another."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from receiver.actions.check_books import check_books
from receiver.domain.rules import Rules
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys
from tests.fakes import postgres
from tests.fakes.database import Books, PostgresBooks, SqliteBooks
from tests.fakes.endpoint import ListeningEndpoint
from tests.fakes.mail import Outbox
from tests.receiver.cast import Blog, Person, Stage, at
from tests.receiver.hooks import Hooks

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("modest", max_examples=100, **_COMMON)
settings.register_profile("deep", max_examples=3_000, **_COMMON)
settings.load_profile("deep" if os.environ.get("FLATTR_DEEP") else "modest")


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def books(request: pytest.FixtureRequest) -> Books:
    """Both kinds of database, one after the other: whatever asks for books is tested on both."""
    made: Books = request.getfixturevalue(f"{request.param}_books")
    return made


@pytest.fixture(scope="session")
def sqlite_books(tmp_path_factory: pytest.TempPathFactory) -> SqliteBooks:
    return SqliteBooks(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_books() -> Iterator[PostgresBooks]:
    if postgres.binaries() is None:
        pytest.skip(postgres.MISSING)
    with postgres.cluster() as cluster:
        yield PostgresBooks(cluster)


@pytest.fixture
def home(books: Books) -> Iterator[Any]:
    """Where fresh books are."""
    home = books.begin()
    yield home
    books.drop(home)


@pytest.fixture
def db(books: Books, home: Any) -> Iterator[Database]:
    """A fresh database; every test that used it leaves books that balance."""
    db = books.open(home)
    yield db
    check_books(db)
    db.close()


@pytest.fixture(scope="session")
def keys() -> MasterKeys:
    return MasterKeys({1: bytes(range(32))})


@pytest.fixture
def rules() -> Rules:
    return Rules()


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def stage(db: Database, keys: MasterKeys, outbox: Outbox, rules: Rules) -> Stage:
    """The receiver, on the third of September 2026."""
    return Stage(db, keys, outbox, now=at("2026-09-03"), rules=rules)


@pytest.fixture
def rosa(stage: Stage) -> Person:
    """Reads; paid 10 euros, and pledged them."""
    rosa = stage.person("rosa@reads.example")
    rosa.pledges("10.00")
    rosa.pays("10.00")
    return rosa


@pytest.fixture
def rui(stage: Stage) -> Person:
    """Reads; pledged 5 euros once, but pays no more."""
    rui = stage.person("rui@reads.example")
    rui.pledges("5.00")
    return rui


@pytest.fixture
def carla(stage: Stage) -> Person:
    return stage.person("carla@writes.example")


@pytest.fixture
def cem(stage: Stage) -> Person:
    return stage.person("cem@writes.example")


@pytest.fixture
def bread(carla: Person) -> Blog:
    """Carla's blog."""
    return carla.registers("https://bread.example/", title="Bread")


@pytest.fixture
def radio(cem: Person) -> Blog:
    """Cem's blog."""
    return cem.registers("https://radio.example/notes/", title="Radio notes")


@pytest.fixture
def program() -> Iterator[ListeningEndpoint]:
    """A program of Carla's that takes webhooks."""
    with ListeningEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def hooks(stage: Stage, carla: Person, bread: Blog, program: ListeningEndpoint) -> Hooks:
    return Hooks(stage, carla, bread, program)
