"""Mutants of the cutoff, of lists and of the CLV engine, a stated sample: `make mutate` (MUTANTS=150 of each)."""

import argparse
import tempfile
from pathlib import Path

from tests.mutants.harness import PARTS, mutate, told


def main() -> None:
    """Print what became of every part's sample, and which mutants no test noticed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mutants", type=int, default=150, help="of each part, by the smallest hashes of their names")
    options.add_argument("--part", choices=[part.name for part in PARTS])
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    for part in PARTS:
        if given.part in (None, part.name):
            with tempfile.TemporaryDirectory() as folder:
                print(told(mutate(part, Path(folder), given.mutants, given.workers)), flush=True)


if __name__ == "__main__":
    main()
