"""New presses of buttons, as whole HTTP requests in a file that `send.lua` reads: never one pair twice."""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from bench.books import PUBLIC_URL
from bench.world import Clicker, World
from flattr_button import ApplicationClick
from receiver.actions.mint_click_token import mint_click_token

BATCH: Final = 50
_STRIDE: Final = 7  # neighbours in time press different things too


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to click: what a request with these pairs of clicker and thing looks like."""

    name: str
    clicks: int  # of a request
    request: Callable[[World, list[tuple[Clicker, str]]], bytes]


class Presses:
    """Every pair of clicker and thing of a world, each once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._next = 0

    def write(self, path: Path, kind: Kind, *, requests: int) -> None:
        """Write the next requests; those that `spend` is not told of are written again next time."""
        with path.open("wb") as file:
            for number in range(requests):
                first = self._next + number * kind.clicks
                request = kind.request(self._world, [self._pair(first + more) for more in range(kind.clicks)])
                file.write(b"%d\n%b" % (len(request), request))

    @property
    def left(self) -> int:
        """Return how many pairs were not pressed yet."""
        return len(self._world.clickers) * len(self._world.buttons) - self._next

    def spend(self, clicks: int) -> None:
        self._next += clicks

    def _pair(self, number: int) -> tuple[Clicker, str]:
        clickers, buttons = self._world.clickers, self._world.buttons
        turn, reader = divmod(number, len(clickers))
        assert turn < len(buttons), "the world has no new pair left; give it more things"
        return clickers[reader], buttons[(turn + _STRIDE * reader) % len(buttons)]


def _webhook(world: World, pairs: list[tuple[Clicker, str]]) -> bytes:  # noqa: ARG001 - a form needs it
    body = json.dumps({"clicks": [_signed(clicker, button) for clicker, button in pairs]}).encode()
    return _post("/webhooks/clicks", body, "Content-Type: application/json\r\n")


def _form(world: World, pairs: list[tuple[Clicker, str]]) -> bytes:
    ((clicker, button),) = pairs
    click = mint_click_token(
        world.keys, session=clicker.session, reader=clicker.user, token=button, now=datetime.now(UTC)
    )
    headers = (
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Origin: {PUBLIC_URL.rstrip('/')}\r\nSec-Fetch-Site: same-origin\r\n"
        f"Cookie: flattr-session={clicker.session}\r\n"
    )
    return _post("/f", urlencode({"token": button, "click": click}).encode(), headers)


def _signed(clicker: Clicker, button: str) -> str:
    click = ApplicationClick(clicker.key.id, button, secrets.token_urlsafe(12), int(time.time()))
    return click.signed(clicker.key)


def _post(path: str, body: bytes, headers: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


SINGLE: Final = Kind("signed click", 1, _webhook)
MANY: Final = Kind(f"batch of {BATCH} signed clicks", BATCH, _webhook)
FORM: Final = Kind("form of the confirm page", 1, _form)
KINDS: Final = (SINGLE, MANY, FORM)
