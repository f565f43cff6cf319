"""Signing in: by a real mail, in one browser, and never out into the open."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest

from receiver.app import build_app
from receiver.gateways.mail import SmtpMailer
from receiver.settings import Settings
from receiver.web.parts import Parts
from tests.fakes.database import dump
from tests.fakes.mail import Outbox
from tests.fakes.smtp import MailServer, free_port
from tests.receiver.cast import RECEIVER, Blog, Person, Stage
from tests.receiver.web.browser import SESSION_COOKIE, Browser

NEW = "new@reads.example"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def test_the_code_of_a_real_mail_signs_in(parts: Parts, mail_server: MailServer) -> None:
    browser = Browser(build_app(replace(parts, mailer=SmtpMailer(mail_server.url, "flattr@flattr.example"))))

    asked = browser.post("/sign-in", {"email": NEW, "to": "/creator"})
    entered = browser.post("/sign-in/code", {"code": mail_server.code_for(NEW)})

    assert asked.headers["location"] == "/sign-in/code"
    assert entered.headers["location"] == "/creator"
    assert "Your sites" in browser.get("/creator").text
    (to, text), *others = mail_server.bodies
    assert (to, others) == ([NEW], [])
    assert RECEIVER in text


def test_without_a_mail_server_the_page_keeps_the_address(parts: Parts, stage: Stage) -> None:
    browser = Browser(build_app(replace(parts, mailer=SmtpMailer(f"smtp://127.0.0.1:{free_port()}", "f@x.example"))))
    before = dump(stage.db)

    answers = [browser.post("/sign-in", {"email": NEW, "to": "/creator"}) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {503}, "what was never sent does not count as asked for"
    assert answers[0].headers["retry-after"] == "5"
    assert f'value="{NEW}"' in answers[0].text
    assert 'name="to" value="/creator"' in answers[0].text
    assert "the mail could not be sent; try again in a minute" in answers[0].text
    assert dump(stage.db) == before


@pytest.mark.parametrize("email", ["", "rosa", "rosa@", "a@b\r\nBcc: c@d.example", "<b>@x.example", "é@x.example"])
def test_what_is_no_address_is_kept_and_marked(email: str, anybody: Browser, outbox: Outbox) -> None:
    answer = anybody.post("/sign-in", {"email": email})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "<b>" not in answer.text
    assert outbox.mails == []


def test_cookies_are_out_of_reach_of_scripts_and_other_hosts(anybody: Browser, outbox: Outbox) -> None:
    asked = anybody.post("/sign-in", {"email": NEW})
    entered = anybody.post("/sign-in/code", {"code": outbox.newest.code})

    pre_session, session = asked.headers["set-cookie"], entered.headers.get_list("set-cookie")[0]
    assert pre_session.startswith("__Host-flattr-sign-in=")
    assert session.startswith(f"{SESSION_COOKIE}=")
    for cookie in (pre_session, session):
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "secure", "path=/", "samesite=lax"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)


def test_without_https_cookies_keep_all_but_what_needs_it(parts: Parts, outbox: Outbox, tmp_path) -> None:
    settings = Settings(public_url="http://127.0.0.1:8000", data_dir=tmp_path)
    browser = Browser(build_app(replace(parts, settings=settings)))

    answer = browser.post("/sign-in", {"email": NEW}, headers={"Origin": "http://127.0.0.1:8000"})

    assert answer.headers["set-cookie"].startswith("flattr-sign-in=")
    assert "secure" not in answer.headers["set-cookie"].lower()
    assert "strict-transport-security" not in answer.headers


def test_a_code_is_good_in_the_browser_that_asked_only(visit, outbox: Outbox) -> None:
    asking, another = visit(), visit()
    asking.post("/sign-in", {"email": NEW})
    another.post("/sign-in", {"email": "mallory@reads.example"})
    mail = next(mail for mail in outbox.mails if mail.to == NEW)

    assert another.post("/sign-in/code", {"code": mail.code}).status_code == 403
    assert visit().post("/sign-in/code", {"code": mail.code}).status_code == 403
    assert asking.post("/sign-in/code", {"code": mail.code}).status_code == 303


def test_a_code_is_good_once_for_ten_minutes_and_five_tries(stage: Stage, visit, outbox: Outbox) -> None:
    browser = visit()
    browser.post("/sign-in", {"email": NEW})
    code = outbox.newest.code
    wrong = "0000 0000" if code != "0000 0000" else "1111 1111"

    tries = [browser.post("/sign-in/code", {"code": wrong}) for _ in range(5)]
    assert "4 more tries" in tries[0].text
    assert browser.post("/sign-in/code", {"code": code}).status_code == 403, "tried too often"

    late = visit()
    late.post("/sign-in", {"email": "late@reads.example"})
    stage.now += timedelta(minutes=10)
    assert late.post("/sign-in/code", {"code": outbox.newest.code}).status_code == 403


def test_asking_too_often_says_when_to_come_back(anybody: Browser) -> None:
    answers = [anybody.post("/sign-in", {"email": NEW}) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
    assert answers[3].headers["retry-after"] == "900"
    assert f'value="{NEW}"' in answers[3].text


def test_known_and_unknown_addresses_are_answered_alike(visit, rosa: Person) -> None:
    known = visit().post("/sign-in", {"email": rosa.user.email})
    unknown = visit().post("/sign-in", {"email": NEW})

    assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
    assert known.text == unknown.text


def test_signing_out_ends_the_session_everywhere(visit, rosa: Person) -> None:
    first, same_session = visit().of(rosa), visit().of(rosa)

    assert first.post("/sign-out").headers["location"] == "/"

    assert first.get("/me").headers["location"] == "/sign-in?to=/me"
    assert same_session.get("/me").status_code == 303


def test_a_session_ends_after_thirty_days(stage: Stage, rosas: Browser) -> None:
    stage.now += timedelta(days=30)

    assert rosas.get("/me").status_code == 303


@pytest.mark.parametrize("cookie", ["", "x", "\xff\xfe", "a" * 5_000, "' or 1=1 --"])
def test_a_made_up_session_is_none(cookie: str, anybody: Browser) -> None:
    header = f"{SESSION_COOKIE}={cookie}".encode("latin-1")

    assert anybody.client.get("/me", headers=[(b"cookie", header)]).status_code == 303


RETURNS = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/me//evil.example",
    "/me\\evil",
    "/f/..//evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "/me\r\nLocation: https://evil.example/",
    "/me\nSet-Cookie: a=b",
    "/\tevil.example",
    "\t//evil.example",
    " //evil.example",
    "/sign-out",
    "/static/arm.js",
    "me",
    "",
    "@evil.example",
    "/me\u202e",
    "/f/" + "A" * 5_000,
    "https:evil.example",
    "/%5cevil.example",
    "/.evil.example",
]


@pytest.mark.parametrize("to", RETURNS, ids=range(len(RETURNS)))
def test_signing_in_leads_nowhere_else(to: str, visit, rosa: Person, outbox: Outbox) -> None:
    signed_in, signing_in = visit().of(rosa), visit()
    signing_in.post("/sign-in", {"email": NEW, "to": to})

    answers = [
        signed_in.client.get("/sign-in", params={"to": to}),
        signing_in.post("/sign-in/code", {"code": outbox.newest.code}),
    ]

    for answer in answers:
        target = urlsplit(urljoin(RECEIVER, answer.headers["location"]))
        assert (target.scheme, target.netloc) == ("https", "flattr.example")
        assert target.path == "/me"
        assert "evil" not in str(answer.headers)


@pytest.mark.parametrize("to", ["/me", "/me/2026-09", "/creator", "/operator", "/sites/abc", "/f/x.y"])
def test_signing_in_leads_back(to: str, rosas: Browser) -> None:
    assert rosas.client.get("/sign-in", params={"to": to}).headers["location"] == to


def test_logs_tell_nothing_of_who_reads_what(
    stage: Stage, anybody: Browser, rosa: Person, bread: Blog, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rye = bread.post("rye")
    anybody.post("/sign-in", {"email": NEW, "to": f"/f/{rye.token}"})
    code = stage.outbox.newest.code
    confirm = anybody.follow(anybody.post("/sign-in/code", {"code": code}))
    done = anybody.post(
        "/f", {"token": rye.token, "click": confirm.text.partition('name="click" value="')[2].partition('"')[0]}
    )
    anybody.get(f"/f/{rye.token}x")
    anybody.post("/f", {"token": rye.token, "click": "x"})

    said = "\n".join(
        caplog.handler.format(record) for record in caplog.records if record.name.split(".")[0] != "httpx2"
    )
    secrets = [rye.token, code, code.replace(" ", ""), NEW, rosa.session, done.headers["location"]]
    secrets += [value for value in anybody.client.cookies.values() if value]
    assert not [secret for secret in secrets if secret in said]
