"""Pooled: all lists of a scenario whose window is over, as one campaign that a policy can learn from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.experiments.learnt.learn import LEAST_CUSTOMERS
from holdfast.lists.contact import CONTROL
from holdfast.lists.treatments import NOTHING
from holdfast.pipeline.covariates import with_covariates
from holdfast.pipeline.measured import exposed
from holdfast.pipeline.outputs import home_of, whole_file, write_parquet
from holdfast.pipeline.setting import Prepared
from holdfast.pipeline.settings import setting_of
from holdfast.wording import counted

FOLDER = "pooled"
STAYED, PROBABILITY = "stayed", "probability_"
# A column of every list of buyers that was known when it was made, and says something of a customer.
_KNOWN = ("purchases_so_far",)
# Contacted customers without whom an arm is refused wherever the campaign is read.
_LEAST = 2


@dataclass(frozen=True)
class Pooled:
    """One row per customer: the first list on which each was contacted or held back.

    Attributes
    ----------
    table
        ``customer_id``, ``list`` (its folder), ``arm`` (the treatment, or ``control``), ``treatment`` (what the rule
        gave), ``stayed`` (1: bought in the window, or kept the contract), ``probability_<arm>`` and the covariates.
    settings
        What ``holdfast uplift`` is to know of it: the keys of an experiment's YAML.
    file, yaml
        Where both were written.
    left_out
        Treatments that fewer than two customers got, and how many did; nobody for whom the rule chose them is in the
        table.
    """

    table: pd.DataFrame
    settings: dict[str, Any]
    file: Path
    yaml: Path
    left_out: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; customers are left out."""
        counts = self.table["arm"].value_counts().sort_index()
        return {
            "file": str(self.file),
            "yaml": str(self.yaml),
            "lists": sorted(set(self.table["list"])),
            "customers": {str(arm): int(n) for arm, n in counts.items()},
            "covariates": self.settings["covariates"],
            "left_out": self.left_out,
            "enough": counts.get(CONTROL, 0) >= LEAST_CUSTOMERS <= counts.drop(CONTROL).max(),
        }


def pool_lists(prepared: Prepared, *, covariates: Sequence[str] = ()) -> Pooled:
    """Write all lists whose window is over as one campaign, for ``holdfast uplift``.

    The arms are the treatments and ``control``. Who was held back would have got the treatment that the rule chose for
    them; so each row has its own probabilities: ``control_share`` of its list for control, the rest for that
    treatment, and 0 for the others, of which such a customer says nothing.

    Parameters
    ----------
    prepared
        The tables as they are now.
    covariates
        Features (``docs/reference``) of the day of each list, beside P(churn), E[value | stays] and purchases so far;
        or columns that ``tables.customers`` maps, as they were known on that day.

    Raises
    ------
    NotEnoughDataError
        No list is over that gave a treatment and held customers back, or no treatment was given to two customers.
    ConfigError
        A covariate is no such column, or was known of nobody before a list was made.
    """
    config = prepared.config
    asked = setting_of(config).question(config)
    tables: list[pd.DataFrame] = []
    of_customers = set[str]()
    treatments = dict[str, dict[str, Any]]()
    for one in exposed(prepared, where=lambda record: record["treatments"] and record["control_share"] > 0):
        rows = one.rows[one.rows["treatment"] != NOTHING]
        if rows.empty:
            continue
        treatments |= {str(t["name"]): t for t in one.record["treatments"]}
        known = [c for c in (asked.p_churn, asked.value, *_KNOWN) if c in rows]
        more = [c for c in dict.fromkeys(covariates) if c not in known]
        # Features as they are in their own file, and not as a list may show them.
        rows = rows.drop(columns=[c for c in more if c in rows])
        folder = home_of(config) / one.record["as_of"]
        day = date.fromisoformat(one.record["as_of"])
        rows, told, unknown = with_covariates(prepared, rows, more, folder, day)
        if unknown:
            raise ConfigError(
                f"covariates: {', '.join(unknown)} is no column of the scores or features in {folder}, and none that "
                "tables.customers maps."
            )
        of_customers |= set(told)
        tables.append(
            rows[["customer_id", "treatment", *known, *more]].assign(
                list=one.record["folder"].name,
                arm=np.where(rows["status"] == CONTROL, CONTROL, rows["treatment"]),
                stayed=1 - rows["churned"].astype(int),
                **{f"{PROBABILITY}{CONTROL}": float(one.record["control_share"])},
            )
        )
    if not tables:
        raise NotEnoughDataError(
            "No list is over that gave a treatment and held customers back (lists.control_share): make lists with "
            "`holdfast list`, and pool them when their windows are over."
        )
    table, few = _large_enough(pd.concat(tables, ignore_index=True))
    given = [name for name in treatments if (table["treatment"] == name).any()]
    for name in given:
        chance = 1 - table[f"{PROBABILITY}{CONTROL}"]
        table[f"{PROBABILITY}{name}"] = np.where(table["treatment"] == name, chance, 0.0)
    chances = [f"{PROBABILITY}{arm}" for arm in (CONTROL, *given)]
    of_all = [c for c in (asked.p_churn, asked.value, *_KNOWN) if all(c in each for each in tables)]
    named = list(dict.fromkeys([*of_all, *covariates]))
    table = table[["customer_id", "list", "arm", "treatment", STAYED, *chances, *named]]
    home = home_of(config) / FOLDER
    settings = _settings(table, given, treatments, named, asked.value, config.models, of_customers)
    with whole_file(config, home / "campaign.parquet") as draft:
        write_parquet(draft, table)
    return Pooled(table, settings, home / "campaign.parquet", _write_yaml(prepared, home, settings), few)


def _large_enough(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the customers of treatments that enough customers got, and the others with their number.

    Who was held back from a treatment goes with it: they could have been in no other arm.
    """
    got = table.loc[table["arm"] != CONTROL, "treatment"].value_counts()
    few = {str(name): int(got.get(name, 0)) for name in sorted(set(table["treatment"])) if got.get(name, 0) < _LEAST}
    table = table[~table["treatment"].isin(list(few))].reset_index(drop=True)
    if (held := int((table["arm"] == CONTROL).sum())) < _LEAST:
        raise NotEnoughDataError(
            f"The lists that are over hold {counted(held, 'customer')} held back beside treatments that {_LEAST} or "
            f"more customers got; at least {_LEAST} are needed. Pool them when more lists are over."
        )
    return table, few


def _settings(
    table: pd.DataFrame,
    given: Sequence[str],
    treatments: dict[str, dict[str, Any]],
    covariates: list[str],
    value: str,
    models: Path,
    untrusted: Collection[str],
) -> dict[str, Any]:
    """Return the campaign as an experiment's YAML says it; a stay is worth its mean over these customers."""
    offers = {name: {key: treatments[name][key] for key in ("contact_cost", "offer_cost")} for name in given}
    worth = {"value": float(table[value].mean())} if value in table and table[value].mean() > 0 else {}
    chances = {arm: f"{PROBABILITY}{arm}" for arm in (CONTROL, *given)}
    return {
        "data": "campaign.parquet",
        "arm": "arm",
        "control": CONTROL,
        "models": str(models),
        "outcomes": [STAYED],
        "covariates": covariates,
        # Written down when the lists were made; the table of customers may have been written over since.
        "trusted": [name for name in covariates if name not in untrusted],
        "policy": {"propensities": chances, "offers": offers, "present": "treatment", **worth},
    }


def _write_yaml(prepared: Prepared, home: Path, settings: dict[str, Any]) -> Path:
    path = home / "campaign.yaml"
    with whole_file(prepared.config, path) as draft:
        draft.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path
