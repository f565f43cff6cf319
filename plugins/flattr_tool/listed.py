"""The signed list of a built site, beside what its creator wants."""

from collections import Counter
from dataclasses import dataclass, field

from flattr_button import (
    BadThingsList,
    BadToken,
    Claim,
    OutsideScope,
    SiteKey,
    SiteOfToken,
    ThingsList,
    canonical_scope,
    is_in_scope,
    verify,
)
from flattr_button.things_list import WELL_KNOWN_PATH
from flattr_button.token import read_unverified
from flattr_tool.built_site import BuiltSite, NoList
from flattr_tool.findings import Kind, Report


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the site must be like, as far as the creator says; both addresses are canonical."""

    key: SiteKey | None = None
    receiver: str | None = None
    site_url: str | None = None

    @classmethod
    def of(cls, key: SiteKey | None, *, receiver: str | None, site_url: str | None) -> "Wanted":
        """Raises BadUrl if an address is none."""
        return cls(
            key,
            None if receiver is None else canonical_scope(receiver),
            None if site_url is None else canonical_scope(site_url),
        )


@dataclass(slots=True)
class Listed:
    """The list of a site as far as it can be read, which of its tokens stand on their own pages, and which on pages
    that say nothing of their address."""

    listing: ThingsList
    tokens: frozenset[str]
    claim_by_token: dict[str, Claim] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    paths_by_unplaced_token: dict[str, list[str]] = field(default_factory=dict)


def read_list(site: BuiltSite, wanted: Wanted, report: Report) -> Listed | None:
    """Return the list of a site, None if there is none to go on with; what is wrong with it is in the report."""
    try:
        listing = site.things_list()
    except NoList as error:
        report.add(Kind.NO_LIST, str(error))
        return None
    except BadThingsList as error:
        report.add(Kind.BAD_LIST, str(error), path=WELL_KNOWN_PATH)
        return None
    _compare_with_wanted(listing, wanted, report)
    listed = Listed(listing, frozenset(listing.tokens))
    report.posts = len(listing.tokens)
    key = wanted.key if wanted.key is not None and _is_signed_with(wanted.key, listing) else None
    for number, token in enumerate(listing.tokens, start=1):
        try:
            listed.claim_by_token[token] = _claim(token, listing, key)
        except BadToken as error:
            report.add(Kind.BAD_TOKEN, f"thing {number} of the list: {error}", path=WELL_KNOWN_PATH)
    for identity, count in Counter(claim.identity for claim in listed.claim_by_token.values()).items():
        if count > 1:
            report.add(
                Kind.LISTED_TWICE,
                f"{identity[2:]} is on the list {count} times; give each post an address of its own, and build into an "
                "empty folder",
                path=WELL_KNOWN_PATH,
            )
    return listed


def _compare_with_wanted(listing: ThingsList, wanted: Wanted, report: Report) -> None:
    key, path = wanted.key, WELL_KNOWN_PATH
    if wanted.receiver not in (None, listing.receiver):
        report.add(Kind.OTHER_RECEIVER, f"the site was built for {listing.receiver}, not {wanted.receiver}", path=path)
    if wanted.site_url not in (None, listing.scope):
        report.add(Kind.OTHER_SITE_URL, f"the site was built for {listing.scope}, not {wanted.site_url}", path=path)
    if key is None:
        return
    if not _is_signed_with(key, listing):
        report.add(
            Kind.OTHER_KEY,
            f"the site was built with key generation {listing.generation} of {listing.site}, in the environment is "
            f"generation {key.generation} of {key.site}; build it again with that key",
            path=path,
        )
        return
    try:
        listing.verify(key.secret, receiver=listing.receiver, scope=listing.scope)
    except BadThingsList as error:
        report.add(Kind.BAD_LIST, str(error), path=path)


def _is_signed_with(key: SiteKey, listing: ThingsList) -> bool:
    """Tell whether a list says to be signed with a key."""
    return (key.site, key.generation) == (listing.site, listing.generation)


def _claim(token: str, listing: ThingsList, key: SiteKey | None) -> Claim:
    """Return the claim of a token; proven, if the key is there.  Raises BadToken."""
    if key is not None:
        return verify(token, lambda site, generation: _site_of_token(key, listing.scope, site, generation))
    claim = read_unverified(token)
    if (claim.site, claim.generation) != (listing.site, listing.generation):
        raise _of_another_key(claim.site, claim.generation)
    if not is_in_scope(claim.url, listing.scope):
        raise OutsideScope(claim.url, listing.scope)
    return claim


def _site_of_token(key: SiteKey, scope: str, site: str, generation: int) -> SiteOfToken:
    if (site, generation) != (key.site, key.generation):
        raise _of_another_key(site, generation)
    return SiteOfToken(key.secret, scope)


def _of_another_key(site: str, generation: int) -> BadToken:
    return BadToken(f"signed with key generation {generation} of {site}; build it again with the key of this site")
