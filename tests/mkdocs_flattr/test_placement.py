"""Each published page has one button, in any theme, and nothing else has one."""

import os
import re

import pytest

from tests.mkdocs_flattr.conftest import BUTTON, KEY, WITH_PLUGIN, WITHOUT

OIL = "---\ndate: 2026-06-14\ntags: [chains, tools]\ncategory: Bicycles\n---\n\n# Oil & grease\n\nOne drop.\n"
PAGES = {
    "index.md": "# Hello\n\nI am Cem.\n",
    "oil.md": OIL,
    "gece/yarısı.md": "---\ntitle: Gece yarısı\nlang: de\ndate: 2026-01-01\nupdated: 2026-02-01\n---\n\nRadyo.\n",
    "colophon.md": "---\nflattr: false\n---\n\n# Colophon\n",
    "unready.md": "---\ndraft: true\n---\n\n# Unready\n",
    "drafts/lathe.md": "# The lathe\n",
}
DRAFTS = f"{os.environ.get('HOST_DRAFTS', 'draft_docs')}: drafts/"  # of 1.6; excluded documents are nearly the same
PUBLISHED = {"index.html", "oil/index.html", "gece/yarısı/index.html"}

META_THEME = """<html><head><meta name="description" content="{{ page.content|striptags }}">
<meta name="raw" content="{{ page.content|e }}"><script>var body = {{ page.content|tojson }};</script></head>
<body><!-- {{ page.content }} --><main>{{ page.content }}</main><aside>{{ page.content }}</aside></body></html>"""

BLOG_PLUGIN = """
from mkdocs.plugins import BasePlugin
from fakematerial.plugins.blog.structure import Post
class BlogPlugin(BasePlugin):
    def on_files(self, files, config):
        for file in files.documentation_pages():
            if file.src_uri.startswith("posts/"):
                Post(None, file, config)
"""
MATERIAL = {
    "fakematerial/plugins/blog/plugin.py": BLOG_PLUGIN,
    "fakematerial/plugins/blog/structure.py": "from mkdocs.structure.pages import Page\nclass Post(Page): pass\n",
    "fake-0.dist-info/METADATA": "Metadata-Version: 2.1\nName: fake\nVersion: 0\n",
    "fake-0.dist-info/entry_points.txt": (
        "[mkdocs.plugins]\nfakematerial/blog = fakematerial.plugins.blog.plugin:BlogPlugin\n"
    ),
}
WITH_BLOG = WITH_PLUGIN.replace("search", "search, fakematerial/blog")


@pytest.mark.parametrize("theme", ["mkdocs", "readthedocs"])
def test_each_page_has_one_button_and_nothing_else_changes(build, theme):
    plain = build(PAGES, DRAFTS, theme=theme, plugins=WITHOUT)
    notebook = build(PAGES, DRAFTS, theme=theme)

    assert notebook.pages_with_button == PUBLISHED
    assert notebook.files.keys() - plain.files.keys() == {".well-known/flattr.json"}
    assert "search/search_index.json" in plain.files
    for path, text in plain.files.items():
        if path in PUBLISHED:
            assert notebook[path].count(BUTTON) == 1
            without = re.sub(r"\n<p><a class=.flattr-button.*?</a></p>", "", notebook[path], flags=re.S)
            assert re.sub("<link rel=.payment.*?>\n", "", without) == text
        else:
            assert notebook[path] == text


def test_the_claim_says_what_the_page_says(build):
    notebook = build(PAGES, DRAFTS)

    assert set(notebook.claims) == {"", "oil/", "gece/yar%C4%B1s%C4%B1/"}
    oil, gece = notebook.claims["oil/"], notebook.claims["gece/yar%C4%B1s%C4%B1/"]
    assert (oil.title, oil.category, oil.tags, oil.language) == ("Oil & grease", "Bicycles", ("chains", "tools"), "en")
    assert oil.modified == 1781395200  # 2026-06-14, the date of the page
    assert (gece.title, gece.language, gece.modified) == ("Gece yarısı", "de", 1769904000)
    assert "Diesen Beitrag flattrn" in notebook["gece/yarısı/index.html"]
    assert notebook.claims[""].modified is None


def test_a_plugin_for_languages_may_tell_the_language_of_a_file(build):
    hook = "def on_files(files, config):\n    files.get_file_from_path('oil.md').locale = 'nl'\n"

    notebook = build({"index.md": "# Hello\n", "oil.md": OIL}, "hooks: [hook.py]", modules={"hook.py": hook})

    assert (notebook.claims["oil/"].language, notebook.claims[""].language) == ("nl", "en")


