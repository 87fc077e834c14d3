"""The programme holdout end to end: kept off every list for ever, and read every week."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from holdfast import make_config, prepare
from holdfast.config.lists import Holdout
from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.experiments.learnt.winsor import winsorised
from holdfast.lists.suppression import HOLDOUT, in_holdout
from holdfast.pipeline import effect_of_programme, make_list
from holdfast.pipeline.effect import _why_none
from holdfast.report import decisions, experiments
from tests.conftest import settings
from tests.pipeline.test_listing import TODAY, shop_done
from tests.sentences import faults

__all__ = ["shop_done"]  # the fixture


def with_holdout(prepared, **keys):
    return replace(prepared, config=prepared.config.model_copy(update={"holdout": Holdout(**keys)}))


def test_the_same_customers_are_kept_off_every_list_for_ever(shop_done):
    prepared, scored = shop_done
    counts = {}
    for name in ("at_risk", "win_back"):
        issued = make_list(with_holdout(prepared, share=0.2), name, today=TODAY)
        rows = issued.decision.decisions
        held = in_holdout(rows["customer_id"], "shop", 0.2)
        assert held.sum() > 10
        assert set(rows["status"][held]) <= {HOLDOUT, "control of an earlier list"}
        assert not (rows["status"][~held] == HOLDOUT).any()
        counts[name] = issued.record["account"]["suppressed"][HOLDOUT]
        assert counts[name] == (rows["status"] == HOLDOUT).sum()
        assert f"{counts[name]:,} suppressed: programme holdout" in decisions.issued(
            issued.as_dict(), issued.decision, rows=3
        )
    ids = pd.Series(scored.scores["customer_id"])
    assert (in_holdout(ids, "shop", 0.03) <= in_holdout(ids, "shop", 0.2)).all()
    assert (in_holdout(ids, "shop", 0.2) != in_holdout(ids, "another", 0.2)).any()


def test_a_list_says_the_smallest_effect_that_its_control_group_can_show(shop_done):
    prepared, _ = shop_done
    issued = make_list(prepared, "at_risk", today=TODAY, capacity=100)
    found = issued.record["smallest_effect"]
    rows = issued.decision.decisions[issued.decision.decisions["status"].isin(["listed", "control"])]
    assert found["stay"] == pytest.approx(1 - rows["p_churn_60d"].mean())
    assert found["expected"] == pytest.approx(
        (rows["p_churn_60d"] * rows["treatment"].map({"voucher": 0.3, "letter": 0.1})).mean()
    )
    assert not found["enough"]
    said = "\n".join(decisions.smallest_effect(found))
    assert "that is hardly enough: pool several lists, hold back more" in said
    assert "programme holdout (holdout.share)" in said
    enough = {**found, "enough": True, "effect": 0.021, "stay": 0.5, "expected": 0.05}
    assert decisions.smallest_effect(enough) == [
        "  they can show an effect of +2.1 points or more (80 % power), where 50% stay anyway and +5.0 points can be "
        "expected"
    ]
    # Of the lapsed nobody stays, nor of those who have given notice.
    assert decisions.smallest_effect({**enough, "stay": 0.05}, "win_back")[0].endswith(
        "where 5% come back anyway and +5.0 points can be expected"
    )
    assert decisions.smallest_effect(
        {**{k: v for k, v in enough.items() if k != "expected"}, "expected": None, "stay": 0.02}, "notice_given"
    )[0].endswith("where 2% take their notice back anyway")
    assert decisions.smallest_effect(None) == []


def test_a_list_from_which_chance_held_nobody_back_says_so(shop_done):
    prepared, _ = shop_done
    lists = prepared.config.lists.model_copy(update={"experiment": "another draw"})
    drawn = replace(prepared, config=prepared.config.model_copy(update={"lists": lists}))
    issued = make_list(drawn, "at_risk", today=TODAY, capacity=1)
    assert (issued.record["account"]["listed"], issued.record["account"]["control"]) == (1, 0)
    said = "chance held nobody back, so this list cannot show what it changes: a greater lists.control_share can"
    assert said in decisions.issued(issued.as_dict(), issued.decision, rows=3)
    assert said not in decisions.issued({**issued.as_dict(), "control_share": 0.0}, issued.decision, rows=3)
    assert _why_none(issued.record, 0).startswith("chance held back nobody at lists.control_share: 0.1. Hold back more")
    assert "held back one customer at" in _why_none(issued.record, 1)
    assert _why_none({"control_share": 0.0}, 0) == "lists.control_share holds one back."


@pytest.fixture(scope="module")
def whole(shop, tmp_path_factory):
    config = make_config(
        {**settings(tmp_path_factory.mktemp("programme")), "holdout": {"share": 0.2, "since": "2023-09-01"}}
    )
    return prepare(config, purchases=shop.purchases)


def test_weekly_readings_count_matured_customers_and_what_they_spent(whole, shop):
    found = effect_of_programme(whole)
    log = shop.purchases.assign(day=pd.to_datetime(shop.purchases["ordered_at"]).dt.date)
    until = log["day"].max() + timedelta(days=1)
    days = sorted({day for day, _, _ in found.readings})
    assert days[-1] == until
    assert {b - a for a, b in pairwise(days)} == {timedelta(days=7)}
    assert days[0] >= date(2023, 9, 1) + timedelta(days=60) > days[0] - timedelta(days=7)
    first = log.groupby("customer_id")["day"].min()
    entry = first.map(lambda d: max(d + timedelta(days=1), date(2023, 9, 1)))
    matured = entry[entry.map(lambda d: d + timedelta(days=60) <= until)]
    held = in_holdout(pd.Series(matured.index), "shop", 0.2)
    later = log[log["day"].to_numpy() >= log["customer_id"].map(entry).to_numpy()]
    revenue = later.groupby("customer_id")["amount"].sum().reindex(matured.index).fillna(0.0).to_numpy(dtype=float)
    reading = found.latest["revenue"]
    assert (reading.customers, reading.held_out) == ((~held).sum(), held.sum())
    mean = (reading.customers * reading.mean + reading.held_out * reading.held_out_mean) / len(held)
    assert mean == pytest.approx(winsorised(revenue)[0].mean(), rel=1e-6)
    assert found.latest["margin_net"].effect == pytest.approx(reading.effect * whole.config.clv.margin)
    assert set(found.latest) == {"retention", "revenue", "margin_net"}
    # Nobody was contacted: nothing to see.
    assert not any(r.shown for _, _, r in found.readings)
    said = experiments.programme(found.as_dict())
    assert "no effect of the programme on revenue is shown yet" in said
    assert "Programme since 2023-09-01, 20% of the customers on no list" in said
    assert not faults(said)
    assert effect_of_programme(whole, weeks=2).readings == found.readings[-6:]
    assert np.isfinite(reading.low)


def test_what_a_programme_needs_is_asked_for(whole):
    with pytest.raises(ConfigError, match=r"holdout.share is 0"):
        effect_of_programme(with_holdout(whole))
    with pytest.raises(ConfigError, match=r"holdout.since: state the programme's first day"):
        effect_of_programme(with_holdout(whole, share=0.1))
    with pytest.raises(NotEnoughDataError, match="No customer is matured before 2024-07-30"):
        effect_of_programme(with_holdout(whole, share=0.1, since=date(2024, 5, 31)))
