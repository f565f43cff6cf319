"""What a close does with pending, carried, unfunded and own clicks, with gifts and subscriptions."""

from datetime import timedelta

import pytest

from flattr_button import claim_for_post, sign
from receiver.actions import close_month as closing
from receiver.actions.close_month import close_month, close_month_stepwise
from receiver.actions.give import give
from receiver.actions.set_pledge import set_pledge
from receiver.actions.state_month import state_books
from receiver.actions.subscribe import click_subscriptions, pause_subscription
from receiver.actions.take_payment import refund_payment
from receiver.domain.click import ClickState, MonthState
from receiver.domain.errors import (
    EarlierMonthOpen,
    MonthClosed,
    MonthClosing,
    MonthStillOpen,
    NotEnough,
    NotKnown,
    NotProven,
    OwnThing,
    PastMonthOpen,
)
from receiver.domain.month import Month
from tests.receiver.cast import EUR, Blog, Page, Person, Stage, at, eur

AUGUST, SEPTEMBER, OCTOBER = Month(2026, 8), Month(2026, 9), Month(2026, 10)
NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)


def states(person: Person, month: Month) -> list[ClickState]:
    return [line.state for line in person.month(month).lines]


def test_a_running_month_is_not_closed(stage: Stage) -> None:
    with pytest.raises(MonthStillOpen):
        close_month(stage.db, stage.rules, SEPTEMBER, now=SEPTEMBER.end() - timedelta(microseconds=1))

    close_month(stage.db, stage.rules, SEPTEMBER, now=SEPTEMBER.end())


def test_an_earlier_month_is_closed_first(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))

    with pytest.raises(EarlierMonthOpen):
        close_month(stage.db, stage.rules, OCTOBER, now=at("2026-11-01"))


def test_a_month_without_any_activity_closes(stage: Stage) -> None:
    stage.close(SEPTEMBER)

    assert [state for _, state, _ in state_books(stage.db).months] == [MonthState.OPEN, MonthState.CLOSED]


def test_before_a_closed_month_nothing_can_happen_any_more(stage: Stage, rosa: Person) -> None:
    stage.close(SEPTEMBER)

    with pytest.raises(MonthClosed):
        set_pledge(stage.db, stage.rules, reader=rosa.user, amount=eur("5.00"), now=stage.now, month=AUGUST)
    with pytest.raises(NotKnown):
        close_month(stage.db, stage.rules, AUGUST, now=stage.now)
    assert rosa.month(AUGUST).state is MonthState.CLOSED


def test_a_click_without_money_lapses_and_nobody_owes_anything(stage: Stage, rui: Person, bread: Blog) -> None:
    rui.clicks(bread.post("rye"))
    before = states(rui, SEPTEMBER)
    stage.close(SEPTEMBER)
    rui.pays("5.00")

    assert (before, states(rui, SEPTEMBER)) == ([ClickState.UNFUNDED], [ClickState.LAPSED])
    assert rui.month(SEPTEMBER).funds.total == eur("5.00")


def test_a_click_counts_if_the_money_is_there_when_the_month_closes(
    stage: Stage, rui: Person, carla: Person, bread: Blog
) -> None:
    rui.clicks(bread.post("rye"))
    stage.now = at("2026-10-01")
    rui.pays("5.00")
    stage.close(SEPTEMBER)

    assert carla.earned == eur("4.50")


def test_a_pending_click_counts_in_the_month_in_which_its_site_is_verified(
    stage: Stage, rosa: Person, carla: Person
) -> None:
    later = carla.registers("https://later.example/", is_approved=False)
    rosa.clicks(later.post("rye"))
    stage.close(SEPTEMBER)
    assert states(rosa, SEPTEMBER) == [ClickState.PENDING]
    assert rosa.month(SEPTEMBER).taken == 0
    later.is_approved()

    stage.close(OCTOBER)

    assert states(rosa, OCTOBER) == [ClickState.SETTLED]
    assert carla.earned == eur("9.00")


