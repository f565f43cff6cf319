"""The doors: what `flattr check`, `flattr register` and `flattr key` take, say and exit with."""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO

from flattr_button import BadSiteKey, BadUrl, FlattrButtonError, SiteKey, site_key_from_environment
from flattr_button.blog import KEY_PREFIX
from flattr_button.faults import ReceiverSilent
from flattr_tool.built_site import NoList, NoOutput
from flattr_tool.check import check_site
from flattr_tool.findings import Report
from flattr_tool.inspect_key import inspect_key
from flattr_tool.listed import Wanted
from flattr_tool.register import Difference, Registration, utc_now

FINE: Final = 0
PROBLEMS: Final = 1
MISUSED: Final = 2
TRY_AGAIN: Final = 3

COMMANDS: Final = ("check", "register", "key")
SHOWN_MAX: Final = 20  # lines of one kind; a new blog has a thousand new things
EXIT_CODES: Final = "exits with 0 if all is fine, 1 if there is a problem, 2 if it was misused, 3 to be tried again"


class Misused(Exception):
    """The command lacks something; give it what the message names."""


class _Parser(argparse.ArgumentParser):
    """Never repeats a key that somebody has put on the command line."""

    def error(self, message: str) -> NoReturn:
        if KEY_PREFIX in message:
            message = (
                "a site key was given as an argument, where others can see it; put it into FLATTR_SITE_KEY or a file, "
                "and have the receiver make a new one"
            )
        super().error(message)


def main(
    arguments: Sequence[str] | None = None, *, environment: Mapping[str, str] = os.environ, out: TextIO | None = None
) -> int:
    """Run one command; return its exit code."""
    out = out or sys.stdout
    asked = _parser().parse_args(arguments)
    try:
        code: int = asked.run(asked, environment, out)
    except (Misused, NoOutput, BadUrl) as error:
        return _told(asked, out, error, MISUSED)
    except ReceiverSilent as error:
        return _told(asked, out, error, TRY_AGAIN)
    except (FlattrButtonError, NoList) as error:
        return _told(asked, out, error, PROBLEMS)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="flattr", description="Check and register the buttons of a built blog.", epilog=EXIT_CODES)
    commands = parser.add_subparsers(required=True, metavar=" | ".join(COMMANDS))
    check = _command(commands, "check", _check, "look at every file of a built site, and ask its receiver")
    check.add_argument("output", type=Path, help="the folder that your generator writes to")
    check.add_argument("--receiver", metavar="URL", help="the receiver that the site must be built for")
    check.add_argument("--site-url", metavar="URL", help="the address that the site must be built for")
    check.add_argument("--offline", action="store_true", help="ask nobody over the network")
    register = _command(commands, "register", _register, "tell the receiver of new and changed posts")
    register.add_argument("output", type=Path, help="the folder that your generator writes to")
    register.add_argument("--yes", action="store_true", help="send without asking")
    register.add_argument("--dry-run", action="store_true", help="show the difference and send nothing")
    key = _command(commands, "key", _key, "tell of a site key all that is no secret")
    key.add_argument("--file", metavar="FILE", help="a file with the key, instead of the environment")
    return parser


def _command(commands: Any, name: str, run: Any, about: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about, epilog=EXIT_CODES)
    command.add_argument("--json", action="store_true", help="answer for machines")
    command.set_defaults(run=run)
    return command


def _check(asked: argparse.Namespace, environment: Mapping[str, str], out: TextIO) -> int:
    wanted = Wanted.of(_key_or_none(environment), receiver=asked.receiver, site_url=asked.site_url)
    report = check_site(asked.output, wanted, is_offline=asked.offline)
    code = PROBLEMS if report.problems else TRY_AGAIN if report.silence else FINE
    if asked.json:
        _print_json(out, report.as_json() | {"exit_code": code})
    else:
        _print_report(report, out)
    return code


def _print_report(report: Report, out: TextIO) -> None:
    for findings in (report.problems, report.notes):
        for kind, of_kind in groupby(sorted(findings, key=lambda finding: finding.kind), key=lambda f: f.kind):
            _print_some([finding.line() for finding in sorted(of_kind)], f"of {kind}; --json tells all", out)
    for finding in report.silence:
        print(f"try again: {finding.message}", file=out)
    print(
        f"{_many(report.posts, 'post')} on the list, {_many(report.buttons, 'button')} on pages,"
        f" {_many(report.files, 'file')} looked at: {_many(len(report.problems), 'problem')},"
        f" {_many(len(report.notes), 'note')}",
        file=out,
    )


