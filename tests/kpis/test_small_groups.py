"""Groups of few customers are left out, and nobody can compute them from what is left."""

import numpy as np
import pandas as pd
import pytest

from holdfast.kpis.small_groups import is_hidden, without_small_groups
from holdfast.segments.cards import matrix

LEAST = 10


def movements(counts: np.ndarray) -> pd.DataFrame:
    """Return movements between segments: counts[i, j] customers went from i to j."""
    rows = [(f"s{i}", f"s{j}", int(n)) for (i, j), n in np.ndenumerate(counts) if n]
    moved = pd.DataFrame(rows, columns=["from_segment", "to_segment", "customers"])
    moved["share_of_from"] = moved["customers"] / moved.groupby("from_segment")["customers"].transform("sum")
    moved.insert(0, "kind", "segment")
    return moved


def test_without_a_minimum_tables_are_what_they_were():
    table = movements(np.array([[3, 0], [1, 40]]))
    for least in (0, 1):
        same, notes = without_small_groups("movements", table, least)
        assert same is table
        assert notes == []
    assert without_small_groups("customers", table, LEAST)[0] is table


def test_nobody_can_subtract_from_the_totals_of_rows_or_columns():
    random = np.random.default_rng(4)
    hid = 0
    for _ in range(60):
        table = movements(random.choice([0, 2, 5, 12, 40, 90], size=(5, 5), p=[0.3, 0.1, 0.1, 0.2, 0.2, 0.1]))
        shown, _ = without_small_groups("movements", table, LEAST)
        gone = shown["customers"].isna()
        assert (gone == shown["share_of_from"].isna()).all()
        assert gone[table["customers"] < LEAST].all()
        assert (shown.loc[~gone, "customers"] == table.loc[~gone, "customers"]).all()
        for line in ("from_segment", "to_segment"):
            for name, rows in table.groupby(line):
                blank = rows[gone[rows.index]]
                if len(blank) and len(blank) < len(rows):
                    assert len(blank) > 1, name
                    assert blank["customers"].sum() >= LEAST
        hid += int(gone.sum())
    assert hid > 100


def test_what_is_blank_is_a_dash_and_nobody_stays_nobody():
    shown, notes = without_small_groups(
        "movements", movements(np.array([[50, 20, 0], [4, 30, 60], [0, 80, 90]])), LEAST
    )
    wide = matrix(shown)
    assert wide.loc["s0", "s2"] == wide.loc["s2", "s0"] == 0
    assert [(f, t) for f in wide.index for t in wide.columns if pd.isna(wide.loc[f, t])] == [
        ("s0", "s0"),
        ("s0", "s1"),
        ("s1", "s0"),
        ("s1", "s1"),
    ]
    assert notes[0] == "movements: 1 group of fewer than 10 customers not shown."
    assert notes[1].startswith("movements: 3 larger groups not shown either")


def test_a_cohort_is_hidden_in_all_its_months_and_a_month_of_few_buyers_alone():
    table = pd.DataFrame(
        {
            "cohort": np.repeat(["2024-01", "2024-02", "2024-03"], 3),
            "age_months": [0, 1, 2] * 3,
            "customers": np.repeat([50, 9, 30], 3),
            "active": [50, 12, 3, 9, 2, np.nan, 30, np.nan, np.nan],
            "retention": [1, 0.24, 0.06, 1, 2 / 9, np.nan, 1, np.nan, np.nan],
            "spend_per_customer": 5.0,
            "reason": ["", "", "", "", "", "not over", "", "not over", "not over"],
        }
    )
    shown, notes = without_small_groups("cohorts", table, LEAST)
    assert shown["customers"].isna().tolist() == [False] * 3 + [True] * 6  # the third month's, beside the second's
    assert shown["active"].tolist()[:2] == [50, 12]
    assert shown.loc[2:, ["active", "retention", "spend_per_customer"]].isna().all(axis=None)
    assert shown["reason"].map(is_hidden).tolist() == [False, False, True, True, True, False, True, False, False]
    assert notes == [
        "cohorts: 2 groups of fewer than 10 customers not shown.",
        "cohorts: 1 larger group not shown either: with a total they would give away the small ones.",
    ]


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([(40, 40, 20), (30, 30, 15), (30, 20, 12), (100, 90, 47)], ["", "", "", ""]),
        # Money of few buyers: their count and what rests on it; conversions of the next smallest would give it away.
        ([(40, 40, 20), (30, 30, 4), (30, 20, 12), (100, 90, 36)], ["", "buyers", "buyers", ""]),
        ([(40, 40, 20), (3, 3, 1), (30, 20, 12), (73, 63, 33)], ["", "people", "people", ""]),
        ([(3, 3, 1), (3, 3, 1), (3, 3, 0), (9, 9, 2)], ["people"] * 4),
    ],
)
def test_channels_hide_what_rests_on_few(counts, hidden):
    table = pd.DataFrame(counts, columns=["people", "mature", "buyers"])
    table.insert(0, "channel", ["mail", "shop", "web", "all"])
    figures = ["conversion", "conversion_low", "conversion_high", "cost_total", "cac", "clv_total", "clv"]
    for name in [*figures, "clv_to_cac", "payback_days", "payback_month"]:
        table[name] = 1.5
    table["reason"] = ""
    shown, _ = without_small_groups("acquisition", table, LEAST)
    first = [next((c for c in ("people", "mature", "buyers") if pd.isna(row[c])), "") for _, row in shown.iterrows()]
    assert first == hidden
    assert shown["clv_total"].isna().tolist() == [bool(h) for h in hidden]
    assert shown["cost_total"].isna().tolist() == [h == "people" for h in hidden]
    assert shown["reason"].map(is_hidden).tolist() == [bool(h) for h in hidden]
    assert shown["channel"].tolist() == table["channel"].tolist()


def test_a_retention_curve_ends_where_few_are_left_and_no_plan_is_the_difference():
    counts = {"all": [100, 60, 30], "basic": [50, 30, 9], "plus": [40, 25, 16], "": [10, 5, 5]}
    table = pd.DataFrame(
        [(plan, period, n, 1, 0.9) for plan, ns in counts.items() for period, n in enumerate(ns, 1)],
        columns=["plan", "period", "at_risk", "ended", "survival"],
    ).assign(model="sBG", fitted_retention_rate=0.9, fitted_survival=0.9)
    shown, notes = without_small_groups("retention", table, LEAST)
    blank = shown.set_index(["plan", "period"])["survival"].isna()
    # Of the third renewal 9 and 5 are hidden: together 14, so nobody can subtract; of the second the 5 need another.
    assert set(blank.index[blank]) == {("", 2), ("plus", 2), ("basic", 3), ("", 3)}
    assert shown["at_risk"].isna().equals(shown["survival"].isna())
    assert shown["fitted_survival"].notna().all(), "what the model expects of a plan is no customer's"
    assert len(notes) == 2
