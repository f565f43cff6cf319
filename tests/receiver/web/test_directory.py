"""The pages of passers-by: search, feeds, things, the cut, and sums that point to nobody."""

import re
from dataclasses import replace
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from receiver.app import build_app
from receiver.domain.month import Month
from receiver.web.parts import Parts
from tests.receiver.cast import Blog, Page, Person, Stage
from tests.receiver.web.browser import Browser, text_of

ATOM = "{http://www.w3.org/2005/Atom}"
SEPTEMBER = Month(2026, 9)


@pytest.fixture
def rye(bread: Blog, rosa: Person) -> Page:
    page = bread.post_titled("rye", "Rye & Wheat", category="Bread", tags=("sour dough",), language="de")
    rosa.clicks(page)
    return page


@pytest.fixture
def crowd(stage: Stage) -> list[Person]:
    """Four readers with money."""
    people = [stage.person(f"reader{number}@reads.example") for number in range(4)]
    for person in people:
        person.pledges("5.00")
        person.pays("20.00")
    return people


def test_a_thing_is_found_and_leads_to_its_confirm_page(anybody: Browser, rosas: Browser, rye: Page) -> None:
    found = anybody.get("/things?q=wheat")
    page = anybody.get(re.findall(r'href="(/things/\d+)"', found.text)[0])
    confirm = anybody.get(re.findall(r'href="(/q/[^"]+)" rel', page.text)[0])

    assert "Rye & Wheat" in text_of(found)
    assert all(
        words in text_of(page) for words in ("Rye & Wheat", "German", "Bread", "sour dough", "bread.example/rye")
    )
    assert "How often it was clicked is shown once three readers" in text_of(page)
    assert "Sign in to flattr this" in text_of(confirm)
    assert anybody.follow(anybody.get(f"/things/{rye.thing}/flattr")).text == confirm.text


def test_a_reader_clicks_gives_and_subscribes_from_the_page_of_a_thing(
    stage: Stage, app, rui: Person, rye: Page
) -> None:
    rui.pays("9.00")
    ruis = Browser(app).of(rui)
    page = f"/things/{rye.thing}"

    refused = ruis.post("/f/give", {"thing": rye.thing, "page": "thing", "amount": "x", "once": "a"})
    given = ruis.post("/f/give", {"thing": rye.thing, "page": "thing", "amount": "1.00", "once": "b"})
    subscribed = ruis.post("/f/subscribe", {"thing": rye.thing, "months": "3"})

    assert refused.status_code == 422
    assert 'value="x"' in refused.text
    assert "More than a click" in text_of(refused)
    assert (given.status_code, subscribed.status_code) == (303, 303)
    assert "You subscribe to this" in text_of(ruis.get(page))


def test_creators_are_not_asked_to_flattr_themselves(carlas: Browser, rye: Page) -> None:
    page = carlas.get(f"/things/{rye.thing}")

    assert "nobody can flattr themselves" in text_of(page)
    assert "Flattr this" not in text_of(page)


def test_what_is_hidden_or_not_verified_has_no_page(anybody: Browser, rosa: Person, bread: Blog, carla: Person) -> None:
    waiting = carla.registers("https://waits.example/", is_approved=False).post("a")
    hidden = bread.post("diary", hidden=True)
    rosa.clicks(waiting, hidden)

    for page in (waiting, hidden):
        assert anybody.get(f"/things/{page.thing}").status_code == 404
        assert anybody.get(f"/things/{page.thing}/flattr").status_code == 404
    assert anybody.get("/things/x").status_code == 422


def test_chosen_filters_stay_through_search_and_can_be_taken_off(anybody: Browser, rye: Page) -> None:
    page = anybody.get("/things?tag=sour+dough&q=rye&sort=clicked")

    assert '<input type="hidden" name="tag" value="sour dough">' in page.text
    assert 'href="/things?q=rye&amp;sort=clicked"' in page.text
    assert 'href="/things?q=rye&amp;tag=sour+dough"' in page.text
    assert 'href="/things.atom?q=rye&amp;tag=sour+dough&amp;sort=clicked"' in page.text
    assert "Rye & Wheat" in text_of(page)