def test_files_instead_of_folders_have_their_own_address(build):
    notebook = build({"index.md": "# Hello\n", "oil.md": OIL}, "use_directory_urls: false")

    assert set(notebook.claims) == {"index.html", "oil.html"}
    assert notebook.pages_with_button == {"index.html", "oil.html"}


def test_a_theme_that_prints_the_content_everywhere_still_has_one_button(build):
    theme = "{name: null, custom_dir: theme}"
    notebook = build({"index.md": "# Hello\n"}, theme=theme, modules={"theme/main.html": META_THEME})

    page = notebook["index.html"]
    assert page.count("flattr-button") == page.count("Flattr this") == page.count('rel="payment"') == 1
    assert page.index("<main>") < page.index(BUTTON) < page.index("</main>")
    assert "flattr-place" not in page


def test_a_theme_that_prints_no_content_has_the_button_at_the_end_of_main(build):
    modules = {"theme/main.html": "<body><main>{{ page.title }}</main><footer></footer></body>"}
    notebook = build({"index.md": "# Hello\n"}, theme="{name: null, custom_dir: theme}", modules=modules)

    assert f"Hello<p>{BUTTON}" in notebook["index.html"]


def test_with_a_blog_only_its_posts_have_a_button_unless_a_page_asks_for_it(build):
    pages = {
        "index.md": "# Posts\n",
        "about.md": "---\nflattr: true\n---\n\n# About\n",
        "marked.md": "# Marked\n\n[flattr]\n",
        "posts/one.md": "# One\n",
        "posts/two.md": "---\nflattr: off\n---\n\n# Two\n",
    }
    notebook = build(pages, plugins=WITH_BLOG, modules=MATERIAL)

    assert notebook.pages_with_button == {"posts/one/index.html", "about/index.html", "marked/index.html"}


def test_a_page_made_by_a_plugin_has_no_button_unless_it_asks_for_it(build):
    hook = """
from mkdocs.structure.files import File
def on_files(files, config):
    files.append(File.generated(config, "list.md", content="# List"))
    files.append(File.generated(config, "wanted.md", content="---\\nflattr: true\\n---\\n# Wanted"))
"""
    notebook = build({"index.md": "# Hello\n"}, "hooks: [hook.py]", modules={"hook.py": hook})

    assert notebook.pages_with_button == {"index.html", "wanted/index.html"}


@pytest.mark.parametrize("extensions", ["", "markdown_extensions: [flattr]", "markdown_extensions: [markdown_flattr]"])
def test_the_mark_wins_over_the_automatic_place_and_needs_no_setting(build, extensions):
    marked = "# Oil\n\nFirst.\n\n[flattr]\n\nSecond.\n\n[flattr]\n\n`[flattr]`\n\n    [flattr]\n"

    notebook = build({"index.md": marked}, extensions)

    page = notebook["index.html"]
    assert page.count(BUTTON) == 1
    assert re.search(f"<p>First.</p>\n<p>{BUTTON}.*</a></p><p>Second.</p>", page, re.S)
    assert page.count("[flattr]") == page.count("<code>[flattr]") == 2
    assert "flattr-place" not in "".join(notebook.files.values())


def test_the_plugin_listed_twice_makes_one_button(build):
    notebook = build(
        {"index.md": "# Hello\n"}, plugins=WITH_PLUGIN.replace("]", ", flattr: {receiver: 'https://b.example'}]")
    )

    assert notebook["index.html"].count(BUTTON) == 1
    assert "https://b.example" not in notebook["index.html"]


def test_what_searches_built_pages_is_asked_to_pass_our_words_over(build):
    assert f"{BUTTON} data-pagefind-ignore href=" in build({"index.md": "# Hello\n"})["index.html"]


def test_the_same_notebook_twice_gives_the_same_bytes(build):
    assert build(PAGES).files == build(PAGES).files


def test_the_key_is_in_no_output_and_no_context(build):
    modules = {"theme/main.html": "<body>{{ page.content }}{{ everything()|e }}</body>"}
    modules["hook.py"] = """
from jinja2 import pass_context
@pass_context
def everything(context):
    return repr(context.get_all()) + repr(vars(context["config"])) + repr(vars(context["page"]))
def on_env(env, config, files):
    env.globals["everything"] = everything
"""
    theme = "{name: null, custom_dir: theme}"

    notebook = build({"index.md": "# Hi\n"}, "hooks: [hook.py]", theme=theme, modules=modules)

    assert "site_name" in notebook["index.html"]
    assert BUTTON in notebook["index.html"]
    assert all(KEY.secret.decode() not in text for text in [*notebook.files.values(), notebook.log])
