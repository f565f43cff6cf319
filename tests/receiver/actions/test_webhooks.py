"""Messages to creators' endpoints: what is told, when, to whom; retries, and processes that die."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from standardwebhooks import Webhook, WebhookVerificationError

from receiver.actions.deliver_webhooks import deliver_webhooks
from receiver.actions.keep_endpoints import (
    ShownSecret,
    add_endpoint,
    remove_endpoint,
    renew_secret,
    send_again,
    show_endpoints,
    show_secret,
    switch_endpoint_on,
)
from receiver.actions.list_dead_webhooks import list_dead_webhooks
from receiver.actions.queue_events import queue_events
from receiver.actions.sweep_expired import sweep_expired
from receiver.domain.endpoint import EVENTS_TO_CHOOSE, Event, Fault, OffReason
from receiver.domain.errors import BadEndpointAddress, BadInput, NotAllowed, NotKnown, TooMany
from receiver.domain.month import Month
from receiver.gateways import messages
from receiver.gateways.open_network import Deadline
from receiver.store import schema
from tests.fakes.database import Killed, dump
from tests.fakes.endpoint import ListeningEndpoint
from tests.receiver.cast import RECEIVER, Blog, Page, Person, Stage, at
from tests.receiver.hooks import SENDER, Hooks

DAY = timedelta(days=1)


@pytest.fixture
def readers(stage: Stage) -> list[Person]:
    people = [stage.person(f"reader{number}@reads.example") for number in range(7)]
    for person in people:
        person.pays("50.00")
        person.pledges("10.00")
    return people


def click(readers: list[Person], page: Page) -> None:
    for reader in readers:
        reader.clicks(page)


# What is told, and when.


def test_a_count_is_told_on_the_day_after_and_never_before_three_readers(
    hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog
) -> None:
    hooks.add(Event.CLICKS)
    rye, oats = bread.posts("rye oats")
    click(readers[:3], rye)
    click(readers[:2], oats)

    hooks.keep_house()
    same_day = hooks.told
    stage.now += DAY
    hooks.keep_house()

    assert same_day == []
    assert hooks.told == [
        {
            "type": "click.counted",
            "timestamp": "2026-09-04T00:00:00Z",
            "data": {
                "site": bread.key.site,
                "thing": rye.thing,
                "url": rye.url,
                "title": "About rye",
                "month": "2026-09",
                "clicks": 3,
            },
        }
    ]


def test_a_count_is_told_anew_when_three_more_readers_came(
    hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog
) -> None:
    hooks.add(Event.CLICKS)
    rye = bread.post("rye")

    told = []
    for reader in readers:
        reader.clicks(rye)
        stage.now += DAY
        hooks.keep_house()
        told.append([data["clicks"] for data in hooks.told_of(Event.CLICKS)])

    assert told == [[], [], [3], [3], [3], [3, 6], [3, 6]]


def test_an_undone_click_is_not_counted(hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog) -> None:
    hooks.add(Event.CLICKS)
    rye = bread.post("rye")
    click(readers[:2], rye)
    readers[2].undoes(readers[2].clicks(rye))
    stage.now += DAY

    hooks.keep_house()

    assert hooks.told == []


def test_clicks_of_the_day_that_runs_wait_for_its_end(
    hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog
) -> None:
    hooks.add(Event.CLICKS)
    rye = bread.post("rye")
    click(readers[:3], rye)
    stage.now = at("2026-09-04T00:05")
    click(readers[3:6], rye)

    hooks.keep_house()
    stage.now = at("2026-09-04T23:50")
    hooks.keep_house()

    assert [data["clicks"] for data in hooks.told_of(Event.CLICKS)] == [3]


def test_the_last_day_of_a_month_is_told_in_the_next(
    hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog
) -> None:
    hooks.add(Event.CLICKS)
    stage.now = at("2026-09-30T23:00")
    click(readers[:4], bread.post("rye"))
    stage.close(Month(2026, 9))
    assert stage.now == at("2026-10-02"), "nobody kept house on the first"

    hooks.keep_house()

    assert [(data["month"], data["clicks"]) for data in hooks.told_of(Event.CLICKS)] == [("2026-09", 4)]


def test_no_message_says_who_clicked(hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog) -> None:
    hooks.add()
    click(readers, bread.post("rye"))
    stage.close(Month(2026, 9))

    hooks.keep_house()

    sent = b"".join(heard.body for heard in hooks.program.heard)
    assert len(hooks.told) == 3
    assert b"reads.example" not in sent
    assert b"reader" not in sent


def test_a_new_thing_is_told_on_the_day_after_so_that_no_minute_tells_of_its_first_reader(
    hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog
) -> None:
    hooks.add(Event.THING)
    stage.now += timedelta(hours=9)
    rye = bread.post("rye")
    readers[0].clicks(rye)

    hooks.keep_house()
    same_day = hooks.told
    stage.now += DAY
    hooks.keep_house()
    hooks.keep_house()

    assert same_day == []
    (message,) = hooks.told
    assert message["timestamp"] == "2026-09-04T00:00:00Z"
    assert message["data"] == {"site": bread.key.site, "thing": rye.thing, "url": rye.url, "title": "About rye"}


def test_things_that_were_there_before_the_endpoint_are_not_told(
    hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog
) -> None:
    readers[0].clicks(bread.post("rye"))
    hooks.add()
    stage.now += DAY

    hooks.keep_house()

    assert hooks.told == []


def test_a_closed_month_is_told_with_what_the_site_earned(
    hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog
) -> None:
    hooks.add(Event.MONTH)
    click(readers[:3], bread.post("rye"))
    click(readers[:3], bread.post("oats"))
    stage.close(Month(2026, 9))

    hooks.keep_house()
    hooks.keep_house()

    assert hooks.told_of(Event.MONTH) == [
        {
            "site": bread.key.site,
            "month": "2026-09",
            "clicks": 6,
            "things": 2,
            "amount_micros": 27_000_000,
            "currency": "EUR",
        }
    ]


def test_of_a_site_that_a_team_shares_the_whole_is_told(
    hooks: Hooks, stage: Stage, carla: Person, cem: Person, readers: list[Person], bread: Blog
) -> None:
    hooks.add(Event.MONTH)
    click(readers[:3], bread.post("rye"))
    carla.shares(bread, cem, 2)
    stage.close(Month(2026, 9))

    hooks.keep_house()

    (data,) = hooks.told_of(Event.MONTH)
    assert (data["clicks"], data["things"], data["amount_micros"]) == (3, 1, 27_000_000)


def test_a_month_of_few_readers_is_told_without_figures(
    hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog
) -> None:
    hooks.add(Event.MONTH)
    click(readers[:2], bread.post("rye"))
    stage.close(Month(2026, 9))

    hooks.keep_house()

    (data,) = hooks.told_of(Event.MONTH)
    assert (data["clicks"], data["things"], data["amount_micros"]) == (None, None, None)


def test_the_sum_of_a_site_is_told_only_if_the_creators_statement_tells_as_much(
    hooks: Hooks, stage: Stage, carla: Person, readers: list[Person], bread: Blog
) -> None:
    """What two sites earned would tell, by subtraction, what the one reader of `oats` gave."""
    other = carla.registers("https://clay.example/")
    hooks.add(Event.MONTH)
    click(readers[:5], bread.post("rye"))
    click(readers[:1], bread.post("oats"))
    click(readers[1:4], other.post("glaze"))
    stage.close(Month(2026, 9))

    hooks.keep_house()

    (data,) = hooks.told_of(Event.MONTH)
    assert (data["clicks"], data["amount_micros"]) == (6, None)


def test_a_verified_site_is_told_and_again_when_it_is_verified_anew(
    stage: Stage, carla: Person, program: ListeningEndpoint
) -> None:
    clay = carla.registers("https://clay.example/", title="Clay", is_approved=False)
    hooks = Hooks(stage, carla, clay, program)
    hooks.add(Event.SITE)
    hooks.keep_house()
    before = hooks.told

    for _ in range(2):
        stage.now += timedelta(hours=1)
        clay.is_approved()
        hooks.keep_house()
        clay.is_withdrawn()
        hooks.keep_house()

    assert before == []
    fact = {"site": clay.key.site, "scope": "https://clay.example/", "title": "Clay", "by": "operator"}
    assert hooks.told_of(Event.SITE) == [fact, fact]


def test_only_what_was_chosen_is_told(hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog) -> None:
    hooks.add(Event.MONTH)
    click(readers, bread.post("rye"))
    stage.close(Month(2026, 9))

    hooks.keep_house()

    assert {message["type"] for message in hooks.told} == {"month.closed"}


def test_each_endpoint_is_told_of_its_own_site_alone(
    hooks: Hooks, stage: Stage, readers: list[Person], radio: Blog
) -> None:
    hooks.add()
    click(readers, radio.post("valves"))
    stage.now += DAY

    hooks.keep_house()

    assert hooks.told == []


def test_housekeeping_run_twice_queues_and_writes_nothing_more(
    hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog
) -> None:
    hooks.add()
    click(readers, bread.post("rye"))
    stage.close(Month(2026, 9))
    assert hooks.keep_house() == 3
    before = dump(stage.db)

    assert hooks.keep_house() == 0
    assert dump(stage.db) == before


def test_a_click_writes_no_event(hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog) -> None:
    hooks.add()
    rye = bread.post("rye")
    readers[0].clicks(rye)
    tables = ("deliveries", "told_clicks", "told_sites", "endpoints")
    before = [line for line in dump(stage.db).splitlines() if line.startswith(tables)]

    readers[1].clicks(rye)

    assert [line for line in dump(stage.db).splitlines() if line.startswith(tables)] == before


# Signatures.


def test_the_library_of_standard_webhooks_takes_what_is_sent(hooks: Hooks, stage: Stage) -> None:
    shown = hooks.add()
    stage.now = datetime.now(UTC)  # the library looks at the clock

    hooks.test(shown)

    (heard,) = hooks.program.heard
    assert Webhook(shown.text).verify(heard.body, heard.headers)["type"] == "webhook.test"
    with pytest.raises(WebhookVerificationError):
        Webhook(shown.text).verify(heard.body + b" ", heard.headers)


def test_after_a_renewal_both_secrets_verify_for_a_day_and_then_the_new_one_alone(hooks: Hooks, stage: Stage) -> None:
    old = hooks.add()
    stage.now = datetime.now(UTC)
    renew = {"owner": hooks.carla.user, "endpoint": old.endpoint.id, "generation": 1}
    new = renew_secret(stage.db, stage.keys, now=stage.now, **renew)
    again = renew_secret(stage.db, stage.keys, now=stage.now, **renew)

    hooks.test(new)
    with stage.db.writing() as connection:
        past = stage.now - timedelta(seconds=1)
        connection.execute(
            update(schema.endpoint_secrets).where(schema.endpoint_secrets.c.generation == 1).values(retired_at=past)
        )
    hooks.test(new)

    both, alone = hooks.program.heard
    assert new.text != old.text
    assert again.text == new.text, "pressed twice, one new secret"
    assert Webhook(old.text).verify(both.body, both.headers) == Webhook(new.text).verify(both.body, both.headers)
    assert Webhook(new.text).verify(alone.body, alone.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old.text).verify(alone.body, alone.headers)


def test_an_old_secret_retires_a_day_after_the_renewal(hooks: Hooks, stage: Stage) -> None:
    shown = hooks.add()
    renew_secret(stage.db, stage.keys, owner=hooks.carla.user, endpoint=shown.endpoint.id, generation=1, now=stage.now)

    signatures = []
    for moment in (timedelta(0), timedelta(hours=23), timedelta(hours=24)):
        stage.now = at("2026-09-03") + moment
        hooks.test(shown)
        signatures.append(len(hooks.program.heard[-1].headers["webhook-signature"].split()))

    assert signatures == [2, 2, 1]


def test_the_database_holds_no_secret(hooks: Hooks, stage: Stage) -> None:
    shown = hooks.add()
    again = show_secret(stage.db, stage.keys, owner=hooks.carla.user, endpoint=shown.endpoint.id, now=stage.now)

    assert again.text == shown.text
    assert shown.text.removeprefix("whsec_") not in dump(stage.db)


# Tries, death, and what comes after it.


def test_a_failed_message_is_tried_again_with_the_same_id_and_bytes(hooks: Hooks, stage: Stage) -> None:
    hooks.program.statuses = [500, 503, 200]
    hooks.add(Event.SITE)
    hooks.blog.is_withdrawn()
    hooks.keep_house()
    hooks.blog.is_approved()

    for minutes in (0, 0, 1, 3, 1):
        stage.now += timedelta(minutes=minutes)
        hooks.keep_house()

    assert len(hooks.program.heard) == 3, "at once, after a minute, and four minutes later"
    assert len({(heard.id, heard.body) for heard in hooks.program.heard}) == 1
    assert len({heard.headers["webhook-timestamp"] for heard in hooks.program.heard}) == 3
    (delivery,) = hooks.deliveries
    assert (delivery.tries, delivery.last_status) == (3, 200)
    assert delivery.delivered_at == stage.now


@contextmanager
def dying_at(step: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """End the process at a step."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(step, die)
        yield


