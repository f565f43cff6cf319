"""Several creators of one site, and what falls to each of what it earns."""

from collections.abc import Mapping
from typing import Final

from receiver.domain.errors import BadInput
from receiver.domain.money import Micros

PARTS_MAX: Final = 1_000
MEMBERS_MAX: Final = 20  # with those who are invited


def divide(whole: Micros, parts_by_name: Mapping[int, int]) -> dict[int, Micros]:
    """Divide an amount by whole-number parts, to the micro: the parts of all sum to the whole.

    Each gets their exact share rounded down, and the micros that are left over go, one each, to those whose share lost
    most by the rounding; of equals, to the lower number.  So nobody's amount differs from the exact share by a micro.

    Why so: docs/decisions/0021-teams.md.
    """
    parts_of_all = sum(parts_by_name.values())
    rounded = {name: divmod(whole * parts, parts_of_all) for name, parts in parts_by_name.items()}
    left_over = whole - sum(amount for amount, _ in rounded.values())
    by_loss = sorted(rounded, key=lambda name: (-rounded[name][1], name))
    return {name: Micros(rounded[name][0] + (name in by_loss[:left_over])) for name in sorted(rounded)}


def require_parts(parts: int) -> None:
    """Raise BadInput if nobody can have so many parts."""
    if not 1 <= parts <= PARTS_MAX:
        raise BadInput("parts are a whole number from 1 to %(most)s", most=PARTS_MAX)
