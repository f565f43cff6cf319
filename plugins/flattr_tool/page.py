"""A page of a built site: where it stands below the output, and what it says of Flattr."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from flattr_button import BadUrl, canonical_url
from flattr_button.built_page import Button, read_page


@dataclass(frozen=True, slots=True)
class Page:
    """A page below a scope, without links that name a site token: each receiver looks at those itself."""

    path: str
    buttons: tuple[Button, ...]
    head_links: tuple[Button, ...]
    canonical: str | None


def read_file(path: str, html: str, scope: str) -> Page:
    page = read_page(html, _own_address(path, scope))
    return Page(path, page.buttons, page.head_links, page.canonical)


def own_addresses(path: str, scope: str) -> set[str]:
    """Return the canonical addresses at which hosts serve a file below a scope."""
    address = _own_address(path, scope)
    written = {address, re.sub(r"(?<=/)index\.html?\Z", "", address), re.sub(r"\.html?\Z", "", address)}
    return {canonical for canonical in map(_canonical, written) if canonical is not None}


def _own_address(path: str, scope: str) -> str:
    return scope + quote(path)


def _canonical(address: str) -> str | None:
    try:
        return canonical_url(address)
    except BadUrl:
        return None
