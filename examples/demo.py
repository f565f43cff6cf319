"""`make demo`: two blogs, a receiver, a closed month and an open one, with play money.

Everything is the real thing: Pelican and MkDocs build the blogs, people sign in and click over HTTP, the operator's
commands are run as an operator runs them.  Only the clock is ours: last month's clicks are made last month.
With `--check` it runs on free ports without a person, and exits 0 if the story comes true.
"""

import argparse
import functools
import http.server
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import uvicorn
from scripted_browser import ScriptedBrowser

from receiver.actions.find_user import find_user
from receiver.actions.list_waiting_sites import list_waiting_sites
from receiver.actions.state_month import state_reader_month
from receiver.actions.verify_site import approve_site
from receiver.app import build_app, build_parts, wall_clock
from receiver.domain.month import Month
from receiver.gateways.mail import ConsoleMailer
from receiver.settings import Settings, load_settings
from receiver.web.parts import Parts

HERE = Path(__file__).parent
HOME = HERE.parent / ".demo"
ROSA, RUI, ANA, BEN = "rosa@example.org", "rui@example.org", "ana@example.org", "ben@example.org"
CARLA, CEM, OTTO = "carla@example.org", "cem@example.org", "otto@example.org"


class DemoClock:
    """The wall clock, or a moment in the past."""

    def __init__(self) -> None:
        self.past: datetime | None = None

    def __call__(self) -> datetime:
        return self.past or wall_clock()


class Letters(io.StringIO):
    """Where the demo's mails go: kept for the scripted people, and shown once a person is to read them."""

    is_shown = False

    def write(self, text: str) -> int:
        if self.is_shown:
            sys.stdout.write(text)
            sys.stdout.flush()
        return super().write(text)

    def newest_code(self) -> str:
        return re.findall(r"^    (\d{4} \d{4})$", self.getvalue(), re.M)[-1]


class Demo:
    """The stage: settings, clock, letters, and where the blogs are."""

    def __init__(self, home: Path, ports: list[int]) -> None:
        self.home = home
        self.receiver_url, self.pelican_url, self.mkdocs_url = (f"http://127.0.0.1:{port}" for port in ports)
        self.ports = ports
        self.environment = {
            "FLATTR_PUBLIC_URL": self.receiver_url,
            "FLATTR_PORT": str(ports[0]),
            "FLATTR_DATA_DIR": str(home / "receiver"),
            "FLATTR_OPERATORS": OTTO,
            "FLATTR_NAME": "Flattr demo",
        }
        self.settings: Settings = load_settings(self.environment, file=home / "flattr.env")
        self.clock = DemoClock()
        self.letters = Letters()
        self.browsers: dict[str, ScriptedBrowser] = {}
        self.recovery_codes: list[str] = []  # Otto's

    def signed_in(self, email: str) -> ScriptedBrowser:
        """Return a person's browser, signed in with the code that came by mail."""
        if email not in self.browsers:
            browser = self.browsers[email] = ScriptedBrowser()
            browser.open(f"{self.receiver_url}/sign-in")
            browser.send("/sign-in", email=email)
            browser.send("/sign-in/code", code=self.letters.newest_code())
        return self.browsers[email]

    def operator(self, *arguments: str) -> str:
        """Run a command as the operator does, beside the running receiver."""
        run = subprocess.run(
            [sys.executable, "-m", "receiver", *arguments],
            env=os.environ | self.environment, cwd=self.home, text=True, capture_output=True, check=False,
        )  # fmt: skip
        if run.returncode:
            raise RuntimeError(f"flattr-receiver {' '.join(arguments)} exited {run.returncode}: {run.stderr}")
        return run.stdout.rstrip()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="run the story without a person and exit")
    is_check = arguments.parse_args().check
    home = HOME / "check" if is_check else HOME / "run"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    demo = Demo(home, _ports(is_check))
    parts = build_parts(demo.settings, clock=demo.clock, mailer=ConsoleMailer(demo.letters))
    try:
        with _served(parts, demo.ports[0]):
            _tell(demo, parts)
            if not is_check:
                _stay(demo)
    finally:
        parts.db.close()


