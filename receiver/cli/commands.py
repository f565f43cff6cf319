"""Every command on one screen: `flattr-receiver --help`."""

import gc
import logging
import os
import signal
import sys
from pathlib import Path

import click
import uvicorn

from receiver.actions.check_books import check_books
from receiver.actions.close_month import close_month_stepwise
from receiver.actions.export_month import export_month
from receiver.actions.find_user import find_user
from receiver.actions.keep_passkeys import forget_proofs
from receiver.actions.list_waiting_sites import list_waiting_sites
from receiver.actions.pay_out import pay_out, withdraw_cut
from receiver.actions.reindex_directory import reindex_directory
from receiver.actions.state_month import state_books, state_creator_month, state_reader_month
from receiver.actions.take_payment import refund_payment, take_payment
from receiver.actions.verify_site import approve_site, withdraw_site
from receiver.app import (
    build_app,
    build_parts,
    keep_house,
    keep_house_in_a_process,
    open_database,
    require_books,
)
from receiver.cli.terminal import (
    connections_max,
    errors_told,
    listening_socket,
    open_parts,
    place_of_books,
    print_table,
    show_progress,
)
from receiver.domain.month import Month
from receiver.settings import load_settings
from receiver.web.statement_tables import balance_table, creator_table, reader_table
from receiver.web.straight import StraightProtocol

GC_THRESHOLDS = (50_000, 20, 20)
NICENESS = 5  # of housekeeping: clicks go first

as_csv_option = click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
rail_option = click.option(
    "--rail", default="hand", show_default=True, help="hand; on your own machine also play, for play money."
)
reference_option = click.option(
    "--reference", required=True, help="What names this movement for ever, such as the line of the bank statement."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="selfhosted-flattr")
def main() -> None:
    """Run and look after a receiver.

    Settings come from FLATTR_… variables or the file flattr.env in this folder; docs/settings.md lists them.
    """


@main.command()
@errors_told
def serve() -> None:
    """Run the receiver until stopped; in an empty folder, begin a new one."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = load_settings()
    with listening_socket(settings.host, settings.port) as listening:
        parts = build_parts(settings)
        parts.db.claim()
        gc.freeze()  # what was imported stays; and with the usual thresholds a tenth of the time goes into looking
        gc.set_threshold(*GC_THRESHOLDS)
        # uvicorn stops gently and then sends itself the signal again; this lets the books be closed after that.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            click.echo(f"{settings.name} is at {settings.public_url} (listening on {settings.host}:{settings.port})")
            click.echo(f"its books are in {place_of_books(settings)}")
            # No access log: who opened which button is reading history.
            config = uvicorn.Config(
                build_app(parts, keep_house_in_a_process), http=StraightProtocol, access_log=False, server_header=False,
                proxy_headers=False, log_level="warning",
                limit_concurrency=connections_max(), timeout_graceful_shutdown=10,
            )  # fmt: skip
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            parts.db.close()


@main.command("keep-house")
@errors_told
def keep_house_now() -> None:
    """Do what is due once, as the running receiver does every ten minutes: close past months, forget old history."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    os.nice(NICENESS)
    with open_parts() as parts:
        keep_house(parts)


@main.command()
@errors_told
def migrate() -> None:
    """Bring the schema of the database to the newest version; `serve` does so too, where it may.

    On PostgreSQL it needs FLATTR_DATABASE_OWNER_URL, and also makes the first tables and the application's rights.
    """
    settings = load_settings()
    db = open_database(settings)
    try:
        if not settings.database_url:
            require_books(settings, db)
        db.migrate()
        click.echo(f"the schema of {place_of_books(settings)} is the newest")
    finally:
        db.close()


@main.command()
@click.argument("email")
@click.argument("amount")
@reference_option
@rail_option
@errors_told
def payment(email: str, amount: str, reference: str, rail: str) -> None:
    """Book money that came in from a reader: cash, or a line of the bank statement."""
    with open_parts() as parts:
        micros = parts.rules.currency.parse(amount)
        reader = find_user(parts.db, email)
        is_new = take_payment(
            parts.db, parts.rail(rail), reader=reader, amount=micros, reference=reference, now=parts.clock()
        )
        click.echo(f"{_booked(is_new)} {parts.rules.currency.show(micros)} from {reader.email}")


@main.command()
@click.argument("email")
@click.argument("amount")
@reference_option
@rail_option
@errors_told
def refund(email: str, amount: str, reference: str, rail: str) -> None:
    """Book unspent funds that you paid back to a reader."""
    with open_parts() as parts:
        micros = parts.rules.currency.parse(amount)
        reader = find_user(parts.db, email)
        is_new = refund_payment(
            parts.db, parts.rail(rail), parts.rules.currency,
            reader=reader, amount=micros, reference=reference, now=parts.clock(),
        )  # fmt: skip
        click.echo(f"{_booked(is_new)} {parts.rules.currency.show(micros)} back to {reader.email}")


@main.command()
@click.argument("email")
@click.argument("amount", required=False)
@reference_option
@rail_option
@errors_told
def payout(email: str, amount: str | None, reference: str, rail: str) -> None:
    """Book what you paid a creator; without an amount, all that is payable."""
    with open_parts() as parts:
        creator = find_user(parts.db, email)
        paid = pay_out(
            parts.db, parts.rail(rail), parts.rules,
            creator=creator, amount=parts.rules.currency.parse(amount) if amount else None,
            reference=reference, now=parts.clock(),
        )  # fmt: skip
        click.echo(f"{_booked(paid.is_new)} {parts.rules.currency.show(paid.amount)} paid to {creator.email}")


