"""Run every benchmark and print one table; `--quick` only shows that they run."""

import platform
import sqlite3
import sys

from bench import close, tokens
from bench.measure import HEADER


def main() -> None:
    is_quick = "--quick" in sys.argv
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}")
    print(HEADER)
    results = tokens.run(count=20, rounds=1) if is_quick else tokens.run()
    results += close.run(readers=20, clicks_each=5, rounds=1) if is_quick else close.run()
    for ratio in results:
        print(ratio.line())


if __name__ == "__main__":
    main()
