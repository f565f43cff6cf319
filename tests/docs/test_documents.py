"""What the documentation says is so: addresses, errors, and examples that run."""

import inspect
import re
from pathlib import Path

import flattr_button
from flattr_button import ClickKey, read_click
from receiver.web.answers import ANSWER_BY_ERROR
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


def test_every_name_of_the_core_that_the_documentation_imports_exists():
    for document in DOCS.rglob("*.md"):
        for line in re.findall(r"^from flattr_button import (.+)$", document.read_text(), re.M):
            for name in re.split(r",\s*", line.strip("() ")):
                assert hasattr(flattr_button, name), f"{document.name}: {name}"
