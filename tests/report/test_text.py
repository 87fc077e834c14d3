"""What is printed, to the letter."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from holdfast.cli.options import as_given
from holdfast.data import Columns, Source, read_purchases
from holdfast.language import speaking
from holdfast.report import card, decisions, race, text
from holdfast.report.monitor import monitor
from holdfast.report.value import value as value_text

ROWS = pd.DataFrame(
    {
        "rank": [1, 2],
        "customer_id": ["007", "8"],
        "p_churn_90d": [0.81249, 0.5],
        "value_at_risk_90d": [1234.5, 7.0],
        "share_of_total": [0.12345, 0.0],
        "confidence": ["high", "low"],
        "reason_1": ["silent for 80 days", ""],
    }
)


def test_a_list_shows_what_fits_a_terminal():
    assert text.table(ROWS, rows=2).splitlines() == [
        "rank  customer_id  p_churn_90d  value_at_risk_90d  share_of_total  reason_1",
        "   1          007        0.812           1,234.50          12.35%  silent for 80 days",
        "   2            8        0.500               7.00           0.00%",
    ]
    assert len(text.table(ROWS, rows=1).splitlines()) == 2


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.01, 0.03, ""),
        (-0.01, 0.02, "; NOT clearly better than recency"),
        (-0.06, -0.01, "; clearly WORSE than recency"),
    ],
)
def test_a_gain_is_said_to_be_clear_either_way(low, high, said):
    group = {"auc_gain": {"gain": (low + high) / 2, "low": low, "high": high}}
    assert text._gain(group, "recency").endswith(f"{high:+.3f}){said}")
    assert card._gain(group, "recency").endswith(said.removeprefix("; ") or "clearly better than recency")


def test_what_became_of_contracts_counts_each_once():
    outcomes = {"payment_failure": 32, "stayed": 3025, "voluntary": 167, "renewed": 175}
    said = "3,025 stayed (175 of them renewed), 167 ended by the customer, 32 ended by a failed payment"
    assert text._became(outcomes) == said
    assert text._became({"stayed": 3, "renewed": 0, "gone": 1}) == "3 stayed, 1 ended before the window"


def test_averages_above_their_own_range_are_explained_below_the_rows():
    frame = pd.DataFrame({"customer_id": ["a", "b"], "clv_365d": [50.0, 43.56], "clv_365d_p10": [0.0, 0.0]})
    frame["clv_365d_p90"] = [80.0, 0.0]
    why = '"clv_365d" is an average. Where it is above "clv_365d_p90", at least 9 in 10 such customers bring no more'
    assert text.table(frame, rows=2).splitlines()[-1] == f"{why} than that."
    assert "average" not in text.table(frame, rows=1)
    with speaking("da"):
        assert '"værdi, 365 dage" er et gennemsnit.' in text.table(frame, rows=2)


def test_both_lists_say_how_many_they_hold():
    assert text.lists(ROWS.head(1), None, rows=1).startswith("At risk: 1 customer, most to lose first\nrank")
    assert "\n\nHigh value: 2 customers\nrank" in text.lists(ROWS, ROWS)
    shared = {"at_risk": "Two last bought at Filiale 4.", "overdue": "Not shown."}
    said = text.lists(ROWS, ROWS, in_common=shared)
    assert "most to lose first\nTwo last bought at Filiale 4.\nrank" in said
    assert "Not shown" not in said


def test_a_list_of_nobody_says_so_instead_of_a_table_without_rows():
    none = "Nobody is on it: among the customers scored are no active customers, or none who may be on a list."
    said = text.lists(ROWS.head(0), ROWS, who={"at_risk": "active customers"})
    assert said.startswith(f"At risk: 0 customers, most to lose first\n{none}\n\nHigh value: 2 customers\nrank")
    assert text.lists(ROWS.head(0), None).splitlines()[1:] == ["Nobody is on it."]
    with speaking("sv"):
        said = text.lists(ROWS.head(0), None, who={"at_risk": "active customers"}).splitlines()
    assert said[1:] == [
        "Ingen står på den: bland kunderna som har fått poäng hör ingen dit (aktiva kunder), eller ingen av dem får "
        "stå på en lista."
    ]


def test_the_account_of_a_log_adds_up():
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "b", ""],
            "ordered_at": ["2024-01-01", "2024-01-05", "2024-01-02", "2024-01-02", "2024-01-03"],
            "amount": ["10", "5.5", "0", "0", "3"],
        }
    )
    log = read_purchases(Source(frame, Columns(amount="amount"), max_reject_share=0.5))
    said = text.data_account(log.report)
    assert "2 customers, 2 purchase days, 2024-01-01 to 2024-01-05" in said
    assert "  2 lines worth nothing\n" in said
    assert "  1 line equal to an earlier one" in said
    assert text.rejected_lines(log.rejects) == "  frame line 5: customer_id is missing"
    assert text.rejected_lines(log.rejects.iloc[:0]) == "  no line was rejected"
    many = pd.concat([log.rejects] * 7)
    assert text.rejected_lines(many, most=2).splitlines()[-1] == "  … and 5 more"


def contender(name: str, **figures: object) -> dict[str, object]:
    churn = {
        "contender": name, "customers": 1200, "churn_rate": 0.25, "auc": 0.8, "auc_low": 0.78, "auc_high": 0.82,
        "average_precision": 0.6, "lift_top_decile": 2.5, "log_loss": 0.4, "brier": 0.13, "ece": 0.02,
        "calibration_slope": None,
    }  # fmt: skip
    return {**churn, **figures}


def test_a_race_without_money_and_who_serves():
    worse = {"difference": 0.0123, "low": 0.004, "high": 0.02}
    purchases = {"bias": None, "mae": 0.5, "rmse": 0.9, "spearman": 0.31}
    window = {
        "cutoff": "2024-01-01",
        "window_end": "2024-03-01",
        "churn": [contender("blend"), contender("recency", log_loss_to_default=worse)],
        "value": [{"contender": "btyd", "purchases": purchases}],
        "absent": {"rfm": "no window was over."},
    }
    choice = {"name": "blend", "reason": "the default", "best_simple": "recency", "beats_simple": True}
    rule = {"name": "btyd", "reason": "best", "best_simple": "btyd", "beats_simple": False}
    contest = {"windows": [window], "outcome": None, "churn": choice, "value": rule}
    lines = race.race(contest).splitlines()
    assert lines[0] == "Race as of 2024-01-01, outcome until 2024-03-01: 1,200 customers, 25.0% did not buy"
    assert lines[2].split() == ["blend", "0.800", "0.780–0.820", "0.600", "2.50", "0.4000", "0.1300", "0.020", "–"]
    assert lines[3].endswith("+0.0123 (+0.0040 to +0.0200)")
    assert lines[5].split() == ["btyd", "–", "0.5000", "0.9000", "0.310"]
    assert "  rfm took no part: no window was over." in lines
    assert lines[-2:] == [
        "churn: blend serves; the default; it is clearly better than the best simple rule, recency",
        "purchases: btyd serves; best; it is a simple rule",
    ]
    assert race.race({"windows": [], "outcome": None}).startswith("No race: the log is too short")


@pytest.mark.parametrize(
    ("promoted", "last"), [(True, "Champion: m-1"), (False, "Challenger m-1: NOT promoted; old stays")]
)
def test_the_gate_says_each_check_and_what_to_do(promoted, last):
    checks = [
        {"name": "no leak", "passed": promoted, "said": "1 column", "advice": "Leave it out."},
        {"name": "calibrated", "passed": None, "said": "not asked", "advice": "never shown"},
    ]
    said = race.gate({"promoted": promoted, "checks": checks}, "m-1", stays="old stays").splitlines()
    assert said[1].split() == ["no", "leak", "yes" if promoted else "NO", "1", "column"]
    assert ("  Leave it out." in said) is not promoted
    assert "never shown" not in "".join(said)
    assert said[-1] == last


def test_what_a_family_of_features_adds():
    def gain(difference, low, high):
        return {"difference": difference, "low": low, "high": high}

    said = race.families(
        [
            {"family": "money", "features": 9, "gain": gain(0.01, 0.005, 0.015)},
            {"family": "rhythm", "features": 12, "gain": gain(0.001, -0.001, 0.003)},
            {"family": "basket", "features": 4, "gain": gain(-0.01, -0.02, -0.001)},
            {"family": "tickets", "features": 0, "gain": None},
        ]
    )
    assert [line.rsplit("  ", 1)[1] for line in said.splitlines()[1:4]] == ["helps", "no clear gain", "harms"]
    assert said.splitlines()[4].split()[0] == "tickets"


def test_what_is_due():
    found = {
        "scenario": "shop",
        "today": date(2024, 3, 20),
        "tasks": [
            {"task": "scores", "done": "2024-03-01", "days": 19, "every": 7, "due": True, "do": "holdfast score"},
            {"task": "training", "done": None, "days": None, "every": 31, "due": False, "do": ""},
        ],
        "lists": [
            {
                "list": "at_risk",
                "as_of": "2024-03-01",
                "valid": False,
                "valid_until": "2024-03-15",
                "listed": 1200,
                "control": 133,
            }
        ],
    }
    lines = decisions.status(found).splitlines()
    assert lines[1].split()[:4] == ["scores", "2024-03-01,", "19", "days"]
    assert lines[1].endswith("every 7 days  DUE: holdfast score")
    assert lines[2].split() == ["training", "never", "every", "31", "days", "in", "time"]
    assert lines[3].endswith("as of 2024-03-01, expired 2024-03-15: 1,200 listed, 133 control")
    (one,) = found["lists"]
    two = [{**one, "folder": f"outputs/shop/issued/at_risk-2024-03-01{end}"} for end in ("-2", "")]
    options = as_given(Path("shop.yaml"), ["name=shop b"])
    lines = decisions.status({**found, "lists": two}, options=options).splitlines()
    assert lines[1].endswith("DUE: holdfast score -c shop.yaml --set 'name=shop b'")
    assert [line.rpartition("control")[2] for line in lines[3:]] == [
        " (at_risk-2024-03-01-2)",
        " (at_risk-2024-03-01)",
    ]


def test_texts_that_would_run_are_counted_and_said_only_where_there_are_some():
    assert decisions.made_harmless({}, "--format xlsx") == []
    (said,) = decisions.made_harmless({"customer_id": 1200}, "--format xlsx")
    assert "1,200 in customer_id" in said


def judged(*seen: float, alarm: bool = False) -> dict:
    promises = [
        {
            "what": "profit",
            "who": "all",
            "unit": "profit",
            "customers": 9,
            "promised": 5,
            "seen": one,
            "low": 0,
            "high": 9,
        }
        | {"alarm": alarm}
        for one in seen
    ]
    one = {"what": "scores", "as_of": "2026-01-01", "until": "2026-03-01", "model_version": "m-1"}
    found = {"today": "2026-04-01", "known_until": "2026-04-01", "drift": [], "model_version": "m-1", "do": ""}
    return found | {"judged": [one | {"promises": promises, "said": []}], "verdict": "holds", "reasons": []}


def test_the_monitor_says_why_a_figure_outside_its_range_is_no_alarm():
    assert "1 of the 3 figures lies outside its range, as chance alone does to 1 in 20" in monitor(judged(4, 12, 7))
    several = "2 of the 3 figures lie outside their ranges, but none far: they are of the same customers"
    assert several in monitor(judged(4, 12, 13))
    assert "outside" not in monitor(judged(4, 9, 0))
    assert "outside" not in monitor(judged(4, 12, alarm=True))


def test_a_total_that_lies_outside_its_own_range_is_no_headline():
    named = {"name": ["all"], "customers": [500], "low_80": [0.0], "high_80": [2_061.0], "kind": ["all"]}
    kpis = pd.DataFrame({"kpi": ["x"], "value": [1.0], "low": [1.0], "high": [1.0], "n": [1], "base": "", "reason": ""})
    cohorts = pd.DataFrame({"cohort": ["2024-01"], "customers": [1], "age_months": [1], "retention": [0.5]})

    def said(total: float) -> str:
        tables = {"totals": pd.DataFrame({**named, "clv_365d_total": [total]}), "kpis": kpis, "cohorts": cohorts}
        return value_text(tables, [], "here").splitlines()[0]

    assert said(3.75e9) == (
        "The 500 customers you have will bring in 0 to 2,060 in the next 365 days in 8 of 10 cases. The average of all "
        "cases, 3,750,000,000, lies outside: a few purchases, far larger than all others, decide it. Are they real?"
    )
    assert said(1_000.0).startswith("The 500 customers you have will bring in 1,000 (0 to 2,060) in the next 365 days;")