def _tell(demo: Demo, parts: Parts) -> None:
    month = Month.of(wall_clock()).plus(-1)
    demo.clock.past = month.start() + timedelta(days=4, hours=9)
    print(f"1. Carla and Cem register their blogs and build them ({month} is played back)")
    buttons = _blogs_with_buttons(demo, parts)
    print(f"   {len(buttons)} posts carry a signed button")

    print("2. Readers pledge, pay with play money, and click")
    _read(demo, RUI, pledge="2.00", paid="2.00", buttons=buttons[:2])
    _read(demo, ROSA, pledge="5.00", paid="20.00", buttons=buttons[:10])
    _read(demo, ANA, pledge="10.00", paid="10.00", buttons=buttons[:4])
    _read(demo, BEN, pledge="3.00", paid="3.00", buttons=buttons[1:8])

    print("3. The month closes")
    demo.clock.past = None
    demo.browsers.clear()  # last month's sessions may have ended
    print(f"   {demo.operator('close', str(month))}")
    for email in (RUI, ROSA):
        print(_share_line(parts, email, month))
    print(demo.operator("trial-balance"))
    _see_statements(demo, month)

    print("4. This month is open")
    _read(demo, ROSA, buttons=buttons[2:9])
    _read(demo, RUI, paid="2.00", buttons=buttons[5:8])
    print(demo.operator("check").splitlines()[-1])


def _blogs_with_buttons(demo: Demo, parts: Parts) -> list[str]:
    """Register, build, serve and verify both blogs; return the address behind each button, blogs by turns."""
    pelican_key = _register(demo, CARLA, demo.pelican_url, "Crumbs and Crates")
    mkdocs_key = _register(demo, CEM, demo.mkdocs_url, "Cem's Notebook")
    pelican, mkdocs = demo.home / "pelican-blog", demo.home / "mkdocs-blog"
    _build(
        demo, ["pelican", str(HERE / "pelican-blog/content"), "-s", str(HERE / "pelican-blog/pelicanconf.py"),
               "-o", str(pelican), "--fatal", "errors"],
        {"SITEURL": demo.pelican_url, "FLATTR_SITE_KEY": pelican_key},
    )  # fmt: skip
    _build(
        demo, ["mkdocs", "build", "--strict", "--quiet", "-f", str(HERE / "mkdocs-blog/mkdocs.yml"), "-d", str(mkdocs)],
        {"SITE_URL": demo.mkdocs_url, "FLATTR_SITE_KEY": mkdocs_key},
    )  # fmt: skip
    lists = []
    for folder, port, url in ((pelican, demo.ports[1], demo.pelican_url), (mkdocs, demo.ports[2], demo.mkdocs_url)):
        _serve_folder(folder, port)
        lists.append(_buttons(folder, url))
    for waiting in list_waiting_sites(parts.db):  # by the action: the command would approve today, not last month
        approve_site(parts.db, site=waiting.site.id, now=demo.clock())
    return [button for pair in zip(*lists, strict=False) for button in pair] + lists[0][len(lists[1]) :]


def _register(demo: Demo, email: str, address: str, title: str) -> str:
    browser = demo.signed_in(email)
    browser.open(f"{demo.receiver_url}/creator")
    page = browser.send("/creator/sites", address=address, title=title)
    return re.search(r"fsk1_[a-z2-7]{10}_1_[0-9a-f]{64}_[0-9a-f]{8}", page)[0]  # type: ignore[index]


