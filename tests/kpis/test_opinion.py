"""NPS, CSAT, CSI, perceived value and associations: by hand, and by simulation with a known truth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import DataError
from holdfast.kpis.association import NONE, association
from holdfast.kpis.perceived import BENEFITS, COSTS, DIMENSIONS, by_customer, by_segment, dimension_of
from holdfast.kpis.rates import difference, mean, rate, refused
from holdfast.kpis.satisfaction import checked, csat, csi, csi_by_customer, latest_answers, nps, satisfaction


def test_nps_by_hand():
    found = nps([10] * 5 + [9] * 2 + [8, 7] + [6, 0, 3])
    assert found.n == 12
    assert found.value == pytest.approx(100 * (7 - 3) / 12)
    # Wald+2: 4/14 ± 1.96·√(10 + 1 − 16/14)/14.
    half = 1.959963984540054 * (11 - 16 / 14) ** 0.5 / 14
    assert (found.low, found.high) == pytest.approx((100 * (4 / 14 - half), 100 * (4 / 14 + half)))
    assert np.isnan(nps([]).value)
    assert nps([]).reason == "no answers"


@pytest.mark.parametrize("n", [10, 30, 200])
@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.1, 0.1, 0.8), (0.05, 0.9, 0.05)])
def test_the_interval_of_nps_covers_as_often_as_it_says(n, shares):
    random = np.random.default_rng(5)
    truth, repeats, hits = 100 * (shares[0] - shares[2]), 1500, 0
    for up, passive, down in random.multinomial(n, shares, repeats):
        found = nps([10] * up + [8] * passive + [2] * down)
        assert -100 <= found.low <= found.value <= found.high <= 100
        hits += found.low <= truth <= found.high
    # 95 % less what 1,500 repeats leave to chance; the extreme case with ten answers is covered too often, never less.
    assert hits / repeats > 0.93


@pytest.mark.parametrize("p", [0.05, 0.4, 0.9])
def test_wilson_covers(p):
    random = np.random.default_rng(6)
    found = [rate(int(k), 60) for k in random.binomial(60, p, 2000)]
    assert np.mean([f.low <= p <= f.high for f in found]) > 0.93


def test_published_intervals():
    # Newcombe (1998), tables of examples: Wilson for 81/263, method 10 for 56/70 against 48/80 and 10/10 against 0/10.
    found = rate(81, 263)
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert rate(0, 20).low == 0
    assert rate(0, 20).high == pytest.approx(0.1611, abs=5e-5)
    found = difference(56, 70, 48, 80)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    found = difference(10, 10, 0, 10)
    assert (found.low, found.high) == pytest.approx((0.6075, 1.0), abs=5e-5)
    assert np.isnan(difference(1, 2, 0, 0).value)
    assert refused("why").as_dict()["reason"] == "why"


def test_a_mean_of_one_answer_has_no_interval():
    assert np.isnan(mean([]).value)
    assert np.isnan(mean([3.0]).low)
    found = mean([1.0, 3.0])
    assert (found.value, found.high) == pytest.approx((2, 2 + 1.959964 * 2**0.5 / 2**0.5), abs=1e-5)


@pytest.mark.parametrize("bad", [-1, 11, 7.5, np.nan])
def test_answers_off_the_scale_are_refused_with_their_place(bad):
    with pytest.raises(DataError, match="1 of 3 answers are no whole number from 0 to 10 \\(first: answer 2\\)"):
        nps([9, bad, 3])


def test_csat_is_the_top_two():
    found = csat([5, 4, 3, 1])
    assert (found.value, found.n) == (50, 4)
    assert found.low < 50 < found.high
    assert csat([7, 6, 5], high=7).value == pytest.approx(200 / 3)
    with pytest.raises(DataError, match="from 1 to 5"):
        csat([6])


def answers(rows: list[tuple[str, float, float | None, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer_id", "score", "importance", "high"])


def test_csi_by_hand():
    found = csi(answers([("a", 8, 5, 10), ("a", 6, 3, 10), ("b", 10, 2, 10), ("c", 1, None, 10)]))
    assert found.value == pytest.approx(100 * (40 + 18 + 20) / (50 + 30 + 20))
    assert found.n == 2
    # Linearised: residuals 58 − .78·80 and 20 − .78·20, over n − 1, n and the mean of 80 and 20.
    e = np.array([58 - 0.78 * 80, 20 - 0.78 * 20])
    half = 1.959963984540054 * np.sqrt((e**2).sum() / 1 / 2) / 50
    assert found.high == pytest.approx(100 * (0.78 + half))
    assert csi(answers([("a", 5, 1, 5)])).value == 100
    assert "no answer has an importance" in csi(answers([("a", 5, None, 5)])).reason
    assert "every importance is 0" in csi(answers([("a", 5, 0, 5)])).reason
    with pytest.raises(DataError, match="negative"):
        csi(answers([("a", 5, -1, 5)]))


def test_csi_by_customer():
    rows = answers([("a", 8, 5, 10), ("a", 6, 3, 10), ("b", 10, 0, 10), ("c", 1, None, 10)])
    found = csi_by_customer(rows)
    assert found.to_dict()["a"] == pytest.approx(72.5)
    assert found.index.tolist() == ["a", "b"]
    assert np.isnan(found.to_dict()["b"])


def test_the_interval_of_csi_covers():
    random = np.random.default_rng(8)
    hits = 0
    for _ in range(300):
        mood = random.normal(6, 1.5, 80).clip(1, 10)
        scores = np.clip(np.round(mood[:, None] + random.normal(0, 1, (80, 3))), 1, 10)
        weights = random.integers(1, 6, (80, 3))
        frame = pd.DataFrame(
            {
                "customer_id": np.repeat(np.arange(80), 3),
                "score": scores.ravel(),
                "importance": weights.ravel(),
                "high": 10,
            }
        )
        found = csi(frame)
        hits += found.low <= TRUE_CSI <= found.high
    assert hits / 300 > 0.91


def _true_csi() -> float:
    random = np.random.default_rng(9)
    mood = random.normal(6, 1.5, 400_000).clip(1, 10)
    return float(10 * np.clip(np.round(mood + random.normal(0, 1, len(mood))), 1, 10).mean())


TRUE_CSI = _true_csi()  # weights do not depend on scores, so the ratio is that of the means


def surveys(rows: list[tuple[str, str, str | None, int, int | None, float | None]]) -> pd.DataFrame:
    columns = ["customer_id", "item", "dimension", "asked_day", "answered_day", "score"]
    return pd.DataFrame(rows, columns=columns).assign(importance=np.nan)


def test_the_latest_answer_known_by_the_date_counts():
    given = surveys(
        [
            ("a", "NPS ", None, 10, 10, 3),
            ("a", "nps", None, 20, 21, 9),
            ("a", "nps", None, 30, 50, 1),
            ("b", "nps", None, 10, None, None),
            ("c", "nps", None, 10, 60, 10),
            ("d", "nps", None, 10, 12, 8),
            ("d", "nps", None, 10, 12, 7),
            ("e", "nps", None, 60, 60, 7),
        ]
    )
    found = latest_answers(given, 50)
    assert found["customer_id"].tolist() == list("abcd")
    assert found["score"].fillna(-1).tolist() == [9, -1, -1, 7]
    # Whatever the order of rows.
    pd.testing.assert_frame_equal(found, latest_answers(given.iloc[::-1], 50))


def test_satisfaction_says_n_response_rate_and_what_is_missing():
    given = surveys(
        [(c, "nps", None, 1, 1, s) for c, s in zip("abcd", [10, 9, 2, None], strict=True)]
        + [(c, "csat", None, 1, 1, s) for c, s in zip("ab", [5, 1], strict=True)]
    )
    table = satisfaction(
        latest_answers(given, 9), {"csat": (1, 5)}, nps_item="nps", csat_item="csat", csi_items=()
    ).set_index("measure")
    assert table.loc["NPS", "value"] == pytest.approx(100 / 3)
    assert (table.loc["NPS", "n"], table.loc["NPS", "asked"], table.loc["NPS", "response_rate"]) == (3, 4, 0.75)
    assert table.loc["CSAT", "value"] == 50
    assert table.loc["CSI", "reason"] == "value.csi_items names no item"
    table = satisfaction(latest_answers(given, 9), {}, nps_item="x", csat_item="csat", csi_items=("csat",))
    assert table["value"].isna().all()
    assert table["reason"].tolist()[0] == "nobody was asked an item called x"
    assert all("tables.surveys.scales.csat is missing" in r for r in table["reason"].tolist()[1:])


def test_dimensions_are_four_and_four():
    assert len(BENEFITS) == len(COSTS) == 4
    for text, meant in [("Social", BENEFITS[2]), ("energy-cost", COSTS[2]), ("emotional", COSTS[3]), ("mood", None)]:
        assert dimension_of(text) == meant
    with pytest.raises(DataError, match="may be a benefit or a cost"):
        dimension_of("Monetary")


def felt(rows: list[tuple[str, str, str, float | None, float | None]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer_id", "item", "dimension", "score", "importance"])


SCALES = {"five": (1.0, 5.0), "ten": (0.0, 10.0)}


def test_perceived_value_by_hand():
    table = by_customer(
        felt(
            [
                ("a", "five", "functional", 5, 3),
                ("a", "ten", "functional", 0, 1),
                ("a", "ten", "social", 5, None),
                ("a", "five", "time", 2, None),
                ("a", "five", "monetary cost", 4, None),
                ("b", "ten", "functional", 10, None),
                ("c", "ten", "time", 10, None),
                ("c", "ten", "functional", 4, None),
                ("d", "ten", "colour", 4, None),
                ("d", "ten", "social", None, None),
                ("e", "ten", "social", 2, 0),
                ("e", "ten", "social", 4, -1),
            ]
        ),
        SCALES,
    )
    a = table.loc["a"]
    assert (a["functional benefit"], a["social benefit"]) == (75, 50)  # 100 weighed 3 and 0 weighed 1
    assert (a["benefit_index"], a["cost_index"], a["perceived_value"]) == (62.5, 50, 12.5)
    assert np.isnan(table.loc["b", "perceived_value"])
    assert table.loc["c", "perceived_value"] == -60
    assert "d" not in table.index
    assert table.loc["e", "social benefit"] == 30  # weights that make no sense do not weigh
    segments = by_segment(table, pd.Series({"a": "x", "c": "y"})).set_index("segment")
    assert segments["n"].to_dict() == {"x": 1, "y": 1, "all": 2}
    assert segments.loc["all", "perceived_value"] == pytest.approx(-23.75)
    assert segments.loc["y", "largest_gap"] == "time cost"
    assert segments.loc["y", "gap"] == 100
    assert segments.loc["x", "largest_gap"] == "monetary cost"
    assert segments.loc["x", "reason"] == "one answer has no interval"


def test_perceived_value_without_a_scale_is_refused():
    with pytest.raises(DataError, match="1 of the items with a dimension have no scale"):
        by_customer(felt([("a", "six", "time", 3, None)]), SCALES)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(DIMENSIONS), st.integers(0, 10)), max_size=30))
def test_perceived_value_stays_within_its_range(rows):
    table = by_customer(felt([(c, "ten", d, s, None) for c, d, s in rows]), SCALES)
    known = table["perceived_value"].dropna()
    assert known.between(-100, 100).all()
    assert (table["benefit_index"] - table["cost_index"]).dropna().to_numpy() == pytest.approx(known.to_numpy())
    whole = by_segment(table, pd.Series(dict.fromkeys("abc", "s")))
    assert whole["segment"].tolist()[-1] == "all"
    assert whole["n"].tolist()[-1] == len(known)


def test_an_association_that_is_there_is_found_and_one_that_is_not_is_not():
    random = np.random.default_rng(4)
    score = random.integers(0, 11, 800).astype(float)
    churned = random.random(800) < 1 / (1 + np.exp(0.5 * (score - 5)))
    found = association("nps", score, churned)
    assert found["low"] > 0.6
    assert found["finding"] == "those who churned had had lower figures"
    assert association("nps", -score, churned)["finding"] == "those who churned had had higher figures"
    assert association("nps", -score, churned)["auc"] == pytest.approx(1 - found["auc"])
    # The definition, pair by pair; ties count half.
    gone, stayed = score[churned][:, None], score[~churned][None, :]
    assert found["auc"] == pytest.approx(((gone < stayed) + 0.5 * (gone == stayed)).mean())


def test_where_nothing_is_associated_it_is_said_as_often_as_the_interval_promises():
    random = np.random.default_rng(11)
    findings = [association("x", random.normal(size=200), random.random(200) < 0.4)["finding"] for _ in range(300)]
    assert findings.count(NONE) / 300 > 0.92


def test_too_few_for_an_association():
    found = association("nps", [1.0] * 19 + [2.0] * 50 + [np.nan] * 9, [True] * 19 + [False] * 59)
    assert np.isnan(found["auc"])
    assert (found["n"], found["churners"]) == (69, 19)
    assert found["reason"] == "too few: 19 churned and 50 stayed, at least 20 of each are needed"


def test_a_scale_is_checked():
    assert checked([1, 2], 1, 5).tolist() == [1, 2]
