"""Pages that a site token names: the thing comes with the first click, and its page is looked at once, afterwards."""

import contextlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flattr_button import BadUrl, ForgedToken, MalformedToken, OutsideScope, RetiredSiteToken, UnknownSite
from receiver.actions import click_named_page as limits
from receiver.actions.click_named_page import (
    NAMED_PER_SITE_MAX,
    NEW_PER_READER_AND_HOUR,
    NEW_PER_SITE_AND_HOUR,
)
from receiver.actions.genuine import Genuine
from receiver.actions.look_at_named_pages import PAUSES, look_at_named_pages
from receiver.actions.open_button import OpenedButton
from receiver.actions.open_named_page import name_of_page, open_named_page
from receiver.actions.register_site import replace_leaked_site_key, rotate_site_key
from receiver.actions.show_directory import list_newest_things
from receiver.domain.errors import AddressMissing, BadClickToken, OwnThing, TooMany
from receiver.domain.month import Month
from receiver.domain.thing import Thing
from receiver.store import named_things, things
from tests.fakes.database import dump
from tests.fakes.pages import Pages
from tests.receiver.cast import Blog, Person, Stage

SEPTEMBER = Month(2026, 9)
RYE = "https://bread.example/2026/rye/"
OTHER_RYE = "https://bread.example/rye-bread/"


@pytest.fixture
def pages() -> Pages:
    return Pages()


@pytest.fixture
def look(stage: Stage, pages: Pages) -> Callable[[], int]:
    return lambda: look_at_named_pages(stage.db, pages, now=stage.now)


def opened(stage: Stage, blog: Blog, url: str, *, reader: Person | None = None, referrer: str = "") -> OpenedButton:
    return open_named_page(
        stage.db,
        stage.keys,
        blog.site_token,
        address=url,
        referrer=referrer,
        reader=reader.user if reader else None,
        now=stage.now,
    )


def thing_at(stage: Stage, blog: Blog, url: str) -> Thing:
    thing = opened(stage, blog, url).thing
    assert thing is not None
    return thing


def html(title: str, *, canonical: str = "") -> bytes:
    return f'<html lang="en"><title>{title}</title><link rel="canonical" href="{canonical}"></html>'.encode()


def _settled(stage: Stage) -> list[str]:
    return [row for row in dump(stage.db).splitlines() if "_settlements " in row]


def test_looking_at_a_link_writes_nothing(stage: Stage, bread: Blog) -> None:
    before = dump(stage.db)

    button = opened(stage, bread, RYE)

    assert (button.thing, button.title, button.is_unseen) == (None, "bread.example/2026/rye", True)
    assert dump(stage.db) == before


def test_the_first_click_makes_the_thing_and_the_second_finds_it(
    stage: Stage, rosa: Person, rui: Person, bread: Blog
) -> None:
    first = rosa.clicks_named(bread.site_token, RYE)
    again = rosa.clicks_named(bread.site_token, RYE)
    other = rui.clicks_named(bread.site_token, RYE)

    assert (first.is_new, again.is_new, other.is_new) == (True, False, True)
    assert first.click_id == again.click_id == other.click_id
    assert [line.thing.url for line in rosa.month(SEPTEMBER).lines] == [RYE]


