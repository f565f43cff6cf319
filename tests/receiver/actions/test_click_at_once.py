"""A click at once: who may have one, how many, and what ends it.  Each bound of docs/decisions/0019 by itself."""

from datetime import timedelta

import pytest

from receiver.actions.click_at_once import click_at_once, may_click_at_once, name_at_once
from receiver.actions.mint_click_token import mint_click_token
from receiver.actions.open_button import open_button
from receiver.actions.record_clicks import Receipt
from receiver.actions.trust_site import distrust_site, list_trusted_sites, look_at_trust, trust_site
from receiver.domain.at_once import AT_ONCE_PER_DAY, AT_ONCE_PER_HOUR, comes_from
from receiver.domain.errors import BadClickToken, NotAllowed, NotAtOnce, NotKnown, StaleClickToken
from receiver.domain.money import Micros
from receiver.domain.month import Month
from tests.receiver.cast import Blog, Page, Person, Stage, at

SEPTEMBER = Month(2026, 9)


def trusts(person: Person, page: Page) -> None:
    """Click a page and trust its site."""
    stage = person.stage
    trust_site(stage.db, reader=person.user, click_id=person.clicks(page).click_id, now=stage.now)


def may(person: Person, page: Page, *, referrer: str = "https://bread.example/") -> bool:
    stage = person.stage
    button = open_button(stage.db, stage.keys, page.token, reader=person.user, now=stage.now)
    return may_click_at_once(stage.db, reader=person.user, button=button, referrer=referrer, now=stage.now)


def mints(person: Person, page: Page) -> str:
    stage, name = person.stage, name_at_once(page.token)
    return mint_click_token(stage.keys, session=person.session, reader=person.user, token=name, now=stage.now)


def sends(person: Person, page: Page, click_token: str) -> Receipt:
    stage = person.stage
    return click_at_once(
        stage.db, stage.keys, reader=person.user, session=person.session,
        token=page.token, click_token=click_token, now=stage.now,
    )  # fmt: skip


def clicks_at_once(person: Person, *pages: Page) -> Receipt:
    return [sends(person, page, mints(person, page)) for page in pages][-1]


@pytest.fixture
def hour_later(stage: Stage, rosa: Person, bread: Blog) -> Stage:
    """Rosa trusts Carla's blog since more than a day."""
    trusts(rosa, bread.post("first"))
    stage.now += timedelta(days=1, seconds=1)
    return stage


