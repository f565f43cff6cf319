"""One spelling for each address, so that one page is one thing.

Strict instead of clever: what browsers and libraries read differently is refused
(`https://a.example\\@b.example/` is host a to a browser and host b to urllib), so that
no address means one site to us and another to the reader.
Rules after RFC 3986 section 6.2.2 and the WHATWG URL standard, where both agree.
"""

import re
from typing import Final

from flattr_button.faults import BadUrl
from flattr_button.host import canonical_host

URL_BYTES_MAX: Final = 1024
URL_POINTS_MAX: Final = 4096  # as written, before tracking parameters and the fragment are dropped
DEFAULT_PORT_BY_SCHEME: Final = {"http": "80", "https": "443"}

_PARTS = re.compile(  # ASCII: else `httpſ` is https to re.I
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?", re.I | re.S | re.ASCII
)
_PLAIN_PARAMETER: Final = "[a-eh-qstv-z0-9][A-Za-z0-9._~=-]*+"  # not with the first letter of one that tracks
_PLAIN: Final = re.compile(
    rf"""https?://
    (?:(?!xn--|-)[a-z0-9-]{{1,62}}+(?<!-)\.){{1,3}}[a-z]{{2,62}}  # four labels, which are fewer than 253 characters
    (?:/(?!\.)(?:[A-Za-z0-9._~-]++|%[89A-F][0-9A-F])*+)++  # no segment that begins with a dot
    (?:[?]{_PLAIN_PARAMETER}(?:&{_PLAIN_PARAMETER})*+)?+
    """,
    re.X,
)
_REFUSED = re.compile(r"[\x00-\x20\x7f\\]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_KEPT_IN_PATH: Final = _UNRESERVED + b"!$&'()*+,;=:@/"
_KEPT_IN_QUERY: Final = (_KEPT_IN_PATH + b"?").replace(b"'", b"")  # browsers escape it in a query only
_BETWEEN_SEGMENTS: Final = re.compile("/|%2F|%5C")
_TRACKING: Final = frozenset({"fbclid", "gclid", "ref"})


def canonical_url(url: str) -> str:
    """Return the one spelling of an absolute http(s) address; at most 1,024 ASCII bytes.

    Host in lower case and A-labels; escapes in upper case, unreserved characters bare, everything
    else outside RFC 3986 escaped as UTF-8; dot segments resolved; default port, fragment and
    tracking parameters (`utm_*`, `fbclid`, `gclid`, `ref`) dropped; case and closing slash of the path kept.
    A fixpoint: canonical_url(canonical_url(x)) == canonical_url(x).

    Raises BadUrl, which says what to write instead.
    """
    return url if is_plain(url) else work_out(url)


def is_plain(url: str) -> bool:
    """Tell whether an address is its own canonical spelling at first sight, as nearly all in buttons are."""
    return len(url) <= URL_BYTES_MAX and _PLAIN.fullmatch(url) is not None


def work_out(url: str) -> str:
    """Return the canonical spelling of any address; of one that is plain, the address itself."""
    if len(url) > URL_POINTS_MAX:
        raise BadUrl(
            url,
            "an address may have %(most)s bytes, this one has %(length)s characters",
            most=URL_BYTES_MAX,
            length=len(url),
        )
    if _REFUSED.search(url):
        raise BadUrl(url, "no white space, control characters or backslashes in an address; escape them")
    match = _PARTS.fullmatch(url)
    if match is None:
        raise BadUrl(url, "write an absolute address that begins with https:// or http://")
    scheme = match["scheme"].lower()
    path = _resolved(_escaped(url, match["path"] or "/", _KEPT_IN_PATH))
    if _hides_dot_segment(path):
        raise BadUrl(url, "no dot segment behind an escaped slash or before a semicolon; servers read it differently")
    query = _without_tracking(_escaped(url, (match["query"] or "")[1:], _KEPT_IN_QUERY))
    canonical = f"{scheme}://{_authority(url, scheme, match['authority'])}{path}{'?' + query if query else ''}"
    if len(canonical) > URL_BYTES_MAX:
        raise BadUrl(
            url,
            "an address may have %(most)s bytes, this one has %(length)s",
            most=URL_BYTES_MAX,
            length=len(canonical),
        )
    return canonical


def canonical_scope(url: str) -> str:
    """Return the canonical prefix that a site owns; always with a closing slash, never with a query."""
    scope = canonical_url(url)
    if "?" in scope:
        raise BadUrl(url, "the address of a site has no query; leave out the part from the question mark")
    return scope if scope.endswith("/") else scope + "/"


def is_in_scope(url: str, scope: str) -> bool:
    """Tell whether a canonical address lies in a canonical scope (which ends in a slash)."""
    return url.startswith(scope)


def _authority(url: str, scheme: str, authority: str) -> str:
    if "@" in authority:
        raise BadUrl(url, "no user name or password in an address")
    host, _, port = authority.partition(":")
    if port and not re.fullmatch("0*[1-9][0-9]{0,4}", port):
        raise BadUrl(url, "the port is a number from 1 to 65535")
    port = port.lstrip("0")
    if port and int(port) > 65535:
        raise BadUrl(url, "the port is a number from 1 to 65535")
    host = canonical_host(url, host)
    return host if port in ("", DEFAULT_PORT_BY_SCHEME[scheme]) else f"{host}:{port}"


def _escaped(url: str, text: str, kept: bytes) -> str:
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise BadUrl(url, "the address holds half a character; write it as UTF-8") from None
    if not raw.translate(None, kept):
        return text
    pieces: list[str] = []
    position = 0
    while position < len(raw):
        byte = raw[position]
        escape = _ESCAPE.match(raw[position : position + 3].decode("latin-1")) if byte == 0x25 else None
        if escape:
            value = int(escape[1], 16)
            if value == 0:
                raise BadUrl(url, "no zero byte in an address")
            pieces.append(chr(value) if value in _UNRESERVED else f"%{value:02X}")
            position += 3
            continue
        pieces.append(chr(byte) if byte in kept else f"%{byte:02X}")
        position += 1
    return "".join(pieces)


def _resolved(path: str) -> str:
    """Resolve `.` and `..` as RFC 3986 section 5.2.4 does; the path begins with a slash."""
    resolved: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del resolved[-1:]
        elif segment != ".":
            resolved.append(segment)
    if segments[-1] in (".", ".."):
        resolved.append("")
    return "/" + "/".join(resolved)


def _hides_dot_segment(path: str) -> bool:
    """Tell whether a server that decodes first could still leave the scope: `/me/..%2Fyou/`, `/me/..;/you/`."""
    return any(segment.partition(";")[0] in (".", "..") for segment in _BETWEEN_SEGMENTS.split(path))


def _without_tracking(query: str) -> str:
    return "&".join(
        parameter
        for parameter in query.split("&")
        if (name := parameter.partition("=")[0].lower()) not in _TRACKING and not name.startswith("utm_")
    )
