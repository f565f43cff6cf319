"""What a reader sees of their months and chooses of them."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from receiver.actions.mail_months import mail_months, mint_stop_token
from receiver.domain.month import Month
from receiver.web.parts import Parts
from tests.receiver.cast import EUR, RECEIVER, Blog, Person, Stage, at
from tests.receiver.web.browser import Browser, text_of

SEPTEMBER = Month(2026, 9)
DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def later(stage: Stage, visit, rosa: Person, bread: Blog, radio: Blog) -> Browser:
    """Rosa's browser in October, after a September of three clicks and a gift."""
    rosa.pays("20.00")
    rosa.clicks(*bread.posts("rye spelt"), radio.post("valves"))
    rosa.gives(radio.post("valves"), "1.00")
    stage.close(SEPTEMBER)
    browser: Browser = visit().of(stage.person("rosa@reads.example"))
    return browser


def test_the_month_tells_at_a_glance_what_a_click_is_worth_now_and_was(
    later: Browser, rosa: Person, bread: Blog
) -> None:
    rosa.clicks(*bread.posts("rye oats"))

    page = text_of(later.get("/me"))

    assert "Pledge 10.00 EUR Funds 19.00 EUR Each click now 4.50 EUR Each click in September 2026 3.00 EUR" in page


def test_each_click_that_gives_nothing_says_why_and_what_to_do(
    stage: Stage, visit, rosas: Browser, rosa: Person, rui: Person, carla: Person, bread: Blog
) -> None:
    rosa.clicks(carla.registers("https://waits.example/", is_approved=False).post("x"))
    rui.clicks(bread.post("rye"))
    new = stage.person("new@reads.example")
    new.clicks(bread.post("rye"))
    new.pays("5.00")

    pending, unfunded, unpledged = (browser.get("/me").text for browser in (rosas, visit().of(rui), visit().of(new)))

    assert "It counts as soon as its creator verifies the site, in December 2026 at the latest." in pending
    assert 'href="https://waits.example/x/" rel="noopener">Ask them to' in pending
    assert re.search(r'You have no funds\. <a href="/me#funds">Add funds', unfunded)
    assert re.search(r'You have no pledge\. <a href="/me#pledge">Set one', unpledged)


