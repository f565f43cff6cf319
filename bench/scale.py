"""How much is measured: enough to say something, or just enough to show that it runs."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Sizes of the benchmarks; a round is `seconds` of load on each side."""

    rounds: int
    seconds: float
    connections: tuple[int, ...]  # for clicks; the other benchmarks use `busy`
    busy: int
    readers: int  # who click, in all benchmarks of clicks
    things: int
    latency_readers: int  # of the month that is closed while clicks come
    close_readers: int
    close_rounds: int
    clicks_each: int  # of every reader in a month that is closed
    page_readers: int
    page_things: int
    page_sites: int
    page_requests: int  # of each address in a round
    tokens: int
    token_rounds: int
    build_posts: int
    build_rounds: int


FULL: Final = Scale(
    rounds=5, seconds=2, connections=(1, 8, 64, 256), busy=64, readers=2_000, things=3_000,
    latency_readers=50_000, close_readers=100_000, close_rounds=3, clicks_each=30,
    page_readers=10_000, page_things=100_000, page_sites=100, page_requests=40, tokens=1_000, token_rounds=7,
    build_posts=1_000, build_rounds=7,
)  # fmt: skip

QUICK: Final = Scale(
    rounds=1, seconds=0.5, connections=(8,), busy=8, readers=20, things=2_000,
    latency_readers=200, close_readers=200, close_rounds=1, clicks_each=5,
    page_readers=20, page_things=40, page_sites=2, page_requests=2, tokens=20, token_rounds=1,
    build_posts=10, build_rounds=1,
)  # fmt: skip
