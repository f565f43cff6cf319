"""Register the things of a built site at its receiver, only those that it does not know as they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from flattr_button import BadThingsList, BadToken, Claim, SiteKey, SiteOfToken, ThingsList, verify
from flattr_button.asking import ask, post_signed
from flattr_button.faults import ReceiverRefused
from flattr_tool.built_site import BuiltSite

BATCH: Final = 200  # things in one message; what was answered is registered, whatever happens then
PATH: Final = "webhooks/things"


@dataclass(frozen=True, slots=True)
class Change:
    """A thing that the receiver knows otherwise; `old_title` is None if the title is the same."""

    claim: Claim
    old_title: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What the receiver knows of a site, beside what was built; `gone` are addresses, which nothing is done to."""

    new: tuple[Claim, ...]
    changed: tuple[Change, ...]
    unchanged: int
    gone: tuple[str, ...]

    def to_send(self) -> list[Claim]:
        return [*self.new, *(change.claim for change in self.changed)]


@dataclass(frozen=True, slots=True)
class Sent:
    """How far a registration has come; `refused` says which things the last message was refused, and why."""

    things: int
    refused: tuple[str, ...]


class Registration:
    """A built site with its key, on the way to its receiver."""

    def __init__(self, output: Path, key: SiteKey) -> None:
        """Raises NoOutput, NoList, BadThingsList, BadToken: a list that the receiver would refuse is not sent."""
        self._key = key
        self.listing = BuiltSite(output).things_list()
        if (self.listing.site, self.listing.generation) != (key.site, key.generation):
            raise BadThingsList(
                f"the site was built with key generation {self.listing.generation} of {self.listing.site}, in the "
                f"environment is generation {key.generation} of {key.site}; build it again with that key"
            )
        self.listing.verify(key.secret, receiver=self.listing.receiver, scope=self.listing.scope)
        self._token_by_claim = {self._claim(token): token for token in self.listing.tokens}

    def difference(self, now: datetime) -> Difference:
        """Ask the receiver what it knows.  Raises as `post_signed` does."""
        known = {_identity(thing): thing for thing in self._known_things()}
        new: list[Claim] = []
        changed: list[Change] = []
        for claim in self._token_by_claim:
            thing = known.get(claim.identity)
            if thing is None:
                new.append(claim)
            elif not _is_same(thing, claim, now):
                title = str(thing.get("t"))
                changed.append(Change(claim, None if title == claim.title else title))
        unchanged = len(self._token_by_claim) - len(new) - len(changed)
        built = {claim.identity for claim in self._token_by_claim}
        gone = sorted(str(thing.get("u")) for identity, thing in known.items() if identity not in built)
        return Difference(tuple(new), tuple(changed), unchanged, tuple(gone))

    def send(self, claims: list[Claim]) -> Iterator[Sent]:
        """Send things in batches; yield after each answer.  Raises as `post_signed` does."""
        for first in range(0, len(claims), BATCH):
            batch = claims[first : first + BATCH]
            yield Sent(first + len(batch), tuple(self._send_batch(batch)))

    def _send_batch(self, claims: list[Claim]) -> Iterator[str]:
        token_and_claim = sorted((self._token_by_claim[claim], claim.url) for claim in claims)
        part = ThingsList.signed(
            self._key,
            receiver=self.listing.receiver,
            scope=self.listing.scope,
            tokens=[token for token, _ in token_and_claim],
        )
        answer = post_signed(self._key, self.listing.receiver, PATH, part.text().encode())
        refused = answer.get("refused")
        if not isinstance(refused, list):
            raise _strange(self.listing.receiver)
        for refusal in map(str, refused):  # `thing 3: why`, in the order of the list
            number, _, why = refusal.removeprefix("thing ").partition(": ")
            is_known = number.isdigit() and 1 <= int(number) <= len(token_and_claim)
            yield f"{token_and_claim[int(number) - 1][1]}: {why}" if is_known else refusal

    def _known_things(self) -> Iterator[dict[str, Any]]:
        after = 0
        while True:
            answer = ask(self._key, self.listing.receiver, "things", after=after)
            things, next_after = answer.get("things"), answer.get("after")
            if not isinstance(things, list) or not all(isinstance(thing, dict) for thing in things):
                raise _strange(self.listing.receiver)
            yield from things
            if next_after is None:
                return
            if type(next_after) is not int or next_after <= after:
                raise _strange(self.listing.receiver)
            after = next_after

    def _claim(self, token: str) -> Claim:
        return verify(token, self._site_of_token)

    def _site_of_token(self, site: str, generation: int) -> SiteOfToken:
        if (site, generation) != (self._key.site, self._key.generation):
            raise BadToken("a thing of the list is signed with another key; build the site again")
        return SiteOfToken(self._key.secret, self.listing.scope)


def _identity(thing: dict[str, Any]) -> str:
    return f"i:{thing['i']}" if "i" in thing else f"u:{thing.get('u')}"


def _is_same(thing: dict[str, Any], claim: Claim, now: datetime) -> bool:
    stated = {
        "g": claim.generation,
        "u": claim.url,
        "t": claim.title,
        "l": claim.language,
        "c": claim.category,
        "k": list(claim.tags) or None,
        "h": claim.hidden or None,
        "m": claim.modified,
        "o": claim.original,
    }
    if claim.modified is not None and "m" not in thing and claim.modified > now.timestamp():
        del stated["m"]  # the receiver believes no time that is far ahead
    return all(thing.get(name) == value for name, value in stated.items())


def _strange(receiver: str) -> ReceiverRefused:
    return ReceiverRefused(
        receiver, status=200, name="", message="something else than is documented; one of the two is out of date"
    )


def utc_now() -> datetime:
    return datetime.now(UTC)
