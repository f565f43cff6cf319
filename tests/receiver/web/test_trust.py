"""The page that sends itself: for whom it does, what it carries, and that everybody else sees the confirm page."""

import re

import pytest

from receiver.domain.at_once import AT_ONCE_PER_HOUR
from receiver.domain.month import Month
from tests.fakes.database import dump
from tests.receiver.cast import Blog, Page, Person, Stage, at
from tests.receiver.web.browser import OWN_ORIGIN, Browser, text_of

SEPTEMBER = Month(2026, 9)
FOLLOWED = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-User": "?1",
    "Referer": "https://bread.example/",
}


@pytest.fixture
def trusting(stage: Stage, rosa: Person, rosas: Browser, bread: Blog) -> Browser:
    """Rosa's browser; she trusts Carla's blog, and has clicked nothing there today."""
    click = rosa.clicks(bread.post("first")).click_id
    assert rosas.post("/f/trust", {"click": click}).headers["location"] == f"/f/done/{click}"
    stage.now = at("2026-09-10")
    return rosas


def opened(browser: Browser, page: Page, **changed: str | None) -> str:
    """Open a button as somebody who has followed a link, but for what is said otherwise."""
    headers = FOLLOWED | {name.replace("_", "-"): value for name, value in changed.items()}
    said = {name: value for name, value in headers.items() if value is not None}
    answer = browser.client.get(f"/f/{page.token}", headers=said)
    assert answer.status_code == 200
    assert 'class="press" method="post" action="/f"' in answer.text, "the button is there for who has no script"
    return answer.text


def sends_itself(html: str) -> bool:
    assert ('id="at-once"' in html) is ("/static/at_once.js" in html)
    return 'id="at-once"' in html


def form_of(html: str) -> dict[str, str]:
    form = html.partition('id="at-once"')[2].partition("</form>")[0]
    return dict(re.findall(r'name="(\w+)" value="([^"]+)"', form))


def test_a_press_on_a_trusted_site_is_a_click_and_undo_follows(trusting: Browser, rosa: Person, bread: Blog) -> None:
    html = opened(trusting, bread.post("rye"))
    assert sends_itself(html)
    assert "You trust Bread" in text_of(trusting.client.get("/me/subscriptions")) or "Bread" in html

    done = trusting.post("/f/at-once", form_of(html))

    page = trusting.follow(done)
    assert "It was clicked at once, because you trust Bread" in text_of(page)
    assert "/f/undo/" in page.text
    assert rosa.month(SEPTEMBER).counting == 2


def test_opening_the_page_writes_nothing(trusting: Browser, stage: Stage, bread: Blog) -> None:
    before = dump(stage.db)
    for _ in range(50):
        assert sends_itself(opened(trusting, bread.post("rye")))

    assert dump(stage.db) == before


