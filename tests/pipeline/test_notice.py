"""Who has given notice leaves: they have a list of their own, their value ends, and the others are less likely to."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from holdfast.contractual import recipe
from holdfast.data import simulate_contracts
from holdfast.errors import ConfigError, DataError, NotFoundError
from holdfast.pipeline import make_list, prepare, read_list, score, train
from tests.pipeline.contracts import SPELLS, config

AS_OF = pd.Timestamp("2023-09-01")
OFFERS = {"treatments": [{"name": "month free", "contact_cost": 1.0, "offer_cost": 8.0, "acceptance": 0.4}]}


def as_known(seed: int = 2, lead: int = 60) -> tuple[pd.DataFrame, pd.Series]:
    """Return spells as of a day, most of whose ends were said 1 to ``lead`` days before, and when each came to end."""
    spells = simulate_contracts(3_000, seed=seed).spells
    rng = np.random.default_rng(seed)
    ends = pd.to_datetime(spells["ended_at"])
    said = ends - pd.to_timedelta(rng.integers(1, lead + 1, len(spells)), unit="D")
    ahead = ends >= AS_OF
    table = spells.assign(
        leaves_at=spells["ended_at"].where(ahead & (said < AS_OF) & spells["end_reason"].eq("cancelled")),
        ended_at=spells["ended_at"].mask(ahead),
        end_reason=spells["end_reason"].mask(ahead),
    )
    last = spells.groupby("customer_id").tail(1).set_index("customer_id")["ended_at"]
    return table[pd.to_datetime(table["started_at"]) < AS_OF].reset_index(drop=True), pd.to_datetime(last)


def asked(folder, **changes):
    columns = {name: name for name in (*SPELLS, "leaves_at")}
    given = {"as_of": "2023-09-01", "subscriptions__columns": columns, **OFFERS, **changes}
    return config(folder, "spells", **given)


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    table, ends = as_known()
    prepared = prepare(asked(tmp_path_factory.mktemp("notice")), subscriptions=table)
    train(prepared)
    return prepared, score(prepared), ends


def test_probabilities_say_what_is_known_and_add_up(club):
    _, scored, ends = club
    scores = pd.read_parquet(scored.folder / "scores.parquet")
    came = ends.reindex(scores["customer_id"]).to_numpy()
    left = (came >= AS_OF.to_numpy()) & (came < (AS_OF + pd.Timedelta(days=30)).to_numpy())
    known = scores["ends_in_days"].notna().to_numpy()
    within = (scores["ends_in_days"] < 30).to_numpy()
    p = scores["p_churn_30d"].to_numpy()
    assert (known.sum(), within.sum(), left[within].sum()) == (46, 39, 39)
    assert set(p[within]) == {1.0}
    assert set(p[known & ~within]) == {0.0}
    # 48 of the others left; without notices the model expects 95 of all 1,468, of whom 87 left.
    assert left[~known].sum() == 48
    assert 38 < p[~known].sum() < 62
    assert (scores.loc[known, "p_payment_failure_30d"] == 0).all()


def test_where_hardly_anybody_else_will_leave_it_is_said_that_the_list_comes_too_late(club, monkeypatch):
    prepared, scored, _ = club
    late = "39 customers have given notice to leave before 2023-10-01, and hardly anybody else will"
    assert not any("comes too late" in note for note in scored.notes)
    monkeypatch.setattr("holdfast.contractual.notice._HARDLY", 2.0)
    (note,) = [note for note in score(prepared).notes if "comes too late" in note]
    assert note.startswith(f"{late}: of 1,422 customers without notice ")
    assert "churn.horizon_days beyond the time of notice (90, say)" in note


def test_value_ends_with_the_contract(club):
    _, scored, _ = club
    scores = pd.read_parquet(scored.folder / "scores.parquet").set_index("customer_id")
    soon = scores[scores["ends_in_days"] < 25]
    assert len(soon) > 20
    assert (soon[["clv_365d", "clv_365d_p10", "clv_365d_p90"]] == 0).all(axis=None)
    later = scores[scores["ends_in_days"] >= 30]
    assert (later["clv_365d"] == later["value_if_stays_365d"]).all()
    assert (later["value_at_risk_365d"] == 0).all()
    assert (later["clv_365d"] < scores.loc[scores["ends_in_days"].isna(), "clv_365d"].median()).all()


def test_they_have_a_list_of_their_own_and_stand_on_no_list_of_risk(club):
    prepared, scored, ends = club
    risk, leaving = scored.lists["at_risk"], scored.lists["notice_given"]
    assert len(leaving) == 46
    assert not set(risk["customer_id"]) & set(leaving["customer_id"])
    assert (pd.to_datetime(leaving["leaves_on"]).to_numpy() == ends.reindex(leaving["customer_id"]).to_numpy()).all()
    assert set(leaving["p_churn_30d"]) == {1.0}
    # What is lost does not depend on the day.
    assert (leaving["value_at_risk_365d"] == leaving["value_if_stays_365d"]).all()
    assert leaving["value_at_risk_365d"].is_monotonic_decreasing
    assert (leaving["reason_1"] != "").all()
    issued = make_list(prepared, "notice_given", capacity=10, today="2023-09-02")
    assert issued.record["account"]["listed"] == 10
    assert set(issued.decision.contact["customer_id"]) < set(leaving["customer_id"])
    (said,) = (note for note in scored.notes if "notice" in note)
    assert said == (
        'A day in "leaves_at" lies ahead for 46 of 1,468 running contracts, for 39 within the outcome window (until '
        "2023-10-01): notice was given, so they are on the list notice_given and not on at_risk. The probability of "
        "the others is that of leaving without having given notice yet."
    )


def test_the_model_learns_nothing_of_notices_and_an_earlier_day_knows_none(club, tmp_path):
    prepared, _, _ = club
    table = recipe.training_table(prepared.contracts, prepared.contracts.cutoff)
    assert {"ends_in_days", "leaves_at"} & set(table.features.columns) == set()
    cutoff = replace(prepared.contracts.cutoff, date=pd.Timestamp("2023-06-01").date())
    assert "ends_in_days" not in recipe.today(replace(prepared.contracts, cutoff=cutoff))
    earlier = prepare(asked(tmp_path, as_of="2023-06-01"), subscriptions=as_known()[0])
    assert not any("notice" in note for note in earlier.notes)
    without = prepare(asked(tmp_path), subscriptions=as_known()[0].assign(leaves_at=None))
    train(without)
    score(without)
    with pytest.raises(NotFoundError, match="of nobody is it known that they have given notice"):
        read_list(without.config, "notice_given")


def flagged(**words):
    """Spells whose period always has an end, and a flag that says who leaves with it."""
    table, _ = as_known()
    gave = table["leaves_at"].notna()
    runs = table["ended_at"].isna()
    return table.assign(
        period_end=table["leaves_at"].where(gave | ~runs, "2023-09-15"),
        flag=np.where(gave, words.get("yes", "true"), words.get("no", "false")),
    ).drop(columns="leaves_at")


def with_flag(folder, **changes):
    columns = {name: name for name in SPELLS} | {"leaves_at": "period_end", "notice": "flag"}
    return asked(folder, subscriptions__columns=columns, **changes)


def known_ends(prepared):
    rows = recipe.today(prepared.contracts)
    return rows.set_index("customer_id")["ends_in_days"].dropna()


def test_a_flag_says_for_whom_the_end_of_the_period_is_the_end(club, tmp_path):
    plain = known_ends(club[0])
    pd.testing.assert_series_equal(known_ends(prepare(with_flag(tmp_path), subscriptions=flagged())), plain)
    words = flagged(yes="Cancel", no="Pause")
    stated = with_flag(tmp_path, subscriptions__notice_values=["cancel"])
    pd.testing.assert_series_equal(known_ends(prepare(stated, subscriptions=words)), plain)
    with pytest.raises(DataError, match=r"column \"flag\": no row of this column says that notice was given.*\n*.*"):
        prepare(with_flag(tmp_path), subscriptions=words)
    none = flagged().assign(flag="false")
    assert known_ends(prepare(with_flag(tmp_path), subscriptions=none)).empty
    blank = flagged()
    blank.loc[blank["flag"] == "true", "period_end"] = None
    with pytest.raises(DataError, match='column "period_end": blank where "flag" says that notice was given'):
        prepare(with_flag(tmp_path), subscriptions=blank)


def test_keys_that_do_not_go_together_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="notice needs leaves_at"):
        asked(tmp_path, subscriptions__columns={**{name: name for name in SPELLS}, "notice": "flag"})
    with pytest.raises(ConfigError, match="leaves_at is of a spells table"):
        config(tmp_path, "snapshot", subscriptions__columns={"label": "gone", "leaves_at": "until"})
    wrong = as_known()[0]
    wrong.loc[wrong["leaves_at"].notna(), "leaves_at"] = "2020-01-01"
    with pytest.raises(DataError, match='column "leaves_at": the contract ends before it starts'):
        prepare(asked(tmp_path), subscriptions=wrong)
