"""A receiver that is really served, sites that are registered there, and folders as a generator leaves them."""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flattr_button import Blog, SiteKey
from flattr_button.things_list import WELL_KNOWN_PATH
from flattr_tool.command import main
from receiver.app import build_parts
from receiver.settings import load_settings
from tests.fakes.mail import Outbox
from tests.fakes.served_receiver import ServedReceiver, free_port
from tests.receiver.cast import Stage

NOBODY = "http://127.0.0.1:9/"  # the port of `discard`, on which nobody listens
KEY = SiteKey("carlablog2", 1, b"5ca1ab1e" * 8)
SCOPE = "https://carla.example/blog/"


@dataclass
class Receiver:
    """A served receiver; `stage` opens its books beside it, as a command of the operator does."""

    served: ServedReceiver
    folder: Path
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return self.environment["FLATTR_PUBLIC_URL"] + "/"

    @contextmanager
    def stage(self) -> Iterator[Stage]:
        parts = build_parts(load_settings(self.environment, file=self.folder / "flattr.env"), mailer=Outbox())
        try:
            assert isinstance(parts.mailer, Outbox)
            yield Stage(parts.db, parts.keys, parts.mailer, now=datetime.now(UTC))
        finally:
            parts.db.close()

    def registers(self, email: str, scope: str, *, is_approved: bool = True) -> SiteKey:
        with self.stage() as stage:
            return stage.person(email).registers(scope, is_approved=is_approved).key

    def blog(self, scope: str, *, is_approved: bool = True) -> Blog:
        """Return a blog of somebody new."""
        email = f"carla{abs(hash(scope))}@writes.example"
        return Blog(self.registers(email, scope, is_approved=is_approved), self.url, scope)


@pytest.fixture(scope="session")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    folder, port = tmp_path_factory.mktemp("receiver"), free_port()
    environment = {
        "FLATTR_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "FLATTR_DATA_DIR": str(folder / "data"),
        "FLATTR_CLOSE_AUTOMATICALLY": "no",
    }
    with ServedReceiver(folder, environment, port=port) as served:
        served.start()
        yield Receiver(served, folder, environment)


@dataclass
class Site:
    """A folder as a generator with our plugin leaves it."""

    folder: Path
    blog: Blog
    tokens: list[str] = field(default_factory=list)

    def post(self, slug: str, *, title: str = "", button: str | None = None, head: str = "", **about: Any) -> str:
        """Write the page of a post and return its token; `button`: what stands there instead of the button."""
        thing = self.blog.sign_post(url=f"{self.blog.scope}{slug}/", title=title or f"About {slug}", **about)
        shown = str(thing.button) if button is None else button
        self.write(f"{slug}/index.html", f"<title>{slug}</title>{thing.head_link}{head}<p>Text.</p><p>{shown}</p>")
        self.tokens.append(thing.token)
        return thing.token

    def write(self, path: str, content: str | bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def finish(self) -> "Site":
        self.write(WELL_KNOWN_PATH, self.blog.list_of(self.tokens))
        return self


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site of two posts whose receiver is nowhere."""
    site = Site(tmp_path / "public", Blog(KEY, NOBODY, SCOPE))
    site.post("rye")
    site.post("oats")
    site.write("index.html", "<p>All posts.</p>")
    return site.finish()


@dataclass(frozen=True)
class Said:
    """How a run of the command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document

    @property
    def kinds(self) -> set[str]:
        """Return the kinds of all findings but those that tell what was left undone."""
        findings = [*self.document["problems"], *self.document["notes"], *self.document["not_found_out"]]
        return {finding["kind"] for finding in findings} - {"receiver-not-asked", "signatures-not-checked"}


@pytest.fixture
def flattr(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run the command in this process, with a key in its environment or none."""

    def run(*arguments: Any, key: SiteKey | str | None = None, **environment: str) -> Said:
        if key is not None:
            environment["FLATTR_SITE_KEY"] = key.text() if isinstance(key, SiteKey) else key
        out = io.StringIO()
        capsys.readouterr()
        try:
            code = main(_texts(arguments), environment=environment, out=out)
        except SystemExit as end:  # argparse
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Said(code, out.getvalue() + printed.out, printed.err)

    return run


def _texts(arguments: Sequence[Any]) -> list[str]:
    return [str(argument) for argument in arguments]
