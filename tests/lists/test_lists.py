"""Lists: ranked and reconciling."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from holdfast.churn import LAPSED, ONCE
from holdfast.churn.returners import Returners
from holdfast.features import build_features, summary_of
from holdfast.forecast.worth import p_gone
from holdfast.lists.kinds import KINDS, Customers, RankedList, _highest_first
from holdfast.pipeline import prepare
from holdfast.pipeline.training import fit
from tests.lists.whole import list_of


@pytest.fixture(scope="module")
def scored(shop, tmp_path_factory):
    from holdfast.config import make_config
    from tests.conftest import settings

    prepared = prepare(make_config(settings(tmp_path_factory.mktemp("lists"))), purchases=shop.purchases)
    scorer = fit(prepared, prepared.cutoff)
    features = build_features(prepared.log.connection, prepared.cutoff)
    return scorer, scorer.score(features, as_of=prepared.cutoff.date, model_version="m-1"), features


def test_scores_are_what_the_columns_say(scored):
    scorer, scores, features = scored
    assert list(scores.columns) == [c.name for c in scorer.columns]
    assert len(scores) == len(features) == scores["customer_id"].nunique()
    assert scores["p_churn_60d"].between(0, 1).all()
    product = scores["p_churn_60d"] * scores["value_if_stays_60d"]
    pd.testing.assert_series_equal(scores["value_at_risk_60d"], product, check_names=False)
    # Churn, forecast and value are one, customer by customer.
    expected = scores["expected_purchases_60d"] * scores["expected_spend_per_purchase"]
    stays = (1 - scores["p_churn_60d"]) * scores["value_if_stays_60d"]
    assert (expected - stays).abs().max() < 1e-9
    assert (scores["value_if_stays_60d"] >= scores["expected_spend_per_purchase"]).all()
    assert (scores["clv_365d"] > 0.97 * expected).all()
    assert (features["days_since_last"] <= 120).tolist() == scores["eligible"].tolist()


def test_at_risk_holds_the_active_with_most_to_lose(scored):
    scorer, scores, features = scored
    table = list_of("at_risk", scorer, scores, features, most=50)
    assert table["rank"].tolist() == list(range(1, 51))
    assert table["value_at_risk_60d"].is_monotonic_decreasing
    left = (features["days_since_last"] > 3 * features["gap_max"]) & (features["purchase_days"] >= 3)
    active = scores[scores["eligible"] & ~(left & (scores["p_churn_60d"] >= 0.8))]
    assert 0 < len(active) < scores["eligible"].sum()
    assert set(table["customer_id"]) == set(active.nlargest(50, "value_at_risk_60d")["customer_id"])
    assert (table["reason_1"] != "").all()


def test_who_left_by_their_own_rhythm_is_won_back_not_kept(scored):
    scorer, scores, features = scored
    silent = features["days_since_last"]
    often = features["customer_id"][(features["purchase_days"] >= 5) & silent.between(60, 119)].iloc[:4]
    gone, back, short, once = often
    mine = features["customer_id"]
    features = features.assign(
        gap_max=features["gap_max"].mask(mine.isin(often), silent / 3.1).mask(mine == short, silent / 2.9),
        purchase_days=features["purchase_days"].mask(mine == once, 2),
    )
    scores = scores.assign(p_churn_60d=scores["p_churn_60d"].mask(mine.isin([gone, short, once]), 0.92))
    scores["p_churn_60d"] = scores["p_churn_60d"].mask(mine == back, 0.7)
    assert scores["eligible"][mine.isin(often)].all()
    on = {name: set(list_of(name, scorer, scores, features)["customer_id"]) for name in KINDS}
    assert gone in on["win_back"]
    assert not {gone} & (on["at_risk"] | on["overdue"])
    # Many like them come back; they were silent for as long before; two purchases are no rhythm.
    assert {back, short, once} <= on["at_risk"]
    assert not {back, short, once} & on["win_back"]
    # What is known of the lapsed was not counted of them.
    counts = {LAPSED: {"": (300, 60), "with 6 or more purchases": (100, 50), "with 3 to 5 purchases": (100, 50)}}
    knowing = replace(scorer, returners=Returners(120, 0, 60, counts=counts))
    table = list_of("win_back", knowing, scores, features).set_index("customer_id")
    assert "who lapsed" not in table.loc[gone, "reason_1"]
    assert table.drop(gone)["reason_1"].str.contains("who lapsed").any()


def test_nobody_who_is_all_but_certain_to_buy_nothing_has_a_next_purchase(scored):
    scorer, scores, features = scored
    summary = summary_of(features)
    own = scorer.transactions.p_no_purchase(summary, 60)
    soon = scorer.transactions.median_wait(summary) < 30
    sure = (scores["p_alive"] > 0.7) & (own < 0.5) & soon
    assert sure.sum() > 20
    as_said = list_of("high_value", scorer, scores, features).set_index("customer_id")["next_purchase_expected"]
    broken = scores.assign(p_churn_60d=scores["p_churn_60d"].mask(sure, 0.99))
    now = list_of("high_value", scorer, broken, features).set_index("customer_id")["next_purchase_expected"]
    those = [c for c in scores["customer_id"][sure] if c in now.index and as_said[c]]
    assert len(those) > 5
    assert set(now[those]) == {""}


def test_every_list_tells_what_was_and_what_is_expected(scored):
    scorer, scores, features = scored
    table = list_of("at_risk", scorer, scores, features).set_index("customer_id")
    mine = features.set_index("customer_id").loc[table.index]
    as_of = pd.Timestamp(scores["as_of"].iloc[0])
    assert table["purchases_so_far"].tolist() == mine["purchase_days"].tolist()
    last = as_of - pd.to_timedelta(mine["days_since_last"], unit="D")
    assert table["last_purchase"].tolist() == last.dt.strftime("%Y-%m-%d").tolist()
    wait = np.ceil(scorer.transactions.median_wait(summary_of(mine.reset_index())))
    own = scores.set_index("customer_id").loc[table.index]
    gone = p_gone(own["p_churn_60d"].to_numpy(), scorer.transactions.p_no_purchase(summary_of(mine.reset_index()), 60))
    alive = own["p_alive"].to_numpy() * (1 - gone) >= 0.5
    assert (~alive & (wait <= 2 * 60)).any()
    soon = (wait <= 2 * 60) & alive
    assert 0 < soon.sum() < len(soon)
    expected = [str((as_of + pd.Timedelta(days=d)).date()) if s else "" for d, s in zip(wait, soon, strict=True)]
    assert table["next_purchase_expected"].tolist() == expected
    words = {1: "low", 2: "medium", 3: "medium"}
    assert table["confidence"].tolist() == [words.get(n, "high") for n in table["purchases_so_far"]]


def test_the_second_order_curve_goes_through_the_calibrated_probability(scored):
    scorer, scores, features = scored
    table = list_of("second_order", scorer, scores, features, best_days=(70.0, 100.0)).set_index("customer_id")
    p = scores.set_index("customer_id").loc[table.index, "p_churn_60d"]
    mine = summary_of(features.set_index("customer_id").loc[table.index].reset_index())
    some = [1 - scorer.transactions.p_no_purchase(mine, days) for days in (60, 30, 90)]
    assert table["p_second_60d"].to_numpy() == pytest.approx(1 - p.to_numpy(), rel=1e-9)
    for days, shape in zip((30, 90), some[1:], strict=True):
        level = np.minimum((1 - p.to_numpy()) * shape / some[0], 1.0)
        assert table[f"p_second_{days}d"].to_numpy() == pytest.approx(level, rel=1e-9)
    silent = features.set_index("customer_id").loc[table.index, "days_since_last"]
    best = pd.Timestamp(scores["as_of"].iloc[0]) + pd.to_timedelta(70 - silent, unit="D")
    assert table["best_from"].tolist() == best.dt.strftime("%Y-%m-%d").tolist()


def test_without_amounts_purchases_are_at_stake(scored):
    scorer, scores, features = scored
    bare = replace(scorer, spend=None)
    counted = bare.score(features, as_of=scores["as_of"].iloc[0], model_version="m-1")
    table = list_of("at_risk", bare, counted, features, most=40).set_index("customer_id")
    mine = counted.set_index("customer_id").loc[table.index]
    p = mine["p_churn_60d"]
    at_stake = p * mine["expected_purchases_60d"] / (1 - p)
    assert table["purchases_at_risk_60d"].to_numpy() == pytest.approx(at_stake.to_numpy(), rel=1e-9)
    certain = counted.assign(p_churn_60d=1.0)
    assert list_of("at_risk", bare, certain, features, most=5)["purchases_at_risk_60d"].tolist() == [1.0] * 5


def test_high_value_shares_add_up(scored):
    scorer, scores, features = scored
    table = list_of("high_value", scorer, scores, features, share=0.25)
    assert len(table) == round(0.25 * len(scores))
    assert table["clv_365d"].is_monotonic_decreasing
    assert table["clv_decile"].tolist()[0] == 1
    assert table["clv_decile"].max() == 3
    assert table["share_of_total"].sum() == pytest.approx(table["cumulative_share"].iloc[-1])
    whole = list_of("high_value", scorer, scores, features, share=1.0)
    assert whole["cumulative_share"].iloc[-1] == pytest.approx(1)
    assert whole["clv_365d"].sum() == pytest.approx(scores["clv_365d"].sum())


def test_who_is_on_no_list_is_not_in_the_shares_that_a_list_sums_up(scored):
    scorer, scores, features = scored
    whole = list_of("high_value", scorer, scores, features, share=0.25)
    off = scores["customer_id"].isin(whole["customer_id"].iloc[[0, 3]]).to_numpy()
    ranked = RankedList("high_value", scorer, customers=len(scores), share=0.25)
    ranked.add(Customers(scorer, scores, features, None, off))
    table = ranked.table()
    assert len(table) == len(whole) - 2
    # Of all customers' CLV, and of those who are on it.
    total = scores["clv_365d"].sum()
    assert table["share_of_total"].to_numpy() == pytest.approx((table["clv_365d"] / total).to_numpy())
    assert table["cumulative_share"].to_numpy() == pytest.approx((table["clv_365d"].cumsum() / total).to_numpy())
    assert table["cumulative_share"].iloc[0] == table["share_of_total"].iloc[0]


def test_equal_values_are_of_one_tenth_in_any_order_of_rows(scored):
    scorer, scores, features = scored
    # A third of the customers have one and the same CLV, as one-time buyers of one day have.
    alike = scores.assign(clv_365d=scores["clv_365d"].clip(lower=scores["clv_365d"].quantile(0.35)))
    other = np.random.default_rng(1).permutation(len(scores))
    whole, again = (
        list_of(
            "high_value",
            scorer,
            alike.iloc[o].reset_index(drop=True),
            features.iloc[o].reset_index(drop=True),
            share=1.0,
        )
        for o in (np.arange(len(scores)), other)
    )
    pd.testing.assert_frame_equal(whole, again)
    by_value = whole.groupby("clv_365d")["clv_decile"]
    assert by_value.min().equals(by_value.max())
    # 65 % stand above the crowd, so it begins in the seventh tenth, and nobody is in a later one.
    assert whole["clv_decile"].tolist()[-1] == whole["clv_decile"].max() == 7
    crowd = whole[whole["clv_365d"] == whole["clv_365d"].min()]
    assert crowd["customer_id"].is_monotonic_increasing


def test_a_list_found_in_parts_is_the_list_of_all_at_once(scored):
    scorer, scores, features = scored
    days = (70.0, 100.0)
    for name in KINDS:
        whole = list_of(name, scorer, scores, features, most=60, share=0.3, best_days=days)
        ranked = RankedList(name, scorer, customers=len(scores), most=60, share=0.3)
        for part in np.array_split(np.random.default_rng(2).permutation(len(scores)), 7):
            ranked.add(Customers(scorer, scores, features, days).take(part))
        pd.testing.assert_frame_equal(ranked.table(), whole, obj=name)
        assert len(whole), name
    with pytest.raises(ValueError, match="no list 'lost'"):
        list_of("lost", scorer, scores, features)


def test_the_second_order_comes_first_in_its_best_window(scored):
    scorer, scores, features = scored
    table = list_of("second_order", scorer, scores, features, best_days=(70.0, 100.0))
    silent = features.set_index("customer_id").loc[table["customer_id"], "days_since_last"].to_numpy()
    assert table["in_best_window"].tolist() == [70 <= s <= 100 for s in silent]
    inside = int(table["in_best_window"].sum())
    assert 0 < inside < len(table)
    assert table["in_best_window"].head(inside).all()
    assert table["value_at_risk_60d"].head(inside).is_monotonic_decreasing


def test_second_order_says_first_who_bought_again_before(scored):
    scorer, scores, features = scored
    counts = {ONCE: {"": (300, 60), "with one purchase 81 to 120 days ago": (100, 50)}}
    knowing = replace(scorer, returners=Returners(120, 0, 60, counts=counts))
    table = list_of("second_order", knowing, scores, features)
    plain = list_of("second_order", scorer, scores, features)
    silent = features.set_index("customer_id").loc[table["customer_id"], "days_since_last"]
    said = "50% of customers with one purchase 81 to 120 days ago bought again within 60 days"
    said += ", against 20% of all with one purchase"
    assert (table["reason_1"] == said).tolist() == (silent > 80).tolist()
    assert (table["reason_1"] == said).any()
    # The signs of risk follow; that there is none is said only where nothing is.
    later = [r if not r.startswith(("as likely to leave as", "usually buys only")) else "" for r in plain["reason_1"]]
    expected = [one if s > 80 else two for one, two, s in zip(later, plain["reason_2"], silent, strict=True)]
    assert table["reason_2"].tolist() == expected


def test_highest_first_is_the_order_of_pandas_and_equals_stand_by_their_ids():
    random = np.random.default_rng(4)
    for n in (0, 1, 2, 500):
        table = pd.DataFrame(
            {
                "flag": random.random(n) < 0.5,
                "worth": random.choice([0.0, -0.0, 1.5, np.nan, 3.0, 1e9], n),
                "customer_id": pd.Series([f"{i:x}é" for i in random.permutation(n)], dtype="str"),
            }
        )
        wanted = table.sort_values(["flag", "worth", "customer_id"], ascending=[False, False, True])
        assert table.iloc[_highest_first(table, ["flag", "worth"])].equals(wanted)
