"""What every answer carries, and which requests are refused before any page sees them.

Sources: OWASP Cheat Sheet Series, CSRF prevention (Fetch Metadata), read 2026-11-20;
docs/decisions/0007-one-page-two-clicks.md.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from html import unescape
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from receiver.domain.errors import ForeignRequest

POLICY: Final = "Content-Security-Policy"
HEADERS: Final = {
    POLICY: (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "payment=(), camera=(), geolocation=(), microphone=()",
}
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SIGNED_PATHS: Final = "/webhooks/"  # authenticated by their signature, sent by machines

_STYLE: Final = re.compile(r' style="([^"]*)"')
_POLICY_NAME: Final = POLICY.lower().encode()
_POLICY_BEGINNING: Final = HEADERS[POLICY].encode() + b"; style-src-attr 'unsafe-hashes' 'sha256-"


def policy_for_styles_of(html: str) -> str:
    """Return our policy, widened for the very `style` attributes of this HTML: each by its hash, no other.

    An answer that carries it keeps it; any other policy of an answer is replaced by ours (CSP Level 3, 8.3).
    """
    styles = dict.fromkeys(unescape(style) for style in _STYLE.findall(html))
    hashes = " ".join(f"'sha256-{_digest(style)}'" for style in styles)
    return f"{HEADERS[POLICY]}; style-src-attr 'unsafe-hashes' {hashes}"


class SecurityHeaders:
    """Adds the headers to every answer, errors too."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        headers = dict(HEADERS)
        if is_https:
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        self._own = Headers(headers).raw
        self._own_names = frozenset(name for name, _ in self._own)
        self._all = [*self._own, (b"cache-control", b"no-store"), (b"vary", b"Cookie")]
        self._all_names = frozenset(name for name, _ in self._all)

    @property
    def own(self) -> list[tuple[bytes, bytes]]:
        """Return what an answer gets that says nothing of these itself."""
        return self._all

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        else:
            await self.add_to(self._app, scope, receive, send)

    async def add_to(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Let an application, or a ready answer, answer with the headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._with_own(message["headers"])
            await send(message)

        await app(scope, receive, send_with_headers)

    def _with_own(self, given: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Put our headers in the place of those of the same name; what is not said of caching and cookies is added."""
        given = list(given)
        if self._all_names.isdisjoint([name for name, _ in given]):
            return given + self._all
        kept = [pair for pair in given if pair[0] not in self._own_names or _is_our_wider_policy(pair)]
        kept_names = {name for name, _ in kept}
        headers = kept + [pair for pair in self._own if pair[0] not in kept_names]
        names = {name for name, _ in headers}
        if b"cache-control" not in names:
            headers.append((b"cache-control", b"no-store"))
        if b"vary" in names:
            MutableHeaders(raw=headers).add_vary_header("Cookie")
        else:
            headers.append((b"vary", b"Cookie"))
        return headers


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _is_our_wider_policy(header: tuple[bytes, bytes]) -> bool:
    return header[0] == _POLICY_NAME and header[1].startswith(_POLICY_BEGINNING)


def is_link_of_a_person(headers: Headers) -> bool:
    """Tell whether the browser says that a person followed a link of another site to here: in a page of its own, in
    no frame, not fetched beforehand, and not sent by a page that nobody had touched (Fetch Metadata, W3C).

    A browser that says less is not believed: then there is the confirm page.
    """
    said = {name: headers.get(f"sec-fetch-{name}") for name in ("site", "mode", "dest", "user")}
    wanted = {"mode": "navigate", "dest": "document", "user": "?1"}
    is_beforehand = "sec-purpose" in headers or "purpose" in headers
    return said.pop("site") in ("cross-site", "same-site") and said == wanted and not is_beforehand


def require_own_origin(method: str, headers: Headers, public_url: str) -> None:
    """Refuse a request that could have been sent by another site's page.  Raises ForeignRequest.

    Fetch Metadata where the browser sends it, else the Origin; a request with neither is refused too.
    """
    if method in SAFE_METHODS:
        return
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site != "same-origin":
            raise ForeignRequest
        return
    own = urlsplit(public_url)
    if headers.get("origin", "").lower() != f"{own.scheme}://{own.netloc}":
        raise ForeignRequest
