"""The partial for Ghost by real Handlebars, with Ghost's helpers as documented; the injected code in Chromium."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.snippets.generators import link_node_modules, run_node
from tests.snippets.link_follower import SCOPE, LinkFollower, link_follower, links_of

POST = f"{SCOPE}how-to-keep-bees/"
# `url` (docs.ghost.org/themes/helpers/data/url) and `encode` (…/helpers/utility/encode), as they are documented.
RENDER = """
import { readFileSync } from "node:fs";
import handlebars from "handlebars";
const { partial, posts, scope } = JSON.parse(readFileSync(0, "utf8"));
handlebars.registerHelper("encode", (text) => new handlebars.SafeString(encodeURIComponent(text)));
handlebars.registerHelper("url", function (options) {
  return new handlebars.SafeString((options.hash.absolute === "true" ? scope : "/") + this.slug + "/");
});
handlebars.registerPartial("flattr", partial);
const page = handlebars.compile("{{#post}}<h1>{{title}}</h1>{{{html}}}{{> flattr}}{{/post}}");
process.stdout.write(JSON.stringify(posts.map((post) => page({ post }))));
"""


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[LinkFollower]:
    with link_follower(tmp_path) as follower:
        yield follower


def rendered(folder: Path, partial: str, *titles: str) -> list[str]:
    link_node_modules(folder)
    posts = [{"title": title, "html": "<p>A post.</p>", "slug": "how-to-keep-bees"} for title in titles]
    return list(
        json.loads(run_node(folder, RENDER, given=json.dumps({"partial": partial, "posts": posts, "scope": SCOPE})))
    )


def test_the_partial_leads_to_the_click_on_its_post(follower: LinkFollower, tmp_path: Path) -> None:
    titles = ["How to keep bees", 'Bees & "butter" #1 + 50 %', "Über Bücher 🐝", "a=b&u=https://evil.example/"]

    for title, page in zip(titles, rendered(tmp_path, follower.snippet("ghost/flattr.hbs"), *titles), strict=True):
        (link,) = links_of(page)
        assert follower.clicked_by_following(link, said_title=title) == POST


def injected(chromium: Browser, follower: LinkFollower, *, body_class: str, canonical: str = POST) -> list[str]:
    """Return the links of a page as Ghost makes it, with the code in its footer."""
    page = (
        f'<title>Bees</title><link rel="canonical" href="{canonical}"><meta property="og:title" content="Bees &amp; I">'
        f'<body class="{body_class}"><article><section class="gh-content">A post.</section></article>'
        f"{follower.snippet('ghost/code-injection.html')}</body>"
    )
    context = chromium.new_context()
    context.route("**/*", lambda route: route.fulfill(body=page, content_type="text/html; charset=utf-8"))
    tab = context.new_page()
    tab.goto(f"{POST}?ref=newsletter")
    links = links_of(tab.content())
    context.close()
    return links


@pytest.mark.browser
@pytest.mark.parametrize("canonical", [POST, "https://elsewhere.example/first-published-here/"])
def test_the_injected_code_leads_to_the_click_on_its_post(
    canonical: str, chromium: Browser, follower: LinkFollower
) -> None:
    (link,) = injected(chromium, follower, body_class="post-template tag-bees", canonical=canonical)

    assert follower.clicked_by_following(link, said_title="Bees & I") == POST


@pytest.mark.browser
@pytest.mark.parametrize("body_class", ["home-template", "page-template page-about", "tag-template"])
def test_the_injected_code_leaves_other_pages_alone(body_class: str, chromium: Browser, follower: LinkFollower) -> None:
    assert injected(chromium, follower, body_class=body_class) == []
