"""The page on which a creator lets other programs be told: endpoints, messages, and the feed."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import feedparser
import pytest
from standardwebhooks import Webhook

from receiver.app import build_parts, keep_house
from receiver.domain.month import Month
from receiver.gateways.messages import LoopbackMessageSender
from receiver.settings import Settings
from receiver.web.parts import Parts
from tests.fakes.database import dump
from tests.fakes.endpoint import ListeningEndpoint
from tests.receiver.cast import Blog, Person, Stage, at
from tests.receiver.hooks import SENDER
from tests.receiver.web.browser import Browser, text_of
from tests.receiver.web.test_markup import faults_of

EVENTS = {"click.counted": "on", "month.closed": "on", "site.verified": "on"}


@pytest.fixture
def parts(parts: Parts) -> Parts:
    """A receiver that may send to this machine."""
    return replace(parts, sender=SENDER)


@pytest.fixture
def here(bread: Blog) -> str:
    return f"/creator/sites/{bread.key.site}/webhooks"


@pytest.fixture
def clicked(stage: Stage, bread: Blog) -> None:
    """Four readers have clicked a thing, and two another."""
    rye, oats = bread.posts("rye oats")
    for number in range(4):
        reader = stage.person(f"reader{number}@reads.example")
        reader.pays("10.00")
        reader.pledges("10.00")
        reader.clicks(rye)
        if number < 2:
            reader.clicks(oats)


def add(browser: Browser, here: str, program: ListeningEndpoint) -> str:
    """Add an endpoint by the form; return the secret that the answer shows."""
    answer = browser.post(here, {"url": program.url, **EVENTS})
    assert answer.status_code == 200, answer.text
    return secret_on(answer.text)


def secret_on(page: str) -> str:
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", unescape(page))
    return secret


def way(page: str, end: str) -> str:
    """Return where the first form of a page goes whose address ends so."""
    return re.findall(rf'action="([^"]+/{end})"', page)[0]


def test_a_creator_adds_an_endpoint_tests_it_and_sees_the_message(
    carlas: Browser, here: str, stage: Stage, program: ListeningEndpoint
) -> None:
    stage.now = datetime.now(UTC)  # the library looks at the clock
    carlas.of(stage.person("carla@writes.example"))
    empty = carlas.get(here)
    secret = add(carlas, here, program)
    page = carlas.follow(carlas.post(way(carlas.get(here).text, "test")))

    (heard,) = program.heard
    assert Webhook(secret).verify(heard.body, heard.headers)
    assert "None yet. Add the address of a program" in text_of(empty)
    assert "webhook.test" in page.text
    assert "delivered" in text_of(page)
    assert "answered 200" in text_of(page)
    assert "whsec_" not in page.text


def test_a_secret_is_shown_on_demand_and_renewed_once(carlas: Browser, here: str, program: ListeningEndpoint) -> None:
    secret = add(carlas, here, program)
    page = carlas.get(here).text

    shown = carlas.post(way(page, "secret"))
    renewed = [carlas.post(way(page, "renew"), {"generation": "1"}) for _ in range(2)]

    assert "whsec_" not in page
    assert secret_on(shown.text) == secret
    first, second = (secret_on(answer.text) for answer in renewed)
    assert first == second != secret
    assert [fault for answer in (shown, *renewed) for fault in faults_of(answer.text)] == []


@pytest.mark.parametrize("url", ["http://hooks.example/", "https://10.0.0.1/x", "nonsense", "https://a.example:8443/"])
def test_an_address_that_cannot_be_is_kept_as_typed_with_what_to_mend(
    url: str, carlas: Browser, here: str, stage: Stage
) -> None:
    before = dump(stage.db)

    answer = carlas.post(here, {"url": url, "month.closed": "on"})

    assert answer.status_code == 422
    assert f'value="{url}"' in answer.text
    assert "https://" in text_of(answer).partition("This did not work:")[2]
    assert re.findall(r'name="([a-z.]+)" checked', answer.text) == ["month.closed"]
    assert faults_of(answer.text) == []
    assert dump(stage.db) == before


def test_dead_failed_and_waiting_messages_are_told_apart_and_sent_again(
    carlas: Browser, here: str, stage: Stage, parts: Parts, bread: Blog, program: ListeningEndpoint
) -> None:
    program.statuses = [500]
    bread.is_withdrawn()
    add(carlas, here, program)
    bread.is_approved()
    keep_house(parts)
    failed = carlas.get(here)
    for _ in range(9):
        stage.now += timedelta(hours=26)
        keep_house(parts)
    dead = carlas.get(here)
    carlas.post(way(dead.text, "on"))  # it was switched off after five days
    program.statuses = [200]
    carlas.follow(carlas.post(way(dead.text, "replay")))
    waiting = carlas.get(here)
    keep_house(parts)
    delivered = carlas.get(here)

    assert "failed; next try 3 Sept 2026, 00:01 UTC" in text_of(failed)
    assert "answered 500" in text_of(failed)
    assert "dead" in text_of(dead)
    assert "waits to be sent" in text_of(waiting)
    assert "delivered" in text_of(delivered)
    assert len({heard.id for heard in program.heard}) == 1
    assert [fault for page in (failed, dead, waiting, delivered) for fault in faults_of(page.text)] == []


def test_an_endpoint_that_is_gone_is_switched_off_with_a_mail_and_on_again_by_hand(
    carlas: Browser, here: str, stage: Stage, parts: Parts, bread: Blog, program: ListeningEndpoint
) -> None:
    program.statuses = [410]
    bread.is_withdrawn()
    add(carlas, here, program)
    bread.is_approved()
    keep_house(parts)
    page = carlas.get(here)
    refused = carlas.post(way(page.text, "replay"))
    carlas.post(way(page.text, "on"))

    mail = stage.outbox.newest
    assert (mail.to, mail.subject) == ("carla@writes.example", "An endpoint was switched off")
    assert f"https://flattr.example{here}" in mail.text
    assert "Switched off on 3 September 2026: it answered 410: gone" in text_of(page)
    assert "switch it on first" in text_of(refused)
    assert "Switched off on" not in text_of(carlas.get(here))


def test_a_removed_endpoint_and_its_messages_are_gone(carlas: Browser, here: str, program: ListeningEndpoint) -> None:
    add(carlas, here, program)
    page = carlas.follow(carlas.post(way(carlas.get(here).text, "test")))

    page = carlas.follow(carlas.post(way(page.text, "remove")))

    assert "127.0.0.1" not in page.text
    assert "webhook.test" not in page.text


def test_messages_are_shown_in_pages(
    carlas: Browser, here: str, stage: Stage, parts: Parts, bread: Blog, program: ListeningEndpoint
) -> None:
    add(carlas, here, program)
    for _ in range(27):
        stage.now += timedelta(minutes=10)
        bread.is_withdrawn()
        keep_house(parts)
        bread.is_approved()
        keep_house(parts)

    first, second = carlas.get(here), carlas.get(f"{here}?page=2")

    assert [len(re.findall(r'<th scope="row">', page.text)) for page in (first, second)] == [25, 2]


def test_the_page_is_its_creators_alone(rosas: Browser, anybody: Browser, here: str) -> None:
    assert rosas.get(here).status_code == 403
    assert anybody.get(here).headers["location"].startswith("/sign-in")
    assert rosas.post(f"{here.removesuffix('webhooks')}feed/show").status_code == 403


@pytest.mark.parametrize(("is_https", "kind"), [(True, "PublicMessageSender"), (False, "LoopbackMessageSender")])
def test_only_a_receiver_at_home_sends_to_its_own_machine(is_https: bool, kind: str, tmp_path) -> None:
    address = "https://flattr.example" if is_https else "http://127.0.0.1:8000"
    parts = build_parts(Settings(public_url=address, data_dir=tmp_path / "data", smtp_url="smtp://127.0.0.1:1"))
    parts.db.close()

    assert type(parts.sender).__name__ == kind
    assert isinstance(parts.sender, LoopbackMessageSender) is not is_https


# The feed.


@pytest.fixture
def feed(carlas: Browser, here: str) -> str:
    """The path of the feed's address."""
    return address_on(carlas.post(f"{here.removesuffix('webhooks')}feed/show").text)


