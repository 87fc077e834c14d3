"""Learnt: what a registered policy says of the customers of a list, in place of p·γ."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from holdfast.config import Config
from holdfast.data.day import is_day
from holdfast.errors import ConfigError
from holdfast.experiments.learnt import LearntPolicy
from holdfast.experiments.learnt.value import PERSONAL
from holdfast.lists.treatments import Learnt, Treatment
from holdfast.pipeline.covariates import with_covariates
from holdfast.pipeline.policy import refuse_unshown
from holdfast.pipeline.setting import Prepared
from holdfast.track.policies import Registered, read_policy


def policy_of(config: Config, name: str | None) -> Registered | None:
    """Return the policy that decides on a list: ``name``, or that of ``lists.policy``; ``None``: p·γ decides.

    Raises
    ------
    ConfigError
        A treatment's effect is to be learned, and no policy is named; or the policy knows no treatment by its name.
    NotFoundError, DamagedModelError
        See ``read_policy``.
    """
    wanted = [t.name for t in config.treatments if t.effect == "learned"]
    name = name or config.lists.policy
    if name is None:
        if wanted:
            raise ConfigError(f"treatments: the effect of {wanted[0]} is learned: name the policy (lists.policy).")
        return None
    found = read_policy(config.models, name)
    known = found.policy.arms
    absent = [t for t in wanted if t not in known]
    if absent or not {t.name for t in config.treatments} & set(known):
        listed = ", ".join(known)
        raise ConfigError(
            f"treatments: the policy {name} has learnt of {listed}, and of no treatment called "
            f"{', '.join(absent or [t.name for t in config.treatments])}: an arm and its treatment have one name."
        )
    return found


def learnt_of(
    found: Registered,
    prepared: Prepared,
    table: pd.DataFrame,
    folder: Path,
    treatments: Sequence[Treatment],
    value: np.ndarray[Any, np.dtype[np.float64]],
    *,
    forced: bool,
) -> Learnt:
    """Return what a policy says of the customers of a list.

    Parameters
    ----------
    found, prepared
        The policy, and the scenario with its tables as they are now: with ``lists.policy``, of every treatment that
        has an arm of its name; where some treatments say ``effect: learned``, of those.
    table, folder
        The list, and where its scores and features lie: covariates are looked for in all three, then in the table of
        customers.
    treatments, value
        What can be done, and E[value | stays] of each row, currency.
    forced
        Choose by customer although the campaign did not show that this is better.

    Raises
    ------
    NotEnoughDataError
        The campaign did not show what to do, and the use is not forced.
    ConfigError
        A covariate is not known of these customers, or the outcome is no purchase and no money.
    """
    policy, config = found.policy, prepared.config
    refuse_unshown(policy, found.name, forced=forced, instead="Leave --policy (lists.policy) out")
    effects = policy.effects(_covariates(prepared, policy, found.name, table, folder), forced=forced)
    asked = [t.name for t in config.treatments if t.effect == "learned"] or list(policy.arms)
    n, k = len(table), len(treatments)
    kept, doubt, allowed = np.full((n, k), np.nan), np.zeros((n, k, 2)), np.ones(k, dtype=bool)
    unit = np.ones(n) if policy.kind == "rate" else policy.value / np.maximum(value, 1e-9)
    through = policy.allowed_arms(forced=forced)
    for i, treatment in enumerate(treatments):
        if treatment.name not in asked or treatment.name not in policy.arms:
            continue
        if treatment.offer_cost and policy.kind != "rate":
            raise ConfigError(
                f"treatments: the offer_cost of {treatment.name} is paid per purchase, and the policy {found.name} "
                f"has learnt of money ({policy.outcome}): learn from whether customers bought, or from money net of it."
            )
        arm = policy.arms.index(treatment.name)
        root = np.linalg.cholesky(effects.covariance[arm] + 1e-18 * np.eye(2))
        kept[:, i] = effects.effect[:, arm] * unit
        doubt[:, i] = (effects.spread[:, arm] @ root) * unit[:, None]
        allowed[i] = through[arm]
    return Learnt(kept, doubt, allowed)


def policy_record(found: Registered, forced: bool) -> dict[str, Any]:
    """Return what a list's record says of its policy."""
    verdict = found.policy.verdict
    personal = forced or verdict.answer == PERSONAL
    return {
        "name": found.name,
        "version": found.version,
        "outcome": found.policy.outcome,
        "verdict": verdict.as_dict(),
        "forced": forced and verdict.answer != PERSONAL,
        "chosen": PERSONAL if personal else verdict.answer,
    }


def _covariates(prepared: Prepared, policy: LearntPolicy, name: str, table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return the policy's covariates of the customers of a list, row by row."""
    as_of = date.fromisoformat(folder.name) if is_day(folder.name) else date.max
    found, _, unknown = with_covariates(prepared, table, policy.design.names, folder, as_of)
    if unknown:
        raise ConfigError(
            f"The policy {name} has learnt from {', '.join(unknown)}, which these scores do not know. Learn it from "
            "columns of scores or features (docs/reference), or of tables.customers, by their names there."
        )
    return found
