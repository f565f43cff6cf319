"""The button stands where a reader sees it, once, and the place leaves no trace."""

import json
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button import (
    MARK,
    BadPosition,
    has_mark,
    require_position,
    with_button,
    with_head_link,
    with_place,
    without_place,
)
from flattr_button.placement import _HEAD, _PLACE, _only_spot, _visible, place_of

PLACE = place_of("token")
TAG = PLACE[1 : PLACE.index(">")]


def put(page: str, *, body: str = "") -> str | None:
    return with_button(page, PLACE, "BUTTON", body=body)


def test_the_place_is_at_the_end_unless_the_author_marked_it():
    assert with_place("<p>text</p>", PLACE) == f"<p>text</p>\n{PLACE}"
    assert with_place(f"a{MARK}b{MARK}c", PLACE) == f"a{PLACE}bc"
    assert with_place(f"a<p> {MARK}\n</p>b", PLACE) == f"a{PLACE}b"
    assert with_place("a<p>b<FLATTR-PLACE /></p>", PLACE) == f"a<p>b{PLACE}</p>"


@pytest.mark.parametrize(
    ("position", "content"),
    [
        ("after", f"text\n{PLACE}"),
        ("before", f"{PLACE}\ntext"),
        ("both", f"{PLACE}\ntext\n{PLACE}"),
        ("manual", "text"),
    ],
)
def test_the_place_is_where_the_blog_says(position, content):
    assert with_place("text", PLACE, position=position) == content
    assert with_place(f"a{MARK}b", PLACE, position=position) == f"a{PLACE}b"


@pytest.mark.parametrize(
    ("position", "page"),
    [
        ("after", "<body>text<p>BUTTON</p></body>"),
        ("before", "<body><p>BUTTON</p>text</body>"),
        ("both", "<body><p>BUTTON</p>text<p>BUTTON</p></body>"),
        ("manual", None),
    ],
)
def test_a_theme_that_dropped_the_place_still_shows_the_button_there(position, page):
    assert with_button("<body>text</body>", PLACE, "BUTTON", body="text", position=position) == page


def test_both_are_the_first_two_and_further_traces_go():
    content = with_place("text", PLACE, position="both")
    page = f"<title>{PLACE}</title><body>{content}<footer>{content}</footer></body>"

    with_both = with_button(page, PLACE, "BUTTON", body="text", position="both")

    assert with_both is not None
    assert "".join(with_both.split()) == (
        "<title></title><body><p>BUTTON</p>text<p>BUTTON</p><footer>text</footer></body>"
    )


def test_a_page_can_be_freed_of_a_place():
    page = f"<head><meta content='{escape(PLACE)}'></head><p>{PLACE}</p>text{PLACE}"

    assert without_place(page, PLACE) == "<head><meta content=''></head>text"


def test_positions_are_read_kindly_and_a_wrong_one_names_the_right_ones():
    assert require_position(" Before ") == "before"
    with pytest.raises(BadPosition, match="after, before, both, manual"):
        require_position("below")


@pytest.mark.parametrize(
    "content",
    [
        f"<!-- {MARK} -->",
        escape(MARK),
        f"<pre><code>{escape(MARK)}</code></pre>",
        f"<a title='{MARK}'>",
        f"<script>{MARK}</script>",
    ],
)
def test_a_mark_that_no_reader_sees_is_none(content):
    assert not has_mark(content)
    assert with_place(content, PLACE) == f"{content}\n{PLACE}"


@pytest.mark.parametrize(
    "written",
    [
        PLACE,
        f"<{TAG}/>",
        f"<{TAG} ></{TAG} >",
        f"<{TAG}>\n</{TAG}>",
        PLACE.upper(),
        f"<p>{PLACE}</p>",
        f"<p>\n{PLACE}\n</p>",
    ],
)
def test_the_place_is_known_as_html_libraries_write_it_anew(written):
    assert put(f"<body>a{written}b</body>") == "<body>a<p>BUTTON</p>b</body>"


@pytest.mark.parametrize(
    "dark",
    [
        "<head><meta content='{}'></head>",
        "<head>{}<body>",
        '<p data-body="<p>text</p>{}">',
        "<input value='{}'>",
        "<!-- {} -->",
        "<script>'{}'</script>",
        "<STYLE>{}</style >",
        "<textarea>{}</textarea>",
        "<template>{}</template>",
        "<noscript>{}</noscript>",
    ],
)
def test_a_place_that_no_reader_sees_is_passed_over_and_goes(dark):
    assert put(f"{dark.format(PLACE)}a{PLACE}b") == f"{dark.format('')}a<p>BUTTON</p>b"


