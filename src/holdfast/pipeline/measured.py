"""Measured: how many accept a treatment, by the control groups of all earlier lists."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

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
        Only lists whose outcome window was over on this day count.

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


def _arms(prepared: Prepared, wanted: set[str], known_until: date) -> pd.DataFrame:
    """Return whom earlier lists gave a treatment, or held back from it: P(churn) then, and whether they left."""
    setting, churn = setting_of(prepared.config), prepared.config.churn
    asked, tables = setting.question(prepared.config), []
    home: Path = home_of(prepared.config) / "issued"
    for number, record in enumerate(issued_lists(home)):
        if not wanted & {str(t["name"]) for t in record["treatments"]} or asked.days is None:
            continue
        window = Cutoff(date.fromisoformat(record["known_until"]), asked.days, churn.gap_days)
        arms = arms_of(record["folder"], prepared.source.id_map)
        # A list of another horizon answered another question.
        if window.window_end > known_until or asked.p_churn not in arms:
            continue
        happened = setting.happened(prepared, window)
        if happened is not None:
            rows = arms[["customer_id", "status", "treatment", asked.p_churn]].rename(columns={asked.p_churn: "p"})
            tables.append(rows.merge(happened[["customer_id", "churned"]], on="customer_id").assign(list=number))
    columns = ["customer_id", "status", "treatment", "p", "churned", "list"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
