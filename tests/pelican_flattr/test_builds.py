"""Builds again, builds in builds, builds with faults."""

import logging
import subprocess
import sys
from types import SimpleNamespace

import pytest

from flattr_button import SiteKey
from pelican_flattr import handlers, register
from tests.pelican_flattr.conftest import BREAD, BUTTON, KEY, PLUGINS, RECEIVER, SITE_URL, claims_of, said, token_on

BEES = "Title: Bees\nDate: 2026-01-03\n\nThey came back.\n"
POSTS = {"bread.md": BREAD, "bees.md": BEES}
NEW_KEY = SiteKey("carlasblog", 2, b"decade00" * 8)


def test_the_same_blog_twice_gives_the_same_bytes(build):
    assert build(POSTS).files == build(POSTS).files


@pytest.mark.parametrize("layer", ["reader", "generator"])
def test_a_new_key_reaches_posts_that_come_from_the_cache(build, layer):
    settings = f"CACHE_CONTENT = LOAD_CONTENT_CACHE = True\nCONTENT_CACHING_LAYER = {layer!r}"

    before = build(POSTS, settings)
    after = build(POSTS, settings, key=NEW_KEY)
    without = build(POSTS, settings, key=None)

    assert {claim.generation for claim in claims_of(before.files)} == {1}
    assert {claim.generation for claim in claims_of(after.files, key=NEW_KEY)} == {2}
    assert token_on(after["bread.html"]) in after[".well-known/flattr.json"]
    assert token_on(after["bread.html"]) in after["all.atom"]
    assert not without.pages_with_button


def test_an_error_with_one_post_is_said_once_and_the_others_keep_their_button(build):
    broken = "Title: Broken\nDate: 2026-01-04\nUrl: https://elsewhere.example/broken.html\n\nText.\n"

    blog = build({**POSTS, "broken.md": broken})

    assert blog.exit_code == 0
    assert blog.pages_with_button == {"bread.html", "bees.html"}
    (message,) = said(blog, "ERROR")
    assert "content/broken.md" in message
    assert "outside https://carla.example/" in message


def test_an_error_that_nobody_foresaw_does_not_end_the_build(build):
    settings = """
    class Saboteur:
        __name__ = "saboteur"
        def register(self):
            from pelican.plugins import signals
            signals.article_generator_finalized.connect(self.spoil)
        def spoil(self, generator):
            for article in generator.articles:
                if article.slug == "bees":
                    article.lang = 5
    PLUGINS.insert(0, Saboteur())
    """

    blog = build(POSTS, settings, theme={"article.html": "<body>{{ article.content }}</body>"})

    assert blog.exit_code == 0
    (message,) = said(blog, "ERROR")
    assert "content/bees.md: AttributeError" in message
    assert blog.pages_with_button == {"bread.html"}


def test_a_post_that_overrides_the_page_of_another_keeps_it(build):
    overriding = BEES.replace("They", "Save_as: bread.html\nUrl: bread.html\n\nThey").replace("03\n\n", "03\n")

    blog = build({"bread.md": BREAD, "bees.md": overriding})

    assert "They came back." in blog["bread.html"]
    assert blog["bread.html"].count(BUTTON) == 1
    assert [claim.title for claim in claims_of(blog.files)] == ["Bees"]


def test_a_page_that_overwrites_a_post_takes_it_off_the_list(build):
    page = "Title: About\nSave_as: bread.html\n\nI am Carla.\n"

    blog = build({**POSTS, "pages/about.md": page})

    assert "I am Carla." in blog["bread.html"]
    assert blog.pages_with_button == {"bees.html"}
    assert set(blog.claims) == {"bees.html"}


def test_another_plugin_may_rewrite_the_page_first(build):
    settings = """
    class Prettifier:
        __name__ = "prettifier"
        def register(self):
            from pelican.plugins import signals
            signals.content_written.connect(self.prettify)
        def prettify(self, path, context):
            text = open(path).read()
            open(path, "w").write(text.replace("></", ">\\n </"))
    PLUGINS.insert(0, Prettifier())
    """
    blog = build(POSTS, settings)

    assert blog["bread.html"].count(BUTTON) == 1
    assert "flattr-place" not in blog["bread.html"]