@pytest.mark.parametrize(
    "spelt",
    [
        escape(PLACE),
        escape(escape(PLACE)),
        json.dumps(PLACE),
        json.dumps(PLACE).replace("<", r"\u003c").replace(">", r"\u003e"),
        json.dumps(PLACE).replace("/", r"\/"),
        quote(PLACE, safe=""),
        PLACE.replace("<", "&#60;").replace(">", "&#62;"),
    ],
)
def test_the_place_leaves_no_trace_in_other_spellings(spelt):
    page = put(f"<i title={spelt!r}></i>{PLACE}{spelt}")

    assert page is not None
    assert TAG not in page


def test_the_second_place_of_a_page_goes():
    assert put(f"a{PLACE}b{PLACE}c") == "a<p>BUTTON</p>bc"


def test_the_place_of_another_post_stays_what_it_is():
    other = place_of("another token")

    assert put(f"{other}{PLACE}{escape(other)}") == f"{other}<p>BUTTON</p>{escape(other)}"


@pytest.mark.parametrize(
    ("page", "body", "result"),
    [
        ("<body>x<b>text</b>y</body>", "<b>text</b>\n", "<body>x<b>text</b><p>BUTTON</p>y</body>"),
        ("<b>t</b><body><b>t</b>y</body>", "<b>t</b>", "<b>t</b><body><b>t</b><p>BUTTON</p>y</body>"),
        (f"<body>a{MARK}b</body>", f"a{MARK}b", "<body>a<p>BUTTON</p>b</body>"),
        ("<article>a</article><article>b</article>", "", "<article>a<p>BUTTON</p></article><article>b</article>"),
        ("<article>a<article>b</article></article>", "", "<article>a<article>b</article><p>BUTTON</p></article>"),
        ("<main>a</main><body></body>", "no such text", "<main>a<p>BUTTON</p></main><body></body>"),
        ("<body>a<script>'</body>'</script></body>", "", "<body>a<script>'</body>'</script><p>BUTTON</p></body>"),
        ("plain text", "", None),
        ("", "", None),
    ],
)
def test_without_a_place_the_button_is_at_the_end_of_the_post(page, body, result):
    assert put(page, body=body) == result


def test_the_link_is_at_the_end_of_the_head():
    assert with_head_link("<head><title>t</title></head>", "<link>") == "<head><title>t</title><link>\n</head>"
    assert with_head_link("<script>'</head>'</script></HEAD >", "L") == "<script>'</head>'</script>L\n</HEAD >"
    assert with_head_link("<body></body>", "<link>") == "<body></body>"


PIECES = ["<p>", "</p>", "<a title='", "'>", '"', "<!--", "-->", "<script>", "</script>", "<head>", "</head>", "<body>",
          "</body>", "<article>", "</article>", "text", "=", "<", ">", MARK, PLACE, escape(PLACE)]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_the_theme_prints_there_is_one_button_at_most_and_no_trace(page):
    written = put(page)

    assert written is None or (written.count("BUTTON") == 1 and TAG not in written)
    assert written is None or written.replace("<p>BUTTON</p>", "").replace("<p></p>", "") in _without_places(page)


def _without_places(page: str) -> set[str]:
    bare = page.replace(PLACE, "").replace(escape(PLACE), "").replace("<p></p>", "")
    return {bare, bare.replace(MARK, "", 1)}


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_the_content_is_it_has_one_place(content):
    assert with_place(content.replace(PLACE, ""), PLACE).count(PLACE) == 1


@given(
    before=st.lists(st.sampled_from([piece for piece in PIECES if TAG not in piece]), max_size=12).map("".join),
    last=st.sampled_from(["</p>", "</p>\n", "</p >", "<p>", "'>", ""]),
    after=st.sampled_from(["", "-->", "</script></head><body>", "'>"]),
    position=st.sampled_from(["after", "both"]),
)
def test_what_is_seen_for_sure_is_seen_by_the_scanner_too(before, last, after, position):
    page = f"{before}{last}{PLACE}{after}"

    quick = _only_spot(page, page.lower(), PLACE)

    seen = [match.span() for match in _visible(page, _PLACE, dark=_HEAD) if match["tag"] == TAG]
    assert quick is None or [quick] == seen


@pytest.mark.parametrize("page", [f"<body><p>İ</p>{PLACE}", f"<body>{PLACE}", f"<p>a</p>{PLACE}<p>b</p>{PLACE}"])
def test_what_is_not_seen_for_sure_is_left_to_the_scanner(page):
    assert _only_spot(page, page.lower(), PLACE) is None
    assert "BUTTON" in (put(page) or "")


def test_the_place_behind_a_paragraph_is_seen_for_sure():
    page = f'<head><title>t</title></head><script>s</script><a href="b">c</a><!-- d --><p>e</p>\n{PLACE}'

    assert _only_spot(page, page.lower(), PLACE) == (len(page) - len(PLACE), len(page))


def test_a_page_of_many_unclosed_tags_takes_no_time():
    page = "<a b='" * 20_000 + PLACE

    assert put(page) is None
