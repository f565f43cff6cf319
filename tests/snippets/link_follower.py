"""A receiver with one site, and readers who follow the links that a snippet made until their click is recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from receiver.actions.check_books import check_books
from receiver.actions.commit_clicks import ClickCommitter
from receiver.app import build_app
from receiver.domain.month import Month
from receiver.gateways.messages import PublicMessageSender
from receiver.gateways.rails import ByHand
from receiver.settings import Settings
from receiver.store.master_keys import MasterKeys
from receiver.store.sqlite import SqliteDatabase
from receiver.web.parts import Parts
from tests.fakes.mail import Outbox
from tests.fakes.pages import Names, Pages, Records
from tests.receiver.cast import RECEIVER, Blog, Stage, at
from tests.receiver.web.browser import Browser, click_token_on

SCOPE = "https://blog.example/"
SNIPPETS = Path(__file__).parents[2] / "snippets"


@dataclass
class LinkFollower:
    """Readers who press what a snippet made; each of them is new."""

    stage: Stage
    blog: Blog
    parts: Parts
    numbers: "count[int]" = field(default_factory=count)

    def snippet(self, name: str) -> str:
        """Return a snippet as a creator fills it in; receiver and scope are those of the placeholders."""
        text = (SNIPPETS / name).read_text()
        assert "https://flattr.example/s/fst1_SITE_TOKEN" in text
        return text.replace("fst1_SITE_TOKEN", self.blog.site_token)

    def clicked_by_following(self, link: str, *, said_title: str = "", referrer: str = "") -> str:
        """Follow a link through sign-in to the press; return the address of the thing that was clicked."""
        parsed, browser = urlsplit(link), Browser(build_app(self.parts))
        assert f"{parsed.scheme}://{parsed.netloc}/" == RECEIVER
        email = f"reader{next(self.numbers)}@reads.example"
        page = browser.get(f"{parsed.path}?{parsed.query}", **({"Referer": referrer} if referrer else {}))
        assert page.status_code == 200, page.text
        assert ("The link calls it" in page.text) == bool(said_title)
        assert said_title in unescape(page.text)
        way_back = unescape(page.text.partition('name="to" value="')[2].partition('"')[0])
        browser.follow(browser.post("/sign-in", {"to": way_back, "email": email}))
        confirm = browser.follow(browser.post("/sign-in/code", {"code": self.stage.outbox.newest.code}))
        form = {name: unescape(confirm.text.partition(f'name="{name}" value="')[2].partition('"')[0]) for name in "ut"}
        form |= {"site": self.blog.site_token, "click": click_token_on(confirm)}
        done = browser.follow(browser.post("/s", form))
        assert done.status_code == 200, done.text
        (line,) = self.stage.person(email).month(Month(2026, 9)).lines
        return line.thing.url


@contextmanager
def link_follower(folder: Path) -> Iterator[LinkFollower]:
    """Begin a receiver at which Carla's blog is verified."""
    db = SqliteDatabase(folder / "books.db")
    db.migrate()
    keys = MasterKeys({1: bytes(range(32))})
    stage = Stage(db, keys, Outbox(), now=at("2026-09-03"))
    parts = Parts(
        settings=Settings(public_url=RECEIVER, data_dir=folder, smtp_url="smtp://127.0.0.1:1"),
        db=db,
        keys=keys,
        clicks=ClickCommitter(db, keys),
        mailer=stage.outbox,
        fetcher=Pages(),
        sender=PublicMessageSender(resolve=Names({})),
        records=Records(),
        rails={"hand": ByHand()},
        clock=lambda: stage.now,
    )
    try:
        yield LinkFollower(stage, stage.person("carla@writes.example").registers(SCOPE, title="Blog"), parts)
        check_books(db)
    finally:
        db.close()


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs))


def links_of(html: str) -> list[str]:
    """Return where the links of a page to the receiver lead, read as a browser reads them."""
    reader = _Links()
    reader.feed(html)
    return [link["href"] for link in reader.found if (link.get("href") or "").startswith(RECEIVER)]  # type: ignore[misc]
