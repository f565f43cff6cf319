"""What a page says, in a language: catalogues of words, and how money, months and dates are written there.

Catalogues are `locale/LANGUAGE.po` as gettext has them; English is in the code itself.
"""

import functools
import io
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from babel import Locale, negotiate_locale
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, parse_pattern

from receiver.domain.money import Amount, Currency
from receiver.domain.month import Month

FOLDER: Final = Path(__file__).parent / "locale"
# Of English the British kind: day before month, and the comma among thousands.
TERRITORIES: Final = {"en": "GB", "pt": "PT"}
NO_BREAK: Final = "\u00a0"
MICRO_DIGITS: Final = 6
_AMOUNT: Final = "#,##0.######"


def marked(message: str) -> str:
    """Mark a constant for the catalogues; it is translated where it is shown."""
    return message


@runtime_checkable
class Told(Protocol):
    """What carries a message of the code and its facts, as errors do; `str` of it is the English."""

    @property
    def message(self) -> str: ...

    @property
    def facts(self) -> Mapping[str, object]: ...


class Telling:
    """A message of the code with its facts, to be told in the language of whoever reads it.

    With two messages the first is for one and the second for any other number, which is the fact `num`.
    """

    def __init__(self, message: str, many: str = "", /, **facts: object) -> None:
        self.message, self.many, self.facts = message, many, facts

    def __str__(self) -> str:
        return language_named("en").tell(self)


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the pages, by its code, such as `de`."""

    code: str
    locale: Locale
    words: NullTranslations

    @property
    def name(self) -> str:
        """Return how the language calls itself."""
        return (self.locale.language_name or self.code).capitalize()

    @property
    def direction(self) -> str:
        return self.locale.text_direction

    def name_of(self, tag: str) -> str:
        """Return how this language calls another, by its tag (BCP 47), such as `de-AT`; the tag if it does not know."""
        names = self.locale.languages
        primary = tag.lower().partition("-")[0]
        return str(names.get(tag.replace("-", "_")) or names.get(primary) or tag)

    def gettext(self, message: str, **facts: object) -> str:
        """Say a message of the code; `%(name)s` stands for a fact."""
        said = self.words.gettext(message)
        return said % facts if facts else said

    def ngettext(self, one: str, many: str, count: int, **facts: object) -> str:
        """Say a message in the form that goes with a number, `%(num)s` in it."""
        return self.words.ngettext(one, many, count) % {"num": self.count(count), **facts}

    def tell(self, told: Told) -> str:
        """Say an error or another message with its facts; amounts, dates and messages among them are written, too."""
        facts = {name: self._written(fact) for name, fact in told.facts.items()}
        many, num = getattr(told, "many", ""), told.facts.get("num")
        if many and isinstance(num, int):
            return self.ngettext(told.message, many, num, **facts)
        return self.gettext(told.message, **facts)

    def _written(self, fact: object) -> str:
        match fact:
            case Told():
                return self.tell(fact)
            case Amount():
                return self.money(fact.micros, fact.currency)
            case Month():
                return self.month_name(fact)
            case datetime():
                return self.moment(fact)
            case date():
                return self.date(fact)
            case int():
                return self.count(fact)
        return str(fact)

    def count(self, number: int) -> str:
        return format_decimal(number, locale=self.locale)

    def amount(self, micros: int, currency: Currency) -> str:
        """Write an amount exactly, without the currency, with as many decimals as it needs."""
        pattern = copy(parse_pattern(_AMOUNT))
        pattern.frac_prec = (currency.minor_digits, MICRO_DIGITS)
        return str(pattern.apply(Decimal(micros).scaleb(-MICRO_DIGITS), self.locale))

    def money(self, micros: int, currency: Currency) -> str:
        """Write an amount exactly, with the currency's code."""
        return f"{self.amount(micros, currency)}{NO_BREAK}{currency.code}"

    def percent(self, basis_points: int) -> str:
        return f"{format_decimal(Decimal(basis_points).scaleb(-2), '#,##0.##', locale=self.locale)}{NO_BREAK}%"

    def month_name(self, month: Month) -> str:
        return format_skeleton("yMMMM", date(month.year, month.month, 1), locale=self.locale)

    def date(self, moment: date) -> str:
        return format_date(moment, "long", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """Write date and time of day, in UTC as months are."""
        day, time = (format_skeleton(parts, moment, locale=self.locale) for parts in ("yMMMd", "Hm"))
        return f"{day}, {time} UTC"


@functools.cache
def languages() -> dict[str, Language]:
    """Return English and each language that has a catalogue, by its code."""
    codes = ["en", *sorted(path.stem for path in FOLDER.glob("*.po"))]
    return {code: Language(code, Locale(code, TERRITORIES.get(code)), _words(code)) for code in codes}


def language_named(code: str) -> Language:
    """Return a language by its code, English if there is no such one."""
    return languages().get(code, languages()["en"])


def language_wanted(accept_language: str) -> Language:
    """Return the first language of a browser's `Accept-Language` that we speak, else English (RFC 9110, 12.5.4)."""
    ranked = sorted(_ranked(accept_language), key=lambda pair: -pair[1])
    tags = [tag for tag, weight in ranked if weight > 0]
    return language_named(negotiate_locale(tags, list(languages()), sep="-") or "en")


def _ranked(accept_language: str) -> list[tuple[str, int]]:
    """Return tags with their weight in thousandths, in their order."""
    ranked = []
    for part in accept_language[:1_000].split(","):
        tag, _, weight = part.strip().partition(";q=")
        digits = weight.strip().replace(".", "")
        ranked.append((tag.strip(), int(digits.ljust(4, "0")[:4]) if digits.isascii() and digits.isdigit() else 1000))
    return ranked


def _words(code: str) -> NullTranslations:
    if code == "en":
        return NullTranslations()
    with (FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return GNUTranslations(io.BytesIO(compiled.getvalue()))
