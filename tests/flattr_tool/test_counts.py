"""Counts of clicks, from readers at a receiver that is really served to the button of a page."""

from pathlib import Path

from flattr_button.counts import fetch_counts
from tests.flattr_tool.conftest import Receiver
from tests.receiver.cast import Blog


def test_a_build_shows_what_three_readers_clicked(receiver: Receiver, tmp_path: Path) -> None:
    blog = receiver.blog("https://counted.example/")
    with receiver.stage() as stage:
        rye, oats = Blog(stage, blog.scope, blog.key).posts("rye oats")
        for number in range(3):
            stage.person(f"reader{number}@reads.example").clicks(rye)
        stage.person("reader0@reads.example").clicks(oats)

    counts = fetch_counts(blog, tmp_path / "counts.json", timeout_s=60)

    assert counts == {rye.url: 3}
    assert "(clicks: 3)" in blog.sign_post(url=rye.url, title="Rye", counts=counts).button
