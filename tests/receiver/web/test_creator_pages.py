"""A creator's pages: what was earned, what to do next, whose a site is, things, income, and files to save."""

import csv
import io
import re

import pytest

from flattr_button import ThingsList, claim_for_post, sign, sign_webhook
from receiver.actions.register_things import register_list
from receiver.domain.month import Month
from tests.fakes.pages import Pages, Records
from tests.receiver.cast import RECEIVER, Blog, Page, Person, Stage, at
from tests.receiver.web.browser import Browser, text_of

SEPTEMBER = Month(2026, 9)
BYTES_MAX = 60_000


def readers(stage: Stage, count: int, *, pledge: str = "2.00") -> list[Person]:
    people = []
    for number in range(count):
        person = stage.person(f"reader{number}@reads.example")
        person.pledges(pledge)
        person.pays("20.00")
        people.append(person)
    return people


@pytest.fixture
def host(carla: Person) -> Blog:
    """A site that nobody has verified yet."""
    return carla.registers("https://host.example/", title="Host", is_approved=False)


def page_of(blog: Blog) -> str:
    return f"/creator/sites/{blog.key.site}"


def titled(blog: Blog, slug: str, title: str) -> Page:
    claim = claim_for_post(blog.key, url=f"{blog.address}{slug}/", title=title)
    return Page(blog.stage, sign(claim, blog.key), claim.url)


def line(blog: Blog) -> str:
    return f"receiver={RECEIVER} site={blog.key.site}"


# Set-up


def steps_of(browser: Browser, blog: Blog) -> list[str]:
    """Return the headings of the steps, as a screen reader says them."""
    page = browser.get(page_of(blog)).text
    setup = page.partition('id="setup"')[2].partition("</section>")[0]
    return [re.sub(r"<[^>]+>", "", heading) for heading in re.findall(r"<h3>(.*?)</h3>", setup)]


def test_each_step_is_done_when_the_receiver_knows_it(
    stage: Stage, carlas: Browser, host: Blog, records: Records, rosa: Person
) -> None:
    fresh = steps_of(carlas, host)
    rosa.clicks(host.post("rye"))
    clicked = steps_of(carlas, host)
    records.texts_by_name["_flattr.host.example"] = [line(host)]
    carlas.post(f"{page_of(host)}/verify", {"proof": "dns"})

    assert fresh == ["Key taken: done", "First build seen: not yet", "Ownership verified: not yet"]
    assert clicked == ["Key taken: done", "First build seen: done", "Ownership verified: not yet"]
    assert steps_of(carlas, host) == ["Key taken: done", "First build seen: done", "Ownership verified: done"]


def test_a_build_that_was_fetched_is_a_build_that_was_seen(carlas: Browser, host: Blog, pages: Pages) -> None:
    listing = ThingsList.signed(host.key, receiver=RECEIVER, scope=host.address, tokens=[])
    pages.body_by_url["https://host.example/.well-known/flattr.json"] = listing.text().encode()

    carlas.post(f"{page_of(host)}/verify")

    assert steps_of(carlas, host)[1] == "First build seen: done"


