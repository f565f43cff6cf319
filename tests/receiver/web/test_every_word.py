"""No word of a page is left out of the catalogues: each is said in a language that puts brackets around all it says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from gettext import NullTranslations
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx2
import pytest
from babel import Locale

from receiver.domain.month import Month
from receiver.languages import Language, languages
from receiver.web.templating import HERE, environment_of
from tests.receiver.web.browser import Browser
from tests.receiver.web.every_route import filled, routes
from tests.receiver.web.test_markup import VOID

# Templates whose words are not yet marked for the catalogues; the list only gets shorter.
NOT_YET = {"operator.html"}
OTHERS_WORDS = {"bdi", "code", "pre", "script", "style", "svg"}  # names and titles of strangers, and what machines read
OTHERS_CLASSES = {"host", "brand"}
GIFTS = ("x", "0", "5,000", "1.234", "9999999", "500", "99", "1")  # each wrong in its way
NAMES = {"Flattr", "EUR", "CSV", "JSON", "Bread", "bread.example", "otto@receiver.example"}
SPOKEN_ATTRIBUTES = ("alt", "aria-label", "placeholder", "title")


class Brackets(NullTranslations):
    """A catalogue that says each message as it is, between brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{super().ngettext(msgid1, msgid2, n)}⟧"


@dataclass(frozen=True, slots=True)
class BracketLanguage(Language):
    """Names of months and days are words, too."""

    def month_name(self, month: Month) -> str:
        return f"⟦{Language.month_name(self, month)}⟧"

    def date(self, moment: date) -> str:
        return f"⟦{Language.date(self, moment)}⟧"

    def moment(self, moment: datetime) -> str:
        return f"⟦{Language.moment(self, moment)}⟧"


class Words(HTMLParser):
    """Finds the words of a page that stand outside of all brackets."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[bool] = []  # of each element: are its words those of others?
        self.depth = 0
        self.unsaid: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        is_others = (
            tag in OTHERS_WORDS
            or not OTHERS_CLASSES.isdisjoint(attributes.get("class", "").split())
            or (tag != "html" and "lang" in attributes)
        )
        if tag not in VOID:
            self.open.append(is_others)
        for name in SPOKEN_ATTRIBUTES:
            text = attributes.get(name, "")
            is_example = name == "placeholder" and " " not in text  # such as https://blog.example/
            self.look_at("" if is_others or is_example else text)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.open):
            self.look_at(data)

    def look_at(self, text: str) -> None:
        """Keep what is outside of brackets and has letters; brackets may close in a later element."""
        outside = ""
        for character in text:
            self.depth += (character == "⟦") - (character == "⟧")
            outside += character if self.depth == 0 and character not in "⟦⟧" else " "
        self.unsaid += [word for word in outside.split() if any(map(str.isalpha, word)) and word not in NAMES]


@pytest.fixture(autouse=True)
def brackets() -> Iterator[None]:
    """Speak the language of brackets beside the others; its code, `qbk`, is for private use (ISO 639-2)."""
    languages()["qbk"] = BracketLanguage("qbk", Locale("en", "GB"), Brackets())
    yield
    del languages()["qbk"]
    environment_of.cache_clear()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of templates, in the order in which they were asked for."""
    names: list[str] = []
    environment = environment_of("qbk")
    get_template = environment.get_template
    monkeypatch.setattr(
        environment, "get_template", lambda name, *rest: names.append(name) or get_template(name, *rest)
    )
    return names


@pytest.fixture
def unsaid(drawn: list[str]) -> Callable[[Callable[[], httpx2.Response]], list[str]]:
    def look(ask: Callable[[], httpx2.Response]) -> list[str]:
        drawn.clear()
        answer = ask()
        if not answer.headers.get("content-type", "").startswith("text/html") or not NOT_YET.isdisjoint(drawn):
            return []
        assert "⟦" in answer.text
        return [f"{drawn[0]}: {word}" for word in Words(answer.text).unsaid]

    return look


@pytest.mark.parametrize("path", routes("GET"))
def test_every_word_of_a_page_is_in_the_catalogues(path, rosa, bread, rosas, carlas, ottos, anybody, unsaid):
    rye = bread.post("rye")
    click = rosa.clicks(rye).click_id
    rosa.subscribes(rye)
    rosa.gives(rye, "1.00")
    rosa.connects()
    address = filled(path, token=bread.post("oats").token, click=click, site=bread.key.site, key="x")

    for browser in (anybody, rosas, carlas, ottos):
        assert unsaid(lambda browser=browser: browser.get(address, Accept_Language="qbk")) == []


