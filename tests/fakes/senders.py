"""Readers' browsers and applications, many at once, and a witness who notes what they sent and were answered."""

import http.client
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from tests.fakes.patience import PATIENCE_S

CONNECTIONS: Final = 16
PAUSE_S: Final = 0.2  # after a refusal; who is told to wait does not hammer


@dataclass(frozen=True, slots=True)
class Click:
    """What a click is to its reader: once a month, reader and thing."""

    month: int
    reader: int
    url: str


@dataclass(frozen=True)
class Sending:
    """One request: the press on a confirm page, or the batch of an application; sent again it is the same bytes."""

    clicks: tuple[Click, ...]
    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one click: 200 with its receipt, or a refusal."""

    status: int
    receipt: str | None


@dataclass
class Witness:
    """Notes each click before it is sent and its answer after; a receipt is what must never be lost."""

    sendings: list[Sending] = field(default_factory=list, repr=False)
    receipt_by_click: dict[Click, str] = field(default_factory=dict, repr=False)
    unanswered: set[Click] = field(default_factory=set)
    statuses: "Counter[int]" = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    noted: threading.Condition = field(default_factory=threading.Condition)

    @property
    def sent(self) -> set[Click]:
        return {click for sending in self.sendings for click in sending.clicks}

    @property
    def acknowledged(self) -> int:
        return self.statuses[200]

    @property
    def refused(self) -> int:
        return self.statuses[503]

    def note_sending(self, sending: Sending) -> None:
        with self.noted:
            self.sendings.append(sending)

    def note_silence(self, sending: Sending) -> None:
        with self.noted:
            self.unanswered.update(sending.clicks)
            self.noted.notify_all()

    def note_answer(self, sending: Sending, results: list[Result], *, has_retry_after: bool) -> None:
        with self.noted:
            self.statuses.update(result.status for result in results)
            if len(results) != len(sending.clicks):
                self.faults.append(f"{len(sending.clicks)} clicks got {len(results)} results")
            if results[0].status == 503 and not has_retry_after and len({result.status for result in results}) == 1:
                self.faults.append("a 503 without Retry-After")
            for click, result in zip(sending.clicks, results, strict=False):
                self._note_result(click, result)
            self.noted.notify_all()

    def _note_result(self, click: Click, result: Result) -> None:
        if result.status != 200:
            return
        if result.receipt is None:
            self.faults.append(f"{click} was taken without a receipt")
        elif self.receipt_by_click.setdefault(click, result.receipt) != result.receipt:
            self.faults.append(f"{click} has two receipts")


class Senders:
    """Connections that are kept alive and send, one request after the other each, until there is nothing to send,
    the server is gone, or the `with` ends."""

    def __init__(self, port: int, sendings: Iterator[Sending], witness: Witness) -> None:
        self._port, self._sendings, self.witness = port, sendings, witness
        self._turn, self._stopped = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._send_on_one_connection) for _ in range(CONNECTIONS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._stopped.set()
        self.finish()

    def finish(self) -> None:
        """Wait until all is sent and answered, or nobody answers any more."""
        for thread in self._threads:
            thread.join()

    def wait_until(self, is_reached: Callable[[Witness], bool]) -> None:
        """Wait until the witness has seen something.  Fails if nobody sends any more, or if it never comes."""
        deadline = time.monotonic() + PATIENCE_S
        with self.witness.noted:
            while not is_reached(self.witness):
                is_possible = time.monotonic() < deadline and any(thread.is_alive() for thread in self._threads)
                assert is_possible, f"it never came; answered was {dict(self.witness.statuses)}"
                self.witness.noted.wait(timeout=1)

    def _send_on_one_connection(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
        try:
            while (sending := self._next()) is not None and self._is_answered(connection, sending):
                pass
        finally:
            connection.close()

    def _next(self) -> Sending | None:
        with self._turn:
            return None if self._stopped.is_set() else next(self._sendings, None)

    def _is_answered(self, connection: http.client.HTTPConnection, sending: Sending) -> bool:
        self.witness.note_sending(sending)
        try:
            connection.request("POST", sending.path, body=sending.body, headers=sending.headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.witness.note_silence(sending)
            return False
        has_retry_after = answer.getheader("Retry-After") is not None
        self.witness.note_answer(sending, _results(sending, answer, text), has_retry_after=has_retry_after)
        if answer.status == 503:
            self._stopped.wait(PAUSE_S)
        return True


def _results(sending: Sending, answer: http.client.HTTPResponse, text: bytes) -> list[Result]:
    receipt = re.fullmatch(r"/f/done/([\w-]+)(\?again=1)?", answer.getheader("Location", ""))
    if answer.status == 303 and receipt:
        return [Result(200, receipt[1])]
    is_json = answer.getheader("Content-Type") == "application/json"
    document = json.loads(text) if is_json else {}
    if "results" in document:
        return [Result(result["status"], result.get("click")) for result in document["results"]]
    return [Result(answer.status, None)] * len(sending.clicks)
