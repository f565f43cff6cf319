"""The posts that each snippet is tried on, and what a receiver thinks of the pages that come out."""

import random
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flattr_button import (
    BadClaim,
    Claim,
    SiteKey,
    SiteOfToken,
    ThingsList,
    button_html,
    cleaned_title,
    head_link,
    verify,
)

SNIPPETS: Final = Path(__file__).resolve().parents[2] / "snippets"
RECEIVER: Final = "https://flattr.example"
SCOPE: Final = "https://blog.example/"
KEY: Final = SiteKey("carlasblog", 2, b"c0ffee00" * 8)
SECRET: Final = KEY.secret.decode()
BAD_KEYS: Final = {
    "short": KEY.text()[:60],
    "empty digits": "fsk1_carlasblog_2__00000000",
    "another": "sk_live_" + "0" * 64,
}
MISTYPED: Final = KEY.text().replace("c0ffee00c0", "c0ffee11c0", 1)  # only its checksum tells


@dataclass(frozen=True)
class Post:
    title: str
    language: str = "en"
    category: str | None = None
    tags: tuple[str, ...] = ()


LONG: Final = "蜂" * 75
POSTS: Final[Mapping[str, Post]] = {
    "fish": Post("Fish & Chips < Peas > \"Salt\" 'Vinegar' \\ Back", category="Food & <Drink>", tags=("a\"b", "ü")),
    "umlauts": Post("Über Bücher 🐝 蜜蜂の話", language="de"),
    "decomposed": Post(unicodedata.normalize("NFD", "Über Crème brûlée in Việt Nam, が und 한글과 Ǖ"), language="de"),
    "groesse-größe-蜂": Post("Größe", tags=(unicodedata.normalize("NFD", "Käse"), "")),
    LONG: Post("🐝" * 300, category="honey" + "🐝" * 60, tags=tuple(f"{number}{'🐝' * 60}" for number in range(12))),
    "invisible": Post("A\u202eb\u200bc\u00ad \u00a0 d\ufeffe 👩‍👩‍👧"),
    "hindi": Post("लड़का और लड़की — বাংলা, தமிழ்"),
    "arabic": Post("مُحَمَّد — שלום — ผู้ใหญ่"),
    "nothing": Post("\u200b\u2800"),
}  # fmt: skip


def title_of(post: Post, url: str) -> str:
    return cleaned_title(post.title) or url[:200]


def buttons_on(page: str) -> list[str]:
    return re.findall(r'<a class="flattr-button".*?</a>', page, re.S)


def claim_on(page: str, *, language: str = "en") -> Claim:
    """Return what the one button of a page claims, once the receiver has taken it.

    The button is the one of `flattr_button`, and the head of the page links to the same address.
    """
    (button,) = buttons_on(page)
    (token,) = re.findall(rf'href="{RECEIVER}/f/([^"]*)"', button)
    assert button == button_html(RECEIVER, token, language=language), "run: python -m tests.snippets.write_buttons"
    head, _, body = page.partition("</head>")
    assert head.count(head_link(RECEIVER, token)) == 1
    assert body.count("flattr.example") == 1
    return claim_of(token)


def require_proof(text: str) -> None:
    """Raise BadThingsList unless the text proves to the receiver that the holder of the key rules the site."""
    ThingsList.parse(text).verify(KEY.secret, receiver=RECEIVER, scope=SCOPE)


def claim_of(token: str) -> Claim:
    return verify(token, lambda site, generation: _known(site, generation))


def _known(site: str, generation: int) -> SiteOfToken:
    assert (site, generation) == (KEY.site, KEY.generation)
    return SiteOfToken(KEY.secret, SCOPE)


def tree_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


_SCRIPTS: Final = (
    (0x20, 0x24F), (0x300, 0x345), (0x370, 0x3FF), (0x400, 0x4FF), (0x5B0, 0x5EA), (0x621, 0x652), (0x900, 0x97F),
    (0x980, 0x9FF), (0xB80, 0xBFF), (0xE00, 0xE4F), (0x1100, 0x11FF), (0xAC00, 0xD7A3), (0x1E00, 0x1FFF),
    (0x2000, 0x206F), (0x3040, 0x30FF), (0x4E00, 0x4E80), (0xF900, 0xF940), (0x1F300, 0x1F640),
)  # fmt: skip


def wild_titles(count: int) -> list[str]:
    """Return titles that nobody writes, of the letters and marks of many scripts, some decomposed; always the same."""
    chance = random.Random(2026)
    titles = []
    for number in range(count):
        first, last = chance.choice(_SCRIPTS)
        title = "".join(chr(chance.randint(first, last)) for _ in range(chance.randint(1, 12)))
        titles.append(unicodedata.normalize("NFD", title) if number % 2 else title)
    return titles


def refusal_of(title: str) -> str | None:
    """Return why a receiver would refuse a title, or None."""
    try:
        Claim(site=KEY.site, generation=KEY.generation, url=SCOPE, title=title)
    except BadClaim as refusal:
        return str(refusal)
    return None
