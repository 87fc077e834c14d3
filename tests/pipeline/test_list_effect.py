"""What a list changed: the contacted beside those held back, once its window is over."""

from datetime import date, timedelta

import pandas as pd
import pytest

from holdfast import make_config, prepare, score, train
from holdfast.data import simulate_contracts
from holdfast.errors import ConfigError, NotEnoughDataError, NotFoundError
from holdfast.pipeline import effect_of_list, make_list
from holdfast.report import experiments
from tests.conftest import settings
from tests.pipeline.contracts import config as contracts
from tests.pipeline.contracts import snapshot

TODAY = date(2024, 3, 3)
OFFER = {"name": "voucher", "contact_cost": 0.5, "offer_cost": 3.0, "acceptance": 0.3}


@pytest.fixture(scope="module")
def shop_done(shop, tmp_path_factory):
    given = {**settings(tmp_path_factory.mktemp("lists")), "treatments": [OFFER], "lists": {"most": 200}}
    prepared = prepare(make_config(given), purchases=shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"])
    train(prepared)
    return prepared, score(prepared)


def bought_more(purchases, customers):
    """Each of ``customers`` buys once more, for 30, three weeks after the list."""
    more = pd.DataFrame({"customer_id": customers, "ordered_at": pd.Timestamp("2024-03-22"), "amount": 30.0})
    return pd.concat([purchases, more.assign(order_id=[f"x{i}" for i in range(len(customers))])], ignore_index=True)


def test_a_small_control_group_is_measured_with_as_many_covariates_as_it_bears(shop_done, shop):
    prepared, _ = shop_done
    issued = make_list(prepared, "at_risk", capacity=16, today=TODAY, beside=False)
    assert 2 <= issued.record["account"]["control"] < 8, "three covariates need eight"
    later = prepare(prepared.config, purchases=shop.purchases)
    found = effect_of_list(later, issued.folder.name).as_dict()["effects"]
    assert {e["outcome"] for e in found} >= {"bought", "revenue"}


def test_what_a_list_changed_is_measured_when_its_window_is_over(shop_done, shop):
    prepared, _ = shop_done
    wide = prepared.config.model_copy(update={"lists": prepared.config.lists.model_copy(update={"control_share": 0.4})})
    before = shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"]
    issued = make_list(prepare(wide, purchases=before), "at_risk", today=TODAY)
    contact = issued.decision.contact
    assert len(contact) > 60
    # Nothing was sent: nothing may be found.
    nothing = effect_of_list(prepare(wide, purchases=shop.purchases), "at_risk-2024-03-01")
    assert (nothing.window_start, nothing.window_end) == (date(2024, 3, 1), date(2024, 4, 30))
    found = {e["outcome"]: e for e in nothing.as_dict()["effects"]}
    assert set(found) == {"bought", "purchases", "revenue", "margin_net"}
    assert not nothing.table.loc[nothing.table["arm"] == "control", "customer_id"].isin(contact["customer_id"]).any()
    assert "no significant effect" in experiments.measured(nothing.as_dict())
    # Everybody contacted buys once more: one purchase and 30 of revenue, less contact and offer.
    after = bought_more(shop.purchases, contact["customer_id"].tolist())
    effect = effect_of_list(prepare(wide, purchases=after), "at_risk-2024-03-01")
    found = {e["outcome"]: e["adjusted"] for e in effect.as_dict()["effects"]}
    for outcome, truth in (("purchases", 1.0), ("revenue", 30.0)):
        assert found[outcome]["low"] < truth < found[outcome]["high"]
        assert found[outcome]["low"] > 0
    treated = effect.table[effect.table["arm"] == "contacted"]
    assert (treated["revenue"] - treated["margin_net"]).tolist() == pytest.approx([3.5] * len(treated))
    # Nobody on the list buys in the window: the share of buyers says all there is, and purchases do not vary.
    asleep = pd.concat([before, after[pd.to_datetime(after["ordered_at"]) >= "2024-04-30"]], ignore_index=True)
    effects = effect_of_list(prepare(wide, purchases=asleep), "at_risk-2024-03-01").as_dict()["effects"]
    assert [(e["outcome"], e["mean"], e["control_mean"]) for e in effects] == [("bought", 0.0, 0.0)]
    assert "no significant effect on bought" in effects[0]["verdict"]
    early = after[pd.to_datetime(after["ordered_at"]) < "2024-04-20"]
    # Only the day before the window is over is too early.
    with pytest.raises(NotEnoughDataError, match="ends on 2024-04-30"):
        effect_of_list(prepare(wide, purchases=early), "at_risk-2024-03-01")
    with pytest.raises(NotFoundError, match=r'no list "at_risk-2024-03-02".*at_risk-2024-03-01'):
        effect_of_list(prepare(wide, purchases=after), "at_risk-2024-03-02")
    with pytest.raises(ConfigError, match="days: 0; a window has at least one day"):
        effect_of_list(prepare(wide, purchases=after), "at_risk-2024-03-01", days=0)
    none = prepared.config.model_copy(update={"lists": prepared.config.lists.model_copy(update={"control_share": 0.0})})
    make_list(prepare(none, purchases=before), "at_risk", today=TODAY)
    with pytest.raises(NotEnoughDataError, match="no control group"):
        effect_of_list(prepare(none, purchases=after), "at_risk-2024-03-01")


def test_of_contracts_it_is_measured_who_stayed(tmp_path):
    """Of those contacted nobody leaves, of those held back as many as ever."""
    spells = simulate_contracts(900, seed=3).spells
    given = contracts(tmp_path, "spells", treatments=[OFFER], lists={"control_share": 0.4})
    prepared = prepare(given, subscriptions=spells)
    train(prepared)
    score(prepared)
    issued = make_list(prepared, "at_risk", today=prepared.contracts.cutoff.date)
    contact, start = issued.decision.contact["customer_id"], prepared.contracts.cutoff.date
    ends = pd.to_datetime(spells["ended_at"])
    after = spells.assign(ended_at=ends.mask(ends.dt.date.gt(start) & spells["customer_id"].isin(contact)))
    until = start + timedelta(days=prepared.config.churn.horizon_days + prepared.contracts.spells.renewal_days)
    late = prepare(given.model_copy(update={"as_of": until}), subscriptions=after)
    found = effect_of_list(late, issued.folder.name).as_dict()
    assert [effect["outcome"] for effect in found["effects"]] == ["stayed"]
    stayed = found["effects"][0]
    assert stayed["mean"] == 1.0 > stayed["control_mean"]
    assert [one["treatment"] for one in found["acceptance"]] == ["voucher"]
    early = prepare(given.model_copy(update={"as_of": until - timedelta(days=1)}), subscriptions=after)
    with pytest.raises(NotEnoughDataError, match=f"not over before {until}"):
        effect_of_list(early, issued.folder.name)


def test_a_table_without_dates_says_how_to_measure_its_lists(tmp_path):
    given = contracts(tmp_path, "snapshot", treatments=[OFFER])
    prepared = prepare(given, subscriptions=snapshot())
    train(prepared)
    score(prepared)
    issued = make_list(prepared, "at_risk", today=TODAY)
    with pytest.raises(NotEnoughDataError, match="experiment measure"):
        effect_of_list(prepared, issued.folder.name)
