"""The name under which a reader shows a page of themselves."""

import re
from typing import Final

from receiver.domain.errors import BadHandle

_HANDLE: Final = re.compile("[a-z](?:-?[a-z0-9]){2,29}")
_OURS: Final = frozenset({"admin", "flattr", "help", "operator", "receiver", "root", "security", "support"})


def normal_handle(text: str) -> str:
    """Return a handle as we keep it, in lower case.  Raises BadHandle."""
    handle = text.strip().lower()
    if not _HANDLE.fullmatch(handle) or len(handle) > 30 or handle in _OURS:
        raise BadHandle
    return handle