def address_on(page: str) -> str:
    (address,) = re.findall(r"https://flattr\.example(/creator/feeds/\S+\.atom)", page)
    return address


def test_the_feed_tells_counts_of_yesterday_from_three_readers_on_and_no_names(
    anybody: Browser, feed: str, stage: Stage, parts: Parts, clicked: None
) -> None:
    keep_house(parts)
    same_day = feedparser.parse(anybody.get(feed).content)
    stage.now = at("2026-09-04T10:00")
    keep_house(parts)

    answer = anybody.get(feed)
    read = feedparser.parse(answer.content)

    assert same_day.entries == []
    assert (read.bozo, read.version) == (False, "atom10")
    assert read.feed.title == "New clicks on Bread"
    assert [entry.title for entry in read.entries] == ["About rye: 4 clicks"]
    (entry,) = read.entries
    assert entry.summary == "4 readers clicked “About rye” in September 2026 so far."
    assert (entry.link, entry.updated) == ("https://bread.example/rye/", "2026-09-04T00:00:00Z")
    assert entry.id.startswith("tag:flattr.example,2026-09-03:")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert "reads.example" not in answer.text


def test_a_feed_that_has_not_changed_is_not_sent_again(
    anybody: Browser, feed: str, stage: Stage, parts: Parts, clicked: None
) -> None:
    first = anybody.get(feed)
    again = anybody.get(feed, if_none_match=first.headers["etag"])
    stage.now += timedelta(days=1)
    keep_house(parts)
    changed = anybody.get(feed, if_none_match=first.headers["etag"])

    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)
    assert again.content == b""
    assert first.headers["cache-control"] == again.headers["cache-control"] == "private, max-age=3600"
    assert changed.headers["etag"] != first.headers["etag"]