def test_gifts_that_take_all_funds_are_named_as_the_reason(rosas: Browser, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    rosa.gives(bread.post("rye"), "10.00")

    assert "Your gifts take all of your funds." in rosas.get("/me").text


def test_the_history_draws_and_lists_all_months(later: Browser) -> None:
    page = later.get("/me/history")

    assert 'class="plot" role="img"' in page.text or ('role="img"' in page.text and "plot" in page.text)
    assert "In 1 month you gave 9.90 EUR; the cut was 1.10 EUR" in text_of(page)
    assert "September 2026 3 3.00 EUR 9.00 EUR 0.90 EUR 1.10 EUR 11.00 EUR" in text_of(page)
    assert "Your first month stands here" not in page.text
    assert "There is nothing on this page" in later.get("/me/history?page=9").text


def test_a_new_reader_is_told_when_history_begins(rosas: Browser) -> None:
    assert "Your first month stands here when September 2026 is closed" in text_of(rosas.get("/me/history"))


def test_a_statement_adds_up_to_the_micro_in_each_form(stage: Stage, later: Browser, rosa: Person) -> None:
    statement = rosa.month(SEPTEMBER)
    table = list(csv.DictReader(io.StringIO(later.get("/me/2026-09.csv").text)))
    told = later.get("/me/2026-09.json").json()
    page = text_of(later.get("/me/2026-09"))

    rows = [EUR.parse(row["amount"]) for row in table if row["kind"] != "sum"]
    assert sum(rows) == statement.taken == EUR.parse(table[-1]["amount"])
    shares, given = (sum(row[name] for row in told[part]) for part, name in
                     (("clicks", "share_micros"), ("gifts", "given_micros")))  # fmt: skip
    assert shares + given + told["fee_micros"] == told["taken_micros"] == statement.taken
    assert shares + given == told["given_micros"]
    assert "bread.example 2 6.00 EUR radio.example 1 3.90 EUR Given 9.90 EUR" in page
    assert "Sum taken from your funds 11.00 EUR" in page


def test_the_statement_of_the_documentation_is_what_is_answered(stage: Stage, visit, rosa: Person, bread: Blog) -> None:
    (example,) = re.findall(r"^```json\n(.*?)^```", (DOCS / "http.md").read_text(), re.S | re.M)
    rye = bread.post("rye")
    rosa.clicks(bread.post("spelt"))
    stage.now = at("2026-09-04")
    rosa.clicks(rye)
    rosa.gives(rye, "1.00")
    stage.close(SEPTEMBER)

    told = visit().of(stage.person("rosa@reads.example")).get("/me/2026-09.json").json()

    assert told == json.loads(example)


def test_a_pledge_refused_for_a_month_that_is_over_keeps_what_was_typed(stage: Stage, visit, rosa: Person) -> None:
    stage.now = at("2026-10-01")
    browser = visit().of(stage.person("rosa@reads.example"))

    refused = browser.post("/me/pledge", {"month": "2026-09", "other": "1,5"})
    taken = browser.post("/me/pledge", {"month": "2026-09", "other": "3"})

    assert refused.status_code == 422
    assert 'value="1,5"' in refused.text
    assert "September 2026" in refused.text
    assert taken.headers["location"] == "/me/2026-09"
    assert rosa.month(SEPTEMBER).pledge == EUR.parse("3")


def test_a_refused_application_keeps_its_name(rosas: Browser, rosa: Person) -> None:
    for _ in range(20):
        rosa.connects()

    answer = rosas.post("/me/applications", {"label": "One too many"})

    assert answer.status_code == 422
    assert 'value="One too many"' in answer.text
    assert "disconnect one first" in answer.text


def test_nothing_of_a_reader_is_public_until_they_choose(later: Browser, anybody: Browser) -> None:
    assert "Nothing of you is public" in text_of(later.get("/me/public"))
    assert anybody.get("/readers/rosa").status_code == 404

    later.follow(later.post("/me/public", {"handle": "Rosa"}))
    bare = anybody.get("/readers/rosa")
    later.post("/me/public", {"handle": "rosa", "shows_clicks": "yes"})
    full = anybody.get("/readers/rosa")
    later.post("/me/public", {"handle": "rosa", "shows_clicks": "yes", "is_findable": "yes"})
    findable = anybody.get("/readers/rosa")
    later.follow(later.post("/me/public/remove"))

    assert "About rye" not in bare.text
    assert "About rye" in full.text
    assert "reads.example" not in full.text
    assert "EUR" not in text_of(full)
    assert ["noindex" in page.text for page in (bare, full, findable)] == [True, True, False]
    assert anybody.get("/readers/rosa").status_code == 404


def test_a_refused_name_keeps_what_was_typed_and_chosen(rosas: Browser, rui: Person, visit) -> None:
    visit().of(rui).post("/me/public", {"handle": "bread"})

    taken = rosas.post("/me/public", {"handle": "bread", "shows_clicks": "yes"})
    bad = rosas.post("/me/public", {"handle": "a@b"})

    assert (taken.status_code, bad.status_code) == (409, 422)
    assert 'value="bread"' in taken.text
    assert re.search(r'id="shows_clicks"[^>]* checked', taken.text)
    assert not re.search(r'id="is_findable"[^>]* checked', taken.text)
    assert 'value="a@b"' in bad.text


def test_mails_are_chosen_and_stopped_by_the_link_in_them_without_signing_in(
    stage: Stage, parts: Parts, rosas: Browser, anybody: Browser, rosa: Person
) -> None:
    assert "Stop the mails" in rosas.follow(rosas.post("/me/mail", {"wish": "begin"})).text
    address = f"/mails/stop/{mint_stop_token(stage.keys, rosa.user.id)}"

    asked = anybody.get(address)
    assert "Stop the mails?" in asked.text
    assert "Stop the mails" in rosas.get("/me").text, "looking stops nothing"
    stopped = anybody.client.post(address, data={"List-Unsubscribe": "One-Click"})  # as mail programs do: RFC 8058

    assert stopped.status_code == 200
    assert "The mails are stopped" in text_of(stopped)
    assert "Mail me after each month" in rosas.get("/me").text
    assert anybody.client.post(address[:-2]).status_code == 404


def test_mails_are_stopped_on_the_page_too(rosas: Browser) -> None:
    rosas.post("/me/mail", {"wish": "begin"})

    assert "Mail me after each month" in rosas.follow(rosas.post("/me/mail", {"wish": "stop"})).text


def test_a_mail_is_sent_by_housekeeping_with_the_way_to_stop_it(
    stage: Stage, parts: Parts, rosas: Browser, rosa: Person, bread: Blog
) -> None:
    from receiver.app import keep_house

    rosas.post("/me/mail", {"wish": "begin"})
    rosa.clicks(bread.post("rye"))
    stage.now = at("2026-10-01")
    for _ in range(2):
        keep_house(parts)
    assert list(mail_months(stage.db, stage.keys, stage.rules, receiver=RECEIVER, now=stage.now)) == []

    mails = [mail for mail in stage.outbox.mails if mail.subject == "Your September 2026"]
    assert [mail.to for mail in mails] == ["rosa@reads.example"]
    assert mails[0].headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mails[0].headers["List-Unsubscribe"].strip("<>") in mails[0].text
