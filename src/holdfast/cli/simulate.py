"""An example table for those who have none at hand."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.cli.options import say


def simulate(
    out: Annotated[
        Path,
        typer.Option("--out", help="CSV, XLSX, Parquet or JSON file to write; its ending says which.", metavar="FILE"),
    ],
    customers: Annotated[int, typer.Option("--customers", help="Number of customers.", min=1, max=10**6)] = 5000,
    seed: Annotated[int, typer.Option("--seed", help="Seed: the same one, the same table.", min=0)] = 1,
) -> None:
    """Write a made-up table of contracts, whose truth is known, to try setting: contractual with."""
    from holdfast.cli.out import write_out
    from holdfast.data import simulate_contracts
    from holdfast.wording import counted

    spells = simulate_contracts(customers, seed=seed).spells
    write_out(spells, out)
    say(f"wrote {out}: {counted(len(spells), 'row')} of {counted(customers, 'customer')}, made up")
