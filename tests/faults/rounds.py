"""Rounds of `kill -9` against a real server, each on the books that the rounds before have left."""

import random
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from receiver.domain.month import Month
from tests.fakes.bad_disk import SYNCS, bad_disk
from tests.fakes.senders import Senders, Witness
from tests.fakes.served_receiver import ServedReceiver, kill, receiver_command, run_command
from tests.faults.account import Tally, account, account_and_send_again, send_again
from tests.faults.books import PostgresBooks, SqliteBooks, clicks_there, state_of_month
from tests.faults.world import World, address_of

CLICKS_MAX: Final = 150  # acknowledged before the kill
START_S_MAX: Final = 1.2  # a start is killed within this time, which is about as long as one takes
CLOSE_S_MAX: Final = 0.1  # as long as the close of our small world takes, or a little longer
SOONER: Final = 0.2  # of the closes are killed at any moment since they were called
STATUSES_MEANT: Final = {200, 503}


@dataclass
class Rounds:
    """A server on one set of books; which moments it dies at follows from `chance` as far as threads allow."""

    world: World
    chance: random.Random
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.server = ServedReceiver(self.world.books.folder, self.world.books.environment)

    def kill_under_load(self) -> None:
        """Kill the server while sixteen connections click, and start it again."""
        name, witness = self._begin()
        with Senders(self.server.port, self.world.sendings(name, self.chance), witness) as senders:
            self._wait_for_some(senders)
            self.server.kill()
        self.tally.kills += 1
        self.server.start()
        self._end(name, witness)

    def kill_while_starting(self) -> None:
        """Kill the server under load, and then twice more before it is up."""
        name, witness = self._begin()
        with Senders(self.server.port, self.world.sendings(name, self.chance), witness) as senders:
            self._wait_for_some(senders)
            self.server.kill()
        for _ in range(2):
            self.server.begin()
            self.server.ends_within(self.chance.uniform(0, START_S_MAX))
            self.server.kill()
        self.tally.kills += 3
        self.server.start()
        self._end(name, witness)

    def kill_at_a_write(self, log: Path) -> None:
        """Kill the server as it is about to write to the journal or to sync it: in the middle of a commit."""
        assert isinstance(self.world.books, SqliteBooks)
        name, witness = self._begin()
        calls = self.chance.choice(["pwrite64", SYNCS])
        injection = f"{calls}:signal=SIGKILL:when={self.chance.randrange(1, 20)}"
        journal = self.world.books.data / "flattr.db-wal"
        with Senders(self.server.port, self.world.sendings(name, self.chance), witness) as senders:
            self._wait_for_some(senders)
            with bad_disk(self.server.pid, injection, log=log, only=[journal]):
                self.server.exit_code()
        self.tally.kills += 1
        self.server.start()
        self._end(name, witness)

    def kill_postgres(self) -> None:
        """Kill PostgreSQL under the server's feet; the server stays and goes on by itself."""
        books = self.world.books
        assert isinstance(books, PostgresBooks)
        name, witness = self._begin()
        with Senders(self.server.port, self.world.sendings(name, self.chance), witness) as senders:
            self._wait_for_some(senders)
            books.cluster.kill()
            refused = witness.refused + self.chance.randrange(1, 100)
            senders.wait_until(lambda witness: witness.refused >= refused)
        self.tally.kills += 1
        books.cluster.start()
        self.server.wait_until_healthy()
        self._end(name, witness)
        if not set(witness.statuses) <= STATUSES_MEANT or witness.unanswered:
            self.tally.faults.append(f"{name}: answered {dict(witness.statuses)}, {len(witness.unanswered)} not at all")

    def kill_while_closing(self) -> None:
        """Kill close and server while last month's clicks still come in, and resume both; once on the same books."""
        month = self.world.last_month
        name, witness = self._begin()
        sendings = self.world.sendings(name, self.chance, months=(month, month.plus(1)))
        with Senders(self.server.port, sendings, witness) as senders:
            self._wait_for_some(senders)
            self._close_until_killed(month, senders)
            self._wait_for_some(senders)
            self.server.kill()
        self.tally.kills += 2
        self.server.start()
        code, said = run_command(
            "close", str(month), folder=self.world.books.folder, environment=self.world.books.environment
        )
        if code != 0 or "books balanced" not in said or state_of_month(self.world.books, month) != "closed":
            self.tally.faults.append(f"{name}: the close cannot be resumed: {said}")
        self._end_closed(name, witness)

    def _close_until_killed(self, month: Month, senders: Senders) -> None:
        """Run the close, and kill it; most times soon after it began to refuse the month's clicks."""
        books = self.world.books
        close = receiver_command(
            "close", str(month), folder=books.folder, environment=books.environment,
            output=subprocess.DEVNULL, error=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            if self.chance.random() < SOONER:
                time.sleep(self.chance.uniform(0, START_S_MAX))
            else:
                senders.wait_until(lambda witness: witness.statuses[409] > 0 or close.poll() is not None)
                time.sleep(self.chance.uniform(0, CLOSE_S_MAX))
        finally:
            kill(close)

    def _begin(self) -> tuple[str, Witness]:
        self.tally.rounds += 1
        if self.server.has_ended:
            self.server.start()
        return f"round-{self.tally.rounds}", Witness()

    def _wait_for_some(self, senders: Senders) -> None:
        """Wait for some more acknowledged clicks, and then for a moment that is no answer's."""
        more = self.chance.randrange(CLICKS_MAX)
        before = senders.witness.acknowledged
        senders.wait_until(lambda witness: witness.acknowledged >= before + more)
        time.sleep(self.chance.uniform(0, 0.01))

    def _end(self, name: str, witness: Witness) -> None:
        account_and_send_again(self.world, self.server, name, witness, self.tally)

    def _end_closed(self, name: str, witness: Witness) -> None:
        """Account for a round in which last month was closed: its clicks are in or refused, and stay so."""
        self.tally.acknowledged += len(witness.receipt_by_click)
        account(self.world, name, witness, self.tally)
        there = clicks_there(self.world.books, address_of(name))
        again = send_again(self.server, name, witness, self.tally)
        if not set(again.statuses) <= {200, 409}:
            self.tally.faults.append(f"{name}, sent again: answered {dict(again.statuses)}")
        month = self.world.last_month.number
        after = clicks_there(self.world.books, address_of(name))
        if {click for click in after if click.month == month} != {click for click in there if click.month == month}:
            self.tally.faults.append(f"{name}: a closed month has changed")
        missing = {click for click in witness.sent if click.month != month} - after.keys()
        self.tally.faults += [f"{name}, sent again: still not there: {click}" for click in missing]
        account(self.world, name, again, self.tally)
