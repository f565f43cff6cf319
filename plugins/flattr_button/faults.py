"""Everything that can be wrong with a button, named by the remedy."""

from collections.abc import Sequence
from datetime import datetime


class FlattrButtonError(Exception):
    """Something about a button, a key or a list of things is not as it must be.

    `%(name)s` in the message stands for a fact, so that a receiver's pages can say it in other languages.
    """

    def __init__(self, message: str = "", **facts: object) -> None:
        self.message, self.facts = message, facts
        super().__init__(message % facts if facts else message)


class BadUrl(FlattrButtonError):
    """The address cannot stand in a button; write it as the message says."""

    def __init__(self, url: str, reason: str, **facts: object) -> None:
        self.url = url
        self.reason = FlattrButtonError(reason, **facts)
        super().__init__("%(reason)s: %(url)s", reason=self.reason, url=repr(url[:200]))


class BadClaim(FlattrButtonError):
    """A field of the claim is missing, of the wrong type or out of bounds."""

    def __init__(self, field: str, reason: str, **facts: object) -> None:
        self.field = field
        self.reason = FlattrButtonError(reason, **facts)
        super().__init__("claim field %(field)s %(reason)s", field=repr(field), reason=self.reason)


class BadSiteKey(FlattrButtonError):
    """The text is no site key; copy it again from the receiver's page of the site.

    Never carries the text: a mistyped key is still nearly the key.
    """


class MissingSettings(FlattrButtonError):
    """A blog does not say all that a button needs; set what is named, or leave it without buttons."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        super().__init__(f"not set: {', '.join(self.names)}")


class BadClickKey(FlattrButtonError):
    """The text is no click key; make a new one at the receiver.  Never carries the text."""


class BadToken(FlattrButtonError):
    """The token is refused; nothing may be done on its behalf."""


class MalformedToken(BadToken):
    """The text was never a token, or was damaged on the way."""


class TokenTooLong(BadToken):
    """The token is longer than the format allows; shorten title or tags."""

    def __init__(self, length: int, limit: int) -> None:
        self.length = length
        self.limit = limit
        super().__init__("token of %(length)s characters, at most %(limit)s are allowed", length=length, limit=limit)


class UnknownSite(BadToken):
    """No site of this receiver has this id and generation of key."""

    def __init__(self, site: str, generation: int) -> None:
        self.site = site
        self.generation = generation
        super().__init__(
            "site %(site)s with key generation %(generation)s is not known here", site=site, generation=generation
        )


class RetiredKey(BadToken):
    """The key was retired by its creator; put the new key into the blog and build it again."""

    def __init__(self, retired_at: datetime) -> None:
        self.retired_at = retired_at
        super().__init__("key retired %(day)s; build the site again with its new key", day=retired_at.date())


class RetiredSiteToken(BadToken):
    """The site token retired with the key of its generation; put the new one into the template."""

    def __init__(self, retired_at: datetime) -> None:
        self.retired_at = retired_at
        super().__init__(
            "site token retired %(day)s; put the new one into the template of the site", day=retired_at.date()
        )


class ForgedToken(BadToken):
    """The signature does not fit: edited on the way, or signed with another key."""

    def __init__(self) -> None:
        super().__init__("the signature does not fit: damaged, or made with another key; tell who made it")


class OutsideScope(BadToken):
    """The token is genuine, but its address lies outside the site it was signed for."""

    def __init__(self, url: str, scope: str) -> None:
        self.url = url
        self.scope = scope
        super().__init__(
            "%(url)s is outside %(scope)s; correct the address of the site in the blog's settings",
            url=url,
            scope=scope,
        )


class BadFrontMatter(FlattrButtonError):
    """What a post says under `flattr:` is not understood; write one of the names that the message lists."""

    def __init__(self, unknown: Sequence[str], known: Sequence[str]) -> None:
        super().__init__(f"flattr: {', '.join(unknown)} is not known in the front matter; known are {', '.join(known)}")


class BadPosition(FlattrButtonError):
    """There is no such position of a button; the message lists them."""

    def __init__(self, position: object, known: Sequence[str]) -> None:
        super().__init__(
            "%(position)s is no position of the button; write one of %(known)s",
            position=repr(position),
            known=", ".join(known),
        )


class BadLook(FlattrButtonError):
    """There is no such look of a button; the message lists them."""

    def __init__(self, look: object, known: Sequence[str]) -> None:
        super().__init__(
            "%(look)s is no look of the button; write one of %(known)s", look=repr(look), known=", ".join(known)
        )


class BadThingsList(FlattrButtonError):
    """The signed list of things is damaged, forged or meant for somebody else."""


class BadWebhook(FlattrButtonError):
    """The message is not signed as the Standard Webhooks scheme asks, or is too old."""


class BadQuestion(FlattrButtonError):
    """What is asked of a receiver is not in the form that the documentation describes."""


class ReceiverSilent(FlattrButtonError):
    """The receiver does not answer; try again later, or see whether its address is right."""

    def __init__(self, receiver: str, reason: str) -> None:
        self.receiver = receiver
        self.reason = reason
        super().__init__(f"{receiver} does not answer ({reason}); try again later, or see whether the address is right")


class ReceiverBusy(ReceiverSilent):
    """The receiver cannot do it just now; send the same again in a minute."""


class ReceiverRefused(FlattrButtonError):
    """The receiver was reached and said no; do as its message says."""

    def __init__(self, receiver: str, *, status: int, name: str, message: str) -> None:
        self.receiver = receiver
        self.status = status
        self.name = name
        super().__init__(f"{receiver} says: {message}")
