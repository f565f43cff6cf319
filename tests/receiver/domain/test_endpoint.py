"""How often a message is tried, when an endpoint is switched off, and what may be told of few readers."""

import json
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receiver.domain.endpoint import (
    FAILING_MAX,
    SPREAD,
    TRIES_MAX,
    Event,
    OffReason,
    Reply,
    message_body,
    pause_after,
    reason_to_switch_off,
)
from receiver.domain.privacy import new_count, shown_part
from tests.receiver.cast import at


def test_pauses_grow_from_a_minute_to_a_day_over_three_days():
    pauses = [pause_after(tries, spread=0) for tries in range(1, TRIES_MAX + 1)]

    assert [pause and int(pause.total_seconds()) // 60 for pause in pauses] == [
        1, 4, 16, 64, 256, 1_024, 1_440, 1_440, None,
    ]  # fmt: skip
    assert timedelta(days=2, hours=22) < sum(filter(None, pauses), timedelta()) < timedelta(days=3)


@given(st.integers(1, TRIES_MAX - 1), st.integers(0, SPREAD - 1))
def test_chance_makes_a_pause_at_most_a_tenth_longer(tries, spread):
    least, pause = pause_after(tries, spread=0), pause_after(tries, spread=spread)

    assert least <= pause < least * 11 / 10


@pytest.mark.parametrize(
    ("status", "is_taken"),
    [(200, True), (204, True), (299, True), (199, False), (301, False), (410, False), (500, False), (None, False)],
)
def test_only_a_status_from_200_to_299_means_that_a_message_was_taken(status, is_taken):
    assert Reply(status).is_taken is is_taken


@pytest.mark.parametrize(
    ("status", "failing_for", "reason"),
    [
        (500, timedelta(0), None),
        (500, FAILING_MAX - timedelta(seconds=1), None),
        (500, FAILING_MAX, OffReason.FAILING),
        (None, FAILING_MAX, OffReason.FAILING),
        (410, timedelta(0), OffReason.GONE),
    ],
)
def test_an_endpoint_is_switched_off_when_it_is_gone_or_failed_for_days(status, failing_for, reason):
    now = at("2026-09-10")

    assert reason_to_switch_off(Reply(status), failing_since=now - failing_for, now=now) is reason


def test_a_message_is_laid_out_as_standard_webhooks_ask():
    moment = datetime(2026, 9, 3, 2, 0, 0, 999, timezone(timedelta(hours=2)))

    assert json.loads(message_body(Event.THING, moment, {"title": "Brötchen"})) == {
        "type": "thing.registered",
        "timestamp": "2026-09-03T00:00:00Z",
        "data": {"title": "Brötchen"},
    }


@given(st.lists(st.integers(0, 50), max_size=40))
def test_no_told_count_and_no_difference_of_two_is_of_fewer_than_three_readers(counts):
    told = [0]
    for count in counts:
        if new_count(count, told=told[-1]):
            told.append(count)

    assert all(later - earlier >= 3 for earlier, later in pairwise(told))


@given(
    st.dictionaries(st.integers(1, 12), st.tuples(st.integers(1, 10**9), st.booleans())), st.sets(st.integers(1, 12))
)
def test_the_sum_of_a_part_tells_no_more_than_the_shown_sums_and_the_hidden_ones_together(things, part):
    part &= things.keys()
    hidden = {thing for thing, (_, is_hidden) in things.items() if is_hidden}
    shown = {thing: None if thing in hidden else amount for thing, (amount, _) in things.items()}
    of_hidden = sum(things[thing][0] for thing in hidden)

    told = shown_part(shown, part, of_hidden=of_hidden)

    assert (told is None) == (bool(hidden & part) and not hidden <= part)
    assert told in (None, sum(things[thing][0] for thing in part))
