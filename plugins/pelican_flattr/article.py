"""What the plugin knows of an article or a page, and how it shows the place of its button."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup
from pelican.contents import Page

from flattr_button import MARK, Blog, SignedThing, Wish, moment_of, preview_button, with_place
from flattr_button.old_flattr import swap_old_buttons
from flattr_button.placement import place_of
from pelican_flattr.choice import Article
from pelican_flattr.options import Options

_KEPT_IN_URL: Final = "%/:?&=+$,;@!'()*~#"
_PREFIX: Final = "flattr_"
_SHADOWED: Final = ("get_content", "get_summary")


def wants_button(article: Article, options: Options) -> bool:
    """Tell whether an article or page with a file of its own has a button: as its author, else as the options say.

    Drafts never have one.  Raises BadFrontMatter.
    """
    if getattr(article, "status", None) not in ("published", "hidden") or not article.save_as:
        return False
    wanted = wish_of(article).wanted
    return options.take(article, is_page=isinstance(article, Page)) if wanted is None else wanted


def wish_of(article: Article) -> Wish:
    """Read what its author asks for: `Flattr: false`, `Flattr_Title: …`, or a mapping where front matter is YAML."""
    said = article.metadata.get("flattr")
    named = {name[len(_PREFIX) :]: value for name, value in article.metadata.items() if name.startswith(_PREFIX)}
    if isinstance(said, Mapping):
        return Wish.read({**named, **said})
    return Wish.read({"button": said, **named} if named else said)


def sign_article(
    blog: Blog, article: Article, options: Options, *, url: str, original: str | None, counts: Mapping[str, int]
) -> SignedThing:
    """Sign the button of an article or page; `original` is the address of that of which it is a translation."""
    old = options.old
    return blog.sign_post(
        url=url,
        title=str(article.title),
        language=getattr(article, "lang", None) or old.language,
        category=_category_of(article) or old.category,
        tags=[str(tag) for tag in getattr(article, "tags", ())] or old.tags,
        hidden=article.status == "hidden" or old.hidden,
        modified=moment_of(getattr(article, "modified", None)) or moment_of(getattr(article, "date", None)),
        original=original,
        wish=wish_of(article),
        counts=counts,
    )


def preview_article(article: Article, options: Options) -> SignedThing:
    """Return what stands in the place of the button while nothing is signed."""
    button = preview_button(getattr(article, "lang", None), options.look)
    return SignedThing(url="", token="", button=button, head_link=Markup(), place=place_of(article.save_as))


def original_of(article: Article, main_language: str | None) -> Article | None:
    """Return the article in the main language of which this one is a translation."""
    if main_language is None or _is_in(article, main_language):
        return None
    return next((other for other in article.translations if _is_in(other, main_language)), None)


def _is_in(article: Article, language: str) -> bool:
    return str(getattr(article, "lang", language)).lower() == language.lower()


def absolute_url(site_url: str, url: str) -> str:
    """Return the address of a page; `site_url` is the setting, for templates may see a relative one.

    Joined as text, for `urljoin` takes a slug such as `note:one.html` for absolute.
    """
    url = quote(url, safe=_KEPT_IN_URL)
    return url if re.match("https?://", url) else f"{site_url.strip().rstrip('/')}/{url.lstrip('/')}"


def show_place(article: Article, place: str, options: Options) -> Callable[[], None]:
    """Let the content of an article, but not its summary, show the place of its button; return the way back.

    Attributes of the instance win over the memoized methods of the class, whose cache stays clean.
    """
    own_before = {name: article.__dict__[name] for name in _SHADOWED if name in article.__dict__}
    get_content, get_summary = article.get_content, article.get_summary

    def content_with_place(siteurl: str) -> str:
        return with_place(own_content(get_content(siteurl), options), place, position=options.position)

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


def own_content(content: str | None, options: Options) -> str:
    """Return the content as the article's own page shows it: old buttons are marks, if the creator asks for that."""
    return swap_old_buttons(content or "", lambda _: MARK) if options.replaces_old else content or ""


def _category_of(article: Article) -> str | None:
    """Return the category of an article; that of a page is the name of its folder, mostly `pages`."""
    category = None if isinstance(article, Page) else getattr(article, "category", None)
    category = article.metadata.get("flattrcategory") or category  # for the old Flattr
    return str(category) if category else None
