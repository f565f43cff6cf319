"""Counts of clicks: asked once an hour at most, and no reason for a build to fail or to wait."""

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flattr_button import Blog, SiteKey
from flattr_button.counts import fetch_counts
from tests.fakes.answering import answering

KEY = SiteKey("carlablog2", 1, b"5ca1ab1e" * 8)
SCOPE = "https://carla.example/"
NOON = datetime(2026, 9, 3, 12, tzinfo=UTC)
COUNTS = {f"{SCOPE}rye/": 12, f"{SCOPE}oats/": 3}


def blog_at(url: str) -> Blog:
    return Blog(KEY, url, SCOPE)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "flattr-counts.json"


def test_counts_are_asked_once_an_hour(cache: Path) -> None:
    with answering(body={"counts": COUNTS}) as receiver:
        blog = blog_at(receiver.url)
        first = fetch_counts(blog, cache, now=NOON)
        receiver.body = {"counts": {}}
        within_the_hour = fetch_counts(blog, cache, now=NOON + timedelta(minutes=59))
        later = fetch_counts(blog, cache, now=NOON + timedelta(minutes=61))

    assert (first, within_the_hour, later) == (COUNTS, COUNTS, {})
    assert len(receiver.requests) == 2
    assert KEY.secret.decode() not in cache.read_text()


def test_a_dead_receiver_leaves_the_counts_of_before(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    with answering(body={"counts": COUNTS}) as receiver:
        blog = blog_at(receiver.url)
        fetch_counts(blog, cache, now=NOON)
    with caplog.at_level(logging.INFO):
        counts = fetch_counts(blog, cache, now=NOON + timedelta(days=1))

    assert counts == COUNTS
    assert [(record.levelname, "does not answer" in record.message) for record in caplog.records] == [("INFO", True)]


def test_without_a_receiver_and_a_cache_there_is_no_count(cache: Path) -> None:
    assert fetch_counts(blog_at("http://127.0.0.1:9/"), cache, now=NOON) == {}


def test_a_receiver_that_does_not_answer_is_asked_again_after_five_minutes(cache: Path) -> None:
    with answering(status=503, body={"error": "BooksBusy", "message": "busy"}) as receiver:
        blog = blog_at(receiver.url)
        for minutes in (0, 4, 6):
            assert fetch_counts(blog, cache, now=NOON + timedelta(minutes=minutes)) == {}

    assert len(receiver.requests) == 2


def test_a_silent_receiver_costs_the_time_out(cache: Path) -> None:
    with answering(is_silent=True) as receiver:
        assert fetch_counts(blog_at(receiver.url), cache, now=NOON, timeout_s=0.2) == {}


@pytest.mark.parametrize(
    "body",
    [
        "hello", [], {}, {"counts": []}, {"counts": {"x": -1}},
        {"counts": {"x": "1"}}, {"counts": {"x": True}}, {"counts": {"x": 1.5}},
    ],
)  # fmt: skip
def test_what_is_no_count_is_not_shown(cache: Path, body: Any) -> None:
    with answering(body=body) as receiver:
        assert fetch_counts(blog_at(receiver.url), cache, now=NOON) == {}


@pytest.mark.parametrize("text", ["", "[]", "{}", "\0", "[" * 100_000, '{"version": 1}'])
def test_a_damaged_cache_is_no_cache(cache: Path, text: str) -> None:
    cache.parent.mkdir()
    cache.write_text(text)

    with answering(body={"counts": COUNTS}) as receiver:
        assert fetch_counts(blog_at(receiver.url), cache, now=NOON) == COUNTS


def test_the_cache_of_another_site_or_receiver_is_not_used(cache: Path) -> None:
    with answering(body={"counts": COUNTS}) as receiver:
        fetch_counts(blog_at(receiver.url), cache, now=NOON)
        other_site = Blog(SiteKey("cemsnotes2", 1, KEY.secret), receiver.url, SCOPE)
        receiver.body = {"counts": {}}

        assert fetch_counts(other_site, cache, now=NOON) == {}
    assert json.loads(cache.read_text())["site"] == "cemsnotes2"


def test_a_clock_that_was_put_back_asks_again(cache: Path) -> None:
    with answering(body={"counts": COUNTS}) as receiver:
        blog = blog_at(receiver.url)
        fetch_counts(blog, cache, now=NOON)
        fetch_counts(blog, cache, now=NOON - timedelta(days=1))

    assert len(receiver.requests) == 2


def test_where_no_cache_can_be_written_the_counts_are_there_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")

    with answering(body={"counts": COUNTS}) as receiver, caplog.at_level(logging.INFO):
        assert fetch_counts(blog_at(receiver.url), tmp_path / "file" / "counts.json", now=NOON) == COUNTS
    assert "cannot be written" in caplog.text
