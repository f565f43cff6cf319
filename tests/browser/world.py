"""A real receiver, a real mail server and the two example blogs, built by their plugins, on free ports."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from flattr_button import SiteKey, ThingsList
from receiver.actions.close_month import close_month
from receiver.actions.mint_click_token import mint_click_token
from receiver.actions.record_clicks import Receipt, click_on_page
from receiver.actions.register_site import register_site
from receiver.actions.set_pledge import set_pledge
from receiver.actions.sign_in import enter_code, request_code
from receiver.actions.state_month import state_earnings
from receiver.actions.take_payment import take_payment
from receiver.actions.use_recovery_code import make_recovery_codes, use_recovery_code
from receiver.actions.verify_site import approve_site
from receiver.app import build_app, build_parts
from receiver.domain.device import Device
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.settings import Settings
from receiver.web.parts import Parts
from tests.fakes.smtp import MailServer, free_port
from tests.receiver.cast import at

ROOT = Path(__file__).resolve().parents[2]
PELICAN = [sys.executable, "-m", "pelican", "content", "-s", "pelicanconf.py", "-o"]
DESK = Device("Firefox", "Linux")
MKDOCS = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-f", "mkdocs.yml", "-d"]


@dataclass
class RequestLog:
    """Notes what is asked of a server: (method, path)."""

    app: ASGIApp
    requests: list[tuple[str, str]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.requests.append((scope["method"], scope["path"]))
        await self.app(scope, receive, send)


@dataclass
class Reader:
    user: User
    session: str


@dataclass
class BuiltBlog:
    """A blog as its generator wrote it; `thing_tokens` are on its pages, in order of their addresses."""

    url: str
    key: SiteKey
    folder: Path

    @property
    def thing_tokens(self) -> tuple[str, ...]:
        return ThingsList.parse((self.folder / ".well-known/flattr.json").read_bytes()).tokens


@dataclass
class World:
    folder: Path
    url: str
    mails: MailServer
    now: datetime
    parts: Parts = field(init=False)
    log: RequestLog = field(init=False)

    def sign_in(self, email: str, *, device: Device = DESK) -> Reader:
        """Let somebody exist without a browser."""
        parts = self.parts
        secret = request_code(
            parts.db, parts.keys, parts.mailer, email=email, return_to="/me", receiver=self.url, now=self.now
        )
        code = self.mails.code_for(email)
        signed_in = enter_code(parts.db, parts.keys, browser=secret, code=code, now=self.now, device=device)
        return Reader(signed_in.user, signed_in.session)

    def strong(self, reader: Reader) -> Reader:
        """Let somebody go on in a strong session, by a recovery code."""
        db, now = self.parts.db, self.now
        code = make_recovery_codes(db, session=reader.session, now=now)[0]
        signed_in = use_recovery_code(db, code=code, session=reader.session, device=Device(), now=now)
        return Reader(signed_in.user, signed_in.session)

    def funded(self, email: str, *, pledge: int, funds: int) -> Reader:
        """Sign a reader in who has pledged and paid so many cents."""
        reader, parts = self.sign_in(email), self.parts
        set_pledge(parts.db, parts.rules, reader=reader.user, amount=Micros(pledge * 10_000), now=self.now)
        self.pays(reader, funds)
        return reader

    def pays(self, reader: Reader, cents: int) -> None:
        take_payment(
            self.parts.db,
            self.parts.rail("play"),
            reader=reader.user,
            amount=Micros(cents * 10_000),
            reference=f"{reader.user.email} {self.now} {cents}",
            now=self.now,
        )

    def click(self, reader: Reader, token: str) -> Receipt:
        parts = self.parts
        click_token = mint_click_token(
            parts.keys, session=reader.session, reader=reader.user, token=token, now=self.now
        )
        return click_on_page(
            parts.db,
            parts.keys,
            reader=reader.user,
            session=reader.session,
            token=token,
            click_token=click_token,
            now=self.now,
        )

    def register(self, email: str, address: str, title: str, *, is_approved: bool = True) -> SiteKey:
        parts, owner = self.parts, self.sign_in(email).user
        key = register_site(parts.db, parts.keys, owner=owner, address=address, title=title, now=self.now)
        if is_approved:
            approve_site(parts.db, site=key.site, now=self.now)
        return key

    def site_of(self, reader: Reader) -> str:
        """Return the number of somebody's first site."""
        earnings = state_earnings(self.parts.db, self.parts.rules, creator=reader.user, now=self.now)
        return earnings.sites[0].id

    def close(self, month: Month) -> None:
        close_month(self.parts.db, self.parts.rules, month, now=self.now)

    @property
    def presses(self) -> int:
        """How often a confirm button was pressed, by anybody."""
        return self.log.requests.count(("POST", "/f"))


@contextmanager
def running_world(folder: Path, *, now: datetime | None = None, host: str = "127.0.0.1") -> Iterator[World]:
    """Run a receiver; passkeys need another host than the number, `localhost`."""
    with ExitStack() as stack:
        mails = stack.enter_context(MailServer())
        port = free_port()
        world = World(folder, f"http://{host}:{port}/", mails, now or at("2026-11-21T10:00"))
        settings = Settings(
            public_url=world.url,
            data_dir=folder / "data",
            smtp_url=mails.url,
            operators="otto@receiver.example olga@receiver.example",
            close_automatically=False,
        )
        settings.data_dir.mkdir()
        world.parts = build_parts(settings, clock=lambda: world.now)
        stack.callback(world.parts.db.close)
        world.log = RequestLog(build_app(world.parts))
        stack.enter_context(_served(world.log, port))
        yield world


@contextmanager
def pelican_blog(world: World) -> Iterator[BuiltBlog]:
    """Build Carla's blog and serve it under another host than the receiver's."""
    with _static_server(world.folder / "pelican") as url:
        key = world.register("carla@writes.example", url, "Crumbs and Crates")
        _build(world, key, [*PELICAN, str(world.folder / "pelican")], "pelican-blog", {"SITEURL": url.rstrip("/")})
        yield BuiltBlog(url, key, world.folder / "pelican")


@contextmanager
def mkdocs_blog(world: World) -> Iterator[BuiltBlog]:
    """Build Cem's notebook and serve it under another host than the receiver's."""
    with _static_server(world.folder / "mkdocs") as url:
        key = world.register("cem@writes.example", url, "Cem’s Notebook")
        _build(world, key, [*MKDOCS, str(world.folder / "mkdocs")], "mkdocs-blog", {"SITE_URL": url})
        yield BuiltBlog(url, key, world.folder / "mkdocs")


def _build(world: World, key: SiteKey, command: list[str], example: str, about: dict[str, str]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FLATTR_")}
    environment |= about | {"FLATTR_URL": world.url, "FLATTR_SITE_KEY": key.text(), "PYTHONPATH": str(ROOT / "plugins")}
    done = subprocess.run(
        command, cwd=ROOT / "examples" / example, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def _served(app: ASGIApp, port: int) -> Iterator[None]:
    config = uvicorn.Config(app, port=port, http="httptools", access_log=False, log_level="warning", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive(), "the receiver did not start"
        assert time.monotonic() < deadline, "the receiver did not start in ten seconds"
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def _static_server(folder: Path) -> Iterator[str]:
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        # Another host than 127.0.0.1 is another site to the browser, as it is in life.
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_args: Any) -> None:
        pass
