"""Wait for something to become true, however long a busy machine takes."""

import time
from collections.abc import Callable
from typing import Final

PATIENCE_S: Final = 120.0  # not a promise of ours: whoever waits so long waits for ever
_LOOK_S: Final = 0.02


def eventually(sentence: str, is_true: Callable[[], bool]) -> None:
    """Look again and again until it is true; fail with the sentence if it never is."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < deadline, f"this never came true: {sentence}"
        time.sleep(_LOOK_S)
