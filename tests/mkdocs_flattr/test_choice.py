"""Where the button stands and which pages have one, as the options of the plugin say."""

import re

import pytest

from tests.fakes.answering import answering
from tests.mkdocs_flattr.conftest import BUTTON, RECEIVER, SITE_URL, WITH_PLUGIN
from tests.mkdocs_flattr.test_placement import MATERIAL

PAGES = {
    "index.md": "# Hello\n",
    "notes/oil.md": "---\ntags: [Tools, chains]\n---\n\n# Oil\n",
    "notes/rain.md": "---\ntags: chains\ncategories: [Weather]\n---\n\n# Rain\n",
    "notes/private/diary.md": "# Diary\n",
    "about.md": "---\ncategory: Colophon, etc.\n---\n\n# About\n",
}


def listed(options: str, others: str = "search") -> str:
    return f"plugins: [{others}, flattr: {{receiver: '{RECEIVER}', {options}}}]"


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        (r'pages: "notes/"', {"notes/oil", "notes/rain", "notes/private/diary"}),
        (r'pages: "notes/*\n!rain.md\n/index.md"', {"", "notes/oil", "notes/private/diary"}),
        (r'pages: "*.md", exclude: "private/"', {"", "notes/oil", "notes/rain", "about"}),
        (r'exclude: "/*\n!/notes/"', {"notes/oil", "notes/rain", "notes/private/diary"}),
        ("tags: [chains]", {"notes/oil", "notes/rain"}),
        ("tags: [chains], exclude_tags: [tools]", {"notes/rain"}),
        ("categories: [weather, 'colophon, etc.']", {"notes/rain", "about"}),
        ("exclude_categories: [Weather]", {"", "notes/oil", "notes/private/diary", "about"}),
        (r'pages: "about.md", tags: [chains]', set()),
    ],
)
def test_the_options_choose_pages(build, options, chosen):
    notebook = build(PAGES, plugins=listed(options))

    assert notebook.pages_with_button == {f"{path}/index.html".lstrip("/") for path in chosen}, notebook.log


def test_beside_a_blog_the_path_spec_names_further_pages(build):
    pages = PAGES | {"posts/one.md": "# One\n", "posts/two.md": "---\ntags: [ad]\n---\n# Two\n"}

    notebook = build(
        pages,
        plugins=listed('pages: "notes/", exclude: "private/", exclude_tags: [ad]', "search, fakematerial/blog"),
        modules=MATERIAL,
    )

    assert notebook.pages_with_button == {
        "posts/one/index.html", "notes/oil/index.html", "notes/rain/index.html",
    }  # fmt: skip


def test_what_an_author_asks_for_goes_before_the_options(build):
    pages = {
        "index.md": "# Hello\n",
        "asked.md": "---\nflattr: true\n---\n\n# Asked\n",
        "marked.md": "# Marked\n\n[flattr]\n",
        "mapping.md": "---\nflattr: {button: yes, title: A better title, hidden: yes}\n---\n\n# Mapping\n",
    }
    notebook = build(pages, plugins=listed(r'exclude: "*"'))

    assert notebook.pages_with_button == {"asked/index.html", "marked/index.html", "mapping/index.html"}


def test_the_front_matter_overrides_what_the_page_says(build):
    wished = "{title: Of oil, category: Bikes, tags: [grease], hidden: true, id: oil-1}"
    notebook = build({"index.md": f"---\ntags: [chains]\ncategory: Bicycles\nflattr: {wished}\n---\n\n# Oil\n"})

    claim = notebook.claims[""]
    assert (claim.title, claim.category, claim.tags, claim.hidden, claim.id) == (
        "Of oil", "Bikes", ("grease",), True, "oil-1",
    )  # fmt: skip


def test_a_misspelt_wish_is_one_error_that_names_the_known_ones(build):
    notebook = build({"index.md": "# Hello\n", "oil.md": "---\nflattr: {hiden: true}\n---\n\n# Oil\n"})

    (message,) = notebook.said("ERROR")
    assert "oil.md" in message
    assert "hiden" in message
    assert "hidden" in message
    assert notebook.pages_with_button == {"index.html"}


BODY = r'<h1 id="hello">Hello</h1>'
PLACED = rf"<p>{BUTTON}[^\n]*</a></p>"


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ("after", rf"{BODY}\s*{PLACED}"),
        ("before", rf"{PLACED}\s*{BODY}"),
        ("both", rf"{PLACED}\s*{BODY}\s*{PLACED}"),
        ("manual", ""),
    ],
)
def test_the_button_stands_where_the_option_says(build, position, expected):
    notebook = build({"index.md": "# Hello\n"}, plugins=listed(f"position: {position}"))

    page = notebook["index.html"]
    assert re.search(expected, page)
    assert page.count(BUTTON) == expected.count(BUTTON)
    assert page.count('<link rel="payment"') == (0 if position == "manual" else 1)
    assert set(notebook.claims) == (set() if position == "manual" else {""})
    assert "flattr-place" not in page


