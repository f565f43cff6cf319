"""One spelling for each host name: ASCII, lower case, the host that every browser reads.

IDNA has three editions (2003, 2008, UTS 46 of the browsers), and where they differ one name leads to two hosts.
So only names are taken on which they agree: what any of them would first map to something else is refused.
"""

import re
import unicodedata
from ipaddress import AddressValueError, IPv4Address
from typing import Final

from flattr_button.faults import BadUrl

_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_IN_NAMES: Final = frozenset({"Ll", "Lo", "Lm", "Mn", "Mc", "Nd", "So"})  # letters, marks, digits; So is emoji
_DEVIATIONS: Final = frozenset("ßς\u200c\u200d")  # the editions lead these to different hosts
# Letters, marks and signs that show nothing (variation selectors, fillers) or describe other characters (2FF0).
_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u2ff0-\u2fff\u3164\ufe00-\ufe0f\uffa0\ufffc\ufffd\U000e0100-\U000e01ef]"
)
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})


def canonical_host(url: str, host: str) -> str:
    """Return the host of an address in lower case and A-labels.

    Raises BadUrl, which shows the whole address.
    """
    labels = [_ascii_label(url, label) for label in host.split(".")]
    canonical = ".".join(labels)
    if len(canonical) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadUrl(url, "the host is a plain name such as blog.example, without closing dot or brackets")
    if labels[-1].isdigit() or re.fullmatch("0x[0-9a-f]*", labels[-1]):
        try:
            IPv4Address(canonical)  # refuses what browsers would also read: 0x7f.1, 127.1, 010.0.0.1
        except AddressValueError:
            raise BadUrl(url, "a numeric host is written as four decimal numbers") from None
    return canonical


def _ascii_label(url: str, label: str) -> str:
    lowered = "".join(character.lower() if character.isascii() else character for character in label)
    if not label.isascii():
        if len(label) > 63 or _DEVIATIONS & set(label) or not _is_unambiguous(lowered):
            raise BadUrl(url, "software disagrees on this host name; write it in lower case or in its xn-- form")
        return "xn--" + lowered.encode("punycode").decode("ascii")
    if lowered.startswith("xn--") and not _is_a_label(lowered):
        raise BadUrl(url, "the xn-- form of this host name stands for no name that browsers accept")
    return lowered


def _is_a_label(label: str) -> bool:
    """Tell whether an `xn--` label decodes to a name and is its one spelling."""
    if len(label) > 63:
        return False
    try:
        name = label[4:].encode("ascii").decode("punycode")
        return _is_unambiguous(name) and name.encode("punycode").decode("ascii") == label[4:]
    except (ValueError, OverflowError):
        return False


def _is_unambiguous(name: str) -> bool:
    """Tell whether a label means the same in every edition of IDNA."""
    return (
        not name.isascii()
        and name[2:4] != "--"
        and unicodedata.normalize("NFKC", name) == name
        and name.lower() == name
        and _is_one_way(name)
        and unicodedata.category(name[0])[0] != "M"
        and all(_may_stand_in_name(character) for character in name)
    )


def _may_stand_in_name(character: str) -> bool:
    if character in _DEVIATIONS:
        return True  # only met in xn-- form, where they are unambiguous
    return character in "-_" or (
        unicodedata.category(character) in _IN_NAMES
        and not _BLANK.match(character)
        and character.casefold() == character
    )


def _is_one_way(name: str) -> bool:
    """Tell whether a label reads left to right, or right to left from end to end: stricter than RFC 5893 section 2."""
    classes = [unicodedata.bidirectional(character) for character in name]
    if not _RIGHT_TO_LEFT & set(classes):
        return True
    return classes[0] != "AN" and set(classes) <= _RIGHT_TO_LEFT | {"NSM"}
