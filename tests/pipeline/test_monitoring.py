"""The monitor: past scores and lists beside what the tables say happened, and today's rows."""

import json
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

from holdfast.cli import main
from holdfast.config import make_config
from holdfast.data import simulate_contracts
from holdfast.pipeline import forget, make_list, monitor, prepare, score, train
from holdfast.pipeline.judged import _left_out
from tests.conftest import settings
from tests.pipeline.contracts import config as contracts_config

AS_OF, END = "2024-03-01", "2024-06-24"
OFFERS = [{"name": "voucher", "contact_cost": 0.5, "offer_cost": 2.0, "acceptance": 0.2}]


@pytest.fixture(scope="module")
def known(shop, tmp_path_factory):
    """Scores and a list made when the log ended on the as-of date; then the whole log."""
    folder = tmp_path_factory.mktemp("monitor")
    given = make_config(settings(folder, treatments=OFFERS))
    then = shop.purchases[shop.purchases["ordered_at"] < AS_OF]
    before = prepare(given, purchases=then)
    train(before)
    score(before)
    make_list(before, "at_risk", today=AS_OF)
    later = make_config(settings(folder, treatments=OFFERS, as_of="end_of_data"))
    return folder, given, later, then, shop.purchases


def promises(found, what, as_of=AS_OF):
    one = next(j for j in found.judged if j.what == what and j.as_of == as_of)
    return one, {(p.what, p.who): p for p in one.promises}


def test_scores_are_judged_by_what_happened_and_the_list_by_those_held_back(known):
    folder, _, later, _, purchases = known
    found = monitor(prepare(later, purchases=purchases), today=END)
    one, held = promises(found, "scores")
    home = folder / "outputs" / "shop"
    scores = pd.read_parquet(home / AS_OF / "scores.parquet").query("eligible")
    window = purchases[(purchases["ordered_at"] >= AS_OF) & (purchases["ordered_at"] < "2024-04-30")]
    left = ~scores["customer_id"].isin(window["customer_id"].astype(str))
    decided = pd.read_parquet(home / "issued" / f"at_risk-{AS_OF}" / "decisions.parquet").set_index("customer_id")
    status = scores["customer_id"].map(decided["status"])
    weight = np.where(status == "listed", 0.0, np.where(status == "control", 10.0, 1.0))
    assert held["churners", "all"].seen == pytest.approx((weight * left).sum())
    assert held["churners", "all"].promised == pytest.approx((weight * scores["p_churn_60d"]).sum())
    assert held["churners", "all"].customers == (weight > 0).sum()
    assert one.until == "2024-04-30"
    judged, gone = held["churners", "all"].customers, int((decided["status"] == "listed").sum())
    back = int((decided["status"] == "control").sum())
    assert one.said[0] == (
        f"{gone:,} customers were on a list to contact and are left out; the {back} who were held back stand for all "
        f"{gone + back:,}: sums are of more than were judged"
    )
    assert judged == (status != "listed").sum()
    assert {what for what, _ in held} >= {"churners", "ranking (AUC)", "purchases", "spend"}
    listed, of_list = promises(found, "at_risk")
    back = scores[(status == "control").to_numpy()]
    assert of_list["churners", "held back"].promised == pytest.approx(back["p_churn_60d"].sum())
    assert of_list["churners", "held back"].seen == left[back.index].sum()
    assert ("profit of contacting", "to contact") in of_list
    assert any("contacting changed the share who left by" in said for said in listed.said)
    assert not found.drift


def test_both_sides_of_a_lists_profit_are_of_those_who_are_still_there(known, tmp_path):
    folder, _, _, _, purchases = known
    shutil.copytree(folder / "outputs", tmp_path / "outputs")
    later = make_config(settings(tmp_path, treatments=OFFERS, as_of="end_of_data"))
    decided = pd.read_parquet(tmp_path / f"outputs/shop/issued/at_risk-{AS_OF}/decisions.parquet")
    listed = decided[decided["status"] == "listed"].sort_values("expected_profit", ascending=False)
    forget(later, [listed["customer_id"].iloc[0]], today=END)
    of_list, held = promises(monitor(prepare(later, purchases=purchases), today=END), "at_risk")
    profit = held["profit of contacting", "to contact"]
    assert profit.customers == len(listed) - 1
    assert profit.promised == pytest.approx(listed["expected_profit"].iloc[1:].sum())
    assert f"of {len(listed) - 1:,} expected to leave" in next(s for s in of_list.said if s.startswith("to contact"))


def test_who_stands_for_those_who_were_contacted_is_said():
    said = {pair: _left_out(*pair, 0) for pair in ((1, 0), (9, 1), (900, 100))}
    assert said[1, 0] == "1 customer was on a list to contact and is left out; nobody was held back to stand for them"
    assert said[9, 1].endswith("the 1 who was held back stands for all 10: sums are of more than were judged")
    assert said[900, 100].startswith("900 customers were on a list to contact and are left out; the 100 who were")
    assert _left_out(172, 11, 100).endswith(
        "the 11 who were held back stand for 83, and nobody for the 100 of a list that held nobody back: "
        "sums are of more than were judged"
    )


def test_a_window_that_is_not_over_is_not_judged(known):
    _, given, _, then, _ = known
    found = monitor(prepare(given, purchases=then), today=AS_OF)
    assert found.verdict == "nothing to judge yet"
    assert promises(found, "scores")[0].said == ("not over before 2024-04-30",)