def test_a_manual_button_stands_at_the_mark(build):
    notebook = build({"index.md": "# Hello\n\n[flattr]\n\nBye.\n"}, plugins=listed("position: manual"))

    assert re.search(rf"{PLACED}<p>Bye", notebook["index.html"])
    assert set(notebook.claims) == {""}


def test_an_unknown_position_stops_the_build_and_names_the_known_ones(build):
    notebook = build({"index.md": "# Hello\n"}, plugins=listed("position: below"))

    assert notebook.exit_code == 1
    assert "after" in notebook.log
    assert "manual" in notebook.log


COMMENTS = "<html><head></head><body><main>{{ page.content }}</main><aside>{{ page.meta.flattr_button }}</aside></body>"


@pytest.mark.parametrize("position", ["after", "before", "both", "manual"])
def test_a_theme_that_prints_the_variable_has_the_button_there_and_nowhere_else(build, position):
    theme = "{name: null, custom_dir: theme}"
    pages = {"index.md": "# Hello\n\n[flattr]\n\nBye.\n", "out.md": "---\nflattr: false\n---\n# Out\n"}
    modules = {"theme/main.html": COMMENTS}

    notebook = build(pages, plugins=listed(f"position: {position}"), theme=theme, modules=modules)

    page = notebook["index.html"]
    assert page.count(BUTTON) == page.count('<link rel="payment"') == 1
    assert f"<aside>{BUTTON}" in page
    assert "flattr-place" not in page
    assert "<aside></aside>" in notebook["out/index.html"]
    assert set(notebook.claims) == {""}


def test_a_theme_that_prints_the_variable_builds_without_a_key(build):
    theme = "{name: null, custom_dir: theme}"

    notebook = build({"index.md": "# Hello\n"}, key=None, theme=theme, modules={"theme/main.html": COMMENTS})

    assert "<aside></aside>" in notebook["index.html"]


def test_a_site_built_for_another_address_signs_the_canonical_one(build):
    options = "canonical_url: 'https://cem.example/latest/'"

    notebook = build(PAGES, plugins=listed(options), site_url="https://cem.example/1.0/")

    assert set(notebook.claims_in("https://cem.example/latest/")) == {
        "", "about/", "notes/oil/", "notes/rain/", "notes/private/diary/",
    }  # fmt: skip


@pytest.mark.parametrize(("look", "has_icon", "has_border"), [("compact", True, True), ("text", False, False)])
def test_the_look_is_as_the_option_says(build, look, has_icon, has_border):
    (button,) = re.findall(
        rf"{BUTTON}.*?</a>", build({"index.md": "# Hi\n"}, plugins=listed(f"look: {look}"))["index.html"], re.S
    )

    assert ("<svg" in button, "border" in button) == (has_icon, has_border)


OLD = '<a class="FlattrButton" href="https://cem.example/oil/" rev="flattr;title:Oil">Flattr</a>'


@pytest.mark.parametrize("replaces", [True, False])
def test_an_old_button_becomes_ours_if_asked_for(build, replaces):
    pages = {"index.md": f"# Hi\n\n{OLD}\n\nBye.\n\n{OLD}\n", "out.md": f"---\nflattr: false\n---\n\n{OLD}\n"}

    notebook = build(pages, plugins=listed(f"replace_old: {str(replaces).lower()}"))

    page = notebook["index.html"]
    assert page.count(BUTTON) == 1
    assert page.count("FlattrButton") == (0 if replaces else 2)
    assert (page.index(BUTTON) < page.index("Bye.")) == replaces
    assert "FlattrButton" in notebook["out/index.html"]


def test_a_site_may_inherit_its_configuration(build):
    parent = f"plugins:\n  flattr:\n    receiver: {RECEIVER}\n    position: before\n"

    notebook = build({"index.md": "# Hello\n"}, "INHERIT: base.yml", plugins="", modules={"base.yml": parent})

    assert re.search(rf"{PLACED}\s*{BODY}", notebook["index.html"])


def test_counts_are_asked_once_and_shown_on_the_button(build, tmp_path):
    pages = {"index.md": "# Hello\n", "oil.md": "# Oil\n"}
    with answering(body={"counts": {f"{SITE_URL}oil/": 12}}) as receiver:
        plugins = WITH_PLUGIN.replace(f"'{RECEIVER}'", f"'{receiver.url}', counts: true")
        first, second = build(pages, plugins=plugins), build(pages, plugins=plugins)

    assert ">12</small>" in first["oil/index.html"]
    assert "<small" not in first["index.html"]
    assert second.files == first.files
    assert len(receiver.requests) == 1
    assert (tmp_path / "notebook/.cache/flattr-counts.json").exists()


def test_a_receiver_that_is_not_there_counts_nothing_and_stops_nothing(build):
    plugins = WITH_PLUGIN.replace(RECEIVER, "http://127.0.0.1:9/")

    with_counts = build(PAGES, plugins=plugins.replace("}]", ", counts: true}]"), arguments=("--strict",))

    assert with_counts.exit_code == 0, with_counts.log
    assert with_counts.files == build(PAGES, plugins=plugins).files
