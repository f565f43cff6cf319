"""Try a page of one's own site: fetch it as anybody could, and say what of Flattr is on it.  Writes nothing."""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urljoin

from flattr_button import BadToken, BadUrl, canonical_url, is_in_scope
from flattr_button.built_page import BuiltPage, Button, NamingLink, read_page
from flattr_button.old_flattr import old_code
from receiver.actions.open_button import OpenedButton, open_button
from receiver.actions.open_named_page import open_named_page
from receiver.actions.register_site import require_owner
from receiver.domain.errors import AddressMissing, BadInput, TooMany
from receiver.domain.page_head import text_of
from receiver.domain.person import User
from receiver.domain.site import Site
from receiver.gateways.pages import HTML, PageFetcher
from receiver.languages import Telling
from receiver.store import sites
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

TRIES_PER_HOUR: Final = 20
OLD_CODE_SHOWN_MAX: Final = 5
_HOUR: Final = timedelta(hours=1)


class Verdict(StrEnum):
    GOOD = "good"
    BAD = "bad"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: Verdict
    found: Telling


@dataclass(frozen=True, slots=True)
class TriedPage:
    """What was found on a page; `advice` says what to do next where there is no button at all."""

    address: str
    findings: tuple[Finding, ...]
    advice: tuple[Telling, ...]


