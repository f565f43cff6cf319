"""Without key, receiver or address the blog is built as without the plugin, which says once what is missing."""

import pytest

from tests.pelican_flattr.conftest import BREAD, KEY, PLUGINS, RECEIVER, SITE_URL, said

POSTS = {"bread.md": BREAD, "bees.md": "Title: Bees\nDate: 2026-01-03\n\nThey came back.\n\n[flattr]\n"}
WITH_MARK = "MARKDOWN = {'extension_configs': {'flattr': {}}}"
SECRET = KEY.secret.decode()
INERT = "HTML_MIN = CSS_MIN = JS_MIN = SEO_REPORT = False"  # plugins that load by themselves, where they are installed


@pytest.mark.parametrize(
    ("key", "receiver", "site_url", "missing"),
    [
        (None, RECEIVER, SITE_URL, "not set: FLATTR_SITE_KEY"),
        ("  ", RECEIVER, SITE_URL, "not set: FLATTR_SITE_KEY"),
        (KEY, "", SITE_URL, "not set: FLATTR_URL"),
        (KEY, "", "", "not set: FLATTR_URL, SITEURL"),
    ],
)
def test_what_is_missing_is_said_once_and_the_blog_is_as_without_the_plugin(build, key, receiver, site_url, missing):
    plain = build(POSTS, WITH_MARK, plugins="PLUGINS = []", site_url=site_url, key=None)
    blog = build(POSTS, WITH_MARK, key=key, receiver=receiver, site_url=site_url)

    assert blog.files == plain.files
    assert blog.exit_code == 0
    (message,) = said(blog, "WARNING")
    assert missing in message
    assert not said(blog, "ERROR")


def test_a_blog_that_has_set_nothing_hears_nothing_but_an_info(build):
    plain = build(POSTS, plugins="PLUGINS = []", receiver="", key=None)
    blog = build(POSTS, receiver="", key=None)

    assert blog.files == plain.files
    assert len(said(blog, "INFO")) == 1
    assert not said(blog, "WARNING")
    assert not said(blog, "ERROR")


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        (KEY.text()[:-1] + ("0" if KEY.text()[-1] != "0" else "1"), "copy it again"),
        ("hunter2hunter2hunter2", "copy it as a whole"),
        (KEY.text()[:40], "copy it as a whole"),
    ],
)
def test_a_bad_key_is_one_error_that_names_the_remedy_and_not_the_key(build, key, remedy):
    plain = build(POSTS, plugins="PLUGINS = []", key=None)
    blog = build(POSTS, key=key)

    assert blog.files == plain.files
    (message,) = said(blog, "ERROR")
    assert remedy in message
    assert key not in blog.log
    assert SECRET[:20] not in blog.log


@pytest.mark.parametrize(
    ("receiver", "site_url", "named"),
    [("flattr.example", SITE_URL, "flattr.example"), (RECEIVER, "//carla.example", "//carla.example")],
)
def test_an_address_that_is_none_is_one_error(build, receiver, site_url, named):
    blog = build(POSTS, receiver=receiver, site_url=site_url)

    (message,) = said(blog, "ERROR")
    assert "https://" in message
    assert named in message
    assert not blog.pages_with_button


def test_the_key_may_be_in_a_file(build, tmp_path):
    file = tmp_path / "site.key"
    file.write_text(f"{KEY.text()}\n")

    blog = build(POSTS, key=None, environment={"FLATTR_SITE_KEY_FILE": str(file)})

    assert set(blog.claims) == {"bread.html", "bees.html"}


def test_a_file_of_the_key_that_is_not_there_is_an_error(build):
    blog = build(POSTS, key=None, environment={"FLATTR_SITE_KEY_FILE": "/nowhere/site.key"})

    (message,) = said(blog, "ERROR")
    assert "/nowhere/site.key" in message


@pytest.mark.parametrize("name", ["FLATTR_SITE_KEY", "MY_OWN_NAME"])
def test_a_key_in_the_settings_is_ignored_and_reaches_no_template(build, name):
    blog = build(
        POSTS,
        f"""
        {name} = {KEY.text()!r}
        from jinja2 import pass_context
        @pass_context
        def everything(context):
            return repr(context.get_all())
        JINJA_GLOBALS = {{"everything": everything}}
        """,
        theme={"article.html": "{{ everything() }}{{ " + name + " }} end of everything"},
        key=None,
    )

    (message, _) = said(blog, "WARNING")
    assert name in message
    assert not blog.pages_with_button
    assert "SITEURL" in blog["bread.html"]
    assert blog["bread.html"].endswith("end of everything")
    assert all(SECRET not in text for text in [*blog.files.values(), blog.log])


