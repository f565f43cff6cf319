"""Turns: one at a time, first come first served, within a process and between processes."""

import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from receiver.domain.errors import BooksBusy, BooksReadOnly

POLL_S: Final = 0.0005


class ThreadTurns:
    """A lock that is handed to whoever has waited longest; `threading.Lock` lets a busy thread take it again."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, *, timeout_s: float) -> bool:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            called = threading.Lock()
            called.acquire()
            self._waiting.append(called)
        if called.acquire(timeout=timeout_s):
            return True
        with self._guard:
            if called not in self._waiting:
                return True  # it was handed over at the last moment
            self._waiting.remove(called)
            return False

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


class FileLock:
    """An flock on a file beside the books, which the kernel gives back if its process dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if it is free.  Raises BooksReadOnly if the file cannot be made."""
        try:
            if self._descriptor is None:
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise BooksReadOnly(f"{self.path.name}: {error.strerror}") from None
        return True

    def acquire(self, *, deadline: float) -> None:
        """Take the lock, waiting until a moment of the monotonic clock.  Raises BooksBusy after that."""
        while not self.try_acquire():
            if time.monotonic() > deadline:
                raise BooksBusy
            time.sleep(POLL_S)

    def release(self) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def is_exclusive(self) -> bool:
        """Tell whether the file system keeps the lock from a second holder; some of networks do not."""
        other = FileLock(self.path)
        try:
            if not self.try_acquire():
                return True
            try:
                return not other.try_acquire()
            finally:
                self.release()
        finally:
            other.close()


class Turns:
    """The turn to write to the books: one thread of one process, in the order they came.

    Who waits holds the queue, so that a process that writes again and again cannot overtake.
    """

    def __init__(self, books: Path) -> None:
        self._threads = ThreadTurns()
        self._turn = FileLock(books.with_name(books.name + ".lock"))
        self._queue = FileLock(books.with_name(books.name + ".queue"))

    @contextmanager
    def one(self, *, timeout_s: float) -> Iterator[None]:
        """Have the turn for the length of a `with`.  Raises BooksBusy, BooksReadOnly."""
        deadline = time.monotonic() + timeout_s
        if not self._threads.acquire(timeout_s=timeout_s):
            raise BooksBusy
        try:
            self._queue.acquire(deadline=deadline)
            try:
                self._turn.acquire(deadline=deadline)
            finally:
                self._queue.release()
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._threads.release()

    def are_exclusive(self) -> bool:
        return self._turn.is_exclusive()

    def close(self) -> None:
        self._turn.close()
        self._queue.close()