def waiting(hooks: Hooks) -> ShownSecret:
    """Let a message wait for the endpoint."""
    hooks.blog.is_withdrawn()
    shown = hooks.add(Event.SITE)
    hooks.blog.is_approved()
    queue_events(hooks.stage.db, currency="EUR", now=hooks.stage.now)
    return shown


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_a_message_that_is_never_taken_dies_after_three_days_and_is_shown(
    status: int, hooks: Hooks, stage: Stage
) -> None:
    hooks.program.statuses = [status]
    waiting(hooks)
    begun = stage.now

    while hooks.deliveries[0].next_try_at:
        stage.now = hooks.deliveries[0].next_try_at
        hooks.deliver()

    (dead,) = hooks.deliveries
    assert (dead.tries, dead.last_status, dead.died_at) == (9, status, stage.now)
    assert timedelta(days=2, hours=20) < stage.now - begun < timedelta(days=3, hours=8)
    listed = list_dead_webhooks(stage.db)
    assert listed.count == 1
    (row,) = listed.page.rows
    assert (row.message, row.event, row.host, row.last_status) == (dead.message, Event.SITE, "127.0.0.1", status)


def test_a_dead_message_can_be_sent_again_with_its_old_id(hooks: Hooks, stage: Stage) -> None:
    hooks.program.statuses = [500]
    waiting(hooks)
    while hooks.deliveries[0].next_try_at:
        stage.now = hooks.deliveries[0].next_try_at
        hooks.deliver()
    hooks.program.statuses = [200]

    send_again(stage.db, owner=hooks.carla.user, delivery=hooks.deliveries[0].id, now=stage.now)
    hooks.deliver()

    assert hooks.deliveries[0].delivered_at == stage.now
    assert len({heard.id for heard in hooks.program.heard}) == 1
    assert list_dead_webhooks(stage.db).count == 0


