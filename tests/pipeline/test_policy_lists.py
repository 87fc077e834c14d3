"""Lists by a learnt policy: its effects take the place of the assumed ones, or it is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from holdfast.config.lists import TreatmentKeys
from holdfast.errors import ConfigError, NotEnoughDataError, NotFoundError
from holdfast.experiments.learnt import Offer, learn_policy
from holdfast.language import speaking
from holdfast.pipeline import make_list
from holdfast.report import decisions as text
from holdfast.track.policies import register_policy
from tests.pipeline.test_listing import TODAY, shop_done

__all__ = ["shop_done"]  # the fixture


def campaign(effect, n=5000):
    """A randomised campaign with a voucher, on columns that lists know."""
    random = np.random.default_rng(18)
    p = random.random(n)
    arm = np.where(random.random(n) < 0.5, "voucher", "none")
    stays = random.random(n) < 1 - p + (arm == "voucher") * effect(p)
    so_far = random.integers(1, 9, n)
    return pd.DataFrame({"p_churn_60d": p, "purchases_so_far": so_far, "arm": arm, "bought": stays.astype(int)})


def learnt(effect):
    terms = {"outcome": "bought", "covariates": ["p_churn_60d", "purchases_so_far"], "trusted": ["p_churn_60d"]}
    return learn_policy(campaign(effect), arm="arm", control="none", **terms, value=20, offers={"voucher": Offer(3.0)})


def test_a_learnt_effect_decides_in_place_of_the_assumed_one(shop_done):
    prepared, _ = shop_done
    models = prepared.config.models
    # It helps those between: who is sure to leave cannot be won, who is sure to stay need not be.
    registered = register_policy(models, "spring", learnt(lambda p: 1.6 * p * (1 - p) * (p > 0.4)))
    assert registered.policy.verdict.answer == "by customer"
    assumed = make_list(prepared, "at_risk", today=TODAY)
    issued = make_list(prepared, "at_risk", today=TODAY, policy="spring")
    rows = issued.decision.decisions.merge(pd.read_parquet(issued.folder / "decisions.parquet")[["customer_id"]])
    kept = registered.policy.effects(rows).effect[:, 0]
    given = (rows["treatment"] == "voucher").to_numpy()
    assert given.sum() > 20
    profit = kept * (rows["value_if_stays_60d"] - 3.0) - (1 - rows["p_churn_60d"]) * 3.0 - 0.5
    assert np.allclose(rows["expected_profit"][given], profit[given])
    assert (profit[given] > 0).all()
    assert issued.record["policy"]["version"] == registered.version
    assert assumed.record["policy"] is None
    assert issued.record["account"]["listed"] != assumed.record["account"]["listed"]
    curve = issued.decision.audience
    assert curve["profit"].iloc[-1] == pytest.approx(issued.decision.contact["expected_profit"].sum())
    said = text.issued(issued.as_dict(), issued.decision, rows=3)
    assert f"effects by the policy spring ({registered.version}), by customer" in said
    assert "as sure as the policy's campaign" in said
    with speaking("sv"):
        said = text.issued(issued.as_dict(), issued.decision, rows=3)
    assert f"effekter enligt policyn spring ({registered.version}), per kund\n" in said


def test_a_policy_that_was_not_shown_to_pay_is_used_only_if_forced(shop_done):
    prepared, _ = shop_done
    register_policy(prepared.config.models, "idle", learnt(lambda p: np.full(len(p), 0.155)))
    with pytest.raises(NotEnoughDataError, match="The policy idle is not used: no effect was shown that pays"):
        make_list(prepared, "at_risk", today=TODAY, policy="idle")
    forced = make_list(prepared, "at_risk", today=TODAY, policy="idle", forced=True)
    assert forced.record["policy"]["forced"]
    register_policy(prepared.config.models, "harmful", learnt(lambda p: -0.2 * (1 - p)))
    nobody = make_list(prepared, "at_risk", today=TODAY, policy="harmful")
    assert nobody.record["policy"]["verdict"]["answer"] == "nobody"
    assert nobody.record["account"]["listed"] == 0
    with pytest.raises(NotFoundError, match='no policy "sprung"'):
        make_list(prepared, "at_risk", today=TODAY, policy="sprung")


def test_a_learned_treatment_needs_a_policy_that_knows_it(shop_done):
    prepared, _ = shop_done
    config = prepared.config

    def with_treatments(**changes):
        given = {"name": "voucher", "contact_cost": 0.5, "effect": "learned", **changes}
        return replace(prepared, config=config.model_copy(update={"treatments": (TreatmentKeys(**given),)}))

    with pytest.raises(ConfigError, match=r"the effect of voucher is learned: name the policy \(lists.policy\)"):
        make_list(with_treatments(), "at_risk", today=TODAY)
    with pytest.raises(ConfigError, match="learnt of voucher, and of no treatment called gift"):
        make_list(with_treatments(name="gift"), "at_risk", today=TODAY, policy="spring")
    with pytest.raises(ValueError, match="acceptance is missing"):
        TreatmentKeys(name="voucher")
