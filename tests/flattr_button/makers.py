"""What Hypothesis draws: any title, address, claim and key that there may be."""

import unicodedata

from hypothesis import strategies as st

from flattr_button import Claim, SiteKey, canonical_url, cleaned_title

SCOPE = "https://carla.example/blog/"
RECEIVER = "https://flattr.example/"

keys = st.builds(
    SiteKey,
    site=st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=10, max_size=10),
    generation=st.integers(1, 9999),
    secret=st.text("0123456789abcdef", min_size=64, max_size=64).map(str.encode),
)


def labels(points_max: int) -> st.SearchStrategy[str]:
    return st.text(max_size=points_max).map(lambda text: cleaned_title(text, points_max=points_max)).filter(bool)


paths = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=4).map("/".join)
urls = paths.map(lambda path: path.translate(dict.fromkeys([*range(0x21), 0x7F, *map(ord, "\\?#%;")], "_"))).map(
    lambda path: canonical_url(f"{SCOPE}p/" + path.replace("..", "_"))
)
languages = st.sampled_from(["en", "de-AT", "pt-BR", "zh-Hant-TW", "tlh", "EN"])


@st.composite
def claims(draw: st.DrawFn, key: SiteKey | None = None) -> Claim:
    key = key or draw(keys)
    return Claim(
        site=key.site,
        generation=key.generation,
        url=draw(urls),
        title=draw(labels(200)),
        language=draw(st.none() | languages),
        category=draw(st.none() | labels(40)),
        tags=tuple(draw(st.lists(labels(8), max_size=4))),
        hidden=draw(st.booleans()),
        id=draw(st.none() | labels(64)),
        modified=draw(st.none() | st.integers(0, 2**53 - 1)),
        original=draw(st.none() | st.just(f"{SCOPE}the-original/")),
    )


def is_nfc(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text)
