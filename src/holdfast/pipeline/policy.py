"""Policy: learnt from a campaign's file, and what it says of customers it has not seen."""

from typing import Any

import numpy as np
import pandas as pd

from holdfast.config.experiment import Experiment
from holdfast.errors import NotEnoughDataError
from holdfast.experiments.learnt import LearntPolicy, Offer, learn_policy
from holdfast.experiments.learnt.value import best_of
from holdfast.experiments.trial import margin_of, outcome_of
from holdfast.learn.intervals import NORMAL_95
from holdfast.lists.treatments import NOTHING


def learn_from(data: pd.DataFrame, chosen: Experiment, outcome: str) -> LearntPolicy:
    """Learn a policy from a randomised campaign as its YAML describes it (``holdfast.experiments.learn_policy``).

    The other outcomes of the campaign count as written after the assignment.
    """
    terms = chosen.policy
    arms = sorted({str(a) for a in data[chosen.arm].dropna()} - {chosen.control})
    offers = {name: Offer(keys.contact_cost, keys.offer_cost) for name, keys in terms.offers.items()}
    usual = Offer(chosen.uplift.cost_per_treated or chosen.cost_per_treated or 0.0)
    after = [*chosen.after, *(o for o in chosen.outcomes if o != outcome)]
    return learn_policy(
        data,
        arm=chosen.arm,
        control=chosen.control,
        outcome=outcome,
        covariates=chosen.covariates,
        trusted=chosen.trusted,
        after=after,
        shares=chosen.shares,
        customer=chosen.id_in(data),
        strata=chosen.strata,
        propensities=terms.propensities,
        value=terms.value or margin_of(outcome_of(data, outcome), chosen.margin) or 1.0,
        offers={**dict.fromkeys(arms, usual), **offers},
        present=terms.present,
        share=terms.share,
        winsorise=terms.winsorise,
        seed=chosen.seed,
    )


def refuse_unshown(policy: LearntPolicy, name: str, *, forced: bool, instead: str) -> None:
    """Refuse a policy whose campaign did not show what to do: "nothing" for everybody would be an answer.

    Raises
    ------
    NotEnoughDataError
        It did not, and the use is not forced.
    """
    if not (policy.verdict.shown or forced):
        raise NotEnoughDataError(
            f"The policy {name} is not used: {policy.verdict.reason}. {instead}, or use it all the same with "
            "--force-policy."
        )


def applied(
    policy: LearntPolicy, name: str, customers: pd.DataFrame, customer: str, *, forced: bool = False
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return what a policy says of customers, one row each, and how many get what.

    Columns: the id; of every arm ``effect_<arm>`` with its 95 % interval (``_low``, ``_high``; units of the outcome)
    and ``profit_<arm>`` (effect × value − cost, currency); ``treatment``, the arm that earns most of those that the
    verdict lets through, or ``nothing``.

    Raises
    ------
    NotEnoughDataError
        The campaign did not show what to do, and the use is not forced.
    """
    refuse_unshown(policy, name, forced=forced, instead="Keep to the present rule")
    effects = policy.effects(customers, forced=forced)
    profits = policy.profits(effects)
    allowed = np.broadcast_to(np.array(policy.allowed_arms(forced=forced)), profits.shape)
    chosen = best_of(profits, allowed)
    half = NORMAL_95 * effects.error
    columns: dict[str, Any] = {"customer_id": customers[customer].to_numpy()}
    for i, arm in enumerate(policy.arms):
        columns[f"effect_{arm}"] = effects.effect[:, i]
        columns[f"effect_{arm}_low"] = effects.effect[:, i] - half[:, i]
        columns[f"effect_{arm}_high"] = effects.effect[:, i] + half[:, i]
        columns[f"profit_{arm}"] = profits[:, i]
    given = np.array([*policy.arms, NOTHING], dtype=object)
    columns["treatment"] = given[chosen]
    counts = {arm: int((chosen == i).sum()) for i, arm in enumerate(policy.arms)}
    unseen = {column: int(rows.sum()) for column, rows in policy.design.unseen(policy.design.raw(customers)).items()}
    return pd.DataFrame(columns), {"chosen": counts, "nobody": int((chosen < 0).sum()), "unseen": unseen}
