"""What the plugin knows of an article, and how the article shows the place of its button."""

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from flattr_button import Blog, SignedThing, Wish, moment_of, with_place

Article = Any  # Pelican has no types

_KEPT_IN_URL: Final = "%/:?&=+$,;@!'()*~#"
_SHADOWED: Final = ("get_content", "get_summary")


def wants_button(article: Article) -> bool:
    """Tell whether an article is a published post with a page of its own, and not left out by its author."""
    is_published = article.status == "published" and bool(article.save_as)
    return is_published and Wish.read(article.metadata.get("flattr")).wanted is not False


def sign_article(blog: Blog, site_url: str, article: Article) -> SignedThing:
    """Sign the button of an article; `site_url` is the setting, for templates may see a relative one."""
    return blog.sign_post(
        url=absolute_url(site_url, article.url),
        title=str(article.title),
        language=getattr(article, "lang", None),
        category=str(article.category) if getattr(article, "category", None) else None,
        tags=[str(tag) for tag in getattr(article, "tags", ())],
        modified=moment_of(getattr(article, "modified", None)) or moment_of(getattr(article, "date", None)),
    )


def absolute_url(site_url: str, url: str) -> str:
    """Return the address of a page; joined as text, for `urljoin` takes a slug such as `note:one.html` for absolute."""
    url = quote(url, safe=_KEPT_IN_URL)
    return url if re.match("https?://", url) else f"{site_url.strip().rstrip('/')}/{url.lstrip('/')}"


def show_place(article: Article, place: str) -> Callable[[], None]:
    """Let the content of an article, but not its summary, show the place of its button; return the way back.

    Attributes of the instance win over the memoized methods of the class, whose cache stays clean.
    """
    own_before = {name: article.__dict__[name] for name in _SHADOWED if name in article.__dict__}
    get_content, get_summary = article.get_content, article.get_summary

    def content_with_place(siteurl: str) -> str:
        return with_place(get_content(siteurl) or "", place)

    def summary_without_place(siteurl: str) -> Any:
        article.get_content = get_content  # the summary is cut from the content
        try:
            return get_summary(siteurl)
        finally:
            article.get_content = content_with_place

    def way_back() -> None:
        for name in _SHADOWED:
            article.__dict__.pop(name, None)
        article.__dict__.update(own_before)

    article.get_content, article.get_summary = content_with_place, summary_without_place
    return way_back
