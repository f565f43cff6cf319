"""The script that counts buttons, on the two example blogs and on what it must find."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.real_sites import count_buttons
from tests.real_sites.count_buttons import RECEIVER, Built, Count, Site

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LINK = f'<link rel="payment" type="text/html" href="{RECEIVER}f/x">\n'
BUTTON = f'<p><a class="flattr-button" href="{RECEIVER}f/x"><span>Flattr this</span></a></p>'


@pytest.mark.parametrize(
    ("kind", "folder", "settings", "theme", "posts"),
    [
        ("pelican", "pelican-blog", "pelicanconf.py", None, 9),
        ("pelican", "pelican-blog", "pelicanconf.py", ("notmyidea", "simple"), 9),
        ("mkdocs", "mkdocs-blog", "mkdocs.yml", None, 7),
        ("mkdocs", "mkdocs-blog", "mkdocs.yml", ("name: mkdocs", "name: readthedocs"), 7),
    ],
)
def test_the_examples_have_one_button_on_each_post_and_no_leak(tmp_path, kind, folder, settings, theme, posts):
    root = tmp_path / "site"
    shutil.copytree(EXAMPLES / folder, root)
    if theme is not None:
        (root / settings).write_text((root / settings).read_text().replace(*theme))

    count = count_buttons.count_buttons(Site(kind, root, settings), tmp_path)

    assert count.is_exact, "\n".join(count.lines())
    assert (count.posts, count.buttons) == (posts, posts)
    assert not count.unstable


def _look(pages: dict[str, str], plain: dict[str, str] | None = None) -> Count:
    signed = Built({path: text.encode() for path, text in pages.items()}, ["post.html"], 0.0, "")
    without = {"post.html": "<head></head>text"} | (plain or {})
    count = Count(posts=1)
    count_buttons._look_at_pages(count, Built({p: t.encode() for p, t in without.items()}, [], 0.0, ""), signed)
    return count


def test_a_post_with_one_button_and_one_link_is_exact():
    count = _look({"post.html": f"<head>{LINK}</head>text\n{BUTTON}"})

    assert (count.buttons, count.leaks, count.changed) == (1, [], [])


@pytest.mark.parametrize(
    "page",
    [
        f"<head>{LINK}</head>text{BUTTON}{BUTTON}",
        f'<head><meta content="{RECEIVER}f/x">{LINK}</head>text{BUTTON}',
        f"<head>{LINK}</head>text",
        f"<head></head>text{BUTTON}",
    ],
)
def test_two_buttons_or_a_token_elsewhere_on_the_page_is_a_leak(page):
    count = _look({"post.html": page})

    assert (count.buttons, count.leaks) == (0, ["post.html"])


def test_a_button_elsewhere_is_a_leak_and_a_change_is_seen():
    plain = {"index.html": "text", "feed.xml": "text"}
    count = _look({"index.html": f"text{BUTTON}", "feed.xml": "text Flattr this"}, plain)

    assert count.leaks == ["index.html"]
    assert set(count.changed) == {"index.html", "feed.xml"}


def test_one_link_in_an_entry_of_a_feed_is_right_and_a_second_or_one_elsewhere_a_leak():
    link = f'<link href="{RECEIVER}f/x" rel="payment" type="text/html"/>'
    plain = "<feed><entry>a</entry><entry>b</entry></feed>"
    right = f"<feed><entry>a{link}</entry><entry>b</entry></feed>"
    twice = f"<feed><entry>a{link}{link}</entry><entry>b</entry></feed>"
    beside = f"<feed>{link}<entry>a</entry><entry>b</entry></feed>"

    count = _look({"right": right, "twice": twice, "beside": beside}, {"right": plain, "twice": plain, "beside": plain})

    assert count.leaks == count.changed == ["twice", "beside"]
    assert (count.entries, count.entries_without) == (2, 4)


def test_the_script_says_what_it_counted_and_exits_0(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["count_buttons.py", str(EXAMPLES / "mkdocs-blog"), "--kind", "mkdocs"])

    assert count_buttons.main() == 0
    assert "published posts                    7\n" in capsys.readouterr().out
