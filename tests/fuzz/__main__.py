"""``make fuzz``: as many examples as the minutes allow, each seed once; stops at the first fault and names it."""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.clv import histories_fuzz
from tests.fuzz import configurations, files
from tests.fuzz.test_fuzz import scored_scenario


def main(minutes: float) -> None:
    ends, seed = time.monotonic() + 60 * minutes, int(time.time())
    met: dict[str, Counter[str]] = {"files": Counter(), "configurations": Counter(), "histories": Counter()}
    with tempfile.TemporaryDirectory() as folder:
        scenario = scored_scenario(Path(folder))
        while time.monotonic() < ends:
            met["files"].update(files.run(100, seed, Path(folder)))
            met["configurations"].update(configurations.run(100, seed, scenario))
            met["histories"].update(histories_fuzz.run(25, seed))
            seed += 1
    for name, ended in met.items():
        print(f"{name}: {sum(ended.values()):,} tried, no fault: " + ", ".join(f"{k} {v:,}" for k, v in ended.items()))


main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
