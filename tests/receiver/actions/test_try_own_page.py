"""A creator tries a page of a site: it is fetched inside the site alone, and what is on it is said in sentences."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from flattr_button import button_html, head_link
from flattr_button.preview import preview_button
from receiver.actions.register_site import replace_leaked_site_key
from receiver.actions.try_own_page import TRIES_PER_HOUR, PageTries, TriedPage, Verdict, try_own_page
from receiver.domain.errors import BadInput, FetchRefused, NotAllowed, TooMany
from tests.fakes.database import dump
from tests.fakes.pages import Pages
from tests.receiver.cast import RECEIVER, Blog, Page, Person, Stage

RYE = "https://bread.example/rye/"
ADDRESS_OF_RYE = f'<link rel="canonical" href="{RYE}">'


@pytest.fixture
def pages() -> Pages:
    return Pages()


@pytest.fixture
def tries() -> PageTries:
    return PageTries()


@pytest.fixture
def tried(stage: Stage, pages: Pages, tries: PageTries, bread: Blog, carla: Person):
    """Put a page at an address and let Carla try it."""

    def try_page(html: str, *, at: str = RYE, owner: Person = carla, address: str | None = None) -> TriedPage:
        pages.body_by_url[at] = html.encode()
        return try_own_page(
            stage.db, stage.keys, pages, tries,
            owner=owner.user, site=bread.key.site, address=at if address is None else address,
            receiver=RECEIVER, now=stage.now,
        )  # fmt: skip

    return try_page


def page_with(*parts: str) -> str:
    return f"<html><head>{ADDRESS_OF_RYE}</head><body>{''.join(parts)}</body></html>"


def button_of(page: Page) -> str:
    return str(head_link(RECEIVER, page.token) + button_html(RECEIVER, page.token))


def sentences(tried: TriedPage, verdict: Verdict) -> list[str]:
    return [str(finding.found) for finding in tried.findings if finding.verdict is verdict]


def test_a_page_with_its_own_button_is_all_good(tried, stage: Stage, bread: Blog) -> None:
    before = dump(stage.db)

    found = tried(page_with(button_of(bread.post("rye"))))

    assert [str(finding.found) for finding in found.findings] == [
        f"A signed button, key generation 1, for {RYE}: valid, and for this very page.",
        '<link rel="payment"> is in the head.',
    ]
    assert {finding.verdict for finding in found.findings} == {Verdict.GOOD}
    assert (found.address, found.advice) == (RYE, ())
    assert dump(stage.db) == before, "to look writes nothing"


def test_a_link_with_the_site_token_counts_too(tried, bread: Blog) -> None:
    link = f"{RECEIVER}s/{bread.site_token}"

    named = tried(page_with(f'<a href="{link}?u={quote(RYE, safe="")}&amp;t=Rye">Flattr this</a>'))
    unnamed = tried(page_with(f'<a href="{link}">Flattr this</a>'))
    other = tried(page_with(f'<a href="{link}?u={quote("https://radio.example/", safe="")}">Flattr this</a>'))

    assert sentences(named, Verdict.GOOD) == [
        f"A link with the site token, generation 1, for {RYE}: valid, and for this very page."
    ]
    assert named.advice == ()
    assert "does not say which page" in sentences(unnamed, Verdict.NOTE)[0]
    assert "https://radio.example/ is outside https://bread.example/" in sentences(other, Verdict.BAD)[0]


def test_a_button_of_another_page_is_told(tried, bread: Blog) -> None:
    (sentence,) = sentences(tried(page_with(button_of(bread.post("oats")))), Verdict.BAD)

    assert sentence == (
        f"A signed button, key generation 1, for https://bread.example/oats/: valid, but the page is {RYE}."
        " A post has the button of its own address."
    )


def test_a_list_of_posts_has_buttons_of_several_things(tried, bread: Blog) -> None:
    found = tried(page_with(button_of(bread.post("rye")), button_of(bread.post("oats"))))

    assert any("buttons of several things" in sentence for sentence in sentences(found, Verdict.NOTE))


def test_a_button_of_another_site_is_told(tried, carla: Person) -> None:
    rye = carla.registers("https://other.example/", title="Other").post("rye")

    assert "but of another site (Other)" in sentences(tried(page_with(button_of(rye))), Verdict.BAD)[0]


def test_a_button_of_another_receiver_is_told(tried, bread: Blog) -> None:
    html = button_html("https://coins.example/flattr", bread.post("rye").token)

    (sentence,) = sentences(tried(page_with(html)), Verdict.BAD)

    assert sentence == (
        f"A button leads to another receiver, https://coins.example/flattr/; the address of this one is {RECEIVER}."
    )


def test_a_forged_button_a_preview_and_a_cut_link_are_told(tried, bread: Blog) -> None:
    token = bread.post("rye").token
    forged = token[:-1] + ("A" if token[-1] != "A" else "E")

    for html, told in (
        (button_html(RECEIVER, forged), "refused here: the signature does not fit"),
        (preview_button(), "leads nowhere: a preview"),
        (f'<a class="flattr-button" href="{RECEIVER}f/{token[:30]}">x</a>', "leads to no thing"),
    ):
        assert told in sentences(tried(page_with(html)), Verdict.BAD)[0], html


def test_a_button_with_a_retired_key_is_told(tried, stage: Stage, bread: Blog, carla: Person) -> None:
    html = page_with(button_of(bread.post("rye")))
    replace_leaked_site_key(
        stage.db, stage.keys, owner=carla.user, site=bread.key.site, generation=1, now=stage.now
    )  # fmt: skip

    assert "key retired 3 September 2026; build the site again" in sentences(tried(html), Verdict.BAD)[0]


def test_a_site_that_waits_for_its_word_is_told(tried, bread: Blog) -> None:
    bread.is_withdrawn()

    assert "not verified yet" in sentences(tried(page_with(button_of(bread.post("rye")))), Verdict.NOTE)[0]


@pytest.mark.parametrize(
    ("canonical", "verdict", "told"),
    [
        ("", Verdict.NOTE, "names no canonical address"),
        ("https://bread.example/", Verdict.NOTE, "calls https://bread.example/ its canonical address"),
        ("https://medium.example/rye", Verdict.BAD, "which is outside of this site"),
    ],
)
def test_what_the_page_calls_itself_is_compared(
    tried, bread: Blog, canonical: str, verdict: Verdict, told: str
) -> None:
    head = f'<link rel="canonical" href="{canonical}">' if canonical else ""

    assert any(told in sentence for sentence in sentences(tried(head + button_of(bread.post("rye"))), verdict))


def test_a_head_without_its_link_or_with_another_is_told(tried, bread: Blog) -> None:
    rye, oats = bread.post("rye"), bread.post("oats")

    without = tried(page_with(button_html(RECEIVER, rye.token)))
    other = tried(page_with(button_html(RECEIVER, rye.token), head_link(RECEIVER, oats.token)))

    assert 'no <link rel="payment">' in sentences(without, Verdict.NOTE)[0]
    assert "of another thing" in sentences(other, Verdict.BAD)[0]


def test_old_flattr_is_told_and_not_without_end(tried) -> None:
    old = '<a class="FlattrButton" href="https://bread.example/">x</a>\n'

    found = sentences(tried(page_with(old * 8)), Verdict.BAD)

    assert found[0].startswith("Code of the old Flattr, which closed in 2023, in line 1: <a class=")
    assert found[5:] == ["And 3 more pieces of the old Flattr."]


def test_a_page_without_a_button_says_what_to_do_next(tried, bread: Blog) -> None:
    plain = tried(page_with("<p>Rye.</p>"))
    scripted = tried(page_with(f"<script>draw('https://flattr.example/s/{bread.site_token}')</script>"))

    assert any("FLATTR_SITE_KEY" in sentence for sentence in map(str, plain.advice))
    (sentence,) = map(str, scripted.advice)
    assert "a script may draw the button" in sentence


@pytest.mark.parametrize("address", ["/rye/", " rye/ ", "HTTPS://Bread.example/rye/?utm_source=x#top"])
def test_an_address_may_be_written_as_people_do(tried, address: str) -> None:
    assert tried("", address=address).address == RYE


@pytest.mark.parametrize(
    "address",
    [
        "https://radio.example/",
        "https://bread.example.evil.example/",
        "https://bread.example@evil.example/",
        "http://bread.example/",
        "//evil.example/",
        "https://bread.example\\@evil.example/",
        "http://127.0.0.1/",
        "http://[",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ],
)
def test_nothing_outside_of_the_site_is_fetched(tried, pages: Pages, address: str) -> None:
    with pytest.raises(BadInput, match="begins with https://bread"):
        tried("", address=address)

    assert pages.asked == []


def test_a_page_of_somebody_else_is_not_fetched(tried, pages: Pages, cem: Person) -> None:
    with pytest.raises(NotAllowed):
        tried("", owner=cem)

    assert pages.asked == []


def test_a_page_that_cannot_be_fetched_says_why(tried) -> None:
    with pytest.raises(FetchRefused, match="answered with status 404"):
        tried("", address="nothing/")


def test_a_user_tries_so_many_pages_an_hour_and_another_is_not_hindered(
    tried, stage: Stage, tries: PageTries, cem: Person, pages: Pages
) -> None:
    for _ in range(TRIES_PER_HOUR):
        tried("")
    with pytest.raises(TooMany, match="tried 20 pages within an hour") as refusal:
        tried("")
    tries.take(cem.user.id, stage.now)
    stage.now += timedelta(hours=1)

    assert refusal.value.retry_after_s == 3_600
    assert len(pages.asked) == TRIES_PER_HOUR
    assert tried("").address == RYE


def test_what_was_refused_before_a_fetch_is_no_try(tried, pages: Pages) -> None:
    for _ in range(TRIES_PER_HOUR + 1):
        with pytest.raises(BadInput):
            tried("", address="https://radio.example/")

    assert tried("").address == RYE
