"""A world begun once for each database, copied for each test; and a server on the copy."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import bad_disk as bad_disks
from tests.fakes.served_receiver import ServedReceiver
from tests.faults.books import DATABASES, why_not
from tests.faults.world import World, begun_world

SEED = 2026


@pytest.fixture(scope="session", params=DATABASES)
def begun(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    reason = why_not(request.param)
    if reason:
        pytest.skip(reason)
    with begun_world(request.param, tmp_path_factory.mktemp("begun")) as world:
        yield world


@pytest.fixture
def world(begun: World, tmp_path: Path) -> World:
    return begun.copied_to(tmp_path / "world")


@pytest.fixture
def server(world: World) -> Iterator[ServedReceiver]:
    with ServedReceiver(world.books.folder, world.books.environment) as server:
        server.start()
        yield server


@pytest.fixture
def chance() -> random.Random:
    return random.Random(SEED)


@pytest.fixture(scope="session")
def breakable() -> None:
    reason = bad_disks.why_not()
    if reason:
        pytest.skip(reason)
