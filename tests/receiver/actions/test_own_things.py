"""A creator finds things by words and order, sees what each was clicked and got, and prints a code of its button."""

import pytest

from flattr_button import RetiredKey
from receiver.actions.close_month import close_month_stepwise
from receiver.actions.find_own_things import FoundThings, Order, find_own_things
from receiver.actions.open_button import open_button
from receiver.actions.open_printed_code import open_printed_code, printed_code
from receiver.actions.register_site import replace_leaked_site_key, rotate_site_key
from receiver.actions.show_own_thing import ShownThing, show_own_thing
from receiver.domain.errors import NotAllowed, NotKnown
from receiver.domain.month import Month
from receiver.store import things
from tests.receiver.cast import Blog, Page, Person, Stage, at, eur

SEPTEMBER = Month(2026, 9)
OCTOBER = SEPTEMBER.plus(1)


def find(stage: Stage, owner: Person, blog: Blog, **how: object) -> FoundThings:
    month = Month.of(stage.now)
    return find_own_things(stage.db, owner=owner.user, site=blog.key.site, month=month, **how)  # type: ignore[arg-type]


def show(stage: Stage, owner: Person, blog: Blog, page: Page) -> ShownThing:
    month = Month.of(stage.now)
    return show_own_thing(stage.db, stage.keys, owner=owner.user, site=blog.key.site, thing=page.thing, month=month)


def slugs(found: FoundThings) -> list[str]:
    return [line.thing.url.rstrip("/").rpartition("/")[2] for line in found.page.rows]


def readers(stage: Stage, count: int) -> list[Person]:
    people = []
    for number in range(count):
        person = stage.person(f"reader{number}@reads.example")
        person.pledges("2.00")
        person.pays("4.00")
        people.append(person)
    return people


