"""A button says how often its post was clicked, if its creator wants that; no answer is no reason to fail."""

import pytest

from tests.fakes.answering import answering
from tests.pelican_flattr.conftest import BREAD, BUTTON, SITE_URL, said

BEES = "Title: Bees\nDate: 2026-01-03\n\nThey came back.\n"
POSTS = {"bread.md": BREAD, "bees.md": BEES}
COUNTED = {"counts": {f"{SITE_URL}/bread.html": 7}}
THEME = {"index.html": "{% for post in articles %}{{ flattr_button(post, look='compact') }}{% endfor %}"}


def test_the_receiver_is_asked_once_and_the_next_build_remembers(build):
    with answering(body=COUNTED) as receiver:
        first = build(POSTS, "FLATTR_COUNTS = True", receiver=receiver.url, theme=THEME)
        second = build(POSTS, "FLATTR_COUNTS = True", receiver=receiver.url, theme=THEME)

    assert len(receiver.requests) == 1
    assert "(clicks: 7)" in first["bread.html"].partition(BUTTON)[2]
    assert "(clicks:" not in first["bees.html"]
    assert first["index.html"].count("(clicks: 7)") == 1
    assert second.files == first.files


@pytest.mark.parametrize("settings", ["", "FLATTR_COUNTS = False"])
def test_nobody_is_asked_unless_the_creator_wants_counts(build, settings):
    with answering(body=COUNTED) as receiver:
        blog = build(POSTS, settings, receiver=receiver.url)

    assert not receiver.requests
    assert "(clicks:" not in blog["bread.html"]


def test_without_an_answer_the_blog_is_built_without_counts(build):
    with answering(status=503) as receiver:
        asked = build(POSTS, "FLATTR_COUNTS = True", receiver=receiver.url)
        not_asked = build(POSTS, receiver=receiver.url)

    assert asked.exit_code == 0
    assert asked.files == not_asked.files
    assert len(said(asked, "INFO")) == 1
