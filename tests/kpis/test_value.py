"""Historical CLV, acquisition, cohorts and campaigns: worked by hand and against a second computation."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.kpis.acquisition import acquisition
from holdfast.kpis.campaigns import campaign_response
from holdfast.kpis.cohorts import cohort_triangle, repeat_rate, retention
from holdfast.kpis.historical import compare_with_predicted, historical, historical_clv
from tests.conftest import bundled

EPOCH = date(1970, 1, 1)

# (average purchase, purchases a year, years, CLV): ten published worked customers.
TEN = [
    (50, 7, 5, 1750),
    (75, 5, 3, 1125),
    (100, 3, 8, 2400),
    (30, 10, 4, 1200),
    (200, 1, 10, 2000),
    (85, 6, 2, 1020),
    (120, 2, 1, 240),
    (60, 4, 5, 1200),
    (45, 8, 9, 3240),
    (150, 2, 7, 2100),
]


def day(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


def test_the_ten_worked_customers_come_out_exactly():
    assert [historical_clv(a, n, y) for a, n, y, _ in TEN] == [clv for *_, clv in TEN]
    columns = [np.array(c) for c in zip(*TEN, strict=True)]
    assert historical_clv(*columns[:3]).tolist() == columns[3].tolist()
    with pytest.raises(ValueError, match="negative"):
        historical_clv(1, -1, 1)


def features() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "spend_mean": [50.0, 10.0, 20.0],
            "purchase_days": [7.0, 2.0, 1.0],
            "tenure": [1460.0, 364.25, 30.0],
        }
    )


def test_with_the_years_observed_it_is_what_was_spent():
    found = historical(features())
    assert found["historical_clv"].to_numpy() == pytest.approx([350, 20, 20])
    assert found["lifespan_years"].to_numpy() == pytest.approx([4, 1, 31 / 365.25])
    assert found["orders_per_year"].to_numpy()[:2] == pytest.approx([1.75, 2])


def test_with_assumed_years_too_short_a_past_has_no_rate():
    found = historical(features(), margin=0.5, lifespan_years=10)
    assert found["historical_clv"].to_numpy()[:2] == pytest.approx([437.5, 100])
    assert found.loc[2].isna().tolist() == [False, True, False, True]


def test_history_beside_the_forecast():
    table = compare_with_predicted([1, 2, 3, np.nan], [10, 30, 20, 40], [True, False, True, True], list("aaab"))
    assert table["segment"].tolist() == ["a", "b", "all"]
    assert table["customers"].tolist() == [3, 1, 4]
    assert table["historical_customers"].tolist() == [3, 0, 3]
    assert table["historical_total"].tolist() == [6, 0, 6]
    assert table["predicted_mean"].tolist() == [20, 40, 25]
    assert table["still_active"].to_numpy() == pytest.approx([2 / 3, 1, 0.75])
    assert table["rank_correlation"].to_numpy()[0] == pytest.approx(0.5)
    assert np.isnan(table["rank_correlation"].to_numpy()[1])


def log(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    return pd.DataFrame([(c, day(d), s) for c, d, s in rows], columns=["customer_id", "day", "spend"])


def test_a_triangle_by_hand():
    occasions = log(
        [
            ("a", "2024-01-31", 10),
            ("a", "2024-02-01", 4),
            ("b", "2024-01-02", 6),
            ("c", "2024-02-15", 8),
            ("c", "2024-03-02", 2),
        ]
    )
    table = cohort_triangle(occasions, date(2024, 3, 10)).set_index(["cohort", "age_months"])
    assert table["customers"].to_dict()["2024-01", 0] == 2
    assert table["retention"].to_dict()["2024-01", 0] == 1
    assert table["retention"].to_dict()["2024-01", 1] == 0.5
    assert table["spend_per_customer"].to_dict()["2024-01", 1] == 2
    assert np.isnan(table["retention"].to_dict()["2024-01", 2])
    assert table["reason"].to_dict()["2024-02", 1] == "the month 2024-03 is not over on 2024-03-10"
    over = cohort_triangle(occasions, date(2024, 4, 1)).set_index(["cohort", "age_months"])
    assert over["retention"].to_dict()["2024-01", 2] == 0
    assert over["retention"].to_dict()["2024-02", 1] == 1
    assert len(cohort_triangle(occasions.iloc[:0], date(2024, 1, 1))) == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 25), st.integers(5, 80))
def test_the_triangle_equals_a_count_one_by_one(seed, people, n):
    random = np.random.default_rng(seed)
    first, last = date(2023, 11, 5), date(2024, 6, 20)
    days = random.integers((first - EPOCH).days, (last - EPOCH).days, n)
    occasions = pd.DataFrame({"customer_id": random.integers(0, people, n).astype(str), "day": days}).drop_duplicates()
    occasions["spend"] = random.gamma(2, 10, len(occasions)).round(2)
    table = cohort_triangle(occasions, last)
    when = [EPOCH + timedelta(days=int(d)) for d in occasions["day"]]
    rows = list(zip(occasions["customer_id"], when, occasions["spend"], strict=True))
    joined = {c: min(d for who, d, _ in rows if who == c) for c in set(occasions["customer_id"])}
    seen = 0
    for r in table.itertuples():
        year, month = map(int, r.cohort.split("-"))
        members = {c for c, d in joined.items() if (d.year, d.month) == (year, month)}
        y, m = divmod(year * 12 + month - 1 + r.age_months, 12)
        end = date(y + (m == 11), (m + 1) % 12 + 1, 1)
        inside = [(c, s) for c, d, s in rows if c in members and (d.year, d.month) == (y, m + 1)]
        assert r.customers == len(members)
        if end > last:
            assert np.isnan(r.retention)
            assert r.reason
        else:
            assert r.active == len({c for c, _ in inside})
            assert r.retention == pytest.approx(len({c for c, _ in inside}) / len(members))
            assert r.spend_per_customer == pytest.approx(sum(s for _, s in inside) / len(members))
            seen += r.active
    known = [(c, d) for c, d, _ in rows if (d.year, d.month) != (last.year, last.month)]
    assert seen == len({(c, d.year, d.month) for c, d in known})


def test_retention_and_churn_share_one_base():
    before = pd.DataFrame({"customer_id": list("abcd"), "days_since_last": [1, 60, 61, 5]})
    kept, lost = retention(before, pd.Series(["a", "c", "z"]), active_days=60)
    assert (kept.value, kept.n) == (1 / 3, 3)
    assert (lost.value, lost.n) == (2 / 3, 3)
    assert kept.low < 1 / 3 < kept.high
    assert kept.low == pytest.approx(1 - lost.high)
    nobody, _ = retention(before, pd.Series(["a"]), active_days=0)
    assert np.isnan(nobody.value)
    assert "nobody was active" in nobody.reason


def test_repeat_rate_leaves_out_the_too_young():
    occasions = log(
        [
            ("a", "2024-01-01", 1),
            ("a", "2024-01-31", 1),
            ("b", "2024-01-01", 1),
            ("b", "2024-02-01", 1),
            ("c", "2024-03-01", 1),
            ("c", "2024-03-02", 1),
        ]
    )
    found = repeat_rate(occasions, day("2024-03-10"), within_days=30)
    assert (found.value, found.n) == (0.5, 2)
    young = repeat_rate(occasions, day("2024-01-31"), within_days=30)
    assert np.isnan(young.value)
    assert "too young" in young.reason
    # The last day of the span must be known: on the morning after it, it is.
    assert repeat_rate(occasions, day("2024-02-01"), within_days=30).n == 2


def people(rows: list[tuple[str, str | None, str | None, float | None]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "acquired_day", "channel", "acquisition_cost"])
    table["acquired_day"] = [np.nan if pd.isna(d) else day(d) for d in table["acquired_day"]]
    return table.astype({"acquisition_cost": float})


def test_acquisition_by_hand():
    made = acquisition(
        people(
            [
                ("a", "2024-01-01", "web", 10),
                ("b", "2024-01-01", "web", 10),
                ("c", "2024-01-01", "web", 10),
                ("d", "2024-12-01", "web", 10),
                ("e", "2024-01-01", "web", None),
                ("f", None, "shop", 50),
                ("g", None, None, 5),
            ]
        ),
        log(
            [
                ("a", "2024-01-01", 40),
                ("a", "2024-02-20", 60),
                ("b", "2024-01-11", 20),
                ("b", "2024-04-10", 999),
                ("d", "2024-12-02", 500),
                ("f", "2024-03-01", 30),
            ]
        ),
        day("2024-12-31"),
        horizon_days=100,
        margin=0.5,
    ).set_index("channel")
    web = made.loc["web"]
    assert (web["people"], web["mature"], web["buyers"]) == (5, 3, 2)
    assert web["conversion"] == pytest.approx(2 / 3)
    assert web["conversion_low"] < 2 / 3 < web["conversion_high"]
    assert (web["cost_total"], web["cac"]) == (30, 15)
    assert (web["clv_total"], web["clv"], web["clv_to_cac"]) == (60, 30, 2)  # day 100 lies outside the horizon
    # 20 on day 1, 30 by day 11: the eleventh day pays back, in the first month.
    assert (web["payback_days"], web["payback_month"], web["reason"]) == (11, 1, "")
    shop = made.loc["shop"]
    assert (shop["cac"], shop["clv"], shop["clv_to_cac"]) == (50, 15, 0.3)
    assert np.isnan(shop["payback_days"])
    assert shop["reason"] == "not paid back within 100 days"
    assert made.loc["(unknown)", "reason"] == "too young: nobody with a known cost was acquired 100 days ago or earlier"
    everyone = made.loc["all"]
    assert everyone["cost_total"] == 80
    assert everyone["clv_total"] == 75
    assert made.index[-1] == "all"


def test_a_channel_without_costs_or_buyers_says_so():
    made = acquisition(
        people([("a", "2024-01-01", "x", None), ("b", "2024-01-01", "y", 3), ("c", "2024-01-01", "z", 0)]),
        log([("c", "2024-01-05", 10)]),
        day("2024-12-31"),
        horizon_days=100,
    ).set_index("channel")
    assert made.loc["x", "reason"] == "no acquisition cost is known"
    assert np.isnan(made.loc["x", "cost_total"])
    assert made.loc["y", "reason"] == "nobody bought"
    assert (made.loc["y", "conversion"], made.loc["y", "clv_to_cac"]) == (0, 0)
    assert np.isnan(made.loc["y", "cac"])
    assert made.loc["z", "reason"] == "nothing was paid"
    assert np.isnan(made.loc["z", "clv_to_cac"])


def contacts(rows: list[tuple[str, str, str | None, str | None, str | None, float | None, str | None]]) -> pd.DataFrame:
    columns = ["customer_id", "campaign", "sent_day", "opened_day", "converted_day", "cost", "arm"]
    table = pd.DataFrame(rows, columns=columns)
    for column in columns[2:5]:
        table[column] = [np.nan if pd.isna(d) else float(day(d)) for d in table[column]]
    return table.astype({"cost": float})


def test_campaign_response_by_hand():
    made = campaign_response(
        contacts(
            [
                ("a", "spring", "2024-03-01", "2024-03-02", "2024-03-03", 1, "A"),
                ("b", "spring", "2024-03-01", "2024-03-02", None, 1, None),
                ("c", "spring", "2024-03-01", None, None, 2, "A"),
                ("d", "spring", "2024-03-01", None, "2024-09-01", 2, "A"),
                ("e", "spring", "2024-03-01", None, None, None, "Control"),
                ("f", "spring", "2024-03-01", None, None, None, "control"),
                ("g", "spring", None, None, None, 1, "A"),
                ("a", "summer", "2024-05-25", None, None, 1, "A"),
                ("h", None, "2024-01-01", None, None, 1, "A"),
            ]
        ),
        log(
            [
                ("a", "2024-02-29", 1),
                ("a", "2024-03-01", 1),
                ("b", "2024-03-30", 1),
                ("c", "2024-03-31", 1),
                ("e", "2024-03-05", 1),
            ]
        ),
        day("2024-06-01"),
        response_days=30,
    ).set_index("campaign")
    spring = made.loc["spring"]
    assert (spring["sent"], spring["open_rate"], spring["conversion"]) == (4, 0.5, 0.25)
    assert (spring["cost_total"], spring["cost_per_conversion"]) == (6, 6)
    assert (spring["window_over"], spring["bought"]) == (4, 0.5)
    assert (spring["control_window_over"], spring["control_bought"], spring["lift"]) == (2, 0.5, 0)
    assert spring["lift_low"] < 0 < spring["lift_high"]
    assert spring["reason"] == ""
    assert made.loc["summer", "reason"] == "too young: no contact was sent 30 days ago or earlier"
    assert np.isnan(made.loc["summer", "bought"])
    assert made.loc["(no campaign)", "reason"] == "no control group: what the campaign changed is not known"
    assert np.isnan(made.loc["(no campaign)", "lift"])


def test_conversions_that_nobody_recorded_are_not_zero():
    made = campaign_response(
        contacts([("a", "x", "2024-03-01", None, None, None, None)]),
        log([("a", "2024-03-01", 1)]),
        day("2024-06-01"),
        response_days=30,
    )
    assert made[["open_rate", "conversion", "cost_total"]].isna().all(axis=None)
    assert made["bought"].tolist() == [1]


def test_the_cohorts_of_cdnow_against_the_file_itself(cdnow):
    occasions = cdnow.connection.sql(
        "SELECT customer_id, day, CAST(SUM(amount) AS DOUBLE) AS spend FROM purchases "
        "GROUP BY ALL HAVING SUM(amount) > 0"
    ).df()
    table = cohort_triangle(occasions, date(1998, 7, 1))
    lines = pd.read_csv(
        bundled("CDNOW_master.txt"), sep=r"\s+", header=0, usecols=["customer_id", "date", "dollar_value"]
    )
    days = lines.groupby(["customer_id", "date"])["dollar_value"].sum().reset_index().query("dollar_value > 0")
    days["month"] = days["date"] // 100
    days["cohort"] = days.groupby("customer_id")["month"].transform("min")
    sizes = days.groupby("cohort")["customer_id"].nunique()
    active = days.groupby(["cohort", "month"])["customer_id"].nunique()
    found = table[table["age_months"] == 0].set_index("cohort")["customers"]
    assert found.to_dict() == {f"{c // 100}-{c % 100:02d}": n for c, n in sizes.items()}
    known = table[table["reason"] == ""]
    assert known["active"].sum() == active.sum()
    january = known[known["cohort"] == "1997-01"].sort_values("age_months")
    assert january["active"].tolist() == active.loc[199701].tolist()
    assert january["retention"].to_numpy() == pytest.approx((active.loc[199701] / sizes.loc[199701]).to_numpy())
