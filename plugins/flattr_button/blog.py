"""What a plugin needs of a blog's settings, and what it gets for each post."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, Final, Self

from markupsafe import Markup

from flattr_button.button import button_html, head_link, require_look
from flattr_button.canonical import canonical_scope, is_in_scope
from flattr_button.faults import MissingSettings, OutsideScope
from flattr_button.placement import place_of
from flattr_button.post import signed_post
from flattr_button.site_key import SiteKey, site_key_from_environment
from flattr_button.things_list import ThingsList, as_many_as_fit
from flattr_button.wish import Wish

KEY_PREFIX: Final = "fsk1_"
_NO_WISH: Final = Wish()
_NO_COUNTS: Final[Mapping[str, int]] = {}
_ANYWHERE: Final = "{token}"  # what no address can hold

_Html = Callable[[str], Markup]


@dataclass(frozen=True, slots=True)
class SignedThing:
    """One post with all that its page needs."""

    url: str
    token: str
    button: Markup
    head_link: Markup
    place: str


@dataclass(frozen=True, slots=True)
class Blog:
    """A blog that can sign: the key of its site, its receiver and its scope, both canonical; and how buttons look."""

    key: SiteKey
    receiver: str
    scope: str
    look: str = "standard"

    @classmethod
    def from_settings(
        cls, environment: Mapping[str, str], *, look: object = "standard", **address_by_name: str | None
    ) -> Self:
        """Return the blog of two named settings, the receiver's address first, then the blog's own.

        Raises MissingSettings with the names of what is not set, BadSiteKey, BadUrl, or BadLook.
        """
        key = site_key_from_environment(environment)
        missing = [name for name, address in address_by_name.items() if not (address or "").strip()]
        if key is None:
            missing.append("FLATTR_SITE_KEY")
        if key is None or missing:
            raise MissingSettings(missing)
        receiver, scope = (canonical_scope(str(address).strip()) for address in address_by_name.values())
        return cls(key, receiver, scope, require_look(look))

    def sign_post(
        self,
        *,
        url: str,
        title: str,
        language: str | None = None,
        category: str | None = None,
        tags: Iterable[str] = (),
        hidden: bool = False,
        modified: datetime | None = None,
        original: str | None = None,
        wish: Wish = _NO_WISH,
        counts: Mapping[str, int] = _NO_COUNTS,
    ) -> SignedThing:
        """Sign the button of a post; what its author wishes goes before what the blog knows.

        `original` is the address of the page of which this one is a translation.
        `counts` says by address how often things were clicked (counts.py); the button shows its own, if it is there.
        Raises BadUrl, BadClaim, or OutsideScope if the receiver would refuse it.
        """
        claim, token = signed_post(
            self.key,
            url=url,
            title=wish.title or title,
            language=language,
            category=wish.category or category,
            tags=tags if wish.tags is None else wish.tags,
            hidden=hidden or wish.hidden,
            stable_id=wish.id,
            modified=modified,
            original=original,
        )
        if not is_in_scope(claim.url, self.scope):
            raise OutsideScope(claim.url, self.scope)
        button, link = _html_around_token(self.receiver, language, self.look, counts.get(claim.url))
        return SignedThing(
            url=claim.url,
            token=token,
            button=button(token),
            head_link=link(token),
            place=place_of(token),
        )

    def list_of(self, tokens: Iterable[str]) -> str:
        """Return the text of the signed list of things; of too many, the first ones."""
        listed = as_many_as_fit(tokens)
        return ThingsList.signed(self.key, receiver=self.receiver, scope=self.scope, tokens=listed).text()


@lru_cache
def _html_around_token(receiver: str, language: str | None, look: str, count: int | None) -> tuple[_Html, _Html]:
    """Return what writes button and head link around a token; all else is the same on thousands of pages."""
    button = button_html(receiver, _ANYWHERE, language=language, look=look, count=count)
    return _around(button), _around(head_link(receiver, _ANYWHERE))


def _around(html: Markup) -> _Html:
    before, after = str(html).split(_ANYWHERE)
    return lambda token: Markup(f"{before}{token}{after}")  # noqa: S704 - a token has no character to escape


def looks_like_site_key(setting: Any) -> bool:
    """Tell whether a setting holds a site key, which must not be in settings: templates can print them."""
    return isinstance(setting, str) and setting.strip().startswith(KEY_PREFIX)


def moment_of(front_matter: Any) -> datetime | None:
    """Return a date of the front matter as a time; one without a zone is UTC, so that no machine builds other bytes."""
    if isinstance(front_matter, datetime):
        return front_matter if front_matter.tzinfo else front_matter.replace(tzinfo=UTC)
    if isinstance(front_matter, date):
        return datetime.combine(front_matter, time(), tzinfo=UTC)
    if isinstance(front_matter, str):
        try:
            return moment_of(datetime.fromisoformat(front_matter.strip()))
        except ValueError:
            return None
    return None
