"""Take pictures of the button in themes that real blogs use, light and dark, at phone and desktop width.

    python -m tests.real_sites.theme_screenshots [THEME ...] [--venvs FOLDER]

Builds the example blogs with each theme, in virtual environments that pip fills and that are kept for the next time.
On each picture the button of the build stands first; compact and text are put behind it by the script.
Pictures go to screenshots/, which git ignores.  Themes without a dark form look the same twice.
"""

import argparse
import mimetypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, Route

from flattr_button import SiteKey, button_html
from tests.browser.chromium import find_chromium, running_chromium

ROOT: Final = Path(__file__).resolve().parents[2]
PICTURES: Final = ROOT / "screenshots"
SITE: Final = "https://blog.example/"
RECEIVER: Final = "https://flattr.example/"
KEY: Final = SiteKey("carlablog2", 1, b"0" * 64)
WIDTHS: Final = (390, 1280)
PELICAN_POST: Final = "the-oven-lies.html"
MKDOCS_POST: Final = "bicycles/oil/"
_THEME_OF_THE_EXAMPLE: Final = "theme:\n  name: mkdocs\n  locale: en\n"
_BY_SCHEME: Final = """theme:
  name: {name}
  font: false
  palette:
    - {{media: "(prefers-color-scheme: light)", scheme: default}}
    - {{media: "(prefers-color-scheme: dark)", scheme: slate}}
"""


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme: what pip installs for it, and the lines of settings that choose it."""

    requirements: tuple[str, ...]
    settings: str
    post: str

    @property
    def is_of_pelican(self) -> bool:
        return self.post == PELICAN_POST


def _pelican(settings: str, *requirements: str) -> Theme:
    return Theme(("pelican[markdown]", *requirements), settings, PELICAN_POST)


THEMES: Final = {
    "notmyidea": _pelican('THEME = "notmyidea"'),
    "reflex": _pelican(
        'THEME = "reflex"\nCC_LICENSE = {}\nTHEME_COLOR_AUTO_DETECT_BROWSER_PREFERENCE = True', "pelican-theme-reflex"
    ),
    "seafoam": _pelican(
        "from pelican.plugins import seafoam\nTHEME = seafoam.get_path()\n"
        'PLUGINS += ["pelican.plugins.jinja_filters", "pelican.plugins.seafoam"]',
        "seafoam",
    ),
    "mkdocs": Theme(("mkdocs<2",), "theme:\n  name: mkdocs\n  color_mode: auto\n", MKDOCS_POST),
    "readthedocs": Theme(("mkdocs<2",), "theme:\n  name: readthedocs\n", MKDOCS_POST),
    "material": Theme(("mkdocs-material",), _BY_SCHEME.format(name="material"), MKDOCS_POST),
    "materialx": Theme(("mkdocs-materialx",), _BY_SCHEME.format(name="materialx"), MKDOCS_POST),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("themes", nargs="*", metavar="THEME", help=", ".join(THEMES))
    parser.add_argument("--venvs", type=Path, default=Path(tempfile.gettempdir()) / "flattr-theme-venvs")
    asked = parser.parse_args()
    unknown = set(asked.themes) - set(THEMES)
    if unknown:
        parser.error(f"no theme {', '.join(sorted(unknown))}; there are {', '.join(THEMES)}")
    chromium = find_chromium()
    if chromium is None:
        parser.error("no Chromium on this machine; install it (Debian: apt install chromium)")
    PICTURES.mkdir(exist_ok=True)
    with running_chromium(chromium) as browser:
        for name in asked.themes or THEMES:
            with tempfile.TemporaryDirectory() as folder:
                site = build(THEMES[name], Path(folder), python_with(THEMES[name], asked.venvs / name))
                sizes_px = take_all(browser, name, THEMES[name].post, site)
            print(f"{name}: standard, compact, text are {sizes_px} px high; {PICTURES}/theme-{name}-*.png")
            if any(size < least for size, least in zip(sizes_px, (44, 24, 24), strict=True)):
                sys.exit(f"{name} makes the button too small for a thumb: 44 px, and 24 px between other things")


def python_with(theme: Theme, venv: Path) -> Path:
    """Return the Python of an environment that holds the theme and this project's plugins as they are now."""
    python = venv / "bin" / "python"
    if not python.exists():
        _run([sys.executable, "-m", "venv", str(venv)], ROOT)
        _run([str(python), "-m", "pip", "install", "-q", *theme.requirements, "itsdangerous", "markupsafe"], ROOT)
    _run([str(python), "-m", "pip", "install", "-q", "--no-deps", "--force-reinstall", str(ROOT)], ROOT)
    return python


