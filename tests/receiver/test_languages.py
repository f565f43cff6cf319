"""Catalogues hold what the pages say, whole; and how money, months and dates are written."""

import ast
import re
from datetime import UTC, date, datetime

import pytest
from babel.messages.pofile import read_po

from receiver.domain.errors import BadAmount, FlattrError, SignInNeeded, WrongCode
from receiver.domain.money import Currency
from receiver.domain.month import Month
from receiver.languages import FOLDER, Telling, language_named, language_wanted, languages
from tests.receiver.catalogues import (
    PLACE,
    ROOT,
    calls_of_errors,
    files_with_errors,
    messages,
    messages_of_templates,
)

WHOLE: tuple[str, ...] = ()
WAY_OF_A_CLICK = ("confirm.html", "done.html", "sign_in.html", "code.html", "problem.html")
TAG = re.compile(r"</?(?:a|bdi|code|em|link|span|strong)\b[^>]*>")
TRANSLATING = ROOT / "docs" / "translating.md"


def catalogue(code: str):
    with (FOLDER / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def other_catalogues() -> list[str]:
    return [code for code in languages() if code != "en"]


def test_the_catalogues_know_what_the_code_says_and_nothing_else():
    said = messages()

    for code in other_catalogues():
        known = {message.id for message in catalogue(code)} - {""}
        assert (said - known, known - said) == (set(), set()), f"{code}: run make catalogues"


def test_errors_of_pages_have_a_constant_message_with_its_facts_beside_it():
    """A message that is put together where it is raised is in no catalogue."""
    put_together = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in files_with_errors()
        for call in calls_of_errors(ast.parse(path.read_text()))
        if any(" " in ast.unparse(text) for text in call.args if isinstance(text, ast.JoinedStr | ast.BinOp))
    ]

    assert put_together == []


def test_every_language_has_the_way_of_a_click_and_a_whole_one_has_all():
    on_the_way = messages_of_templates(*WAY_OF_A_CLICK)

    assert on_the_way
    for code in other_catalogues():
        missing = [message.id for message in catalogue(code) if message.fuzzy or not all(strings_of(message))]
        assert [message for message in missing if message and (code in WHOLE or message in on_the_way)] == [], code


def strings_of(message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


@pytest.mark.parametrize("what", [PLACE, TAG], ids=["facts", "tags"])
def test_translations_have_the_facts_and_tags_of_the_english(what):
    """A lost fact leaves a hole, a fact too many breaks the page, and so does a tag."""
    wrong = [
        (code, translated)
        for code in other_catalogues()
        for message in catalogue(code)
        if message.id
        for translated in strings_of(message)
        if translated
        and sorted(what.findall(translated)) not in [sorted(what.findall(text)) for text in ids_of(message)]
    ]

    assert wrong == []


def test_the_documentation_says_which_languages_are_whole():
    rows = re.findall(r"^\| \w+ \| `receiver/locale/(\w+)\.po` \| (\w+)", TRANSLATING.read_text(), re.M)

    assert dict(rows) == {code: "whole" if code in WHOLE else "started" for code in other_catalogues()}


def ids_of(message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


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
    ("told", "german"),
    [
        (BadAmount("x", "it is %(amount)s", amount=Currency().amount(5_000_000)), "it is 5,00\u00a0EUR"),
        (
            FlattrError("%(month)s; %(fault)s", month=Month(2026, 3), fault=SignInNeeded()),
            "März 2026; melde dich erst an",
        ),
        (FlattrError("on %(day)s", day=date(2026, 3, 1)), "on 1. März 2026"),
        (FlattrError("at %(at)s", at=datetime(2026, 3, 1, 9, 5, tzinfo=UTC)), "at 1. März 2026, 09:05 UTC"),
        (FlattrError("%(most)s bytes", most=65_536), "65.536 bytes"),
        (Telling("one of %(known)s", known="a, b"), "one of a, b"),
    ],
)
def test_facts_of_errors_are_written_as_the_language_does(told, german):
    assert language_named("de").tell(told) == german


@pytest.mark.parametrize(("left", "german"), [(1, "noch 1 Versuch"), (4, "noch 4 Versuche")])
def test_errors_with_a_number_have_its_form(left, german):
    forms = "this is not the code we sent; %(num)s more try", "this is not the code we sent; %(num)s more tries"
    error = WrongCode(*forms, num=left)

    assert str(error) == f"this is not the code we sent; {left} more {'try' if left == 1 else 'tries'}"
    assert language_named("de").tell(error).endswith(german)


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