def test_the_key_of_the_environment_is_in_no_context_output_or_cache(build):
    settings = """
    CACHE_CONTENT = LOAD_CONTENT_CACHE = True
    GZIP_CACHE = False
    from jinja2 import pass_context
    @pass_context
    def everything(context):
        return repr(context.get_all()) + repr(vars(context["article"]))
    JINJA_GLOBALS = {"everything": everything}
    """
    blog = build(POSTS, settings, theme={"article.html": "<body>{{ article.content }}{{ everything()|e }}</body>"})

    assert blog.pages_with_button == {"bread.html", "bees.html"}
    assert "content_with_place" in blog["bread.html"]
    assert all(SECRET not in text for text in [*blog.files.values(), blog.log])
    cached = [path.read_bytes() for path in (blog.folder / "cache").rglob("*") if path.is_file()]
    assert cached
    assert all(SECRET.encode() not in text and b"flattr.example/f/" not in text for text in cached)


@pytest.fixture
def namespace(tmp_path) -> dict[str, str]:
    """Return an environment in which Pelican finds the plugin by itself, as when it is installed."""
    folder = tmp_path / "namespace" / "pelican" / "plugins" / "flattr"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text((PLUGINS / "pelican_namespace.py").read_text())
    return {"PYTHONPATH": f"{PLUGINS}:{tmp_path / 'namespace'}"}


def test_the_namespace_finds_the_same_plugin_and_both_names_make_one_button(build, namespace):
    by_itself = build(POSTS, INERT, plugins="", environment=namespace)
    by_both_names = build(POSTS, plugins='PLUGINS = ["flattr", "pelican_flattr"]', environment=namespace)

    assert by_itself.pages_with_button == {"bread.html", "bees.html"}
    assert {path: by_itself[path] for path in by_both_names.files} == by_both_names.files


@pytest.mark.parametrize(
    "fault", ["import no_such_library", "raise RuntimeError('broken')", "from flattr_button import no_such_name"]
)
def test_a_plugin_that_cannot_be_loaded_says_so_in_one_line_and_stops_nobody(build, tmp_path, fault):
    # Under another name: Pelican imports all that is installed, and a copy of the plugin may be.
    namespace = tmp_path / "broken" / "pelican" / "plugins" / "broken_flattr"
    namespace.mkdir(parents=True)
    guarded = (PLUGINS / "pelican_namespace.py").read_text()
    assert guarded.count("from pelican_flattr import register") == 1
    (namespace / "__init__.py").write_text(guarded.replace("from pelican_flattr import", "from broken_flattr import"))
    (tmp_path / "broken" / "broken_flattr.py").write_text(fault)
    environment = {"PYTHONPATH": f"{tmp_path / 'broken'}:{PLUGINS}"}

    plain = build(POSTS, plugins="PLUGINS = []")
    of_a_creator = build(POSTS, plugins='PLUGINS = ["broken_flattr"]', environment=environment)
    of_somebody_else = build(POSTS, plugins='PLUGINS = ["broken_flattr"]', environment=environment, receiver="")

    for blog, level in ((of_a_creator, "ERROR"), (of_somebody_else, "INFO")):
        assert blog.exit_code == 0
        assert blog.files == plain.files
        (message,) = [line for line in blog.log.splitlines() if "flattr:" in line]
        assert level in message
        assert 'pip install --force-reinstall "selfhosted-flattr[pelican]"' in message


def test_a_blog_that_lists_no_plugins_and_sets_nothing_is_as_it_was(build, namespace, tmp_path):
    (tmp_path / "none").mkdir()
    without = {"PYTHONPATH": str(tmp_path / "none")}

    plain = build(POSTS, INERT, plugins="", receiver="", key=None, environment=without)
    blog = build(POSTS, INERT, plugins="", receiver="", key=None, environment=namespace)

    plain.files.pop("sitemap.xml", None), blog.files.pop("sitemap.xml", None)  # of pelican-sitemap, with the time
    assert blog.files == plain.files
    assert not said(blog, "WARNING")
    assert not said(blog, "ERROR")
