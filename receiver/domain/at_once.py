"""When a press on the button of a trusted site is a click at once, without the confirm page.

Why so few, and what a site could do with the trust: docs/decisions/0019-one-click-trust.md.
"""

from datetime import timedelta
from typing import Final

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
AT_ONCE_PER_HOUR: Final = 5  # a post takes its ten minutes; whoever clicks faster is asked
AT_ONCE_PER_DAY: Final = 10  # more than nearly anybody reads of one site, and still looked through in a glance


def has_own_origin(scope: str) -> bool:
    """Tell whether a site is alone under its scheme, host and port.

    Of pages that share them a browser cannot tell which one led here: they can write any path into the Referer.
    """
    return scope.count("/") == len(("https:", "", "host"))


def comes_from(referrer: str, scope: str) -> bool:
    """Tell whether a Referer, which may be the bare origin, names a page of a site with an origin of its own."""
    return has_own_origin(scope) and referrer.startswith(scope)


def is_within_bounds(*, in_hour: int, in_day: int) -> bool:
    """Tell whether one more click may come at once, after so many presses on things of the site."""
    return in_hour < AT_ONCE_PER_HOUR and in_day < AT_ONCE_PER_DAY
