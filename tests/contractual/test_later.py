"""Dates after a contract began: what moves on with each payment tells who still runs, and teaches nothing."""

import numpy as np
import pandas as pd
import pytest

from holdfast.contractual.later import dates_after
from holdfast.contractual.plan import separation
from holdfast.contractual.recipe import checked_columns, training_table
from holdfast.data import simulate_contracts
from holdfast.data.cells import Cells
from holdfast.data.source import Written
from holdfast.pipeline import check, prepare
from holdfast.pipeline.contracts import PreparedContracts
from tests.pipeline.contracts import config

EXPORTED = pd.Timestamp("2023-11-01")


def contracts() -> pd.DataFrame:
    """A line of each contract as of the export, as billing systems write it: with the period that is paid for."""
    spells = simulate_contracts(1500, seed=3).spells
    spells = spells[pd.to_datetime(spells["started_at"]) < EXPORTED].sort_values(["customer_id", "started_at"])
    customers = spells.groupby("customer_id", as_index=False)
    table = customers.tail(1).reset_index(drop=True).assign(started_at=customers["started_at"].min()["started_at"])
    start, end = (pd.to_datetime(table[name]) for name in ("started_at", "ended_at"))
    runs = end.isna() | (end >= EXPORTED)
    until = end.where(~runs, EXPORTED)
    periods = ((until - start).dt.days - 1).clip(lower=0) // 30
    table["ended_at"] = table["ended_at"].where(~runs, None)
    period = start + pd.to_timedelta(30 * periods, unit="D")
    trial = np.arange(len(table)) % 3 == 0
    return table.assign(
        period_began=period.dt.strftime("%Y-%m-%d 09:14"),
        trial_end=(start + pd.Timedelta(days=14)).where(trial).dt.strftime("%Y-%m-%d"),
        born=(start - pd.to_timedelta(8000 + 37 * (np.arange(len(table)) % 400), unit="D")).dt.strftime("%Y-%m-%d"),
        ordered=(start - pd.to_timedelta(np.arange(len(table)) % 4, unit="D")).dt.strftime("%Y-%m-%d"),
    )


def prepared(tmp_path, **changes) -> PreparedContracts:
    found = prepare(config(tmp_path, "spells", **changes), subscriptions=contracts())
    assert isinstance(found, PreparedContracts)
    return found


def test_the_day_on_which_the_present_period_began_is_left_out_and_said(tmp_path):
    shop = prepared(tmp_path)
    rows = training_table(shop.contracts, shop.contracts.cutoff)
    told = separation(rows.features["period_began"], "category", rows.churned)
    assert 0.75 < told < 0.95, "it tells who stayed, and lies below the bar of the alarm"
    plan = checked_columns(shop.contracts, rows)
    assert plan.later == ["period_began", "trial_end"]
    assert {"ordered", "born"} & {*plan.used, *plan.identifiers} == {"ordered", "born"}
    assert not {"period_began", "trial_end"} & set(plan.used)
    found = check(shop)
    assert found.problem == ""
    assert found.columns["later"] == ["period_began", "trial_end"]


def test_whoever_trusts_one_learns_from_it(tmp_path):
    shop = prepared(tmp_path, subscriptions__trusted=["trial_end"], subscriptions__ignore=["period_began"])
    plan = checked_columns(shop.contracts, training_table(shop.contracts, shop.contracts.cutoff))
    assert (plan.later, plan.used["trial_end"]) == ([], "category")


@pytest.mark.parametrize(
    ("cells", "written", "is_after"),
    [
        (["2024-01-02"] * 50 + ["2024-03-01"] * 50, {}, True),
        (["2024-01-02"] * 99 + ["2024-03-01"], {}, False),
        (["2024-01-02"] * 98 + ["2024-03-01"] * 2, {}, True),
        # Whoever registers in the evening begins on the next day elsewhere.
        (["2024-01-02 23:59"] * 100, {}, False),
        (["0"] * 60 + ["2024-03-01 08:30:12"] * 40, {}, True),
        (["01.03.2024"] * 60 + [None] * 40, {"date_format": "%d.%m.%Y"}, True),
        (["2024-03-01T10:00:00-05:00"] * 100, {}, True),
        # ISO 8601 is read beside what is stated.
        (["2024-03-01"] * 100, {"date_format": "%d.%m.%Y"}, True),
        (["1708000000"] * 100, {"date_format": "%s"}, True),
        # Incomes are days of Excel as well, of 2009 to 2058; and seats are seconds.
        ([str(40_000 + 180 * i) for i in range(100)], {"date_format": "excel"}, False),
        ([str(i) for i in range(100)], {"date_format": "%s"}, False),
        (["Basic", "Premium"] * 50, {}, False),
        ([None] * 100, {}, False),
    ],
)
def test_what_counts_as_a_date_after_the_start(cells, written, is_after):
    frame = pd.DataFrame({"x": pd.Series(cells, dtype="str")})
    lines = np.arange(2, 102)
    start = np.full(100, (pd.Timestamp("2024-01-01") - pd.Timestamp("1970-01-01")).days)
    found = dates_after(Cells("a.csv", frame, lines, [], lines), ["x"], start, Written(**written))
    assert found == (["x"] if is_after else [])
