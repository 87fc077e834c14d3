"""`holdfast` as it is; at its end it says on stderr how long learning read the log, features and outcomes included."""

import sys
import time
from collections.abc import Callable
from typing import Any

from holdfast.churn import snapshots
from holdfast.cli import main

READING = "seconds of reading for learning: "
_PARTS = ("build_features", "build_outcomes", "build_histories", "build_spends", "keep_purchase_days")
_spent = 0.0


def timed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the same function, whose time is counted."""

    def counted(*given: Any, **named: Any) -> Any:
        global _spent
        start = time.perf_counter()
        try:
            return function(*given, **named)
        finally:
            _spent += time.perf_counter() - start

    return counted


if __name__ == "__main__":
    for part in _PARTS:
        setattr(snapshots, part, timed(getattr(snapshots, part)))
    try:
        main()
    finally:
        print(f"{READING}{_spent:.2f}", file=sys.stderr)
