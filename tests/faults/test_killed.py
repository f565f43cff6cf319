"""`kill -9` at any moment: no acknowledged click is lost, none counts twice, and the server starts again."""

import random
from pathlib import Path

import pytest

from tests.fakes.bad_disk import bad_disk
from tests.fakes.served_receiver import ServedReceiver, run_command
from tests.faults.books import PostgresBooks, SqliteBooks
from tests.faults.rounds import Rounds
from tests.faults.world import World


def assert_nothing_lost(rounds: Rounds) -> None:
    assert rounds.tally.faults == []
    assert rounds.tally.acknowledged > 0


def test_a_server_killed_under_load_has_every_acknowledged_click_once(world: World, chance: random.Random) -> None:
    rounds = Rounds(world, chance)

    with rounds.server:
        for _ in range(3):
            rounds.kill_under_load()
        rounds.server.ask_to_stop()
        assert rounds.server.exit_code() == 0

    assert_nothing_lost(rounds)
    code, said = run_command("check", folder=world.books.folder, environment=world.books.environment)
    assert (code, said.splitlines()[-1]) == (0, "books balanced")


def test_a_server_killed_while_it_starts_starts_again(world: World, chance: random.Random) -> None:
    rounds = Rounds(world, chance)

    with rounds.server:
        rounds.kill_while_starting()

    assert_nothing_lost(rounds)


@pytest.mark.parametrize("begun", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("breakable")
def test_a_server_killed_in_the_middle_of_a_commit_has_every_acknowledged_click_once(
    world: World, chance: random.Random, tmp_path: Path
) -> None:
    rounds = Rounds(world, chance)

    with rounds.server:
        for _ in range(2):
            rounds.kill_at_a_write(tmp_path / "strace")

    assert_nothing_lost(rounds)


@pytest.mark.usefixtures("breakable")
@pytest.mark.parametrize("number", [1, 40, 150])
def test_a_server_killed_as_it_makes_its_first_books_starts_again(number: int, tmp_path: Path) -> None:
    books = SqliteBooks(tmp_path, tmp_path / "data")
    files = [books.data / name for name in ("flattr.db", "flattr.db-wal", "flattr.db-journal")]

    with ServedReceiver(books.folder, books.environment) as server:
        server.begin()
        with bad_disk(server.pid, f"pwrite64:signal=SIGKILL:when={number}", log=tmp_path / "strace", only=files):
            assert not server.comes_up()
        server.start()

        assert server.get("/healthz")[0] == 200


@pytest.mark.usefixtures("breakable")
@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_server_killed_as_it_makes_its_keys_starts_again(call: str, tmp_path: Path) -> None:
    books = SqliteBooks(tmp_path, tmp_path / "data")

    with ServedReceiver(books.folder, books.environment) as server:
        server.begin()
        with bad_disk(server.pid, f"{call}:signal=SIGKILL", log=tmp_path / "strace", only=[books.data / "master.keys"]):
            server.comes_up()  # or not, if it writes them under another name first
            server.kill()
        server.start()

        assert server.get("/healthz")[0] == 200


def test_a_close_killed_with_its_server_is_resumed(world: World, chance: random.Random) -> None:
    rounds = Rounds(world, chance)

    with rounds.server:
        rounds.kill_while_closing()

    assert_nothing_lost(rounds)


@pytest.mark.parametrize("begun", ["postgres"], indirect=True)
def test_a_server_outlives_a_killed_postgresql(world: World, chance: random.Random) -> None:
    assert isinstance(world.books, PostgresBooks)
    rounds = Rounds(world, chance)

    with rounds.server:
        for _ in range(2):
            rounds.kill_postgres()

    assert_nothing_lost(rounds)