@main.command()
@click.argument("amount")
@reference_option
@rail_option
@errors_told
def withdraw(amount: str, reference: str, rail: str) -> None:
    """Book that you took some of the cut out."""
    with open_parts() as parts:
        micros = parts.rules.currency.parse(amount)
        is_new = withdraw_cut(
            parts.db, parts.rail(rail), parts.rules, amount=micros, reference=reference, now=parts.clock()
        )
        click.echo(f"{_booked(is_new)} {parts.rules.currency.show(micros)} of the cut withdrawn")


@main.command("forget-proofs")
@click.argument("email")
@errors_told
def forget_proofs_of(email: str) -> None:
    """Take the passkeys and recovery codes of somebody who lost them; they make new ones after the next sign-in."""
    with open_parts() as parts:
        user = find_user(parts.db, email)
        forget_proofs(parts.db, user=user)
        click.echo(f"{user.email} has no passkey and no recovery code any more, and is signed out everywhere")


@main.group()
def site() -> None:
    """Approve sites that wait, or take an approval back."""


@site.command("waiting")
@errors_told
def waiting_sites() -> None:
    """List sites whose owner is not verified yet."""
    with open_parts() as parts:
        for waiting in list_waiting_sites(parts.db):
            click.echo(f"{waiting.site.id}  {waiting.site.scope}  {waiting.site.title}  ({waiting.owner_email})")


@site.command("approve")
@click.argument("site_id")
@errors_told
def approve(site_id: str) -> None:
    """Vouch that a site is its creator's."""
    with open_parts() as parts:
        known = approve_site(parts.db, site=site_id, now=parts.clock())
        click.echo(f"{known.scope} is verified")


@site.command("withdraw")
@click.argument("site_id")
@errors_told
def withdraw_approval(site_id: str) -> None:
    """Take a verification back; what is clicked from now on waits again."""
    with open_parts() as parts:
        known = withdraw_site(parts.db, site=site_id, now=parts.clock())
        click.echo(f"{known.scope} is no longer verified")


@main.command()
@click.argument("month")
@errors_told
def close(month: str) -> None:
    """Close a month that is over (2026-09): split every pot and book every share.  Safe to repeat."""
    with open_parts() as parts:
        closing = Month.parse(month)
        show_progress(str(closing), close_month_stepwise(parts.db, parts.rules, closing, now=parts.clock()))
        check_books(parts.db)
        click.echo(f"{closing} is closed, books balanced")


@main.command()
@errors_told
def reindex() -> None:
    """Write the words by which the directory finds things anew; needed after no update, but harmless."""
    with open_parts() as parts:
        done = max(reindex_directory(parts.db), default=0)
        click.echo(f"the words of {done} things are written anew")


@main.command()
@click.argument("month")
@click.argument("folder", type=click.Path(path_type=Path))
@errors_told
def export(month: str, folder: Path) -> None:
    """Write what the close of a month works on, or what it settled, as Parquet; docs/audit.md.  Keep it private."""
    with open_parts() as parts:
        exported = export_month(parts.db, parts.rules, Month.parse(month), folder, now=parts.clock())
        for table, rows in exported.rows_by_table.items():
            click.echo(f"{exported.place / table}.parquet: {rows} rows")
        click.echo("this is who gave what to whom; keep it to yourself")


@main.group()
def statement() -> None:
    """Print the statement of a reader or a creator for a month."""


@statement.command("reader")
@click.argument("email")
@click.argument("month")
@as_csv_option
@errors_told
def reader_statement(email: str, month: str, as_csv: bool) -> None:  # noqa: FBT001 - click passes it by name
    """What a reader gave, and to what."""
    with open_parts() as parts:
        reader = find_user(parts.db, email)
        statement = state_reader_month(parts.db, parts.rules, reader=reader, month=Month.parse(month))
        print_table(reader_table(statement, parts.rules.currency), as_csv=as_csv)


@statement.command("creator")
@click.argument("email")
@click.argument("month")
@as_csv_option
@errors_told
def creator_statement(email: str, month: str, as_csv: bool) -> None:  # noqa: FBT001 - click passes it by name
    """What a creator's things got."""
    with open_parts() as parts:
        creator = find_user(parts.db, email)
        statement = state_creator_month(parts.db, creator=creator, month=Month.parse(month))
        print_table(creator_table(statement, parts.rules.currency), as_csv=as_csv)


@main.command("trial-balance")
@as_csv_option
@errors_told
def trial_balance(as_csv: bool) -> None:  # noqa: FBT001 - click passes it by name
    """All places where money is, by kind; they sum to zero."""
    with open_parts() as parts:
        print_table(balance_table(state_books(parts.db), parts.rules.currency), as_csv=as_csv)


@main.command()
@errors_told
def check() -> None:
    """Try every invariant of the books; exit 4 if one does not hold."""
    with open_parts() as parts:
        for invariant in check_books(parts.db):
            click.echo(f"ok  {invariant.name.replace('_', ' ')}")
        click.echo(f"in {place_of_books(parts.settings)}, on {parts.db.versions()}:")
        click.echo("books balanced")


def _booked(is_new: bool) -> str:  # noqa: FBT001 - the one thing it is told
    return "booked" if is_new else "was booked before, nothing changed:"
