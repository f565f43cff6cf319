"""Words of the directory: what a thing is found by, and what is sought.

Words are made here and not in the database, so that both databases find the same, whatever they were built with.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby, pairwise
from typing import Final

QUERY_POINTS_MAX: Final = 200
WORDS_SOUGHT_MAX: Final = 12
WORD_POINTS_MAX: Final = 40
LABEL_POINTS_MAX: Final = 120  # PostgreSQL refuses lexemes of more than 2,046 bytes
PREFIX_POINTS_MIN: Final = 3  # `ar` would be the beginning of too many words
ACCENT_CLASS_MIN: Final = 10  # of marks above and below; those that make another letter are 7, 8 and 9
MARK: Final = "§"  # begins what is no word: neither a letter nor a digit, so nobody can type it
JOINT: Final = "·"

# Written without spaces: Thai and Lao, Burmese, Khmer, kana, Han (Unicode 15, Blocks.txt).
_UNSPACED: Final = (
    (0x0E01, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF),
    (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x1B000, 0x1B16F), (0x20000, 0x3FFFF),
)  # fmt: skip
_PLAIN_WORD: Final = re.compile("[a-z0-9]+")
_UNDECOMPOSED: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word that is sought: the whole word, or any that begins with it."""

    word: str
    is_beginning: bool = False


@dataclass(frozen=True)
class Wanted:
    """What of the directory is wanted; an empty text wants all."""

    query: str = ""
    category: str = ""
    tag: str = ""
    language: str = ""
    site: str = ""

    @cached_property
    def terms(self) -> list[Term]:
        """Return what all must be found."""
        labels = {"c": self.category, "t": self.tag, "l": self.language, "s": self.site}
        return [*sought(self.query), *(Term(label(kind, text)) for kind, text in labels.items() if text)]

    @property
    def is_void(self) -> bool:
        """Tell whether nothing can be found: the query has no word."""
        return bool(self.query.strip()) and not sought(self.query)

    @property
    def is_for_all(self) -> bool:
        return not self.terms and not self.is_void


def words_of_thing(title: str, *, language: str | None, category: str | None, tags: Iterable[str]) -> str:
    """Return the words by which a thing is found, parted by spaces, each once."""
    texts = [title, category or "", *tags]
    labels = [label("t", tag) for tag in tags]
    if category:
        labels.append(label("c", category))
    if language:
        labels += [label("l", language), label("l", language.partition("-")[0])]
    return _joined([*(word for text in texts for word in _words_with_parts(text)), *labels])


def words_of_site(title: str, scope: str) -> str:
    """Return the words by which all things of a site are found."""
    return _joined([*_words_with_parts(title), *_words_with_parts(scope.partition("://")[2])])


def label(kind: str, text: str) -> str:
    """Return the word of a category (`c`), tag (`t`), language (`l`) or site (`s`): alike however it is spelt."""
    return f"{MARK}{kind}{JOINT.join(_words(text))[:LABEL_POINTS_MAX]}"


def sought(query: str) -> list[Term]:
    """Return the words of a query; a word of three letters and more finds what begins with it."""
    terms: dict[Term, None] = {}
    for word in _words(query[:QUERY_POINTS_MAX]):
        if not _is_unspaced(word[0]):
            terms[Term(word, is_beginning=len(word) >= PREFIX_POINTS_MIN)] = None
        elif len(word) == 1:
            terms[Term(word, is_beginning=True)] = None
        else:
            terms.update((Term(first + second), None) for first, second in pairwise(word))
    return list(terms)[:WORDS_SOUGHT_MAX]


def _words_with_parts(text: str) -> Iterator[str]:
    """Yield the words; of what is written without spaces each pair of characters, and the last one."""
    for word in _words(text):
        if _is_unspaced(word[0]):
            yield from (first + second for first, second in pairwise(word))
            yield word[-1]
        else:
            yield word


@lru_cache(maxsize=4_096)  # of a thousand posts of a blog, categories and tags are the same few
def _words(text: str) -> tuple[str, ...]:
    """Return the words without case and accents; a picture is a word too."""
    if text.isascii():
        return tuple(word[:WORD_POINTS_MAX] for word in _PLAIN_WORD.findall(text.lower()))
    words: list[str] = []
    for kind, characters in groupby(_folded(text), _kind):
        if kind == "picture":
            words += characters
        elif kind:
            words.append("".join(characters)[:WORD_POINTS_MAX])
    return tuple(words)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(c for c in decomposed if unicodedata.combining(c) < ACCENT_CLASS_MIN)
    return unicodedata.normalize("NFC", bare).translate(_UNDECOMPOSED)


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category == "So":
        return "picture"
    if category[0] not in "LNM":
        return ""
    return "unspaced" if _is_unspaced(character) else "spaced"


def _is_unspaced(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _UNSPACED)


def _joined(words: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(words))