def _build(demo: Demo, command: list[str], environment: dict[str, str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", *command],
        env=os.environ | {"FLATTR_URL": demo.receiver_url} | environment,
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    if run.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{run.stdout}\n{run.stderr}")


def _buttons(folder: Path, url: str) -> list[str]:
    """Open each page of a blog over HTTP, as a reader does, and return the addresses behind the buttons."""
    reader = ScriptedBrowser()
    found: list[str] = []
    for page in sorted(folder.rglob("*.html")):
        reader.open(f"{url}/{quote(page.relative_to(folder).as_posix())}")
        found += reader.links("flattr-button")
    return found


def _read(demo: Demo, email: str, *, buttons: list[str], pledge: str = "", paid: str = "") -> None:
    """Let a reader pledge, pay and click what is behind the buttons."""
    browser = demo.signed_in(email)
    if pledge:
        browser.open(f"{demo.receiver_url}/me")
        browser.send("/me/pledge", other=pledge)
    if paid:
        reference = f"{email} {demo.clock():%Y-%m-%d}"
        demo.operator("payment", email, paid, "--rail", "play", "--reference", reference)
    for button in buttons:
        browser.open(button)
        browser.send("/f")


def _share_line(parts: Parts, email: str, month: Month) -> str:
    """Say what a pot was divided into, computed from the reader's settled statement."""
    reader = find_user(parts.db, email)
    statement = state_reader_month(parts.db, parts.rules, reader=reader, month=month)
    show = parts.rules.currency.show
    return f"{show(statement.taken)}, {statement.counting} clicks: {show(statement.share)} each"


def _see_statements(demo: Demo, month: Month) -> None:
    """Open what each person would look at now; a page that fails stops the demo."""
    demo.signed_in(ROSA).open(f"{demo.receiver_url}/me/{month}")
    demo.signed_in(CARLA).open(f"{demo.receiver_url}/creator/{month}")
    _proven(demo, OTTO).open(f"{demo.receiver_url}/operator")


def _proven(demo: Demo, email: str) -> ScriptedBrowser:
    """Return a person's browser in a strong session: they have recovery codes made, and use the first."""
    browser = demo.signed_in(email)
    browser.open(f"{demo.receiver_url}/me/account")
    page = browser.send("/me/account/recovery-codes")
    demo.recovery_codes = re.findall(r"<li>([0-9A-Z]{5}(?:-[0-9A-Z]{5}){3})</li>", page)
    browser.open(f"{demo.receiver_url}/sign-in/recovery-code")
    browser.send("/sign-in/recovery-code", code=demo.recovery_codes.pop())
    return browser


def _stay(demo: Demo) -> None:
    demo.letters.is_shown = True
    print(f"""
Open  {demo.receiver_url}   the receiver
      {demo.pelican_url}   Carla's blog (Pelican)
      {demo.mkdocs_url}   Cem's blog (MkDocs)

Sign in with one of these addresses; the code that would come by mail is printed here:
      {ROSA}    reads, pledges 5.00 a month
      {CARLA}   writes the Pelican blog
      {OTTO}    operates the receiver; what he sees wants a recovery code as well, once each:
                          {demo.recovery_codes[0]}  {demo.recovery_codes[1]}

Press Ctrl-C to stop.  Everything is in {demo.home} and is made anew by the next `make demo`.
""")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print("\nbye")


@contextmanager
def _served(parts: Parts, port: int) -> Iterator[None]:
    server = uvicorn.Server(
        uvicorn.Config(build_app(parts), host="127.0.0.1", port=port, http="httptools", log_level="warning")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the receiver did not start")
        time.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=20)


def _serve_folder(folder: Path, port: int) -> None:
    handler = functools.partial(_QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Say nothing: the terminal is for the letters."""


def _ports(is_check: bool) -> list[int]:
    """Return the ports people know from the README, or free ones if they are taken or this is a check."""
    wanted = [8000, 8001, 8002]
    if not is_check and all(_is_free(port) for port in wanted):
        return wanted
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in wanted]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


if __name__ == "__main__":
    main()
