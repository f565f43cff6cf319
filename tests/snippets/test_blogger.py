"""The snippet for Blogger: well-formed XML, and what it makes by the rules that Blogger documents.

Blogger runs nowhere but at Google, so this reads the part of its template language that the snippet uses: `b:if`
with `==`, and `expr:` attributes of texts and data tags joined by `+`.  Values are escaped for HTML, not for links.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest

from tests.snippets.link_follower import SCOPE, LinkFollower, link_follower, links_of

B, EXPR = "http://www.google.com/2005/gml/b", "http://www.google.com/2005/gml/expr"
POST = f"{SCOPE}2026/09/how-to-keep-bees.html"


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[LinkFollower]:
    with link_follower(tmp_path) as follower:
        yield follower


def rendered(snippet: str, *, page_type: str, url: str = POST, title: str = "Bees") -> str:
    """Return the HTML of a post on a page of this type."""
    data = {"data:blog.pageType": page_type, "data:post.url": url, "data:post.title": title}
    root = ET.fromstring(f"<post xmlns:b='{B}' xmlns:expr='{EXPR}'>{snippet}</post>")
    return "".join(_html(child, data) for child in root)


def _html(element: ET.Element, data: dict[str, str]) -> str:
    inside = (element.text or "") + "".join(_html(child, data) + (child.tail or "") for child in element)
    if element.tag == f"{{{B}}}if":
        left, right = element.attrib["cond"].split(" == ")
        return inside if _value(left, data) == _value(right, data) else ""
    assert "{" not in element.tag, "only b:if is read"
    attributes = {
        name.removeprefix(f"{{{EXPR}}}"): _value(value, data) if name.startswith(f"{{{EXPR}}}") else value
        for name, value in element.attrib.items()
    }
    text = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f"<{element.tag}{text}>{inside}</{element.tag}>"


def _value(expression: str, data: dict[str, str]) -> str:
    """Return the value of texts in double quotes and data tags, joined by plus signs."""
    assert re.fullmatch(r'\s*("[^"]*"|data:[\w.]+)(\s*\+\s*("[^"]*"|data:[\w.]+))*\s*', expression), expression
    parts = re.findall(r'"([^"]*)"|(data:[\w.]+)', expression)
    return "".join(data[tag] if tag else literal for literal, tag in parts)


def test_the_link_of_a_post_leads_to_the_click_on_that_post(follower: LinkFollower) -> None:
    (link,) = links_of(rendered(follower.snippet("blogger/flattr.xml"), page_type="item", title="How to keep bees"))

    assert follower.clicked_by_following(link, said_title="How to keep bees") == POST


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Bees & “butter”", "Bees"),
        ("50 % honey #1", "50 % honey"),
        ("a=b&u=https://evil.example/", "a=b"),
        ("", ""),
        ('<b>"x"</b>', '<b>"x"</b>'),
    ],
)
def test_a_title_that_blogger_does_not_encode_harms_only_itself(title: str, said: str, follower: LinkFollower) -> None:
    (link,) = links_of(rendered(follower.snippet("blogger/flattr.xml"), page_type="item", title=title))

    assert follower.clicked_by_following(link, said_title=said) == POST


@pytest.mark.parametrize("page_type", ["index", "archive", "static_page", "error_page"])
def test_only_the_page_of_a_post_has_a_button(page_type: str, follower: LinkFollower) -> None:
    assert links_of(rendered(follower.snippet("blogger/flattr.xml"), page_type=page_type)) == []
