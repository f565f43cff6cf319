"""A server that is asked to stop: it answers what it has taken, and what it has not taken it has not done."""

import random

from tests.fakes.senders import Senders, Witness
from tests.fakes.served_receiver import ServedReceiver
from tests.faults.account import Tally, account
from tests.faults.books import clicks_there
from tests.faults.world import World, address_of


def test_a_server_stopped_under_load_answers_what_it_took(
    world: World, server: ServedReceiver, chance: random.Random
) -> None:
    tally, witness = Tally(), Witness()

    with Senders(server.port, world.sendings("stop", chance), witness) as senders:
        senders.wait_until(lambda witness: witness.acknowledged >= 100)
        server.ask_to_stop()
        senders.finish()

    assert server.exit_code() == 0
    assert "Traceback" not in server.said
    server.start()
    account(world, "stop", witness, tally)
    assert tally.faults == []
    assert set(witness.statuses) <= {200, 503}
    done_without_a_word = clicks_there(world.books, address_of("stop")).keys() - witness.receipt_by_click.keys()
    assert done_without_a_word == set()
