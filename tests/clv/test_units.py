"""Weeks are never read as days, and a day is a day in whatever form it comes."""

import datetime
import json

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import BetaGeoNBD, CustomerLifetimeValue, GammaGamma, ModifiedBetaGeoNBD, ParetoNBD, summarise
from holdfast.clv.plots import plot_tracking
from holdfast.config import make_config
from holdfast.data import read_day, simulate_contracts, simulate_shop
from holdfast.errors import ConfigError
from holdfast.features import Cutoff
from holdfast.kpis.cohorts import cohort_triangle

DAY = datetime.date(2024, 6, 24)
DAYS = [
    DAY,
    datetime.datetime(2024, 6, 24),
    pd.Timestamp("2024-06-24"),
    np.datetime64("2024-06-24"),
    np.datetime64("2024-06-24T00:00:00", "ns"),
    "2024-06-24",
    "2024-06-24T00:00:00",
]
NO_DAYS = [
    ("24.06.2024", "is not a day"),
    ("2024-06", "is not a day"),
    (np.datetime64("2024-06"), "is not a day"),
    (20240624, "is not a day"),
    (None, "is not a day"),
    (pd.NaT, "is not a day"),
    (np.datetime64("NaT"), "is not a day"),
    (pd.Timestamp("2024-06-24", tz="Europe/London"), "has a time zone"),
    ("2024-06-24T00:00:00+00:00", "has a time zone"),
    (datetime.datetime(2024, 6, 24, 13), "lies within a day"),
    (np.datetime64("2024-06-24T13"), "lies within a day"),
]
LOG = simulate_shop(400, days=500, seed=3).purchases


@pytest.fixture(scope="module")
def weeks() -> pd.DataFrame:
    return summarise(LOG, "2024-03-01", time_unit="W")


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return summarise(LOG, "2024-03-01")


def clv_of(time_unit: str) -> CustomerLifetimeValue:
    return CustomerLifetimeValue(
        transactions=BetaGeoNBD.from_params(r=0.24, alpha=4.41 if time_unit == "W" else 30.9, a=0.79, b=2.43),
        spend=GammaGamma.from_params(p=6.25, q=3.74, v=15.4),
        time_unit=time_unit,
    )


def test_the_summary_says_its_unit_and_keeps_it(weeks, days):
    assert (weeks.attrs["time_unit"], days.attrs["time_unit"]) == ("W", "D")
    for part in (weeks.head(3), weeks[weeks["T"] > 20], weeks.iloc[:5].copy(), weeks.assign(z=1).sort_values("T")):
        assert part.attrs["time_unit"] == "W"


def test_weeks_are_not_valued_as_days(weeks, days):
    right = clv_of("W").predict(weeks, horizon_days=365)["clv"].sum()
    assert clv_of("D").predict(days, horizon_days=365)["clv"].sum() == pytest.approx(right, rel=1e-3)
    said = r'times are in weeks .* but CustomerLifetimeValue has time_unit="D": set time_unit="W"'
    daily = clv_of("D")
    for ask in (daily.predict, daily.sample, daily.interval):
        with pytest.raises(ValueError, match=said):
            ask(weeks.head(9), horizon_days=365)
    with pytest.raises(ValueError, match=said):
        daily.fit(weeks)
    with pytest.raises(ValueError, match=r'times are in days .* set time_unit="D"'):
        clv_of("W").predict(days, horizon_days=365)
    # Without the mark a summary is what the caller says it is.
    unmarked = pd.DataFrame(weeks.to_dict("list"), index=weeks.index)
    assert clv_of("W").predict(unmarked, horizon_days=365)["clv"].sum() == pytest.approx(right)


def test_a_summary_that_was_converted_says_so(weeks, days):
    converted = weeks.assign(recency=weeks["recency"] * 7, T=weeks["T"] * 7)
    with pytest.raises(ValueError, match=r'set summary.attrs\["time_unit"\] = "D"'):
        clv_of("D").predict(converted, horizon_days=365)
    converted.attrs["time_unit"] = "D"
    found = clv_of("D").predict(converted, horizon_days=365)["clv"]
    np.testing.assert_allclose(found, clv_of("D").predict(days, horizon_days=365)["clv"])