@pytest.mark.parametrize(
    "changed",
    [
        {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": None},
        {"Sec_Fetch_Mode": "no-cors"},
        {"Sec_Fetch_Mode": "cors"},
        {"Sec_Fetch_Mode": "nested-navigate"},
        {"Sec_Fetch_Dest": "iframe"},
        {"Sec_Fetch_Dest": "frame"},
        {"Sec_Fetch_Dest": "embed"},
        {"Sec_Fetch_Dest": "object"},
        {"Sec_Fetch_Dest": "image"},
        {"Sec_Fetch_User": None},
        {"Sec_Fetch_User": "?0"},
        {"Sec_Purpose": "prefetch"},
        {"Sec_Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"Referer": None},
        {"Referer": "https://evil.example/"},
        {"Referer": "https://flattr.example/sign-in/code"},
        {"Referer": "https://bread.example.evil.example/"},
    ],
    ids=str,
)
def test_whatever_else_the_browser_says_the_page_asks(
    trusting: Browser, bread: Blog, changed: dict[str, str | None]
) -> None:
    assert not sends_itself(opened(trusting, bread.post("rye"), **changed))


def test_a_blog_on_a_sibling_host_is_another_site_too(trusting: Browser, bread: Blog) -> None:
    assert sends_itself(opened(trusting, bread.post("rye"), Sec_Fetch_Site="same-site"))


def test_no_page_of_it_may_be_framed(trusting: Browser, bread: Blog) -> None:
    answer = trusting.client.get(f"/f/{bread.post('rye').token}", headers=FOLLOWED)

    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"


def test_who_is_not_signed_in_or_does_not_trust_is_asked(
    trusting: Browser, anybody: Browser, visit, rui: Person, bread: Blog
) -> None:
    rye = bread.post("rye")
    strangers = anybody.client.get(f"/f/{rye.token}", headers=FOLLOWED)

    assert not sends_itself(strangers.text)
    assert not sends_itself(opened(visit().of(rui), rye))


def test_a_link_with_a_site_token_asks(trusting: Browser, bread: Blog) -> None:
    answer = trusting.client.get(f"/s/{bread.site_token}?u=https://bread.example/wheat/", headers=FOLLOWED)

    assert answer.status_code == 200
    assert not sends_itself(answer.text)


def test_a_hundred_pages_opened_at_once_are_five_clicks(trusting: Browser, rosa: Person, bread: Blog) -> None:
    """Each was opened before the first was sent; the form that comes too late leads to the confirm page."""
    pages = bread.posts(" ".join(f"post{number}" for number in range(30)))
    forms = [form_of(opened(trusting, page)) for page in pages]

    answers = [trusting.post("/f/at-once", form) for form in forms]

    late = [answer.headers["location"] for answer in answers if "/f/done/" not in answer.headers["location"]]
    assert late == [f"/f/{page.token}" for page in pages[AT_ONCE_PER_HOUR:]]
    assert rosa.month(SEPTEMBER).counting == 1 + AT_ONCE_PER_HOUR
    assert "Flattr this" in trusting.get(late[0]).text


def test_a_form_that_is_too_old_or_without_a_session_leads_to_the_confirm_page(
    trusting: Browser, anybody: Browser, visit, stage: Stage, rosa: Person, bread: Blog
) -> None:
    rye = bread.post("rye")
    form = form_of(opened(trusting, rye))

    assert visit().post("/f/at-once", form).headers["location"] == f"/f/{rye.token}"
    stage.now = at("2026-09-10T00:11")
    assert trusting.post("/f/at-once", form).headers["location"] == f"/f/{rye.token}"
    assert rosa.month(SEPTEMBER).counting == 1


def test_no_other_site_sends_the_form(trusting: Browser, rosa: Person, bread: Blog) -> None:
    form = form_of(opened(trusting, bread.post("rye")))

    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {}):
        assert trusting.post("/f/at-once", form, headers=headers).status_code == 403
    assert trusting.post("/f/at-once", form | {"click": "x"}, headers=OWN_ORIGIN).status_code == 403
    assert rosa.month(SEPTEMBER).counting == 1


def test_trust_is_listed_and_revoked(trusting: Browser, bread: Blog) -> None:
    assert "Bread bread.example 3 September 2026 Trust no more" in text_of(trusting.get("/me/subscriptions"))

    after = trusting.follow(trusting.post(f"/me/trusted/{bread.key.site}/revoke"))

    assert "None. After a click on a site’s button" in text_of(after)
    assert not sends_itself(opened(trusting, bread.post("rye")))


def test_trust_is_offered_where_it_can_be_given(
    stage: Stage, rosas: Browser, rosa: Person, bread: Blog, radio: Blog
) -> None:
    own_host, shared = rosa.clicks(bread.post("rye")).click_id, rosa.clicks(radio.post("valves")).click_id

    assert "Click at once there" in rosas.get(f"/f/done/{own_host}").text
    assert "Click at once there" not in rosas.get(f"/f/done/{shared}").text
    assert rosas.post("/f/trust", {"click": shared}).status_code == 403
    assert rosas.post("/f/trust", {"click": "202609-999"}).status_code == 404