class PageTries:
    """Counts the tries of each user within an hour, so that nobody has this receiver fetch pages all day.

    Kept in the memory of the process: a restart forgets, and each of several receivers counts for itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moments_by_user: dict[int, deque[datetime]] = {}

    def take(self, user: int, now: datetime) -> None:
        """Count a try.  Raises TooMany."""
        with self._lock:
            self._forget(now)
            moments = self._moments_by_user.setdefault(user, deque())
            if len(moments) >= TRIES_PER_HOUR:
                left = moments[0] + _HOUR - now
                raise TooMany(
                    "you tried %(most)s pages within an hour; try again later",
                    most=TRIES_PER_HOUR,
                    retry_after_s=max(1, round(left.total_seconds())),
                )
            moments.append(now)

    def _forget(self, now: datetime) -> None:
        for user, moments in list(self._moments_by_user.items()):
            while moments and moments[0] <= now - _HOUR:
                moments.popleft()
            if not moments:
                del self._moments_by_user[user]


def try_own_page(
    db: Database,
    keys: MasterKeys,
    fetcher: PageFetcher,
    tries: PageTries,
    *,
    owner: User,
    site: str,
    address: str,
    receiver: str,
    now: datetime,
) -> TriedPage:
    """Fetch a page inside the scope of the site, and return what is on it.

    Raises NotKnown, NotAllowed, BadInput, TooMany, FetchRefused.
    """
    with db.reading() as connection:
        known = sites.get(connection, site)
        require_owner(known, owner)
    url = _address_within(known, address)
    tries.take(owner.id, now)
    html = text_of(fetcher.fetch(url, accept=HTML))  # outside of any transaction: the network is slow
    trial = _Trial(db, keys, known, receiver, now, url, read_page(html, url))
    findings = tuple(trial.findings(html))
    has_button = bool(trial.page.buttons or trial.page.naming_links)
    return TriedPage(url, findings, () if has_button else tuple(_advice(known, html)))


def _address_within(site: Site, address: str) -> str:
    try:
        url = canonical_url(urljoin(site.scope, address.strip()))
    except (BadUrl, ValueError) as error:  # urljoin's own, of brackets that hold no address
        raise BadInput(
            "this is no address of a page; write one that begins with %(scope)s (%(fault)s)",
            scope=site.scope,
            fault=error,
        ) from None
    if not is_in_scope(url, site.scope):
        raise BadInput(
            "%(url)s is outside of this site; write an address that begins with %(scope)s", url=url, scope=site.scope
        )
    return url


@dataclass(frozen=True, slots=True)
class _Trial:
    db: Database
    keys: MasterKeys
    site: Site
    receiver: str
    now: datetime
    address: str
    page: BuiltPage

    def findings(self, html: str) -> Iterator[Finding]:
        buttons = tuple(dict.fromkeys(self.page.buttons))
        for button in buttons:
            yield from self._of_button(button)
        for link in dict.fromkeys(self.page.naming_links):
            yield from self._of_naming_link(link)
        if len({button.token for button in buttons}) > 1:
            yield _note("The page has buttons of several things. A list of posts may; a post has one.")
        yield from self._of_canonical()
        yield from self._of_head_links()
        yield from _of_old_flattr(html)

    def _of_button(self, button: Button) -> Iterator[Finding]:
        if not button.receiver:
            yield _bad("A button leads nowhere: a preview, or a link that was cut.")
        elif button.token is None:
            yield _bad(
                "A button leads to no thing (%(address)s): a preview, or a link that was cut.", address=button.receiver
            )
        elif not self._is_ours(button.receiver):
            yield self._leads_elsewhere(button.receiver)
        else:
            try:
                opened = open_button(self.db, self.keys, button.token, reader=None, now=self.now)
            except BadToken as error:
                yield _bad("A button is refused here: %(fault)s.", fault=error)
                return
            yield from self._of_opened(
                opened, Telling("A signed button, key generation %(generation)s", generation=opened.claim.generation)
            )

    def _of_naming_link(self, link: NamingLink) -> Iterator[Finding]:
        if not self._is_ours(link.receiver):
            yield self._leads_elsewhere(link.receiver)
            return
        try:
            opened = open_named_page(
                self.db, self.keys, link.site_token,
                address=link.address, referrer=self.address, reader=None, now=self.now,
            )  # fmt: skip
        except (BadToken, BadUrl, AddressMissing) as error:
            yield _bad("A link with a site token is refused here: %(fault)s.", fault=error)
            return
        yield from self._of_opened(
            opened, Telling("A link with the site token, generation %(generation)s", generation=opened.claim.generation)
        )
        if not link.address:
            yield _note(
                "The link does not say which page it is for, so the receiver takes the page from which a reader"
                " comes, where the browser tells it. A script may fill it in; this test runs none."
            )

    def _of_opened(self, opened: OpenedButton, what: Telling) -> Iterator[Finding]:
        url = opened.claim.url
        if opened.site.id != self.site.id:
            yield _bad(
                "%(what)s, but of another site (%(title)s): use the key and the token of this one.",
                what=what,
                title=opened.site.title,
            )
        elif url in (self.address, self.page.canonical):
            yield _good("%(what)s, for %(url)s: valid, and for this very page.", what=what, url=url)
        else:
            yield _bad(
                "%(what)s, for %(url)s: valid, but the page is %(own)s. A post has the button of its own address.",
                what=what,
                url=url,
                own=self.page.canonical or self.address,
            )
        if opened.paid_site.id != opened.site.id:
            yield _note(
                "Clicks on it go to %(title)s, which is verified for that address.", title=opened.paid_site.title
            )
        elif not opened.site.is_verified:
            yield _note("The site is not verified yet, so clicks on it wait.")

    def _of_canonical(self) -> Iterator[Finding]:
        canonical = self.page.canonical
        if canonical is None:
            yield _note('The page names no canonical address (<link rel="canonical">); it is good to have one.')
        elif not is_in_scope(canonical, self.site.scope):
            yield _bad("The page calls %(url)s its canonical address, which is outside of this site.", url=canonical)
        elif canonical != self.address:
            yield _note(
                "The page calls %(url)s its canonical address; you asked for %(asked)s.",
                url=canonical,
                asked=self.address,
            )

    def _of_head_links(self) -> Iterator[Finding]:
        tokens = {button.token for button in self.page.buttons} - {None}
        links = {link.token for link in self.page.head_links if self._is_ours(link.receiver)}
        if not links and tokens:
            yield _note('There is no <link rel="payment"> in the head, by which feed readers find the button.')
        elif links - tokens and tokens:
            yield _bad('The <link rel="payment"> in the head is of another thing than the button.')
        elif links:
            yield _good('<link rel="payment"> is in the head.')

    def _is_ours(self, receiver: str) -> bool:
        try:
            return canonical_url(receiver) == self.receiver
        except BadUrl:
            return False

    def _leads_elsewhere(self, receiver: str) -> Finding:
        return _bad(
            "A button leads to another receiver, %(other)s; the address of this one is %(receiver)s.",
            other=receiver,
            receiver=self.receiver,
        )


def _of_old_flattr(html: str) -> Iterator[Finding]:
    found = old_code(html)
    for remainder in found[:OLD_CODE_SHOWN_MAX]:
        yield _bad(
            "Code of the old Flattr, which closed in 2023, in line %(line)s: %(excerpt)s",
            line=remainder.line,
            excerpt=remainder.excerpt,
        )
    if len(found) > OLD_CODE_SHOWN_MAX:
        yield _bad(
            "And %(num)s more piece of the old Flattr.",
            "And %(num)s more pieces of the old Flattr.",
            num=len(found) - OLD_CODE_SHOWN_MAX,
        )


def _advice(site: Site, html: str) -> Iterator[Telling]:
    if f"fst1_{site.id}_" in html:
        yield Telling(
            "The page has your site token, but not in a link: a script may draw the button, and this test runs none."
            " Open the page and press its button."
        )
        return
    yield Telling("Is this a published post? Drafts, start pages and lists of posts have no button.")
    yield Telling("Was the site built with FLATTR_SITE_KEY in the environment? Without it there are no buttons.")
    yield Telling("Was it published since, and does a cache still show the old page?")
    yield Telling("If your platform cannot sign: does the snippet stand in the template of a post?")


def _good(*forms: str, **facts: object) -> Finding:
    return Finding(Verdict.GOOD, Telling(*forms, **facts))


def _bad(*forms: str, **facts: object) -> Finding:
    return Finding(Verdict.BAD, Telling(*forms, **facts))


def _note(*forms: str, **facts: object) -> Finding:
    return Finding(Verdict.NOTE, Telling(*forms, **facts))