def test_a_delivered_message_can_be_sent_again_too(hooks: Hooks, stage: Stage) -> None:
    waiting(hooks)
    hooks.deliver()

    send_again(stage.db, owner=hooks.carla.user, delivery=hooks.deliveries[0].id, now=stage.now)
    hooks.deliver()
    hooks.deliver()

    assert [heard.id for heard in hooks.program.heard] == [hooks.deliveries[0].message] * 2


def test_an_endpoint_that_took_nothing_for_five_days_is_switched_off_and_its_messages_die(
    hooks: Hooks, stage: Stage
) -> None:
    hooks.program.statuses = [500]
    shown = waiting(hooks)
    hooks.deliver()
    stage.now += timedelta(days=5)
    hooks.blog.is_withdrawn()
    queue_events(stage.db, currency="EUR", now=stage.now)
    hooks.blog.is_approved()
    hooks.keep_house()

    ((told, text),) = hooks.mails
    (endpoint,) = show_endpoints(stage.db, owner=hooks.carla.user, site=hooks.blog.key.site).endpoints
    assert (told, endpoint.id) == ("carla@writes.example", shown.endpoint.id)
    assert "The messages about Bread to 127.0.0.1 were not taken" in text
    assert (endpoint.off_at, endpoint.off_reason) == (stage.now, OffReason.FAILING)
    assert all(delivery.died_at == stage.now for delivery in hooks.deliveries)
    assert len(hooks.deliveries) == 2
    with pytest.raises(BadInput, match="switch it on first"):
        send_again(stage.db, owner=hooks.carla.user, delivery=hooks.deliveries[0].id, now=stage.now)


