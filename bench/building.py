"""One build of a blog, in a process of its own: `python -m bench.building pelican FOLDER with` prints what it took.

Runs under the Python of the generator, so it imports nothing of the receiver.
"""

import argparse
import cProfile
import json
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flattr_button import SiteKey

ROOT: Final = Path(__file__).resolve().parents[1]
KEY: Final = SiteKey("benchmarka", 1, b"c0ffee00" * 8)
RECEIVER: Final = "https://flattr.example/"
SITE_URL: Final = "https://blog.example"
OURS: Final = str(ROOT / "plugins")
BETWEEN: Final = "<string>"  # what dataclasses write; the plugin calls itself through it
PASSING_ON: Final = {"add_item_elements_and_link", "content_with_place", "summary_without_place"}


@dataclass(frozen=True, slots=True)
class Generator:
    """How a generator gets a blog of so many posts into a folder, and builds it, with the plugin or without."""

    write: Callable[[Path, int], None]
    build: Callable[[Path, Path, bool], None]
    python: Path = Path(sys.executable)


def _write_pelican(blog: Path, posts: int) -> None:
    (blog / "content").mkdir()
    for number in range(posts):
        head = f"Title: {_title(number)}\nDate: 2026-01-01 {number // 60 % 24:02}:{number % 60:02}\n"
        head += f"Category: {_category(number)}\nTags: {', '.join(_tags(number))}\nAuthor: Carla\n\n"
        (blog / "content" / f"post-{number}.md").write_text(head + _text(number))


def _build_pelican(blog: Path, output: Path, has_plugin: bool) -> None:
    from pelican import Pelican
    from pelican.settings import read_settings

    settings = read_settings(
        override={
            "PATH": str(blog / "content"),
            "OUTPUT_PATH": str(output),
            "SITEURL": SITE_URL,
            "TIMEZONE": "UTC",
            "FLATTR_URL": RECEIVER,
            "PLUGINS": ["pelican_flattr"] if has_plugin else [],
            "AUTHOR": "Carla",
            "FEED_ALL_ATOM": "all.atom",
            "FEED_ALL_RSS": "all.rss",
            "FEED_MAX_ITEMS": 20,
        }
    )
    Pelican(settings).run()


def _write_mkdocs(blog: Path, posts: int) -> None:
    (blog / "docs").mkdir()
    (blog / "docs" / "index.md").write_text("# Bees\n")
    for number in range(posts):
        (blog / "docs" / f"post-{number}.md").write_text(
            f"{_front_matter(number)}# {_title(number)}\n\n{_text(number)}"
        )


def _write_material(blog: Path, posts: int) -> None:
    """Write the same posts for the blog plugin of Material."""
    (blog / "docs" / "blog" / "posts").mkdir(parents=True)
    for page in ("index.md", "blog/index.md"):
        (blog / "docs" / page).write_text("# Bees\n")
    for number in range(posts):
        post = blog / "docs" / "blog" / "posts" / f"post-{number}.md"
        text = _text(number).replace("\n\n", "\n\n<!-- more -->\n\n", 1)
        post.write_text(f"{_front_matter(number)}# {_title(number)}\n\n{text}")


def _build_mkdocs(blog: Path, output: Path, has_plugin: bool) -> None:
    _build_site(blog, output, ["search"], has_plugin, theme="mkdocs")


def _build_material(blog: Path, output: Path, has_plugin: bool) -> None:
    _build_site(blog, output, ["search", "blog"], has_plugin, theme="material")


def _build_site(blog: Path, output: Path, plugins: list[Any], has_plugin: bool, *, theme: str) -> None:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    if has_plugin:
        plugins = [*plugins, {"flattr": {"receiver": RECEIVER}}]
    (blog / "mkdocs.yml").write_text(
        json.dumps({"site_name": "Bees", "site_url": SITE_URL, "theme": {"name": theme}, "plugins": plugins})
    )
    config = load_config(str(blog / "mkdocs.yml"), site_dir=str(output))
    config.plugins.on_startup(command="build", dirty=False)
    build(config)


def _front_matter(number: int) -> str:
    return f"---\ndate: 2026-01-01\ncategories: [{_category(number)}]\ntags: [{', '.join(_tags(number))}]\n---\n"


GENERATOR_BY_NAME: Final = {
    "pelican": Generator(_write_pelican, _build_pelican),
    "mkdocs": Generator(_write_mkdocs, _build_mkdocs),
    "material": Generator(_write_material, _build_material, python=ROOT / ".venv-sites" / "bin" / "python"),
}


def _title(number: int) -> str:
    return f"How to keep bees, part {number}"


def _category(number: int) -> str:
    return f"Room {number % 10}"


def _tags(number: int) -> list[str]:
    return [f"tag {number % 25}", f"tag {number % 7 + 25}"]


def _text(number: int) -> str:
    """Return some 600 words with what posts have: headings, emphasis, links, a list, a quotation, code."""
    words = ("bees", "honey", "smoke", "frame", "queen", "winter", "clover", "swarm", "wax", "sugar", "hive")
    paragraphs = []
    for paragraph in range(8):
        chosen = [words[(number + paragraph * 3 + word * (word % 4 + 1)) % len(words)] for word in range(70)]
        chosen[10], chosen[30] = f"*{chosen[10]}*", f"[{chosen[30]}](https://example.org/{number}/{paragraph})"
        paragraphs.append(f"## Part {paragraph}\n\n{' '.join(chosen)}.\n" if paragraph % 3 == 0 else " ".join(chosen))
    extra = "- one\n- two\n- three\n\n> Smoke calms them.\n\n    frame = hive.open()\n    print(frame.honey)\n"
    return "\n\n".join([*paragraphs[:4], extra, *paragraphs[4:]])


def _share(profile: cProfile.Profile) -> float:
    """Return the plugin's share of the time, in percent: calls into it from elsewhere, with all that these call.

    Not counted is what it passes on to what would have been called without it.
    """
    stats: Any = pstats.Stats(profile)
    inside = 0.0
    for (file, _, _), (_, _, _, _, callers) in stats.stats.items():
        for (caller_file, _, caller), (_, _, _, cumulative) in callers.items():
            is_from_plugin = caller_file.startswith((OURS, BETWEEN))
            if file.startswith(OURS) and not is_from_plugin:
                inside += cumulative
            elif caller in PASSING_ON and caller_file.startswith(OURS) and file.startswith(os.sep):
                inside -= cumulative if not file.startswith(OURS) else 0
    return float(100 * inside / stats.total_tt)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.building")
    parser.add_argument("name", choices=GENERATOR_BY_NAME)
    parser.add_argument("blog", type=Path)
    parser.add_argument("plugin", choices=("with", "without"))
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    build = GENERATOR_BY_NAME[asked.name].build
    profile = cProfile.Profile(builtins=False)  # less in the way, for calls of builtins are many
    with tempfile.TemporaryDirectory(prefix="flattr-built-") as output:
        begun = time.process_time()
        if asked.profile:
            profile.runcall(build, asked.blog, Path(output), asked.plugin == "with")
        else:
            build(asked.blog, Path(output), asked.plugin == "with")
        seconds = time.process_time() - begun
    print(json.dumps({"seconds": seconds, "share": _share(profile) if asked.profile else None}))


if __name__ == "__main__":
    main()
