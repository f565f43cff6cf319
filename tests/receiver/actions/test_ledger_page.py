"""docs/ledger.md: names everything there is, and works a month whose figures are computed here again."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from receiver.actions.check_books import INVARIANTS
from receiver.actions.state_month import state_books
from receiver.domain.ledger import MOVES_BY_KIND, EntryKind, PlaceKind
from receiver.domain.month import Month
from receiver.domain.thing import Thing
from receiver.store import entries, settlements, things
from tests.receiver.cast import EUR, Person, Stage, at

PAGE = (Path(__file__).parents[3] / "docs" / "ledger.md").read_text(encoding="utf-8")
AUGUST, SEPTEMBER = Month(2026, 8), Month(2026, 9)


@dataclass
class WorkedMonth:
    stage: Stage
    people: dict[str, Person]

    def named(self, place: str) -> str:
        """Write the owner's name for their number: `fresh:rosa`."""
        kind, _, owner = place.partition(":")
        names = {str(person.user.id): name for name, person in self.people.items()}
        return f"{kind}:{names[owner]}" if owner in names else place


@pytest.fixture
def worked(stage: Stage) -> WorkedMonth:
    """August, in which Cem earns; and the September of the page."""
    stage.now = at("2026-08-03")
    people = {name: stage.person(f"{name}@example.org") for name in ("ada", "rosa", "rui", "rita", "carla", "cem")}
    ada, rosa, rui, rita, carla, cem = people.values()
    bread, radio = carla.registers("https://bread.example/"), cem.registers("https://radio.example/")
    later = carla.registers("https://later.example/", is_approved=False)
    ada.pays("5.00")
    ada.pledges("5.00")
    ada.clicks(radio.post("valves"))
    stage.close(AUGUST)

    stage.now = at("2026-09-12")
    rosa.pays("12.00")
    rosa.pledges("10.00")
    rosa.clicks(*bread.posts("rye spelt"), radio.post("valves"), later.post("cake"))
    rosa.gives(radio.post("valves"), "1.00")
    rui.pledges("5.00")
    rui.clicks(bread.post("rye"))
    rita.pays("2.00")
    rita.pledges("2.00")
    rita.clicks(*bread.posts("rye spelt oats corn"), *radio.posts("valves coils tubes"))
    cem.reuses("4.50")
    cem.pays("2.00")
    cem.pledges("5.00")
    cem.clicks(*bread.posts("rye spelt"))
    stage.close(SEPTEMBER)
    stage.now = at("2026-10-10")
    carla.is_paid_out()
    return WorkedMonth(stage, people)


def table_under(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading of the page, without its head."""
    section = PAGE.partition(f"{heading}\n")[2]
    assert section, f"docs/ledger.md has no heading {heading!r}"
    rows = re.match(r"(?:[^|#]*\n)*?((?:\|.*\n)+)", section)
    assert rows, f"no table under {heading!r}"
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in rows[1].splitlines()[2:]]


def test_every_place_is_explained() -> None:
    assert [row[0] for row in table_under("## Places")] == [kind.value for kind in PlaceKind]


def test_every_kind_of_entry_is_explained_with_its_moves() -> None:
    rows = table_under("## Entries")

    assert [row[0] for row in rows] == [kind.value for kind in EntryKind]
    for kind, moves, *_ in rows:
        told = {tuple(move.split(" → ")) for move in moves.split(", ")}
        assert told == {(source.value, target.value) for source, target in MOVES_BY_KIND[EntryKind(kind)]}


def test_every_invariant_is_explained() -> None:
    rows = table_under("## Invariants")

    assert [row[0] for row in rows] == [invariant.__name__ for invariant in INVARIANTS]


def test_the_journal_of_the_worked_month(worked: WorkedMonth) -> None:
    with worked.stage.db.reading() as connection:
        lines = entries.journal(connection)
    journal = [
        [line.kind, str(line.month), worked.named(line.source), worked.named(line.target), EUR.digits(line.amount)]
        for line in lines
    ]

    assert table_under("### The journal") == [row for row in journal if row[1] != "2026-08"]


def test_the_readers_of_the_worked_month(worked: WorkedMonth) -> None:
    rows = []
    for name in ("rosa", "rui", "rita", "cem"):
        statement = worked.people[name].month(SEPTEMBER)
        rows.append(
            [
                name,
                EUR.digits(statement.pledge),
                str(statement.counting),
                EUR.digits(statement.fee - sum(gift.fee for gift in statement.gifts)),
                EUR.digits(statement.share),
                EUR.digits(statement.funds.total),
            ]
        )

    assert table_under("### Readers") == rows


def slug_of(thing: Thing) -> str:
    return thing.url.split("/")[3]


def test_the_things_of_the_worked_month(worked: WorkedMonth) -> None:
    with worked.stage.db.reading() as connection:
        rows = {
            slug_of(things.get(connection, row.thing)): [name, str(row.readers), EUR.digits(row.amount)]
            for name in ("carla", "cem")
            for row in settlements.things_of_creator(connection, SEPTEMBER, worked.people[name].user.id)
        }

    assert {row[0]: row[1:] for row in table_under("### Things")} == rows


def test_the_trial_balance_of_the_worked_month(worked: WorkedMonth) -> None:
    balance = [[line.label, EUR.digits(line.balance)] for line in state_books(worked.stage.db).lines]

    assert table_under("### The trial balance") == [*balance, ["sum", "0.00"]]