def test_an_endpoint_that_is_gone_says_so_and_is_switched_off_at_once(hooks: Hooks, stage: Stage) -> None:
    hooks.program.statuses = [410]
    waiting(hooks)

    hooks.deliver()
    hooks.deliver()

    assert [to for to, _ in hooks.mails] == ["carla@writes.example"]
    assert len(hooks.program.heard) == 1
    assert hooks.deliveries[0].died_at == stage.now


def test_switched_on_again_it_is_told_of_what_happens_from_then_on(hooks: Hooks, stage: Stage) -> None:
    hooks.program.statuses = [410, 200]
    shown = waiting(hooks)
    hooks.deliver()
    hooks.blog.is_withdrawn()
    hooks.blog.is_approved()
    for _ in range(2):
        switch_endpoint_on(stage.db, owner=hooks.carla.user, endpoint=shown.endpoint.id)

    hooks.keep_house()
    before = len(hooks.program.heard)
    stage.now += timedelta(minutes=1)
    hooks.blog.is_withdrawn()
    hooks.keep_house()
    hooks.blog.is_approved()
    hooks.keep_house()

    assert (before, len(hooks.program.heard)) == (1, 2)


def test_a_message_that_was_taken_ends_the_failing(hooks: Hooks, stage: Stage) -> None:
    hooks.program.statuses = [500, 200, 500]
    waiting(hooks)
    hooks.deliver()
    stage.now += timedelta(days=5)

    hooks.deliver()

    (endpoint,) = show_endpoints(stage.db, owner=hooks.carla.user, site=hooks.blog.key.site).endpoints
    assert (endpoint.failing_since, endpoint.off_at) == (None, None)


