"""A new buy-till-you-die model is one class and one line: everything that uses these models finds it."""

import json
import subprocess
import sys

import pytest

from holdfast.clv import BTYD_MODELS, LIFETIME_VALUE_MODEL, BetaGeoNBD, ParetoNBD, btyd_model_from_dict

# In a process of its own: the list is read when the rooms that use it are imported.
PROGRAM = """
import json
from datetime import date
from holdfast.clv import BTYD_MODELS, BetaGeoNBD

class Fourth(BetaGeoNBD):
    pass

BTYD_MODELS["fourth"] = Fourth

from holdfast.churn import Past, Snapshots, contenders
from holdfast.data import Columns, Source, read_purchases, simulate_shop
from holdfast.features import Cutoff
from holdfast.forecast import Outlook, value_contenders

shop = simulate_shop(400, seed=3)
log = read_purchases(Source(shop.purchases, Columns("customer_id", "ordered_at", "amount", order_id="order_id")))
past = Past(Snapshots(log.connection, log.first_day), Cutoff(date(2024, 3, 1), 60))
features, _ = past.snapshots.at(past.cutoff)
p = past.trio.p_no_purchase(features, 60)
mean = past.fitted("p0").p_churn(features)
expected = {n: past.trio.only([n]).mean_expected(features, 60) for n in BTYD_MODELS}
outlook = Outlook(past, None)
print(json.dumps({
    "trio": sorted(past.trio.models),
    "restored": sorted(type(past.trio).from_dict(past.trio.to_dict()).models),
    "churn": sorted(contenders()),
    "value": sorted(value_contenders()),
    "in p0": float(abs(mean - sum(p.values()) / 4).max()),
    "in btyd": float(abs(outlook.fitted("btyd").purchases(features) - sum(expected.values()) / 4).max()),
    "alone": float(abs(past.fitted("fourth").p_churn(features) - p["bg_nbd"]).max()),
    "forecast": float(abs(outlook.fitted("fourth").purchases(features) - expected["bg_nbd"]).max()),
    "ridge": sorted(n for n in past.fitted("ridge").logistic.to_dict()["weights"] if n.startswith("logit_")),
}))
"""


def test_a_fourth_model_takes_part_everywhere():
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    four = {*BTYD_MODELS, "fourth"}
    assert set(found["trio"]) == set(found["restored"]) == four
    assert four <= set(found["churn"])
    assert four <= set(found["value"])
    assert found["ridge"] == sorted(f"logit_{name}" for name in four)
    assert max(found["in p0"], found["in btyd"], found["alone"], found["forecast"]) < 1e-12


def test_the_model_of_the_lifetime_value_is_one_of_them():
    assert LIFETIME_VALUE_MODEL in BTYD_MODELS


def test_a_state_finds_its_model_by_name_and_a_stranger_is_refused():
    pareto = ParetoNBD.from_params(r=0.553276, alpha=10.577613, s=0.606213, beta=11.667906)
    again = btyd_model_from_dict(pareto.to_dict())
    assert type(again) is ParetoNBD
    assert again.params_ == pareto.params_
    state = BetaGeoNBD.from_params(r=0.24, alpha=4.4, a=0.79, b=2.4).to_dict() | {"model": "Other"}
    with pytest.raises(ValueError, match="the state of Other, which is none of BetaGeoNBD"):
        btyd_model_from_dict(state)
