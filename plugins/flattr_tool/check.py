"""Check a built site: every post has one valid button, nothing is published that must not be, the receiver agrees."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from flattr_button import (
    BadThingsList,
    BadToken,
    BadUrl,
    Claim,
    OutsideScope,
    RetiredKey,
    SiteKey,
    SiteOfToken,
    ThingsList,
    UnknownSite,
    canonical_scope,
    is_in_scope,
    verify,
)
from flattr_button.asking import ask, require_answer
from flattr_button.faults import ReceiverRefused, ReceiverSilent
from flattr_button.old_flattr import old_code
from flattr_button.placement import MARK_TAG
from flattr_button.things_list import WELL_KNOWN_PATH
from flattr_button.token import read_unverified
from flattr_tool.built_site import PAGE_ENDINGS, BuiltSite, NoList
from flattr_tool.findings import Kind, Report
from flattr_tool.key_traces import KeyTraces
from flattr_tool.page import Page, own_addresses, read_page

BUTTONS_PER_PAGE_MAX: Final = 2  # before and after the post
TEXT_ENDINGS: Final = (*PAGE_ENDINGS, ".xml", ".json", ".js", ".txt", ".atom", ".rss", ".svg")
KIND_BY_STATUS: Final = {403: Kind.BAD_TOKEN, 404: Kind.UNKNOWN_SITE, 410: Kind.RETIRED_KEY}
KIND_BY_ERROR: Final = {UnknownSite.__name__: Kind.UNKNOWN_SITE, RetiredKey.__name__: Kind.RETIRED_KEY}
OLD_REQUEST: Final = "request"  # old_code's word for what asks flattr.com at each view of a page


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
class _Listed:
    """The list of a site as far as it can be read, and which of its tokens stand on a page."""

    listing: ThingsList
    tokens: frozenset[str]
    claim_by_token: dict[str, Claim] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)


def check_site(output: Path, wanted: Wanted, *, is_offline: bool) -> Report:
    """Look at every file of a built site, and ask its receiver unless told not to.

    Raises NoOutput if there is no such folder; whatever else is wrong is a finding.
    """
    site, report = BuiltSite(output), Report()
    listed = _read_list(site, wanted, report)
    if wanted.key is None:
        report.add(
            Kind.SIGNATURES_NOT_CHECKED,
            "no signature was checked, only form and consistency; set FLATTR_SITE_KEY or FLATTR_SITE_KEY_FILE to have "
            "them checked",
        )
    _look_at_files(site, wanted, listed, report)
    if listed is not None:
        _require_shown(listed, report)
        if is_offline:
            report.add(Kind.RECEIVER_NOT_ASKED, "the receiver was not asked; leave out --offline to ask it")
        else:
            _ask_receiver(listed, wanted, report)
    return report


def _read_list(site: BuiltSite, wanted: Wanted, report: Report) -> _Listed | None:
    try:
        listing = site.things_list()
    except NoList as error:
        report.add(Kind.NO_LIST, str(error))
        return None
    except BadThingsList as error:
        report.add(Kind.BAD_LIST, str(error), path=WELL_KNOWN_PATH)
        return None
    _compare_with_wanted(listing, wanted, report)
    listed = _Listed(listing, frozenset(listing.tokens))
    report.posts = len(listing.tokens)
    for number, token in enumerate(listing.tokens, start=1):
        try:
            listed.claim_by_token[token] = _claim(token, listing, wanted.key)
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
    if (key.site, key.generation) != (listing.site, listing.generation):
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


def _look_at_files(site: BuiltSite, wanted: Wanted, listed: _Listed | None, report: Report) -> None:
    traces = KeyTraces(key=wanted.key, site=None if listed is None else listed.listing.site)
    for path in site.files():
        try:
            content = site.content(path)
        except OSError as error:
            report.add(Kind.UNREADABLE, f"cannot be read: {error.strerror}", path=path)
            continue
        report.files += 1
        if traces.are_in(content):
            report.add(
                Kind.KEY_PUBLISHED,
                "the site key is in this file; do not publish it, take the key out of settings and templates, and have "
                "the receiver make a new one (Creator, your site, It leaked)",
                path=path,
            )
        if path.lower().endswith(TEXT_ENDINGS):
            _look_at_text(path, content.decode(errors="replace"), listed, report)


def _look_at_text(path: str, text: str, listed: _Listed | None, report: Report) -> None:
    if f"{MARK_TAG}-" in text:
        report.add(
            Kind.LEFTOVER_PLACE,
            "the place of a button was left where no button came; tell us with the theme and the plugins of the blog",
            path=path,
        )
    if not path.lower().endswith(PAGE_ENDINGS):
        return
    if "flattr" in text.lower():
        _look_for_old_flattr(path, text, report)
    if listed is not None and ("flattr-button" in text or "/f/" in text):
        page = read_page(path, text, listed.listing.scope)
        report.buttons += len(page.buttons)
        _look_at_page(page, listed, report)


def _look_for_old_flattr(path: str, text: str, report: Report) -> None:
    for remainder in old_code(text):
        where = f"line {remainder.line}: {remainder.kind}, {remainder.excerpt!r}"
        if remainder.kind == OLD_REQUEST:
            report.add(
                Kind.OLD_FLATTR_REQUEST,
                f"asks flattr.com, which closed, at each view of the page; take it out of the theme ({where})",
                path=path,
            )
        else:
            report.add(
                Kind.OLD_FLATTR,
                f"old Flattr code is left; take it out, or let the plugin turn it into a button ({where})",
                path=path,
            )


def _look_at_page(page: Page, listed: _Listed, report: Report) -> None:
    tokens = list(dict.fromkeys(button.token for button in page.buttons if button.token is not None))
    if any(button.token is None for button in page.buttons):
        report.add(
            Kind.BROKEN_BUTTON, "a button leads to no thing; was a link cut, or the page built for preview?",
            path=page.path,
        )  # fmt: skip
    if len(tokens) > 1 or len(page.buttons) > BUTTONS_PER_PAGE_MAX:
        report.add(
            Kind.TOO_MANY_BUTTONS,
            f"{len(page.buttons)} buttons of {len(tokens)} things; one thing has a page to itself",
            path=page.path,
        )
    if any(button.receiver != listed.listing.receiver for button in page.buttons if button.token is not None):
        report.add(
            Kind.OTHER_RECEIVER, f"a button leads elsewhere than to {listed.listing.receiver}; build the site again",
            path=page.path,
        )  # fmt: skip
    if tokens and any(link.token not in tokens for link in page.head_links):
        report.add(Kind.HEAD_LINK_DIFFERS, "the payment link in the head is of another thing", path=page.path)
    for token in tokens:
        _look_at_button(token, page, listed, report)


def _look_at_button(token: str, page: Page, listed: _Listed, report: Report) -> None:
    claim = listed.claim_by_token.get(token)
    if token not in listed.tokens:
        report.add(
            Kind.NOT_LISTED, f"its button is not on {WELL_KNOWN_PATH}; build into an empty folder", path=page.path
        )
    if claim is None:
        return
    is_own_path = claim.url in own_addresses(page.path, listed.listing.scope)
    if is_own_path or page.canonical == claim.url:
        listed.shown.add(token)
    else:
        report.add(
            Kind.OTHER_PAGE,
            f"its button is of {claim.url}; a button is for its own page, take it out of lists and excerpts",
            path=page.path,
        )
    if is_own_path and page.canonical not in (None, claim.url):
        report.add(
            Kind.CANONICAL_DIFFERS,
            f"the theme calls the page {page.canonical}, its button {claim.url}; see whether the address of the blog "
            "is the same in all settings",
            path=page.path,
        )


def _require_shown(listed: _Listed, report: Report) -> None:
    for token, claim in listed.claim_by_token.items():
        if token not in listed.shown:
            report.add(
                Kind.NO_BUTTON,
                f"{claim.url} is on the list, but no page of it has its button; see whether the theme or a minifier "
                "takes it out",
            )


def _ask_receiver(listed: _Listed, wanted: Wanted, report: Report) -> None:
    receiver = listed.listing.receiver
    try:
        if wanted.key is not None:
            _ask_with_key(wanted.key, receiver, listed.listing.scope, report)
        elif listed.listing.tokens:
            _ask_as_reader(receiver, listed.listing.tokens[0], report)
    except ReceiverSilent as error:
        report.add(Kind.RECEIVER_SILENT, str(error))
    except BadUrl as error:
        report.add(Kind.OTHER_RECEIVER, str(error), path=WELL_KNOWN_PATH)


def _ask_with_key(key: SiteKey, receiver: str, scope: str, report: Report) -> None:
    try:
        known = ask(key, receiver, "site")
    except ReceiverRefused as refusal:
        report.add(KIND_BY_ERROR.get(refusal.name, Kind.REFUSED), str(refusal))
        return
    if known.get("scope") != scope:
        report.add(
            Kind.OTHER_SCOPE,
            f"the receiver knows the site as {known.get('scope')}, it was built for {scope}; correct the address of "
            "either",
        )
    if not known.get("is_verified"):
        report.add(Kind.NOT_VERIFIED, "the site is not verified yet; publish it, and press Verify at the receiver")
    newest, retires_at = known.get("newest_generation"), known.get("retires_at")
    if isinstance(newest, int) and newest > key.generation:
        when = f" on {datetime.fromtimestamp(retires_at, UTC):%Y-%m-%d}" if isinstance(retires_at, int) else ""
        report.add(
            Kind.KEY_SUCCEEDED,
            f"the key has a successor, generation {newest}, and retires{when}; build with the new one before",
        )


def _ask_as_reader(receiver: str, token: str, report: Report) -> None:
    """Open the first button, for want of a key to ask about the site with."""
    try:
        require_answer(receiver, f"f/{token}")
    except ReceiverRefused as refusal:
        kind = KIND_BY_STATUS.get(refusal.status, Kind.REFUSED)
        report.add(kind, f"{receiver} refuses the first button of the list ({refusal.status}); open it in a browser")
