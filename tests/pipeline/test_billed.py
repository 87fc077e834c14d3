"""Bills come on one day of the month: a window of 60 days holds one of them, or two, and that is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.features import Cutoff, unportable
from holdfast.pipeline import prepare
from holdfast.pipeline.billed import BILLS, billing_day, looks_like_bills, uneven_windows
from tests.conftest import settings


def bills(day: int) -> pd.DataFrame:
    """Return three years of monthly bills of 40 customers, some of whom leave."""
    months = pd.date_range("2021-01-01", periods=36, freq="MS") + pd.Timedelta(days=day - 1)
    rows = [(f"c{i}", m) for i in range(40) for m in months[i % 12 : 36 - (i % 5) * 3]]
    log = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    return log.assign(amount=20.0, order_id=[f"o{i}" for i in range(len(log))])


@pytest.mark.parametrize(
    ("as_of", "days", "ahead"),
    [("2023-12-02", 60, 1), ("2023-12-02", 62, 2), ("2023-10-02", 60, 1), ("2023-12-02", 30, 0)],
)
def test_a_window_with_more_or_fewer_bills_is_told(tmp_path, as_of, days, ahead):
    config = make_config(settings(tmp_path, as_of=as_of, churn={"horizon_days": days}))
    prepared = prepare(config, purchases=bills(1))
    said = uneven_windows(prepared.log, prepared.cutoff)
    if ahead == 2:
        assert said == []
    else:
        (one,) = said
        assert "day 1 of a month" in one
        assert f"The {days} days from as_of on hold {ahead} of these, other windows {days / 30.4375:.1f}" in one


def test_a_shop_that_sells_on_all_days_is_told_nothing(tmp_path, shop):
    prepared = prepare(make_config(settings(tmp_path)), purchases=shop.purchases)
    assert uneven_windows(prepared.log, prepared.cutoff) == []
    assert looks_like_bills(prepared.log, prepared.cutoff) == []


def test_the_same_amount_a_month_after_the_last_one_looks_like_a_bill(tmp_path):
    config = make_config(settings(tmp_path, as_of="2023-12-02"))
    prepared = prepare(config, purchases=bills(1))
    (said,) = looks_like_bills(prepared.log, prepared.cutoff)
    assert said.startswith(
        "100% of purchases come a week, two, or whole months after the customer's last one, and 100%"
    )
    assert said in prepared.log.report.notes
    # Other amounts each time are what somebody chose to buy.
    others = bills(1).assign(amount=lambda log: 20.0 + np.arange(len(log)) % 7)
    assert looks_like_bills(prepare(config, purchases=others).log, prepared.cutoff) == []
    # So is the same amount on other days.
    days = pd.to_timedelta(7 * np.arange(len(others)) % 19, unit="D")
    others = bills(1).assign(ordered_at=lambda log: log["ordered_at"] + days)
    assert looks_like_bills(prepare(config, purchases=others).log, prepared.cutoff) == []


def test_few_days_and_two_days_of_a_month_are_no_day_of_billing():
    cut = Cutoff("2023-12-02", 60)
    monthly = np.unique(bills(5)["ordered_at"].to_numpy().astype("datetime64[D]")).astype(np.int64)
    assert billing_day(monthly, cut.date) == 5
    assert billing_day(monthly[-5:], cut.date) is None
    assert billing_day(np.concatenate([monthly, monthly + 14]), cut.date) is None
    assert billing_day(monthly, replace(cut, date=pd.Timestamp("2030-01-01").date()).date) is None


def test_every_engine_can_be_asked_what_looks_like_bills():
    assert unportable(BILLS.format(day=19_000, regularly="gap BETWEEN 28 AND 33")) == []
