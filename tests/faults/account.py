"""Hold the books against what the witness saw: each acknowledged click once, none twice, none that nobody sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.fakes.senders import Click, Senders, Witness
from tests.fakes.served_receiver import ServedReceiver
from tests.faults.books import clicks_there, pages_without_a_click, require_balanced
from tests.faults.world import World, address_of


@dataclass
class Tally:
    """What came of some rounds; `faults` are sentences, and there should be none."""

    rounds: int = 0
    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    faults: list[str] = field(default_factory=list)

    def add_account(self, round_name: str, witness: Witness, there: Mapping[Click, int]) -> None:
        lost = [click for click in witness.receipt_by_click if click not in there]
        doubled = [click for click, times in there.items() if times > 1]
        never_sent = sorted(click.url for click in there.keys() - witness.sent)
        self.lost += len(lost)
        self.doubled += len(doubled)
        self.faults += [f"{round_name}: lost {click}" for click in lost]
        self.faults += [f"{round_name}: twice {click}" for click in doubled]
        self.faults += [f"{round_name}: nobody sent a click of {url}" for url in never_sent]
        self.faults += [f"{round_name}: {fault}" for fault in witness.faults]


def account(world: World, round_name: str, witness: Witness, tally: Tally) -> None:
    """Compare the clicks of a round with the books, and try every invariant of the books."""
    address = address_of(round_name)
    tally.add_account(round_name, witness, clicks_there(world.books, address))
    tally.faults += [f"{round_name}: half a click on {url}" for url in pages_without_a_click(world.books, address)]
    require_balanced(world.books)


def send_again(server: ServedReceiver, round_name: str, witness: Witness, tally: Tally) -> Witness:
    """Send all of a round once more, as applications do; what was acknowledged gets its own receipt again.

    Returns the witness of the second time.
    """
    again = Witness(receipt_by_click=dict(witness.receipt_by_click))
    with Senders(server.port, iter(list(witness.sendings)), again) as senders:
        senders.finish()
    tally.faults += [f"{round_name}, sent again: {fault}" for fault in again.faults]
    tally.faults += [f"{round_name}, sent again: no answer for {click}" for click in again.unanswered]
    return again


def account_and_send_again(
    world: World, server: ServedReceiver, round_name: str, witness: Witness, tally: Tally
) -> None:
    """Account for a round, send all of it again, and find all of it in the books."""
    tally.acknowledged += len(witness.receipt_by_click)
    account(world, round_name, witness, tally)
    again = send_again(server, round_name, witness, tally)
    if set(again.statuses) != {200}:
        tally.faults.append(f"{round_name}, sent again: answered {dict(again.statuses)}")
    account(world, round_name, again, tally)
    missing = witness.sent - clicks_there(world.books, address_of(round_name)).keys()
    tally.faults += [f"{round_name}, sent again: still not there: {click}" for click in missing]
