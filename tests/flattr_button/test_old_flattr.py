"""Old Flattr is found where a browser would have met it, and says what it said then."""
# ruff: noqa: E501 (the markup of that time, as it stood in pages)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button.old_flattr import OldCode, old_buttons, old_code, old_settings, swap_old_buttons

URL = "https://carla.example/bees/"
SUBMIT = "https://flattr.com/submit/auto?user_id=carla&amp;url=https%3A%2F%2Fcarla.example%2Fbees%2F"
REV = f'<a class="FlattrButton" style="display:none" title=" Bees" rev="flattr;uid:carla;language:en_GB;category:text;tags:bees,honey;hidden:1;" href="{URL}">All\nabout bees</a>'
LOADER = "<script>/* <![CDATA[ */ s.src = '//api.flattr.com/js/0.6/load.js?mode=auto&uid=carla'; /* ]]> */</script>"


def only(html):
    (button,) = old_buttons(html)
    return button


def test_a_button_of_wordpress_says_all_in_its_rev():
    button = only(f"<p>text</p>{REV}<p>more</p>")

    assert (button.url, button.title, button.language, button.category) == (URL, "Bees", "en_GB", "text")
    assert (button.tags, button.hidden) == (("bees", "honey"), True)
    assert f"<p>text</p>{REV}<p>more</p>"[slice(*button.span)] == REV


@pytest.mark.parametrize(
    "html",
    [
        f'<a class="x FlattrButton" href="{URL}" title="Bees" lang="en" data-flattr-category="text" data-flattr-tags="bees, honey">B</a>',
        f'<a class="FlattrButton" href="{URL}" title="Bees" lang="en" rel="flattr;category:text;tags:bees,honey"></a>',
        f"<A HREF={URL} CLASS=FlattrButton TITLE=Bees LANG=en DATA-FLATTR-CATEGORY=text DATA-FLATTR-TAGS=bees,honey></A>",
        f"<a\n class='FlattrButton'\n rev='flattr;url:{URL};title:Bees;language:en;category:text;tags:bees,honey;'\n href='#'></a>",
        f'<a class="FlattrButton" href="{URL}" title="Bees" lang="en" rel="nofollow" rev="flattr;category:text;tags:bees,honey" data-flattr-category="audio"></a>',
        f'<a href="{SUBMIT}&amp;title=Bees&amp;language=en&amp;tags=bees,honey&amp;category=text"><img src="flattr.png"></a>',
        f"<a href='{SUBMIT}&title=Bees&language=en&tags=bees,honey&category=text'>Flattr</a>".replace(
            "https:", "http:"
        ),
        f'<a href="{SUBMIT}&amp;amp;title=Bees&amp;amp;language=en&amp;amp;tags=bees,honey&amp;amp;category=text"></a>',
        f'<a href="//flattr.com/submit/auto?fid=ab12cd&url={URL}&title=Bees&language=en&tags=bees,honey&category=text"></a>',
    ],
)
def test_each_form_of_that_time_is_read(html):
    button = only(f"before{html}after")

    assert (button.url, button.title, button.language, button.category) == (URL, "Bees", "en", "text")
    assert (button.tags, button.hidden) == (("bees", "honey"), False)
    assert button.span == (len("before"), len("before") + len(html))


def test_entities_and_escapes_are_read():
    by_rev = only(
        '<a class="FlattrButton" title="Bees &amp; &quot;honey&quot;" rev="flattr;tags:m&uuml;sli" href="/a?b=1&amp;c=2">x</a>'
    )
    by_link = only(
        '<a href="https://flattr.com/submit/auto?url=https://a.example/&amp;title=B%26B+caf%C3%A9&amp;language=">x</a>'
    )

    assert (by_rev.title, by_rev.tags, by_rev.url) == ('Bees & "honey"', ("müsli",), "/a?b=1&c=2")
    assert (by_link.title, by_link.url, by_link.language) == ("B&B café", "https://a.example/", None)


@pytest.mark.parametrize(
    "html",
    [
        f"<!-- {REV} -->",
        f"<pre><code>{REV}</code></pre>",
        f"<code>{REV}</code>",
        REV.replace("<", "&lt;"),
        f"<script>document.write('{REV}')</script>",
        f"<textarea>{REV}</textarea>",
        f"<noscript><a href='{SUBMIT}'>Flattr</a></noscript>",
        f'<img alt="{REV.replace(chr(34), chr(39))}">',
        f'<a href="{URL}?FlattrButton">a link</a>',
        '<a href="https://flattr.com/">Flattr</a>',
        '<a href="https://notflattr.com/submit/auto?url=x">no</a>',
        '<a href="https://flattr.com.example/submit/auto?url=x">no</a>',
        '<a class="flattr-button" href="https://flattr.example/f/x">ours</a>',
        "<a class=FlattrButton href=x",
    ],
)
def test_what_only_speaks_of_a_button_is_none(html):
    assert list(old_buttons(html)) == []


def test_a_link_that_is_never_closed_ends_with_its_tag():
    opening = f'<a class="FlattrButton" href="{URL}">'

    assert [button.span for button in old_buttons(f"{opening}text <a href='x'>y</a>")] == [(0, len(opening))]
    assert [button.span for button in old_buttons(f"{opening}text")] == [(0, len(opening))]


