"""`effect: measured`: the next list is decided by the acceptance that the control groups of earlier lists show."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast import make_config, prepare
from holdfast.data import IdMap
from holdfast.errors import HoldfastError
from holdfast.lists.audience import audience_curve
from holdfast.lists.choice import choose
from holdfast.lists.treatments import Treatment
from holdfast.pipeline.issued import arms_of
from holdfast.pipeline.measured import measured_treatments
from tests.conftest import settings
from tests.pipeline.contracts import config as contracts

OFFERS = [
    {"name": "voucher", "contact_cost": 0.5, "offer_cost": 3.0, "acceptance": 0.2, "effect": "measured"},
    {"name": "letter", "contact_cost": 0.9, "offer_cost": 0.0, "acceptance": 0.1},
]


def issue(home, name, as_of, arms, treatment="voucher", p="p_churn_60d", control_share=0.2):
    """Write a list as it was issued: ``arms`` is {status: ids}, all with P(churn) of one half."""
    folder = home / "issued" / f"{name}-{as_of}"
    folder.mkdir(parents=True)
    rows = [{"customer_id": c, "status": s, "treatment": treatment, p: 0.5} for s, ids in arms.items() for c in ids]
    pd.DataFrame(rows).to_parquet(folder / "decisions.parquet")
    record = {"list": name, "as_of": as_of, "known_until": as_of, "treatments": OFFERS, "control_share": control_share}
    (folder / "record.json").write_text(json.dumps(record))


def people(first, n):
    return [f"c{i:04d}" for i in range(first, first + n)]


def shop_of(folder, back, **changes):
    """A shop of a thousand who bought once in January; ``back`` is {day: ids who bought on it}."""
    bought = {"2024-01-05": people(0, 1000), "2024-06-30": ["c0999"], **back}
    rows = [{"customer_id": c, "ordered_at": day, "amount": 10.0} for day, ids in bought.items() for c in ids]
    given = settings(folder, as_of="2024-07-01", treatments=OFFERS, **changes)
    given["purchases"] = {"columns": {"customer_id": "customer_id", "ordered_at": "ordered_at", "amount": "amount"}}
    return prepare(make_config(given), purchases=pd.DataFrame(rows))


def known_by(prepared, day=date(2024, 7, 1)):
    return measured_treatments(prepared, [t.treatment() for t in prepared.config.treatments], known_until=day)


def test_a_list_learns_how_many_accept_from_the_lists_before(tmp_path):
    # Of 400 contacted 280 stay, of 100 held back 50: 20 points of the half who would leave, so two fifths accept.
    first, held = people(0, 400), people(400, 100)
    back = {"2024-02-20": [*first[:280], *held[:50]]}
    prepared = shop_of(tmp_path, back)
    home = tmp_path / "outputs" / "shop"
    issue(home, "at_risk", "2024-02-01", {"listed": first, "control": held})
    treatments, (found,) = known_by(prepared)
    assert (found.contacted, found.held_back, found.lists, found.stated) == (400, 100, 1, 0.2)
    assert found.effect.effect == pytest.approx(0.2)
    # Between what was stated and what the list shows, and nearer the list.
    assert 0.3 < found.mean < 0.4
    assert found.low < 0.2 < 0.55 < found.high
    voucher, letter = treatments
    assert (voucher.acceptance, voucher.acceptance_error) == (found.mean, found.error)
    assert 1.96 * found.error == pytest.approx((found.high - found.low) / 2, rel=0.05)
    assert (letter.acceptance, letter.acceptance_error) == (0.1, 0.0)


def test_several_lists_are_each_compared_with_their_own_control_group(tmp_path):
    # In summer everybody comes back more often: put together, whoever is held back in spring would look lost.
    spring, held = people(0, 400), people(400, 20)
    summer, other = people(500, 100), people(600, 300)
    back = {"2024-02-20": [*spring[:200], *held[:10]], "2024-04-20": [*summer[:90], *other[:270]]}
    prepared = shop_of(tmp_path, back)
    home = tmp_path / "outputs" / "shop"
    issue(home, "at_risk", "2024-02-01", {"listed": spring, "control": held})
    (alone,) = known_by(prepared)[1]
    issue(home, "overdue", "2024-04-05", {"listed": summer, "control": other})
    (found,) = known_by(prepared)[1]
    assert (found.contacted, found.held_back, found.lists) == (500, 320, 2)
    assert found.effect.effect == pytest.approx(0.0, abs=1e-9)
    assert found.high < alone.high
    assert found.error < alone.error


def test_only_lists_that_are_over_and_ask_the_same_count(tmp_path):
    who = {"listed": people(0, 400), "control": people(400, 100)}
    prepared = shop_of(tmp_path, {"2024-02-20": who["listed"][:280]})
    home = tmp_path / "outputs" / "shop"
    assert known_by(prepared) == ([t.treatment() for t in prepared.config.treatments], [])
    issue(home, "at_risk", "2024-05-20", who)
    issue(home, "overdue", "2024-02-01", who, p="p_churn_90d")
    issue(home, "win_back", "2024-02-01", who, treatment="letter")
    assert known_by(prepared)[1] == []
    # Whoever was on an earlier list counts there alone.
    issue(home, "second_order", "2024-02-02", who)
    assert known_by(prepared)[1] == []
    issue(home, "at_risk", "2024-01-31", who)
    assert known_by(prepared, date(2024, 3, 30))[1] == []
    assert [found.lists for found in known_by(prepared, date(2024, 3, 31))[1]] == [1]


def test_contracts_are_measured_too(tmp_path):
    ids = people(0, 600)
    frame = pd.DataFrame({"customer_id": ids, "started_at": "2023-01-01", "plan": "basic", "price": 10.0})
    leaves = np.isin(np.arange(600), [*range(100), *range(400, 500)])
    frame["ended_at"] = np.where(leaves, "2023-08-15", None)
    frame["end_reason"] = np.where(leaves, "Moved", None)
    prepared = prepare(contracts(tmp_path, "spells", treatments=OFFERS), subscriptions=frame)
    who = {"listed": ids[:400], "control": ids[400:]}
    issue(tmp_path / "outputs" / "spells", "at_risk", "2023-08-01", who, p="p_churn_30d")
    (found,) = measured_treatments(prepared, [t.treatment() for t in prepared.config.treatments], known_until=AFTER)[1]
    # A quarter of those contacted leave, and half of those held back.
    assert (found.contacted, found.held_back) == (400, 200)
    assert found.effect.effect == pytest.approx(0.25)


AFTER = date(2023, 11, 1)


def test_the_profit_says_how_little_is_known_of_a_measured_acceptance():
    p, worth = np.full(50, 0.5), np.full(50, 100.0)
    widths = []
    for error in (0.0, 0.1):
        offers = [Treatment("voucher", offer_cost=10.0, acceptance=0.4, acceptance_error=error)]
        chosen = choose(offers, p, worth, np.ones((50, 1), dtype=bool))
        last = audience_curve(offers, chosen, p, worth).iloc[-1]
        widths.append((last["profit_high"] - last["profit_low"]) / 2 / 1.959964)
    # Σ p (V − d) × error, beside chance.
    assert np.sqrt(widths[1] ** 2 - widths[0] ** 2) == pytest.approx(50 * 0.5 * 90 * 0.1, rel=1e-5)


def test_merged_customers_of_a_list_are_in_one_arm_or_in_none(tmp_path):
    who = {"listed": ["a", "b", "e"], "control": ["c", "d"], "beyond the budget or capacity": ["f"]}
    issue(tmp_path, "at_risk", "2024-02-01", who)
    folder = tmp_path / "issued" / "at_risk-2024-02-01"
    found = arms_of(folder, IdMap({"a": "b", "c": "x", "d": "e"}))
    assert found[["customer_id", "status"]].to_numpy().tolist() == [["b", "listed"], ["x", "control"]]
    assert arms_of(folder, None)["customer_id"].tolist() == list("abcde")


def test_what_was_believed_before_is_asked_for(tmp_path):
    with pytest.raises(HoldfastError, match="acceptance is missing"):
        make_config(settings(tmp_path, treatments=[{"name": "voucher", "effect": "measured"}]))
