"""Kill every command at many points: `python -m tests.kill --points 100 [--case NAME …]`; fails unless all recover."""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from holdfast.track.quiet import import_mlflow
from tests.kill.cases import CASES
from tests.kill.harness import kill

# Everything heavy, before the first fork.
_HEAVY = ("lightgbm", "optuna", "mlflow.pyfunc", "mlflow.store.tracking.sqlalchemy_store", "holdfast.pipeline")


def import_everything() -> None:
    """Make this process one to fork commands from: it has imported what they need, and opened nothing."""
    os.environ |= {"OMP_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    import_mlflow()
    for name in _HEAVY:
        import_module(name)


def main() -> None:
    """Print a line per command."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--points", type=int, default=100)
    options.add_argument("--case", action="append", choices=[c.name for c in CASES])
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    import_everything()
    done = []
    with tempfile.TemporaryDirectory(prefix="holdfast-kill-") as home:
        for case in CASES:
            if given.case is None or case.name in given.case:
                done.append(kill(case, Path(home) / "case", given.points))
                if not given.json:
                    one = done[-1]
                    print(
                        f"{one.name:<12}{one.changes:>6} changes of the disk, killed at {one.points:>3}: "
                        f"{one.recovered:>3} recovered {one.seconds:7.1f} s",
                        flush=True,
                    )
                    print("".join(f"  {w}\n" for w in one.wrong), end="", flush=True)
    if given.json:
        print(json.dumps([asdict(one) for one in done]))
    sys.exit(any(one.wrong for one in done))


if __name__ == "__main__":
    main()