def test_a_site_verified_after_the_month_ended_and_before_it_closed_waits_for_the_next(
    stage: Stage, rosa: Person, carla: Person
) -> None:
    later = carla.registers("https://later.example/", is_approved=False)
    rosa.clicks(later.post("rye"))
    stage.now = SEPTEMBER.end()
    later.is_approved()
    stage.close(SEPTEMBER)
    after_september = carla.earned
    stage.close(OCTOBER)

    assert (after_september, carla.earned) == (0, eur("9.00"))


def test_a_pending_click_lapses_after_three_more_months(stage: Stage, rosa: Person, carla: Person) -> None:
    later = carla.registers("https://later.example/", is_approved=False)
    rosa.clicks(later.post("rye"))
    for month in (SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER):
        stage.close(month)
    later.is_approved()
    stage.close(DECEMBER.plus(1))

    assert states(rosa, DECEMBER) == [ClickState.LAPSED]
    assert carla.earned == 0


def test_a_click_that_lapses_takes_no_newer_click_of_the_same_thing_along(
    stage: Stage, rosa: Person, carla: Person
) -> None:
    later = carla.registers("https://later.example/", is_approved=False)
    rosa.clicks(later.post("rye"))
    for month in (SEPTEMBER, OCTOBER, NOVEMBER):
        stage.close(month)
    stage.now = at("2026-12-05")
    rosa.clicks(later.post("rye"))  # the first lapses in December; this one waits until March
    stage.close(DECEMBER)
    later.is_approved()
    stage.close(DECEMBER.plus(1))

    assert carla.earned == eur("9.00")


def test_a_carried_click_and_a_new_one_of_the_same_thing_count_once(
    stage: Stage, rosa: Person, carla: Person, bread: Blog
) -> None:
    later = carla.registers("https://later.example/", is_approved=False)
    rosa.clicks(later.post("rye"))
    stage.close(SEPTEMBER)
    later.is_approved()
    rosa.clicks(later.post("rye"), bread.post("spelt"))
    stage.close(OCTOBER)

    assert [line.share for line in rosa.month(OCTOBER).lines] == [eur("4.50")] * 2


def test_earned_money_that_is_given_on_bears_no_second_cut(
    stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog, radio: Blog
) -> None:
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    stage.now = at("2026-10-10")
    carla.reuses("9.00")
    carla.pledges("9.00")
    carla.clicks(radio.post("valves"))
    stage.close(OCTOBER)

    assert cem.earned == eur("9.00")
    assert carla.month(OCTOBER).fee == 0


