"""Without key, receiver or address the site is built as without the plugin; a preview signs nothing."""

import pytest

from tests.mkdocs_flattr.conftest import BUTTON, KEY, RECEIVER, SITE_URL, WITH_PLUGIN, WITHOUT

PAGES = {"index.md": "# Hello\n\nI am Cem.\n\n[flattr]\n", "oil.md": "# Oil\n"}
EXTENSION = "markdown_extensions: [flattr]"
SECRET = KEY.secret.decode()


@pytest.mark.parametrize(
    ("key", "plugins", "site_url", "missing"),
    [
        (None, WITH_PLUGIN, SITE_URL, "not set: FLATTR_SITE_KEY"),
        (KEY, WITH_PLUGIN, "", "not set: site_url"),
        (KEY, "plugins: [search, flattr]", SITE_URL, "not set: receiver"),
        (None, "plugins: [search, flattr: {receiver: !ENV NOT_SET}]", "", "receiver, site_url, FLATTR_SITE_KEY"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_once_and_a_strict_build_passes(build, key, plugins, site_url, missing):
    plain = build(PAGES, EXTENSION, plugins=WITHOUT, site_url=site_url, key=None)
    notebook = build(PAGES, EXTENSION, plugins=plugins, site_url=site_url, key=key, arguments=("--strict",))

    assert notebook.exit_code == 0
    assert notebook.files == plain.files
    (message,) = notebook.said("INFO")
    assert missing in message


def test_without_key_and_extension_a_mark_is_not_to_be_seen(build):
    notebook = build(PAGES, key=None)

    assert "[flattr]" not in "".join(notebook.files.values())


def test_a_plugin_switched_off_does_nothing_and_says_nothing(build):
    notebook = build(PAGES, plugins=WITH_PLUGIN.replace("}]", ", enabled: false}]"))

    assert notebook.files == build(PAGES, plugins=WITHOUT).files
    assert "mkdocs_flattr" not in notebook.log


def test_a_bad_key_is_one_error_that_names_the_remedy_and_not_the_key(build):
    key = KEY.text()[:-1] + ("0" if KEY.text()[-1] != "0" else "1")

    plain = build(PAGES, EXTENSION, plugins=WITHOUT, key=None)
    notebook = build(PAGES, EXTENSION, key=key)
    strict = build(PAGES, EXTENSION, key=key, arguments=("--strict",))

    assert (notebook.exit_code, strict.exit_code) == (0, 1)
    assert notebook.files == plain.files
    (message,) = notebook.said("ERROR")
    assert "copy it again" in message
    assert SECRET[:20] not in notebook.log


def test_an_address_that_is_none_is_one_error(build):
    notebook = build(PAGES, plugins=WITH_PLUGIN.replace("https://", "ftp://"))

    (message,) = notebook.said("ERROR")
    assert "https://" in message
    assert not notebook.pages_with_button


def test_a_key_in_the_configuration_is_ignored_and_reaches_no_template(build):
    plugins = WITH_PLUGIN.replace("}]", f", site_key: {KEY.text()}}}]")
    modules = {
        "theme/main.html": "{{ config.plugins.flattr.config }} {{ config.extra }} <body>{{ page.content }}</body>"
    }

    notebook = build(
        PAGES, f"extra: {{key: {KEY.text()}}}", plugins=plugins, key=None, theme="{name: null, custom_dir: theme}",
        modules=modules,
    )  # fmt: skip

    assert "receiver" in notebook["index.html"]
    assert len(notebook.said("WARNING")) == 2
    assert all(SECRET not in text for text in notebook.files.values())
    assert not notebook.pages_with_button


def test_a_key_deep_in_the_configuration_is_found_and_named(build):
    """Also what the file says, before MkDocs has read it, is in the hands of templates."""
    template = "{{ config.extra }} {{ config.user_configs }} {{ config.plugins.flattr.config.user_configs }}"
    key = KEY.text()
    extra = f"extra: {{social: [{{link: a, keys: [{key}, kept, {key}]}}], flattr: {{key: {key}}}}}"

    notebook = build(
        PAGES, extra, plugins=f"plugins: [search, flattr: {{receiver: {key}}}]", key=None,
        theme="{name: null, custom_dir: theme}", modules={"theme/main.html": template},
    )  # fmt: skip

    assert notebook.exit_code == 0
    assert "kept" in notebook["index.html"]
    assert all(SECRET not in text for text in [*notebook.files.values(), notebook.log])
    said = " ".join(notebook.said("WARNING"))
    assert all(f"ignored {name} " in said for name in ("receiver", "social.0.keys.0", "social.0.keys.2", "flattr.key"))


TELLTALE = """
{%- macro tell(thing) %}{{ thing }}{% for name in thing.__dict__ or () %}
  [{{ name }}={{ thing[name] }}{% for inner in thing[name].__slots__ or () %} {{ thing[name][inner] }}
  {%- if thing[name][inner].text is defined %} {{ thing[name][inner].text() }}{% endif %}{% endfor %}]
{% endfor %}{% endmacro -%}
{% set plugin = config.plugins["flattr"] %}
{{ tell(plugin) }} {% if plugin.blog is defined %}{{ plugin.blog.key.text() }}{% endif %}
<body>{{ page.content }}</body>
"""


def test_no_template_reaches_the_key_through_the_plugin(build):
    notebook = build(
        PAGES, theme="{name: null, custom_dir: theme}", modules={"theme/main.html": TELLTALE}, arguments=("--strict",)
    )

    assert "FlattrPlugin" in notebook["index.html"]
    assert "is_preview=False" in notebook["index.html"]
    assert notebook.pages_with_button, notebook.log
    assert all(SECRET not in text for text in notebook.files.values())


SERVE = """
import inspect
import sys
from mkdocs.commands.build import build
from mkdocs.config import load_config
address = "http://127.0.0.1:8000/"
config = load_config(site_dir=sys.argv[1], strict=True)
config.plugins.on_startup(command={command!r}, dirty=False)
name = "serve_url" if "serve_url" in inspect.signature(build).parameters else "live_server"  # until 1.5
for _ in range(2):
    config.site_url = address
    build(config, **{{name: {serve_url}}})
    config = load_config(site_dir=sys.argv[1], strict=True)
"""


@pytest.mark.parametrize(("command", "serve_url"), [("serve", "address"), ("build", "None")])
@pytest.mark.parametrize("key", [KEY, None, "hunter2"])
def test_a_strict_preview_shows_where_buttons_come_and_signs_nothing(build, command, serve_url, key):
    program = SERVE.format(command=command, serve_url=serve_url)

    notebook = build(PAGES, key=key, program=program)

    assert notebook.exit_code == 0, notebook.log
    assert notebook.pages_with_button == {"index.html", "oil/index.html"}
    for page in notebook.pages_with_button:
        assert notebook[page].count('class="flattr-preview flattr-button"') == 1
        assert not any(trace in notebook[page] for trace in (RECEIVER, "/f/", 'rel="payment"', "flattr-place"))
    assert ".well-known/flattr.json" not in notebook.files


def test_a_preview_without_a_receiver_shows_nothing(build):
    program = SERVE.format(command="serve", serve_url="address")

    assert not build(PAGES, plugins="plugins: [search, flattr]", program=program).pages_with_button


def test_a_site_whose_address_is_that_of_the_preview_is_signed(build):
    notebook = build(PAGES, site_url="http://127.0.0.1:8000/")

    assert notebook.pages_with_button == {"index.html", "oil/index.html"}


def test_a_dirty_build_signs_but_writes_no_list(build):
    notebook = build(PAGES, arguments=("--dirty",))

    assert notebook["index.html"].count(BUTTON) == 1
    assert ".well-known/flattr.json" not in notebook.files


LANGUAGES = """
from mkdocs.commands.build import build
from mkdocs.plugins import BasePlugin
class Languages(BasePlugin):
    building = None
    def on_startup(self, command, dirty): pass
    def on_config(self, config):
        config.theme["language"] = self.building or "en"
    def on_files(self, files, config):
        for file in list(files.documentation_pages()):
            if (file.src_uri.startswith("de/")) != (self.building == "de"):
                files.remove(file)
    def on_post_build(self, config):
        if self.building is None:
            self.building = "de"
            build(config, dirty=True)
"""


def test_a_site_in_two_languages_has_one_list_of_all_pages(build):
    modules = {
        "languages.py": LANGUAGES,
        "fake-0.dist-info/METADATA": "Metadata-Version: 2.1\nName: fake\nVersion: 0\n",
        "fake-0.dist-info/entry_points.txt": "[mkdocs.plugins]\nlanguages = languages:Languages\n",
    }
    pages = {"index.md": "# Hello\n", "de/index.md": "# Hallo\n"}

    notebook = build(pages, plugins=WITH_PLUGIN.replace("search", "search, languages"), modules=modules)

    assert notebook.exit_code == 0, notebook.log
    assert notebook.pages_with_button == {"index.html", "de/index.html"}
    assert {path: claim.language for path, claim in notebook.claims.items()} == {"": "en", "de/": "de"}


def test_an_error_with_one_page_is_said_once_and_the_others_keep_their_button(build):
    hook = """
def on_page_markdown(markdown, page, config, files):
    if page.file.src_uri == "oil.md":
        page.canonical_url = "https://elsewhere.example/oil/"
"""
    notebook = build(PAGES, "hooks: [hook.py]", modules={"hook.py": hook})

    assert notebook.exit_code == 0
    assert notebook.pages_with_button == {"index.html"}
    (message,) = notebook.said("ERROR")
    assert "oil.md" in message
    assert "outside https://cem.example/" in message
