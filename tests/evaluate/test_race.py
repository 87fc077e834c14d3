"""Who serves, what passes the gate, and which column knows too much."""

import numpy as np
import pandas as pd

from holdfast.evaluate import (
    FRESHER,
    LeakAlarm,
    RaceWindow,
    Verdict,
    choose_churn,
    choose_value,
    churn_table,
    jump,
    separating_columns,
    value_table,
)
from holdfast.evaluate.gate import FLOOR, Check, beats, calibrated, no_alarm

RANDOM = np.random.default_rng(11)


def window(n=4000, **better):
    truth = RANDOM.beta(2, 2, n)
    y = (RANDOM.random(n) < truth).astype(np.int64)

    def noisy(by):
        return np.clip(truth + RANDOM.normal(0, by, n), 0.02, 0.98)

    noise = {"rule": 0.3, "default": 0.15, "rival": 0.15, **better}
    p = {name: noisy(by) for name, by in noise.items()}
    counts = RANDOM.poisson(3 * (1 - truth)).astype(float)
    expected = {name: 3 * (1 - q) for name, q in p.items()}
    return RaceWindow(
        "2024-01-01", "2024-03-01", y, counts, 10 * counts, p, expected, {k: 10 * e for k, e in expected.items()}
    )


def test_the_default_stays_without_a_clear_difference():
    chosen = choose_churn([window(), window()], "default", ["rule"])
    assert (chosen.name, chosen.best_simple, chosen.beats_simple) == ("default", "rule", True)
    assert choose_value([window(), window()], "default", ["rule"]).name == "default"


def test_the_default_yields_to_a_clearly_better_contender_in_every_window():
    windows = [window(rival=0.02), window(rival=0.02)]
    assert choose_churn(windows, "default", ["rule"]).name == "rival"
    assert choose_value(windows, "default", ["rule"]).name == "rival"
    assert choose_churn([window(rival=0.02), window(rival=0.4)], "default", ["rule"]).name == "default"
    assert choose_churn([window(rival=0.02)], "default", ["rule"]).name == "default", "one window can be luck"


def test_the_default_yields_to_a_clearly_better_rule_after_one_window():
    chosen = choose_churn([window(rule=0.02)], "default", ["rule"])
    assert (chosen.name, chosen.beats_simple) == ("rule", False)


def test_where_nothing_beats_the_rule_the_choice_says_so():
    chosen = choose_churn([window(rule=0.15), window(rule=0.15)], "default", ["rule"])
    assert (chosen.name, chosen.best_simple, chosen.beats_simple) == ("default", "rule", False)


def test_without_the_default_the_best_rule_serves_and_without_a_race_nothing_is_proven():
    one = window()
    del one.p_churn["default"]
    assert choose_churn([one], "default", ["rule"]).name == "rule"
    assert "unproven" in choose_churn([], "default", ["rule"]).reason


def test_tables_hold_paired_differences_to_the_default():
    one = window(rival=0.02)
    rows = {r["contender"]: r for r in churn_table(one, "default")}
    assert rows["rival"]["log_loss_to_default"]["high"] < 0 < rows["rule"]["log_loss_to_default"]["low"]
    assert rows["rival"]["auc_low"] < rows["rival"]["auc"] < rows["rival"]["auc_high"]
    assert "log_loss_to_default" not in rows["default"]
    value = {r["contender"]: r for r in value_table(one, "default")}
    assert value["rule"]["spend"]["mae_to_default"]["low"] > 0
    assert value["rival"]["spend"]["gini_low"] < value["rival"]["spend"]["gini"] < value["rival"]["spend"]["gini_high"]
    assert churn_table(one, "default")[0]["contender"] == "rival"


def test_the_gate_asks_for_better_calibrated_and_leak_free():
    one = window()
    y, good, bad = one.churned, one.p_churn["default"], one.p_churn["rule"]
    assert beats(y, good, bad, "champion").passed
    assert beats(y, bad, good, "champion").passed is False
    assert beats(y, bad, good, "champion", no_worse_because=FRESHER).passed is False
    assert beats(y, good, good, "champion", no_worse_because=FRESHER).passed
    assert beats(y, good, good, "champion").passed is False
    assert beats(y, good, None, "champion").passed is None
    assert calibrated(y, good).passed
    assert calibrated(y, np.clip(good + 0.3, 0, 0.99)).passed is False
    few = calibrated(y[:20], good[:20])
    assert few.passed, "chance alone exceeds 0.10 with 20 customers"
    alarm = no_alarm([LeakAlarm("refund_flag", "knows the future")])
    assert alarm.passed is False
    assert "refund_flag" in alarm.said
    assert not Verdict([alarm]).promoted
    assert Verdict([no_alarm([]), beats(y, good, None, "champion")]).promoted


def test_a_calibration_error_is_refused_where_it_is_clearly_too_large():
    """0.105 is not clearly above 0.10 among 3,000 customers, and is among 300,000."""
    p = np.full(300_000, 0.5)
    y = (np.arange(len(p)) % 1000 < 605).astype(np.int64)
    few = calibrated(y[:3000], p[:3000])
    assert (few.passed, few.said) == (True, "calibration error 0.105, at most 0.115")
    many = calibrated(y, p)
    assert (many.passed, many.said) == (False, "calibration error 0.105, at most 0.102")


