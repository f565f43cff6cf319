"""JSON as a signed text may hold it, so that no two readers find different things in it."""

import json
from typing import Any, Final, NoReturn

_WHITE_SPACE: Final = " \t\n\r"  # of JSON; Python's `strip` takes more


def read_flat(raw: bytes) -> Any:
    """Return what the JSON says.

    Raises ValueError for a name that stands twice, a number that is not whole or what is not JSON in UTF-8;
    RecursionError for a list a thousand deep.
    """
    text = raw.decode().strip(_WHITE_SPACE)
    value, end = _DECODER.raw_decode(text)  # `decode` looks for the white space with two regular expressions
    if end != len(text):
        raise ValueError("something stands behind the JSON")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name stands twice")  # two readers could take different ones
    return fields


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"{number} is not a whole number")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_refuse)
