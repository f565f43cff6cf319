"""What the close of a month works on, and what it settled, as Parquet for others to close it again."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from receiver.actions import export_month as exporting
from receiver.actions.close_month import close_month_stepwise
from receiver.actions.export_month import export_month
from receiver.actions.give import take_back_gift
from receiver.actions.subscribe import click_subscriptions
from receiver.domain.errors import BadInput, EarlierMonthOpen, MonthStillOpen, NotInstalled, NotKnown
from receiver.domain.month import Month
from tests.receiver.cast import Stage, at

SEPTEMBER = Month(2026, 9)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "audit"


def exported(stage: Stage, folder: Path) -> Path:
    """Export September on the first of October; return its folder."""
    stage.now = max(stage.now, SEPTEMBER.end())
    export_month(stage.db, stage.rules, SEPTEMBER, folder, now=stage.now)
    return folder / "2026-09"


def rows(path: Path) -> list[tuple]:
    """Return the rows of a table without its month."""
    with duckdb.connect() as connection:
        return [row[1:] for row in connection.read_parquet(str(path)).fetchall()]


def micros_since_1970(instant: datetime) -> int:
    return int((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000


def test_the_inputs_of_a_close_are_clicks_things_pots_and_rules(stage, folder, rosa, rui, carla, cem, bread):
    cake = cem.registers("https://later.example/", is_approved=False).post("cake")
    rye = bread.post("rye")
    rosa.clicks(rye, cake)
    rui.undoes(rui.clicks(rye))
    cem.clicks(rye)
    inputs = exported(stage, folder) / "inputs"

    assert rows(inputs / "clicks.parquet") == [
        (rosa.user.id, rye.thing),
        (rosa.user.id, cake.thing),
        (cem.user.id, rye.thing),
    ]
    assert {
        (rye.thing, carla.user.id, None, micros_since_1970(at("2026-09-03"))),
        (cake.thing, cem.user.id, None, None),
    } <= set(rows(inputs / "things.parquet"))
    assert rows(inputs / "pots.parquet") == [(rosa.user.id, 10_000_000, 0, 10_000_000), (cem.user.id, 0, 0, 0)]
    assert rows(inputs / "rules.parquet") == [(micros_since_1970(at("2026-10-01")), 1_000)]


def test_a_click_that_was_carried_and_made_anew_is_exported_once(stage, folder, rosa, cem):
    waiting = cem.registers("https://later.example/", is_approved=False).post("cake")
    stage.now = at("2026-08-03")
    rosa.clicks(waiting)
    stage.close(Month(2026, 8))
    rosa.clicks(waiting)

    assert rows(exported(stage, folder) / "inputs" / "clicks.parquet") == [(rosa.user.id, waiting.thing)]


def test_pots_are_exported_as_the_gifts_of_the_month_leave_them(stage, folder, rosa, rui, bread, radio):
    valves, rye = radio.post("valves"), bread.post("rye")
    rosa.clicks(valves)
    rui.clicks(rye)
    rosa.gives(valves, "1.00")
    rosa.gives(rye, "2.00")  # its site is withdrawn, so it lapses
    take_back_gift(stage.db, reader=rosa.user, gift=rosa.gives(valves, "3.00"), now=stage.now)
    bread.is_withdrawn()

    pots = rows(exported(stage, folder) / "inputs" / "pots.parquet")

    assert pots[0] == (rosa.user.id, 10_000_000, 0, 9_000_000)


@pytest.mark.parametrize("are_clicked", [False, True])
def test_what_subscriptions_click_is_exported_before_and_after_they_do(are_clicked, stage, folder, rosa, rui, bread):
    stage.now = at("2026-08-03")
    rye, oats = bread.posts("rye oats")
    for reader in (rosa, rui):
        reader.clicks(rye, oats)
        reader.subscribes(rye)
        reader.subscribes(oats)
    stage.close(Month(2026, 8))
    rosa.undoes(rosa.clicks(oats))
    if are_clicked:
        list(click_subscriptions(stage.db, SEPTEMBER, now=stage.now))

    assert rows(exported(stage, folder) / "inputs" / "clicks.parquet") == [
        (rosa.user.id, rye.thing),
        (rui.user.id, rye.thing),
        (rui.user.id, oats.thing),
    ]


@pytest.mark.parametrize("step", ["gifts", "readers", "things", "creators"])
def test_a_close_that_was_cut_off_is_exported_as_it_was_before(step, stage, folder, rosa, rui, bread, radio):
    rye, oats, valves = *bread.posts("rye oats"), radio.post("valves")
    rosa.clicks(rye, oats, valves)
    rui.clicks(rye)
    rosa.gives(valves, "1.23")
    before = exported(stage, folder) / "inputs"

    next(done for done in close_month_stepwise(stage.db, stage.rules, SEPTEMBER, now=stage.now) if done.step == step)
    after = exported(stage, folder.with_name("again")) / "inputs"

    assert {path.name: rows(path) for path in before.iterdir()} == {path.name: rows(path) for path in after.iterdir()}


def test_a_closed_month_exports_what_it_settled(stage, folder, rosa, rui, carla, bread):
    rye, oats, corn = bread.posts("rye oats corn")
    rosa.clicks(rye, oats, corn)
    rui.clicks(rye)
    stage.close(SEPTEMBER)
    settled = exported(stage, folder) / "settled"

    assert rows(settled / "readers.parquet") == [
        (rosa.user.id, 10_000_000, 0, 9_000_000, 1_000_000, 3_000_000, 3),
        (rui.user.id, 5_000_000, 0, 0, 0, 0, 1),
    ]
    assert rows(settled / "things.parquet") == [(page.thing, carla.user.id, 1, 3_000_000) for page in (rye, oats, corn)]


def test_the_size_of_a_chunk_does_not_show(stage, folder, rosa, rui, bread, radio, monkeypatch):
    rye, oats, valves = *bread.posts("rye oats"), radio.post("valves")
    rosa.clicks(rye, oats, valves)
    rui.clicks(rye, valves)
    in_one, in_many = folder, folder.with_name("many")

    for place, size in ((in_one, 1_000), (in_many, 1)):
        monkeypatch.setattr(exporting, "USERS_PER_CHUNK", size)
        monkeypatch.setattr(exporting, "ROWS_PER_CHUNK", size)
        exported(stage, place)
    stage.close(SEPTEMBER)
    for place, size in ((in_one, 1_000), (in_many, 1)):
        monkeypatch.setattr(exporting, "ROWS_PER_CHUNK", size)
        exported(stage, place)

    names = sorted(path.relative_to(in_one) for path in in_one.rglob("*.parquet"))
    assert len(names) == 8
    assert [rows(in_many / name) for name in names] == [rows(in_one / name) for name in names]


def test_only_its_owner_can_look_into_an_export(stage, folder, rosa, bread):
    rosa.clicks(bread.post("rye"))
    month = exported(stage, folder)

    assert {path: oct(path.stat().st_mode & 0o777) for path in (folder, month, month / "inputs")} == dict.fromkeys(
        (folder, month, month / "inputs"), "0o700"
    )
    assert {oct(path.stat().st_mode & 0o777) for path in (month / "inputs").iterdir()} == {"0o600"}


def test_a_folder_that_others_can_look_into_is_refused(stage, folder):
    folder.mkdir(mode=0o755)

    with pytest.raises(BadInput, match=f"chmod 700 {folder}"):
        exported(stage, folder)


def test_an_export_is_never_written_over(stage, folder, rosa, bread):
    rye, oats = bread.posts("rye oats")
    rosa.clicks(rye)
    clicks = exported(stage, folder) / "inputs" / "clicks.parquet"
    stage.now = at("2026-09-30")
    rosa.clicks(oats)

    with pytest.raises(BadInput, match="name another folder"):
        exported(stage, folder)
    assert rows(clicks) == [(rosa.user.id, rye.thing)]


def test_what_an_export_that_was_killed_left_is_written_anew(stage, folder, rosa, bread):
    rosa.clicks(bread.post("rye"))
    left_over = folder / "2026-09" / "inputs.unfinished" / "scratch"
    folder.mkdir(mode=0o700)
    left_over.parent.parent.mkdir(mode=0o700)
    left_over.mkdir(parents=True)

    assert [path.name for path in exported(stage, folder).iterdir()] == ["inputs"]


def test_an_export_that_cannot_be_written_leaves_nothing(stage, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(BadInput, match="name another folder"):
        exported(stage, tmp_path / "file" / "audit")


def test_without_duckdb_the_extra_is_named(stage, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)

    with pytest.raises(NotInstalled, match=r"pip install 'selfhosted-flattr\[audit\]'"):
        exported(stage, folder)
    assert not folder.exists()


def test_a_month_that_runs_is_not_exported(stage, folder):
    with pytest.raises(MonthStillOpen, match="runs until 2026-10-01 00:00 UTC; export it after that"):
        export_month(stage.db, stage.rules, SEPTEMBER, folder, now=at("2026-09-30"))


def test_a_month_after_one_that_is_not_closed_is_not_exported(stage, folder, rosa, bread):
    rosa.clicks(bread.post("rye"))

    with pytest.raises(EarlierMonthOpen, match="close 2026-09 before 2026-10"):
        export_month(stage.db, stage.rules, Month(2026, 10), folder, now=at("2026-11-01"))


def test_a_month_before_anything_happened_is_not_exported(stage, folder, rosa, bread):
    rosa.clicks(bread.post("rye"))

    with pytest.raises(NotKnown, match="nothing happened here before 2026-09"):
        export_month(stage.db, stage.rules, Month(2026, 8), folder, now=at("2026-10-01"))