def test_a_removed_endpoint_is_sent_nothing(hooks: Hooks, stage: Stage) -> None:
    shown = waiting(hooks)

    remove_endpoint(stage.db, owner=hooks.carla.user, endpoint=shown.endpoint.id, now=stage.now)
    hooks.keep_house()

    assert hooks.told == []
    assert hooks.deliveries == []
    with pytest.raises(NotKnown):
        hooks.test(shown)


def test_one_that_keeps_silent_holds_up_no_other(hooks: Hooks, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "TOTAL_S", 0.2)
    hooks.blog.is_withdrawn()
    with ListeningEndpoint(0) as silent:
        hooks.add(Event.SITE, url=silent.url)
        hooks.add(Event.SITE)
        for _ in range(3):
            hooks.blog.is_approved()
            queue_events(stage.db, currency="EUR", now=stage.now)
            hooks.blog.is_withdrawn()
            queue_events(stage.db, currency="EUR", now=stage.now)

        hooks.deliver()

        assert len(silent.heard) == 1, "left alone for the rest of the round"
    assert len(hooks.program.heard) == 3
    assert [d.last_fault for d in hooks.deliveries if d.tries and not d.delivered_at] == [Fault.TOO_SLOW]


def test_while_one_is_waited_for_the_others_get_all_of_theirs(stage: Stage, carla: Person, bread: Blog) -> None:
    silent = ListeningEndpoint(0)
    program = ListeningEndpoint(200, on_heard=lambda count: silent.hang_up() if count == 3 else None)
    with silent, program:
        hooks = Hooks(stage, carla, bread, program)
        bread.is_withdrawn()
        hooks.add(Event.SITE, url=silent.url)
        hooks.add(Event.SITE)
        for _ in range(3):
            bread.is_approved()
            queue_events(stage.db, currency="EUR", now=stage.now)
            bread.is_withdrawn()
            queue_events(stage.db, currency="EUR", now=stage.now)

        hooks.deliver()

    (fault,) = {delivery.last_fault for delivery in hooks.deliveries if delivery.last_fault}
    assert fault is Fault.NO_CONNECTION, "it was not too slow: the other had its third message before"


def test_a_round_ends_when_its_time_is_over_and_the_next_goes_on(hooks: Hooks, stage: Stage) -> None:
    waiting(hooks)

    deliver_webhooks(
        stage.db,
        stage.keys,
        SENDER,
        receiver=RECEIVER,
        clock=lambda: stage.now,
        spread=lambda: 0,
        deadline=Deadline.in_seconds(-1),
    )
    before = hooks.told
    hooks.deliver()

    assert (before, len(hooks.told)) == ([], 1)


