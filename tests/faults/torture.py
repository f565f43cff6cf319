"""Kill a server again and again, and count what it lost: `python -m tests.faults.torture --kills 200`.

One table at the end, and exit code 1 if anything was lost, doubled or otherwise not as it must be.
What is killed when follows from the seed, as far as threads and the kernel allow.
"""

import argparse
import itertools
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.fakes import bad_disk
from tests.faults.account import Tally
from tests.faults.books import DATABASES, why_not
from tests.faults.rounds import Rounds
from tests.faults.world import World, begun_world

Deed = Callable[[], None]
FAULTS_SHOWN: Final = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    reason = why_not(arguments.database)
    if reason:
        sys.exit(reason)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # else the servers would outlive their torturer
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="flattr-torture-") as folder:
        tally = torture(arguments.database, Path(folder), random.Random(arguments.seed), kills=arguments.kills)
    print(table(arguments.database, tally, seconds=round(time.monotonic() - began)))
    sys.exit(1 if tally.faults else 0)


def torture(database: str, folder: Path, chance: random.Random, *, kills: int) -> Tally:
    """Play rounds of all kinds until so many processes were killed, or something was lost."""
    with begun_world(database, folder / "begun") as begun:
        rounds = Rounds(begun.copied_to(folder / "tortured"), chance)
        deeds = deeds_of(database, begun, rounds, folder)
        with rounds.server:
            while rounds.tally.kills < kills and not rounds.tally.faults:
                chance.choice(deeds)()
                print(f"\r{rounds.tally.kills} of {kills} kills", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return rounds.tally


def deeds_of(database: str, begun: World, rounds: Rounds, folder: Path) -> list[Deed]:
    """Return what can be done to a database here, as often as it is to be drawn."""
    numbers = itertools.count()

    def kill_while_closing() -> None:  # a month closes once, so each time on fresh books
        closing = Rounds(begun.copied_to(folder / f"closing-{next(numbers)}"), rounds.chance, rounds.tally)
        with closing.server:
            closing.kill_while_closing()

    deeds: list[Deed] = [rounds.kill_under_load] * 4 + [rounds.kill_while_starting, kill_while_closing]
    if database == "postgres":
        deeds += [rounds.kill_postgres] * 2
    elif not bad_disk.why_not():
        deeds += [lambda: rounds.kill_at_a_write(folder / "strace.log")] * 2
    return deeds


def table(database: str, tally: Tally, *, seconds: int) -> str:
    header = ("database", "rounds", "kills", "acknowledged", "lost", "doubled", "seconds")
    row = (database, tally.rounds, tally.kills, tally.acknowledged, tally.lost, tally.doubled, seconds)
    widths = [max(len(name), len(str(cell))) for name, cell in zip(header, row, strict=True)]
    lines = [
        "  ".join(str(cell).rjust(width) for cell, width in zip(cells, widths, strict=True)) for cells in (header, row)
    ]
    return "\n".join([*lines, *tally.faults[:FAULTS_SHOWN]])


if __name__ == "__main__":
    main()