def test_empty_lists_tell_what_to_do(anybody: Browser) -> None:
    assert "Register your blog" in text_of(anybody.get("/things"))
    assert "Show all things" in text_of(anybody.get("/things?q=nothing"))
    assert "A search needs a word" in text_of(anybody.get("/things?q=%22*"))
    assert "Show all sites" in text_of(anybody.get("/sites?q=nothing"))
    assert "No month is closed yet" in text_of(anybody.get("/statistics"))
    assert "No month is closed yet" in text_of(anybody.get("/fee"))
    assert "This month is not closed yet" in text_of(anybody.get("/statistics/2026-09"))


@pytest.mark.parametrize("query", ["'", '"', "\x00", "%00", "🤷", "a" * 1_000, "' or 1=1 --", "\ud800"])
def test_no_query_breaks_a_page_or_a_feed(anybody: Browser, rye: Page, query: str) -> None:
    asked = quote(query, errors="surrogatepass")
    for path in ("/things", "/things.atom", "/sites", "/sites.atom"):
        answer = anybody.get(
            f"{path}?q={asked}&category={asked}&tag={asked}&language={asked}&site={asked}&sort={asked}"
        )
        assert answer.status_code == 200
        if path.endswith("atom"):
            ElementTree.fromstring(answer.content)


def test_a_feed_is_an_atom_feed(anybody: Browser, rye: Page) -> None:
    answer = anybody.get("/things.atom?tag=sour+dough")
    feed = ElementTree.fromstring(answer.content)
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None

    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert links["self"] == feed.findtext(f"{ATOM}id") == "https://flattr.example/things.atom?tag=sour+dough"
    assert links["alternate"] == "https://flattr.example/things?tag=sour+dough"
    assert feed.findtext(f"{ATOM}title") == "New things on Flattr: sour dough"
    assert feed.findtext(f"{ATOM}updated") == entry.findtext(f"{ATOM}updated") == "2026-09-03T00:00:00Z"
    assert entry.findtext(f"{ATOM}title") == "Rye & Wheat"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Bread"
    assert entry.findtext(f"{ATOM}id") == f"https://flattr.example/things/{rye.thing}"
    assert {link.get("rel"): link.get("href") for link in entry.findall(f"{ATOM}link")}["alternate"] == rye.url
    assert [category.get("term") for category in entry.findall(f"{ATOM}category")] == ["Bread", "sour dough"]


def test_a_feed_that_is_as_it_was_is_not_sent_again(anybody: Browser, rosa: Person, bread: Blog, rye: Page) -> None:
    first = anybody.get("/things.atom")
    same = anybody.get("/things.atom", if_none_match=f'"x", W/{first.headers["etag"]}')
    rosa.clicks(bread.post("spelt"))
    other = anybody.get("/things.atom", if_none_match=first.headers["etag"])

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (other.status_code, other.headers["etag"] != first.headers["etag"]) == (200, True)
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in first.headers["vary"].split(",")}


def test_a_title_that_xml_cannot_hold_breaks_no_feed(anybody: Browser, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post_titled("a", "]]> & <b> \ufffe \u202e end"))

    feed = ElementTree.fromstring(anybody.get("/things.atom").content)

    assert "end" in (feed.findtext(f"{ATOM}entry/{ATOM}title") or "")


def test_pages_name_their_one_address_and_what_they_are(anybody: Browser, rye: Page, bread: Blog) -> None:
    for path in (f"/things/{rye.thing}", f"/sites/{bread.key.site}", "/things?tag=x", "/fee", "/statistics", "/"):
        page = anybody.get(path).text
        assert f'<link rel="canonical" href="https://flattr.example{path}">' in page
        assert '<meta property="og:title" content="' in page
    assert 'href="https://flattr.example/things?tag=x"' in anybody.get("/things?tag=x&after=0-99").text


def test_crawlers_are_kept_from_confirm_pages(anybody: Browser) -> None:
    rules = anybody.get("/robots.txt").text

    assert {"Disallow: /f/", "Disallow: /s/", "Disallow: /me"} <= set(rules.splitlines())


