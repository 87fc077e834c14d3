"""Windows around a contact of one's own lists neither teach nor judge."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import holdfast
from holdfast.churn.eligibility import eligible
from holdfast.churn.returners import LAPSED, Returners
from holdfast.contractual.recipe import training_table
from holdfast.data import simulate_contracts, simulate_shop
from holdfast.lists.contact import CONTROL, LISTED
from holdfast.pipeline.contracts import PreparedContracts
from holdfast.pipeline.preparation import PreparedPurchases

AS_OF, NEWEST, BEFORE = date(2024, 3, 1), date(2024, 1, 1), date(2023, 9, 1)


def _listed(home: Path, customers: list[str], held_back: list[str], *, known_until: date) -> None:
    folder = home / "issued" / f"at_risk-{known_until}"
    folder.mkdir(parents=True)
    day = known_until.isoformat()
    (folder / "record.json").write_text(json.dumps({"list": "at_risk", "as_of": day, "known_until": day}))
    status = [LISTED] * len(customers) + [CONTROL] * len(held_back)
    pd.DataFrame({"customer_id": customers + held_back, "status": status}).to_parquet(folder / "decisions.parquet")


def _shop(outputs: Path, purchases: pd.DataFrame) -> PreparedPurchases:
    settings = {"name": "shop", "purchases": {}, "as_of": str(AS_OF), "outputs": str(outputs)}
    config = holdfast.make_config({**settings, "churn": {"horizon_days": 60}})
    prepared = holdfast.prepare(config, purchases=purchases)
    assert isinstance(prepared, PreparedPurchases)
    return prepared


@pytest.fixture(scope="module")
def purchases() -> pd.DataFrame:
    return simulate_shop(400, seed=3).purchases


def test_those_contacted_are_in_no_window_around_it_and_those_held_back_are(
    tmp_path: Path, purchases: pd.DataFrame
) -> None:
    everyone = _shop(tmp_path, purchases).snapshots.features(NEWEST)["customer_id"].tolist()
    _listed(tmp_path / "shop", everyone[:30], everyone[30:40], known_until=date(2024, 1, 20))
    prepared = _shop(tmp_path, purchases)
    snapshots, window = prepared.snapshots, prepared.cutoff.earlier(60)
    assert snapshots.features(NEWEST)["customer_id"].tolist() == everyone[30:]
    assert snapshots.outcomes(window)["customer_id"].tolist() == everyone[30:]
    # Nobody is left out of what is scored, nor of windows that were over before.
    assert set(everyone) <= set(snapshots.features(AS_OF)["customer_id"])
    assert set(everyone[:30]) & set(snapshots.features(BEFORE)["customer_id"])
    assert any("Lists contacted 30 customers around the window from 2024-01-01" in n for n in prepared.log.report.notes)


def test_of_a_sample_they_are_left_out_too(tmp_path: Path, purchases: pd.DataFrame) -> None:
    few = _shop(tmp_path, purchases).snapshots.features(NEWEST, most=100)["customer_id"].tolist()
    _listed(tmp_path / "shop", few[:30], [], known_until=date(2024, 1, 20))
    assert _shop(tmp_path, purchases).snapshots.features(NEWEST, most=100)["customer_id"].tolist() == few[30:]


def test_where_most_were_contacted_they_teach_and_it_is_said(tmp_path: Path, purchases: pd.DataFrame) -> None:
    everyone = _shop(tmp_path, purchases).snapshots.features(NEWEST)["customer_id"].tolist()
    _listed(tmp_path / "shop", everyone[:-10], everyone[-10:], known_until=date(2024, 1, 20))
    prepared = _shop(tmp_path, purchases)
    assert prepared.snapshots.features(NEWEST)["customer_id"].tolist() == everyone
    assert any("more than half of all" in note for note in prepared.log.report.notes)


@pytest.mark.parametrize("share", [3, 0.7])
def test_who_came_back_is_counted_of_those_whom_no_list_contacted(
    tmp_path: Path, purchases: pd.DataFrame, share: float
) -> None:
    """Everybody whom the list contacted bought the next day; of the others those came back who would have anyway."""
    before = _shop(tmp_path, purchases)
    window = before.cutoff.earlier(60)
    outcome = before.snapshots.outcomes(window).merge(before.snapshots.features(window.date), on="customer_id")
    lapsed = outcome[~eligible(outcome, active_days=before.config.active_days)]
    some = lapsed if share == 3 else outcome
    contacted = some["customer_id"].sample(frac=1 / share if share == 3 else share, random_state=1).tolist()
    bought = pd.DataFrame({"customer_id": contacted, "ordered_at": "2024-01-21", "amount": 20.0})
    bought["order_id"] = [f"x{i}" for i in range(len(bought))]
    both = pd.concat([purchases, bought.reindex(columns=purchases.columns)], ignore_index=True)
    _listed(tmp_path / "shop", contacted, [], known_until=date(2024, 1, 20))
    prepared = _shop(tmp_path, both)
    assert prepared.snapshots.contacted.all_teach == (share < 1)
    alone = lapsed[~lapsed["customer_id"].isin(contacted)]
    found = Returners.of(prepared.past, active_days=prepared.config.active_days)
    assert found.counts[LAPSED][""] == (len(alone), int((alone["churned"] == 0).sum()))
    assert 0 < len(alone) < len(lapsed)


def test_a_model_promises_what_those_do_whom_nobody_contacts(tmp_path: Path, purchases: pd.DataFrame) -> None:
    """Whoever was contacted bought the next day: a model that learns from them promises too little risk to all."""
    before = _shop(tmp_path, purchases)
    outcome = before.snapshots.outcomes(before.cutoff.earlier(60))
    everyone = outcome["customer_id"].tolist()
    contacted = np.random.default_rng(1).choice(everyone, len(everyone) // 3, replace=False).tolist()
    bought = pd.DataFrame({"customer_id": contacted, "ordered_at": "2024-01-21", "amount": 20.0, "order_id": "x"})
    bought["order_id"] = [f"x{i}" for i in range(len(bought))]
    both = pd.concat([purchases, bought.reindex(columns=purchases.columns)], ignore_index=True)
    _listed(tmp_path / "shop", contacted, [], known_until=date(2024, 1, 20))
    prepared = _shop(tmp_path, both)
    seen = prepared.snapshots.outcomes(prepared.cutoff.earlier(60))
    alone = outcome[~outcome["customer_id"].isin(contacted)]
    assert seen["churned"].mean() == alone["churned"].mean() > 0.5


def test_contracts_leave_them_out_too(tmp_path: Path) -> None:
    columns = {"customer_id": "customer_id", "started_at": "started_at", "ended_at": "ended_at"}
    subscriptions = {"columns": columns, "period_days": 30, "renewal_days": 30}
    settings = {"name": "subs", "setting": "contractual", "as_of": "2023-11-01", "outputs": str(tmp_path)}
    config = holdfast.make_config({**settings, "churn": {"horizon_days": 30}, "subscriptions": subscriptions})
    spells = simulate_contracts(600, seed=2).spells[list(columns)]

    def learnt_from() -> tuple[PreparedContracts, pd.Series]:
        prepared = holdfast.prepare(config, subscriptions=spells)
        assert isinstance(prepared, PreparedContracts)
        return prepared, pd.Series(training_table(prepared.contracts, prepared.contracts.cutoff).customers)

    _, before = learnt_from()
    contacted = before.drop_duplicates().tolist()[:50]
    _listed(tmp_path / "subs", contacted, [], known_until=date(2023, 9, 20))
    prepared, after = learnt_from()
    assert after.isin(contacted).sum() < before.isin(contacted).sum()
    assert after[~after.isin(contacted)].tolist() == before[~before.isin(contacted)].tolist()
    assert any("Lists contacted" in note for note in prepared.notes)
