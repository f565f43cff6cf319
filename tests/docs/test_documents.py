"""What the documentation says is so: addresses, errors, and examples that run."""

import inspect
import re
from pathlib import Path

import flattr_button
from flattr_button import ClickKey, read_click
from receiver.actions.state_month import CreatorStatement
from receiver.actions.state_revenue import Revenue, RevenueRow
from receiver.domain.click import MonthState
from receiver.domain.money import NOTHING, Micros
from receiver.domain.month import Month
from receiver.domain.thing import Thing
from receiver.web.answers import ANSWER_BY_ERROR
from receiver.web.revenue_report import revenue_csv
from receiver.web.routes import ROUTES

DOCS = Path(__file__).parents[2] / "docs"


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / document).read_text(), re.S | re.M)


def test_every_address_is_documented_and_every_documented_one_exists():
    documented = set(re.findall(r"^\| (GET|POST) \| `([^`]+)` \|", (DOCS / "http.md").read_text(), re.M))

    existing = {
        ("GET" if "GET" in (getattr(route, "methods", None) or {"GET"}) else "POST", route.path) for route in ROUTES
    }
    assert documented == existing


def test_every_error_is_documented_with_its_answer():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d) \| (.+) \|$", (DOCS / "http.md").read_text(), re.M)

    assert {name: (int(status), int(code)) for name, status, code, _ in rows} == {
        error.__name__: (answer.status, answer.exit_code) for error, answer in ANSWER_BY_ERROR.items()
    }
    first_lines = {error.__name__: (inspect.getdoc(error) or "").split("\n")[0] for error in ANSWER_BY_ERROR}
    assert {name: line for name, _, _, line in rows} == first_lines


def test_the_application_click_of_the_documentation_is_taken():
    example, _ = blocks("webhooks.md", "python")
    key = ClickKey("a" * 16, b"0" * 64)
    names = {"CLICK_KEY": key.text(), "THING_TOKEN": "a.token"}

    exec(example, names)

    (signed,) = names["body"]["clicks"]
    assert read_click(signed, lambda _: key.secret).thing_token == "a.token"


def test_the_report_of_the_documentation_is_what_a_month_is_saved_as():
    (example,) = (block for block in blocks("creators.md", "") if block.startswith("period"))
    thing = Thing(
        id=17, site="x", paid_site="x", identity="u:x", url="https://bread.example/rye/", title="Rye", language=None,
        category=None, tags=(), hidden=False, generation=1, modified=None, original=None,
    )  # fmt: skip
    statement = CreatorStatement(
        month=Month(2026, 9),
        state=MonthState.CLOSED,
        things=[],
        of_few_readers=NOTHING,
        gifts=NOTHING,
        teams=[],
        total=NOTHING,
    )
    revenue = Revenue(statement, [RevenueRow(thing, 3, Micros(5_427_000), 12)], None)

    assert revenue_csv(revenue, receiver="https://flattr.example/") == example


def test_every_name_of_the_core_that_the_documentation_imports_exists():
    for document in DOCS.rglob("*.md"):
        for line in re.findall(r"^from flattr_button import (.+)$", document.read_text(), re.M):
            for name in re.split(r",\s*", line.strip("() ")):
                assert hasattr(flattr_button, name), f"{document.name}: {name}"
