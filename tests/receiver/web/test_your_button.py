"""The page *Your button*: the very files of snippets/, filled in; a real button; and never the site key."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx2
import pytest

from flattr_button import LOOKS, POSITIONS, button_html
from flattr_button.badge import badge_svg
from flattr_button.wording import LANGUAGES, wording
from receiver.app import build_app
from receiver.web.parts import Parts
from receiver.web.security import HEADERS, POLICY, SecurityHeaders
from tests.fakes.database import dump
from tests.fakes.pages import Pages
from tests.receiver.cast import RECEIVER, Blog, Person, Stage
from tests.receiver.web.browser import Browser, text_of

SNIPPETS = Path(__file__).parents[3] / "snippets"
FOLDERS = sorted(path.parent.name for path in SNIPPETS.glob("*/README.md"))
PLUGINS = ["pelican", "mkdocs"]
OTHER_RECEIVER = "https://coins.example/flattr/"
DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def elsewhere(parts: Parts, carla: Person) -> Browser:
    """Carla at a receiver whose address is none of the placeholders."""
    settings = parts.settings.model_copy(update={"public_url": OTHER_RECEIVER})
    return Browser(build_app(replace(parts, settings=settings))).of(carla)


def page_of(blog: Blog, **choice: str) -> str:
    return f"/creator/sites/{blog.key.site}/button?{urlencode(choice)}"


class _Copied(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text_by_name: dict[str, str] = {}
        self._name, self._is_code = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "figure":
            self._name = dict(attrs).get("id") or ""
        if tag == "code" and self._name:
            self._is_code, self.text_by_name[self._name] = True, ""

    def handle_endtag(self, tag: str) -> None:
        self._is_code = self._is_code and tag != "code"
        if tag == "figure":
            self._name = ""

    def handle_data(self, data: str) -> None:
        if self._is_code:
            self.text_by_name[self._name] += data


def copied_from(answer: httpx2.Response) -> dict[str, str]:
    """Return what a creator copies, by the name it has on the page; files are called `file-PATH`."""
    assert answer.status_code == 200, answer.text
    reader = _Copied()
    reader.feed(answer.text)
    return reader.text_by_name


def files_on(answer: httpx2.Response) -> dict[str, str]:
    return {name.removeprefix("file-"): text for name, text in copied_from(answer).items() if name.startswith("file-")}


def filled_by_hand(text: str, blog: Blog, *, signs: bool, language: str) -> str:
    """Fill a file in as a careful creator does with an editor."""
    text = text.replace("https://flattr.example", OTHER_RECEIVER.rstrip("/"))
    text = text.replace("https://blog.example/", blog.address)
    text = text.replace("https%3A%2F%2Fblog.example%2F", quote(blog.address, safe=""))
    text = text.replace("fst1_SITE_TOKEN", blog.site_token)
    if not signs:
        text = text.replace("Flattr this", wording(language)[1]).replace("flattr-en.svg", f"flattr-{language}.svg")
    return text


def test_every_folder_of_snippets_is_offered_and_every_platform_is_one(carlas: Browser, bread: Blog) -> None:
    offered = re.findall(r'type="radio" name="platform" value="([^"]+)"', carlas.get(page_of(bread)).text)

    assert sorted(offered) == sorted([*PLUGINS, *FOLDERS])


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_page_shows_the_very_files_filled_in(folder: str, elsewhere: Browser, bread: Blog) -> None:
    text_by_path = {
        path.relative_to(SNIPPETS / folder).as_posix(): path.read_bytes().decode()
        for path in (SNIPPETS / folder).rglob("*")
        if path.is_file() and path.name != "README.md" and "__pycache__" not in path.parts
    }
    signs = any("FLATTR_SITE_KEY" in text for text in text_by_path.values())

    shown = {}
    for language in LANGUAGES if folder == "badge" else ("de",):
        for path, text in files_on(elsewhere.get(page_of(bread, platform=folder, language=language))).items():
            shown[path] = text
            assert text == filled_by_hand(text_by_path[path], bread, signs=signs, language=language), path

    assert sorted(shown) == sorted(text_by_path)


@pytest.mark.parametrize("platform", [*PLUGINS, *FOLDERS])
def test_no_placeholder_and_no_key_is_on_the_page(platform: str, elsewhere: Browser, bread: Blog) -> None:
    page = elsewhere.get(page_of(bread, platform=platform, look="compact", language="fr"))

    assert page.status_code == 200
    assert not re.findall(r"flattr\.example|https://blog\.example|blog\.example%2F|SITE_TOKEN", page.text)
    for key in (bread.key, bread.newest_key()):
        assert key.secret.decode() not in page.text
    assert not re.search(r"fsk1_[a-z2-7]{10}_[1-9]", page.text)
    assert f"/creator/sites/{bread.key.site}#key" in page.text or bread.site_token in page.text or platform == "badge"


@pytest.mark.parametrize("platform", [*PLUGINS, *FOLDERS])
def test_links_of_the_instructions_lead_to_what_is_there(platform: str, carlas: Browser, bread: Blog) -> None:
    page = carlas.get(page_of(bread, platform=platform))
    ids = set(re.findall(r' id="([^"]+)"', page.text))
    section = page.text.partition('id="steps"')[2].partition("</section>")[0]

    for target in map(unescape, re.findall(r'<a href="([^"]+)"', section)):
        if target.startswith("#"):
            assert target[1:] in ids
        elif target.startswith("/"):
            assert carlas.get(target).status_code == 200
        else:
            assert target.startswith("https://")
    assert len(re.findall(r' id="([^"]+)"', page.text)) == len(ids), "an id is there twice"


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("language", ["en", "de", "ar", "zh-Hant"])
def test_the_preview_is_a_real_button_in_light_and_dark(
    look: str, language: str, carlas: Browser, rosas: Browser, bread: Blog
) -> None:
    page = carlas.get(page_of(bread, look=look, language=language)).text
    buttons = re.findall(r'<a class="flattr-button".*?</a>', page)

    (token,) = {match for button in buttons for match in re.findall(r"/f/([^\"]+)", button)}
    assert buttons == [button_html(RECEIVER, token, language=language, look=look)] * 2
    assert re.findall(r'class="preview (\w+)"', page) == ["light", "dark"]
    assert "bread.example" in text_of(rosas.get(f"/f/{token}"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_no_button_can_stand_the_picture_is_shown(language: str, carlas: Browser, bread: Blog) -> None:
    page = carlas.get(page_of(bread, platform="readme", language=language)).text

    pictures = re.findall(r'<img src="data:image/svg\+xml,([^"]+)" alt="([^"]+)"', page)
    assert pictures == [(quote(badge_svg(language)), wording(language)[1])] * 2


def test_the_policy_allows_the_styles_of_the_preview_and_nothing_else(carlas: Browser, bread: Blog) -> None:
    for look in LOOKS:
        answer = carlas.get(page_of(bread, look=look))
        styles = set(map(unescape, re.findall(r' style="([^"]*)"', answer.text)))
        hashes = {base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles}

        wider = answer.headers[POLICY].removeprefix(f"{HEADERS[POLICY]}; style-src-attr 'unsafe-hashes' ")
        assert set(wider.split()) == {f"'sha256-{digest}'" for digest in hashes}
    assert carlas.get("/creator").headers[POLICY] == HEADERS[POLICY]


@pytest.mark.parametrize(
    "policy",
    [
        "default-src *",
        HEADERS[POLICY] + "; style-src-attr 'unsafe-inline'",
        HEADERS[POLICY] + "; script-src *",
        "x" + HEADERS[POLICY],
    ],
)
def test_any_other_policy_of_an_answer_gives_way_to_ours(policy: str) -> None:
    secured = SecurityHeaders(lambda *_: None, is_https=True)  # type: ignore[arg-type]

    headers = dict(secured._with_own([(b"content-security-policy", policy.encode())]))

    assert headers[b"content-security-policy"].decode() == HEADERS[POLICY]


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"platform": "geocities"}, "no platform 'geocities' here; choose one of pelican, mkdocs"),
        ({"platform": "../../etc"}, "is no platform"),
        ({"platform": "README.md"}, "is no platform"),
        ({"look": "<b>"}, "is no look of the button"),
        ({"placement": "under"}, "is no position of the button"),
        ({"language": "tlh"}, "does not speak 'tlh'"),
    ],
)
def test_a_choice_that_does_not_exist_says_what_there_is(
    choice: dict[str, str], sentence: str, carlas: Browser, bread: Blog
) -> None:
    answer = carlas.get(page_of(bread, **choice))

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "<b>" not in answer.text


def test_the_form_keeps_what_was_chosen(carlas: Browser, bread: Blog) -> None:
    page = carlas.get(page_of(bread, platform="hugo", placement="both", look="text", language="sv")).text

    assert re.findall(r'value="([^"]+)" checked', page) == ["hugo"]
    assert re.findall(r'value="([^"]+)" selected', page) == ["both", "text", "sv"]
    assert re.findall(r'<option value="([^"]+)"', page) == [*POSITIONS, *LOOKS, *LANGUAGES]


def test_only_the_creator_of_a_site_sees_its_button(rosas: Browser, anybody: Browser, bread: Blog) -> None:
    assert rosas.get(page_of(bread)).status_code == 403
    assert anybody.get(page_of(bread)).headers["location"].startswith("/sign-in?to=/creator/sites/")
    assert rosas.post(f"/creator/sites/{bread.key.site}/button/test", {"address": bread.address}).status_code == 403


def test_what_a_strict_blog_must_allow_is_said(carlas: Browser, bread: Blog) -> None:
    (documented,) = re.findall(r"^```text\n(style-src-attr.*)\n```$", (DOCS / "button.md").read_text(), re.M)

    def policies(platform: str) -> list[str]:
        copied = copied_from(carlas.get(page_of(bread, platform=platform)))
        return [text for name, text in copied.items() if name.startswith("policy-")]

    assert policies("pelican") == policies("hugo") == [documented]
    assert policies("blogger") == []
    (script_hash,) = policies("html")
    script = files_on(carlas.get(page_of(bread, platform="html")))["script.html"]
    digest = hashlib.sha256(script.partition("<script>")[2].partition("</script>")[0].encode()).digest()
    assert script_hash == f"script-src 'sha256-{base64.b64encode(digest).decode()}'"


def test_what_a_snippet_cannot_be_told_is_said_to_be_done_by_hand(carlas: Browser, bread: Blog) -> None:
    hugo = copied_from(carlas.get(page_of(bread, platform="hugo", look="compact", language="fr")))
    html = copied_from(carlas.get(page_of(bread, platform="html", look="compact", language="fr")))

    compact = re.findall(r'style="([^"]*)"', button_html(RECEIVER, "t", look="compact"))[0]
    assert hugo["style-by-hand"] == compact
    assert hugo["words-by-hand"] == "fr: Flattrer cette page"
    assert re.sub(r"\s+", "", html["style-sheet"]) == f".flattr-button{{{compact};}}".replace(" ", "")
    assert "words-by-hand" not in html, "its words are filled in"
    plain = copied_from(carlas.get(page_of(bread, platform="hugo", language="de")))
    assert not {"style-by-hand", "words-by-hand"} & set(plain)


def test_where_the_look_cannot_be_chosen_the_page_says_so(carlas: Browser, bread: Blog) -> None:
    assert "the look cannot be chosen" in carlas.get(page_of(bread, platform="newsletter")).text
    assert "the look cannot be chosen" not in carlas.get(page_of(bread, platform="html")).text


def test_an_address_with_signs_of_code_is_pointed_out(carlas: Browser, carla: Person, bread: Blog) -> None:
    odd = carla.registers("https://odd.example/it's/", title="Odd")

    assert "may mean something in code" in carlas.get(page_of(odd)).text
    assert "may mean something in code" not in carlas.get(page_of(bread)).text


Try = Callable[..., httpx2.Response]


@pytest.fixture
def try_page(carlas: Browser, bread: Blog) -> Try:
    def send(address: str, **choice: str) -> httpx2.Response:
        return carlas.post(f"/creator/sites/{bread.key.site}/button/test", {"address": address, **choice})

    return send


def test_a_page_is_tried_and_the_choice_is_kept(try_page: Try, stage: Stage, bread: Blog, pages: Pages) -> None:
    rye = bread.post("rye")
    pages.body_by_url[rye.url] = str(button_html(RECEIVER, rye.token)).encode()
    before = dump(stage.db)

    answer = try_page(rye.url, platform="hugo", look="text")

    assert answer.status_code == 200
    assert f"A signed button, key generation 1, for {rye.url}: valid" in text_of(answer)
    assert re.findall(r'value="([^"]+)" checked', answer.text) == ["hugo"]
    assert f'value="{rye.url}"' in answer.text
    assert dump(stage.db) == before


def test_a_page_without_a_button_is_told_what_to_do(try_page: Try, pages: Pages) -> None:
    pages.body_by_url["https://bread.example/"] = b"<title>Bread</title>"

    answer = try_page("https://bread.example/")

    assert "There is no button of ours in this page." in text_of(answer)
    assert "Was the site built with FLATTR_SITE_KEY" in text_of(answer)


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("https://radio.example/", 422, "is outside of this site; write an address that begins with"),
        ("https://bread.example/nothing/", 409, "answered with status 404"),
    ],
)
def test_what_cannot_be_tried_says_why_beside_the_field(
    try_page: Try, address: str, status: int, sentence: str
) -> None:
    answer = try_page(address)

    assert answer.status_code == status
    assert sentence in text_of(answer)
    assert 'aria-invalid="true"' in answer.text
    assert f'value="{address}"' in answer.text


def test_too_many_tries_are_told_when_to_come_back(try_page: Try, monkeypatch, pages: Pages) -> None:
    monkeypatch.setattr("receiver.actions.try_own_page.TRIES_PER_HOUR", 1)
    pages.body_by_url["https://bread.example/"] = b""
    try_page("https://bread.example/")

    answer = try_page("https://bread.example/")

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")
    assert "try again later" in text_of(answer)


def test_what_a_strange_page_says_is_shown_as_text(try_page: Try, pages: Pages) -> None:
    pages.body_by_url["https://bread.example/"] = (
        b'<a class="flattr-button" href="https://x.example/&lt;script&gt;alert(1)&lt;/script&gt;">x</a>'
        b'<a class="FlattrButton" title="<script>alert(2)</script>">old</a>'
    )

    page = try_page("https://bread.example/").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_post_that_was_clicked_is_offered_for_the_test(carlas: Browser, rosa: Person, bread: Blog) -> None:
    assert 'value="https://bread.example/"' in carlas.get(page_of(bread)).text
    rosa.clicks(bread.post("rye"))

    assert 'value="https://bread.example/rye/"' in carlas.get(page_of(bread)).text


def test_the_page_of_the_site_leads_to_its_button(carlas: Browser, bread: Blog) -> None:
    assert f"/creator/sites/{bread.key.site}/button" in carlas.get(f"/creator/sites/{bread.key.site}").text
