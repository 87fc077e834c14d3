"""The summary equals that of lifetimes, from frames and files, in days and weeks."""

import datetime
import warnings

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import GammaGamma, summarise
from holdfast.clv.histories import Histories, distinct
from holdfast.clv.summary import _ranges
from holdfast.data import Columns
from holdfast.errors import DataError
from holdfast.features import Cutoff
from tests.conftest import bundled

CUT = datetime.date(1997, 10, 1)


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    table = pd.read_csv(bundled("CDNOW_master.txt"), sep=r"\s+", dtype="str")
    times = pd.to_datetime(table["date"], format="%Y%m%d")
    amounts = table["dollar_value"].astype(float)
    return pd.DataFrame({"customer_id": table["customer_id"], "ordered_at": times, "amount": amounts})


@pytest.fixture(scope="module")
def theirs(lines) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.utils import summary_data_from_transaction_data

        end = CUT - datetime.timedelta(days=1)
        columns = ("customer_id", "ordered_at", "amount")
        return summary_data_from_transaction_data(lines, *columns, observation_period_end=end).sort_index()


def test_cdnow_is_summarised_as_by_lifetimes(lines, theirs):
    pd.testing.assert_frame_equal(summarise(lines, CUT), theirs, check_index_type=False, rtol=1e-12)
    assert len(theirs) == 23_570


def test_weeks_are_days_over_seven(lines, theirs):
    weeks = summarise(lines, Cutoff(CUT, 90), time_unit="W")
    np.testing.assert_allclose(weeks["T"] * 7, theirs["T"])
    np.testing.assert_allclose(weeks["recency"] * 7, theirs["recency"])
    assert (weeks["frequency"] == theirs["frequency"]).all()
    with pytest.raises(ValueError, match="time_unit"):
        summarise(lines, CUT, time_unit="M")


def test_a_file_gives_the_same(lines, theirs, tmp_path):
    path = tmp_path / "log.csv"
    lines.assign(ordered_at=lines["ordered_at"].dt.strftime("%Y-%m-%d")).to_csv(path, index=False)
    pd.testing.assert_frame_equal(summarise(path, CUT), theirs, check_index_type=False, rtol=1e-12)


def test_customers_in_ranges_give_the_same(lines, theirs, monkeypatch):
    assert [_ranges(n) for n in (10, 1_000_000, 100_000_000)] == [1, 4, 8]
    monkeypatch.setattr("holdfast.clv.summary._LINES_A_RANGE", 10_000)
    pd.testing.assert_frame_equal(summarise(lines, CUT), theirs, check_index_type=False, rtol=1e-12)


def test_other_names_text_dates_and_no_amounts(lines, theirs):
    renamed = lines.rename(columns={"customer_id": "who", "ordered_at": "when"}).drop(columns="amount")
    found = summarise(renamed, CUT, columns=Columns("who", "when"))
    assert found.index.name == "who"
    assert list(found.columns) == ["frequency", "recency", "T"]
    text = renamed.assign(when=renamed["when"].dt.strftime("%Y-%m-%d"))
    pd.testing.assert_frame_equal(summarise(text, CUT, columns=Columns("who", "when")), found, check_index_type=False)
    np.testing.assert_allclose(found["recency"], theirs["recency"])


def test_returns_are_netted_and_free_days_are_a_choice():
    table = pd.DataFrame(
        [("a", "2024-01-01", 10.0), ("a", "2024-01-05", 5.0), ("a", "2024-01-05", -5.0), ("a", "2024-01-09", 7.0),
         ("a", "2024-01-11", -3.0), ("b", "2024-01-02", 0.0), ("b", "2024-01-08", 4.0), ("c", "2024-01-03", -2.0)],
        columns=["customer_id", "ordered_at", "amount"],
    )  # fmt: skip
    table["ordered_at"] = pd.to_datetime(table["ordered_at"])
    day = datetime.date(2024, 2, 1)
    free = summarise(table, day)
    assert free.loc["a"].tolist() == [1, 8, 30, 4.0]  # 3 of the 7 came back two days later
    assert free.loc["b"].tolist() == [1, 6, 29, 4.0]
    assert "c" not in free.index
    paid = summarise(table, day, zero_days=False, first_purchase=True)
    assert paid.loc["a", "monetary_value"] == 7.0
    assert paid.loc["b"].tolist() == [0, 0, 23, 4.0]


def test_missing_values_are_refused_or_read(lines):
    with pytest.raises(DataError, match="customer_id is missing"):
        summarise(lines.head(10).assign(customer_id=[None, *["1"] * 9]), CUT)


def test_a_summary_with_the_first_purchase_fits_the_model(lines):
    table = summarise(lines, CUT, first_purchase=True, zero_days=False)
    fitted = GammaGamma(first_purchase=True).fit(table)
    assert fitted.customers_ == len(table)
    assert fitted.converged_


@pytest.mark.parametrize("scale", [1.0, 0.1, 1e9])
def test_equal_histories_are_collapsed_whatever_their_numbers(scale):
    random = np.random.default_rng(1)
    x, t = random.integers(0, 9, 5000) * scale, random.integers(0, 20, 5000) * scale
    found = Histories.of({"x": x, "t": t})
    expected = pd.DataFrame({"x": x, "t": t}).groupby(["x", "t"]).size()
    np.testing.assert_array_equal(found["x"], expected.index.get_level_values("x"))
    np.testing.assert_array_equal(found["t"], expected.index.get_level_values("t"))
    np.testing.assert_array_equal(found.weights, expected.to_numpy())
    np.testing.assert_array_equal(found.map("x", lambda v: v + 1, np.float64(0)), found["x"] + 1)
    weighted = Histories.of({"x": x, "t": t}, np.where(x == 0, 0.0, 2.0))
    assert weighted.total == 2 * (x > 0).sum()
    assert sum(part.total for part in weighted.parts()) == weighted.total
    columns, index = distinct(x, t)
    np.testing.assert_array_equal(np.stack(columns)[:, index], np.stack([x, t]))
