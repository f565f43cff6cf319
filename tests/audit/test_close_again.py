"""Random months, closed by the receiver and closed again on DuckDB and Spark: the same bytes."""

import ast
import re
import shutil
import sys
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from receiver.actions.export_month import export_month
from receiver.domain.month import Month
from tests.audit.conftest import AUDIT, Months, script
from tests.receiver.cast import Blog, Person, Stage

SEPTEMBER = Month(2026, 9)
TABLES = ("readers", "things", "teams")
OURS = {"months", "on_duckdb"}


def csvs(months: Months, implementation: str) -> dict[str, bytes]:
    return {
        f"{folder.name} {table}": (folder / implementation / f"{table}.csv").read_bytes()
        for folder in months.folders
        for table in TABLES
    }


def test_duckdb_settles_every_month_to_the_bytes_of_the_receiver(on_duckdb):
    assert csvs(on_duckdb, "duckdb") == csvs(on_duckdb, "settled")


def test_spark_settles_every_month_to_the_bytes_of_the_receiver(on_spark):
    assert csvs(on_spark, "spark") == csvs(on_spark, "settled")


def test_the_months_hold_all_that_can_happen_to_a_click(months):
    counts = f"""
        select
            count(*) filter (verified_at_us is null) as site_not_verified,
            count(*) filter (verified_at_us >= ends_at_us) as verified_too_late,
            count(*) filter (creator = reader) as own
        from {_all(months, "inputs", "clicks")}
        join {_all(months, "inputs", "things")} using (month, thing)
        join {_all(months, "inputs", "rules")} using (month)
    """
    cases = months.cases | _counted(counts)

    assert {name: cases[name] for name in cases if cases[name] < 3} == {}
    assert {"undone", "subscribed", "carried", "carried and clicked again", "carried and withdrawn"} <= cases.keys()
    assert {"gift", "gift that lapsed", "cut off after gifts", "cut off after readers"} <= cases.keys()


def test_the_months_hold_all_that_can_happen_to_a_team(months):
    counts = f"""
        select
            count(*) filter (members > 2 and whole > 0) as of_three_or_more,
            count(*) filter (whole % parts_of_all > 0) as with_rest,
            count(*) filter (nobody > 0) as somebody_gets_nothing
        from (
            select count(*) as members, sum(parts) as parts_of_all, sum(micros) as whole,
                count(*) filter (micros = 0) as nobody
            from {_all(months, "settled", "teams")} group by month, team
        )
    """
    clicks = f"""
        select count(*) as of_a_member
        from {_all(months, "inputs", "clicks")}
        join {_all(months, "inputs", "things")} using (month, thing)
        join {_all(months, "inputs", "teams")} using (month, team)
        where member = reader and member <> creator
    """
    cases = _counted(counts) | _counted(clicks)

    assert {name: times for name, times in cases.items() if times < 3} == {}
    assert months.cases["gift to a team"] > 3


def test_the_months_hold_all_that_can_happen_to_a_pot(months):
    counts = f"""
        select
            count(*) filter (pledge = 0) as without_pledge,
            count(*) filter (pledge > 0 and earned_micros + fresh_micros = 0) as without_funds,
            count(*) filter (share = 0 and least(pledge, earned_micros + fresh_micros) > 0) as less_than_things,
            count(*) filter (from_earned > 0 and from_fresh = 0) as all_earned,
            count(*) filter (from_earned > 0 and from_fresh > 0) as partly_earned,
            count(*) filter (share > 0 and fee = 0 and from_fresh > 0) as without_fee,
            count(*) filter (fee > 0) as with_fee,
            count(*) filter (pledge > 9000000000000 and from_fresh > 4000000000000) as huge,
            count(*) filter (share > 0 and share < 1000) as tiny,
            count(*) filter (
                share > 0 and from_earned + from_fresh + fee < least(pledge, earned_micros + fresh_micros)
            ) as with_rest
        from {_all(months, "settled", "readers")} join {_all(months, "inputs", "pots")} using (month, reader)
    """
    cases = _counted(counts)

    assert {name: times for name, times in cases.items() if times < 3} == {}


@pytest.mark.parametrize(
    ("rule", "mistake"),
    [
        ("verified_at_us < rules", "verified_at_us <= rules"),
        ("things.verified_at_us < rules.ends_at_us", "true"),
        (" and things.creator <> clicks.reader", ""),
        (" and teams.member is null", ""),
        ("order by lost desc, member", "order by lost, member"),
        ("order by lost desc, member", "order by lost desc, member desc"),
        ("order by lost desc, member", "order by member"),
        ("place <= left_over", "false"),
        ("shared.micros * teams.parts", "shared.micros"),
        ("least(pots.pledge_micros, pots.earned_micros + pots.fresh_micros)", "pots.pledge_micros"),
        ("least(pots.pledge_micros, pots.earned_micros) as earned", "0 as earned"),
        ("(pot - earned) * fee", "pot * fee"),
        ("floor_div((pot - earned) * fee_basis_points, 10000)", "round((pot - earned) * fee_basis_points / 10000.0)"),
        ("floor_div(pot - fee_of_pot, things)", "floor_div(pot - fee_of_pot + things - 1, things)"),
        ("case when share > 0 then fee_of_pot else 0 end", "fee_of_pot"),
        ("count(*) as things", "count(*) + 1 as things"),
        ("where settled_readers.share > 0", ""),
    ],
)
def test_a_rule_told_wrongly_is_found_in_some_month(rule, mistake, on_duckdb, tmp_path):
    audit, months = tmp_path / "audit", tmp_path / "months"
    shutil.copytree(AUDIT, audit)
    shutil.copytree(on_duckdb.folders[0].parent, months)
    close = audit / "close.sql"
    assert rule in close.read_text()
    close.write_text(close.read_text().replace(rule, mistake))
    folders = sorted(months.iterdir())

    script(audit / "on_duckdb.py", folders)

    assert re.search(r"^  (reader|thing|team \d+ member) \d+: ", script("compare.py", folders, code=1), re.M)


