"""Groups dealt as a whole that nobody named: they are found, no verdict is given, and right files are left alone."""

import numpy as np
import pandas as pd
import pytest

from holdfast.experiments import measure
from holdfast.report import experiments as text
from tests.experiments.test_clusters import ASKED, stores

WITHHELD = "not to be read until --cluster {} is given: its rows were dealt to the arms together"


def unit(data, **more):
    return measure(data, **{**ASKED, **more}).unit


@pytest.mark.parametrize("named", [int, lambda i: f"S{i}"])
def test_stores_that_nobody_named_leave_no_verdict(named):
    data = stores(np.random.default_rng(1), 40, shift=1.0)
    data["store"] = data["store"].map(named)
    found = measure(data, **ASKED, covariates=["past"])
    assert found.unit.as_dict()["values"] == {"control": 20, "offer": 20}
    assert found.unit.column == "store"
    assert found.unit.rows == pytest.approx(len(data) / 40)
    (plain,) = found.as_dict()["effects"]
    assert (plain["verdict"], plain["significant"]) == (WITHHELD.format("store"), None)
    said = text.measured(found.as_dict())
    assert "NO VERDICT until --cluster store is given" in said
    assert "--after store" in said
    assert "what the arm is called" not in said
    assert not any(claim in said for claim in ("raises", "lowers", "includes 0", "95 %", "lift"))
    after = measure(data, **ASKED, covariates=["past"], after=["store"])
    assert after.unit is None
    assert "95 %" in text.measured(after.as_dict())
    # Known before, and so a covariate or a segment, it is the unit all the same.
    coarse = data.assign(store=data["store"].astype("str"))
    assert unit(coarse, covariates=["store"], trusted=["store"]).column == "store"
    assert unit(coarse, segment="store").column == "store"


def test_the_arms_are_compared_by_what_was_dealt():
    """A habit of whole stores differs by row in nearly every deal of few stores."""
    random, alarms = np.random.default_rng(2), 0
    for _ in range(20):
        data = stores(random, 20)
        data["habit"] = random.normal(size=20)[data["store"]].round(1) + random.normal(0, 0.01, len(data))
        found = measure(data, **ASKED)
        assert found.unit.column == "store"
        alarms += bool(found.others.differing)
    assert alarms == 0


@pytest.mark.parametrize("name", ["patient_id", "member", "number"])
def test_customers_in_two_rows_are_found_by_their_rows(name):
    random, n = np.random.default_rng(3), 300
    arms, sick = random.choice(["control", "a", "b"], n), random.normal(size=n)
    one = pd.DataFrame({name: random.permutation(9000)[:n], "arm": arms, "age": random.integers(30, 80, n)})
    data = pd.concat([one.assign(spent=sick + random.normal(0, 0.5, n)) for _ in range(2)], ignore_index=True)
    found = measure(data, **ASKED)
    assert (found.unit.column, found.unit.rows) == (name, 2.0)
    assert {e["verdict"] for e in found.as_dict()["effects"]} == {WITHHELD.format(name)}
    wider = measure(data, **ASKED, cluster=name).effects[0].difference
    plain = found.effects[0].difference
    assert (wider.high - wider.low) / (plain.high - plain.low) == pytest.approx(np.sqrt(1 + 0.8), abs=0.1)


def test_of_several_columns_the_coarsest_is_what_was_dealt():
    data = stores(np.random.default_rng(4), 60)
    data["till"] = data["store"] * 3 + np.arange(len(data)) % 3
    data["district"] = data["store"] // 3
    whole = data["district"].map(dict(enumerate(np.random.default_rng(5).permutation(["offer", "control"] * 10))))
    assert unit(data).column == "store"
    assert unit(data.assign(arm=whole)).column == "district"


def test_rows_dealt_one_by_one_are_left_alone():
    """No column of an honest file is taken for what was dealt, however its values repeat."""
    random = np.random.default_rng(6)
    for _ in range(30):
        n = int(random.choice([60, 400, 3000]))
        data = pd.DataFrame({"arm": random.choice(["control", "offer"], n, p=random.choice([[0.5, 0.5], [0.1, 0.9]]))})
        data["store"] = random.integers(0, n // 3, n)
        data["household"], data["zip"] = np.arange(n) // 2, random.integers(0, 40, n)
        data["spent"] = random.normal(size=n // 3 + 1)[data["store"]] + random.normal(size=n)
        if data["arm"].value_counts().min() > 2:
            assert unit(data) is None


def test_what_an_arm_got_is_not_what_was_dealt():
    random, n = np.random.default_rng(7), 1200
    offered = random.random(n) < 0.5
    data = pd.DataFrame({"arm": np.where(offered, "offer", "control"), "spent": random.normal(size=n) + offered})
    data["value"] = np.where(offered, random.choice([5, 10, 15, 20, 25, 30], n), 0)
    data["code"] = pd.Series([f"X{i}" for i in random.integers(0, 40, n)]).where(offered)
    found = measure(data, **ASKED)
    assert found.unit is None
    assert "value" in found.others.as_the_arm
    assert "what the arm is called, or got" in text.measured(found.as_dict())


def test_buckets_of_a_hash_that_decided_the_arm_cost_no_verdict():
    """Their rows are no more alike than any others: that they lie in one arm does no harm."""
    random, withheld, n = np.random.default_rng(8), 0, 4000
    for _ in range(40):
        bucket = random.integers(0, 100, n)
        data = pd.DataFrame({"bucket": bucket, "arm": np.where(bucket < 50, "control", "offer")})
        data["spent"] = random.exponential(20, n)
        found = measure(data, **ASKED)
        assert found.unit.column == "bucket"
        withheld += found.unit.alike
    assert withheld <= 5
    calm = measure(data, **ASKED)
    said = text.measured(calm.as_dict())
    assert calm.unit.alike or "no more alike than chance makes them, so each row counts for itself" in said


def test_within_strata_a_row_lies_in_one_arm_as_often_as_its_stratum_has_it():
    random, n = np.random.default_rng(9), 4000
    gold = random.random(n) < 0.5
    data = pd.DataFrame({"tier": np.where(gold, "gold", "other"), "household": np.arange(n) // 2})
    data["arm"] = np.where(random.random(n) < np.where(gold, 0.02, 0.98), "control", "offer")
    data = data.sort_values("tier", ignore_index=True).assign(household=lambda d: np.arange(n) // 2)
    data["spent"] = random.normal(size=n) + random.normal(size=n // 2)[data["household"]]
    assert unit(data, strata=["tier"]) is None
