"""A page of a reader is only what they chose: nothing before, no amount, nothing of an open month."""

import pytest

from receiver.actions.publish_reader import look_at_own_page, publish_reader, show_reader, unpublish_reader
from receiver.domain.errors import BadHandle, HandleTaken, NotKnown
from receiver.domain.month import Month
from tests.receiver.cast import Blog, Person, Stage

SEPTEMBER = Month(2026, 9)


def publishes(person: Person, handle: str = "rosa", *, shows_clicks: bool = True, is_findable: bool = False) -> None:
    publish_reader(
        person.stage.db, reader=person.user, handle=handle, shows_clicks=shows_clicks, is_findable=is_findable,
        now=person.stage.now,
    )  # fmt: skip


def shown(stage: Stage, handle: str = "rosa") -> list[tuple[str, str]]:
    return [(str(row.month), row.thing.title) for row in show_reader(stage.db, handle)[1].rows]


def test_nothing_is_shown_before_it_is_chosen(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)

    assert look_at_own_page(stage.db, reader=rosa.user) is None
    for handle in ("rosa", str(rosa.user.id), rosa.user.name, rosa.user.email):
        with pytest.raises(NotKnown):
            show_reader(stage.db, handle)


def test_a_page_without_clicks_shows_none(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    publishes(rosa, shows_clicks=False)

    assert shown(stage) == []


def test_closed_months_are_shown_newest_first_and_the_open_one_is_not(stage: Stage, rosa: Person, bread: Blog) -> None:
    publishes(rosa)
    rosa.clicks(bread.post("rye"), bread.post("spelt"))
    stage.close(SEPTEMBER)
    rosa.pays("10.00")
    rosa.clicks(bread.post("oats"))
    assert {month for month, _ in shown(stage)} == {"2026-09"}
    stage.close(SEPTEMBER.plus(1))
    rosa.clicks(bread.post("barley"))

    assert next(title for _, title in shown(stage)) == "About oats"
    assert sorted(shown(stage)) == [("2026-09", "About rye"), ("2026-09", "About spelt"), ("2026-10", "About oats")]


def test_what_got_nothing_or_is_hidden_is_not_shown(
    stage: Stage, rosa: Person, rui: Person, carla: Person, bread: Blog, radio: Blog
) -> None:
    waiting = carla.registers("https://waits.example/", is_approved=False)
    publishes(rosa)
    publishes(rui, "rui")
    rosa.clicks(bread.post("rye"), bread.post("secret", hidden=True), waiting.post("x"), radio.post("gone"))
    rosa.undoes(rosa.clicks(bread.post("undone")))
    rosa.gives(bread.post("rye"), "1.00")
    rui.clicks(bread.post("unfunded"))
    stage.close(SEPTEMBER)
    radio.is_withdrawn()

    assert shown(stage) == [("2026-09", "About rye")]
    assert shown(stage, "rui") == []


def test_a_click_that_waited_for_its_site_is_shown_in_the_month_in_which_it_counted(
    stage: Stage, rosa: Person, carla: Person
) -> None:
    waiting = carla.registers("https://waits.example/", is_approved=False)
    rosa.clicks(waiting.post("x"))
    publishes(rosa)
    stage.close(SEPTEMBER)
    waiting.is_approved()
    stage.close(SEPTEMBER.plus(1))

    assert shown(stage) == [("2026-10", "About x")]


def test_a_name_is_of_one_reader_until_it_is_given_up(stage: Stage, rosa: Person, rui: Person) -> None:
    publishes(rosa, " Bread-Lover ")
    with pytest.raises(HandleTaken):
        publishes(rui, "bread-lover")
    publishes(rosa, "crumbs")
    publishes(rui, "bread-lover")
    for _ in range(2):
        unpublish_reader(stage.db, reader=rosa.user)

    assert show_reader(stage.db, "bread-lover")[0].reader == rui.user.id
    with pytest.raises(NotKnown):
        show_reader(stage.db, "crumbs")


@pytest.mark.parametrize(
    "handle", ["", "ab", "1abc", "-abc", "abc-", "a--b", "rosa@reads", "a b c", "ärger", "x" * 31, "operator", "../x"]
)
def test_a_name_that_will_not_do_is_refused(stage: Stage, rosa: Person, handle: str) -> None:
    with pytest.raises(BadHandle):
        publishes(rosa, handle)
    assert look_at_own_page(stage.db, reader=rosa.user) is None