def test_value_and_its_intervals_are_judged_once_their_horizon_is_over(shop, tmp_path):
    given = make_config(settings(tmp_path, clv__horizon_days=60))
    before = prepare(given, purchases=shop.purchases[shop.purchases["ordered_at"] < AS_OF])
    train(before)
    score(before)
    late = make_config(settings(tmp_path, clv__horizon_days=60, as_of="end_of_data"))
    _, held = promises(monitor(prepare(late, purchases=shop.purchases), today=END), "scores")
    scores = pd.read_parquet(tmp_path / "outputs" / "shop" / AS_OF / "scores.parquet").set_index("customer_id")
    bought = shop.purchases.assign(day=pd.to_datetime(shop.purchases["ordered_at"]).dt.normalize())
    bought = bought[(bought["day"] >= AS_OF) & (bought["day"] < "2024-04-30")]
    bought = bought[bought["customer_id"].astype(str).isin(scores.index)]
    worth = bought["amount"].astype(float) * 1.1 ** (-(bought["day"] - pd.Timestamp(AS_OF)).dt.days / 365)
    assert held["clv_60d", "everyone"].seen == pytest.approx(worth.sum(), rel=1e-6)
    assert held["clv_60d", "everyone"].promised == pytest.approx(scores["clv_60d"].sum())
    inside = held["values within their interval", "everyone"]
    each = worth.groupby(bought["customer_id"].astype(str)).sum().reindex(scores.index).fillna(0.0)
    assert inside.seen == pytest.approx(each.between(scores["clv_60d_p10"], scores["clv_60d_p90"]).mean())


def changed(purchases, change):
    table = purchases.copy()
    new = pd.to_datetime(table["ordered_at"]) >= "2024-05-27"
    if change == "cents":
        table["amount"] = table["amount"].astype(float) * np.where(new, 100, 1)
    elif change == "few":
        table = table[~new | (np.arange(len(table)) % 5 == 0)]
    elif change == "all in cents":
        table["amount"] = table["amount"].astype(float) * 100
    return table


@pytest.mark.parametrize(
    ("change", "said"),
    [("cents", "another unit"), ("few", "since 2024-05-27, where about"), ("all in cents", "another unit")],
)
def test_rows_that_are_unlike_before_are_named(known, change, said):
    _, _, later, _, purchases = known
    found = monitor(prepare(later, purchases=changed(purchases, change)), today=END)
    assert found.verdict == "look at the data"
    assert any(said in d.said for d in found.drift)


def test_an_old_log_is_stale(known):
    _, _, later, _, purchases = known
    found = monitor(prepare(later, purchases=purchases), today="2024-08-01")
    assert [d.kind for d in found.drift] == ["stale"]


def test_people_who_leave_as_never_before_ask_for_new_models(known):
    _, _, later, _, purchases = known
    day = pd.to_datetime(purchases["ordered_at"])
    # From the as-of date on four in five customers stop buying.
    stops = pd.util.hash_array(purchases["customer_id"].astype(str).to_numpy(dtype=object)) % 5 != 0
    found = monitor(prepare(later, purchases=purchases[(day < AS_OF) | ~stops]), today=END)
    _, held = promises(found, "scores")
    assert held["churners", "all"].alarm
    assert held["churners", "all"].seen > held["churners", "all"].high


def test_the_history_keeps_each_run_once_and_no_customer(known):
    folder, _, later, _, purchases = known
    read = prepare(later, purchases=purchases)
    for today in ("2024-06-24", "2024-06-25", "2024-06-25"):
        monitor(read, today=today)
    runs = json.loads((folder / "outputs" / "shop" / "monitor.json").read_text())["runs"]
    assert [r["today"] for r in runs][-2:] == ["2024-06-24", "2024-06-25"]
    assert "judged" in runs[-1]
    assert "judged" not in runs[-2]


def test_contracts_are_judged_too(tmp_path):
    spells = simulate_contracts(600, seed=3).spells
    early = contracts_config(tmp_path, "spells", as_of="2023-07-01")
    before = prepare(early, subscriptions=spells)
    train(before)
    score(before)
    found = monitor(prepare(contracts_config(tmp_path, "spells"), subscriptions=spells), today="2023-11-01")
    one, held = promises(found, "scores", "2023-07-01")
    assert one.promises
    scores = pd.read_parquet(tmp_path / "outputs" / "spells" / "2023-07-01" / "scores.parquet")
    p = next(c for c in scores if c.startswith("p_churn_"))
    assert held["churners", "all"].promised == pytest.approx(scores[p].sum(), rel=0.02)
    assert 0 < held["churners", "all"].seen < len(scores)
    assert any(who.startswith("plan ") for _, who in held)


def test_the_command_prints_it_and_its_exit_code_is_8_where_something_is_to_be_done(known, capsys, monkeypatch):
    folder, _, _, _, purchases = known
    purchases.to_csv(folder / "p.csv", index=False)
    changed(purchases, "cents").to_csv(folder / "c.csv", index=False)
    given = settings(folder, as_of="end_of_data", purchases__path="p.csv")
    (folder / "shop.yaml").write_text(yaml.safe_dump(given))
    words = ["holdfast", "monitor", "-c", str(folder / "shop.yaml"), "--today", END]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0
    said = capsys.readouterr().out
    assert "Today's rows are like those of the training." in said
    assert "churners, held back" in said
    monkeypatch.setattr(sys, "argv", [*words, "--set", f"purchases.path={folder / 'c.csv'}", "--json"])
    with pytest.raises(SystemExit) as stop:
        main()
    out = capsys.readouterr()
    assert stop.value.code == 8
    assert json.loads(out.out)["verdict"] == "look at the data"
    assert "holdfast check" in out.err
