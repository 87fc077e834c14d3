"""A value is a reason only where customers with it were seen to leave clearly more than the others."""

import json

import numpy as np
import pandas as pd
import pytest

from holdfast.contractual import Encoder, contract_reasons, train_contract_churn
from holdfast.contractual.leavers import Leavers, find_leavers
from holdfast.contractual.reasons import NO_SIGN, _number

KIND = {"age": "number", "failures": "number", "hours": "number", "period": "category", "town": "category"}


def world(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers of whom few hours and a failed payment make more leave, and neither age, period nor town does."""
    random = np.random.default_rng(seed)
    hours, failures = random.gamma(4, 4, n).round(1), (random.random(n) < 0.02).astype(int)
    town = random.choice(["Umeå", "Lund", "Kiruna"], n, p=[0.6, 0.38, 0.02])
    period = random.choice(["month", "year"], n, p=[0.8, 0.2])
    age = random.integers(17, 66, n)
    p = 0.05 + 0.10 * (hours < 10) + 0.4 * failures
    frame = pd.DataFrame({"age": age, "failures": failures, "hours": hours, "period": period, "town": town})
    return frame, (random.random(n) < p).astype(np.int64)


@pytest.fixture(scope="module")
def model():
    frame, y = world(3000, 5)
    return train_contract_churn(frame, y, KIND)


def test_what_has_no_effect_is_nobodys_reason_and_what_has_one_still_is(model):
    frame, _ = world(600, 6)
    found = contract_reasons(model, frame)
    said = {reason.split()[0] for reasons in found for reason in reasons}
    assert said == {"hours", "failures", "no"}, "age, period and town do nothing in this world"
    # "No" is what is said where nothing is: never that there was no failed payment.
    assert {r for reasons in found for r in reasons if r.startswith("no ")} == {NO_SIGN}
    for reasons, hours, failures in zip(found, frame["hours"], frame["failures"], strict=True):
        assert not any(r.startswith("hours") for r in reasons) or hours < 16
        assert not any(r.startswith("failures") for r in reasons) or failures == 1
        assert reasons == [NO_SIGN] or NO_SIGN not in reasons
    assert (model.leavers["hours"].below, model.leavers["hours"].above) == (True, False)
    assert (model.leavers["failures"].below, model.leavers["failures"].above) == (False, True)


def test_a_model_that_was_trained_before_this_was_looked_at_goes_on_as_it_did(model):
    state = json.loads(json.dumps(model.to_dict()))
    again = type(model).from_dict(state)
    assert again.leavers == model.leavers
    del state["leavers"]
    frame, _ = world(300, 7)
    before = contract_reasons(type(model).from_dict(state), frame)
    assert any(reason.startswith("age") for reasons in before for reason in reasons)


def found_in(rows: int, left: int, others: int, left_of_others: int, *, times: int = 1) -> bool:
    """Say whether a town is found, where so many of its customers and of the others left, each in so many rows."""
    town = ["A"] * rows + ["B"] * others
    y = np.array([1] * left + [0] * (rows - left) + [1] * left_of_others + [0] * (others - left_of_others))
    frame, who = pd.DataFrame({"town": town * times}), list(range(len(town))) * times
    outcome = np.tile(y, times)
    encoder = Encoder.fit(frame, outcome, {"town": "category"})
    return "A" in find_leavers(encoder, frame, outcome, who)["town"].levels


def test_more_means_by_a_quarter_and_beyond_chance():
    assert found_in(1000, 130, 1000, 100)
    # Clear, but less than a quarter more.
    assert not found_in(100_000, 12_000, 100_000, 10_000)
    # A quarter more and above, but of few.
    assert not found_in(100, 14, 1000, 100)
    # The same customers in ten windows are not ten times as many.
    assert not found_in(100, 14, 1000, 100, times=10)
    assert found_in(1000, 130, 1000, 100, times=10)


def test_blank_and_rare_values_are_held_against_all_others():
    frame = pd.DataFrame({"town": ["A", None, "B"] * 400, "visits": [3.0, np.nan, 4.0] * 400})
    rare = pd.DataFrame({"town": [f"R{i}" for i in range(60)], "visits": 3.0})
    left = np.array([0, 1, 0, 0, 1, 0, 0, 0, 1] * 133 + [0, 0, 0])
    frame, left = pd.concat([frame, rare], ignore_index=True), np.concatenate([left, np.ones(60, dtype=np.int64)])
    encoder = Encoder.fit(frame, left, {"town": "category", "visits": "number"})
    assert find_leavers(encoder, frame, left) == {
        "visits": Leavers(blank=True),
        "town": Leavers(blank=True, rare=True),
    }


def test_what_is_paid_more_is_held_against_what_was_paid_at_first():
    change = np.array([-1.0, 0.0, 0.0, 0.0, 2.0] * 200)
    frame = pd.DataFrame({"price_change": change})
    encoder = Encoder.fit(frame, (change > 0).astype(np.int64), {"price_change": "number"})
    # Below the average of 0.2 are those whose price stayed, too: nothing is said of them.
    found = find_leavers(encoder, frame, (change < 0.2).astype(np.int64))["price_change"]
    assert (found.below, found.above) == (True, False)
    assert found.speaks(encoder.numbers[0], pd.Series([-1.0, 0.0, 0.1, 2.0])).tolist() == [True, False, False, False]


def test_none_of_something_is_a_reason_only_where_such_customers_were_seen_to_leave():
    random = np.random.default_rng(3)
    visits, tickets = random.poisson(2, 4000), random.poisson(0.3, 4000)
    frame = pd.DataFrame({"visits": visits, "tickets": tickets})
    left = (random.random(4000) < np.where(visits == 0, 0.3, 0.05) + 0.2 * (tickets > 0)).astype(np.int64)
    model = train_contract_churn(frame, left, {"visits": "number", "tickets": "number"})
    asked = pd.DataFrame({"visits": [0, 5] * 20, "tickets": [0, 0] * 20})
    found = contract_reasons(model, asked)
    assert found[0][0] == f"no visits; {visits.mean():.2f} on average"
    assert not any(reason.startswith("no tickets") for reasons in found for reason in reasons)
    names = ("failures", "price_change", "tenure_days")
    assert [_number(name, 0.0, 2.1, none=False) for name in names] == ["", "", ""]
    assert _number("renewals", 0.0, 2.1, none=False) == "not renewed yet; 2.1 times on average"
