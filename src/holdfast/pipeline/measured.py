"""Measured: how many accept a treatment, by the control groups of all earlier lists."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from holdfast.experiments.acceptance import Acceptance, acceptance_after
from holdfast.features import Cutoff
from holdfast.lists.contact import CONTROL
from holdfast.lists.treatments import Treatment
from holdfast.pipeline.issued import arms_of, issued_lists
from holdfast.pipeline.outputs import home_of
from holdfast.pipeline.setting import Prepared
from holdfast.pipeline.settings import setting_of


def measured_treatments(
    prepared: Prepared, treatments: Sequence[Treatment], *, known_until: date
) -> tuple[list[Treatment], list[Acceptance]]:
    """Return treatments with the acceptance that earlier lists show, where that is asked for, and the evidence.

    Parameters
    ----------
    prepared
        The tables as they are now, and the scenario: of treatments with ``effect: measured``.
    treatments
        What can be done, as configured; those that no list tells anything of stay as they are.
    known_until
        Only lists whose outcome window was over on this day count, and each customer on their first (``exposed``).

    Returns
    -------
    treatments, evidence
        What the next list is decided by; and one acceptance per treatment that was measured.
    """
    wanted = {t.name for t in prepared.config.treatments if t.effect == "measured"}
    if not wanted:
        return list(treatments), []
    rows = _arms(prepared, wanted, known_until)
    found: dict[str, Acceptance] = {}
    for treatment in treatments:
        mine = rows[rows["treatment"] == treatment.name]
        if treatment.name not in wanted or mine.empty:
            continue
        after = acceptance_after(
            treatment.name,
            1.0 - mine["churned"].to_numpy(dtype=np.float64),
            (mine["status"] == CONTROL).to_numpy(dtype=bool),
            mine["p"].to_numpy(dtype=np.float64),
            stated=treatment.acceptance,
            on=mine["list"].to_numpy(dtype=np.int64),
        )
        if after is not None:
            found[treatment.name] = after
    known = [
        t if t.name not in found else replace(t, acceptance=found[t.name].mean, acceptance_error=found[t.name].error)
        for t in treatments
    ]
    return known, list(found.values())


@dataclass(frozen=True)
class Exposed:
    """A list whose window is over: its record, and its ``rows`` of customers who were on no list before.

    ``rows`` are the decisions about those contacted or held back, with what happened since (``churned``).
    """

    record: dict[str, Any]
    rows: pd.DataFrame


def exposed(
    prepared: Prepared, *, where: Callable[[dict[str, Any]], bool], known_until: date | None = None
) -> Iterator[Exposed]:
    """Yield every list of a scenario whose window is over, oldest first, with what its customers did.

    A customer counts on the first list alone on which they were contacted or held back: who is on a later one too is
    somebody on whom the first contact did not work, so the arms of later lists differ by more than chance.

    Parameters
    ----------
    prepared
        The tables as they are now.
    where
        Which lists are asked for, by their records: what happened is counted for these alone.
    known_until
        The window was over on this day; when the tables end, if not given.
    """
    setting, churn = setting_of(prepared.config), prepared.config.churn
    asked, before = setting.question(prepared.config), set[str]()
    if asked.days is None:
        return
    for record in issued_lists(home_of(prepared.config) / "issued"):
        window = Cutoff(date.fromisoformat(record["known_until"]), asked.days, churn.gap_days)
        if known_until is not None and window.window_end > known_until:
            continue
        arms = arms_of(record["folder"], prepared.source.id_map)
        rows = arms[~arms["customer_id"].isin(before)]
        before |= set(arms["customer_id"])
        # A list of another horizon answered another question.
        happened = setting.happened(prepared, window) if asked.p_churn in arms and where(record) else None
        if happened is not None:
            yield Exposed(record, rows.merge(happened[["customer_id", "churned"]], on="customer_id"))


def _arms(prepared: Prepared, wanted: set[str], known_until: date) -> pd.DataFrame:
    """Return whom earlier lists gave a treatment, or held back from it: P(churn) then, and whether they left."""
    p_churn = setting_of(prepared.config).question(prepared.config).p_churn

    def gave(record: dict[str, Any]) -> bool:
        return bool(wanted & {str(t["name"]) for t in record["treatments"]})

    tables = [
        one.rows.rename(columns={p_churn: "p"})[["status", "treatment", "p", "churned"]].assign(list=number)
        for number, one in enumerate(exposed(prepared, where=gave, known_until=known_until))
    ]
    columns = ["status", "treatment", "p", "churned", "list"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
