"""A disk that fails: nothing is acknowledged that is not kept, pages are still read, and the server mends by itself."""

import json
import random
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.fakes import full_disk as full_disks
from tests.fakes.bad_disk import SYNCS, WRITES, Disk, bad_disk
from tests.fakes.full_disk import no_room_for, small_disk
from tests.fakes.senders import Senders, Witness
from tests.fakes.served_receiver import ServedReceiver
from tests.faults.account import Tally, account, account_and_send_again
from tests.faults.books import SqliteBooks
from tests.faults.world import World

pytestmark = pytest.mark.parametrize("begun", ["sqlite"], indirect=True)

PAGES_READ = {"/": 200, "/sites": 200, "/sign-in": 200}

# The disk may fail under the journal, where clicks are written, or under the file, when they are moved there.
PASSING_FAULTS = [
    *[(f"{SYNCS}:error=EIO:when={number}", "flattr.db-wal") for number in (1, 2, 5)],
    ("pwrite64:error=ENOSPC:when=3+7", "flattr.db-wal"),
    (f"{SYNCS},pwrite64:error=EIO", "flattr.db"),
]


@pytest.mark.usefixtures("breakable")
def test_what_was_acknowledged_outlives_a_fault_of_the_disk(
    world: World, server: ServedReceiver, chance: random.Random, tmp_path: Path
) -> None:
    assert isinstance(world.books, SqliteBooks)
    tally = Tally()

    for number, (injection, file) in enumerate(PASSING_FAULTS):
        name, witness = f"fault-{number}", Witness()
        with Senders(server.port, world.sendings(name, chance), witness) as senders:
            senders.wait_until(lambda witness: witness.acknowledged >= 20)
            with bad_disk(server.pid, injection, log=tmp_path / name, only=[world.books.data / file]) as disk:
                senders.wait_until(partial(has_struck, disk))
        server.wait_until_healthy()
        assert not witness.unanswered
        assert set(witness.statuses) <= {200, 503}
        account_and_send_again(world, server, name, witness, tally)

    assert tally.faults == []


@pytest.mark.usefixtures("breakable")
@pytest.mark.parametrize("injection", [f"{SYNCS}:error=EIO:when=2", "pwrite64:error=EIO:when=7"])
def test_what_was_acknowledged_outlives_a_fault_and_a_kill(
    injection: str, world: World, server: ServedReceiver, chance: random.Random, tmp_path: Path
) -> None:
    assert isinstance(world.books, SqliteBooks)
    tally, witness = Tally(), Witness()

    with Senders(server.port, world.sendings("fault", chance), witness) as senders:
        senders.wait_until(lambda witness: witness.acknowledged >= 20)
        with bad_disk(
            server.pid, injection, log=tmp_path / "strace", only=[world.books.data / "flattr.db-wal"]
        ) as disk:
            senders.wait_until(lambda witness: disk.faults > 0 and witness.refused > 0)
            server.kill()
    server.start()

    account_and_send_again(world, server, "fault", witness, tally)
    assert tally.faults == []


@pytest.mark.usefixtures("breakable")
@pytest.mark.parametrize("injection", [f"{SYNCS}:error=EIO", f"{WRITES}:error=ENOSPC", f"{SYNCS},{WRITES}:error=EIO"])
def test_while_the_disk_is_bad_clicks_are_refused_and_pages_read(
    injection: str, world: World, server: ServedReceiver, chance: random.Random, tmp_path: Path
) -> None:
    tally, before, meanwhile, after = Tally(), Witness(), Witness(), Witness()
    with Senders(server.port, world.sendings("before", chance), before) as senders:
        senders.wait_until(lambda witness: witness.acknowledged >= 50)

    with bad_disk(server.pid, injection, log=tmp_path / "strace"):
        with Senders(server.port, world.sendings("meanwhile", chance), meanwhile) as senders:
            senders.wait_until(lambda witness: witness.refused >= 50 or witness.acknowledged > 0)
        assert pages(server) == PAGES_READ
    server.wait_until_healthy()
    one_reader = replace(world, readers=world.readers[-1:])
    with Senders(server.port, one_reader.sendings("after", chance), after) as senders:
        senders.wait_until(lambda witness: witness.acknowledged >= 50)

    assert meanwhile.acknowledged == 0, "no receipt without a disk behind it"
    assert set(meanwhile.statuses) == {503}
    assert not meanwhile.unanswered
    account(world, "before", before, tally)
    # Last, when pages that few have clicked have the numbers that the refused ones would have had.
    account_and_send_again(world, server, "meanwhile", meanwhile, tally)
    account(world, "after", after, tally)
    assert tally.faults == []


@pytest.mark.usefixtures("breakable")
def test_while_the_disk_is_bad_the_server_says_so_of_itself(
    world: World, server: ServedReceiver, chance: random.Random, tmp_path: Path
) -> None:
    witness = Witness()

    with bad_disk(server.pid, f"{SYNCS},{WRITES}:error=EIO", log=tmp_path / "strace"):
        with Senders(server.port, world.sendings("bad", chance), witness) as senders:
            senders.wait_until(lambda witness: witness.refused > 0)
        status, text = server.get("/healthz")
    server.wait_until_healthy()

    assert status == 503
    assert len(json.loads(text)["message"].split()) >= 3, "a sentence"


def test_a_full_disk_with_room_again_loses_nothing(begun: World, chance: random.Random, tmp_path: Path) -> None:
    reason = full_disks.why_not()
    if reason:
        pytest.skip(reason)
    assert isinstance(begun.books, SqliteBooks)

    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        world = replace(begun, books=begun.books.copied_to_disk(tmp_path / "world", disk.folder))
        with ServedReceiver(world.books.folder, world.books.environment) as server:
            server.start()
            faults = faults_of_a_while_without_room(world, server, chance, disk.filled())

    assert faults == []


def test_a_server_that_may_write_no_more_and_may_again_loses_nothing(
    world: World, server: ServedReceiver, chance: random.Random
) -> None:
    assert faults_of_a_while_without_room(world, server, chance, no_room_for(server.pid)) == []


def faults_of_a_while_without_room(
    world: World, server: ServedReceiver, chance: random.Random, no_room: AbstractContextManager[None]
) -> list[str]:
    """Let the disk be full under load and have room again, while the clicks go on coming."""
    tally, witness = Tally(), Witness()
    with Senders(server.port, world.sendings("full", chance), witness) as senders:
        senders.wait_until(lambda witness: witness.acknowledged >= 100)
        with no_room:
            senders.wait_until(lambda witness: witness.refused >= 50)
            assert pages(server) == PAGES_READ
        acknowledged = witness.acknowledged
        senders.wait_until(lambda witness: witness.acknowledged >= acknowledged + 100)
    server.wait_until_healthy()
    account_and_send_again(world, server, "full", witness, tally)
    assert set(witness.statuses) == {200, 503}
    assert not witness.unanswered
    return tally.faults


def has_struck(disk: Disk, _: Witness) -> bool:
    return disk.faults > 0


def pages(server: ServedReceiver) -> dict[str, int]:
    return {path: server.get(path)[0] for path in PAGES_READ}
