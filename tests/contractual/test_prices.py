"""Prices of months and of years beside each other are told, by words of periods or by what plans cost."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast import make_config, prepare
from holdfast.contractual.prices import days_of, notes_on_prices
from holdfast.pipeline.contracts import PreparedContracts


def of(prices: dict[str, float], *, plans: dict[str, str] | None = None, **named: str) -> PreparedContracts:
    """Return 20 contracts of each value of "Periode", of a plan each, at these prices."""
    rows = [
        {
            "who": f"C{value}{i}",
            "start": date(2023, 1, 1 + i),
            "end": None,
            "Plan": plan,
            "Periode": value,
            "Tarif": price,
        }
        for value, price in prices.items()
        for plan in [(plans or {}).get(value, "Basic")]
        for i in range(20)
    ]
    columns = {"customer_id": "who", "started_at": "start", "ended_at": "end", "plan": "Plan", "price": "Tarif"}
    columns |= named
    settings = {"name": "club", "setting": "contractual", "as_of": "2023-11-01", "subscriptions": {"columns": columns}}
    prepared = prepare(make_config(settings), subscriptions=pd.DataFrame(rows))
    assert isinstance(prepared, PreparedContracts)
    return prepared


@pytest.mark.parametrize(
    "words", [("Mensuel", "Annuel"), ("månedlig", "årlig"), ("monatlich", "jährlich"), ("月付", "年付")]
)
def test_words_of_periods_whose_prices_differ_as_they_do_are_told_by_check_and_run(words):
    month, year = words
    (said,) = of({month: 39.9, year: 399.0}).account["notes"]
    assert said == (
        f'subscriptions.columns.price: prices of {month} (median 39.90) and of {year} (median 399.00) in "Periode" '
        "stand beside each other, as of a month and of a year, and all count as paid in every period, which makes the "
        'value of the second too high. subscriptions.columns.price_per: "Periode" divides them.'
    )
    # As advised, or with the prices divided in the file.
    advised = of({month: 39.9, year: 399.0}, price_per="Periode")
    assert "notes" not in advised.account
    spells = advised.contracts.spells
    assert spells is not None
    frame = spells.frame
    assert sorted(frame["price"].unique().round(2)) == [33.25, 39.9]
    assert set(frame["Periode"]) == {month, year}
    assert "notes" not in of({month: 39.9, year: 399.0 / 12}).account


def test_plans_tell_it_by_a_word_or_by_costing_twelve_times_as_much():
    names = {"a": "Basic", "b": "Premium", "c": "Abonnement annuel"}
    (said,) = notes_on_prices(of({"a": 20.0, "b": 40.0, "c": 240.0}, plans=names).contracts)
    assert 'of Basic, Premium (median 30.00) and of Abonnement annuel (median 240.00) in "Plan"' in said
    (said,) = notes_on_prices(of({"a": 20.0, "b": 40.0, "c": 350.0}, plans={**names, "c": "Gold"}).contracts)
    assert "of Gold (median 350.00)" in said
    # As software is sold: each plan costs three times the one before.
    assert notes_on_prices(of({"a": 9.0, "b": 29.0, "c": 99.0}, plans={**names, "c": "Gold"}).contracts) == []
    # By the only plan there is, nothing lies beside anything.
    assert notes_on_prices(of({"a": 20.0}).contracts) == []


def test_a_column_of_words_is_named_before_plans_that_only_cost_as_much():
    names = {"month": "price_1NMonthPlan", "year": "price_1NYearlyPlan"}
    (said,) = notes_on_prices(of({"month": 19.0, "year": 190.0}, plans=names).contracts)
    assert said.endswith('subscriptions.columns.price_per: "Periode" divides them.')


def test_terms_of_a_contract_are_no_periods_of_its_price():
    terms = {"Month-to-month": 70.0, "One year": 65.0, "Two year": 60.0}
    assert notes_on_prices(of(terms).contracts) == []
    assert [days_of(text) for text in (*terms, "monthly or yearly", "Paris")] == [30, 365, 365, None, None]


def test_what_is_not_known_yet_and_free_contracts_say_nothing():
    prepared = of({"Mensuel": 39.9, "Annuel": 399.0})
    spells = prepared.contracts.spells
    assert spells is not None
    late = spells.frame["Periode"] == "Annuel"
    spells.frame.loc[late, "start"] += 1000
    assert notes_on_prices(prepared.contracts) == []
    spells.frame.loc[late, ["start", "price"]] = np.array([0, 0.0])
    assert notes_on_prices(prepared.contracts) == []
