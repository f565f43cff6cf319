"""What the receiver does not do yet; once it does, these tests fail until they lose the mark."""

from typing import Final

import pytest

SAFE_KEYS_TO_COME: Final = pytest.mark.xfail(strict=True, reason="a kill can leave an empty file of master keys")
RIGHT_PAGE_TO_COME: Final = pytest.mark.xfail(
    strict=True, reason="a button is remembered with the number of a page that was rolled back, which another page gets"
)
RIGHT_PAGE_OFTEN_TO_COME: Final = pytest.mark.xfail(
    strict=False, reason="as above; whether another page gets the number here is up to the threads"
)
