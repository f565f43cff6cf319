"""The stage with its doors open: the whole application, without a network."""

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from receiver.actions.commit_clicks import ClickCommitter
from receiver.app import build_app
from receiver.gateways.messages import PublicMessageSender
from receiver.gateways.rails import ByHand, play_money
from receiver.settings import Settings
from receiver.web.parts import Parts
from tests.fakes.pages import Names, Pages, Records
from tests.receiver.cast import RECEIVER, Person, Stage
from tests.receiver.web.browser import Browser


@pytest.fixture
def pages() -> Pages:
    """What can be fetched from the open network."""
    return Pages()


@pytest.fixture
def records() -> Records:
    """What the name servers say."""
    return Records()


@pytest.fixture
def parts(stage: Stage, pages: Pages, records: Records, tmp_path: Path) -> Parts:
    settings = Settings(
        public_url=RECEIVER, data_dir=tmp_path, operators="otto@receiver.example", smtp_url="smtp://127.0.0.1:1"
    )
    return Parts(
        settings=settings,
        db=stage.db,
        keys=stage.keys,
        clicks=ClickCommitter(stage.db, stage.keys),
        mailer=stage.outbox,
        fetcher=pages,
        sender=PublicMessageSender(resolve=Names({})),
        records=records,
        rails={"hand": ByHand(), "play": play_money()},
        clock=lambda: stage.now,
    )


@pytest.fixture
def app(parts: Parts) -> ASGIApp:
    return build_app(parts)


@pytest.fixture
def visit(app: ASGIApp) -> Callable[[], Browser]:
    return lambda: Browser(app)


@pytest.fixture
def anybody(app: ASGIApp) -> Browser:
    return Browser(app)


@pytest.fixture
def rosas(app: ASGIApp, rosa: Person) -> Browser:
    return Browser(app).of(rosa)


@pytest.fixture
def carlas(app: ASGIApp, carla: Person) -> Browser:
    return Browser(app).of(carla)


@pytest.fixture
def otto(stage: Stage) -> Person:
    """Operates; proved that it is him, or he would see none of the operator's pages."""
    return stage.person("otto@receiver.example").proves()


@pytest.fixture
def ottos(app: ASGIApp, otto: Person) -> Browser:
    return Browser(app).of(otto)
