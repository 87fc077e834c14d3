"""The story under contract: two kinds of tables, the same commands, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner, Result

from holdfast.cli.commands import app
from holdfast.config import load_config
from holdfast.contractual import ContractScorer
from holdfast.contractual.judgement import Judged, gate, held_out
from holdfast.contractual.recipe import training_table
from holdfast.data import simulate_contracts
from holdfast.errors import (
    ConfigError,
    DamagedModelError,
    DataError,
    HoldfastError,
    NotEnoughDataError,
    NotFoundError,
)
from holdfast.evaluate import Check
from holdfast.evaluate.gate import Defender
from holdfast.pipeline import PreparedContracts, Scored, check, make_list, prepare, race, score, segment, train, value
from holdfast.pipeline.training import fit
from holdfast.report import contracts as tables_text
from holdfast.report import text
from holdfast.track import Store, load_bundle, save_bundle
from tests.conftest import PROJECT, in_shared
from tests.pipeline.contracts import config, snapshot

NOBODY: Defender[ContractScorer] = Defender(None, "there is no champion to compare with")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("contracts")


@pytest.fixture(scope="module")
def spells(folder: Path) -> PreparedContracts:
    return prepare(config(folder, "spells"), subscriptions=simulate_contracts(1500, seed=3).spells)


@pytest.fixture(scope="module")
def spells_scored(spells: PreparedContracts) -> Scored:
    trained = train(spells)
    assert trained.verdict.promoted
    return score(spells)


@pytest.fixture(scope="module")
def customers(folder: Path) -> PreparedContracts:
    return prepare(config(folder, "snapshot"), subscriptions=snapshot())


@pytest.fixture(scope="module")
def customers_scored(customers: PreparedContracts) -> Scored:
    assert train(customers).verdict.promoted
    return score(customers)


def champion(prepared: PreparedContracts) -> Path:
    return Store(prepared.config.models).champion(prepared.config.name).bundle_folder


def test_spells_are_foreseen_about_as_well_as_the_truth_allows(spells):
    judged = held_out(spells.contracts, seed=1, say=print)
    truth = simulate_contracts(1500, seed=3).truth.set_index("customer_id")["p_end"]
    best = truth.reindex(judged.features["customer_id"]).to_numpy()
    from sklearn.metrics import roc_auc_score

    assert judged.document["churn"]["auc"] > roc_auc_score(judged.churned, best) - 0.03
    assert judged.document["churn"]["ece"] < 0.04
    assert judged.document["cutoff"] == "2023-09-02"
    assert judged.document["window_end"] == "2023-10-02"
    became = judged.document["outcomes"]
    assert sum(n for name, n in became.items() if name != "renewed") == judged.document["churn"]["customers"]
    assert 0 < became["renewed"] <= became["stayed"]
    failures = judged.document["payment_failures"]
    assert failures["expected"] == pytest.approx(failures["actual"], abs=3 * failures["actual"] ** 0.5)


def test_training_on_spells_uses_only_windows_that_were_over(spells):
    table = training_table(spells.contracts, spells.contracts.cutoff)
    for cutoff in table.cutoffs:
        assert (spells.contracts.cutoff.date - cutoff.window_end).days >= 30  # another 30 days to see who renews
    assert table.paid is not None
    assert "customer_id" in table.features


def test_scores_of_spells_keep_voluntary_ends_and_failed_payments_apart(spells_scored):
    scores = spells_scored.scores
    total = scores["p_voluntary_30d"] + scores["p_payment_failure_30d"]
    assert np.allclose(total, scores["p_churn_30d"])
    assert (scores[["p_voluntary_30d", "p_payment_failure_30d"]] >= 0).all(axis=None)
    assert scores["eligible"].all()
    lost = scores["p_churn_30d"] * scores["value_if_stays_365d"]
    assert np.allclose(lost, scores["value_at_risk_365d"])
    assert (scores["clv_365d"] < scores["value_if_stays_365d"]).all()


def test_lists_are_ranked_and_explained(spells_scored, customers_scored):
    for scored in (spells_scored, customers_scored):
        assert scored.at_risk["value_at_risk_365d"].is_monotonic_decreasing
        assert scored.at_risk["reason_1"].str.len().min() > 0
        assert scored.high_value["clv_365d"].is_monotonic_decreasing
        under = int(scored.scores["eligible"].sum())
        assert len(scored.high_value) == round(0.1 * under)
        assert scored.as_dict()["lists"]["high_value"] == len(scored.high_value)


def test_who_has_left_is_on_no_list_and_has_no_value(customers, customers_scored):
    scores = customers_scored.scores
    gone = customers.contracts.churned == 1
    assert not scores.loc[gone, "eligible"].any()
    assert scores.loc[gone, "clv_365d"].isna().all()
    assert not set(customers_scored.at_risk["customer_id"]) & set(scores.loc[gone, "customer_id"])


def test_training_again_gives_the_same_model_and_the_same_bytes(spells, spells_scored):
    def written() -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in sorted(spells.folder.rglob("*")) if p.is_file()}

    before = written()
    assert {"scores.parquet", "features.parquet", "at_risk.csv", "high_value.csv", "retention.csv"} <= set(before)
    champion = Store(spells.config.models).champion("spells")
    again = train(spells)
    assert again.model.model_version == champion.model_version
    assert again.verdict.as_dict()["checks"][0]["passed"] is None  # the champion has seen this window
    score(spells)
    assert written() == before


def test_a_bundle_comes_back_and_scores_to_the_same_bytes(spells, spells_scored, tmp_path):
    bundle = load_bundle(Store(spells.config.models).champion("spells").bundle_folder)
    assert {p.suffix for p in Store(spells.config.models).champion("spells").bundle_folder.iterdir()} == {
        ".json",
        ".txt",
    }
    version = save_bundle(tmp_path / "again", bundle.scorer, bundle.metrics)
    assert version == bundle.model_version
    rows = pd.read_parquet(spells.folder / "features.parquet")
    scores = bundle.scorer.score(rows, model_version=version)
    pd.testing.assert_frame_equal(scores, spells_scored.scores, check_dtype=False, check_exact=True)


def test_the_served_model_names_columns_and_counts_but_no_values(spells, spells_scored):
    bundle = load_bundle(Store(spells.config.models).champion("spells").bundle_folder)
    rows = pd.read_parquet(spells.folder / "features.parquet")
    assert bundle.predict(rows.head(3))["customer_id"].tolist() == rows["customer_id"].head(3).tolist()
    for worse, said in (
        (rows.drop(columns="hours"), r"needs the column\(s\) hours"),
        (rows.drop(columns="customer_id"), "lack customer_id"),
        (rows.assign(hours="plenty"), f"hours is not a number in {len(rows)} of {len(rows)} rows"),
        (
            rows.head(3).assign(tenure_days=[9, -1e-9, 1e300]),
            r"tenure_days is below 0, or 10\^12 or more, in 2 of 3 rows",
        ),
    ):
        with pytest.raises(DataError, match=said) as error:
            bundle.predict(worse)
        assert "plenty" not in str(error.value)


def test_a_changed_model_file_is_not_loaded(spells, spells_scored, tmp_path):
    bundle = load_bundle(Store(spells.config.models).champion("spells").bundle_folder)
    save_bundle(tmp_path / "b", bundle.scorer, bundle.metrics)
    with (tmp_path / "b" / "churn.lightgbm.txt").open("a") as file:
        file.write("\n")
    with pytest.raises(DamagedModelError, match=r"churn\.lightgbm\.txt"):
        load_bundle(tmp_path / "b")


def test_an_earlier_champion_is_compared_on_the_window_it_had_not_seen(tmp_path):
    table, verdicts = simulate_contracts(1200, seed=3).spells, []
    for as_of in ("2023-09-01", "2023-11-01"):
        prepared = prepare(config(tmp_path, "spells", as_of=as_of), subscriptions=table)
        verdicts.append(train(prepared).verdict.as_dict())
    assert verdicts[0]["checks"][0]["said"] == NOBODY.absent
    assert verdicts[1]["checks"][0]["passed"] is not None
    assert "log loss" in verdicts[1]["checks"][0]["said"]
    other = prepare(config(tmp_path, "spells", churn__gap_days=3), subscriptions=table)
    with pytest.raises(ConfigError, match=r"churn\.gap_days is 3"):
        score(other)
    # The champion may score an earlier day too, but the reader is told.
    early = prepare(config(tmp_path, "spells", as_of="2023-06-01"), subscriptions=table)
    assert any("after this as-of date" in note for note in score(early).notes)


def test_one_setting_does_not_score_with_the_models_of_the_other(spells, spells_scored, prepared, tmp_path):
    shop = prepared.config.model_copy(update={"name": "spells", "models": spells.config.models})
    for step in (train, score):
        with pytest.raises(ConfigError, match=r"trained with setting: contractual, and .* noncontractual. Give it an"):
            step(replace(prepared, config=shop))
    save_bundle(tmp_path / "shop", fit(prepared, prepared.cutoff), {})
    for folder, setting in ((tmp_path / "shop", "noncontractual"), (champion(spells), "contractual")):
        assert json.loads((folder / "model.json").read_text(encoding="utf-8"))["setting"] == setting
        assert load_bundle(folder).scorer.setting == setting


def test_the_question_must_be_the_one_the_champion_was_trained_for(folder, customers_scored):
    for change, said in (
        ({"clv__horizon_days": 100}, r"clv\.horizon_days is 100"),
        ({"subscriptions__label_window_days": 60}, r"subscriptions\.label_window_days is 60"),
        ({"subscriptions__period_days": 60}, r"subscriptions\.period_days is 60"),
    ):
        other = prepare(config(folder, "snapshot", **change), subscriptions=snapshot())
        with pytest.raises(ConfigError, match=said):
            score(other)
    columns = {k: k for k in ("customer_id", "tenure", "plan")} | {"label": "gone"}
    bare = prepare(config(folder, "snapshot", subscriptions__columns=columns), subscriptions=snapshot())
    with pytest.raises(ConfigError, match="trained with prices"):
        score(bare)


def test_a_model_no_better_than_plan_and_tenure_is_not_promoted():
    y = np.arange(400) % 4 == 0
    good, bad = np.where(y, 0.6, 0.1), np.full(400, 0.7)
    judged = Judged({"kind": "left out"}, y.astype(np.int64), bad, good)
    verdict = gate(judged, NOBODY)
    assert not verdict.promoted
    assert [c.passed for c in verdict.checks] == [None, False, False, True]
    assert gate(Judged({"kind": "left out"}, y.astype(np.int64), good, bad), NOBODY).promoted is False  # too sure
    assert gate(Judged({"skipped": "too short"}), NOBODY).promoted


def test_a_first_model_that_the_gate_refuses_ends_with_what_to_do(folder, monkeypatch):
    """Where there is a champion of the same question, that one scores instead."""
    refused = Check("is calibrated", False, "calibration error 0.200, at most 0.100")
    monkeypatch.setattr("holdfast.evaluate.gate.calibrated", lambda *_: refused)
    path = folder / "refused.yaml"
    snapshot(300).to_csv(folder / "refused.csv", index=False)
    settings = config(folder, "snapshot", name="refused", subscriptions__path=str(folder / "refused.csv"))
    path.write_text(yaml.safe_dump(settings.model_dump(mode="json", exclude_unset=True)), encoding="utf-8")

    def run(*more: str) -> Result:
        return CliRunner().invoke(app, ["run", "-c", str(path), *more])

    told = run().exception
    assert isinstance(told, HoldfastError)
    assert "no champion to score with: is calibrated: no, " in str(told)
    assert "`holdfast promote`" in str(told)
    assert told.exit_code == 1
    assert not (folder / "outputs" / "refused").exists()
    Store(settings.models).promote("refused")
    said = run().stdout
    assert "300 rows in" in said
    assert "NOT promoted; the champion scores" in said
    other = run("--set", "clv.margin=0.5").exception
    assert isinstance(other, HoldfastError)
    assert "no champion to score with" in str(other)


def test_what_is_printed_about_spells(spells, spells_scored, tmp_path):
    table = simulate_contracts(300).spells
    twice = pd.concat([table, table.head(2)])
    for duplicates, said in (("keep", "2 exact repeats kept"), ("drop", "2 exact repeats dropped")):
        given = config(tmp_path, "spells", subscriptions__duplicates=duplicates)
        assert said in prepare(given, subscriptions=twice).said()
    found = tables_text.readiness(check(spells).as_dict())
    assert "as of 2023-09-02, outcome until 2023-10-02" in found
    assert found.count("outcome until") == 7
    assert "  and 11 windows before, back to " in found
    assert "not used, the same in every row: anniversary_in_window, earlier_contracts" in found
    leaking = prepare(config(tmp_path, "spells"), subscriptions=table.assign(state=table["end_reason"].notna()))
    assert 'LEAK ALARM: "state"' in tables_text.readiness(check(leaking).as_dict())
    code = np.where(table["end_reason"].notna() & (np.arange(len(table)) % 3 == 0), "Price", None)
    some = prepare(config(tmp_path, "spells"), subscriptions=table.assign(code=pd.Series(code, dtype="str")))
    assert 'LEAK ALARM: "code" is filled only where' in tables_text.readiness(check(some).as_dict())
    shown = text.scored(spells_scored.metrics, [], spells.folder)
    assert "Held out: predicted on 2023-09-02, outcome until 2023-10-02" in shown
    assert "payment failures: " in shown
    assert "retention, basic: " in shown
    assert "No held-out test" in text.verdict("Held out", {"skipped": "No held-out test: too short."})


def test_what_needs_purchases_says_so(spells, prepared, shop):
    with pytest.raises(ConfigError, match=r"`holdfast race`: contracts have one model"):
        race(spells)
    with pytest.raises(ConfigError, match=r"`holdfast segments`: RFM .*`holdfast list high-value` ranks contracts"):
        segment(spells.config)
    with pytest.raises(ConfigError, match=r"`holdfast value`: history, .* `holdfast run` says how many renew"):
        value(spells)
    with pytest.raises(ConfigError, match=r"`holdfast list overdue`: these are buyers"):
        make_list(spells, "overdue")
    for frame, own in (("purchases", spells.config), ("subscriptions", prepared.config)):
        with pytest.raises(ConfigError, match=rf"reads \w+, not {frame}"):
            prepare(own, **{frame: shop.purchases})


def test_customers_without_a_label_can_be_scored_but_not_learnt_from(folder, customers_scored, tmp_path):
    new = snapshot(50, seed=9).drop(columns="gone")
    prepared = prepare(config(folder, "snapshot"), subscriptions=new)
    assert prepared.account["not_stated"] == 50
    assert 'column "gone"' in check(prepared).problem
    assert len(score(prepared).scores) == 50
    with pytest.raises(NotEnoughDataError, match="nothing to learn from"):
        train(prepared)
    worse = new.assign(hours=new["hours"].astype(str).where(new.index != 3, "plenty"))
    with pytest.raises(DataError, match='line 4, column "hours": a number is needed') as error:
        score(prepare(config(folder, "snapshot"), subscriptions=worse))
    assert "plenty" not in str(error.value)
    with pytest.raises(NotFoundError):
        score(prepare(config(tmp_path, "snapshot"), subscriptions=new))


def test_plans_of_few_contracts_are_not_in_the_retention_table(spells, spells_scored, tmp_path):
    whole = pd.read_csv(spells_scored.folder / "retention.csv").set_index(["plan", "period"])
    least = int(whole.loc["premium", "at_risk"].iloc[3])
    privacy = spells.config.privacy.model_copy(update={"minimum_cell": least})
    hidden = spells.config.model_copy(update={"privacy": privacy, "outputs": tmp_path})
    done = score(replace(spells, config=hidden))
    shown = pd.read_csv(done.folder / "retention.csv").set_index(["plan", "period"])
    assert list(shown.index) == list(whole.index)
    assert shown.loc[(whole["at_risk"] > 0) & (whole["at_risk"] < least), "survival"].isna().all()
    kept = shown["at_risk"].notna()
    assert (shown.loc[kept, "at_risk"] == whole.loc[kept, "at_risk"]).all()
    for period, rows in whole.drop(index="all").groupby("period"):
        rest = whole.loc[("all", period), "at_risk"] - rows["at_risk"].sum()
        gone = rows["at_risk"][shown.loc[rows.index, "at_risk"].isna()]
        unseen = gone.sum() + rest
        assert unseen == 0 or unseen >= least or len(gone) == len(rows)
    assert any(f"of fewer than {least} customers not shown" in note for note in done.notes)
    assert (done.folder / "report.html").exists()
    assert {curve["plan"] for curve in done.metrics["retention"]} == {"all", "basic", "plus", "premium"}


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario on disk, as a user has it."""
    here = tmp_path_factory.mktemp("scenario")
    snapshot().to_csv(here / "customers.csv", index=False)
    path = here / "customers.yaml"
    settings = config(here, "snapshot").model_dump(mode="json", exclude_unset=True)
    settings["subscriptions"]["path"] = "customers.csv"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def command(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_commands_are_the_same(scenario):
    where = ("-c", str(scenario))
    assert "Ready to train." in command("check", *where)
    assert json.loads(command("check", *where, "--json"))["readiness"]["rows"] == 600
    said = command("run", *where)
    assert "Gate, on customers left out" in said
    assert "plan and tenure" in said
    assert "Champion: m-" in command("train", *where)
    assert json.loads(command("score", *where, "--json"))["customers"] == 600
    said = command("score", *where)
    assert "retention, all:" in said
    for name in ("at-risk", "high-value"):
        issued = json.loads(command("list", name, *where, "--capacity", "3", "--json", "--today", "2024-01-05"))
        assert issued["as_of"] == "2024-01-05"
        assert pd.read_csv(issued["file"])["rank"].tolist() == [1, 2, 3]
        other = ("--set", "subscriptions.label_window_days=60")
        with pytest.raises(ConfigError, match=r"subscriptions\.label_window_days: .* has no p_churn_60d"):
            CliRunner().invoke(app, ["list", name, *where, *other], catch_exceptions=False)


def test_check_exits_with_too_little_to_learn_from(scenario):
    done = CliRunner().invoke(app, ["check", "-c", str(scenario), "--set", "subscriptions.churned_values=[never]"])
    assert done.exit_code != 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "file", "low", "high", "repeats"),
    # Above its band, a figure deserves a leak hunt before a celebration.
    [("telco", "telco_churn.csv", 0.84, 0.86, 0), ("iranian_churn", "iranian_churn.csv", 0.98, 0.995, 300)],
)
def test_real_tables_are_foreseen_in_five_folds(name, file, low, high, repeats):
    given = load_config(PROJECT / "configs" / f"{name}.yaml", [f"subscriptions.path={in_shared(file)}"])
    prepared = prepare(given)
    document = held_out(prepared.contracts, seed=prepared.config.seed, say=print).document
    assert document["folds"] == 5
    assert low <= document["churn"]["auc"] <= high
    assert document["churn"]["ece"] < 0.02
    assert document["auc_gain"]["low"] > 0
    assert prepared.account["duplicates_dropped"] == repeats
