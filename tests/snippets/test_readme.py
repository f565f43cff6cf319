"""The badge for a README, as Markdown makes it."""

import re
from collections.abc import Iterator
from pathlib import Path

import markdown
import pytest

from tests.snippets.link_follower import SCOPE, SNIPPETS, LinkFollower, link_follower, links_of


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[LinkFollower]:
    with link_follower(tmp_path) as follower:
        yield follower


def test_the_badge_leads_to_the_page_of_the_project(follower: LinkFollower) -> None:
    html = markdown.markdown("# A project\n\n" + follower.snippet("readme/badge.md"))

    (link,) = links_of(html)

    assert follower.clicked_by_following(link) == f"{SCOPE}project/"


def test_the_picture_comes_from_the_creators_own_site(follower: LinkFollower) -> None:
    html = markdown.markdown(follower.snippet("readme/badge.md"))

    assert re.findall(r'src="([^"]+)"', html) == [f"{SCOPE}flattr-en.svg"]
    assert (SNIPPETS / "badge/flattr-en.svg").exists()


def test_the_address_of_the_site_alone_is_the_site_as_a_whole(follower: LinkFollower) -> None:
    (link,) = links_of(markdown.markdown(follower.snippet("readme/badge.md").replace("project%2F", "")))

    assert follower.clicked_by_following(link) == SCOPE
