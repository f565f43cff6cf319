"""Look at every file of a built site: for the key, for old Flattr, and at the buttons of its pages."""

from typing import Final

from flattr_button import Claim
from flattr_button.button import CSS_CLASS
from flattr_button.old_flattr import old_code
from flattr_button.placement import MARK_TAG
from flattr_button.things_list import WELL_KNOWN_PATH
from flattr_tool.built_site import PAGE_ENDINGS, BuiltSite
from flattr_tool.findings import Kind, Report
from flattr_tool.key_traces import KeyTraces
from flattr_tool.listed import Listed, Wanted
from flattr_tool.page import Page, own_addresses, read_file

BUTTONS_PER_PAGE_MAX: Final = 2  # before and after the post
TEXT_ENDINGS: Final = (*PAGE_ENDINGS, ".xml", ".json", ".js", ".txt", ".atom", ".rss", ".svg")
OLD_REQUEST: Final = "request"  # old_code's word for what asks flattr.com at each view of a page


def look_at_files(site: BuiltSite, wanted: Wanted, listed: Listed | None, report: Report) -> None:
    """Add to a report whatever is wrong with a file; `listed` learns which tokens are shown."""
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


def _look_at_text(path: str, text: str, listed: Listed | None, report: Report) -> None:
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
    if listed is not None and (CSS_CLASS in text or "/f/" in text):
        page = read_file(path, text, listed.listing.scope)
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


def _look_at_page(page: Page, listed: Listed, report: Report) -> None:
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


def _look_at_button(token: str, page: Page, listed: Listed, report: Report) -> None:
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
    elif page.canonical is None:
        listed.paths_by_unplaced_token.setdefault(token, []).append(page.path)
    else:
        _tell_of_another_page(page.path, claim, report)
    if is_own_path and page.canonical not in (None, claim.url):
        report.add(
            Kind.CANONICAL_DIFFERS,
            f"the theme calls the page {page.canonical}, its button {claim.url}; see whether the address of the blog "
            "is the same in all settings",
            path=page.path,
        )


def _tell_of_another_page(path: str, claim: Claim, report: Report) -> None:
    report.add(
        Kind.OTHER_PAGE,
        f"its button is of {claim.url}; a button is for its own page, take it out of lists and excerpts",
        path=path,
    )


def place_the_others(listed: Listed, report: Report) -> None:
    """Believe a page without a canonical address that its only button is its own: some hosts rewrite addresses."""
    for token, paths in listed.paths_by_unplaced_token.items():
        claim = listed.claim_by_token[token]
        if token in listed.shown or len(paths) > 1:
            for path in paths:
                _tell_of_another_page(path, claim, report)
            continue
        listed.shown.add(token)
        report.add(
            Kind.ADDRESS_UNPROVEN,
            f"its button is of {claim.url}, and neither its path nor a canonical link says that this is the page; see "
            "whether your host serves it there",
            path=paths[0],
        )


def require_shown(listed: Listed, report: Report) -> None:
    for token, claim in listed.claim_by_token.items():
        if token not in listed.shown:
            report.add(
                Kind.NO_BUTTON,
                f"{claim.url} is on the list, but no page of it has its button; see whether the theme or a minifier "
                "takes it out",
            )
