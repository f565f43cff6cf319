"""What a plugin asks of a blog's settings."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from flattr_button import (
    BadSiteKey,
    BadUrl,
    Blog,
    MissingSettings,
    OutsideScope,
    SiteKey,
    SiteOfToken,
    ThingsList,
    Wish,
    looks_like_site_key,
    moment_of,
    verify,
)

KEY = SiteKey("carlasblog", 1, b"c0ffee00" * 8)
ENVIRONMENT = {"FLATTR_SITE_KEY": KEY.text()}
BLOG = Blog(KEY, "https://flattr.example/", "https://carla.example/blog/")


def test_receiver_and_scope_become_canonical():
    blog = Blog.from_settings(
        ENVIRONMENT, receiver=" HTTPS://Flattr.Example", site_url="https://carla.example:443/blog"
    )

    assert blog == BLOG


def test_all_that_is_missing_is_named_at_once():
    with pytest.raises(MissingSettings) as missing:
        Blog.from_settings({}, receiver=None, site_url=" ")

    assert missing.value.names == ("receiver", "site_url", "FLATTR_SITE_KEY")


@pytest.mark.parametrize(
    ("receiver", "key", "error"), [("here", KEY.text(), BadUrl), ("https://a.example", "x", BadSiteKey)]
)
def test_what_is_wrong_is_refused(receiver, key, error):
    with pytest.raises(error):
        Blog.from_settings({"FLATTR_SITE_KEY": key}, receiver=receiver, site_url="https://carla.example")


def test_a_post_outside_the_scope_is_not_signed():
    with pytest.raises(OutsideScope):
        BLOG.sign_post(url="https://carla.example/elsewhere", title="Bread")


def test_button_link_and_place_are_of_one_token():
    thing = BLOG.sign_post(url="https://carla.example/blog/bread", title="Bread &amp; <i>butter</i>", language="de")

    assert f'href="https://flattr.example/f/{thing.token}"' in thing.button
    assert thing.token in thing.head_link
    assert "Diesen Beitrag flattrn" in thing.button
    assert thing.place == BLOG.sign_post(url=thing.url, title="Bread & butter", language="de").place


def test_a_button_shows_the_count_of_its_own_thing_and_the_token_stays_the_same():
    counts = {"https://carla.example/blog/bread": 12, "https://carla.example/blog/oats": 99}
    thing = BLOG.sign_post(url="https://Carla.example/blog/bread#top", title="Bread", counts=counts)
    uncounted = BLOG.sign_post(url="https://carla.example/blog/rye", title="Rye", counts=counts)

    assert "(clicks: 12)" in thing.button
    assert "<small" not in uncounted.button
    assert thing.token == BLOG.sign_post(url=thing.url, title="Bread").token


def test_the_list_keeps_the_first_ten_thousand():
    text = BLOG.list_of(f"token{number}.{'A' * 43}" for number in range(10_001))

    assert len(ThingsList.parse(text).tokens) == 10_000
    assert "token10000" not in text


def test_what_the_author_wishes_goes_before_what_the_blog_knows():
    wish = Wish.read({"title": "Bread!", "category": "Rye", "tags": "oven, flour", "hidden": "yes", "id": 17})
    thing = BLOG.sign_post(
        url="https://carla.example/blog/bread", title="Bread", category="Kitchen", tags=["x"], wish=wish
    )

    claim = verify(thing.token, lambda *_: SiteOfToken(KEY.secret, BLOG.scope))
    assert (claim.title, claim.category, claim.tags, claim.hidden, claim.id) == (
        "Bread!", "Rye", ("oven", "flour"), True, "17",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("front_matter", "moment"),
    [
        (date(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC)),
        (datetime(2026, 1, 2, 3), datetime(2026, 1, 2, 3, tzinfo=UTC)),  # noqa: DTZ001 - a zone is what is missing
        (datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 1, 1, 22, tzinfo=UTC)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("yesterday", None),
        (None, None),
        (7, None),
    ],
)
def test_a_date_without_a_zone_is_the_same_on_each_machine(front_matter, moment):
    assert moment_of(front_matter) == moment


def test_a_key_is_recognised_wherever_it_stands():
    assert looks_like_site_key(f" {KEY.text()}")
    assert not looks_like_site_key("https://flattr.example")
    assert not looks_like_site_key(None)
