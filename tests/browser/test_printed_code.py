"""What is printed is read by a machine that knows nothing of us, and leads to the button."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from receiver.actions.find_own_things import find_own_things
from receiver.domain.month import Month
from tests.browser.conftest import Open
from tests.browser.world import BuiltBlog, Reader, World

pytestmark = pytest.mark.browser


@pytest.fixture
def zbar() -> str:
    found = shutil.which("zbarimg")
    if found is None:
        pytest.skip("nothing here reads QR codes; install it (Debian: apt install zbar-tools)")
    return found


@pytest.fixture(scope="module")
def carla(world: World, carlas_blog: BuiltBlog) -> Reader:
    """Signed in, with a thing that somebody has clicked."""
    world.click(world.sign_in("codes@reads.example"), carlas_blog.thing_tokens[0])
    return world.sign_in("carla@writes.example")


@pytest.fixture(scope="module")
def thing(world: World, carlas_blog: BuiltBlog, carla: Reader) -> str:
    """The path of Carla's newest thing."""
    site = carlas_blog.key.site
    found = find_own_things(world.parts.db, owner=carla.user, site=site, month=Month.of(world.now))
    return f"creator/sites/{site}/things/{found.page.rows[0].thing.id}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_code_of_a_card_leads_to_its_button(
    world: World, open_browser: Open, carla: Reader, thing: str, zbar: str, tmp_path: Path, scheme: str
) -> None:
    page = open_browser(carla, color_scheme=scheme).new_page()
    page.goto(f"{world.url}{thing}/print")
    title = page.locator(".card h1").inner_text()
    page.locator(".card").screenshot(path=tmp_path / "card.png")

    read = subprocess.run([zbar, "--quiet", "--raw", tmp_path / "card.png"], capture_output=True, text=True, check=True)
    page.goto(read.stdout.strip())

    assert read.stdout.startswith(f"{world.url}q/{thing.rpartition('/')[2]}-")
    assert title in page.locator("h1").inner_text()


def test_a_card_fills_one_sheet_of_a6(world: World, open_browser: Open, carla: Reader, thing: str) -> None:
    page = open_browser(carla).new_page()
    page.goto(f"{world.url}{thing}/print")

    document = page.pdf(prefer_css_page_size=True)

    sheets = re.findall(rb"/MediaBox \[0 0 ([0-9]+)[0-9.]* ([0-9]+)", document)
    assert sheets == [(b"297", b"420")] or sheets == [(b"298", b"420")], "105 × 148 mm in points"