def test_each_language_below_the_site_has_its_list_and_the_site_lists_all(build):
    settings = """
    class Subsites:
        __name__ = "subsites"
        def register(self):
            from pelican.plugins import signals
            signals.get_writer.connect(self.build_subsite)
        def build_subsite(self, pelican):
            if pelican.settings["SITEURL"].endswith("/de"):
                return
            from pelican import Pelican
            settings = pelican.settings.copy()
            settings.update(SITEURL=settings["SITEURL"] + "/de", OUTPUT_PATH=settings["OUTPUT_PATH"] + "/de")
            settings.update(PATH=settings["PATH"] + "/../german")
            Pelican(settings).run()
    PLUGINS.append(Subsites())
    """
    german = {"../german/brot.md": BREAD.replace("Bread", "Brot"), "bread.md": BREAD}

    blog = build(german, settings)

    assert [claim.title for claim in claims_of(blog.files, scope=f"{SITE_URL}/de/", folder="de/")] == ["Brot"]
    assert set(blog.claims) == {"bread.html", "de/brot.html"}
    assert blog.pages_with_button == {"bread.html", "de/brot.html"}


def test_what_is_missing_is_said_once_for_all_languages(build):
    settings = """
    class Subsites:
        __name__ = "subsites"
        def register(self):
            from pelican.plugins import signals
            signals.get_writer.connect(self.build_subsite)
        def build_subsite(self, pelican):
            if pelican.output_path.endswith("/de"):
                return
            from pelican import Pelican
            settings = pelican.settings.copy()
            settings.update(OUTPUT_PATH=settings["OUTPUT_PATH"] + "/de")
            Pelican(settings).run()
    PLUGINS.append(Subsites())
    """
    blog = build(POSTS, settings, key="hunter2")

    assert len(said(blog, "ERROR")) == 1


def test_building_again_in_one_process_starts_anew(tmp_path):
    script = """
import sys
from pathlib import Path
from pelican import Pelican
from pelican.settings import read_settings

content, output = Path(sys.argv[1]), Path(sys.argv[2])
settings = read_settings(override={
    "PATH": str(content), "OUTPUT_PATH": str(output), "SITEURL": "https://carla.example",
    "FLATTR_URL": "https://flattr.example/", "PLUGINS": ["pelican_flattr"], "DELETE_OUTPUT_DIRECTORY": True,
})
pelican = Pelican(settings)
pelican.run()
(content / "bees.md").unlink()
pelican.run()
print((output / ".well-known/flattr.json").read_text().count(".", ) , sorted(p.name for p in output.glob("b*.html")))
print((output / "bread.html").read_text().count('class="flattr-button"'))
"""
    content = tmp_path / "content"
    content.mkdir()
    for name, text in POSTS.items():
        (content / name).write_text(text)

    done = subprocess.run(
        [sys.executable, "-c", script, str(content), str(tmp_path / "output")],
        env={"PYTHONPATH": str(PLUGINS), "FLATTR_SITE_KEY": KEY.text(), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "['bread.html']\n1\n" in done.stdout
    files = {".well-known/flattr.json": (tmp_path / "output/.well-known/flattr.json").read_text()}
    assert [claim.title for claim in claims_of(files)] == ["Bread"]


def test_registering_twice_connects_once():
    from pelican.plugins import signals

    register()
    register()

    assert (
        len([handler for handler in signals.content_written.receivers_for(None) if handler is handlers.put_button]) == 1
    )


def test_a_handler_says_its_error_with_the_source_and_returns(caplog, monkeypatch):
    monkeypatch.setattr(handlers.log, "propagate", True)
    broken = SimpleNamespace(source_path="content/broken.md")

    with caplog.at_level(logging.ERROR):
        handlers.put_place(SimpleNamespace(), content=broken)
        handlers.begin_build(SimpleNamespace(context={}))
        handlers.keep_key_from_templates(SimpleNamespace())
        handlers.write_list(SimpleNamespace())

    assert len(caplog.messages) == 4
    assert "content/broken.md: AttributeError" in caplog.messages[0]


def test_the_receiver_is_named_as_its_own_list_names_it(build):
    blog = build(POSTS, receiver=RECEIVER.removesuffix("/").upper().replace("HTTPS", "https"))

    assert set(blog.claims) == {"bread.html", "bees.html"}
