"""A browser without a screen, at the real application: cookies, forms, redirects."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx2
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from tests.receiver.cast import RECEIVER, Page, Person

SESSION_COOKIE = "__Host-flattr-session"
OWN_ORIGIN = {"Sec-Fetch-Site": "same-origin", "Origin": RECEIVER.rstrip("/")}


@dataclass
class Browser:
    app: ASGIApp
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = TestClient(
            self.app, base_url=RECEIVER.rstrip("/"), follow_redirects=False, raise_server_exceptions=False
        )

    def of(self, person: Person) -> "Browser":
        """Go on as somebody who is signed in."""
        self.client.cookies.set(SESSION_COOKIE, person.session, domain="flattr.example")
        return self

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, form: dict[str, Any] | None = None, **options: Any) -> httpx2.Response:
        """Send a form as our own page does, unless told to send other headers."""
        return self.client.post(path, data=form or {}, headers=options.pop("headers", OWN_ORIGIN), **options)

    def follow(self, answer: httpx2.Response) -> httpx2.Response:
        """Go where an answer sends to; it is always within the receiver."""
        assert answer.status_code == 303, answer.text
        location = answer.headers["location"]
        assert location.startswith("/"), location
        assert not location.startswith("//"), location
        return self.get(location.partition("#")[0])

    def press(self, page: Page) -> httpx2.Response:
        """Open the confirm page of a button and press."""
        return self.post("/f", {"token": page.token, "click": click_token_on(self.get(f"/f/{page.token}"))})


def click_token_on(answer: httpx2.Response) -> str:
    found = re.search(r'name="click" value="([^"]+)"', answer.text)
    assert found, answer.text
    return unescape(found[1])


def text_of(answer: httpx2.Response) -> str:
    """Return what a person reads on a page."""
    without_tags = unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace("\u00a0", " ")
    return re.sub(r" ([,.;:])", r"\1", " ".join(without_tags.split()))
