"""The words on a button, by language of the page."""

from typing import Final

_TEXT_BY_LANGUAGE: Final = {
    "en": "Flattr this",
    "ar": "ادعم عبر Flattr",
    "de": "Diesen Beitrag flattrn",
    "es": "Dar un Flattr",
    "fa": "حمایت با Flattr",
    "fr": "Flattrer cette page",
    "he": "תמיכה דרך Flattr",
    "it": "Flattra questa pagina",
    "ja": "Flattrする",
    "nl": "Flattr dit",
    "pl": "Flattruj to",
    "pt": "Dar um Flattr",
    "sv": "Flattra detta",
    "zh-Hans": "用 Flattr 赞赏",
    "zh-Hant": "用 Flattr 讚賞",
}
# Before a colon and a number, where no language asks for a plural of its own.
_CLICKS_BY_LANGUAGE: Final = {
    "en": "clicks",
    "ar": "نقرات",
    "de": "Klicks",
    "es": "clics",
    "fa": "کلیک‌ها",
    "fr": "clics",
    "he": "לחיצות",
    "it": "clic",
    "ja": "クリック数",
    "nl": "klikken",
    "pl": "kliknięcia",
    "pt": "cliques",
    "sv": "klick",
    "zh-Hans": "点击数",
    "zh-Hant": "點擊數",
}
LANGUAGES: Final = tuple(_TEXT_BY_LANGUAGE)

_RIGHT_TO_LEFT: Final = frozenset("ar arc ckb dv fa he iw ji ks ps sd ug ur yi".split())
_RIGHT_TO_LEFT_SCRIPTS: Final = frozenset("adlm arab hebr nkoo rohg syrc thaa".split())
_TRADITIONAL: Final = frozenset("hant hk mo tw".split())  # where Chinese is written so unless a script says otherwise
_TODAYS_CODE: Final = {"iw": "he", "cmn": "zh", "yue": "zh-hant"}  # ISO 639 renamed Hebrew in 1989


def wording(language: str | None) -> tuple[str, str]:
    """Return the language in which the button speaks on a page of the given language, and its text.

    Takes BCP 47 tags as blogs write them: `de-AT` and `pt_BR` speak as `de` and `pt`; what is unknown, as English.
    """
    spoken = _spoken_on(_subtags(language))
    return spoken, _TEXT_BY_LANGUAGE[spoken]


def count_wording(language: str | None, count: int) -> str:
    """Return what a count of clicks is called by who hears the button, in the language in which it speaks."""
    return f"{_CLICKS_BY_LANGUAGE[_spoken_on(_subtags(language))]}: {count}"


def direction_of_text(language: str | None) -> str | None:
    """Return `rtl` or `ltr` where the text of the button must say so on a page of the given language, else None."""
    subtags = _subtags(language)
    if _is_right_to_left(_subtags(_spoken_on(subtags))):
        return "rtl"
    return "ltr" if _is_right_to_left(subtags) else None


def _subtags(language: str | None) -> list[str]:
    primary, *further = (language or "").strip().replace("_", "-").lower().split("-")
    return [*_TODAYS_CODE.get(primary, primary).split("-"), *further]


def _spoken_on(subtags: list[str]) -> str:
    if subtags[0] == "zh":
        is_traditional = "hans" not in subtags and not _TRADITIONAL.isdisjoint(subtags)
        return "zh-Hant" if is_traditional else "zh-Hans"
    return subtags[0] if subtags[0] in _TEXT_BY_LANGUAGE else "en"


def _is_right_to_left(subtags: list[str]) -> bool:
    scripts = {subtag for subtag in subtags[1:2] if len(subtag) == 4}  # RFC 5646, 2.1: behind the language
    return not scripts.isdisjoint(_RIGHT_TO_LEFT_SCRIPTS) if scripts else subtags[0] in _RIGHT_TO_LEFT
