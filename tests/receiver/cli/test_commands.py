"""The operator's commands, run as an operator runs them."""

import csv
import io
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from flattr_button import claim_for_post, sign
from receiver.actions.keep_passkeys import can_prove
from receiver.actions.open_button import verify_token
from receiver.actions.register_site import register_site
from receiver.actions.register_things import register_thing
from receiver.actions.set_pledge import set_pledge
from receiver.actions.sign_in import begin_session, user_of_session
from receiver.actions.take_payment import take_payment
from receiver.actions.use_recovery_code import make_recovery_codes
from receiver.actions.verify_site import approve_site
from receiver.app import build_parts
from receiver.cli import commands
from receiver.cli.commands import main
from receiver.domain.click import ClickSource
from receiver.domain.device import Device
from receiver.domain.errors import BooksBusy
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.settings import load_settings
from receiver.store import clicks, months, users
from receiver.store.turns import Turns

DOCS = Path(__file__).parents[3] / "docs"
MONTH = Month(2026, 9)
THEN = datetime(2026, 9, 5, tzinfo=UTC)


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """A receiver in which Rosa pledged 2 euros and clicked two posts of Carla's last September."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLATTR_PUBLIC_URL", "http://127.0.0.1:8000")
    parts = build_parts(load_settings())
    with parts.db.writing() as connection:
        rosa = users.add(connection, email="rosa@example.org", name="Rosa", now=THEN)
        carla = users.add(connection, email="carla@example.org", name="Carla", now=THEN)
    key = register_site(parts.db, parts.keys, owner=carla, address="blog.example", title="Crumbs", now=THEN)
    set_pledge(parts.db, parts.rules, reader=rosa, amount=Micros(2_000_000), now=THEN)
    with parts.db.writing() as connection:
        months.begin(connection, MONTH)
        for name in ("bread", "bees"):
            token = sign(claim_for_post(key, url=f"https://blog.example/{name}/", title=name), key)
            thing, _ = register_thing(connection, *verify_token(connection, parts.keys, token, THEN), THEN)
            row = clicks.ClickRow(MONTH, rosa.id, thing, ClickSource.PAGE, THEN)
            clicks.add(connection, row)
    # Approved in the month of the clicks; the command itself uses today's clock.
    approve_site(parts.db, site=key.site, now=THEN)
    yield parts
    parts.db.close()


def months_to_close() -> list[str]:
    """Return every month from that of the clicks to the last one."""
    now = Month.of(datetime.now(UTC))
    return [str(MONTH.plus(months)) for months in range(MONTH.months_until(now))]


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output
    return result.output


def test_a_month_by_command_from_payment_to_payout(parts):
    assert "booked 20.00 EUR" in run("payment", "rosa@example.org", "20.00", "--reference", "line 1")
    assert "was booked before" in run("payment", "rosa@example.org", "20.00", "--reference", "line 1")
    assert "2026-09 is closed, books balanced" in run("close", "2026-09")
    assert "2026-09 is closed" in run("close", "2026-09")

    rows = list(csv.DictReader(io.StringIO(run("statement", "reader", "rosa@example.org", "2026-09", "--csv"))))
    assert [row["amount"] for row in rows] == ["0.90", "0.90", "0.20", "2.00"]
    assert "1.80" in run("statement", "creator", "carla@example.org", "2026-09")
    assert run("trial-balance").splitlines()[-1].split() == ["sum", "0.00", "EUR"]
    assert run("check").endswith("books balanced\n")


def test_a_payout_below_the_minimum_is_refused_with_what_is_there(parts):
    run("payment", "rosa@example.org", "20.00", "--reference", "line 1")
    run("close", "2026-09")

    assert "payouts begin at 10.00 EUR; 1.80 EUR is payable" in run(
        "payout", "carla@example.org", "--reference", "p1", code=1
    )


def test_unspent_funds_are_paid_back_and_the_cut_withdrawn(parts):
    run("payment", "rosa@example.org", "20.00", "--reference", "line 1")
    run("close", "2026-09")

    assert "booked 18.00 EUR back" in run("refund", "rosa@example.org", "18.00", "--reference", "back 1")
    assert "0.00 EUR of rosa@example.org is unspent" in run(
        "refund", "rosa@example.org", "0.01", "--reference", "back 2", code=1
    )
    assert run("withdraw", "0.20", "--reference", "cut 1") == "booked 0.20 EUR of the cut withdrawn\n"
    run("check")


def test_a_reference_that_was_booked_is_said_to_be(parts, monkeypatch):
    monkeypatch.setenv("FLATTR_PAYOUT_MIN", "0.10")
    run("payment", "rosa@example.org", "20.00", "--reference", "line 1")
    run("close", "2026-09")
    again = "was booked before, nothing changed: "

    for arguments, booked in [
        (("refund", "rosa@example.org", "5.00", "--reference", "back 1"), "5.00 EUR back to rosa@example.org\n"),
        (("payout", "carla@example.org", "1.00", "--reference", "out 1"), "1.00 EUR paid to carla@example.org\n"),
        (("payout", "carla@example.org", "--reference", "out 2"), "0.80 EUR paid to carla@example.org\n"),
        (("withdraw", "0.20", "--reference", "cut 1"), "0.20 EUR of the cut withdrawn\n"),
    ]:
        assert run(*arguments) == f"booked {booked}"
        assert run(*arguments) == again + booked
    run("check")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["payment", "nobody@example.org", "5", "--reference", "x"], 1, "nobody with the address"),
        (["payment", "rosa@example.org", "5.001", "--reference", "x"], 2, "EUR has 2 decimals"),
        (["payment", "rosa@example.org", "5", "--reference", "x", "--rail", "gold"], 1, "there is no rail gold"),
        (["payment", "rosa@example.org", "5", "--reference", " "], 2, "a reference has"),
        (["close", "september"], 2, "write a month like 2026-09"),
        (["close", "9998-01"], 1, "close it after that"),
        (["export", "9998-01", "exports"], 1, "export it after that"),
        (["site", "approve", "nosuchsite"], 1, "there is no site"),
    ],
)
def test_a_refusal_names_the_remedy_and_exits_with_its_code(parts, arguments, code, sentence):
    assert sentence in run(*arguments, code=code)


def test_an_approval_can_be_taken_back(parts):
    assert run("site", "waiting") == ""
    with parts.db.reading() as connection:
        site = connection.exec_driver_sql("select id from sites").scalar_one()

    assert "2026-09 is over but not closed" in run("site", "withdraw", site, code=1)
    for month in months_to_close():
        run("close", month)
    run("site", "withdraw", site)
    assert "https://blog.example/" in run("site", "waiting")
    assert "is verified" in run("site", "approve", site)


def test_faulty_settings_stop_every_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLATTR_PUBLIC_URL", "http://flattr.example")

    assert "FLATTR_PUBLIC_URL" in run("check", code=2)


def test_only_serve_begins_a_receiver(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLATTR_PUBLIC_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("FLATTR_DATA_DIR", "mistyped")

    said = run("check", code=2)

    assert "there is no receiver in" in said
    assert "flattr-receiver serve" in said
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_gets_no_turn_at_its_end_has_done_its_work(parts, monkeypatch):
    """Another process takes the lock after the booking: what was booked is said, and nothing else."""

    @contextmanager
    def busy(_turns, **_others):
        raise BooksBusy
        yield

    def take_payment_and_lose_the_lock(*arguments, **named):
        is_new = take_payment(*arguments, **named)
        monkeypatch.setattr(Turns, "one", busy)
        return is_new

    monkeypatch.setattr(commands, "take_payment", take_payment_and_lose_the_lock)
    said = run("payment", "rosa@example.org", "20.00", "--reference", "line 1")
    monkeypatch.undo()

    assert said == "booked 20.00 EUR from rosa@example.org\n"


def test_every_command_is_documented():
    text = (DOCS / "operating.md").read_text()

    for name, command in main.commands.items():
        for path in [f"{name} {sub}" for sub in getattr(command, "commands", {})] or [name]:
            assert re.search(rf"`(flattr-receiver|…) {path}\b", text), path


def test_who_lost_passkey_and_codes_begins_again(parts):
    now = datetime.now(UTC)
    with parts.db.writing() as connection:
        rosa = users.get_by_email(connection, "rosa@example.org")
        session = begin_session(connection, rosa, device=Device(), now=now)
    make_recovery_codes(parts.db, session=session, now=now)
    assert can_prove(parts.db, user=rosa)

    assert "rosa@example.org has no passkey" in run("forget-proofs", "rosa@example.org")

    assert not can_prove(parts.db, user=rosa)
    assert user_of_session(parts.db, session, now) is None
    run("forget-proofs", "nobody@example.org", code=1)