@pytest.mark.parametrize("model", [BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD])
def test_a_model_asks_in_the_unit_of_its_fit(model, weeks, days, tmp_path):
    fitted = model(l2=0.01).fit(weeks)
    fitted.save(tmp_path / "model.json")
    for one in (fitted, model.load(tmp_path / "model.json")):
        assert one.time_unit_ == "W"
        for ask in (one.p_alive, one.log_likelihood, lambda s, one=one: one.sample(s, 5, draws=2)):
            with pytest.raises(ValueError, match=r'the model was fitted in weeks: .*time_unit="W"'):
                ask(days)
    assert fitted.fit(days).time_unit_ == "D"
    assert model.from_params(**fitted.params_).p_alive(weeks).shape == (len(weeks),)


def test_values_are_in_the_unit_of_the_fit(weeks):
    fitted = BetaGeoNBD(l2=0.01).fit(weeks)
    clv = CustomerLifetimeValue(transactions=fitted, spend=GammaGamma.from_params(p=6.25, q=3.74, v=15.4))
    unmarked = pd.DataFrame(weeks.to_dict("list"))
    for ask in (lambda: clv.predict(unmarked, horizon_days=90), lambda: clv.new_customer(horizon_days=90)):
        with pytest.raises(ValueError, match=r'fitted in weeks, but .* time_unit="D": set time_unit="W"'):
            ask()
    with pytest.raises(ValueError, match='set time_unit="W"'):
        plot_tracking(fitted, LOG, cutoff="2024-03-01")


def test_a_mean_with_the_first_purchase_is_not_read_as_one_without(days):
    both = summarise(LOG, "2024-03-01", first_purchase=True)
    fitted = GammaGamma(first_purchase=True).fit(both)
    for ask in (fitted.expected_spend, fitted.is_limited, fitted.log_likelihood, fitted.fit):
        with pytest.raises(ValueError, match=r"made with first_purchase=False .* GammaGamma has first_purchase=True"):
            ask(days)
    with pytest.raises(ValueError, match=r"use GammaGamma\(first_purchase=True\)"):
        GammaGamma().fit(both)


@pytest.mark.parametrize("day", DAYS, ids=repr)
def test_every_reader_takes_a_day_in_every_form(day):
    assert read_day(day, "it") == DAY
    assert type(read_day(day, "it")) is datetime.date
    assert Cutoff(day, 90) == Cutoff(DAY, 90)
    assert Cutoff(DAY, 90).earlier(90).observed_by(day)
    assert make_config({"name": "x", "purchases": {"path": "a.csv"}, "as_of": day}).as_of == DAY
    pd.testing.assert_frame_equal(summarise(LOG.head(50), day), summarise(LOG.head(50), Cutoff(DAY, 1)))
    shop, same = simulate_shop(5, first_day=day), simulate_shop(5, first_day=DAY)
    pd.testing.assert_frame_equal(shop.purchases, same.purchases)
    assert shop.purchases["ordered_at"].min() >= pd.Timestamp(DAY)
    started = simulate_contracts(5, first_day=day).spells["started_at"]
    assert started.tolist() == simulate_contracts(5, first_day=DAY).spells["started_at"].tolist()
    occasions = pd.DataFrame({"customer_id": ["a"], "day": [19_800], "spend": [5.0]})
    pd.testing.assert_frame_equal(cohort_triangle(occasions, day), cohort_triangle(occasions, DAY))


@pytest.mark.parametrize(("wrong", "said"), NO_DAYS, ids=repr)
def test_every_reader_refuses_what_is_no_day(wrong, said):
    occasions = pd.DataFrame({"customer_id": ["a"], "day": [19_800], "spend": [5.0]})
    for ask in (
        lambda: read_day(wrong, "it"),
        lambda: Cutoff(wrong, 90),
        lambda: Cutoff(DAY, 90).observed_by(wrong),
        lambda: summarise(LOG.head(5), wrong),
        lambda: simulate_shop(5, first_day=wrong),
        lambda: simulate_contracts(5, first_day=wrong),
        lambda: cohort_triangle(occasions, wrong),
        lambda: plot_tracking(BetaGeoNBD.from_params(r=1, alpha=1, a=1, b=1), LOG, cutoff=wrong),
    ):
        with pytest.raises(ValueError, match=said):
            ask()
    if wrong is not None:  # a table of contracts has no date
        with pytest.raises(ConfigError, match=f"as_of: it {said}"):
            make_config({"name": "x", "purchases": {"path": "a.csv"}, "as_of": wrong})


def test_marks_are_plain_values(weeks):
    assert json.loads(json.dumps(weeks.attrs)) == {"time_unit": "W", "first_purchase": False}
