"""Columns of any kind → numbers."""

import json

import numpy as np
import pandas as pd
import pytest

from holdfast.contractual import Encoder, plan_columns
from holdfast.contractual.encoding import as_numbers, as_texts, kinds
from holdfast.contractual.plan import separation


def table(n: int = 200) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "age": pd.Series(random.integers(18, 80, n).astype(str)).where(random.random(n) > 0.1),
            "city": random.choice(["Riga", "Oslo"], n),
        }
    ).astype("str")
    return frame, random.integers(0, 2, n)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2.5", "-3e2", ".5"] * 10, "number"),
        (["1", "2"] * 30 + ["many"], "mixed"),
        (["1", "2"] * 10 + ["many"] * 5, "category"),
        (["12,5", "1 000", "0x10", "1_000", "nan", "inf"] * 4, "category"),
    ],
)
def test_a_column_is_what_its_cells_are(cells, kind):
    assert kinds(pd.DataFrame({"x": cells}).astype("str")) == {"x": kind}


def test_codes_are_categories_where_the_user_says_so():
    assert kinds(pd.DataFrame({"x": ["1", "2"]}).astype("str"), categories=["x"]) == {"x": "category"}
    assert list(as_texts(pd.Series([1.0, 2.5, np.nan])).fillna("-")) == ["1", "2.5", "-"]


def test_a_number_too_large_to_hold_counts_as_blank():
    numbers, wrong = as_numbers(pd.Series(["1e999", "7", None], dtype="str"))
    assert np.isnan(numbers[0])
    assert numbers[1] == 7
    assert not wrong.any()


def test_an_encoder_comes_back_from_json_and_gives_the_same_numbers():
    frame, y = table()
    encoder = Encoder.fit(frame, y, {"age": "number", "city": "category"})
    again = Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
    for name in ("trees", "linear"):
        numbers, of = getattr(encoder, name)(frame)
        pd.testing.assert_frame_equal(numbers, getattr(again, name)(frame)[0])
        assert set(of) == {"age", "city"}


def test_a_level_nobody_learnt_is_none_of_the_levels():
    frame, y = table()
    encoder = Encoder.fit(frame, y, {"city": "category"})
    seen = encoder.trees(pd.DataFrame({"city": ["Oslo", "Bergen", None]}, dtype="str"))[0]
    assert seen.sum(axis=1).tolist() == [1, 0, 0]


def test_who_somebody_is_teaches_nothing_unless_trusted():
    frame, y = table()
    names, n = ["Zoe", "Nils", "Paul", "Greta", "Ida"], len(frame)
    people = {
        "billing_first_name": [names[i % 5] for i in range(n)],
        "Contact": [f"{names[i % 5]}@example.com".lower() for i in range(n)],
        "Mobile": [f"+45 20 30 40 {10 + i % 7}" for i in range(n)],
        "Street": [f"Main Street {i % 9}" for i in range(n)],
    }
    others = {
        "Salutation": [("Ms", "Mr", "Dr", "Prof")[i % 4] for i in range(n)],
        "PhoneService": [("Yes", "No")[i % 2] for i in range(n)],
        "State": [("NY", "CA", "TX", "WA", "OR")[i % 5] for i in range(n)],
        "calls": [f"{i % 8}" for i in range(n)],
    }
    plan = plan_columns(frame.assign(**people, **others), y)
    assert plan.people == list(people)
    assert set(plan.used) == {"age", "city", *others}
    assert "Street" in plan_columns(frame.assign(**people), y, trusted=["Street"]).used


def test_constants_and_identifiers_teach_nothing():
    frame, y = table()
    frame = frame.assign(
        same="x", id=[f"{i:05d}" for i in range(len(frame))], name=[f"n{i}" for i in range(len(frame))]
    )
    plan = plan_columns(frame, y)
    assert plan.constant == ["same"]
    assert plan.identifiers == ["id", "name"]
    assert set(plan.used) == {"age", "city"}
    assert plan.leaks == {}


@pytest.mark.parametrize(
    "planted",
    [
        lambda y: np.where(y == 1, "gone", "here"),
        lambda y: (y * 3 + 1).astype(str),
        lambda y: pd.Series(np.where(y == 1, "2024-05-01", None)),
        lambda y: (y + np.random.default_rng(1).normal(0, 0.2, len(y))).round(4).astype(str),
    ],
)
def test_a_copy_of_the_outcome_is_named(planted):
    frame, y = table()
    plan = plan_columns(frame.assign(closed=pd.Series(planted(y), dtype="str")), y)
    assert list(plan.leaks) == ["closed"]
    assert "closed" not in plan.used
    trusted = plan_columns(frame.assign(closed=pd.Series(planted(y), dtype="str")), y, trusted=["closed"])
    assert "closed" in trusted.used


def test_what_is_filled_only_for_leavers_is_named_though_most_of_them_lack_it():
    frame, y = table()
    y = np.asarray(y)
    some = np.flatnonzero(y == 1)[::4]
    written = np.full(len(y), None, dtype=object)
    written[some] = "moved"
    plan = plan_columns(frame.assign(code=pd.Series(written, dtype="str")), y)
    assert (plan.afterwards, plan.leaks) == (["code"], {})
    assert "code" not in plan.used
    assert "code" in plan_columns(frame.assign(code=pd.Series(written, dtype="str")), y, trusted=["code"]).used
    # Where some of those who stayed have it, too, it was known before.
    written[np.flatnonzero(y == 0)[:3]] = "moved"
    assert plan_columns(frame.assign(code=pd.Series(written, dtype="str")), y).afterwards == []


def test_the_same_customer_in_many_windows_is_no_evidence_of_many():
    y = np.tile([1] * 5 + [0] * 95, 10)
    who = np.tile(np.arange(100), 10)
    frame = pd.DataFrame({"code": pd.Series(np.where(y == 1, "moved", None), dtype="str")})
    assert plan_columns(frame, y, customers=who.astype(object)).afterwards == []


def test_an_innocent_column_of_many_levels_raises_no_alarm():
    random = np.random.default_rng(2)
    y = random.integers(0, 2, 400)
    frame = pd.DataFrame({"postcode": random.integers(0, 150, 400).astype(str)}).astype("str")
    assert plan_columns(frame, y, categories=["postcode"]).leaks == {}


def test_the_order_of_rows_does_not_move_a_leak_alarm():
    random = np.random.default_rng(8)
    y = random.integers(0, 2, 400)
    frame = pd.DataFrame(
        {
            "note": np.where(y == 1, random.choice(["b", "c"], 400), random.choice(["a", "d"], 400)),
            "days": 9.0 * y + random.integers(0, 3, 400),
        }
    )
    found = plan_columns(frame, y).leaks
    for order in (np.argsort(y, kind="stable"), np.argsort(frame["note"], kind="stable"), random.permutation(400)):
        assert plan_columns(frame.iloc[order].reset_index(drop=True), y[order]).leaks == found
    assert set(found) == {"note", "days"}
    weak = pd.DataFrame({"x": np.where(random.random(400) < 0.8, y, 1 - y).astype(str)})
    (figure,) = {separation(weak["x"].iloc[o], "category", y[o]) for o in (np.arange(400), random.permutation(400))}
    assert figure == pytest.approx(0.8, abs=0.05)
