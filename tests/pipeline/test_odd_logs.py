"""Logs of an odd shape end with scores and a note, or with one true sentence before any work; never with a bug."""

import json
import re
import sys
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
import yaml

from holdfast.cli import main
from tests.conftest import settings

START = date(2023, 1, 1)
DAYS = 240


def log(days: dict[str, list[int]], amount: float | None = None) -> pd.DataFrame:
    rows = [
        (who, (START + timedelta(days=d)).isoformat(), amount or 10.0 + (7 * i) % 13, f"{who}-{d}")
        for who, at in days.items()
        for i, d in enumerate(sorted(set(at)))
    ]
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount", "order_id"])


def one_time_buyers(n: int, again: dict[int, list[int]]) -> dict[str, list[int]]:
    """Customers who come evenly over time; some buy again after so many days."""
    first = {i: 236 * i // n for i in range(n)}
    return {f"c{i:04d}": [first[i], *(first[i] + d for d in again.get(i, []))] for i in range(n)}


def regulars(n: int, *, closed: range = range(0), wait: bool = False) -> dict[str, list[int]]:
    """Customers who come, buy now and then, and leave; nobody buys while the shop is closed.

    ``wait``: nor leaves.
    """
    random, found = np.random.default_rng(4), {}
    for i in range(n):
        day, until = int(random.integers(0, 120)), int(random.exponential(110))
        at, last = [day], min(DAYS, day + until)
        while (day := day + 1 + int(random.exponential(18))) < last:
            at.append(day)
        if wait:
            at = [d if d < closed.start else d + len(closed) for d in at if d < DAYS - len(closed)] or [
                closed.start - 1
            ]
        found[f"c{i:04d}"] = [d for d in at if d not in closed] or [at[0] if at[0] not in closed else closed.start - 1]
    return found


def alike(n: int) -> dict[str, list[int]]:
    """Customers from the first days on of whom each day takes the same share, whatever they did before."""
    random = np.random.default_rng(9)
    return {f"c{i:04d}": [i % 20, *(20 + np.flatnonzero(random.random(DAYS - 20) < 0.04)).tolist()] for i in range(n)}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """One store for all, each log under a name of its own: MLflow needs seconds to make a new one."""
    return tmp_path_factory.mktemp("store")


def ran(monkeypatch, capsys, folder, purchases: pd.DataFrame, command: str = "run", **named: str):
    """Run a command; return its exit code, what it printed, and what it said on the way."""
    folder.mkdir(exist_ok=True)
    purchases.to_csv(folder / "p.csv", index=False)
    given = settings(folder, as_of=(START + timedelta(days=DAYS)).isoformat(), churn__horizon_days=40)
    given["race"] = {"origins": 1}
    given["purchases"]["path"] = "p.csv"
    given |= named
    (folder / "c.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["holdfast", command, "-c", str(folder / "c.yaml")])
    try:
        main()
        code = 0
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


# Warnings are errors in these tests, so a numpy warning would be exit code 70.
SCORED = {
    "one buyer again in each of the last two windows": (log(one_time_buyers(400, {300: [45], 330: [20]})), "Only 2 of"),
    "nobody buys again before the newest window": (log(one_time_buyers(300, {200: [50, 65]})), "Only 1 of"),
    "closed in the newest window": (
        log(regulars(150, closed=range(199, 240)) | {"later": [5, 241, 250]}),
        "you are shut, or the newest lines are missing",
    ),
    "closed in the window before": (log(regulars(150, closed=range(160, 200), wait=True)), "you were shut"),
    "three customers": (log({"a": [0, 30, 70, 140, 190, 235], "b": [5, 90], "c": [40]}), "of 3 customers"),
    "all customers are alike": (log(alike(150)), "could not be told from drawing lots"),
    "every purchase costs the same": (log(regulars(60), amount=5.0), "everybody spends the same"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", SCORED)
def test_scores_and_a_note(tmp_path, store, monkeypatch, capsys, case):
    purchases, note = SCORED[case]
    name = case.replace(" ", "_")
    code, out, err = ran(monkeypatch, capsys, tmp_path, purchases, name=name, models=str(store))
    assert code == 0, err
    assert "Warning" not in err
    scores = pd.read_parquet(tmp_path / "outputs" / name / "2023-08-29" / "scores.parquet")
    known = purchases.loc[purchases["ordered_at"] < "2023-08-29", "customer_id"]
    assert len(scores) == known.nunique()
    numbers = scores.select_dtypes("number")
    assert np.isfinite(numbers.to_numpy()).all()
    assert scores["p_churn_40d"].between(0, 1).all()
    assert (scores["clv_365d"] >= 0).all()
    metrics = json.loads((tmp_path / "outputs" / name / "2023-08-29" / "metrics.json").read_text(encoding="utf-8"))
    assert any(note in said for said in metrics["notes"]), metrics["notes"]
    assert "Champion: m-" in out


REFUSED = {
    "everybody buys once": (log(one_time_buyers(300, {})), 4, "nobody bought again"),
    "everybody buys in every window": (
        log({f"c{i}": list(range(i % 10, DAYS, 10)) for i in range(40)}),
        4,
        "everybody bought again",
    ),
    "everybody joined in the last month": (
        log({f"c{i}": [215 + i % 5, 222 + i % 17] for i in range(40)}),
        4,
        "needs 68 days of purchases",
    ),
    "everybody but one joined in the last month": (
        log({"old": [0]} | {f"c{i}": [215 + i % 5, 222 + i % 17] for i in range(40)}),
        4,
        "nobody bought again (of 1 customer)",
    ),
    "all on one day": (log({f"c{i}": [230] for i in range(40)}), 4, "needs 68 days of purchases"),
    "one customer": (log({"a": list(range(0, DAYS, 9))}), 4, "everybody bought again"),
    "nobody": (log({"a": [300]}), 3, "nobody bought before 2023-08-29"),
}


@pytest.mark.parametrize("command", ["run", "train", "check"])
@pytest.mark.parametrize("case", REFUSED)
def test_one_true_sentence_before_any_work(tmp_path, monkeypatch, capsys, case, command):
    purchases, code, said = REFUSED[case]
    found, _, err = ran(monkeypatch, capsys, tmp_path, purchases, command)
    assert (found, said in err) == (code, True), err
    assert "racing" not in err
    assert not (tmp_path / "outputs").exists()


def test_a_horizon_much_shorter_than_customers_stay_away_is_said(tmp_path, monkeypatch, capsys):
    often = "Customers here often stay away for longer than churn.horizon_days"
    logged = log(regulars(400))
    code, printed, _ = ran(monkeypatch, capsys, tmp_path, logged, churn={"horizon_days": 10})
    assert code == 0
    said = " ".join(printed.split())
    found = re.search(
        often + r" \(10 days\).*?one in ten lasted (\d+) days or more.*?set churn.horizon_days: (\d+)", said
    )
    assert found is not None
    assert 30 <= int(found[1]) <= int(found[2]) <= 90
    code, printed, _ = ran(monkeypatch, capsys, tmp_path, logged, churn={"horizon_days": int(found[2])})
    assert (code, often in printed) == (0, False)


def test_who_left_while_it_was_shut_is_not_foreseen_by_a_model_of_before_and_the_gate_says_so(
    tmp_path, monkeypatch, capsys
):
    code, _, err = ran(monkeypatch, capsys, tmp_path, log(regulars(150, closed=range(160, 200))))
    assert code == 1
    assert "The level of churn moved by more than this log can teach (a season, a closure, growth)" in err
