"""Close a month and check the books in a process of its own; tells seconds and memory as JSON.  Run by bench.close."""

import json
import sys
import time

from bench.machine import peak_mib
from receiver.actions.check_books import check_books
from receiver.actions.close_month import close_month
from receiver.app import build_parts
from receiver.domain.month import Month
from receiver.settings import load_settings


def main() -> None:
    month = Month.parse(sys.argv[1])
    parts = build_parts(load_settings())
    begun = time.perf_counter()
    close_month(parts.db, parts.rules, month, now=parts.clock())
    closed = time.perf_counter()
    check_books(parts.db)
    checked = time.perf_counter()
    parts.db.close()
    print(json.dumps({"close_s": closed - begun, "check_s": checked - closed, "mib": peak_mib()}))


if __name__ == "__main__":
    main()
