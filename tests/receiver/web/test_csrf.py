"""Forms are taken from our own pages only: every POST route, every kind of sender."""

import pytest

from tests.fakes.database import dump
from tests.receiver.cast import Blog, Person, Stage
from tests.receiver.web.browser import Browser, click_token_on
from tests.receiver.web.every_route import filled, routes

REFUSED = {
    "nothing said": {},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "a sibling host": {"Sec-Fetch-Site": "same-site"},
    "the address bar": {"Sec-Fetch-Site": "none"},
    "an unknown word": {"Sec-Fetch-Site": "same-origin, cross-site"},
    "another site that claims our origin": {"Sec-Fetch-Site": "cross-site", "Origin": "https://flattr.example"},
    "another origin": {"Origin": "https://evil.example"},
    "no origin": {"Origin": "null"},
    "our host without TLS": {"Origin": "http://flattr.example"},
    "our host at another port": {"Origin": "https://flattr.example:444"},
    "a host that begins like ours": {"Origin": "https://flattr.example.evil.example"},
    "a host that ends like ours": {"Origin": "https://evil-flattr.example"},
    "our origin and more": {"Origin": "https://flattr.example/"},
    "a referrer alone": {"Referer": "https://flattr.example/me"},
    "a form posing as a read": {"X-HTTP-Method-Override": "GET"},
}
TAKEN = {
    "our page": {"Sec-Fetch-Site": "same-origin", "Origin": "https://flattr.example"},
    "our page, told by Fetch Metadata alone": {"Sec-Fetch-Site": "same-origin"},
    "our page, in a browser without Fetch Metadata": {"Origin": "https://flattr.example"},
    "our page, in capitals": {"Origin": "HTTPS://FLATTR.example"},
}
SENTENCE = "This form was sent from another site"


@pytest.fixture
def values(rosa: Person, bread: Blog) -> dict[str, str]:
    click = rosa.clicks(bread.post("rye")).click_id
    return {"click": click, "site": bread.key.site, "key": "x" * 16}


@pytest.mark.parametrize("path", routes("POST"))
def test_no_foreign_form_is_taken(path: str, values: dict[str, str], stage: Stage, rosas: Browser) -> None:
    before = dump(stage.db)
    form = {"email": "rosa@reads.example", "amount": "5.00", "thing": "1", "label": "x", "address": "https://x.example"}

    answers = {name: rosas.post(filled(path, **values), form, headers=headers) for name, headers in REFUSED.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(REFUSED, 403)
    assert all(SENTENCE in answer.text for answer in answers.values())
    assert dump(stage.db) == before
    assert len(stage.outbox.mails) == 2, "only the sign-ins of the cast"


@pytest.mark.parametrize("path", routes("POST"))
@pytest.mark.parametrize("headers", TAKEN.values(), ids=TAKEN)
def test_our_own_forms_are_taken(
    path: str, headers: dict[str, str], values: dict[str, str], rosas: Browser, rosa: Person
) -> None:
    assert SENTENCE not in rosas.post(filled(path, **values), headers=headers).text


def test_the_click_token_is_needed_too(stage: Stage, rosas: Browser, radio: Blog) -> None:
    before = dump(stage.db)

    answer = rosas.post("/f", {"token": radio.post("valves").token})

    assert answer.status_code == 403
    assert dump(stage.db) == before


def test_a_click_cannot_be_made_by_reading(stage: Stage, rosas: Browser, radio: Blog) -> None:
    page = radio.post("valves")
    click = click_token_on(rosas.get(f"/f/{page.token}"))
    before = dump(stage.db)

    rosas.get(f"/f?token={page.token}&click={click}")
    rosas.get(f"/f/{page.token}?click={click}")

    assert dump(stage.db) == before


def test_no_page_lets_another_origin_read_it(anybody: Browser) -> None:
    for path in ("/", "/webhooks/clicks", "/healthz"):
        answer = anybody.client.options(
            path, headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        )
        assert "access-control-allow-origin" not in answer.headers