def test_whoever_is_killed_between_sending_and_noting_sends_it_again_with_the_same_id(
    hooks: Hooks, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(hooks)

    with dying_at("receiver.actions.deliver_webhooks.deliveries.set_taken", monkeypatch), pytest.raises(Killed):
        hooks.deliver()
    hooks.deliver()
    hooks.deliver()

    first, second = hooks.program.heard
    assert (first.id, first.body) == (second.id, second.body)
    assert hooks.deliveries[0].delivered_at == stage.now


@pytest.mark.parametrize("step", ["deliveries.add", "endpoints.set_cursors"])
def test_whoever_is_killed_while_queueing_queues_each_event_once(
    step: str, hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.add()
    click(readers, bread.post("rye"))
    stage.close(Month(2026, 9))

    with dying_at(f"receiver.actions.queue_events.{step}", monkeypatch), pytest.raises(Killed):
        hooks.keep_house()
    hooks.keep_house()

    assert sorted(message["type"] for message in hooks.told) == ["click.counted", "month.closed", "thing.registered"]


def test_whoever_is_killed_while_counting_counts_once(
    hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.add(Event.CLICKS)
    click(readers, bread.post("rye"))
    stage.now += DAY

    with dying_at("receiver.actions.tell_clicks.told_clicks.set_told", monkeypatch), pytest.raises(Killed):
        hooks.keep_house()
    hooks.keep_house()

    assert [data["clicks"] for data in hooks.told_of(Event.CLICKS)] == [7]


# Tests by hand, limits, and who may do what.


def test_a_test_is_sent_at_once_and_tried_once(hooks: Hooks, stage: Stage) -> None:
    hooks.program.statuses = [500]
    shown = hooks.add()

    hooks.test(shown)
    stage.now += timedelta(minutes=5)
    hooks.keep_house()

    (delivery,) = hooks.deliveries
    assert (delivery.event, delivery.last_status, len(hooks.told)) == (Event.TEST, 500, 1)
    assert delivery.died_at is not None
    assert list_dead_webhooks(stage.db).count == 0, "no matter of the operator's"


def test_many_tests_are_too_many(hooks: Hooks) -> None:
    shown = hooks.add()
    for _ in range(10):
        hooks.test(shown)

    with pytest.raises(TooMany):
        hooks.test(shown)
    assert len(hooks.told) == 10


def test_nobody_touches_the_endpoints_of_another(hooks: Hooks, stage: Stage, cem: Person) -> None:
    shown = hooks.add()
    hooks.test(shown)
    own = {"owner": cem.user, "endpoint": shown.endpoint.id}
    before = dump(stage.db)

    for forbidden in (
        lambda: show_secret(stage.db, stage.keys, now=stage.now, **own),
        lambda: renew_secret(stage.db, stage.keys, generation=1, now=stage.now, **own),
        lambda: remove_endpoint(stage.db, now=stage.now, **own),
        lambda: switch_endpoint_on(stage.db, **own),
        lambda: send_again(stage.db, owner=cem.user, delivery=hooks.deliveries[0].id, now=stage.now),
        lambda: show_endpoints(stage.db, owner=cem.user, site=hooks.blog.key.site),
        lambda: Hooks(stage, cem, hooks.blog, hooks.program).add(),
        lambda: Hooks(stage, cem, hooks.blog, hooks.program).test(shown),
    ):
        with pytest.raises(NotAllowed):
            forbidden()
    assert dump(stage.db) == before


@pytest.mark.parametrize(
    "url", ["", "hooks.example", "http://hooks.example/", "https://10.0.0.1/", "https://[x/", "https://a.example/#x"]
)
def test_an_address_that_nobody_may_be_told_at_is_refused(url: str, hooks: Hooks, stage: Stage) -> None:
    before = dump(stage.db)

    with pytest.raises(BadEndpointAddress):
        add_endpoint(
            stage.db, stage.keys, SENDER, owner=hooks.carla.user, site=hooks.blog.key.site, url=url,
            events=EVENTS_TO_CHOOSE, now=stage.now,
        )  # fmt: skip
    assert dump(stage.db) == before


def test_a_host_in_capitals_is_the_same_host(hooks: Hooks) -> None:
    assert hooks.add(url=" HTTPS://Hooks.Example/Path ").endpoint.url == "https://hooks.example/Path"


def test_an_endpoint_without_events_and_one_too_many_are_refused(hooks: Hooks, stage: Stage) -> None:
    with pytest.raises(BadInput, match="at least one event"):
        hooks.add(Event.TEST)
    for _ in range(10):
        hooks.add()

    with pytest.raises(BadInput, match="10 endpoints a site"):
        hooks.add()


def test_old_messages_and_counts_are_swept_away(hooks: Hooks, stage: Stage, readers: list[Person], bread: Blog) -> None:
    hooks.add(Event.CLICKS)
    click(readers, bread.post("rye"))
    click(readers, bread.post("oats"))
    stage.now += DAY
    hooks.keep_house()

    stage.now += timedelta(days=29)
    sweep_expired(stage.db, now=stage.now)
    kept = len(hooks.deliveries)
    stage.now += timedelta(days=400)
    sweep_expired(stage.db, now=stage.now)

    assert (kept, hooks.deliveries) == (2, [])
    counts = [line for line in dump(stage.db).splitlines() if line.startswith("told_clicks")]
    assert len(counts) == 1, "the last, so that its number never comes again"
