"""What holds for every address: headers, no writing on GET, no secrets, limits, our own mistakes."""

import re
from collections.abc import Mapping

import pytest
from sqlalchemy import select

from receiver.actions.keep_click_feed import make_click_feed
from receiver.actions.mail_months import mint_stop_token
from receiver.actions.publish_reader import publish_reader
from receiver.domain.errors import BooksOutOfBalance
from receiver.domain.month import Month
from receiver.store import months
from receiver.store.schema import sign_ins
from receiver.web import directory_pages, operator_pages, public_pages
from receiver.web.security import HEADERS, POLICY
from tests.fakes.database import dump
from tests.receiver.cast import Blog, Person, Stage
from tests.receiver.web.browser import OWN_ORIGIN, Browser
from tests.receiver.web.every_route import filled, routes


@pytest.fixture
def values(stage: Stage, rosa: Person, carla: Person, otto: Person, bread: Blog, radio: Blog) -> dict[str, str]:
    """What the addresses name; and books with something of everything."""
    rye = bread.post("rye")
    rosa.clicks(*radio.posts("valves coils"))
    rosa.subscribes(radio.post("valves"))
    rosa.gives(radio.post("coils"), "1.00")
    rosa.connects()
    click = rosa.clicks(rye).click_id
    publish_reader(stage.db, reader=rosa.user, handle="rosa", shows_clicks=True, is_findable=False, now=stage.now)
    named = f"{bread.site_token}?u=https%3A%2F%2Fbread.example%2Fwheat%2F"
    undo = stage.person("ulla@reads.example").moves_to("ulla@new.example")
    stage.sign_in("last@reads.example")
    return {
        "undo": undo,
        "token": bread.post("oats").token,
        "site_token": named,
        "click": click,
        "code": rye.code,
        "thing": str(rye.thing),
        "site": bread.key.site,
        "key": "x" * 16,
        "feed": make_click_feed(stage.db, stage.keys, owner=carla.user, site=bread.key.site, now=stage.now),
        "stop": mint_stop_token(stage.keys, rosa.user.id),
    }


ONLY_LEADS_ON = {"/things/{thing}/flattr"}
KEPT_FOR_A_WHILE = {  # what is not about who asks
    "/things.atom": "public, max-age=300",
    "/sites.atom": "public, max-age=300",
    "/robots.txt": "public, max-age=86400",
}
WIDER = re.compile(r"; style-src-attr 'unsafe-hashes'( 'sha256-[A-Za-z0-9+/]{43}=')+")


def carries_headers(headers: Mapping[str, str]) -> bool:
    """Tell whether all are there; a page may widen the policy by hashes of styles, and by nothing else."""
    policy, wider = headers[POLICY][: len(HEADERS[POLICY])], headers[POLICY][len(HEADERS[POLICY]) :]
    is_ours = policy == HEADERS[POLICY] and (not wider or WIDER.fullmatch(wider) is not None)
    return is_ours and all(headers[name] == value for name, value in HEADERS.items() if name != POLICY)


@pytest.mark.parametrize("path", routes("GET"))
def test_reading_writes_nothing(
    path: str, values: dict[str, str], stage: Stage, rosas: Browser, carlas: Browser, ottos: Browser, anybody: Browser
) -> None:
    before = dump(stage.db)

    answers = [browser.get(filled(path, **values)) for browser in (anybody, rosas, carlas, ottos)]

    assert dump(stage.db) == before
    assert all(answer.status_code in (200, 303, 403, 404) for answer in answers)
    assert 200 in {answer.status_code for answer in answers} or path.startswith("/sign-in") or path in ONLY_LEADS_ON
    assert all(carries_headers(answer.headers) for answer in answers)
    assert all(answer.headers["strict-transport-security"] for answer in answers)
    kept = KEPT_FOR_A_WHILE.get(path, "private, max-age=3600" if path.endswith(".atom") else "no-store")
    assert all(answer.headers["cache-control"] == kept for answer in answers)


