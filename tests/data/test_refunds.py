"""Returns of later days come off the purchases they undo, from the day they are known."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import summarise
from holdfast.data import Columns, Source, read_purchases
from holdfast.data.engine import EPOCH
from holdfast.data.report import returns_lines
from holdfast.features import Cutoff, build_features, build_outcomes
from holdfast.features.build import purchase_days_sql

NAMED = Columns(amount="amount", order_id="order_id")
PLAIN = Columns(amount="amount")


def log(rows: list[tuple], columns: Columns = NAMED):
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount", "order_id"])
    return read_purchases(Source(frame, columns))


def days(found, cutoff: str) -> dict[tuple[str, str], float]:
    """Spend by (customer, day) as of a cutoff."""
    query = purchase_days_sql(Cutoff(date.fromisoformat(cutoff), 30))
    rows = found.connection.execute(f"SELECT * FROM ({query}) AS d ORDER BY 1, 2").fetchall()
    return {(who, date.fromordinal(EPOCH.toordinal() + day).isoformat()): float(spend) for who, day, spend in rows}


ORDERS = [
    ("a", "2024-01-01", 50.0, "1"),
    ("a", "2024-01-10", 30.0, "2"),
    ("a", "2024-01-20", -40.0, "1"),
    ("a", "2024-02-01", 10.0, "3"),
]


def test_a_return_comes_off_its_own_order():
    found = log(ORDERS)
    assert days(found, "2024-03-01") == {("a", "2024-01-01"): 10, ("a", "2024-01-10"): 30, ("a", "2024-02-01"): 10}


def test_without_orders_it_comes_off_the_latest_purchases_before_it():
    found = log(ORDERS, PLAIN)
    assert days(found, "2024-03-01") == {("a", "2024-01-01"): 40, ("a", "2024-01-10"): 0, ("a", "2024-02-01"): 10}


def test_before_the_day_of_the_return_nothing_is_known_of_it():
    assert days(log(ORDERS), "2024-01-20") == {("a", "2024-01-01"): 50, ("a", "2024-01-10"): 30}
    later = [*ORDERS, ("a", "2024-05-01", -30.0, "2")]
    assert days(log(later), "2024-03-01") == days(log(ORDERS), "2024-03-01")


@pytest.mark.parametrize("columns", [NAMED, PLAIN])
def test_what_is_bought_on_the_day_of_a_return_is_a_purchase_of_that_day(columns):
    found = log(
        [("a", "2024-01-01", 50.0, "1"), ("a", "2024-01-20", 20.0, "2"), ("a", "2024-01-20", -30.0, "1")], columns
    )
    # By order, 30 of the 50; without orders, the 20 of the day itself first, and 10 of the 50.
    expected = {("a", "2024-01-01"): 20, ("a", "2024-01-20"): 20} if columns is NAMED else {("a", "2024-01-01"): 40}
    assert days(found, "2024-02-01") == expected


def test_no_day_falls_below_zero_and_what_finds_nothing_is_said():
    rows = [("a", "2024-01-05", -7.0, "9"), ("a", "2024-01-10", 30.0, "1"), ("a", "2024-01-20", -45.5, "1")]
    rows += [("b", "2024-01-02", 8.0, "2"), ("b", "2024-01-02", -3.0, "2"), ("b", "2024-01-09", 5.0, "3")]
    found = log(rows)
    assert days(found, "2024-03-01") == {("a", "2024-01-10"): 0, ("b", "2024-01-02"): 5, ("b", "2024-01-09"): 5}
    returns = found.report.returns
    assert (returns.lines, returns.amount) == (3, 55.5)
    assert (returns.later_lines, returns.later_amount) == (1, 30.0)
    assert (returns.unmatched_lines, returns.unmatched_amount) == (2, 22.5)
    assert returns_lines(found.report) == [
        "3 return lines worth 55.50: 3.00 netted within their day (1 line); 30.00 taken off purchases of earlier days "
        "(1 line); 22.50 matching no purchase before, so taken off nothing (2 lines); 1 line in two of these, a part "
        "in each"
    ]


def test_money_in_features_outcomes_and_summaries_is_net_of_them():
    rows = [("k", f"2024-{m:02d}-01", 50.0, str(m)) for m in range(1, 7)]
    rows += [("k", f"2024-{m:02d}-10", -50.0, str(m)) for m in range(1, 7)]
    rows += [("u", f"2024-{m:02d}-01", 50.0, f"u{m}") for m in range(1, 7)]
    found = log(rows, PLAIN)
    features = build_features(found.connection, Cutoff(date(2024, 7, 1), 30)).set_index("customer_id")
    assert features["purchase_days"].tolist() == [6, 6]
    assert features["spend_total"].tolist() == [0, 300]
    assert features["spend_mean"].tolist() == [0, 50]
    assert features["spend_last"].tolist() == [0, 50]
    outcome = build_outcomes(found.connection, Cutoff(date(2024, 5, 15), 40)).set_index("customer_id")
    assert (outcome["purchases"].tolist(), outcome["spend"].tolist()) == ([1, 1], [0, 50])
    # The return of 10 June is not known before it: a window that ends on the ninth still counts the purchase whole.
    early = build_outcomes(found.connection, Cutoff(date(2024, 5, 15), 25)).set_index("customer_id")
    assert early["spend"].tolist() == [50, 50]
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount", "order_id"])
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"])
    for given in (frame, Source(frame.assign(ordered_at=frame["ordered_at"].astype("str")), PLAIN)):
        summary = summarise(given, date(2024, 7, 1))
        assert summary["monetary_value"].tolist() == [0, 50]
        assert summary["frequency"].tolist() == [5, 5]


def test_customers_in_ranges_are_summarised_alike(monkeypatch):
    """A large log is summarised a range of customers at a time; refunds must meet their own range."""
    random = np.random.default_rng(4)
    rows = 3000
    frame = pd.DataFrame(
        {
            "customer_id": random.integers(0, 200, rows),
            "ordered_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, rows), unit="D"),
            "amount": np.round(random.normal(20, 25, rows), 2),
        }
    )
    whole = summarise(frame, date(2024, 12, 1))
    monkeypatch.setattr("holdfast.clv.summary._LINES_A_RANGE", 400)
    pd.testing.assert_frame_equal(summarise(frame, date(2024, 12, 1)), whole)
    net = frame.assign(amount=frame["amount"]).groupby("customer_id")["amount"].sum()
    assert (whole["monetary_value"] >= 0).all()
    assert len(net) >= len(whole)


def test_a_log_without_amounts_says_lines_only():
    columns = Columns(quantity="n", order_id="order_id")
    frame = pd.DataFrame(
        {"customer_id": ["a", "a"], "ordered_at": ["2024-01-01", "2024-01-05"], "n": [1, -1], "order_id": ["1", "1"]}
    )
    found = read_purchases(Source(frame, columns))
    assert returns_lines(found.report) == ["1 return line: 1 taken off purchases of earlier days"]
