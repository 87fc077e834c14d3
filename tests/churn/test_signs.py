"""A sign of risk is said where the customer's own figures bear it out, and nowhere else."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from holdfast.churn.behind import Behind, UsualYear
from holdfast.churn.norms import figures
from holdfast.churn.reasons import felt_signs
from holdfast.churn.signs import OF_MANY, SIGNS, signs_of
from holdfast.features import FEATURES
from holdfast.language import fill
from tests.sentences import faults

STEADY = {
    **dict.fromkeys((f.name for f in FEATURES), float("nan")),
    **{"purchase_days": 6.0, "frequency": 5.0, "tenure": 400.0, "days_since_last": 60.0, "gap_median": 62.0},
    **{"gap_last": 63.0, "late_purchases": 3.0, "late_share": 0.6, "season_share": 0.2, "return_lines": 0.0},
    **{"purchase_days_30d": 0.0, "purchase_days_60d": 1.0, "purchase_days_90d": 2.0, "purchase_days_180d": 3.0},
    **{"purchase_days_365d": 6.0, "recency": 341.0, "recency_share": 0.85, "gap_mean": 68.0, "gap_max": 90.0},
    **{"spend_90d": 81.0, "spend_365d": 240.0, "purchases_per_year": 5.5},
    **{"spend_total": 240.0, "spend_last": 41.0, "spend_mean": 40.0},
}
CASES = [
    ("silence", {"days_since_last": 75.0, "gap_median": 7.0}, "silent for 75 days; usually buys every 7 days"),
    (
        "silence",
        {"purchase_days": 10.0, "days_since_last": 3.0, "gap_median": 1.0},
        "silent for 3 days; usually buys every day",
    ),
    (
        "silence",
        {"days_since_last": 32.0, "gap_median": 31.0, "gap_max": 31.0},
        "silent for 32 days; never waited longer than 31 before",
    ),
    (
        "silence",
        {"purchase_days": 2.0, "days_since_last": 163.0},
        "silent for 163 days; the second purchase came 62 days after the first",
    ),
    (
        "silence",
        {"purchase_days": 4.0, "days_since_last": 163.0, "gap_median": 1.0},
        "silent for 163 days since the last purchase",
    ),
    (
        "silence",
        {"purchase_days": 1.0, "days_since_last": 98.0, "gap_median": float("nan")},
        "silent for 98 days since the only purchase",
    ),
    ("frequency", {"purchase_days": 2.0}, "bought only twice in 401 days"),
    ("frequency", {"purchase_days": 6.0, "tenure": 540.0}, "bought only 6 times in 541 days"),
    (
        "recent activity",
        {"purchase_days_90d": 0.0, "purchase_days_365d": 5.0},
        "no purchase in the last 90 days; 5 in the 275 days before",
    ),
    (
        "recent activity",
        {"purchase_days_90d": 1.0, "purchase_days_365d": 6.0, "purchase_days": 9.0},
        "1 purchase in the last 90 days; 5 in the 275 days before",
    ),
    (
        "rhythm",
        {"gap_last": 104.0, "gap_max": 104.0},
        "came back only after 104 days the last time, longer than ever; usually after 62",
    ),
    (
        "trend",
        {"late_purchases": 0.0, "late_share": 0.0},
        "5 repeat purchases in the first half of 400 days, none in the second",
    ),
    (
        "trend",
        {"late_purchases": 1.0, "late_share": 0.2},
        "4 repeat purchases in the first half of 400 days, 1 in the second",
    ),
    (
        "spend",
        {"spend_last": 12.0, "spend_total": 212.0},
        "the last purchase came to 12.00; the 5 before to 40.00 on average",
    ),
    (
        "spend",
        {"spend_last": 12.0, "spend_total": 52.0, "purchase_days": 2.0},
        "the last purchase came to 12.00; the one before to 40.00",
    ),
    ("returns", {"return_lines": 1.0, "days_since_return": 12.0}, "returned something 12 days ago"),
    ("returns", {"return_lines": 2.0, "days_since_return": 1.0}, "returned 2 lines, the last 1 day ago"),
    ("season", {"season_share": 0.0}, "bought nothing in the coming 90 days of earlier years; a customer for 401 days"),
    ("visits", {"visits_since_purchase": 4.0}, "visited 4 times since the last purchase without buying"),
    ("visits", {"visits_30d": 0.0, "visits_90d": 5.0}, "no visit in the last 30 days; 5 in the last 90"),
    ("visits", {"days_since_visit": 120.0}, "last visit 120 days ago"),
    ("tickets", {"tickets_open": 1.0}, "1 open ticket"),
    ("tickets", {"tickets_90d": 2.0}, "2 tickets in the last 90 days"),
    ("contacts", {"contacts_90d": 4.0, "contact_opened_share": 0.0}, "opened none of the messages sent"),
    ("contacts", {"contacts_90d": 4.0, "contact_opened_share": 0.1}, "opened 10% of the messages sent"),
    ("surveys", {"survey_score": 2.0, "days_since_score": 30.0}, "last survey score 2.0, 30 days ago"),
]
# 185 quiet days of a quarter of the mean, and 180 busy ones; the quiet season has lasted for 180 days.
QUIET = Behind(year=UsualYear((0.25,) * 37 + (1.7708,) * 36), day=180)
BUSY = replace(QUIET, day=365)
IN_QUIET = [
    (
        "silence",
        {"days_since_last": 160.0, "gap_median": 7.0},
        "silent for 160 days; usually buys every 7 days, at this time of year about every 44",
    ),
    (
        "recent activity",
        {"purchase_days_90d": 0.0, "purchase_days_365d": 40.0},
        "no purchase in the last 90 days; about 3 would be usual at this time of year",
    ),
    (
        "recent activity",
        {"purchase_days_90d": 1.0, "purchase_days_365d": 91.0},
        "1 purchase in the last 90 days; about 6 would be usual at this time of year",
    ),
    (
        "year",
        {"purchase_days_90d": 1.0, "purchase_days_365d": 3.0, "purchase_days": 15.0, "tenure": 900.0},
        "3 purchases in the last 365 days; 12 in the 536 days before",
    ),
    (
        "year",
        {"purchase_days_90d": 0.0, "purchase_days_365d": 0.0, "purchase_days": 12.0, "tenure": 900.0},
        "no purchase in the last 365 days; 12 in the 536 days before",
    ),
]


def said(row, behind=None):
    known = figures(row, behind)
    return {sign.group: fill(sign.said, known) for sign in signs_of(known)}


@pytest.mark.parametrize(("group", "changed", "sentence"), CASES)
def test_a_sign_says_what_changed_and_only_where_it_did(group, changed, sentence):
    row = {**STEADY, **changed}
    assert said(row)[group] == sentence
    assert said(STEADY) == {}, "a steady customer has no sign at all"
    # Put back to the customer's norm, the figures it names no longer say it.
    (sign,) = (s for s in signs_of(figures(row)) if s.group == group)
    usual = sign.usual(figures(row))
    assert set(usual) <= {f.name for f in FEATURES}
    changes = {name: value for name, value in usual.items() if value == value or name == "days_since_return"}
    assert said({**row, **changes}).get(group) != sentence


def test_every_sign_is_tried_and_belongs_to_a_group():
    assert len(CASES) + len(IN_QUIET) == len(SIGNS)
    assert {s.many or s.group for s in SIGNS} == set(OF_MANY)


@pytest.mark.parametrize(("group", "changed", "sentence"), IN_QUIET)
def test_in_the_quiet_season_a_sign_says_what_is_usual_in_it(group, changed, sentence):
    row = {**STEADY, **changed}
    assert said(row, QUIET)[group] == sentence
    assert said(row).get(group) != sentence, "without a season there is nothing to say of it"
    (sign,) = (s for s in signs_of(figures(row, QUIET)) if s.group == group)
    usual = sign.usual(figures(row, QUIET))
    assert set(usual) <= {f.name for f in FEATURES}
    assert said({**row, **usual}, QUIET).get(group) != sentence


@pytest.mark.parametrize(
    ("group", "changed"),
    [
        # What nearly everybody shows after half a year of quiet days, and few show after half a year of busy ones.
        ("silence", {"days_since_last": 60.0, "gap_median": 14.0}),
        ("silence", {"days_since_last": 80.0, "gap_median": 31.0, "gap_max": 62.0}),
        ("silence", {"purchase_days": 1.0, "days_since_last": 98.0, "gap_median": float("nan")}),
        ("silence", {"purchase_days": 2.0, "days_since_last": 163.0}),
        ("recent activity", {"purchase_days_90d": 0.0, "purchase_days_365d": 13.0}),
        ("trend", {"frequency": 9.0, "late_purchases": 1.0, "tenure": 340.0}),
        ("trend", {"frequency": 6.0, "late_purchases": 0.0, "tenure": 340.0}),
        ("rhythm", {"days_since_last": 10.0, "gap_last": 104.0, "gap_max": 104.0}),
        ("visits", {"days_since_visit": 120.0}),
    ],
)
def test_what_the_season_takes_from_everyone_is_no_sign(group, changed):
    row = {**STEADY, **changed}
    assert group in said(row)
    assert group in said(row, BUSY)
    assert group not in said(row, QUIET)


def test_a_month_without_a_visit_says_little_when_the_season_has_just_ended():
    row = {**STEADY, "visits_30d": 0.0, "visits_90d": 2.0}
    assert "visits" in said(row, BUSY)
    assert "visits" not in said(row, replace(QUIET, day=365 + 30))
    assert "visits" in said({**row, "visits_90d": 20.0}, replace(QUIET, day=365 + 30))


def test_nobody_is_missed_in_a_season_in_which_nobody_buys():
    """That a customer never bought in the coming 90 days says something where others do."""
    row = {**STEADY, "season_share": 0.0}
    assert "season" in said(row, replace(QUIET, day=185))
    assert "season" not in said(row, replace(QUIET, day=365))


def test_a_customer_has_at_most_one_sign_of_a_group():
    row = {**STEADY, "days_since_last": 75.0, "gap_median": 7.0, "return_lines": 3.0, "days_since_return": 9.0}
    assert said(row) == {
        "silence": "silent for 75 days; usually buys every 7 days",
        "returns": "returned 3 lines, the last 9 days ago",
    }


@pytest.mark.parametrize(("bought", "total"), [(6.0, 212.0), (2.0, 52.0)])
def test_a_return_since_the_last_purchase_is_no_smaller_basket(bought, total):
    """What was sent back came off that purchase: said once, and put back with the return."""
    row = {**STEADY, "purchase_days": bought, "spend_last": 12.0, "spend_total": total, "return_lines": 1.0}
    assert set(said({**row, "days_since_return": 61.0})) >= {"spend", "returns"}, "sent back before the last purchase"
    sent_back = {**row, "days_since_return": 59.0}
    assert set(said(sent_back)) & {"spend", "returns"} == {"returns"}
    (sign,) = (s for s in signs_of(figures(sent_back)) if s.group == "returns")
    assert sign.usual(figures(sent_back))["spend_last"] == 40.0
    assert "spend_last" not in sign.usual(figures({**row, "days_since_return": 61.0}))


def test_no_sentence_is_a_tautology_a_zero_or_a_wrong_plural():
    """Over many random customers: no "0 …", no "1 purchases", no share of 0 %, no silence that is not one."""
    random = np.random.default_rng(8)
    for _ in range(2000):
        bought = int(random.integers(1, 9))
        row = {name: float(random.choice([0, 1, 2, 5, 40, 400, np.nan])) for name in STEADY}
        # Whole days ago, and gaps, are at least one.
        row |= {name: max(v, 1.0) if v == v else v for name, v in row.items() if name.startswith(("days_", "gap_"))}
        row |= {"purchase_days": bought, "frequency": bought - 1, "tenure": float(random.integers(0, 900))}
        row |= {"days_since_last": float(random.integers(1, 400)), "spend_total": 100.0, "spend_last": 10.0}
        row |= {name: float(random.random()) for name in ("late_share", "season_share", "contact_opened_share")}
        for sentence in said(row).values():
            assert faults(sentence) == [], sentence


def test_what_one_customers_norm_does_not_name_stays_as_it_is_beside_anothers():
    """Of two who returned something, one has sent back the last purchase: only that one's basket is put back too."""
    rows = pd.DataFrame([{**STEADY, "return_lines": 1.0, "days_since_return": 59.0, "customer_id": "a"}] * 2)
    rows.loc[0, ["spend_last", "spend_total"]] = [12.0, 212.0]
    asked = []

    def p_churn(features):
        asked.append(features)
        return np.where(features["return_lines"] > 0, 0.6, 0.2)

    signs = [[sign.group for sign in found] for _, found in felt_signs(SimpleNamespace(p_churn=p_churn), rows)]
    assert signs == [["returns"], ["returns"]]
    assert asked[1]["spend_last"].tolist() == [40.0, 41.0]
    assert asked[1]["customer_id"].tolist() == ["a", "a"]
