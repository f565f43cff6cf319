"""Run the benchmarks and print their tables: `python -m bench [NAME …] [--quick] [--markdown]`."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from bench import builds, clicks, close, latency, pages, receivers, tokens
from bench.books import on_postgres, on_sqlite
from bench.building import GENERATOR_BY_NAME
from bench.machine import Missing, cores, head
from bench.measure import ratio_table
from bench.scale import FULL, QUICK, Scale
from bench.table import Table

LITE: Final = "SQLite"
POSTGRES: Final = "PostgreSQL"

Part = Callable[[Scale], Table]


def main() -> None:
    asked, faults = _arguments(), 0
    print("\n".join(f"- {line}" if asked.markdown else line for line in head()), end="\n\n", flush=True)
    for name in asked.names or PARTS_BY_NAME:
        for on, part in PARTS_BY_NAME[name].items():
            try:
                table = part(_scale(asked))
            except Missing as missing:
                print(f"skipped: {name} on {on}: {missing}", end="\n\n", flush=True)
            else:
                print(table.markdown() if asked.markdown else table.text(), flush=True)
                faults += table.faults
    if faults:
        sys.exit(f"{faults} answers were refused, lost or untrue; the figures mean nothing")


def _receivers(scale: Scale) -> Table:
    return receivers.run(scale, on_postgres())


def _tokens(scale: Scale) -> Table:
    return ratio_table("tokens, beside their bare HMACs", tokens.run(count=scale.tokens, rounds=scale.token_rounds))


# While one server is measured, PostgreSQL stays away from its core.
PARTS_BY_NAME: Final[dict[str, dict[str, Part]]] = {
    "clicks": {
        LITE: lambda scale: clicks.run(scale, on_sqlite(), named=LITE),
        POSTGRES: lambda scale: clicks.run(scale, on_postgres(core=cores()[1]), named=POSTGRES),
    },
    "receivers": {POSTGRES: _receivers},
    "latency": {
        LITE: lambda scale: latency.run(scale, on_sqlite(), named=LITE),
        POSTGRES: lambda scale: latency.run(scale, on_postgres(core=cores()[1]), named=POSTGRES),
    },
    "close": {
        LITE: lambda scale: close.run(scale, on_sqlite(), named=LITE),
        POSTGRES: lambda scale: close.run(scale, on_postgres(), named=POSTGRES),
    },
    "tokens": {"no database": _tokens},
    "pages": {LITE: lambda scale: pages.run(scale, on_sqlite(), named=LITE)},
    "builds": {name: partial(builds.run, name=name) for name in GENERATOR_BY_NAME},
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"some of {', '.join(PARTS_BY_NAME)}; all by default")
    parser.add_argument("--quick", action="store_true", help="only show that everything runs")
    parser.add_argument("--markdown", action="store_true", help="print tables for docs/performance.md")
    parser.add_argument("--rounds", type=int, help="rounds of each comparison")
    parser.add_argument("--connections", type=int, nargs="+", help="how many at once, for clicks")
    parser.add_argument("--readers", type=int, help="readers of the month that is closed, for close and latency")
    parser.add_argument("--clicks-each", type=int, help="clicks of each reader in that month")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in PARTS_BY_NAME]
    if unknown:
        parser.error(f"there is no {unknown[0]}; there are {', '.join(PARTS_BY_NAME)}")
    return asked


def _scale(asked: argparse.Namespace) -> Scale:
    sizes = {
        "rounds": asked.rounds,
        "connections": asked.connections,
        "close_rounds": asked.rounds,
        "token_rounds": asked.rounds,
        "build_rounds": asked.rounds,
        "close_readers": asked.readers,
        "latency_readers": asked.readers,
        "clicks_each": asked.clicks_each,
    }
    return replace(QUICK if asked.quick else FULL, **{name: size for name, size in sizes.items() if size is not None})


if __name__ == "__main__":
    main()