def _register(asked: argparse.Namespace, environment: Mapping[str, str], out: TextIO) -> int:
    key = _key_or_none(environment)
    if key is None:
        raise Misused("set FLATTR_SITE_KEY or FLATTR_SITE_KEY_FILE; without the key nothing can be registered")
    registration = Registration(asked.output, key)
    difference = registration.difference(utc_now())
    claims = difference.to_send()
    if not asked.json:
        _print_difference(difference, registration.listing.receiver, out)
    is_sent = bool(claims) and not asked.dry_run and _is_agreed(asked, len(claims), out)
    sent, refused = 0, list[str]()
    if is_sent:
        for progress in registration.send(claims):
            sent, refused = progress.things, [*refused, *progress.refused]
            if not asked.json:
                print(f"sent {sent} of {len(claims)}", file=out, flush=True)
    code = PROBLEMS if refused else FINE
    if asked.json:
        _print_json(out, _as_json(difference) | {"sent": sent, "refused": refused, "exit_code": code})
    else:
        for refusal in refused:
            print(_printable(f"problem: {refusal}"), file=out)
        if not claims:
            print("nothing to send", file=out)
    return code


def _is_agreed(asked: argparse.Namespace, count: int, out: TextIO) -> bool:
    if asked.yes:
        return True
    if asked.json or not sys.stdin.isatty():
        raise Misused("nobody is there to ask; say --yes to send, or --dry-run to see the difference only")
    print(f"send {_many(count, 'thing')}? [y/N] ", end="", file=out, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _print_difference(difference: Difference, receiver: str, out: TextIO) -> None:
    new = [f"new        {claim.url}  {claim.title}" for claim in difference.new]
    changed = [
        f"changed    {change.claim.url}  {change.claim.title}"
        + ("" if change.old_title is None else f"  (was: {change.old_title})")
        for change in difference.changed
    ]
    gone = [f"gone       {address}" for address in difference.gone]
    for lines in (new, changed, gone):
        _print_some(lines, "of these; --json tells all", out)
    print(
        f"{receiver}: {len(new)} new, {len(changed)} changed, {difference.unchanged} unchanged,"
        f" {len(gone)} gone (which stay as they are there)",
        file=out,
    )


def _as_json(difference: Difference) -> dict[str, Any]:
    return {
        "new": [{"url": claim.url, "title": claim.title} for claim in difference.new],
        "changed": [
            {"url": change.claim.url, "title": change.claim.title, "old_title": change.old_title}
            for change in difference.changed
        ],
        "unchanged": difference.unchanged,
        "gone": list(difference.gone),
    }


def _key(asked: argparse.Namespace, environment: Mapping[str, str], out: TextIO) -> int:
    if asked.file is not None:
        environment = {"FLATTR_SITE_KEY_FILE": asked.file}
    key = site_key_from_environment(environment)
    if key is None:
        raise Misused("there is no key to inspect; set FLATTR_SITE_KEY or FLATTR_SITE_KEY_FILE, or name a --file")
    is_in_file = not environment.get("FLATTR_SITE_KEY", "").strip()
    facts = inspect_key(key, Path(environment["FLATTR_SITE_KEY_FILE"].strip()) if is_in_file else None)
    if asked.json:
        _print_json(out, facts.as_json() | {"exit_code": FINE})
        return FINE
    print(f"site         {facts.site}", file=out)
    print(f"generation   {facts.generation}", file=out)
    print("checksum     fits", file=out)
    print(f"fingerprint  {facts.fingerprint}", file=out)
    if facts.is_open:
        print("note: others on this machine can read the file; chmod 600 keeps it to you", file=out)
    return FINE


def _key_or_none(environment: Mapping[str, str]) -> SiteKey | None:
    """Raises Misused: a damaged key is a fault of the call, not of the site."""
    try:
        return site_key_from_environment(environment)
    except BadSiteKey as error:
        raise Misused(str(error)) from None


def _told(asked: argparse.Namespace, out: TextIO, error: Exception, code: int) -> int:
    if asked.json:
        _print_json(out, {"error": str(error), "exit_code": code})
    print(f"flattr: {_printable(str(error))}", file=sys.stderr)
    return code


def _print_json(out: TextIO, document: Mapping[str, Any]) -> None:
    print(json.dumps(document, indent=1, sort_keys=True), file=out)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _print_some(lines: list[str], of_what: str, out: TextIO) -> None:
    for line in lines[:SHOWN_MAX]:
        print(_printable(line), file=out)
    if len(lines) > SHOWN_MAX:
        print(f"and {len(lines) - SHOWN_MAX} more {of_what}", file=out)


def _printable(text: str) -> str:
    """Return text of strangers as a terminal may show it."""
    return "".join(character if character.isprintable() else " " for character in text)
