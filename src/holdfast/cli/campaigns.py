"""The files of experiments as the commands read them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from holdfast.cli.file_options import Reading
from holdfast.cli.options import say

if TYPE_CHECKING:
    import pandas as pd

    from holdfast.config.experiment import Experiment


def read_customers(chosen: "Experiment", outcomes: list[str], texts: list[str]) -> "pd.DataFrame":
    """Read the columns of an experiment's file, and say which cells held a word for "blank"."""
    from holdfast.config.experiment import LIKELY_IDS, USUAL_ID
    from holdfast.data import Written, read_flat
    from holdfast.wording import counted

    halves = [half for o in outcomes for half in _halves(o) if half not in outcomes]
    unsure = [*(o for o in outcomes if "=" in o), *halves]
    as_text = [t for t in dict.fromkeys([*texts, *halves]) if t not in chosen.covariates]
    customer = chosen.customer or USUAL_ID
    known = {chosen.arm, customer, *as_text, *outcomes}
    named = {chosen.arm, *texts, *halves, *outcomes, *chosen.covariates, *chosen.after}
    likely = [] if chosen.customer else [name for name in LIKELY_IDS if name not in named]
    frame = read_flat(
        chosen.data,
        ids=[*([] if customer in (chosen.arm, *texts, *outcomes, *chosen.covariates) else [customer]), *likely],
        if_there=[*unsure, *([] if chosen.customer else [USUAL_ID, *likely])],
        texts=[chosen.arm, *as_text],
        numbers=outcomes,
        either=list(dict.fromkeys([*chosen.covariates, *(a for a in chosen.after if a not in known)])),
        written=Written(section="--", **chosen.written()),
    )
    for note in frame.attrs["notes"]:
        say(note)
    for name in likely if USUAL_ID not in frame and chosen.cluster is None else ():
        again = int(frame[name].dropna().duplicated().sum()) if name in frame else 0
        if again:
            say(
                f'{counted(again, "row")} with a "{name}" that an earlier row has: if it names customers, each may '
                f'stand there once (--customer "{name}" holds them to it), or their rows are counted together '
                f'(--cluster "{name}").'
            )
    return frame


def read_past(data: str, cluster: str, outcome: str, reading: Reading) -> "pd.DataFrame":
    """Read the columns that a plan is made from, and say which cells held a word for "blank"."""
    from holdfast.data import Written, read_flat

    halves = _halves(outcome)
    frame = read_flat(
        data,
        if_there=[outcome, *halves] if halves else [],
        texts=[cluster, *halves],
        numbers=[outcome],
        written=Written(section="--", **reading),
    )
    for note in frame.attrs["notes"]:
        say(note)
    return frame


def _halves(outcome: str) -> list[str]:
    """Return what may be the column of "column=value", if the whole is not a column's name."""
    return [outcome[:at] for at in range(1, len(outcome)) if outcome[at] == "="]


@contextmanager
def ids_asked_for(customer: str) -> Iterator[None]:
    """Say of a file without the column of ids which option names it."""
    from holdfast.errors import DataError

    try:
        yield
    except DataError as error:
        if f'no column "{customer}"' not in str(error):
            raise
        raise DataError(f"{error} Say which column holds the ids: --customer COLUMN.") from None


def with_the_rest(frame: "pd.DataFrame", chosen: "Experiment") -> "pd.DataFrame":
    """Return what was read of an experiment's file with the columns that nobody named behind it."""
    import pandas as pd

    from holdfast.config.experiment import LIKELY_IDS
    from holdfast.data import Written
    from holdfast.data.flat import read_rest

    known = [*map(str, frame.columns), *LIKELY_IDS]
    rest = read_rest(chosen.data, known, written=Written(section="--", **chosen.written()))
    return pd.concat([frame, rest.set_axis(frame.index)], axis=1)