def test_a_trusted_site_is_clicked_at_once(hour_later: Stage, rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye")

    assert may(rosa, rye)
    assert clicks_at_once(rosa, rye).is_new
    assert rosa.month(SEPTEMBER).counting == 2


def test_a_click_at_once_can_be_undone_and_is_asked_for_after_that(
    hour_later: Stage, rosa: Person, bread: Blog
) -> None:
    rye = bread.post("rye")
    receipt, early = clicks_at_once(rosa, rye), mints(rosa, rye)
    rosa.undoes(receipt)

    assert not may(rosa, rye)
    for click_token in (early, mints(rosa, rye)):
        with pytest.raises(NotAtOnce):
            sends(rosa, rye, click_token)
    assert rosa.month(SEPTEMBER).counting == 1
    assert rosa.clicks(rye).is_new, "the confirm page clicks it again"


def test_the_same_press_twice_is_one_click(hour_later: Stage, rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    click_token = mints(rosa, rye)

    assert [sends(rosa, rye, click_token).is_new for _ in range(2)] == [True, False]
    assert not may(rosa, rye)


def test_a_site_that_is_not_trusted_asks(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("first"))
    rye = bread.post("rye")

    assert not may(rosa, rye)
    with pytest.raises(NotAtOnce):
        clicks_at_once(rosa, rye)
    assert rosa.month(SEPTEMBER).counting == 1


def test_trust_is_of_one_reader_and_one_site(hour_later: Stage, rosa: Person, rui: Person, bread: Blog) -> None:
    other = rui.registers("https://other.example/").post("x")

    assert not may(rui, bread.post("rye"))
    assert not may(rosa, other, referrer="https://other.example/")


def test_trust_ends_when_it_is_revoked(hour_later: Stage, rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    click_token = mints(rosa, rye)
    for _ in range(2):  # twice is no error
        distrust_site(hour_later.db, reader=rosa.user, site=bread.key.site)

    assert not may(rosa, rye)
    with pytest.raises(NotAtOnce):
        sends(rosa, rye, click_token)
    assert list_trusted_sites(hour_later.db, reader=rosa.user) == []


def test_trust_ends_when_the_site_is_no_longer_verified(hour_later: Stage, rosa: Person, bread: Blog) -> None:
    bread.is_withdrawn()

    assert not may(rosa, bread.post("rye"))
    with pytest.raises(NotAtOnce):
        clicks_at_once(rosa, bread.post("rye"))


@pytest.mark.parametrize(
    "referrer",
    [
        "",
        "https://evil.example/",
        "https://bread.example.evil.example/",
        "https://evil.example/https://bread.example/",
        "http://bread.example/",
        "https://bread.example:8443/",
        "https://www.bread.example/",
    ],
)
def test_only_the_sites_own_pages_lead_to_a_click_at_once(
    hour_later: Stage, rosa: Person, bread: Blog, referrer: str
) -> None:
    assert not may(rosa, bread.post("rye"), referrer=referrer)
    assert may(rosa, bread.post("rye"), referrer="https://bread.example/2026/rye/?from=home")


def test_no_more_come_at_once_within_an_hour(hour_later: Stage, rosa: Person, bread: Blog) -> None:
    pages = [bread.post(f"post{number}") for number in range(AT_ONCE_PER_HOUR + 1)]
    click_tokens = [mints(rosa, page) for page in pages]  # all were opened before the first was sent
    for page, click_token in zip(pages[:-1], click_tokens[:-1], strict=True):
        sends(rosa, page, click_token)

    assert not may(rosa, pages[-1])
    with pytest.raises(NotAtOnce):
        sends(rosa, pages[-1], click_tokens[-1])
    hour_later.now += timedelta(hours=1, seconds=1)
    assert may(rosa, pages[-1])


def test_no_more_come_at_once_within_a_day(hour_later: Stage, rosa: Person, bread: Blog) -> None:
    pages = [bread.post(f"post{number}") for number in range(AT_ONCE_PER_DAY + 1)]
    for page in pages[:-1]:
        clicks_at_once(rosa, page)
        hour_later.now += timedelta(minutes=20)

    assert not may(rosa, pages[-1])
    with pytest.raises(NotAtOnce):
        clicks_at_once(rosa, pages[-1])
    assert rosa.clicks(pages[-1]).is_new, "the confirm page has no such bound"
    hour_later.now += timedelta(days=1)
    assert may(rosa, bread.post("another"))


def test_undoing_gives_no_room_for_more(hour_later: Stage, rosa: Person, bread: Blog) -> None:
    for number in range(AT_ONCE_PER_HOUR):
        rosa.undoes(clicks_at_once(rosa, bread.post(f"post{number}")))

    assert not may(rosa, bread.post("rye"))


def test_the_bounds_hold_over_the_end_of_a_month(hour_later: Stage, rosa: Person, bread: Blog) -> None:
    hour_later.now = at("2026-09-30T23:55")
    for number in range(AT_ONCE_PER_HOUR):
        clicks_at_once(rosa, bread.post(f"post{number}"))
    hour_later.now = at("2026-10-01T00:05")

    assert not may(rosa, bread.post("rye"))


def test_two_hundred_forced_presses_cost_no_money_more(hour_later: Stage, rosa: Person, bread: Blog) -> None:
    """The worst that a trusted site can do: ten clicks, each undoable, and not a cent beyond the pledge."""
    before, recorded = rosa.month(SEPTEMBER).taken, 0
    for number in range(200):
        hour_later.now += timedelta(minutes=5)
        try:
            recorded += clicks_at_once(rosa, bread.post(f"post{number}")).is_new
        except NotAtOnce:
            continue

    assert recorded == AT_ONCE_PER_DAY
    assert abs(rosa.month(SEPTEMBER).taken - before) < Micros(20), "micros that cannot be divided"


def test_a_press_of_the_confirm_page_and_one_at_once_do_not_serve_for_each_other(
    hour_later: Stage, rosa: Person, bread: Blog
) -> None:
    rye = bread.post("rye")

    with pytest.raises(BadClickToken):
        sends(rosa, rye, rosa.opens(rye))
    with pytest.raises(BadClickToken):
        rosa.presses(rye, mints(rosa, rye))


def test_a_press_at_once_is_bound_to_reader_and_time(hour_later: Stage, rosa: Person, rui: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    rosas, late = mints(rosa, rye), mints(rosa, rye)

    with pytest.raises(BadClickToken):
        sends(rui, rye, rosas)
    hour_later.now += timedelta(minutes=11)
    with pytest.raises(StaleClickToken):
        sends(rosa, rye, late)


def test_nobody_trusts_their_own_site(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    rosa.clicks(rye)

    assert not look_at_trust(stage.db, reader=carla.user, thing=rye.thing).can_be_trusted
    assert not may(carla, rye)


def test_who_may_be_trusted(stage: Stage, rosa: Person, carla: Person, bread: Blog, radio: Blog) -> None:
    """A verified site with an origin of its own, after a click on it; never a path that others share a host with."""
    waiting = carla.registers("https://waits.example/", is_approved=False).post("x")
    shared, own = rosa.clicks(radio.post("valves")), rosa.clicks(bread.post("rye"))
    unverified = rosa.clicks(waiting)

    for click in (shared, unverified):
        with pytest.raises(NotAllowed):
            trust_site(stage.db, reader=rosa.user, click_id=click.click_id, now=stage.now)
    with pytest.raises(NotKnown):
        trust_site(stage.db, reader=carla.user, click_id=own.click_id, now=stage.now)
    trust_site(stage.db, reader=rosa.user, click_id=own.click_id, now=stage.now)

    trust = look_at_trust(stage.db, reader=rosa.user, thing=bread.post("rye").thing)
    assert (trust.is_trusted, trust.can_be_trusted) == (True, True)
    assert [one.site.id for one in list_trusted_sites(stage.db, reader=rosa.user)] == [bread.key.site]


def test_no_page_comes_from_a_site_that_shares_its_host() -> None:
    assert not comes_from("https://host.example/~carla/post/", "https://host.example/~carla/")
    assert comes_from("https://host.example/", "https://host.example/")
