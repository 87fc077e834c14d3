"""The first training ends with scores or says what was refused and what to do; a champion is not given up lightly."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

import holdfast.churn.model
from holdfast import load_config, make_config, prepare, score, train
from holdfast.churn.season import LastYear
from holdfast.cli import main
from holdfast.data import simulate_shop
from holdfast.evaluate import Check
from holdfast.pipeline.promotion import OVERRULE
from holdfast.report import race as text
from tests.conftest import settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def purchases() -> pd.DataFrame:
    return simulate_shop(200, seed=2, days=400, joining_days=250).purchases


@pytest.fixture(scope="module")
def home(purchases, tmp_path_factory):
    folder = tmp_path_factory.mktemp("promotion")
    purchases.to_csv(folder / "p.csv", index=False)
    return folder


@pytest.fixture
def run(home, monkeypatch, capsys):
    """Run a command on the scenario of a name; return exit code, stdout and stderr."""

    def command(word: str, name: str, **changes) -> tuple[int, str, str]:
        given = settings(
            home, name=name, as_of="2024-01-01", purchases__path="p.csv", **{"race": {"origins": 1}, **changes}
        )
        path = home / f"{name}.yaml"
        path.write_text(yaml.safe_dump(given), encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["holdfast", word, "-c", str(path)])
        try:
            main()
            code = 0
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def season_that_errs(monkeypatch, *names: str, by: float = 1.5) -> None:
    """Let last year's correction of these contenders be far off, as after a season that does not come again."""
    true = holdfast.churn.model.last_year
    far_off = LastYear(tested=True, foreseen_churn=0.5, observed_churn=0.9, log_odds_shift=by)
    monkeypatch.setattr(
        holdfast.churn.model, "last_year", lambda past, name: far_off if name in names else true(past, name)
    )


def serving(churn: str) -> dict[str, object]:
    return {"race": {"origins": 1, "churn": churn, "value": "btyd"}}


def test_a_first_model_worse_than_the_rule_gives_way_to_the_rule(purchases, home, monkeypatch):
    season_that_errs(monkeypatch, "blend")
    given = settings(home, name="falls_back", as_of="2024-01-01", race={"origins": 1})
    prepared = prepare(make_config(given), purchases=purchases)
    trained = train(prepared)
    rule = trained.contest.churn.best_simple
    assert trained.contest.churn.name == trained.scorer.churn.name == rule
    assert trained.verdict.promoted
    said = text.race(trained.contest.as_dict())
    assert f"churn: {rule} serves; the gate refused blend, no worse than the best simple rule ({rule}): no" in said
    assert "there is no champion to stay with; it is a simple rule" in said
    # What serves is as good as the rule on the newest window: it is the rule.
    window, p = trained.contest.windows[0], trained.contest.windows[0].p_churn[rule]
    assert trained.held_out["everyone"]["churn"]["log_loss"] == pytest.approx(
        -np.log(np.where(window.churned == 1, p, 1 - p)).mean()
    )
    scored = score(prepared)
    assert any(note.startswith(f"{rule} scores churn: the gate refused blend") for note in scored.notes)


def test_a_rule_is_not_refused_beside_itself_and_the_advice_to_serve_it_can_be_followed(run, monkeypatch):
    # The season's correction is a little off, of the rule that serves as well; the rule it is held against has none.
    season_that_errs(monkeypatch, "blend", "p0", "bg_nbd", "mbg_nbd", "pareto_nbd", "recency", "rfm", by=0.6)
    for name, race in (("rule_chosen", {"origins": 1}), ("rule_named", {"origins": 1, "churn": "p0"})):
        code, out, err = run("run", name, race=race)
        assert code == 0, err
        (line,) = [line for line in out.splitlines() if line.startswith("  no worse than the best simple rule")]
        assert "–    it is this rule that serves; beside it uncorrected, log loss +0." in line
        assert "NOT promoted" not in out


