"""Scoring customers unlike the training's: the next date of a shop is no news, another unit or spelling is."""

import json
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from holdfast import load_config, make_config, prepare, score, train
from holdfast.errors import DataError
from holdfast.features import Cutoff
from holdfast.pipeline.inputs import feature_drift, feature_profile
from holdfast.track import Store, load_bundle, save_bundle
from tests.conftest import PROJECT, settings
from tests.pipeline.contracts import config, snapshot


@pytest.mark.parametrize("as_of", ["1997-10-01", "1998-01-19", "1998-03-01"])
def test_the_next_dates_of_the_music_shop_are_no_news(as_of):
    """One cohort that ages, a Christmas in between, a first anniversary: all moves, and none of it is an error."""
    given = load_config(PROJECT / "configs" / "cdnow.yaml", [f"as_of={as_of}", "churn.horizon_days=90"])
    shop = prepare(given, base=PROJECT / "configs")
    profile = feature_profile(shop)
    assert {"tenure", "days_since_last", "spend_mean", "purchase_days"} <= set(profile.numbers)
    for days in (0, 7, 30, 90):
        later = shop.snapshots.features(shop.cutoff.date + timedelta(days=days))
        assert [d.said for d in feature_drift(profile, later)] == [], days


# The best simple rule serves: quick, and nothing for the gate to refuse.
RULES = {"value": "btyd", "origins": 1, "leave_out": ["blend", "lightgbm", "lightgbm_pooled", "ridge"]}


@pytest.fixture(scope="module")
def trained(shop, tmp_path_factory):
    given = settings(tmp_path_factory.mktemp("inputs"), as_of="2024-02-01", race=RULES)
    done = prepare(make_config(given), purchases=shop.purchases)
    train(done)
    return done


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p, None),
        (lambda p: p.assign(amount=p["amount"] * 1.05), None),
        (lambda p: p.assign(amount=p["amount"] * 100), "spend_mean is as if in another unit (median "),
        (
            lambda p: pd.concat([p, p.assign(order_id=p["order_id"].astype(str) + "b")]),
            "lines_per_purchase has shifted (median 2, in the training 1, PSI ",
        ),
    ],
    ids=["the same shop a month later", "a little inflation", "cents", "every order twice"],
)
def test_scores_a_month_later_say_what_is_unlike_the_training(trained, shop, change, said):
    later = trained.config.model_copy(update={"as_of": pd.Timestamp("2024-03-01").date()})
    scored = score(prepare(later, purchases=change(shop.purchases)))
    notes = [n for n in scored.notes if n.startswith("Inputs unlike")]
    assert len(notes) == (said is not None)
    if said is not None:
        assert said in " ".join(d["said"] for d in scored.metrics["drift"])
    written = json.loads((scored.folder / "metrics.json").read_text(encoding="utf-8"))
    assert written["drift"] == scored.metrics["drift"]
    assert [n for n in written["notes"] if n.startswith("Inputs unlike")] == notes


def test_a_table_that_is_gone_is_refused(shop, tmp_path):
    ids = shop.purchases["customer_id"].drop_duplicates()
    on_file = pd.DataFrame({"customer_id": ids, "age": range(len(ids))})
    tables = {"customers": {"columns": {"attributes": ["age"]}}}
    given = settings(tmp_path, as_of="2024-02-01", race=RULES)
    train(prepare(make_config({**given, "tables": tables}), purchases=shop.purchases, tables={"customers": on_file}))
    without = prepare(make_config(given), purchases=shop.purchases)
    with pytest.raises(DataError, match=r"cannot score these rows: attribute_1 is missing in 100.0% of the rows"):
        score(without)


def test_contracts_written_otherwise_are_refused_or_told(tmp_path):
    table = snapshot(400)
    train(prepare(config(tmp_path, "snapshot"), subscriptions=table))

    def told(changed):
        scored = score(prepare(config(tmp_path, "snapshot"), subscriptions=changed))
        assert (
            json.loads((scored.folder / "metrics.json").read_text(encoding="utf-8"))["drift"] == scored.metrics["drift"]
        )
        return [n for n in scored.notes if n.startswith("Inputs unlike")]

    assert told(table) == []
    assert told(table.sample(150, random_state=2)) == []
    some = table.assign(plan=table["plan"].where(table.index % 4 > 0, table["plan"].str.upper()))
    assert told(some) == [
        "Inputs unlike the training's: plan holds 3 categories that the training did not see, in 100 rows (25.0%); "
        "they differ from known ones only by capitals or blanks."
    ]
    (cents,) = told(table.assign(price=table["price"] * 100))
    assert "price" in cents
    for name, changed in (
        ("plan", table.assign(plan=table["plan"].str.upper())),
        ("hours", table.assign(hours=None)),
    ):
        with pytest.raises(DataError, match=rf"the model cannot score these rows: {name} .*run `holdfast train`"):
            told(changed)


def test_a_bundle_without_a_profile_scores_and_says_so(trained, shop, tmp_path):
    loaded = load_bundle(Store(trained.config.models).champion("shop").bundle_folder)
    assert loaded.scorer.profile == feature_profile(trained)
    save_bundle(tmp_path / "old", replace(loaded.scorer, profile=None), {})
    again = load_bundle(tmp_path / "old").scorer
    assert again.profile is None
    features = trained.snapshots.features(Cutoff(trained.cutoff.date, 60).date)
    assert feature_drift(again.profile, features) == []
    from holdfast.pipeline.inputs import drift_notes

    assert "no profile of its inputs" in drift_notes(again.profile, [])[0]