def test_buttons_are_swapped_where_the_caller_has_something_better():
    other = f'<a href="{SUBMIT}">Flattr me</a>'
    page = f"<p>{REV} and {other} <!-- {REV} --></p>"

    swapped = swap_old_buttons(page, lambda button: "OURS" if button.title == "Bees" else None)

    assert swapped == f"<p>OURS and {other} <!-- {REV} --></p>"
    assert swap_old_buttons(page, lambda _: "") == f"<p> and  <!-- {REV} --></p>"


def test_all_that_is_left_in_a_page_is_listed_with_its_line():
    page = f"""<head>
    <META content="ab12cd" name="flattr:id">
    <link rel="payment" type="text/html" href="{SUBMIT}">
    {LOADER}
    </head>
    {REV}
    <noscript><a href="http://flattr.com/thing/1/bees"><img src="http://api.flattr.com/button/flattr-badge-large.png"></a></noscript>
    <a href="{SUBMIT}"><img src="https://button.flattr.com/flattr-badge-large.png" alt="Flattr this"></a>
    <iframe src="//button.flattr.com/view/?fid=ab12cd&amp;url=x"></iframe>
    <script async src="https://api.flattr.com/js/0.6/load.js?mode=auto"></script>
    <script>var there = "https:\\/\\/api.flattr.com\\/button\\/view\\/";</script>
    <p>I was on <a href="https://flattr.com/">Flattr</a>; its loader was <code>api.flattr.com/js/0.6/load.js</code>.</p>
    <script src="/flattr.js"></script><a class="flattr-button" href="https://flattr.example/f/x">Flattr this</a>"""

    assert [(found.kind, found.line) for found in old_code(page)] == [
        ("user id", 2),
        ("submit link", 3),
        ("request", 4),
        ("button", 6),
        ("request", 8),
        ("submit link", 9),
        ("request", 9),
        ("request", 10),
        ("request", 11),
        ("request", 12),
    ]
    assert old_code(page)[0] == OldCode("user id", 2, '<META content="ab12cd" name="flattr:id">')
    assert max(len(found.excerpt) for found in old_code(page)) <= 120
    assert not any("\n" in found.excerpt for found in old_code(page))


def test_a_page_of_our_own_has_nothing_old():
    assert (
        old_code('<link rel="payment" href="https://flattr.example/f/x"><a class="flattr-button" href="y">z</a>') == []
    )


@pytest.mark.parametrize(
    "piece",
    [
        "<a",
        '<a class="FlattrButton">',
        "<!--",
        "<script ",
        "</script   ",
        '<a x="',
        "= '",
        "<a flattr" + " =" * 9,
        "<a " + "a" * 99,
    ],
)
def test_hostile_pages_are_read_once(piece):
    """Half a megabyte of what was never closed: a scan for each of them would take hours."""
    page = piece * (500_000 // len(piece))

    assert len(list(old_buttons(page))) in (0, page.count("FlattrButton"))
    assert isinstance(old_code(page), list)


@given(
    st.lists(
        st.sampled_from(
            [REV, LOADER, "<a", "'", '"', "=", ">", "<!--", "-->", "</a>", "<pre>", "</pre>", "\n", "flattr"]
        )
    )
)
def test_spans_are_in_order_and_whole(pieces):
    html = "".join(pieces)

    end_of_last = 0
    for button in old_buttons(html):
        start, end = button.span
        assert end_of_last <= start < end <= len(html)
        assert html[start : start + 2].lower() == "<a"
        end_of_last = end
    assert swap_old_buttons(html, lambda _: None) == html


def test_settings_of_that_time_are_read():
    settings = {
        "FLATTR_ID": "ab12cd",
        "FLATTR_CATEGORY": "text",
        "FLATTR_TAGS": "bees, honey",
        "FLATTR_LANGUAGE": "de_DE",
    }

    old = old_settings(settings | {"FLATTR_HIDDEN": "1", "FLATTR_URL": "https://flattr.example", "SITEURL": "x"})

    assert old.names == ("FLATTR_ID", "FLATTR_CATEGORY", "FLATTR_HIDDEN", "FLATTR_LANGUAGE", "FLATTR_TAGS")
    assert (old.was_on_flattr, old.category, old.tags) == (True, "text", ("bees", "honey"))
    assert (old.language, old.hidden) == ("de_DE", True)


@pytest.mark.parametrize("name", ["FLATTR_USER", "FLATTR_USERNAME", "FLATTR_UID", "flattr_user"])
def test_each_name_for_the_user_tells_that_the_blog_was_on_flattr(name):
    assert old_settings({name: "carla", "flattr_cat": "audio", "FLATTR_TAGS": ["a", "b"]}).was_on_flattr
    assert old_settings({name: "carla", "flattr_cat": "audio"}).category == "audio"
    assert not old_settings({name: ""}).was_on_flattr


def test_a_blog_that_never_was_on_flattr_sets_nothing():
    old = old_settings({"FLATTR_URL": "https://flattr.example", "FLATTR_HIDDEN": False})

    assert (old.was_on_flattr, old.language, old.category, old.tags, old.hidden) == (False, None, None, (), False)
