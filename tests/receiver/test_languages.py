"""Catalogues hold what the pages say, whole; and how money, months and dates are written."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from receiver.domain.money import Currency
from receiver.domain.month import Month
from receiver.languages import FOLDER, language_named, language_wanted, languages

ROOT = Path(__file__).parents[2]
WHOLE = ("de",)
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None, "say": None}
METHODS = [("**.py", "python"), ("**/templates/**.*", "jinja2")]
OPTIONS = {"**/templates/**.*": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}}
PLACES = re.compile(r"%\(\w+\)[sd]")


def said() -> set[str]:
    """Return every message of the code, by its English words; of those with a number, the singular."""
    found = extract_from_dir(ROOT / "receiver", METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def catalogue(code: str):
    with (FOLDER / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def other_catalogues() -> list[str]:
    return [code for code in languages() if code != "en"]


def test_the_catalogues_know_what_the_code_says_and_nothing_else():
    for code in other_catalogues():
        known = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue(code)} - {""}
        assert (said() - known, known - said()) == (set(), set()), f"{code}: run make catalogues"


@pytest.mark.parametrize("code", WHOLE)
def test_no_message_is_missing_or_unsure(code):
    messages = [message for message in catalogue(code) if message.id]

    assert [message.id for message in messages if message.fuzzy or not all(strings_of(message))] == []


def strings_of(message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def test_translations_have_the_facts_of_the_english():
    wrong = [
        (code, message.id)
        for code in other_catalogues()
        for message in catalogue(code)
        if message.id
        for translated in strings_of(message)
        if translated and facts_of(translated) - facts_of(*ids_of(message))
    ]

    assert wrong == []


def ids_of(message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def facts_of(*texts: str) -> set[str]:
    return {place for text in texts for place in PLACES.findall(text)}


@pytest.mark.parametrize(
    ("code", "money", "month", "day"),
    [
        ("en", "1,234.50\u00a0EUR", "September 2026", "5 September 2026"),
        ("de", "1.234,50\u00a0EUR", "September 2026", "5. September 2026"),
    ],
)
def test_amounts_and_dates_are_written_as_the_language_does(code, money, month, day):
    language, moment = language_named(code), datetime(2026, 9, 5, 12, tzinfo=UTC)

    assert language.money(1_234_500_000, Currency()) == money
    assert (language.month_name(Month(2026, 9)), language.date(moment)) == (month, day)


@pytest.mark.parametrize(
    ("micros", "code", "written"),
    [(333_333, "EUR", "0.333333"), (-900_000, "EUR", "-0.90"), (5_000_000, "JPY", "5"), (1, "KWD", "0.000001")],
)
def test_amounts_are_exact(micros, code, written):
    assert language_named("en").amount(micros, Currency(code)) == written


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en;q=0.8,de", "de"),
        ("tlh, de;q=0.5", "de"),
        ("de;q=0, en", "en"),
        ("tlh", "en"),
        ("", "en"),
        (",;q=x;;,-,*", "en"),
    ],
)
def test_a_browser_gets_the_first_of_its_languages_that_we_speak(wanted, code):
    assert language_wanted(wanted).code == code
