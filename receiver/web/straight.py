"""The way of signed clicks past ASGI, whose layers cost more than a click.

uvicorn's own protocol, but for one address: the clicks of a request are read as soon as its last byte is there, and the
answer is written when they are committed.  No task, no scope and no event is made in between.
What is unusual about a request (chunked, too long, upgraded, one of many in a pipeline) goes the usual way, to the same
result: `webhooks.clicks`.  docs/decisions/0012-many-clicks-one-commit.md says what this gains.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from flattr_button import FlattrButtonError
from receiver.actions.commit_clicks import ClickCommitter, all_of
from receiver.actions.record_clicks import Outcome
from receiver.domain.errors import FlattrError
from receiver.web.problems import known_to_machine, unknown_to_machine
from receiver.web.webhooks import CLICKS_PATH, answer_to_clicks, signed_clicks_of

BODY_BYTES_MAX: Final = 65_536  # some hundred clicks; reading more at once would let other requests wait
STATE_NAME: Final = "straight"

_PATH: Final = CLICKS_PATH.encode()
_JSON: Final = b"content-type: application/json\r\n"

Headers = list[tuple[bytes, bytes]]

log = logging.getLogger("receiver")


class StraightClicks:
    """What the protocol needs of the application: where clicks are recorded, and what every answer carries."""

    def __init__(self, committer: ClickCommitter, clock: Callable[[], datetime], headers: Headers) -> None:
        self.committer, self.clock, self.headers = committer, clock, headers


class _Straight:
    """A request on the straight way; to uvicorn it is a cycle like any other."""

    message_event: Final = asyncio.Event()  # nobody waits for it

    __slots__ = ("body", "disconnected", "keep_alive", "response_complete")

    def __init__(self, *, keep_alive: bool) -> None:
        self.keep_alive = keep_alive
        self.body: list[bytes] = []
        self.disconnected = False
        self.response_complete = False


class StraightProtocol(HttpToolsProtocol):
    """Answers `POST /webhooks/clicks` itself, and hands everything else to ASGI."""

    def __init__(self, *arguments: Any, **others: Any) -> None:
        super().__init__(*arguments, **others)
        self._clicks: StraightClicks | None = self.app_state.get(STATE_NAME)
        self._head: bytes = b""
        self._head_is_for: Headers | None = None

    def on_message_begin(self) -> None:
        self.url = b""
        self.expect_100_continue = False
        self.headers = []  # the scope is made only for who wants one

    def on_headers_complete(self) -> None:
        if self.url == _PATH and self._goes_straight():
            self.cycle = _Straight(keep_alive=self.parser.should_keep_alive())  # type: ignore[assignment]
            return
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        straight = self._straight()
        if straight is None:
            super().on_body(body)
        else:
            straight.body.append(body)

    def on_message_complete(self) -> None:
        straight = self._straight()
        if straight is None:
            super().on_message_complete()
        else:
            self._record(straight)

    def _straight(self) -> _Straight | None:
        cycle: Any = self.cycle
        return cycle if type(cycle) is _Straight else None

    def _goes_straight(self) -> bool:
        is_first = self.cycle is None or self.cycle.response_complete
        if self._clicks is None or not is_first or self.parser.get_method() != b"POST" or self.flow.write_paused:
            return False
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            return False
        named = dict(self.headers)
        if not named.keys().isdisjoint((b"transfer-encoding", b"upgrade", b"expect")):
            return False
        return self.parser.get_http_version() == "1.1" and int(named.get(b"content-length", -1)) <= BODY_BYTES_MAX

    def _record(self, straight: _Straight) -> None:
        clicks = self._clicks
        assert clicks is not None

        def done(outcomes: list[Outcome | None], error: Exception | None) -> None:
            if error is None:
                self._answer(straight, *answer_to_clicks(all_of(outcomes)))
            else:
                self._answer_error(straight, error)

        try:
            clicks.committer.record_soon(signed_clicks_of(b"".join(straight.body)), done, now=clicks.clock())
        except Exception as error:
            self._answer_error(straight, error)

    def _answer_error(self, straight: _Straight, error: Exception) -> None:
        if isinstance(error, FlattrError | FlattrButtonError):
            response = known_to_machine(error)
        else:
            log.error("%s on a click", type(error).__name__, exc_info=error)
            response = unknown_to_machine()
        own = [pair for pair in response.raw_headers if pair[0] != b"content-length"]
        self._answer(straight, response.status_code, bytes(response.body), _lines(own))

    def _answer(self, straight: _Straight, status: int, body: bytes, own: bytes = _JSON) -> None:
        if straight.disconnected or straight.response_complete:
            return
        straight.response_complete = True
        if not straight.keep_alive:
            own += b"connection: close\r\n"
        head = STATUS_LINE[status] + self._common() + own
        self.transport.write(b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body))
        if not straight.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _common(self) -> bytes:
        """Return what all answers carry; uvicorn makes the list anew each second, for the date in it."""
        given = self.server_state.default_headers
        if given is not self._head_is_for:
            assert self._clicks is not None
            self._head = _lines([*given, *self._clicks.headers])
            self._head_is_for = given
        return self._head


def _lines(headers: Headers) -> bytes:
    return b"".join(b"%b: %b\r\n" % pair for pair in headers)