def test_the_feed_speaks_the_language_of_its_reader(anybody: Browser, feed: str) -> None:
    answers = [anybody.get(feed, accept_language=language) for language in ("de", "en")]

    assert [re.findall('xml:lang="(..)"', answer.text) for answer in answers] == [["de"], ["en"]]
    assert all("Accept-Language" in answer.headers["vary"] for answer in answers)


def test_a_title_of_strange_letters_is_read_back_as_it_is(
    anybody: Browser, carlas: Browser, stage: Stage, parts: Parts, carla: Person
) -> None:
    title = 'Crumbs <b>&amp; "Crates"</b> 🥖 ' + "ü" * 30
    odd = carla.registers("https://odd.example/", title=title)
    feed = address_on(carlas.post(f"/creator/sites/{odd.key.site}/feed/show").text)
    for number in range(3):
        stage.person(f"reader{number}@reads.example").clicks(odd.post("rye"))
    stage.now += timedelta(days=1)
    keep_house(parts)

    read = feedparser.parse(anybody.get(feed).content, sanitize_html=False)

    assert read.bozo is False
    assert read.feed.title == f"New clicks on {title}"


def test_an_address_that_was_renewed_or_stopped_leads_nowhere(
    anybody: Browser, carlas: Browser, feed: str, here: str
) -> None:
    ways = here.removesuffix("webhooks") + "feed"
    shown_again = address_on(carlas.post(f"{ways}/show").text)
    renewed = address_on(carlas.post(f"{ways}/renew").text)
    of_old, of_new = anybody.get(feed), anybody.get(renewed)
    stopped = carlas.follow(carlas.post(f"{ways}/stop"))
    after = anybody.get(renewed)
    anew = address_on(carlas.post(f"{ways}/show").text)

    assert shown_again == feed
    assert (of_old.status_code, of_new.status_code, after.status_code) == (404, 200, 404)
    assert "Make an address" in stopped.text
    assert anew not in (feed, renewed)
    assert anybody.get(anew).status_code == 200


def test_a_guessed_address_leads_nowhere(anybody: Browser, feed: str) -> None:
    last = feed[-6]
    guessed = [
        feed.replace(last + ".atom", ("a" if last != "a" else "b") + ".atom"),
        feed.replace("_1_", "_2_"),
        "/creator/feeds/fcf1_.atom",
        "/creator/feeds/x.atom",
    ]

    assert [anybody.get(path).status_code for path in guessed] == [404] * 4


def test_asking_for_the_feed_writes_nothing(
    anybody: Browser, feed: str, stage: Stage, parts: Parts, clicked: None
) -> None:
    stage.now += timedelta(days=1)
    keep_house(parts)
    before = dump(stage.db)

    anybody.get(feed)

    assert dump(stage.db) == before


def test_the_page_with_everything_is_well_made(
    carlas: Browser, here: str, feed: str, stage: Stage, parts: Parts, clicked: None, program: ListeningEndpoint
) -> None:
    add(carlas, here, program)
    stage.close(Month(2026, 9))
    keep_house(parts)

    page = carlas.get(here)

    assert faults_of(page.text) == []
    assert len(page.content) < 60_000
    assert "click.counted" in page.text
    assert "month.closed" in page.text