def test_a_build_with_an_old_key_is_told_to_take_the_new_one(carlas: Browser, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    carlas.post(f"{page_of(bread)}/rotate", {"generation": "1"})

    assert "signed with generation 1: put generation 2 into your build" in text_of(carlas.get(page_of(bread)))
    assert "Build Bread with its newest key" in text_of(carlas.get("/creator"))


# Whose it is


def test_each_proof_is_offered_with_the_text_to_copy(carlas: Browser, host: Blog) -> None:
    page = carlas.get(page_of(host)).text

    assert f"&lt;meta name=&#34;flattr-site&#34; content=&#34;{line(host)}&#34;&gt;" in page
    assert "<code>_flattr.host.example</code>" in page
    assert f"<code>{line(host)}</code>" in page
    assert "https://host.example/.well-known/flattr.json" in page


def test_a_record_is_not_offered_for_a_path(carlas: Browser, carla: Person) -> None:
    narrow = carla.registers("https://university.example/~carla/", is_approved=False)

    page = carlas.get(page_of(narrow)).text

    assert 'value="dns"' not in page
    assert "Who rules the names of a host need not be who writes there." in page


@pytest.mark.parametrize(("proof", "found"), [("dns", "v=spf1 -all"), ("head", "somebody else")])
def test_what_was_found_instead_stands_beside_the_proof(
    proof: str, found: str, carlas: Browser, host: Blog, records: Records, pages: Pages
) -> None:
    records.texts_by_name["_flattr.host.example"] = [found]
    pages.body_by_url["https://host.example/"] = f'<meta name="flattr-site" content="{found}">'.encode()

    answer = carlas.post(f"{page_of(host)}/verify", {"proof": proof})

    assert answer.status_code == 409
    beside = answer.text.partition(f'id="by-{proof}"')[2].partition("</form>")[0]
    assert f"says “{found}”; it has to say: {line(host)}" in beside
    assert answer.text.count('role="alert"') == 1


def test_what_a_stranger_says_is_shown_as_text(carlas: Browser, host: Blog, records: Records) -> None:
    records.texts_by_name["_flattr.host.example"] = ["<script>alert(1)</script>"]

    answer = carlas.post(f"{page_of(host)}/verify", {"proof": "dns"})

    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_a_proof_that_is_none_is_refused(carlas: Browser, host: Blog) -> None:
    assert carlas.post(f"{page_of(host)}/verify", {"proof": "my word"}).status_code == 422


def test_too_many_proofs_are_told_when_to_come_back(
    carlas: Browser, host: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("receiver.actions.try_own_page.TRIES_PER_HOUR", 1)
    carlas.post(f"{page_of(host)}/verify", {"proof": "dns"})

    answer = carlas.post(f"{page_of(host)}/verify", {"proof": "head"})

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")


# The first page


def test_the_first_page_says_what_was_earned_and_when_it_is_payable(
    stage: Stage, carlas: Browser, rosa: Person, bread: Blog
) -> None:
    rosa.clicks(bread.post("rye"))
    stage.now = at("2026-10-01")
    over = text_of(carlas.get("/creator"))
    stage.close(SEPTEMBER)
    rosa.clicks(bread.post("oats"))
    closed = text_of(carlas.get("/creator"))
    stage.now = at("2026-10-10")
    payable = text_of(carlas.of(stage.person("carla@writes.example")).get("/creator"))  # the session has ended

    assert "September 2026 – This month is over, and not closed yet" in over
    assert "October 2026 1 click What they give is known when the month closes, from 1 November 2026 on." in closed
    assert "September 2026 9.00 EUR Which thing got what" in closed
    assert "Payable now 0.00 EUR 9.00 EUR of September 2026 on 10 October 2026" in closed
    assert "Payable now 9.00 EUR Payouts begin at 10.00 EUR." in payable


def test_the_first_page_says_what_to_do_next(
    stage: Stage, carlas: Browser, carla: Person, rosa: Person, host: Blog
) -> None:
    unbuilt = text_of(carlas.get("/creator"))
    rosa.clicks(host.post("rye"))
    unverified = text_of(carlas.get("/creator"))
    host.is_approved()
    in_order = text_of(carlas.get("/creator"))
    stage.now = at("2026-10-01")
    silent = text_of(carlas.get("/creator"))

    assert "Put the button of Host on its pages" in unbuilt
    assert "Show that Host is yours" in unverified
    assert "What to do next" not in in_order
    assert "No clicks this month yet." in silent


# Things


def test_things_are_searched_and_ordered(carlas: Browser, rosa: Person, bread: Blog) -> None:
    rosa.clicks(*bread.posts("rye oats"))
    things = f"{page_of(bread)}/things"

    found = carlas.get(f"{things}?words=RYE&order=title")

    assert "About rye" in found.text
    assert "About oats" not in found.text
    assert "1 of 2 things has “RYE”." in text_of(found)
    assert 'value="RYE"' in found.text
    assert '<option value="title" selected>' in found.text
    assert carlas.get(f"{things}?order=nonsense").status_code == 200
    assert "No thing has all of these words" in carlas.get(f"{things}?words=wheat").text
    assert "This list has no such page." in carlas.get(f"{things}?page=7").text


def test_turning_the_page_keeps_words_and_order(
    carlas: Browser, rosa: Person, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("receiver.actions.find_own_things.PAGE_SIZE", 1)
    rosa.clicks(*bread.posts("rye oats"))

    page = carlas.get(f"{page_of(bread)}/things?words=%26+about&order=title").text
    next_page = carlas.get(f"{page_of(bread)}/things?words=about&order=title").text

    assert "No thing has all of these words" in page
    assert f'{page_of(bread)}/things?words=about&amp;order=title&amp;page=2"' in next_page


def test_a_thing_has_its_page_its_code_and_its_card(
    stage: Stage, carlas: Browser, anybody: Browser, rosa: Person, bread: Blog
) -> None:
    rye = bread.post("rye", language="de")
    rosa.clicks(rye)
    here = f"{page_of(bread)}/things/{rye.thing}"

    page, code, card = (carlas.get(address) for address in (here, f"{here}/code.svg", f"{here}/print"))

    assert "Its clicks count." in text_of(page)
    assert "September 2026 1 not closed yet" in text_of(page)
    assert f"{RECEIVER}q/{rye.code}" in page.text
    assert code.headers["content-type"] == "image/svg+xml"
    assert code.headers["content-disposition"] == f'attachment; filename="flattr-{rye.thing}.svg"'
    assert b"<title>About rye</title>" in code.content
    for shown in ("About rye", "bread.example/rye", f"{RECEIVER}q/{rye.code}"):
        assert shown in card.text
    assert "About rye" in anybody.get(f"/q/{rye.code}").text
    assert carlas.get(f"{page_of(bread)}/things/x").status_code == 404
    assert carlas.get(f"{page_of(bread)}/things/99").status_code == 404


def test_who_comes_by_a_printed_code_can_press(rosas: Browser, rosa: Person, carla: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    rosa.clicks(rye)
    rosa.stage.now = at("2026-10-01")

    page = rosas.get(f"/q/{rye.code}").text
    form = dict(re.findall(r'name="(token|click)" value="([^"]+)"', page))

    rosas.post("/f", form)

    assert [row.thing.id for row in rosa.month(Month(2026, 10)).lines] == [rye.thing]


# Income and files


def test_a_year_is_told_by_month_site_and_thing(stage: Stage, carlas: Browser, carla: Person, bread: Blog) -> None:
    for person in readers(stage, 3):
        person.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)

    page = carlas.get("/creator/income")

    assert page.text.count("<svg") >= 3
    assert "September 2026 5.40 0.00 5.40" in text_of(page)
    assert "September 2026 3 1.80 1.80 – not shown, few readers" in text_of(page)
    assert "1. About rye bread.example/rye 3 5.40 EUR" in text_of(page)


def test_an_income_that_is_none_says_when_it_comes(carlas: Browser, bread: Blog) -> None:
    assert "It comes when a month closes" in text_of(carlas.get("/creator/income"))


REPORT = (
    "period;id;flattr url;url;title;clicks;revenue;clicks total\n"
    '2026-09;{oats};"https://flattr.example/things/{oats}";"https://bread.example/oats/";"Oats; ""rolled""";4;7,24;5\n'
    '2026-09;{rye};"https://flattr.example/things/{rye}";"https://bread.example/rye/";"About rye";3;5,43;3\n'
)


def test_a_month_is_written_as_the_old_flattr_did_to_the_byte(
    stage: Stage, carlas: Browser, carla: Person, bread: Blog
) -> None:
    people = readers(stage, 7, pledge="2.01")
    rye, oats = bread.post("rye"), titled(bread, "oats", 'Oats; "rolled"')
    for person in people[:3]:
        person.clicks(rye)
    for person in people[3:]:
        person.clicks(oats)
    stage.close(SEPTEMBER)
    people[0].clicks(oats)

    answer = carlas.get("/creator/2026-09/revenue.csv")

    assert answer.content == REPORT.format(oats=oats.thing, rye=rye.thing).encode()
    assert answer.headers["content-disposition"] == 'attachment; filename="flattr-revenue-202609.csv"'
    (first, second) = csv.DictReader(io.StringIO(answer.text), delimiter=";")
    assert (first["title"], second["revenue"]) == ('Oats; "rolled"', "5,43")


def test_a_report_leaves_out_what_few_readers_gave_and_json_says_so(
    stage: Stage, carlas: Browser, carla: Person, bread: Blog
) -> None:
    people = readers(stage, 5)
    for person in people:
        person.clicks(bread.post("rye"))
    for person in people[:3]:
        person.clicks(bread.post("oats"))
    people[0].clicks(bread.post("private"))
    people[1].gives(bread.post("rye"), "1.00")
    stage.close(SEPTEMBER)

    report, data = carlas.get("/creator/2026-09/revenue.csv").text, carlas.get("/creator/2026-09.json").json()

    statement = carla.income(SEPTEMBER)
    shown = [line.thing.url for line in statement.things if line.amount is not None]
    assert [row["url"] for row in csv.DictReader(io.StringIO(report), delimiter=";")] == shown
    assert "private" not in report
    assert {thing["url"]: thing["amount"] for thing in data["things"] if thing["amount"]}.keys() == set(shown)
    micros = [
        int(amount.replace(".", "").ljust(len(amount.partition(".")[0]) + 6, "0"))
        for amount in (data["without_amount"], data["gifts"], *(thing["amount"] for thing in data["things"]))
        if amount
    ]
    assert sum(micros) == statement.total
    assert (data["month"], data["state"], data["currency"]) == ("2026-09", "closed", "EUR")


def test_a_report_of_an_open_month_has_no_row(carlas: Browser, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))

    report, data = carlas.get("/creator/2026-09/revenue.csv"), carlas.get("/creator/2026-09.json").json()

    assert report.text == "period;id;flattr url;url;title;clicks;revenue;clicks total\n"
    assert (data["state"], data["things"][0]["clicks"], data["things"][0]["amount"]) == ("open", 1, None)


# Many


@pytest.fixture
def much(stage: Stage, carla: Person) -> Blog:
    """Three sites and 800 things, 90 of them clicked by four readers in a closed month and by one in this one."""
    blogs = [carla.registers(f"https://{name}.example/", title=f"{name} " * 6) for name in ("bread", "oats", "rye")]
    people = readers(stage, 4)
    for blog, count in zip(blogs, (400, 300, 100), strict=True):
        posts = [blog.post(f"2026/a-post-with-a-long-address-{number}") for number in range(count)]
        register(stage, blog, posts)
        for person in people:
            person.clicks(*posts[:30])
    stage.close(SEPTEMBER)
    for blog in blogs:
        people[0].clicks(*(blog.post(f"2026/a-post-with-a-long-address-{number}") for number in range(60)))
    return blogs[0]


def register(stage: Stage, blog: Blog, posts: list[Page]) -> None:
    listing = ThingsList.signed(blog.key, receiver=RECEIVER, scope=blog.address, tokens=[post.token for post in posts])
    body = listing.text().encode()
    headers = sign_webhook(blog.key.secret, body, message_id=f"build-{blog.key.site}", sent_at=stage.now)
    register_list(stage.db, stage.keys, body=body, headers=headers, receiver=RECEIVER, now=stage.now)


def test_no_page_is_large_with_800_things(carlas: Browser, much: Blog) -> None:
    thing = re.search(r"/things/([0-9]+)", carlas.get(page_of(much)).text)
    assert thing
    pages = ["/creator", "/creator/income", "/creator/2026-09", "/creator/2026-10", page_of(much)]
    pages += [
        f"{page_of(much)}/things{rest}" for rest in ("", "?order=ever&page=2", f"/{thing[1]}", f"/{thing[1]}/print")
    ]
    style = len(carlas.get("/static/flattr.css").content) + len(carlas.get("/static/copy.js").content)

    sizes = {page: style + len(carlas.get(page).content) for page in pages}

    assert {page: size for page, size in sizes.items() if size > BYTES_MAX} == {}
    assert "Page 2" in carlas.get(f"{page_of(much)}/things?page=2").text