def test_words_are_searched_in_title_and_address(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    rosa.clicks(*bread.posts("rye-crust oat-crust"), bread.post("müsli"))

    assert slugs(find(stage, carla, bread, words="CRUST rye")) == ["rye-crust"]
    assert sorted(slugs(find(stage, carla, bread, words="crust"))) == ["oat-crust", "rye-crust"]
    assert len(slugs(find(stage, carla, bread, words="MÜSLI"))) == 1
    assert len(slugs(find(stage, carla, bread, words="bread.example/m"))) == 1
    nothing = find(stage, carla, bread, words="wheat")
    assert (nothing.found, nothing.total, nothing.page.rows) == (0, 3, [])


def test_things_come_in_the_order_that_is_asked_for(stage: Stage, carla: Person, bread: Blog) -> None:
    one, another, third = readers(stage, 3)
    for person in (one, another, third):
        person.clicks(bread.post("once-loved"))
    stage.close(SEPTEMBER)
    one.clicks(bread.post("apples"))
    stage.now = at("2026-10-20")
    one.clicks(bread.post("zebra"))
    another.clicks(bread.post("apples"))

    orders = {order: slugs(find(stage, carla, bread, order=order)) for order in Order}

    assert orders == {
        Order.NEWEST: ["zebra", "apples", "once-loved"],
        Order.TITLE: ["apples", "once-loved", "zebra"],
        Order.CLICKED_THIS_MONTH: ["apples", "zebra", "once-loved"],
        Order.CLICKED_EVER: ["once-loved", "apples", "zebra"],
    }
    assert [(line.this_month, line.ever) for line in find(stage, carla, bread).page.rows] == [(1, 1), (2, 2), (0, 3)]


def test_a_month_in_the_middle_of_its_close_counts_once(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    stage.now = at("2026-10-02")
    for progress in close_month_stepwise(stage.db, stage.rules, SEPTEMBER, now=stage.now):
        if progress.step == "creators":
            break

    assert [line.ever for line in find(stage, carla, bread).page.rows] == [1]
    stage.close(SEPTEMBER)
    assert [line.ever for line in find(stage, carla, bread).page.rows] == [1]


def test_a_long_list_comes_in_pages(
    stage: Stage, rosa: Person, carla: Person, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("receiver.actions.find_own_things.PAGE_SIZE", 2)
    rosa.clicks(*bread.posts("a b c"))

    pages = [find(stage, carla, bread, order=Order.TITLE, page=number) for number in (1, 2, 3)]

    assert [(slugs(found), found.page.has_next) for found in pages] == [(["a", "b"], True), (["c"], False), ([], False)]


def test_nobody_searches_another_ones_site(stage: Stage, cem: Person, rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    rosa.clicks(rye)

    with pytest.raises(NotAllowed):
        find(stage, cem, bread)
    with pytest.raises(NotAllowed):
        show(stage, cem, bread, rye)


def test_a_thing_of_another_site_is_not_shown_under_this_one(
    stage: Stage, rosa: Person, carla: Person, cem: Person, bread: Blog, radio: Blog
) -> None:
    rosa.clicks(radio.post("valves"))

    with pytest.raises(NotKnown):
        show(stage, carla, bread, radio.post("valves"))


def test_a_thing_shows_clicks_of_each_month_and_sums_of_three_readers(stage: Stage, carla: Person, bread: Blog) -> None:
    one, another, third = readers(stage, 3)
    rye = bread.post("rye")
    for person in (one, another, third):
        person.clicks(rye)
    stage.close(SEPTEMBER)
    one.clicks(rye)
    stage.close(OCTOBER)
    stage.now = at("2026-12-05")
    another.clicks(rye)

    shown = show(stage, carla, bread, rye)

    assert [(str(row.month), row.clicks, row.amount) for row in shown.months] == [
        ("2026-12", 1, None), ("2026-11", 0, None), ("2026-10", 1, None), ("2026-09", 3, eur("5.40")),
    ]  # fmt: skip
    assert (shown.income, shown.clicks_ever, shown.has_hidden_months) == (eur("5.40"), 5, True)


def test_a_thing_hides_what_the_statement_of_the_month_hides(stage: Stage, carla: Person, bread: Blog) -> None:
    people = readers(stage, 4)
    people[0].clicks(bread.post("private"))
    for person in people[1:]:
        person.clicks(bread.post("popular"), bread.post("read-too"))
    people[0].clicks(bread.post("read-too"))
    stage.close(SEPTEMBER)

    for slug in ("private", "popular", "read-too"):
        page = bread.post(slug)
        (line,) = [line for line in carla.income(SEPTEMBER).things if line.thing.id == page.thing]
        assert show(stage, carla, bread, page).months[-1].amount == line.amount


def test_a_printed_code_opens_the_button_of_its_thing(stage: Stage, rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye", category="bread", tags=["rye"], language="de", stable_id="post-7", hidden=True)
    rosa.clicks(rye)

    token = open_printed_code(stage.db, stage.keys, rye.code, now=stage.now)
    opened = open_button(stage.db, stage.keys, token, reader=None, now=stage.now)

    assert (opened.thing.id, opened.claim.url, opened.claim.id) == (rye.thing, rye.url, "post-7")
    assert (opened.claim.language, opened.claim.tags, opened.claim.hidden) == ("de", ("rye",), True)


def test_a_printed_code_outlives_the_keys_of_its_site(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    rosa.clicks(rye)
    code, thing = rye.code, rye.thing
    about = {"owner": carla.user, "site": bread.key.site, "now": stage.now}
    rotate_site_key(stage.db, stage.keys, generation=1, **about)  # type: ignore[arg-type]
    replace_leaked_site_key(stage.db, stage.keys, generation=2, **about)  # type: ignore[arg-type]

    token = open_printed_code(stage.db, stage.keys, code, now=stage.now)

    with pytest.raises(RetiredKey):
        open_button(stage.db, stage.keys, rye.token, reader=None, now=stage.now)
    assert open_button(stage.db, stage.keys, token, reader=None, now=stage.now).thing.id == thing


def test_a_page_that_a_link_named_has_a_code_too(stage: Stage, rosa: Person, bread: Blog) -> None:
    thing = int(rosa.clicks_named(bread.site_token, "https://bread.example/oats/").click_id.partition("-")[2])
    with stage.db.reading() as connection:
        code = printed_code(connection, stage.keys, things.get(connection, thing))

    token = open_printed_code(stage.db, stage.keys, code, now=stage.now)

    assert open_button(stage.db, stage.keys, token, reader=None, now=stage.now).thing.id == thing


def test_codes_cannot_be_guessed_or_counted_through(stage: Stage, rosa: Person, bread: Blog) -> None:
    rye, oats = bread.posts("rye oats")
    rosa.clicks(rye, oats)
    mark = rye.code.partition("-")[2]

    wrong = [f"{oats.thing}-{mark}", f"{rye.thing}-{'a' * 16}", f"999-{mark}", f"{'9' * 30}-{mark}", f"{rye.thing}-"]
    wrong += ["", "x", f"0{rye.code}", f"{rye.code}a", rye.code.upper()]

    for code in wrong:
        with pytest.raises(NotKnown):
            open_printed_code(stage.db, stage.keys, code, now=stage.now)