def test_many_spellings_are_one_page(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks_named(bread.site_token, RYE)

    for spelling in ("HTTPS://Bread.example:443/2026/rye/", f"{RYE}?utm_source=mail&fbclid=1", f"{RYE}#top"):
        assert thing_at(stage, bread, spelling).url == RYE


def test_the_month_pays_the_owner_of_the_scope(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    rosa.clicks_named(bread.site_token, RYE)

    stage.close(SEPTEMBER)

    assert carla.earned == 9_000_000


def test_a_click_on_a_site_that_waits_for_its_word_waits_too(stage: Stage, rosa: Person, carla: Person) -> None:
    late = carla.registers("https://late.example/", is_approved=False)
    rosa.clicks_named(late.site_token, "https://late.example/post/")

    late.is_approved()
    stage.close(SEPTEMBER)

    assert carla.earned == 9_000_000


@pytest.mark.parametrize(
    "address",
    ["https://radio.example/notes/", "http://bread.example/rye/", "https://bread.example.evil.example/"],
)
def test_an_address_outside_the_scope_is_refused(address: str, stage: Stage, rosa: Person, bread: Blog) -> None:
    with pytest.raises(OutsideScope):
        opened(stage, bread, address)
    with pytest.raises(OutsideScope):
        rosa.clicks_named(bread.site_token, address)


def test_an_address_that_is_none_is_refused(stage: Stage, bread: Blog) -> None:
    for address in ("rye", "https://bread.example\\@evil.example/", "https://bread.example/..%2Fup/", "https://a b/"):
        with pytest.raises(BadUrl):
            opened(stage, bread, address)


def test_a_page_inside_somebody_elses_scope_is_not_named(stage: Stage, cem: Person, bread: Blog) -> None:
    cem.registers("https://bread.example/cem/")

    with pytest.raises(OutsideScope):
        opened(stage, bread, "https://bread.example/cem/post/")


def test_nobody_clicks_their_own(carla: Person, bread: Blog) -> None:
    with pytest.raises(OwnThing):
        carla.clicks_named(bread.site_token, RYE)


def test_without_an_address_the_page_is_where_the_reader_comes_from(stage: Stage, bread: Blog) -> None:
    assert opened(stage, bread, "", referrer=f"{RYE}?utm_medium=x").claim.url == RYE


@pytest.mark.parametrize(
    "referrer",
    ["", "https://bread.example/", "https://bread.example", "https://mail.example/inbox/", "about:blank", "\\"],
)
def test_a_link_that_does_not_say_its_page_is_told_what_is_missing(referrer: str, stage: Stage, bread: Blog) -> None:
    with pytest.raises(AddressMissing, match=r"needs u= and the address of a page of https://bread\.example/"):
        opened(stage, bread, "", referrer=referrer)


def test_a_token_retires_with_the_key_of_its_generation(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    old, about = bread.site_token, {"owner": carla.user, "site": bread.key.site}
    rotate_site_key(stage.db, stage.keys, **about, generation=1, now=stage.now)  # type: ignore[arg-type]
    newer = bread.site_token

    rosa.clicks_named(old, RYE)
    rosa.clicks_named(newer, RYE)
    replace_leaked_site_key(stage.db, stage.keys, **about, generation=2, now=stage.now)  # type: ignore[arg-type]

    assert len({old, newer, bread.site_token}) == 3
    for retired in (old, newer):
        with pytest.raises(RetiredSiteToken, match="put the new one into the template"):
            rosa.clicks_named(retired, RYE)


def test_a_token_of_nobody_is_refused(stage: Stage, rosa: Person, bread: Blog, radio: Blog) -> None:
    signature = radio.site_token.rpartition("_")[2]
    for token, error in (
        ("fst1_SITE_TOKEN", MalformedToken),
        (bread.post("rye").token, MalformedToken),
        (f"fst1_nobodysite_1_{signature}", UnknownSite),
        (f"fst1_{bread.key.site}_2_{signature}", UnknownSite),
        (f"fst1_{bread.key.site}_1_{signature}", ForgedToken),
    ):
        with pytest.raises(error):
            rosa.clicks_named(token, RYE)


def test_a_click_token_is_good_for_its_own_page_alone(stage: Stage, rosa: Person, bread: Blog) -> None:
    page = bread.post("rye")

    with pytest.raises(BadClickToken):
        limits.click_named_page(
            stage.db, stage.keys, reader=rosa.user, session=rosa.session, site_token=bread.site_token, url=page.url,
            click_token=rosa.opens(page), now=stage.now, genuine=Genuine(),
        )  # fmt: skip


def test_the_start_page_is_the_site_as_a_whole(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks_named(bread.site_token, "https://bread.example/")

    assert [line.thing.title for line in rosa.month(SEPTEMBER).lines] == ["Bread"]


def test_a_page_with_a_signed_button_is_the_thing_of_that_button(
    stage: Stage, rosa: Person, rui: Person, bread: Blog
) -> None:
    plain, stable = bread.post("plain"), bread.post("stable", stable_id="post-17")
    rosa.clicks(plain, stable)

    for page in (plain, stable):
        rui.clicks_named(bread.site_token, page.url)
        assert thing_at(stage, bread, page.url).id == page.thing

    assert {line.thing.title for line in rui.month(SEPTEMBER).lines} == {"About plain", "About stable"}


def test_a_signed_button_takes_over_a_thing_that_was_named(
    stage: Stage, rosa: Person, rui: Person, bread: Blog, pages: Pages, look: Callable[[], int]
) -> None:
    page = bread.post("rye")
    rosa.clicks_named(bread.site_token, page.url)

    rui.clicks(page)
    pages.body_by_url[page.url] = html("A title of the theme")
    look()

    assert thing_at(stage, bread, page.url).title == "About rye"
    assert thing_at(stage, bread, page.url).id == page.thing


def test_until_its_page_was_looked_at_a_thing_is_in_no_directory(
    stage: Stage, rosa: Person, bread: Blog, pages: Pages, look: Callable[[], int]
) -> None:
    rosa.clicks_named(bread.site_token, RYE)
    before = list_newest_things(stage.db, limit=9)

    pages.body_by_url[RYE] = html("Rye &amp; butter")
    assert look() == 1

    assert before == []
    assert [(thing.title, thing.language) for thing in list_newest_things(stage.db, limit=9)] == [
        ("Rye & butter", "en")
    ]
    assert not opened(stage, bread, RYE).is_unseen


def test_a_page_is_looked_at_once(
    rosa: Person, rui: Person, bread: Blog, pages: Pages, look: Callable[[], int]
) -> None:
    rosa.clicks_named(bread.site_token, RYE)
    pages.body_by_url[RYE] = html("Rye")

    look()
    rui.clicks_named(bread.site_token, RYE)
    look()

    assert pages.asked == [RYE]


def test_pages_of_a_site_that_is_not_verified_are_not_looked_at(
    stage: Stage, rosa: Person, carla: Person, pages: Pages, look: Callable[[], int]
) -> None:
    late = carla.registers("https://late.example/", is_approved=False)
    rosa.clicks_named(late.site_token, "https://late.example/post/")

    look()
    assert pages.asked == []

    late.is_approved()
    look()
    assert pages.asked == ["https://late.example/post/"]


def test_a_page_that_cannot_be_fetched_is_tried_again_and_given_up(
    stage: Stage, rosa: Person, bread: Blog, pages: Pages, look: Callable[[], int]
) -> None:
    rosa.clicks_named(bread.site_token, RYE)

    for pause in PAUSES:
        look()
        stage.now += pause - timedelta(seconds=1)
        look()
        stage.now += timedelta(seconds=1)
    look()
    stage.now += timedelta(days=400)
    look()

    assert len(pages.asked) == len(PAUSES) + 1
    assert thing_at(stage, bread, RYE).title == "bread.example/2026/rye"
    assert list_newest_things(stage.db, limit=9) == []


def test_a_page_may_give_its_own_address_and_both_lead_to_one_thing(
    stage: Stage, rosa: Person, rui: Person, bread: Blog, pages: Pages, look: Callable[[], int]
) -> None:
    receipt = rosa.clicks_named(bread.site_token, RYE)
    pages.body_by_url[RYE] = html("Rye", canonical="/rye-bread/?utm_source=theme")
    look()

    assert rui.clicks_named(bread.site_token, OTHER_RYE).click_id == receipt.click_id
    assert rui.clicks_named(bread.site_token, RYE).is_new is False
    assert thing_at(stage, bread, RYE).url == OTHER_RYE


def test_a_signed_button_at_the_own_address_finds_the_thing(
    stage: Stage, rosa: Person, bread: Blog, pages: Pages, look: Callable[[], int]
) -> None:
    page = bread.post("rye-bread")
    rosa.clicks_named(bread.site_token, RYE)
    pages.body_by_url[RYE] = html("Rye", canonical=page.url)
    look()

    assert rosa.clicks(page).is_new is False
    assert thing_at(stage, bread, RYE).title == "About rye-bread"


def test_a_page_that_is_known_already_gets_the_later_clicks(
    stage: Stage, rosa: Person, rui: Person, carla: Person, bread: Blog, pages: Pages, look: Callable[[], int]
) -> None:
    page = bread.post("rye-bread")
    rosa.clicks(page)
    first = rosa.clicks_named(bread.site_token, RYE)
    pages.body_by_url[RYE] = html("Rye", canonical=page.url)
    look()

    later = rui.clicks_named(bread.site_token, RYE)

    assert later.click_id != first.click_id
    assert thing_at(stage, bread, RYE).id == page.thing
    assert {line.thing.title for line in rosa.month(SEPTEMBER).lines} == {"About rye-bread", "Rye"}
    assert [thing.title for thing in list_newest_things(stage.db, limit=9)] == ["About rye-bread"]
    stage.close(SEPTEMBER)
    assert carla.earned == 9_000_000, "both things are paid to the same creator"


def test_pages_that_lead_to_a_page_that_leads_on_follow_it(
    stage: Stage, rosa: Person, bread: Blog, pages: Pages, look: Callable[[], int]
) -> None:
    page = bread.post("rye-bread")
    rosa.clicks(page)
    middle = "https://bread.example/middle/"
    rosa.clicks_named(bread.site_token, RYE)
    rosa.clicks_named(bread.site_token, middle)
    pages.body_by_url |= {RYE: html("Rye", canonical=middle), middle: html("Rye", canonical=page.url)}
    look()

    assert {thing_at(stage, bread, url).id for url in (RYE, middle, page.url)} == {page.thing}


@given(address=st.text(max_size=60), tail=st.text(max_size=60), referrer=st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_link_says_it_opens_or_is_refused(
    address: str, tail: str, referrer: str, stage: Stage, bread: Blog
) -> None:
    for named in (address, f"https://bread.example/{tail}"):
        with contextlib.suppress(BadUrl, OutsideScope, AddressMissing):
            assert opened(stage, bread, named, referrer=referrer).claim.url.startswith("https://bread.example/")


def test_what_a_closed_month_gave_stays_where_it_was(
    stage: Stage, rosa: Person, rui: Person, bread: Blog, pages: Pages, look: Callable[[], int]
) -> None:
    page = bread.post("rye-bread")
    rui.clicks(page)
    rosa.clicks_named(bread.site_token, RYE)
    stage.close(SEPTEMBER)
    settled = _settled(stage)

    pages.body_by_url[RYE] = html("Rye", canonical=page.url)
    look()

    assert _settled(stage) == settled != []
    assert [line.thing.title for line in rosa.month(SEPTEMBER).lines] == ["Rye"]


@pytest.mark.parametrize(
    "canonical",
    [
        "https://evil.example/rye/",
        "https://bread.example/",
        "https://bread.example/cem/post/",
        "javascript:alert(1)",
        "https://[",
        "http://bread.example/2026/rye/",
    ],
)
def test_an_own_address_that_is_not_ours_is_not_believed(
    canonical: str, stage: Stage, rosa: Person, cem: Person, bread: Blog, pages: Pages, look: Callable[[], int]
) -> None:
    cem.registers("https://bread.example/cem/")
    rosa.clicks_named(bread.site_token, RYE)
    pages.body_by_url[RYE] = html("Rye", canonical=canonical)

    look()

    assert thing_at(stage, bread, RYE).url == RYE
    assert thing_at(stage, bread, RYE).title == "Rye"


def test_a_title_is_cleaned_and_a_page_without_one_keeps_its_address(
    stage: Stage, rosa: Person, bread: Blog, pages: Pages, look: Callable[[], int]
) -> None:
    for slug, title in (("turned", "Rye\u202e daerb\n  now"), ("empty", " \u200b ")):
        url = f"https://bread.example/{slug}/"
        rosa.clicks_named(bread.site_token, url)
        pages.body_by_url[url] = html(title)
    look()

    assert thing_at(stage, bread, "https://bread.example/turned/").title == "Rye daerb now"
    assert thing_at(stage, bread, "https://bread.example/empty/").title == "bread.example/empty"


def test_a_reader_names_few_new_pages_an_hour(stage: Stage, rosa: Person, rui: Person, bread: Blog) -> None:
    for number in range(NEW_PER_READER_AND_HOUR):
        rosa.clicks_named(bread.site_token, f"https://bread.example/{number}/")

    with pytest.raises(TooMany):
        rosa.clicks_named(bread.site_token, RYE)
    rosa.clicks_named(bread.site_token, "https://bread.example/0/")
    rui.clicks_named(bread.site_token, RYE)
    rosa.clicks_named(bread.site_token, RYE)

    stage.now += timedelta(hours=1)
    rosa.clicks_named(bread.site_token, OTHER_RYE)


@pytest.mark.parametrize(
    ("limit", "sentence"), [("NEW_PER_SITE_AND_HOUR", "within an hour"), ("NAMED_PER_SITE_MAX", "signed buttons")]
)
def test_a_site_has_few_new_pages_an_hour_and_not_too_many_in_all(
    limit: str, sentence: str, rosa: Person, rui: Person, bread: Blog, radio: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, limit, 2)
    rosa.clicks_named(bread.site_token, RYE)
    rosa.clicks_named(bread.site_token, OTHER_RYE)

    with pytest.raises(TooMany, match=sentence):
        rui.clicks_named(bread.site_token, "https://bread.example/third/")
    rui.clicks_named(bread.site_token, RYE)
    rui.clicks_named(radio.site_token, "https://radio.example/notes/valves/")


def test_the_limits_leave_room_for_signed_buttons() -> None:
    assert NEW_PER_READER_AND_HOUR < NEW_PER_SITE_AND_HOUR
    assert NAMED_PER_SITE_MAX * 2 <= 10_000


def test_a_page_is_remembered_as_genuine_only_when_nothing_can_change_it(
    stage: Stage, rosa: Person, bread: Blog, pages: Pages, look: Callable[[], int]
) -> None:
    genuine, name = Genuine(), name_of_page(bread.site_token, RYE)
    for _ in range(2):
        rosa.clicks_named(bread.site_token, RYE, genuine=genuine)
    assert genuine.buttons.get(name) is None

    pages.body_by_url[RYE] = html("Rye")
    look()
    rosa.clicks_named(bread.site_token, RYE, genuine=genuine)

    button = genuine.buttons.get(name)
    assert button is not None
    assert button.thing == thing_at(stage, bread, RYE).id


def test_a_look_that_was_cut_off_is_made_again(
    stage: Stage, rosa: Person, bread: Blog, pages: Pages, look: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rosa.clicks_named(bread.site_token, RYE)
    pages.body_by_url[RYE] = html("Rye", canonical=OTHER_RYE)
    for step in ("add_alias", "change"):
        with monkeypatch.context() as broken:
            broken.setattr(things, step, lambda *_args, **_about: 1 // 0)
            with pytest.raises(ZeroDivisionError):
                look()
        with stage.db.reading() as connection:
            assert named_things.is_unseen(connection, thing_at(stage, bread, RYE).id)

    look()

    assert thing_at(stage, bread, OTHER_RYE).title == "Rye"