@pytest.fixture
def september(stage: Stage, rosa: Person, rui: Person, bread: Blog, tmp_path: Path) -> Path:
    """A month of Rosa, Rui and Carla's blog: closed, exported before and after, and closed again."""
    rye, oats, corn = bread.posts("rye oats corn")
    rosa.clicks(rye, oats, corn)
    rui.clicks(rye)
    stage.now = SEPTEMBER.end()
    export_month(stage.db, stage.rules, SEPTEMBER, tmp_path / "audit", now=stage.now)
    stage.close(SEPTEMBER)
    export_month(stage.db, stage.rules, SEPTEMBER, tmp_path / "audit", now=stage.now)
    folder = tmp_path / "audit" / "2026-09"
    script("on_duckdb.py", [folder])
    return folder


@pytest.mark.parametrize(
    ("table", "fault", "sentence"),
    [
        (
            "readers",
            "* replace (if(reader = 1, share + 1, share) as share) from readers",
            "reader 1: share is 3000001 at the receiver, 3000000 on duckdb",
        ),
        ("readers", "* from readers where reader > 1", "reader 1: settled by duckdb, not by the receiver"),
        ("readers", "* from readers where reader < 2", "reader 2: settled by duckdb, not by the receiver"),
        (
            "readers",
            "* replace (reader + 1 as reader) from readers",
            "reader 3: settled by the receiver, not by duckdb",
        ),
        (
            "things",
            "* replace (2 as creator) from things",
            "thing 2: creator is 2 at the receiver, 3 on duckdb",
        ),
        ("things", "* from things where false", "thing 2: settled by duckdb, not by the receiver"),
    ],
)
def test_a_fault_planted_in_what_was_settled_is_named(table, fault, sentence, september):
    path = september / "settled" / f"{table}.parquet"
    with duckdb.connect() as connection:
        connection.read_parquet(str(path)).create_view(table)
        connection.sql(f"select {fault}").write_parquet(str(path.with_suffix(".new")))
    path.with_suffix(".new").rename(path)

    said = script("compare.py", [september], code=1)

    assert f"differs  {september}/duckdb/{table}.csv" in said
    assert f"  {sentence}\n" in said


def test_what_is_equal_is_said_to_be(september):
    said = script("compare.py", [september])

    assert [line for line in said.splitlines() if line.startswith("equal")] == [
        f"equal    {september}/duckdb/{table}.csv" for table in TABLES
    ]


def test_the_canonical_csv_has_these_columns(september):
    script("compare.py", [september])

    assert (september / "settled" / "readers.csv").read_text() == (
        "month,reader,pledge,from_earned,from_fresh,fee,share,things\n"
        "2026-09,1,10000000,0,9000000,1000000,3000000,3\n"
        "2026-09,2,5000000,0,0,0,0,1\n"
    )
    assert (september / "settled" / "things.csv").read_text().startswith("month,thing,creator,readers,micros\n")


@pytest.mark.parametrize(
    ("name", "missing", "remedy"),
    [
        ("on_duckdb.py", "inputs", "before 2026-09 is closed run: flattr-receiver export 2026-09"),
        ("compare.py", "settled", "after 2026-09 is closed run: flattr-receiver export 2026-09"),
        ("compare.py", "duckdb", "run: python audit/on_duckdb.py"),
    ],
)
def test_what_is_missing_is_told_with_the_remedy(name, missing, remedy, september):
    shutil.rmtree(september / missing)

    assert remedy in script(name, [september], code=1)


def test_a_folder_named_by_another_month_is_refused(september):
    october = september.rename(september.with_name("2026-10"))

    assert "name the folder 2026-09" in script("on_duckdb.py", [october], code=1)


def test_what_closes_again_shares_no_code_with_the_receiver():
    imported = {
        name for path in AUDIT.glob("*.py") for node in ast.walk(ast.parse(path.read_text())) for name in _modules(node)
    }

    assert imported - set(sys.stdlib_module_names) == OURS | {"duckdb", "pyspark"}


def test_the_second_close_knows_whole_numbers_only():
    code = re.sub(r"--.*", "", (AUDIT / "close.sql").read_text())

    assert re.findall(r"/|\bdiv\b|\d\.\d|double|decimal|float|round", code) == []


def _all(months: Months, part: str, table: str) -> str:
    """Return, as SQL, a table of all months."""
    return f"read_parquet('{months.folders[0].parent}/*/{part}/{table}.parquet') as {table}"


def _counted(query: str) -> Counter[str]:
    with duckdb.connect() as connection:
        result = connection.execute(query)
        names = [column[0] for column in result.description]
        (counts,) = result.fetchall()
    return Counter(dict(zip(names, counts, strict=True)))


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    return [node.module.partition(".")[0]] if isinstance(node, ast.ImportFrom) and node.module else []
