"""Say things in a terminal: tables, progress, errors with their exit code."""

import resource
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from itertools import chain, groupby
from typing import Any, Final, ParamSpec

import click
from sqlalchemy import make_url

from flattr_button import FlattrButtonError
from receiver.actions.close_month import Progress
from receiver.app import build_parts, open_database, require_books
from receiver.domain.errors import BadSettings, FlattrError
from receiver.settings import Settings, load_settings
from receiver.web.answers import answer_of
from receiver.web.parts import Parts
from receiver.web.statement_tables import Table, csv_text

CONNECTIONS_MAX: Final = 1_024
DESCRIPTORS_KEPT: Final = 128  # for the books, whose readers come and go, for mail, foreign pages and the log

Arguments = ParamSpec("Arguments")


@contextmanager
def open_parts() -> Iterator[Parts]:
    """Build the parts of the receiver that the settings name, and close the database after the command.

    Raises BadSettings if there is none: only `serve` begins one.
    """
    settings = load_settings()
    db = open_database(settings)
    try:
        require_books(settings, db)
        yield build_parts(settings, db)
    finally:
        db.close()


def place_of_books(settings: Settings) -> str:
    """Return where the books are, without the password that may stand in an address."""
    if settings.database_url:
        return make_url(settings.database_url).render_as_string(hide_password=True)
    return str(settings.data_dir.resolve())


def show_progress(what: str, steps: Iterable[Progress]) -> None:
    """Draw a bar for each step of a long deed that knows its end, on a terminal; elsewhere run it in silence."""
    for step, progress in groupby(steps, key=lambda progress: progress.step):
        first = next(progress)
        shown: Any = click.progressbar(
            length=first.end or 0, label=f"{what}: {step}", file=sys.stderr, show_pos=True,
            hidden=first.end is None or not sys.stderr.isatty(),
        )  # fmt: skip
        with shown as bar:
            at = 0
            for line in chain([first], progress):
                bar.update(line.at - at)
                at = line.at


def listening_socket(host: str, port: int) -> socket.socket:
    """Take the port before anything is said or begun.  Raises BadSettings."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        where = f"{host}:{port} ({str(error.strerror).partition(' (while')[0]})"
        raise BadSettings(
            [f"FLATTR_HOST, FLATTR_PORT: cannot listen on {where}; set another, or stop what does"]
        ) from None


def connections_max() -> int:
    """Return how many visitors may be connected at once: as many as the system gives files for, 1,024 at most.

    Most systems give a process 1,024 files and more if it asks, so it asks; whoever comes beyond is told to come again.
    """
    wanted = CONNECTIONS_MAX + DESCRIPTORS_KEPT
    given, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if given != resource.RLIM_INFINITY and given < wanted:
        given = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (given, most))
    is_enough = given == resource.RLIM_INFINITY or given >= wanted
    return CONNECTIONS_MAX if is_enough else max(1, given - DESCRIPTORS_KEPT)


def errors_told(command: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Tell an error of ours in a sentence and exit with the code of its class."""

    @wraps(command)
    def told(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (FlattrError, FlattrButtonError) as error:
            click.echo(f"flattr-receiver: {error}", err=True)
            sys.exit(answer_of(error).exit_code)

    return told


def print_table(table: Table, *, as_csv: bool) -> None:
    """Print a table: aligned for people, CSV for programs."""
    if as_csv:
        click.echo(csv_text(table), nl=False)
        return
    widths = [max(len(row[i]) for row in (table.header, *table.rows)) for i in range(len(table.header))]
    for row in (table.header, *table.rows):
        cells = [
            cell.rjust(width) if name in ("amount", "balance", "number", "readers") else cell.ljust(width)
            for cell, width, name in zip(row, widths, table.header, strict=True)
        ]
        click.echo("  ".join(cells).rstrip())
