"""Pages that assistive technology can read: one heading, named fields, no id twice, colours that can be told apart."""

import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise, product

import pytest

from receiver.actions.publish_reader import publish_reader
from receiver.domain.ownership import Proof
from receiver.web.templating import HERE
from tests.receiver.cast import Blog, Person, Stage, at
from tests.receiver.catalogues import messages
from tests.receiver.web.browser import Browser
from tests.receiver.web.every_route import filled, routes

VOID = set("area base br col embed hr img input link meta source track wbr".split())
PHRASING_ONLY = {"p", "h1", "h2", "h3", "dt", "label", "button", "a", "span"}
BLOCKS = {"p", "form", "div", "section", "table", "ul", "ol", "dl", "pre", "article", "h1", "h2", "h3", "fieldset"}


class Outline(HTMLParser):
    """What a page is made of, and what is wrong with it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.wrong: list[str] = []
        self.feed(page)
        if self.open:
            self.wrong.append(f"never closed: {self.open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag in BLOCKS and PHRASING_ONLY.intersection(self.open):
            self.wrong.append(f"<{tag}> inside {self.open}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at the wrong place")

    def all(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def faults_of(page: str) -> list[str]:
    outline = Outline(page)
    faults = [*outline.wrong, *faults_of_references(outline), *faults_of_fields(outline), *faults_of_headings(outline)]
    if outline.all("html")[0].get("lang") != "en" or not outline.all("main"):
        faults.append("no language or no <main>")
    return faults


def faults_of_references(outline: Outline) -> list[str]:
    ids = Counter(attributes["id"] for _, attributes in outline.tags if "id" in attributes)
    wanted = [
        name
        for _, attributes in outline.tags
        for reference in ("aria-describedby", "aria-labelledby", "for")
        for name in attributes.get(reference, "").split()
    ]
    wanted += [link["href"][1:] for link in outline.all("a") if link["href"].startswith("#")]
    twice = [f"id {name} stands {count} times" for name, count in ids.items() if count > 1]
    return twice + [f"{name} leads nowhere" for name in wanted if name not in ids]


def faults_of_fields(outline: Outline) -> list[str]:
    """Find fields that nobody names; radio buttons stand inside of their labels."""
    named = {label.get("for") for label in outline.all("label")}
    fields = [field for field in outline.all("input", "select") if field.get("type") not in ("hidden", "radio")]
    return [f"a field without a label: {field}" for field in fields if field.get("id") not in named]


def faults_of_headings(outline: Outline) -> list[str]:
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    skipped = [f"<h{level}> after <h{before}>" for before, level in pairwise(levels) if level > before + 1]
    return skipped + ([] if levels.count(1) == 1 else ["not one <h1>"])


@pytest.mark.parametrize("path", routes("GET"))
def test_every_page_is_well_made(
    path: str,
    stage: Stage,
    rosa: Person,
    bread: Blog,
    rosas: Browser,
    carlas: Browser,
    ottos: Browser,
    anybody: Browser,
) -> None:
    undo = stage.person("ulla@reads.example").moves_to("ulla@new.example")
    rye = bread.post("rye")
    click = rosa.clicks(rye).click_id
    rosa.subscribes(rye)
    rosa.gives(rye, "1.00")
    rosa.connects()
    publish_reader(
        rosa.stage.db, reader=rosa.user, handle="rosa", shows_clicks=True, is_findable=True, now=at("2026-09-03")
    )
    about = {"token": bread.post("oats").token, "click": click, "code": rye.code, "thing": str(rye.thing)}
    address = filled(path, **about, site=bread.key.site, key="x", undo=undo)

    answers = [browser.get(address) for browser in (anybody, rosas, carlas, ottos)]
    drawn = [answer for answer in answers if answer.headers.get("content-type", "").startswith("text/html")]

    assert [fault for answer in drawn for fault in faults_of(answer.text)] == []


def test_pages_that_answer_a_form_are_well_made(
    rosas: Browser, carlas: Browser, rosa: Person, carla: Person, bread: Blog
) -> None:
    later = carla.registers("https://later.example/", is_approved=False)
    rye = bread.post("rye")
    click = rosa.clicks(rye).click_id
    answers = [
        carlas.post(f"/creator/sites/{bread.key.site}/key"),
        carlas.post("/creator/sites", {"address": "x y"}),
        *(carlas.post(f"/creator/sites/{later.key.site}/verify", {"proof": proof}) for proof in Proof),
        rosas.post("/me/pledge", {"other": "x"}),
        rosas.post("/me/applications", {"label": "Feed reader"}),
        rosas.post("/me/public", {"handle": "x"}),
        rosas.post("/f/give", {"thing": rye.thing, "click": click, "amount": "x"}),
        rosas.post("/f/give", {"thing": rye.thing, "site": bread.key.site, "amount": "x"}),
        rosas.post("/sign-in", {"email": "x"}),
        rosas.post("/sign-in/code", {"code": "x"}),
        rosas.post("/sign-in/recovery-code", {"code": "x"}),
        rosas.post("/sign-in/passkey/proof", {"credential": "x"}),
        rosas.post("/me/account/name", {"name": " "}),
        rosas.post("/me/account/address", {"email": "x"}),
        rosas.post("/me/account/address/code", {"code": "x"}),
        rosas.post("/me/account/passkeys/new", {"credential": "x"}),
        rosas.follow(rosas.post("/me/account/passkeys")),
        rosas.follow(rosas.post("/sign-in/passkey")),
        rosas.post("/me/account/leave", {"email": "x"}),
        rosas.post("/me/account/recovery-codes"),
        rosas.get("/me/account"),
        rosas.get("/sign-in/prove"),
    ]

    assert [fault for answer in answers for fault in faults_of(answer.text)] == []


def test_the_search_for_faults_finds_them() -> None:
    body = '<h1 id=a>x</h1><p id=a><form><input></form><h3 aria-labelledby="b">y</h3></p><a href="#c">z</a>'

    assert faults_of(f"<html><body>{body}</body></html>") == [
        "<form> inside ['html', 'body', 'p']",
        "<h3> inside ['html', 'body', 'p']",
        "id a stands 2 times",
        "b leads nowhere",
        "c leads nowhere",
        "a field without a label: {}",
        "<h3> after <h1>",
        "no language or no <main>",
    ]


STYLE = (HERE / "static" / "flattr.css").read_text()
TEXT_ON = [
    *product(("ink", "soft", "green"), ("paper", "sheet")),
    ("on-green", "green"),
    ("on-green", "green-deep"),
    ("green", "wash"),
    ("green-deep", "wash"),
    ("ink", "red-wash"),
    ("ink", "honey-wash"),
    ("red", "paper"),
    ("red", "sheet"),
    ("red", "red-wash"),
]
SHAPES_ON = [*product(("field", "honey"), ("paper", "sheet"))]


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_colours_can_be_told_apart(is_dark: bool) -> None:
    """WCAG 2.2: 4.5 to 1 for text (1.4.3), 3 to 1 for borders, focus rings and drawings (1.4.11)."""
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in STYLE.split("@media")[:2])
    colours = dark if is_dark else light

    too_faint = [pair for pair in TEXT_ON if contrast(colours, *pair) < 4.5]
    too_faint += [pair for pair in SHAPES_ON if contrast(colours, *pair) < 3]

    assert too_faint == []


def contrast(colours: dict[str, str], front: str, back: str) -> float:
    brighter, darker = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


NOT_OUR_WORDS = (
    "account member patron donor donation donate customer author payee publisher admin administrator backend website"
    " domain wallet vote slice tip payday login item"
).split()


def test_messages_keep_to_the_glossary() -> None:
    """One word for one thing, so that nobody has to guess whether two things are meant."""
    texts = [text for message in messages() for text in ([message] if isinstance(message, str) else message)]

    assert [text for text in texts if has_other_words(text)] == []


@pytest.mark.parametrize("template", sorted(path.name for path in (HERE / "templates").glob("*.html")))
def test_pages_keep_to_the_glossary(template: str) -> None:
    """One word for one thing, so that nobody has to guess whether two things are meant."""
    text = (HERE / "templates" / template).read_text()
    shown = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}|<[^>]+>", " ", text, flags=re.S).lower()

    assert not has_other_words(shown)


def has_other_words(text: str) -> bool:
    words = re.findall(r"[a-z]+", re.sub(r"%\(\w+\)s|<[^>]+>", " ", text.lower()))
    return not {*NOT_OUR_WORDS, *(f"{word}s" for word in NOT_OUR_WORDS)}.isdisjoint(words)
