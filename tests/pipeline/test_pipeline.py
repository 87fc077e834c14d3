"""The whole road: the same bytes for the same question, and no look into the future."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pandas as pd
import pyarrow.parquet as pq
import pytest

from holdfast.churn import Sizes, Snapshots
from holdfast.columns import LISTS
from holdfast.config import make_config
from holdfast.data import simulate_shop
from holdfast.errors import ConfigError, DataError, NotFoundError
from holdfast.pipeline import check, output_folder, prepare, read_list, score, train
from holdfast.pipeline.outputs import whole_folder
from holdfast.report import text
from tests.conftest import PROJECT, TREES
from tests.conftest import settings as plain

FILES = {
    "scores.parquet",
    "features.parquet",
    "rejects.csv",
    "data_report.json",
    "metrics.json",
    "model.json",
    "report.html",
    "timelines.parquet",
    *(f"{name}.{form}" for name in LISTS for form in ("csv", "parquet")),
}


def settings(folder, **changes):
    """Settings of a scenario in which trees serve: what is random, and what several threads do, is in them."""
    return plain(folder, race=TREES, **changes)


@pytest.fixture(scope="module")
def done(shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("road")
    prepared = prepare(make_config(settings(folder)), purchases=shop.purchases)
    train(prepared)
    return prepared, score(prepared)


def run(folder, purchases, **changes):
    prepared = prepare(make_config(settings(folder, **changes)), purchases=purchases)
    train(prepared)
    return score(prepared)


def bytes_below(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_everything_a_team_opens_is_there(done):
    prepared, scored = done
    written = bytes_below(scored.folder)
    assert {name.rpartition("/")[2] for name in written} == FILES
    assert scored.folder == prepared.config.outputs / "shop" / "2024-03-01"
    table = pq.read_table(scored.folder / "scores.parquet")
    assert table.column_names[:5] == ["customer_id", "as_of", "eligible", "p_churn_60d", "expected_purchases_60d"]
    assert table.column_names[-1] == "model_version"
    assert "clv_365d" in table.column_names
    assert str(table.schema.field("as_of").type) == "date32[day]"
    report = json.loads(written["data_report.json"])
    assert report["lines_in"] == report["kept"] == len(prepared.source.data)


def test_one_row_for_every_customer_who_bought_before(done, shop):
    _, scored = done
    before = shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"]
    assert sorted(scored.scores["customer_id"]) == sorted(before["customer_id"].unique())


def test_the_same_question_gives_the_same_bytes(done, shop, tmp_path):
    _, scored = done
    assert bytes_below(run(tmp_path, shop.purchases).folder) == bytes_below(scored.folder)


@pytest.mark.slow
def test_the_number_of_threads_changes_no_byte(tmp_path):
    code = (
        "import sys; from pathlib import Path; from holdfast import make_config, prepare; "
        "from holdfast.data import simulate_shop; from holdfast.pipeline.training import fit; "
        "from holdfast.track import save_bundle; from tests.conftest import TREES, settings; "
        "folder, purchases = Path(sys.argv[1]), simulate_shop(12_000, seed=3).purchases; "
        "shop = prepare(make_config(settings(folder, race=TREES)), purchases=purchases); "
        "print(save_bundle(folder / 'b', fit(shop, shop.cutoff), {}))"
    )
    versions = set()
    for threads in ("1", "2"):
        settled = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        command = [sys.executable, "-c", code, str(tmp_path / threads)]
        done = subprocess.run(command, env=settled, check=True, capture_output=True, text=True, cwd=PROJECT)
        versions.add(done.stdout)
    assert len(versions) == 1


def test_the_log_cut_at_the_date_gives_the_same_scores(done, shop, tmp_path):
    _, scored = done
    cut = shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"]
    again = run(tmp_path, cut)
    assert (again.folder / "scores.parquet").read_bytes() == (scored.folder / "scores.parquet").read_bytes()
    assert "outcome" in scored.metrics
    assert "outcome" not in again.metrics


def test_held_out_and_outcome_beat_the_recency_rule(done):
    _, scored = done
    for name in ("held_out", "outcome"):
        verdict = scored.metrics[name]
        assert verdict["eligible"]["auc_gain"]["low"] > 0
        assert verdict["eligible"]["churn"]["ece"] < 0.06
        assert abs(verdict["purchases"]["bias"]) < 0.15
        assert verdict["spend"]["gini"] > 0.4
        groups = verdict["segments"]
        assert [g["segment"] for g in groups] == ["one purchase", "2 or 3 purchases", "4 or more"]
        assert sum(g["customers"] for g in groups) == verdict["everyone"]["churn"]["customers"]
        for what in ("purchases", "spend"):
            for mine, theirs in (("expected", "total_predicted"), ("actual", "total_actual")):
                assert sum(g[f"{what}_{mine}"] for g in groups) == pytest.approx(verdict[what][theirs], rel=1e-6)


def test_a_log_without_amounts_has_no_value_and_says_so(shop, tmp_path):
    scored = run(tmp_path, shop.purchases.drop(columns="amount"), purchases__columns__amount=None)
    assert scored.high_value is None
    assert not any(c.startswith(("clv", "value")) for c in scored.scores.columns)
    assert any("no amounts" in note for note in scored.notes)
    assert "purchases_at_risk_60d" in scored.at_risk.columns
    with pytest.raises(NotFoundError, match="a log without amounts has no list of high values"):
        read_list(make_config(settings(tmp_path)), "high_value")


def test_another_currency_changes_money_and_nothing_else(done, shop, tmp_path):
    _, scored = done
    pennies = run(tmp_path, shop.purchases.assign(amount=shop.purchases["amount"] * 100))
    # Trees are grown on numbers of 32 bits: a hundred times an amount is rounded elsewhere.
    pd.testing.assert_series_equal(pennies.scores["p_churn_60d"], scored.scores["p_churn_60d"], atol=1e-4)
    pd.testing.assert_series_equal(pennies.scores["clv_365d"], scored.scores["clv_365d"] * 100, rtol=3e-4)


def test_a_later_date_is_scored_with_the_same_champion(done, shop, tmp_path):
    prepared, scored = done
    later = prepared.config.model_copy(update={"as_of": pd.Timestamp("2024-04-01").date()})
    again = score(prepare(later, purchases=shop.purchases))
    assert again.scores["model_version"][0] == scored.scores["model_version"][0]
    assert output_folder(later) == again.folder
    end = prepared.config.model_copy(update={"as_of": "end_of_data"})
    assert output_folder(end) == again.folder
    earlier = prepared.config.model_copy(update={"as_of": pd.Timestamp("2023-12-01").date()})
    assert any("not out of time" in note for note in score(prepare(earlier, purchases=shop.purchases)).notes)


def test_a_champion_of_another_question_is_not_used(done, shop):
    prepared, _ = done
    config = prepared.config.model_copy(update={"churn": prepared.config.churn.model_copy(update={"horizon_days": 45})})
    with pytest.raises(ConfigError, match=r"churn.horizon_days is 45, but the champion was trained with 60"):
        score(prepare(config, purchases=shop.purchases))


def test_nobody_bought_before_the_date(tmp_path, shop):
    with pytest.raises(DataError, match="nobody bought before 2020-01-01"):
        prepare(make_config(settings(tmp_path, as_of="2020-01-01")), purchases=shop.purchases)


def test_readiness(prepared, shop, tmp_path, monkeypatch):
    monkeypatch.setattr("holdfast.churn.snapshots.build_features", None)  # nobody's features are needed
    ready = check(prepared)
    assert (len(ready.windows), ready.problem, ready.test_cutoff) == (7, "", "2024-01-01")
    short = check(prepare(make_config(settings(tmp_path, as_of="2023-03-01")), purchases=shop.purchases))
    assert "needs 88 days" in short.problem


def test_customers_of_whose_purchases_nothing_is_left_are_told(shop, tmp_path):
    bought = shop.purchases
    day = bought["ordered_at"].min()
    rows = [("back", day, 20.0), ("back", day, -20.0), ("free", day, 0.0)]
    more = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"])
    ready = check(prepare(make_config(settings(tmp_path)), purchases=pd.concat([bought, more], ignore_index=True)))
    assert (ready.customers, ready.without_purchase) == (2000, 2)
    first = text.readiness(ready.as_dict()).splitlines()[0]
    assert first.endswith(": 2,000 customers to score; 2 others have no purchase left (given back, or worth 0)")


def test_a_short_log_trains_but_cannot_be_tested(tmp_path):
    shop = simulate_shop(1500, days=100, joining_days=40, seed=2)
    scored = run(tmp_path, shop.purchases, as_of="end_of_data", churn__horizon_days=45)
    assert "needs 73 days" in scored.metrics["held_out"]["skipped"]
    assert any("too short" in note for note in scored.notes)


def test_folders_are_written_whole_or_not_at_all(config):
    target = config.outputs / config.name / "2024-03-01"
    with whole_folder(config, target) as folder:
        (folder / "a").write_text("1")

    def fail_midway() -> None:
        with whole_folder(config, target) as folder:
            (folder / "a").write_text("2")
            raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        fail_midway()
    assert (target / "a").read_text() == "1"
    assert [p.name for p in target.parent.iterdir() if not p.name.startswith(".")] == ["2024-03-01"]


def test_a_large_shop_is_learnt_from_samples_and_scored_in_batches(done, monkeypatch):
    prepared, scored = done
    monkeypatch.setattr("holdfast.features.batches.BATCH_CUSTOMERS", 450)
    monkeypatch.setattr("holdfast.progress._WAIT", 0.0)
    said = []
    again = score(prepared, say=said.append)
    assert sum(f"of {len(scored.scores):,} customers, about" in sentence for sentence in said) >= 3
    whole, parts = (pd.read_parquet(x.folder / "scores.parquet") for x in (scored, again))
    pd.testing.assert_frame_equal(parts, whole, rtol=1e-9)
    assert (again.customers, again.eligible) == (len(whole), int(whole["eligible"].sum()))
    assert again.notes == scored.notes
    for name in LISTS:
        pd.testing.assert_frame_equal(again.lists[name], scored.lists[name], rtol=1e-9)
    sizes = Sizes(training=500, check=700, judged=1200)
    few = replace(prepared, snapshots=Snapshots(prepared.log.connection, prepared.log.first_day, sizes))
    trained = train(few)
    earlier = prepared.snapshots.features(date.fromisoformat(trained.held_out["cutoff"]))
    assert trained.held_out["sampled_from"] == len(earlier)
    assert 1100 < trained.held_out["everyone"]["churn"]["customers"] < 1300
    said = f"on a sample of the {len(earlier):,} customers, chosen at random"
    assert said in text.verdict("Held out", trained.held_out)
    assert "sampled_from" not in scored.metrics["held_out"]
