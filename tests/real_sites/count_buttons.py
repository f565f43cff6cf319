"""Build a real site with and without the plugin, and count what came of it.

    python tests/real_sites/count_buttons.py PATH --kind pelican --settings pelicanconf.py
    python tests/real_sites/count_buttons.py PATH --kind mkdocs --python /path/to/the/sites/python --strict

The checkout is copied to a temporary folder, the key is a throw-away, no network is needed.
Exits 1 unless each published post has one button, nothing has leaked, keyless builds are as without the plugin,
and the plugin has warned of nothing.
"""

import argparse
import gzip
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
PLUGINS: Final = HERE.parents[1] / "plugins"
RECEIVER: Final = "https://receiver.flattr-count.example/"
SITE_URL: Final = "https://blog.flattr-count.example/"
LIST: Final = ".well-known/flattr.json"
USUAL_SETTINGS: Final = {"pelican": "pelicanconf.py", "mkdocs": "mkdocs.yml", "properdocs": "properdocs.yml"}

# Minifiers leave out quotes and closing tags, and sort attributes.
_BUTTON = re.compile(rb'\s?<p>\s*<a [^>]*class="?flattr-button.*?</a>\s*(?:</p>)?', re.S)
_LINK = re.compile(rb'<link [^>]*rel="?payment"?(?: [^>]*)?>\n?')
_FEED_LINK = re.compile(rb'<(?P<name>(?:[\w.-]+:)?link) [^>]*rel="payment"[^>]*(?:/>|></(?P=name)>)')
_FEED: Final = re.compile(rb"<(?:rss|feed|rdf:RDF)[ >]")
_ENTRY: Final = re.compile(rb"<(?P<name>entry|item)[ >].*?</(?P=name)>", re.S)
_MARK: Final = re.compile(rb"\n?<flattr-place></flattr-place>")  # what `[flattr]` leaves without a key
# Without a key Pelican's log says that a button is missing; that is no complaint.
_COMPLAINT: Final = re.compile(
    r"\b(?:WARNING|ERROR|CRITICAL)\b.*flattr(?![_-]count)(?!: posts have no button; not set).*"
)
_TRACES: Final = (b"flattr-button", b"receiver.flattr-count", b"flattr-place-")


@dataclass(frozen=True, slots=True)
class Built:
    """One build: the files of its output by path, the published posts, and its processor time."""

    content_by_path: dict[str, bytes]
    posts: list[str]
    seconds: float
    log: str


@dataclass(slots=True)
class Count:
    posts: int = 0
    buttons: int = 0
    entries: int = 0
    entries_without: int = 0
    leaks: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    key_found: list[str] = field(default_factory=list)
    not_repeated: list[str] = field(default_factory=list)
    keyless_differs: list[str] = field(default_factory=list)
    unstable: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    seconds_without: float = 0.0
    seconds_with: float = 0.0

    @property
    def is_exact(self) -> bool:
        faults = (
            self.leaks,
            self.changed,
            self.key_found,
            self.not_repeated,
            self.keyless_differs,
            self.complaints,
        )
        return 0 < self.posts == self.buttons and not any(faults)  # a count of nothing proves nothing

    def lines(self) -> Iterator[str]:
        yield f"published posts                    {self.posts}"
        yield f"posts with exactly one button      {self.buttons}"
        yield f"entries of feeds with a button     {self.entries}"
        yield f"entries of feeds without one       {self.entries_without}"
        for label, paths in (
            ("leaks                             ", self.leaks),
            ("files changed beside the button   ", self.changed),
            ("files with the key                ", self.key_found),
            ("files unlike in a second build    ", self.not_repeated),
            ("files unlike without a key        ", self.keyless_differs),
            ("files unlike without the plugin   ", self.unstable),
            ("warnings of the plugin            ", self.complaints),
        ):
            yield f"{label} {len(paths)}{'  e.g. ' + ', '.join(list(paths)[:3]) if paths else ''}"
        yield f"processor seconds without, with    {self.seconds_without:.2f}, {self.seconds_with:.2f}"


@dataclass(frozen=True, slots=True)
class Site:
    """A checkout, copied to where it may be written to."""

    kind: str
    root: Path
    settings: str
    python: str = sys.executable
    content: str | None = None
    drop: str = ""
    is_strict: bool = False

    def build(self, work: Path, *, receiver: str = "", key: str = "") -> Built:
        output, posts = Path(tempfile.mkdtemp(dir=work)) / "out", work / "posts.json"
        settings = self.root / self.settings
        environment = _environment(work, key) | {
            "FLATTR_COUNT_SETTINGS": str(settings),
            "FLATTR_COUNT_POSTS": str(posts),
            "FLATTR_COUNT_OUTPUT": str(output),
            "FLATTR_COUNT_RECEIVER": receiver,
            "FLATTR_COUNT_SITE_URL": SITE_URL,
            "FLATTR_COUNT_DROP": self.drop,
            "FLATTR_COUNT_KIND": self.kind,
            "FLATTR_COUNT_STRICT": "strict" if self.is_strict else "",
        }
        posts.write_text("[]")
        if self.kind == "pelican":
            shutil.copy(HERE / "pelican_settings.py", settings.parent / "flattr_count_settings.py")
            command = ["-m", "pelican", "-s", "flattr_count_settings.py", "-o", str(output)]
            command += [self.content] if self.content else []
        else:
            command = [str(HERE / "mkdocs_build.py")]
        begun = _processor_seconds()
        run = subprocess.run(
            [self.python, *command], cwd=settings.parent, env=environment, capture_output=True, text=True, check=False
        )
        seconds = _processor_seconds() - begun
        if run.returncode:
            raise SystemExit(f"the site does not build:\n{run.stdout[-3000:]}\n{run.stderr[-3000:]}")
        return Built(_files(output), json.loads(posts.read_text()), seconds, run.stdout + run.stderr)


