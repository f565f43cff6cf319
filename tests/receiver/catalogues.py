"""Find what the pages say, and bring the catalogues up to date with it: `python -m tests.receiver.catalogues`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po, write_po

from flattr_button import faults
from receiver.domain import errors
from receiver.languages import FOLDER, languages

ROOT: Final = Path(__file__).parents[2]
KEYWORDS: Final[dict[str, Any]] = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None, "say": None}
METHODS: Final = [("**.py", "python"), ("**/templates/**.*", "jinja2")]
OPTIONS: Final[dict[str, Any]] = {
    "**/templates/**.*": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}
}
# Of the contract with blogs, what a receiver shows on a page; the rest is for builds and shells, which speak English.
OF_BUTTONS: Final = ("faults", "canonical", "host", "claim", "token", "site_token", "things_list")
NEVER_ON_A_PAGE: Final = {
    "BadSettings", "NotInstalled", "BooksServed", "BooksOutOfBalance",  # a shell
    "BadWebhookBody", "WrongSignature", "RevokedKey", "Replayed",  # a machine
    "BadSiteKey", "MissingSettings", "BadClickKey", "BadFrontMatter", "BadWebhook", "BadQuestion",  # a build
    "ReceiverSilent", "ReceiverBusy", "ReceiverRefused",
}  # fmt: skip
TELLERS: Final = {"Telling", "_good", "_bad", "_note"}  # no errors, but they carry messages in the same way
BY_A_CAUSE: Final = {"BooksReadOnly", "BooksUnreachable", "BooksDamaged"}  # what they are made with is a fact
PLACE: Final = re.compile(r"%\(\w+\)[sd]")

Message = str | tuple[str, str]


def messages() -> set[Message]:
    """Return every message of the code, by its English words; of those with a number, both forms."""
    found = extract_from_dir(ROOT / "receiver", METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    said = {message if isinstance(message, str) else message[:2] for _, _, message, _, _ in found}
    return said | {message for path in files_with_errors() for message in messages_of_errors(path.read_text())}


def messages_of_templates(*names: str) -> set[Message]:
    """Return the messages of some templates."""
    folder, options = ROOT / "receiver" / "web" / "templates", OPTIONS["**/templates/**.*"]
    found = [
        message
        for name in names
        for _, message, _, _ in extract_from_file("jinja2", folder / name, keywords=KEYWORDS, options=options)
    ]
    return {message if isinstance(message, str) else (message[0], message[1]) for message in found}


def files_with_errors() -> list[Path]:
    of_buttons = [ROOT / "plugins" / "flattr_button" / f"{name}.py" for name in OF_BUTTONS]
    return [*sorted((ROOT / "receiver").rglob("*.py")), *of_buttons]


def messages_of_errors(code: str) -> Iterator[Message]:
    """Yield what errors say that a page can show: the texts among the arguments, two are one and many."""
    for call in calls_of_errors(ast.parse(code)):
        texts = [text.value for text in call.args if isinstance(text, ast.Constant) and is_message(text.value)]
        if texts:
            yield texts[0] if len(texts) == 1 else (texts[0], texts[1])


def calls_of_errors(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield where errors are made: by their name, or from within by `super().__init__`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and node.name in NEVER_ON_A_PAGE:
            continue
        if isinstance(node, ast.Call) and (name_of(node.func) in names_of_errors() or is_own_init(node.func)):
            yield node
        yield from calls_of_errors(node)


def names_of_errors() -> set[str]:
    kinds = {**vars(errors), **vars(faults)}
    own = {name for name, kind in kinds.items() if isinstance(kind, type) and is_error(kind)}
    return (own | TELLERS) - NEVER_ON_A_PAGE - BY_A_CAUSE


def is_error(kind: type) -> bool:
    return issubclass(kind, (errors.FlattrError, faults.FlattrButtonError))


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def is_own_init(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "__init__"
        and isinstance(function.value, ast.Call)
        and name_of(function.value.func) == "super"
    )


def is_message(text: object) -> bool:
    """Tell messages from names, and from what only joins other messages: `%(address)s: %(fault)s`."""
    return isinstance(text, str) and " " in text and any(map(str.isalpha, PLACE.sub("", text)))


def template() -> Catalog:
    """Return a catalogue of all messages, without translations."""
    catalogue = Catalog()
    for message in messages():
        catalogue.add(message)
    return catalogue


def update(path: Path) -> None:
    """Bring a catalogue up to date: new messages come in untranslated, unsaid ones go, the head stays."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem)
    catalogue.update(template(), no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False)
    with path.open("wb") as file:
        write_po(file, catalogue, width=0, no_location=True, sort_output=True, ignore_obsolete=True)


if __name__ == "__main__":
    for code in languages():
        if code != "en":
            update(FOLDER / f"{code}.po")