def build(theme: Theme, folder: Path, python: Path) -> Path:
    """Build the example blog with a theme; return the folder of its pages."""
    example = "pelican-blog" if theme.is_of_pelican else "mkdocs-blog"
    source, output = folder / "source", folder / "output"
    shutil.copytree(ROOT / "examples" / example, source, ignore=shutil.ignore_patterns("output", "site"))
    settings = source / ("pelicanconf.py" if theme.is_of_pelican else "mkdocs.yml")
    text = settings.read_text(encoding="utf-8")
    if theme.is_of_pelican:
        settings.write_text(f"{text}\n{theme.settings}\n", encoding="utf-8")
        command = ["-m", "pelican", "content", "-s", settings.name, "-o", str(output)]
    else:
        assert _THEME_OF_THE_EXAMPLE in text, f"{settings} names its theme otherwise now"
        settings.write_text(text.replace(_THEME_OF_THE_EXAMPLE, theme.settings), encoding="utf-8")
        command = ["-m", "mkdocs", "build", "-q", "-d", str(output)]
    about = {"SITEURL": SITE.rstrip("/"), "SITE_URL": SITE, "FLATTR_URL": RECEIVER, "FLATTR_SITE_KEY": KEY.text()}
    _run([str(python), *command], source, about)
    return output


def take_all(browser: Browser, name: str, post: str, site: Path) -> list[float]:
    """Take all pictures of one theme; return the smallest height of each look."""
    heights: list[list[float]] = []
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
            )
            context.route("**/*", answer_from(site))
            page = context.new_page()
            page.goto(SITE + post)
            add_the_other_looks(page)
            boxes = [button.bounding_box() for button in page.locator(".flattr-button").all()]
            heights.append([round(box["height"], 1) if box else 0.0 for box in boxes])
            page.locator(".flattr-button").first.scroll_into_view_if_needed()
            page.evaluate("window.scrollBy(0, 200)")
            page.screenshot(path=PICTURES / f"theme-{name}-{width}-{scheme}.png")
            context.close()
    return [min(of_look) for of_look in zip(*heights, strict=True)]


def answer_from(site: Path) -> Callable[[Route], None]:
    """Return a network that holds one site and nothing else."""

    def answer(route: Route) -> None:
        url = route.request.url.partition("?")[0]
        file = site / url.removeprefix(SITE)
        if file.is_dir():
            file /= "index.html"
        if not url.startswith(SITE) or not file.is_file():
            route.abort()
            return
        route.fulfill(path=file, content_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream")

    return answer


def add_the_other_looks(page: Page) -> None:
    compact, text = (str(button_html(RECEIVER, "x", look=look)) for look in ("compact", "text"))
    page.locator(".flattr-button").first.evaluate(
        "(button, looks) => button.closest('p').insertAdjacentHTML('afterend', looks)",
        f"<p>{compact} in a line of text, and {text}.</p>",
    )


def _run(command: list[str], folder: Path, about: dict[str, str] | None = None) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("FLATTR_", "PYTHON"))}
    done = subprocess.run(
        command, cwd=folder, env=environment | (about or {}), capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
