"""Customers billed by the quarter or the year: money comes with their own bills, and they leave at renewals alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from holdfast import columns, make_config, prepare
from holdfast.contractual import Retention, Terms, recipe, whole_periods
from holdfast.contractual.lifetimes import contract_lifetimes
from holdfast.contractual.reasons import _number, contract_reasons, contract_value_reasons
from holdfast.contractual.scorer import ContractScorer
from holdfast.lists.contracts import contract_lists
from tests.contractual.own_periods import AS_OF, GRACE_DAYS, business

BILLS = {"customer_id": "customer", "billed_at": "paid", "price": "amount"}
SPELLS = {"customer_id": "customer", "started_at": "begins", "ended_at": "ends", "price": "amount"}


def scored(made, folder, *, bills=True, horizon=90, per=True, **keys):
    """Return (scorer, rows, contracts) as of the last day before which bills are known."""
    named = {**(BILLS if bills else SPELLS), **({"price_per": "every"} if per else {})}
    table = made.exported() if bills else made.contracts()
    given = {"columns": named, "renewal_days": GRACE_DAYS if bills else 0, **keys}
    config = make_config(
        {
            "name": "own",
            "setting": "contractual",
            "as_of": str(AS_OF.date()),
            "churn": {"horizon_days": horizon},
            "subscriptions": given,
            "outputs": str(folder / "outputs"),
            "models": str(folder / "models"),
        }
    )
    contracts = prepare(config, subscriptions=table if per else table.drop(columns="every")).contracts
    fitted = recipe.fit_churn(contracts, contracts.cutoff, seed=1)
    scorer = recipe.scorer_of(contracts, fitted, clv_horizon_days=365, yearly_discount=0.0, margin=1.0)
    return scorer, recipe.today(contracts), contracts


def of(scorer, rows, days):
    return replace(scorer, clv_horizon_days=days).score(rows, model_version="").set_index("customer_id")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    made = business(900, 1, (1, 12))
    return made, *scored(made, tmp_path_factory.mktemp("mixed"))


@pytest.mark.parametrize(
    ("months", "bills", "keys"),
    [
        ((12,), True, {}),
        ((12,), True, {"per": False, "period_days": 365}),
        ((12,), False, {}),
        ((3,), True, {"per": False}),
    ],
)
def test_value_is_what_comes_with_the_bills_of_the_horizon(tmp_path, months, bills, keys):
    made = business(900, 2, months)
    scorer, rows, _ = scored(made, tmp_path, bills=bills, **keys)
    for days in (90, 365):
        scores = of(scorer, rows, days)
        worth = scores[columns.clv(days)]
        # It was 3.5 and 1.3 times as much of yearly bills, 1.33 and 1.12 times of those of a quarter.
        assert worth.sum() == pytest.approx(made.to_come(scores.index, days).sum(), rel=0.06)
        if months == (12,) and days == 90:
            # A customer pays one whole bill or none.
            assert set(scores[columns.clv_high(days)].round(2)) == {0.0, 200.0}


def test_of_customers_billed_by_the_month_and_by_the_year_each_is_valued_in_theirs(mixed):
    made, scorer, rows, contracts = mixed
    months = made.people["months"].reindex(rows["customer_id"]).to_numpy()
    assert np.array_equal(rows["bill_months"], months)
    assert set(scorer.retention.all_curves) == {"all, billed every 1 month", "all, billed every 12 months"}
    for days in (90, 365):
        scores = of(scorer, rows, days)
        true = made.to_come(scores.index, days)
        for every in (1, 12):
            at = months == every
            assert scores[columns.clv(days)][at].sum() == pytest.approx(true[at].sum(), rel=0.1)
    due = rows["days_since_bill"] + 90 > 366
    nothing = (months == 12) & ~due
    scores = of(scorer, rows, 90)
    assert scores[columns.clv(90)][nothing.to_numpy()].eq(0).all()
    assert scores[columns.clv(90)][((months == 12) & due).to_numpy()].gt(0).all()
    # Months since the contract began, by any bill.
    assert np.abs(scores["tenure_periods"].to_numpy() - rows["tenure_days"] / 30.4375).max() < 1.2
    summary, plans, lengths = contract_lifetimes(contracts)
    table = scorer.retention.table(summary, plans, lengths)
    assert table.groupby("bill_months")["period"].max()[12.0] == 3
    assert table.groupby("bill_months")["period"].max()[1.0] > 24


def test_whose_bill_is_due_later_cannot_leave_and_is_on_no_list_of_risk(mixed):
    made, scorer, rows, _ = mixed
    scores = scorer.score(rows, model_version="1")
    p = scores["p_churn_90d"].to_numpy()
    last = made.bills[made.bills["paid"] < AS_OF].groupby("customer")["paid"].max().reindex(rows["customer_id"])
    months = made.people["months"].reindex(rows["customer_id"])
    over = [d + pd.DateOffset(months=int(m)) + pd.Timedelta(days=GRACE_DAYS) for d, m in zip(last, months, strict=True)]
    cannot = (pd.Series(over) >= AS_OF + pd.Timedelta(days=90)).to_numpy()
    assert 100 < cannot.sum() < len(rows)
    assert (p[cannot] == 0).all()
    assert (p[~cannot] > 0).all()
    assert np.array_equal(rows["renewal_in_window"] == 0, cannot)
    lists = contract_lists(scorer, scores, rows, np.zeros(len(rows), dtype=bool), most=1000, share=0.1)
    assert set(lists["at_risk"]["customer_id"]) == set(rows["customer_id"][~cannot])


def test_a_bill_is_said_as_it_is_paid(mixed):
    _, scorer, rows, _ = mixed
    scores = scorer.score(rows, model_version="1")
    said = [reasons[:2] for reasons in contract_value_reasons(scorer, scores, rows)]
    pays, so_far = pd.DataFrame(said, index=rows["bill_months"]).T.to_numpy()
    yearly = (rows["bill_months"] == 12).to_numpy()
    assert set(pays[yearly]) == {"pays 200.00 a year"}
    assert set(pays[~yearly]) == {"pays 20.00 a month"}
    assert pd.Series(so_far).str.fullmatch(r"a customer for (less than a month|1 month|\d+ months)").all()
    assert _number("bill_months", 12.0, 4.1) == "billed by the year"
    assert _number("bill_months", 3.0, 4.1) == "billed every 3 months"
    assert _number("bill_months", 7 / 30.4375, 4.1) == "billed every 7 days"
    assert _number("renewal_in_window", 1.0, 0.2) == "a period that is paid for is about to end"


def test_that_a_period_ends_is_a_reason_of_bills_by_the_year_that_are_not_late(mixed):
    _, scorer, rows, _ = mixed
    said = pd.Series([" · ".join(reasons) for reasons in contract_reasons(scorer.churn, rows, most=20)])
    soon = said.str.contains("a period that is paid for is about to end").to_numpy()
    assert soon.any()
    assert (rows["bill_months"][soon] == 12).all()
    assert (rows["bill_late_days"][soon] <= 0).all()
    assert (rows["renewal_in_window"][soon] == 1).all()
    # A month's days beside a year's say nothing.
    assert not said.str.contains("into the billing period").any()


def test_a_model_of_own_periods_comes_back_from_its_file(mixed):
    _, scorer, rows, _ = mixed
    again = ContractScorer.from_dict(scorer.to_dict())
    pd.testing.assert_frame_equal(again.score(rows, model_version="1"), scorer.score(rows, model_version="1"))
    assert {"bill_months", "renewal_in_window"} <= set(scorer.reads)


def test_bills_of_the_month_alone_know_no_other_period(tmp_path):
    scorer, rows, contracts = scored(business(300, 3, (1,)), tmp_path)
    assert not {"bill_months", "renewal_in_window"} & set(rows.columns)
    assert contract_lifetimes(contracts)[2] is None
    assert scorer.terms.to_dict() == {
        **{"tenure": "tenure_days", "tenure_units": 30.4375, "price": "price", "plan": None},
        **{"since_bill": "days_since_bill", "grace_days": GRACE_DAYS},
    }
    assert scorer.churn.cannot is None
    assert set(scorer.retention.to_dict()) == {"curves", "problem"}


def test_renewals_are_those_of_the_customers_own_period():
    rows = pd.DataFrame({"tenure": [800, 800, 40], "run": [70, 70, 40], "bill_months": [12.0, 1.0, 3.0]})
    terms = Terms("tenure", 30.4375, "price", bill_months="bill_months", in_force="run")
    assert terms.paid_every(12.0).periods(rows)[0] == pytest.approx(2 + 70 / 365.25)
    assert terms.paid_every(3.0).periods(rows)[2] == pytest.approx(40 / 91.3125)
    own = terms.periods_of_own(rows, terms.months(rows))
    assert own == pytest.approx([24 + 70 / 30.4375, 24 + 70 / 30.4375, 40 / 30.4375])
    assert terms.months(rows.drop(columns="bill_months")).tolist() == [1.0, 1.0, 1.0]


def test_where_few_are_billed_by_the_year_the_curve_of_the_others_stands_in():
    random = np.random.default_rng(1)
    tenure, ended = random.integers(1, 20, 400), random.random(400) < 0.5
    months = np.where(np.arange(400) < 390, 1.0, 12.0)
    summary = whole_periods(np.where(months == 12, 1, tenure), ended)
    retention = Retention.of_own_periods(summary, months)
    assert list(retention.all_curves) == ["all, billed every 1 month"]
    model = retention.curves[""].model
    yearly = retention.of(12.0).curves[""]
    assert yearly.survival(np.array([0, 1, 2])) == pytest.approx(model.survival([0, 12, 24]))
    # Between two renewals of the curve, as a steady risk would have it.
    half = retention.of(0.5).curves[""].survival(np.array([3]))
    assert half == pytest.approx(np.sqrt(model.survival([1]) * model.survival([2])))


def test_a_plain_table_of_customers_is_valued_by_the_words_of_its_bills(tmp_path):
    random = np.random.default_rng(4)
    yearly = random.random(800) < 0.4
    tenure = random.integers(1, 40, 800)
    gone = random.random(800) < np.where(yearly, 0.02, 0.06)
    table = pd.DataFrame(
        {
            **{"who": [f"C{i}" for i in range(800)], "tenure": tenure, "gone": np.where(gone, "yes", "no")},
            **{"paid": np.where(yearly, 240, 24), "every": np.where(yearly, "year", "month")},
            "visits": random.poisson(5, 800),
        }
    )
    named = {"customer_id": "who", "label": "gone", "tenure": "tenure", "price": "paid", "price_per": "every"}
    keys = {"columns": named, "label_window_days": 30}
    given = {"name": "s", "setting": "contractual", "subscriptions": keys, "outputs": str(tmp_path / "o")}
    contracts = prepare(make_config({**given, "models": str(tmp_path / "m")}), subscriptions=table).contracts
    fitted = recipe.fit_churn(contracts, None, seed=1)
    assert "bill_months" not in fitted.columns.used
    scorer = recipe.scorer_of(contracts, fitted, clv_horizon_days=90, yearly_discount=0.0, margin=1.0)
    scores = scorer.score(contracts.rows, model_version="").set_index("customer_id").reindex(table["who"])
    worth, kept = scores["clv_90d"].to_numpy(), ~gone
    # Nine months and 90 days are no year yet.
    soon = (tenure % 12 >= 10) & yearly & kept
    assert (worth[soon] > 100).all()
    assert (worth[yearly & kept & ~soon] == 0).all()
    assert (worth[~yearly & kept] > 40).all()