def test_gifts_are_booked_before_the_pot(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    rosa.gives(bread.post("rye"), "4.00")
    stage.close(SEPTEMBER)

    statement = rosa.month(SEPTEMBER)
    assert [gift.given for gift in statement.gifts] == [eur("3.60")]
    assert statement.share == eur("5.40")  # what the gift left of ten euros, less the cut
    assert statement.taken == eur("10.00")


def test_what_is_promised_can_be_neither_promised_again_nor_paid_back(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    rosa.gives(bread.post("rye"), "8.00")

    with pytest.raises(NotEnough):
        rosa.gives(bread.post("rye"), "2.01")
    with pytest.raises(NotEnough):
        rosa.is_refunded("2.01")
    rosa.is_refunded("2.00")


def test_a_gift_lapses_if_an_earlier_month_took_the_money(
    stage: Stage, rosa: Person, carla: Person, bread: Blog
) -> None:
    rosa.clicks(bread.post("rye"))
    stage.now = at("2026-10-01")
    rosa.gives(bread.post("rye"), "4.00")
    stage.close(SEPTEMBER)  # its pot takes all ten euros
    with pytest.raises(NotEnough, match=r"0\.00 EUR of your funds is free"):
        rosa.gives(bread.post("rye"), "1.00")
    stage.close(OCTOBER)

    assert [gift.has_lapsed for gift in rosa.month(OCTOBER).gifts] == [True]
    assert carla.earned == eur("9.00")


def test_a_subscription_clicks_each_month_until_it_is_over(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.pays("90.00")
    rosa.clicks(bread.post("rye"))
    rosa.subscribes(bread.post("rye"), months_long=3)
    for month in (SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER):
        stage.close(month)

    assert [len(rosa.month(SEPTEMBER.plus(n)).lines) for n in range(4)] == [1, 1, 1, 0]


def test_a_paused_subscription_lets_months_pass(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    subscription = rosa.subscribes(bread.post("rye"))
    pause_subscription(stage.db, reader=rosa.user, subscription=subscription, now=stage.now)
    stage.close(SEPTEMBER)
    stage.close(OCTOBER)

    assert [len(rosa.month(month).lines) for month in (SEPTEMBER, OCTOBER)] == [1, 0]


def test_a_subscribed_click_that_was_undone_stays_undone(stage: Stage, rosa: Person, bread: Blog) -> None:
    receipt = rosa.clicks(bread.post("rye"))
    rosa.undoes(receipt)
    rosa.subscribes(bread.post("rye"))
    stage.close(SEPTEMBER)

    assert states(rosa, SEPTEMBER) == [ClickState.UNDONE]


def test_a_subscription_to_what_became_ones_own_does_not_click(
    stage: Stage, rosa: Person, carla: Person, bread: Blog
) -> None:
    """Rosa proves that a part of Carla's address is hers, and so is paid for a page she subscribed to."""
    rosa.clicks(bread.post("rosas"), bread.post("rye"))
    rosa.subscribes(bread.post("rosas"))
    rosa.registers("https://bread.example/rosas/")
    stage.close(SEPTEMBER)
    for _ in click_subscriptions(stage.db, OCTOBER, now=stage.now):
        pass

    assert states(rosa, SEPTEMBER) == [ClickState.LAPSED, ClickState.SETTLED]
    assert (rosa.earned, carla.earned) == (0, eur("9.00"))
    assert states(rosa, OCTOBER) == []
    with pytest.raises(OwnThing):
        give(
            stage.db,
            stage.rules,
            reader=rosa.user,
            thing=rosa.month(SEPTEMBER).lines[0].thing.id,
            amount=eur("1.00"),
            form="gift",
            now=stage.now,
        )


def _stopped_close(stage: Stage, month: Month, after_step: str) -> None:
    """Close a month up to a step, and stop there, as a killed process does."""
    steps = close_month_stepwise(stage.db, stage.rules, month, now=stage.now)
    for progress in steps:
        if progress.step == after_step:
            break
    steps.close()


def test_nobody_changes_who_is_paid_while_a_month_closes(
    stage: Stage, rosa: Person, carla: Person, bread: Blog
) -> None:
    later = carla.registers("https://later.example/", is_approved=False)
    rosa.clicks(bread.post("rye"), later.post("rye"))
    stage.now = at("2026-10-02")
    _stopped_close(stage, SEPTEMBER, "readers")

    with pytest.raises(MonthClosing):
        later.is_approved()
    with pytest.raises(MonthClosing):
        bread.is_withdrawn()
    close_month(stage.db, stage.rules, SEPTEMBER, now=stage.now)
    later.is_approved()
    assert carla.earned == eur("9.00")


def test_a_page_that_moves_to_another_site_while_a_month_closes_moves_after_it(
    stage: Stage, rosa: Person, rui: Person, carla: Person
) -> None:
    """Between charging readers and paying creators, a page moves from a site that counts not to one that does."""
    wide = carla.registers("https://carla.example/", is_approved=False)
    carla.registers("https://carla.example/blog/")
    other = carla.registers("https://other.example/")

    def page(url: str) -> Page:
        claim = claim_for_post(wide.key, url=url, title="Moves", stable_id="moves")
        return Page(stage, sign(claim, wide.key), claim.url)

    rosa.clicks(page("https://carla.example/a/"), other.post("rye"))
    stage.now = at("2026-10-02")
    _stopped_close(stage, SEPTEMBER, "readers")

    rui.clicks(page("https://carla.example/blog/a/"))
    close_month(stage.db, stage.rules, SEPTEMBER, now=stage.now)
    rui.clicks(page("https://carla.example/blog/a/"))
    stage.now += timedelta(days=1)

    assert carla.earned == eur("9.00")
    assert rui.month(OCTOBER).lines[0].thing.url == "https://carla.example/blog/a/"


def test_clicks_of_the_new_month_go_on_while_the_old_one_closes(
    stage: Stage, rosa: Person, carla: Person, bread: Blog
) -> None:
    rosa.clicks(bread.post("rye"))
    stage.now = at("2026-10-02")
    _stopped_close(stage, SEPTEMBER, "readers")

    rosa.pays("10.00")
    rosa.clicks(bread.post("spelt"))
    close_month(stage.db, stage.rules, SEPTEMBER, now=stage.now)
    stage.close(OCTOBER)

    assert carla.earned == eur("18.00")


def test_chunks_in_which_nothing_counts_do_not_stop_the_close(
    stage: Stage, rosa: Person, carla: Person, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "READERS_PER_CHUNK", 1)
    monkeypatch.setattr(closing, "THINGS_PER_CHUNK", 1)
    later = carla.registers("https://later.example/", is_approved=False)
    for number in range(4):
        stage.person(f"early{number}@reads.example").clicks(later.post(f"page{number}"))
    last = stage.person("last@reads.example")
    last.pledges("2.00")
    last.pays("2.00")
    last.clicks(later.post("page"), bread.post("rye"))
    stage.close(SEPTEMBER)

    assert carla.earned == eur("1.80")


def test_the_same_refund_twice_is_paid_once_however_its_number_is_spaced(stage: Stage, rosa: Person) -> None:
    def refund(reference: str) -> bool:
        return refund_payment(
            stage.db, stage.rail, EUR, reader=rosa.user, amount=eur("6.00"), reference=reference, now=stage.now
        )

    assert [refund("7"), refund(" 7 ")] == [True, False]
    assert rosa.month(SEPTEMBER).funds.total == eur("4.00")


def test_undoing_a_click_undoes_the_one_that_was_carried_here_too(stage: Stage, rosa: Person, carla: Person) -> None:
    later = carla.registers("https://later.example/", is_approved=False)
    page = later.post("rye")
    rosa.clicks(page)
    stage.close(SEPTEMBER)
    stage.now = at("2026-10-05")
    later.is_approved()

    rosa.undoes(rosa.clicks(page))

    stage.close(OCTOBER)
    assert carla.income(OCTOBER).total == 0


def test_the_same_form_gives_once(rosa: Person, bread: Blog) -> None:
    page = bread.post("rye")
    rosa.clicks(page)

    first = rosa.gives(page, "5.00", form="typed once")
    again = rosa.gives(page, "5.00", form="typed once")

    assert first == again
    assert len(rosa.month(SEPTEMBER).gifts) == 1


def test_a_gift_to_a_site_that_cannot_receive_it_is_refused(rosa: Person, carla: Person) -> None:
    page = carla.registers("https://later.example/", is_approved=False).post("rye")
    rosa.clicks(page)

    with pytest.raises(NotProven):
        rosa.gives(page, "5.00")


def test_a_site_is_not_withdrawn_while_a_past_month_waits_for_its_close(
    stage: Stage, bread: Blog, rosa: Person
) -> None:
    rosa.clicks(bread.post("rye"))
    stage.now = at("2026-10-01")

    with pytest.raises(PastMonthOpen):
        bread.is_withdrawn()
