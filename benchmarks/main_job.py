"""Time and peak memory of each step of the main job on CDNOW: `make bench-train`."""

import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import holdfast

CONFIG = Path(__file__).parent.parent / "configs" / "cdnow.yaml"


def timed(what: str, step: Callable[[], Any]) -> Any:
    """Run a step, print its wall time and the process's peak memory so far."""
    start = time.perf_counter()
    answer = step()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:<28}{time.perf_counter() - start:8.2f} s   peak {peak:6.0f} MB")
    return answer


def main() -> None:
    """Print one line per step."""
    print(f"{os.cpu_count()} cores, CDNOW: 69,659 lines, 23,570 customers")
    with tempfile.TemporaryDirectory() as folder:
        changes = [f"outputs={folder}/outputs", f"models={folder}/models"]
        config = timed("import and configure", lambda: holdfast.load_config(CONFIG, changes))
        shop = timed("read 69,659 lines", lambda: holdfast.prepare(config))
        timed("train, test and register", lambda: holdfast.train(shop))
        timed("score and write lists", lambda: holdfast.score(shop))


if __name__ == "__main__":
    main()
