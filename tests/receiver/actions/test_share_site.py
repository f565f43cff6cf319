"""A team: who joins and how, what falls to each, and whose own things are whose."""

import asyncio
from datetime import datetime

import pytest

from flattr_button import ApplicationClick, ClickKey
from receiver.actions.check_books import check_books
from receiver.actions.close_month import close_month, close_month_stepwise
from receiver.actions.commit_clicks import ClickCommitter
from receiver.actions.forget_clicks import forget_clicks
from receiver.actions.share_site import show_memberships, show_shared_site, show_team
from receiver.actions.show_own_thing import show_own_thing
from receiver.actions.state_income import state_income
from receiver.actions.state_revenue import state_revenue
from receiver.domain.click import ClickSource, ClickState
from receiver.domain.errors import BadInput, MonthClosing, MonthNotDivided, NotAllowed, NotKnown, OwnThing
from receiver.domain.month import Month
from receiver.domain.team import MEMBERS_MAX
from receiver.store import presses, settlements
from receiver.store.presses import Press
from tests.receiver.cast import Blog, Page, Person, Stage, at, eur

SEPTEMBER = Month(2026, 9)


@pytest.fixture
def cleo(stage: Stage) -> Person:
    return stage.person("cleo@writes.example")


def test_a_month_is_divided_by_parts(stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog) -> None:
    rosa.clicks(*bread.posts("rye oats"))
    carla.shares(bread, cem, 2)
    stage.close(SEPTEMBER)

    check_books(stage.db)
    assert (carla.earned, cem.earned) == (eur("3.00"), eur("6.00"))
    assert (carla.income(SEPTEMBER).total, cem.income(SEPTEMBER).total) == (eur("3.00"), eur("6.00"))