def test_every_word_of_the_way_of_a_click_is_in_the_catalogues(
    stage, rosa, rui, carla, bread, rosas, carlas, anybody, unsaid
):
    rye, oats, malt, spelt = bread.posts("rye oats malt spelt")
    waiting = carla.registers("https://waits.example/", is_approved=False).post("slow")
    rosa.pays("10.00")
    rosa.pledges("5.00")
    click, undone, again = (rosa.clicks(page).click_id for page in (rye, oats, malt))
    rosa.undoes(rosa.clicks(oats))
    rosa.subscribes(malt)
    rosas.client.headers["Accept-Language"] = carlas.client.headers["Accept-Language"] = "qbk"
    anybody.client.headers["Accept-Language"] = "qbk"
    unfunded = Browser(rosas.app).of(rui)
    unfunded.client.headers["Accept-Language"] = "qbk"

    for ask in (
        lambda: rosas.get(f"/f/{spelt.token}", Referer="https://elsewhere.example/"),
        lambda: rosas.get(f"/f/{rye.token}"),
        lambda: rosas.get(f"/f/{waiting.token}"),
        lambda: unfunded.get(f"/f/{rye.token}"),
        lambda: carlas.get(f"/f/{rye.token}"),
        lambda: anybody.get(f"/f/{rye.token}"),
        lambda: rosas.get(f"/s/{bread.site_token}?u=https://bread.example/named&t=Said"),
        lambda: rosas.get(f"/s/{bread.site_token}"),
        lambda: rosas.post("/f", {"token": spelt.token, "click": "x"}),
        lambda: rosas.get(f"/f/done/{click}"),
        lambda: rosas.get(f"/f/done/{click}?again"),
        lambda: rosas.get(f"/f/done/{undone}"),
        lambda: rosas.get(f"/f/done/{again}"),
        lambda: rosas.get(f"/f/done/{rosa.clicks(waiting).click_id}"),
        lambda: unfunded.get(f"/f/done/{rui.clicks(rye).click_id}"),
        *(
            lambda typed=typed: rosas.post("/f/give", {"thing": rye.thing, "click": click, "amount": typed})
            for typed in GIFTS
        ),
    ):
        assert unsaid(ask) == []
    stage.close(Month.of(stage.now))
    for browser, settled in ((rosas, click), (unfunded, rui.clicks(rye).click_id)):
        assert unsaid(lambda browser=browser, settled=settled: browser.get(f"/f/done/{settled}")) == []


def test_every_word_of_signing_in_and_of_problems_is_in_the_catalogues(rosas, anybody, bread, carlas, unsaid):
    for browser in (rosas, anybody, carlas):
        browser.client.headers["Accept-Language"] = "qbk"
    anybody.post("/sign-in", {"email": "somebody@example.org"})

    for ask in (
        lambda: anybody.get("/sign-in"),
        lambda: anybody.post("/sign-in", {"email": "x"}),
        lambda: anybody.get("/sign-in/code"),
        *[lambda: anybody.post("/sign-in/code", {"code": "x"})] * 6,
        *[lambda: anybody.post("/sign-in", {"email": "somebody@example.org"})] * 4,
        lambda: anybody.get("/nowhere"),
        lambda: anybody.get("/f/cut"),
        lambda: anybody.get(f"/f/{'x' * 5_000}"),
        lambda: anybody.get(f"/f/{bread.post('rye').token[:-1]}A"),
        lambda: anybody.get("/me/2026-13"),
        lambda: rosas.get("/me/2026-13"),
        lambda: rosas.get("/me/2099-01"),
        lambda: rosas.get("/f/done/none"),
        lambda: rosas.get("/operator"),
        lambda: rosas.get(f"/creator/sites/{bread.key.site}"),
        lambda: rosas.get("/sites?page=x"),
        lambda: rosas.post("/f/give", {"thing": "x"}),
        lambda: rosas.post("/me/pledge", {"amount": "5"}, headers={"Origin": "https://elsewhere.example"}),
        lambda: rosas.post("/sites"),
        lambda: carlas.get(f"/creator/sites/{bread.key.site}/button?platform=none"),
        lambda: carlas.get(f"/creator/sites/{bread.key.site}/button?look=none"),
    ):
        assert unsaid(ask) == []


@pytest.mark.parametrize("platform", ["pelican", "hugo", "html", "blogger", "readme"])
def test_every_word_of_your_button_is_in_the_catalogues(platform, carlas, bread, pages, unsaid):
    here, asked = f"/creator/sites/{bread.key.site}/button", {"platform": platform, "look": "compact", "language": "fr"}
    carlas.client.headers["Accept-Language"] = "qbk"
    pages.body_by_url[f"{bread.address}rye"] = b"<p>Bread"

    assert unsaid(lambda: carlas.get(f"{here}?{urlencode(asked)}")) == []
    assert unsaid(lambda: carlas.post(f"{here}/test", {**asked, "address": f"{bread.address}rye"})) == []
    assert unsaid(lambda: carlas.post(f"{here}/test", {**asked, "address": "https://elsewhere.example/"})) == []


def test_words_outside_of_the_brackets_are_found():
    page = '<html lang="qbk"><p title="bad">⟦Signed in as <bdi>x</bdi>.⟧ left <bdi>Rye</bdi> 5.00 EUR</p></html>'

    assert Words(page).unsaid == ["bad", "left"]


def test_templates_that_wait_are_there():
    assert {name for name in NOT_YET if not (HERE / "templates" / name).exists()} == set()
