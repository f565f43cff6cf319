"""The button of each entry in a feed, which feed readers find by `rel="payment"` (RFC 8288)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flattr_button import BadUrl, canonical_url
from pelican_flattr.article import absolute_url
from pelican_flattr.choice import Article

ATOM: Final = "http://www.w3.org/2005/Atom"

Feed = Any  # feedgenerator has no types


def add_payment_links(feed: Feed, button_url_by_link: Mapping[str, str]) -> None:
    """Let a feed write one more element in each entry whose link is known, and nothing else."""
    add_item_elements = feed.add_item_elements
    name, declared = _payment_element(feed)

    def add_item_elements_and_link(handler: Any, item: Mapping[str, Any]) -> None:
        add_item_elements(handler, item)
        url = button_url_by_link.get(item["link"])
        if url is not None:
            handler.addQuickElement(name, "", {"rel": "payment", "type": "text/html", "href": url, **declared})

    feed.add_item_elements = add_item_elements_and_link


def articles_in_feeds(context: Mapping[str, Any]) -> Iterator[Article]:
    """Yield the articles that Pelican puts into feeds."""
    for article in context.get("articles", ()):
        yield article
        yield from article.translations


def links_of(feed: Feed) -> Iterator[str]:
    return (item["link"] for item in feed.items)


def address_of(link: str, site_url: str) -> str | None:
    """Return the canonical address of a link, also of one that Pelican has marked as `FEED_APPEND_REF` asks."""
    return canonical_or_none(absolute_url(site_url, link.removesuffix("?ref=feed")))


def canonical_or_none(url: str) -> str | None:
    try:
        return canonical_url(url)
    except BadUrl:
        return None


def _payment_element(feed: Feed) -> tuple[str, dict[str, str]]:
    """Return the name of the element, and what it must declare because the feed has not."""
    if not hasattr(feed, "rss_attributes"):
        return "link", {}
    return "atom:link", {} if "xmlns:atom" in feed.rss_attributes() else {"xmlns:atom": ATOM}