def test_all_things_of_a_site_are_one_sum(
    stage: Stage, rosa: Person, carla: Person, cem: Person, cleo: Person, bread: Blog
) -> None:
    """Thing by thing the first would get a micro more of each: 1,285,714 micros do not divide by three."""
    rosa.clicks(*bread.posts("a b c d e f g"))
    carla.shares(bread, cem, 1)
    carla.shares(bread, cleo, 1)
    stage.close(SEPTEMBER)

    whole = 7 * (9_000_000 // 7)
    assert (carla.earned, cem.earned, cleo.earned) == (whole // 3 + 1, whole // 3, whole // 3)


def test_a_gift_is_divided_by_itself(stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    rosa.undoes(rosa.clicks(rye))
    carla.shares(bread, cem, 2)
    rosa.gives(rye, "1.00")
    stage.close(SEPTEMBER)

    check_books(stage.db)
    assert (carla.earned, cem.earned) == (eur("0.30"), eur("0.60"))
    team = cem.income(SEPTEMBER).teams[0]
    assert (team.gifts, team.gifts_part, team.part) == (eur("0.90"), eur("0.60"), eur("0.60"))


def test_nothing_changes_until_an_invitation_is_accepted(
    stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog
) -> None:
    rosa.clicks(bread.post("rye"))
    carla.invites(cem, bread, 2)
    stage.close(SEPTEMBER)

    assert (carla.earned, cem.earned) == (eur("9.00"), 0)
    assert show_memberships(stage.db, user=cem.user).sites == []


def test_alone_again_the_owner_has_all(
    stage: Stage, rosa: Person, carla: Person, cem: Person, cleo: Person, bread: Blog
) -> None:
    rosa.clicks(bread.post("rye"))
    carla.shares(bread, cem, 2)
    carla.shares(bread, cleo, 2)
    cem.leaves(bread)
    carla.removes(cleo, bread)
    stage.close(SEPTEMBER)

    assert (carla.earned, cem.earned, cleo.earned) == (eur("9.00"), 0, 0)
    with pytest.raises(NotAllowed):
        show_team(stage.db, user=cem.user, site=bread.key.site)


def test_nobody_of_a_team_flattrs_what_it_divides(
    stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog
) -> None:
    rye = bread.post("rye")
    rosa.clicks(rye)
    cem.pays("10.00")
    carla.shares(bread, cem, 1)

    for deed in (
        lambda: cem.clicks(rye),
        lambda: cem.gives(rye, "1.00"),
        lambda: cem.subscribes(rye),
        lambda: cem.clicks_named(bread.site_token, "https://bread.example/new/"),
    ):
        with pytest.raises(OwnThing):
            deed()


def test_many_clicks_at_once_are_taken_from_readers_and_not_from_a_team(
    stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog
) -> None:
    pages = bread.posts("rye oats")
    rosa.clicks(*pages)
    carla.shares(bread, cem, 1)
    rita = stage.person("rita@reads.example")
    committer = ClickCommitter(stage.db, stage.keys)
    signed = [signed_click(reader.connects(), page, stage.now) for reader in (rita, cem) for page in pages]

    for is_new in (True, False):
        outcomes = asyncio.run(committer.record_signed(signed, now=stage.now))
        assert [outcome.receipt.is_new for outcome in outcomes if outcome.receipt] == [is_new, is_new]
        assert [type(outcome.refusal) for outcome in outcomes[2:]] == [OwnThing, OwnThing]


def test_what_only_the_statement_for_many_clicks_looks_at_refuses_a_team_too(
    stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog
) -> None:
    """Without the careful look that comes after it."""
    rye = bread.post("rye")
    rosa.clicks(rye)
    carla.shares(bread, cem, 1)
    rita = stage.person("rita@reads.example")
    plain = [
        Press(reader.connects().id, reader.user.id, rye.thing, 1, 202609, ClickSource.APPLICATION, stage.now)
        for reader in (rita, cem)
    ]

    with stage.db.clicking() as driver:
        recorded = presses.record(driver, plain, now=stage.now)

    assert recorded == {(202609, rita.user.id, rye.thing)}


def signed_click(key: ClickKey, page: Page, now: datetime) -> str:
    return ApplicationClick(key.id, page.token, f"nonce-of-sixteen-{page.thing}", int(now.timestamp())).signed(key)


def test_what_a_member_clicked_before_lapses(
    stage: Stage, rosa: Person, carla: Person, bread: Blog, cem: Person
) -> None:
    rye = bread.post("rye")
    rosa.clicks(rye)
    cem.pays("5.00")
    cem.pledges("5.00")
    cem.clicks(rye)
    carla.shares(bread, cem, 1)
    before = cem.month(SEPTEMBER)
    stage.close(SEPTEMBER)

    check_books(stage.db)
    assert (before.counting, cem.month(SEPTEMBER).counting) == (0, 0)
    assert [line.state for line in cem.month(SEPTEMBER).lines] == [ClickState.LAPSED]
    assert carla.income(SEPTEMBER).teams[0].shares == eur("9.00")


def test_a_click_that_was_carried_to_a_member_lapses(stage: Stage, rosa: Person, carla: Person, cem: Person) -> None:
    later = carla.registers("https://later.example/", is_approved=False)
    page = later.post("cake")
    for reader in (rosa, cem):
        reader.clicks(page)
    stage.close(SEPTEMBER)
    later.is_approved()
    carla.shares(later, cem, 1)
    cem.pays("5.00")
    cem.pledges("5.00")
    stage.close(SEPTEMBER.plus(1))

    check_books(stage.db)
    assert cem.month(SEPTEMBER.plus(1)).taken == 0
    assert carla.income(SEPTEMBER.plus(1)).teams[0].shares == eur("9.00")


def test_an_old_month_keeps_its_parts(stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    carla.shares(bread, cem, 2)
    stage.close(SEPTEMBER)
    before = carla.income(SEPTEMBER), cem.income(SEPTEMBER)
    carla.changes_parts(cem, bread, 7)
    cem.leaves(bread)
    bread.is_withdrawn()

    check_books(stage.db)
    incomes = carla.income(SEPTEMBER), cem.income(SEPTEMBER)
    assert [income.total for income in incomes] == [income.total for income in before]
    assert [(income.teams[0].parts, income.teams[0].parts_of_all) for income in incomes] == [(1, 3), (2, 3)]


def test_sums_stay_when_the_clicks_are_forgotten(
    stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog
) -> None:
    rosa.clicks(bread.post("rye"))
    carla.shares(bread, cem, 2)
    stage.close(SEPTEMBER)
    before = cem.income(SEPTEMBER)

    assert forget_clicks(stage.db, now=at("2027-11-03")) == [SEPTEMBER]
    assert cem.income(SEPTEMBER) == before
    check_books(stage.db)


@pytest.mark.parametrize("step", ["readers", "things", "teams", "creators"])
def test_while_a_month_closes_nobody_joins_leaves_or_gets_other_parts(
    step: str, stage: Stage, rosa: Person, carla: Person, cem: Person, cleo: Person, bread: Blog
) -> None:
    rosa.clicks(bread.post("rye"))
    carla.shares(bread, cem, 2)
    carla.invites(cleo, bread, 1)
    stage.now = at("2026-10-02")
    next(done for done in close_month_stepwise(stage.db, stage.rules, SEPTEMBER, now=stage.now) if done.step == step)

    for deed in (
        cleo.accepts,
        lambda: cem.leaves(bread),
        lambda: carla.removes(cem, bread),
        lambda: carla.changes_parts(cem, bread, 9),
    ):
        with pytest.raises(MonthClosing):
            deed()
    close_month(stage.db, stage.rules, SEPTEMBER, now=stage.now)
    assert (carla.earned, cem.earned, cleo.earned) == (eur("3.00"), eur("6.00"), 0)
    cleo.accepts()


def test_a_month_that_is_over_is_closed_before_parts_change(
    stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog
) -> None:
    rosa.clicks(bread.post("rye"))
    carla.shares(bread, cem, 2)
    stage.now = at("2026-10-01")

    with pytest.raises(MonthNotDivided, match="2026-09 is over but not closed"):
        carla.changes_parts(cem, bread, 9)


def test_a_member_is_paid_out_and_gives_on_what_they_earned(
    stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog, radio: Blog
) -> None:
    rosa.pays("20.00")
    rosa.pledges("30.00")
    rosa.clicks(bread.post("rye"))
    carla.shares(bread, cem, 2)
    stage.close(SEPTEMBER)
    early = cem.payable
    stage.now = at("2026-10-10")
    cem.reuses("3.00")

    assert (early, cem.is_paid_out(), cem.payable) == (0, eur("15.00"), 0)
    check_books(stage.db)


def test_the_sums_of_few_readers_are_hidden_from_all_of_a_team_alike(
    stage: Stage, carla: Person, cem: Person, bread: Blog
) -> None:
    people = [stage.person(f"reader{number}@reads.example") for number in range(5)]
    private, popular, also = bread.posts("private popular also")
    for number, person in enumerate(people):
        person.pledges("2.00")
        person.pays("2.00")
        person.clicks(*[popular] * (number > 0), *[private] * (number < 2), *[also] * (number in (1, 2)))
    carla.shares(bread, cem, 1)
    stage.close(SEPTEMBER)
    teams = [person.income(SEPTEMBER).teams[0] for person in (carla, cem)]

    for team in teams:
        hidden = {line.thing.url.split("/")[3] for line in team.things if line.amount is None}
        assert hidden == {"private", "also"}
        assert all((line.amount is None) is (line.part is None) for line in team.things)
    assert teams[0].whole == teams[1].whole == teams[0].part + teams[1].part


def test_a_team_has_a_limit(stage: Stage, carla: Person, cem: Person, bread: Blog) -> None:
    for number in range(MEMBERS_MAX - 1):
        guest = stage.person(f"guest{number}@writes.example")
        carla.invites(guest, bread, 1)

    with pytest.raises(BadInput, match="at most 20 creators"):
        carla.invites(cem, bread, 1)
    carla.invites(guest, bread, 2)  # anew, with other parts


def test_who_is_in_a_team_is_not_invited_again(carla: Person, cem: Person, bread: Blog) -> None:
    carla.shares(bread, cem, 1)

    for guest in (cem, carla):
        with pytest.raises(BadInput, match="is in the team already"):
            carla.invites(guest, bread, 1)


def test_strangers_neither_see_nor_invite(stage: Stage, carla: Person, cem: Person, rui: Person, bread: Blog) -> None:
    carla.shares(bread, cem, 1)

    for stranger in (rui, cem):
        with pytest.raises(NotAllowed):
            stranger.invites(rui, bread, 1)
    with pytest.raises(NotAllowed):
        show_shared_site(stage.db, user=rui.user, site=bread.key.site, month=SEPTEMBER)
    with pytest.raises(NotKnown):
        rui.leaves(bread)


def test_creators_are_booked_chunk_by_chunk_whether_alone_or_in_teams(
    stage: Stage, rosa: Person, carla: Person, cem: Person, cleo: Person, bread: Blog, radio: Blog
) -> None:
    rosa.clicks(bread.post("rye"), radio.post("valves"), cleo.registers("https://cleo.example/").post("x"))
    carla.shares(bread, cem, 1)
    stage.close(SEPTEMBER)

    with stage.db.reading() as connection:
        whole = settlements.next_creator_sums(connection, SEPTEMBER, after=0, limit=250)
        for limit in (1, 2):
            pieces: list[tuple[int, int]] = []
            while found := settlements.next_creator_sums(
                connection, SEPTEMBER, after=pieces[-1][0] if pieces else 0, limit=limit
            ):
                pieces += found
            assert pieces == whole
    assert dict(whole) == {carla.user.id: 1_500_000, cem.user.id: 4_500_000, cleo.user.id: 3_000_000}


@pytest.fixture
def shared_september(stage: Stage, carla: Person, cem: Person, bread: Blog) -> Page:
    """A thing of one reader and one of five on a site that Carla and Cem share, and a popular one of Carla's alone."""
    people = [stage.person(f"reader{number}@reads.example") for number in range(5)]
    clay = carla.registers("https://clay.example/")
    rye, oats, glaze = *bread.posts("rye oats"), clay.post("glaze")
    for number, person in enumerate(people):
        person.pledges("2.00")
        person.pays("2.00")
        person.clicks(rye, glaze, *[oats] * (number == 0))
    carla.shares(bread, cem, 1)
    stage.close(SEPTEMBER)
    return oats


def test_the_page_of_a_thing_hides_what_the_statement_of_its_team_hides(
    stage: Stage, carla: Person, bread: Blog, shared_september: Page
) -> None:
    shown = show_own_thing(
        stage.db, stage.keys, owner=carla.user, site=bread.key.site, thing=shared_september.thing, month=SEPTEMBER
    )

    assert [(month.clicks, month.amount) for month in shown.months] == [(1, None)]


@pytest.mark.usefixtures("shared_september")
def test_a_year_of_income_has_the_parts_of_teams_by_site(stage: Stage, carla: Person, cem: Person, bread: Blog) -> None:
    months = [state_income(stage.db, creator=person.user, now=at("2026-10-05")).months[0] for person in (carla, cem)]

    for person, month in zip((carla, cem), months, strict=True):
        assert month.total == person.income(SEPTEMBER).total == person.earned
        assert month.by_site[bread.key.site] == person.income(SEPTEMBER).teams[0].part


@pytest.mark.usefixtures("shared_september")
def test_the_old_report_of_revenue_has_the_parts_of_things_that_may_be_shown(
    stage: Stage, carla: Person, cem: Person
) -> None:
    popular = [line for line in cem.income(SEPTEMBER).teams[0].things if line.part is not None]
    revenue = state_revenue(stage.db, creator=cem.user, month=SEPTEMBER)

    assert [(row.thing, row.amount) for row in revenue.rows] == [(line.thing, line.part) for line in popular]
    assert [row.thing.url for row in state_revenue(stage.db, creator=carla.user, month=SEPTEMBER).rows] == [
        "https://clay.example/glaze/"
    ]