@pytest.mark.parametrize("path", routes("GET"))
def test_reading_works_on_a_database_that_cannot_be_written(
    path: str, values: dict[str, str], stage: Stage, rosas: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise AssertionError("a page opened the writing transaction")

    monkeypatch.setattr(stage.db, "writing", refuse)

    assert rosas.get(filled(path, **values)).status_code in (200, 303, 403, 404)


@pytest.mark.parametrize("path", routes("GET"))
def test_no_page_that_is_read_holds_a_secret(
    path: str, values: dict[str, str], stage: Stage, rosa: Person, carla: Person, rosas: Browser, carlas: Browser
) -> None:
    key = rosa.connects()
    secrets = [carla.session, rosa.session, key.text(), key.secret.decode(), stage.outbox.newest.code]
    with stage.db.reading() as connection:
        secrets += [f"_{digest}" for (digest,) in connection.execute(select(sign_ins.c.browser_hash))]
    secrets += ["fsk1_", "fck1_", "fcf1_", "whsec_"]

    pages = [browser.get(filled(path, **values)) for browser in (rosas, carlas)]

    assert not [secret for page in pages for secret in secrets if secret in page.text]


@pytest.mark.parametrize("path", routes("GET"))
def test_pages_run_no_script_but_our_file_and_no_style_in_line(
    path: str, values: dict[str, str], rosas: Browser
) -> None:
    page = rosas.get(filled(path, **values)).text

    assert not re.search(r"<script(?! src=\"/static/)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r"(?:src|action)=\"(?!/)", page)


@pytest.mark.parametrize("path", [*routes("GET"), *routes("POST")])
def test_other_methods_are_refused_with_all_headers(path: str, values: dict[str, str], anybody: Browser) -> None:
    answer = anybody.client.request("DELETE", filled(path, **values), headers=OWN_ORIGIN)

    assert answer.status_code == 405
    assert carries_headers(answer.headers)


def test_what_is_not_there_is_a_page(anybody: Browser) -> None:
    for path in ("/nothing", "/me/x", "/static/nothing.css", "/f/", "/sites/nobody"):
        answer = anybody.get(path)
        assert answer.status_code in (303, 404)
        assert carries_headers(answer.headers)
    assert "Start page" in anybody.get("/nothing").text


@pytest.mark.parametrize("path", ["/me/today", "/creator/2026-13", "/me/2026-9.csv", "/me/0000-01"])
def test_a_month_that_is_none_is_no_page(path: str, rosas: Browser) -> None:
    assert rosas.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/things?after=x", "/things?after=-1", "/things?after=9-99999999999999999999"])
def test_a_place_in_a_list_that_is_none_is_refused(path: str, anybody: Browser) -> None:
    assert anybody.get(path).status_code == 422


def test_a_place_behind_the_last_is_an_empty_page(anybody: Browser, bread: Blog) -> None:
    assert anybody.get("/things?after=0-1").status_code == 200
    assert anybody.get("/sites?after=nobody").status_code == 404


@pytest.mark.parametrize("path", routes("POST"))
def test_a_form_that_is_too_long_is_refused(path: str, values: dict[str, str], rosas: Browser) -> None:
    answer = rosas.post(filled(path, **values), {"email": "x" * 20_000})

    assert answer.status_code == 413
    assert carries_headers(answer.headers)


@pytest.mark.parametrize("path", routes("POST"))
def test_a_form_of_unnamed_length_is_cut_off(path: str, values: dict[str, str], rosas: Browser) -> None:
    def chunks():
        yield from (b"email=" + b"x" * 1_000 for _ in range(40))

    headers = OWN_ORIGIN | {"Content-Type": "application/x-www-form-urlencoded"}
    answer = rosas.client.post(filled(path, **values), content=chunks(), headers=headers)

    assert answer.status_code == 413


def test_a_form_of_many_fields_is_refused(rosas: Browser) -> None:
    answer = rosas.post("/me/pledge", {f"field{number}": "x" for number in range(30)})

    assert answer.status_code == 400
    assert carries_headers(answer.headers)


@pytest.mark.parametrize("path", routes("POST", signed=True))
def test_a_message_that_is_too_long_is_refused(path: str, anybody: Browser) -> None:
    answer = anybody.client.post(path, content=b"x" * 4_000_001)

    assert answer.status_code == 413
    assert carries_headers(answer.headers)


def test_our_own_mistake_is_a_page_with_all_headers(
    anybody: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(directory_pages, "list_sites", stumble)
    monkeypatch.setattr(public_pages, "state_books", stumble)

    page, for_machines = anybody.get("/sites"), anybody.get("/healthz")

    assert (page.status_code, for_machines.status_code) == (500, 500)
    assert "This is our mistake" in page.text
    assert for_machines.json()["error"] == "InternalError"
    assert "ZeroDivisionError" not in page.text
    assert "ZeroDivisionError" in caplog.text
    assert carries_headers(page.headers)


def test_books_out_of_balance_stop_and_tell(ottos: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def contradict(_db: object) -> None:
        raise BooksOutOfBalance(["fresh:1 holds 1, its postings make 2"])

    monkeypatch.setattr(operator_pages, "check_books", contradict)

    answer = ottos.get("/operator")

    assert answer.status_code == 500
    assert "The books do not balance" in answer.text
    assert "fresh:1" not in answer.text


def test_health_is_told_to_machines(anybody: Browser, rosa: Person) -> None:
    assert anybody.get("/healthz").json() == {"status": "ok", "balance": 0}


def test_style_and_script_are_kept_by_browsers(anybody: Browser) -> None:
    page = anybody.get("/").text
    style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]

    answer = anybody.get(style)

    assert re.fullmatch(r"/static/flattr\.css\?[0-9a-f]{10}", style)
    assert anybody.get("/static/flattr.css").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in anybody.get("/").headers, "the length of a page with a secret would tell of it"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert carries_headers(answer.headers)
    assert len(anybody.get("/static/arm.js").content) < 1_500
    assert anybody.get("/static/../routes.py").status_code == 404


def test_a_month_being_closed_can_still_be_read(rosas: Browser, rosa: Person, stage: Stage, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    with stage.db.writing() as connection:
        months.set_closing(connection, Month(2026, 9), stage.now)

    assert "being closed just now" in rosas.get("/me/2026-09").text
    assert rosas.get("/me").status_code == 200
    with stage.db.writing() as connection:
        months.set_closed(connection, Month(2026, 9), stage.now)