def count_buttons(site: Site, work: Path) -> Count:
    """Build a site five times and compare."""
    key = _throw_away_key()
    site.build(work)  # fills the caches of the site's own tools
    plain, plain_again = site.build(work), site.build(work)
    keyless = site.build(work, receiver=RECEIVER)
    signed, signed_again = site.build(work, receiver=RECEIVER, key=key), site.build(work, receiver=RECEIVER, key=key)
    unstable = _differences(plain, plain_again, {})
    count = Count(
        posts=len(signed.posts),
        key_found=[path for path, text in signed.content_by_path.items() if key.split("_")[3].encode() in text],
        not_repeated=_differences(signed, signed_again, unstable),
        keyless_differs=_differences(plain, keyless, unstable),
        unstable=list(unstable),
        complaints=[found[0] for built in (keyless, signed) for found in _COMPLAINT.finditer(built.log)],
        seconds_without=min(plain.seconds, plain_again.seconds),
        seconds_with=min(signed.seconds, signed_again.seconds),
    )
    _look_at_pages(count, plain, signed)
    return count


def _look_at_pages(count: Count, plain: Built, signed: Built) -> None:
    for path, text in signed.content_by_path.items():
        if path == LIST or path.endswith(f"/{LIST}"):  # each language of a Pelican site has a list of its own
            continue
        found = len(_BUTTON.findall(text)), len(_LINK.findall(text)), text.count(RECEIVER.encode())
        if path in signed.posts and found == (1, 1, 2):
            count.buttons += 1
            text = _LINK.sub(b"", _BUTTON.sub(b"", text))
        if _FEED.search(text[:1000]):
            text = _without_links(count, text)
        if any(trace in text for trace in _TRACES):
            count.leaks.append(path)
        if path not in count.unstable and _bare(text) != _bare(plain.content_by_path.get(path, b"")):
            count.changed.append(path)


def _without_links(count: Count, feed: bytes) -> bytes:
    """Return a feed without the one link of each entry; a second one stays, and is a leak."""

    def without_link(entry: re.Match[bytes]) -> bytes:
        text, links = _FEED_LINK.subn(b"", entry[0], count=1)
        count.entries += links
        count.entries_without += not links
        return text

    return _ENTRY.sub(without_link, feed)


def _bare(text: bytes) -> bytes:
    """Return a page with one space between tags: Material leaves blank lines if `page.meta` has anything."""
    return re.sub(rb">\s+<", b"> <", _MARK.sub(b"", text)).strip()


def _differences(one: Built, other: Built, known: dict[str, None]) -> dict[str, None]:
    paths = one.content_by_path.keys() | other.content_by_path.keys()
    unlike = (path for path in sorted(paths) if one.content_by_path.get(path) != other.content_by_path.get(path))
    return dict.fromkeys(path for path in unlike if path not in known)


def _files(folder: Path) -> dict[str, bytes]:
    """Read all files of a folder; a compressed copy that says the same as its file is no file of its own."""
    content_by_path = {
        path.relative_to(folder).as_posix(): gzip.decompress(path.read_bytes())
        if path.suffix == ".gz"
        else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return {
        path: content
        for path, content in content_by_path.items()
        if not path.endswith(".gz") or content_by_path.get(path.removesuffix(".gz")) != content
    }


def _environment(work: Path, key: str) -> dict[str, str]:
    """Let the Python of the site find the plugins and their entry points, without installing anything."""
    installed = work / "installed" / "flattr_count-0.dist-info"
    installed.mkdir(parents=True, exist_ok=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: flattr-count\nVersion: 0\n")
    (installed / "entry_points.txt").write_text(
        "[mkdocs.plugins]\nflattr = mkdocs_flattr.plugin:FlattrPlugin\n"
        "[markdown.extensions]\nflattr = markdown_flattr:FlattrExtension\n"
    )
    inherited = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("FLATTR_")}
    path = os.pathsep.join([str(PLUGINS), str(installed.parent)])
    # SOURCE_DATE_EPOCH makes what is stamped with the time of the build comparable.
    fixed = {"PYTHONPATH": path, "SOURCE_DATE_EPOCH": "1760000000", "NO_MKDOCS_2_WARNING": "1"}
    return inherited | fixed | ({"FLATTR_SITE_KEY": key} if key else {})


def _processor_seconds() -> float:
    """Return the time of all builds so far; unlike the clock, it does not count what else the machine does."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _throw_away_key() -> str:
    sys.path.insert(0, str(PLUGINS))
    from flattr_button import SiteKey

    return SiteKey("throwaway2", 1, b"5ca1ab1e" * 8).text()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="the checkout")
    parser.add_argument("--kind", choices=("pelican", "mkdocs", "properdocs"), required=True)
    parser.add_argument("--settings", help="inside of the checkout, if not where it usually is")
    parser.add_argument("--content", help="Pelican: the folder with the content, if the settings do not say")
    parser.add_argument("--python", default=sys.executable, help="that has what the site needs")
    parser.add_argument("--drop", default="", help="plugins of the site to leave out, with commas")
    parser.add_argument("--strict", action="store_true", help="let a warning stop MkDocs")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flattr-count-") as folder:
        root = Path(folder) / "site"
        shutil.copytree(asked.path, root, symlinks=True)
        site = Site(
            asked.kind,
            root,
            asked.settings or USUAL_SETTINGS[asked.kind],
            asked.python,
            asked.content,
            asked.drop,
            asked.strict,
        )
        count = count_buttons(site, Path(folder))
    print("\n".join(count.lines()))
    return 0 if count.is_exact else 1


if __name__ == "__main__":
    sys.exit(main())
