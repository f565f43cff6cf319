"""One file, one server: a second one says so and leaves the first alone."""

import random

import pytest

from receiver.web.answers import TRY_AGAIN
from tests.fakes.senders import Senders, Witness
from tests.fakes.served_receiver import ServedReceiver
from tests.faults.account import Tally, account_and_send_again
from tests.faults.world import World

pytestmark = pytest.mark.parametrize("begun", ["sqlite"], indirect=True)


def test_a_second_server_is_refused_and_the_first_goes_on(
    world: World, server: ServedReceiver, chance: random.Random
) -> None:
    tally, witness = Tally(), Witness()

    with Senders(server.port, world.sendings("second", chance), witness) as senders:
        senders.wait_until(lambda witness: witness.acknowledged >= 20)
        with ServedReceiver(world.books.folder, world.books.environment) as second:
            second.begin()
            has_come_up = second.comes_up()
        acknowledged = witness.acknowledged
        senders.wait_until(lambda witness: witness.acknowledged >= acknowledged + 20)

    assert not has_come_up
    assert second.exit_code() == TRY_AGAIN
    assert "another receiver" in second.said
    assert set(witness.statuses) == {200}
    assert not witness.unanswered
    account_and_send_again(world, server, "second", witness, tally)
    assert tally.faults == []
    assert server.get("/healthz")[0] == 200


def test_a_killed_server_leaves_no_lock_behind(world: World, server: ServedReceiver) -> None:
    server.kill()

    server.start()

    assert server.get("/healthz")[0] == 200