def test_where_nothing_passes_the_refusal_says_what_to_do_and_the_next_command_works(run, home, monkeypatch):
    season_that_errs(monkeypatch, "blend", "p0", "bg_nbd", "mbg_nbd", "pareto_nbd", "recency", "rfm")
    code, out, err = run("run", "refused")
    assert code == 1
    said = err.splitlines()[-1]
    assert said.startswith("holdfast: The gate refused this model, and there is no champion to score with: ")
    assert "is calibrated: no, calibration error 0." in said
    assert "try a longer log or another churn.horizon_days" in said
    # The rule was tried, and refused as well.
    assert "no worse than the best simple rule" in said
    assert "Serve the rule" not in said
    assert said.endswith(OVERRULE)
    assert "NOT promoted" in out
    assert not (home / "outputs" / "refused").exists()
    assert run("score", "refused")[0] == 5
    assert run("promote", "refused")[0] == 0
    code, out, err = run("score", "refused")
    assert code == 0, err
    assert "At risk:" in out


def test_a_refused_challenger_leaves_the_champion_to_score(run, home, monkeypatch, purchases):
    assert run("run", "defended")[0] == 0
    config = load_config(home / "defended.yaml")
    champion = score(prepare(config, base=home)).metrics["model_version"]
    season_that_errs(monkeypatch, "blend", "p0", "bg_nbd", "mbg_nbd", "pareto_nbd", "recency", "rfm")
    code, out, err = run("run", "defended")
    assert code == 0, err
    assert "NOT promoted; the champion trained as of 2024-01-01 scores" in out
    assert f"(model {champion})" in out


def test_another_question_has_no_champion_to_defend_and_no_way_round_in_circles(run, home):
    assert run("run", "margin", clv={"margin": 1.0})[0] == 0
    code, _, err = run("score", "margin", clv={"margin": 0.4})
    assert code == 2
    assert "clv.margin is 0.4, but the champion was trained with 1.0: run `holdfast train`" in err
    code, out, err = run("run", "margin", clv={"margin": 0.4})
    assert code == 0, err
    assert "the champion answers another question: clv.margin is 0.4, but the champion was trained with 1.0" in out


def test_a_contender_that_was_named_does_not_give_way(run, monkeypatch):
    season_that_errs(monkeypatch, "blend")
    code, _, err = run("run", "named", race={"origins": 1, "churn": "blend"})
    assert code == 1
    assert "no worse than the best simple rule" in err
    assert "Serve the rule, race.churn: " in err


def test_a_leak_names_the_column_to_leave_out(run, home, purchases):
    bought = purchases.loc[purchases["ordered_at"].astype(str).between("2023-11-02", "2024-01-01"), "customer_id"]
    ids = purchases["customer_id"].drop_duplicates()
    on_file = pd.DataFrame({"customer_id": ids, "age": np.arange(len(ids)) % 60, "old_score": ids.isin(bought) * 1.0})
    on_file.to_csv(home / "customers.csv", index=False)
    tables = {"customers": {"path": "customers.csv", "columns": {"attributes": ["age", "old_score"]}}}
    code, out, err = run("run", "leak", tables=tables)
    assert code == 1
    assert "raises no leak alarm: no, attribute_2: " in err
    assert "attribute_2 comes from tables.customers.columns.attributes (number 2): if it was written afterwards" in err
    assert "NO   attribute_2" in out


def test_what_could_not_be_tested_takes_no_other_recipes_place(purchases, home, monkeypatch):
    """The newest window shows one outcome only: a first model starts, the same recipe follows, another does not."""
    when = purchases["ordered_at"].astype(str)
    shut = purchases[~when.between("2023-11-02", "2024-01-01")]
    given = settings(home, name="shut", as_of="2024-01-01", trees={"rounds": 20}, churn__shut=[])
    first = train(prepare(make_config(given | serving("rfm")), purchases=shut))
    assert first.verdict.checks == [
        Check("can be tested", None, "nobody bought from 2023-11-02 to 2024-01-01: that window cannot test a model")
    ]
    assert first.verdict.promoted
    assert train(prepare(make_config(given | serving("rfm")), purchases=shut)).verdict.promoted
    other = train(prepare(make_config(given | serving("recency")), purchases=shut))
    assert not other.verdict.promoted
    assert other.champion_since == first.scorer.trained_as_of
    assert other.refusal == ""
    assert replace(other, champion=None).refusal.startswith("The gate refused this model")
