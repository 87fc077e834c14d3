"""Segments and value where the log lacks something, and where the model that scored is there."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.data import simulate_shop
from holdfast.pipeline import prepare, score, segment, train, value
from tests.conftest import settings
from tests.pipeline.scored_shop import AS_OF, write_scores


def test_a_log_without_amounts_or_tables_says_what_is_missing(shop, tmp_path):
    plain = SimpleNamespace(purchases=shop.purchases.drop(columns="amount"), truth=shop.truth)
    given = settings(tmp_path)
    del given["purchases"]["columns"]["amount"]
    given["value"] = {"lifespan_years": 5}
    config = make_config(given)
    write_scores(config, plain, {}, AS_OF)
    segmented = segment(config)
    assert segmented.cards["expected_purchases_60d_total"].sum() > 0
    valued = value(prepare(config, purchases=plain.purchases))
    assert "historical" not in valued.tables
    assert valued.tables["cohorts"]["spend_per_customer"].isna().all()
    kpis = valued.tables["kpis"].set_index("kpi")
    for kpi, needs in (
        ("cac", "customers"),
        ("campaign_conversion", "contacts"),
        ("service_days", "tickets"),
        ("nps", "surveys"),
    ):
        assert np.isnan(kpis.loc[kpi, "value"])
        assert f"needs tables.{needs}" in kpis.loc[kpi, "reason"]
    assert kpis.loc["retention_rate", "reason"] == ""


def test_a_month_in_which_nobody_bought_is_named_beside_the_cohorts(shop, tmp_path):
    day = pd.to_datetime(shop.purchases["ordered_at"])
    lost = shop.purchases[(day < "2023-05-01") | (day >= "2023-06-01")]
    said = []
    for name, lines in (("whole", shop.purchases), ("lost", lost)):
        config = make_config(settings(tmp_path / name))
        write_scores(config, SimpleNamespace(purchases=lines, truth=shop.truth), {}, AS_OF)
        said.append([n for n in value(prepare(config, purchases=lines)).notes if "nobody bought in" in n])
    named = "nobody bought in 2023-05, so 0% stands there; if lines are missing, the true share is not known."
    assert said == [[], [f"Cohorts: {named}"]]


def test_who_is_expected_to_bring_in_little_is_not_called(shop, tmp_path):
    config = make_config(settings(tmp_path))
    home = write_scores(config, shop, {}, AS_OF)
    before = segment(config).cards.set_index("name")["action"]
    customers = pd.read_parquet(home / "segments" / "customers.parquet").set_index("customer_id")
    scores = pd.read_parquet(home / "scores.parquet")
    at_risk = scores["customer_id"].map(customers["segment"]) == "At Risk"
    scores.loc[at_risk, "clv_365d"] = scores["clv_365d"].mean() / 10
    scores.to_parquet(home / "scores.parquet")
    action = segment(config).cards.set_index("name")["action"]
    assert before["At Risk"] == "contact in person or by a strong offer; ask what went wrong"
    assert action["At Risk"] == "worth little by now: by mail, with a small offer; ask what went wrong"
    assert action.drop("At Risk").equals(before.drop("At Risk"))


@pytest.mark.slow
def test_cards_name_reasons_where_the_model_that_scored_is_there(tmp_path):
    shop = simulate_shop(500, seed=5)
    prepared = prepare(make_config(settings(tmp_path)), purchases=shop.purchases)
    train(prepared)
    score(prepared)
    found = segment(prepared.config)
    assert not any("no reasons" in note for note in found.notes)
    cards = found.cards[(found.cards["kind"] == "segment") & (found.cards["customers"] > 0)].set_index("name")
    assert cards.loc["Lost", "reason_1"] != ""
    assert (cards["reason_1"] != "").mean() > 0.5