def test_a_level_that_is_clearly_half_as_much_again_is_refused_where_few_churn_or_few_stay():
    """Of 700 of whom 10.5 were expected to churn 26 did: 0.022 is no small error of 0.015."""

    def asked(expected: float, seen: int, of: int = 700) -> Check:
        return calibrated((np.arange(of) < seen).astype(np.int64), np.full(of, expected / of))

    off = asked(10.5, 26)
    assert off.passed is False
    assert off.said == "calibration error 0.022, at most 0.108; 10.5 were expected to churn, and 26 did"
    assert asked(26, 7).passed is False
    stay = asked(689.5, 674)
    assert (stay.passed, stay.said.partition("; ")[2]) == (False, "689.5 were expected to churn, and 674 did")
    # By so much chance, a season or a few customers may miss it.
    for expected, seen in ((10.5, 20), (26, 26), (15.2, 14), (2, 6), (6, 1), (0.8, 3), (3.1, 0), (689.5, 680)):
        assert asked(expected, seen).passed, (expected, seen)
    # Clear among many: a third more passes, two thirds more do not.
    assert asked(600, 800, 20_000).passed
    assert asked(600, 1000, 20_000).passed is False
    assert asked(350, 406).passed


def test_a_loss_that_nobody_would_notice_refuses_no_model():
    """Among so many customers any difference is clear: .0005 passes, .002 does not."""
    y = (np.random.default_rng(3).random(400_000) < 0.5).astype(np.int64)
    rule = np.where(y == 1, 0.7, 0.3)

    def worse_by(loss):
        p = 0.7 * np.exp(-loss * (1 + 0.1 * np.cos(np.arange(len(y)))))
        return beats(y, np.where(y == 1, p, 1 - p), rule, "rule", no_worse_because=FLOOR)

    assert worse_by(0.0005).said.startswith("log loss +0.0005 (95 % +0.0005 to +0.0005)")
    assert worse_by(0.0005).passed
    assert worse_by(0.002).passed is False


def test_the_gate_says_why_no_clear_loss_is_enough():
    one = window()
    y, p = one.churned, one.p_churn["default"]
    rule = beats(y, p, p, "best simple rule (rfm)", no_worse_because=FLOOR)
    assert rule.name == "no worse than the best simple rule (rfm)"
    assert rule.said == f"the same probabilities; {FLOOR}"
    champion = beats(y, p, p, "champion", no_worse_because=FRESHER)
    assert champion.said.endswith("enough for the same recipe on newer purchases, as it is not clearly worse")
    assert beats(y, p, p, "champion").said == "the same probabilities"
    sharper = np.where(y == 1, 0.9, 0.1)
    clear = beats(y, sharper, np.where(y == 1, 0.7, 0.3), "rule", no_worse_because=FLOOR)
    assert clear.said == "log loss -0.2513 (95 % -0.2513 to -0.2513)"
    refused = beats(y, np.where(y == 1, 0.7, 0.3), sharper, "rule", no_worse_because=FLOOR)
    assert (refused.passed, refused.said) == (False, "log loss +0.2513 (95 % +0.2513 to +0.2513)")


def test_a_column_that_knows_the_outcome_is_named():
    one = window()
    honest = pd.DataFrame({"silence": one.p_churn["rule"], "other": RANDOM.normal(0, 1, 4000)})
    assert separating_columns(honest, one.churned, beside=0.7) == []
    planted = honest.assign(closed_account=one.churned + RANDOM.normal(0, 0.1, 4000))
    assert [a.column for a in separating_columns(planted, one.churned, beside=0.7)] == ["closed_account"]
    missing = honest.assign(next_order=np.where(one.churned == 1, np.nan, 1.0))
    (alarm,) = separating_columns(missing, one.churned, beside=0.7)
    assert alarm.column == "next_order"
    assert "alone separates" in alarm.reason


def test_a_jump_too_good_to_be_true_names_the_column_relied_on():
    assert jump(0.83, 0.80, ["a"]) == []
    assert [a.column for a in jump(0.97, 0.80, ["a", "b"])] == ["a"]


def test_the_reason_claims_what_the_rule_found_and_no_more():
    # Clearly better over both windows together and better in each, but clearly in neither alone.
    y = np.tile([1, 0], 400)
    default, rival = np.where(y == 1, 0.7, 0.3), np.where(y == 1, 0.705, 0.295)
    rival[:100] = default[:100] + np.where(y[:100] == 1, -0.03, 0.03)
    one = RaceWindow("2024-01-01", "2024-03-01", y, 1.0 - y, None, {"default": default, "rival": rival}, {}, {})
    row = next(r for r in churn_table(one, "default") if r["contender"] == "rival")["log_loss_to_default"]
    assert row["low"] < 0 < row["high"], "no clear difference in one of them"
    chosen = choose_churn([one] * 8, "default", [])
    assert chosen.name == "rival"
    assert chosen.reason == (
        "rival has a clearly lower log loss than default over all windows together, and a lower one in each of them"
    )
    stays = choose_churn([window(), window()], "default", ["rule"]).reason
    assert stays == (
        "no contender has a clearly lower log loss than default over all windows together and a lower one in each "
        "of them"
    )


def test_of_a_single_window_the_reason_says_that_it_is_one():
    lucky = choose_churn([window(rival=0.02)], "default", ["rule"]).reason
    assert lucky == "rival has a clearly lower log loss than default in the only past window, which may be luck"
    rule = choose_churn([window(rule=0.02)], "default", ["rule"]).reason
    assert rule == "rule has a clearly lower log loss than default in the only past window"
    none = choose_churn([window(rival=0.3)], "default", ["rule"]).reason
    assert none == "no contender has a clearly lower log loss than default in the only past window"