def test_every_page_leads_to_the_cut_and_the_statistics(anybody: Browser) -> None:
    page = anybody.get("/sign-in").text

    assert all(f'<a href="{path}">' in page for path in ("/", "/things", "/fee", "/statistics"))


def test_the_example_of_the_cut_adds_up_to_the_micro(anybody: Browser) -> None:
    page = text_of(anybody.get("/fee"))

    assert "Cut of 10 % 0.50 EUR" in page
    assert "7 shares of 0.642857 EUR 4.499999 EUR" in page
    assert "0.000001 EUR" in page


def test_an_operator_tells_what_the_cut_is_spent_on(parts: Parts) -> None:
    words = "A server: 9 EUR.\n\nThe rest: <b>stamps</b>."
    told = replace(parts, settings=parts.settings.model_copy(update={"fee_words": words}))

    page = Browser(build_app(told)).get("/fee")

    assert "<p>A server: 9 EUR.</p>" in page.text
    assert "&lt;b&gt;stamps" in page.text
    assert "has not said so yet" not in page.text


def test_a_month_of_fewer_than_three_readers_shows_nothing(
    stage: Stage, anybody: Browser, crowd: list[Person], bread: Blog, radio: Blog
) -> None:
    for person in crowd[:2]:
        person.clicks(bread.post("rye"), radio.post("valve"))
    stage.close(SEPTEMBER)

    month, whole = text_of(anybody.get("/statistics/2026-09")), text_of(anybody.get("/statistics"))
    (told,) = anybody.get("/statistics.json").json()["months"]

    assert "Fewer than three readers gave in this month" in month
    assert "fewer than three readers" in whole
    assert "of fewer than three" in text_of(anybody.get("/fee"))
    assert not re.search(r"\d EUR", month + whole.partition("Month by month")[2].partition("A closed month")[0])
    assert {name for name, value in told.items() if value is not None} == {"month"}


def test_money_of_fewer_than_three_creators_is_not_shown(
    stage: Stage, anybody: Browser, crowd: list[Person], bread: Blog, radio: Blog
) -> None:
    for person in crowd:
        person.clicks(bread.post("rye"), radio.post("valve"))
    stage.close(SEPTEMBER)

    (told,) = anybody.get("/statistics.json").json()["months"]

    assert told == {
        "month": "2026-09", "readers": 4, "clicks": 8, "things": 2, "sites": 2,
        "given_micros": None, "cut_micros": None,
    }  # fmt: skip
    assert "fewer than three creators" in text_of(anybody.get("/statistics/2026-09"))


def test_a_month_of_many_tells_its_sums_and_counts_nothing_of_few(
    stage: Stage, anybody: Browser, crowd: list[Person], bread: Blog, radio: Blog
) -> None:
    clay = stage.person("dora@writes.example").registers("https://clay.example/")
    for person in crowd:
        person.clicks(bread.post("rye"), radio.post("valve"))
    crowd[0].clicks(clay.post("kiln"))
    crowd[1].gives(bread.post("rye"), "1.00")
    stage.close(SEPTEMBER)

    (told,) = anybody.get("/statistics.json").json()["months"]
    page = text_of(anybody.get("/statistics/2026-09"))

    assert told["given_micros"] + told["cut_micros"] == 21_000_000
    assert told["cut_micros"] == 2_100_000
    assert (told["readers"], told["clicks"], told["things"], told["sites"]) == (4, 8, 2, 2)
    assert "Given to creators 18.90 EUR" in page
    assert "2.10 EUR" in text_of(anybody.get("/fee"))
    assert "4 clicks" in text_of(anybody.get("/things?sort=clicked"))


def test_plots_stand_beside_the_table_from_the_second_month_on(
    stage: Stage, anybody: Browser, crowd: list[Person], bread: Blog
) -> None:
    pages = []
    for month in (SEPTEMBER, SEPTEMBER.plus(1)):
        for person in crowd:
            person.clicks(bread.post("rye"))
        stage.close(month)
        pages.append(anybody.get("/statistics").text)

    assert ["<svg class=" in page.partition("<main")[2] or 'class="plot"' in page for page in pages] == [False, True]
    assert "October 2026" in pages[1]
