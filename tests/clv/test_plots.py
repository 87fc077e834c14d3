"""The pictures show the numbers they say."""

import datetime

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

from holdfast.clv import BetaGeoNBD, GammaGamma, plots, summarise
from tests.conftest import bundled

MODEL = BetaGeoNBD.from_params(r=0.2425929, alpha=4.413532 * 7, a=0.792886, b=2.425754)


@pytest.fixture(autouse=True)
def close():
    yield
    mpl.pyplot.close("all")


def test_the_matrix_is_the_models():
    axes = plots.plot_frequency_recency_matrix(MODEL, T=270, max_frequency=5, what="p_alive", cells=10)
    matrix = axes.images[0].get_array()
    assert matrix.shape == (10, 5)
    corner = pd.DataFrame({"frequency": [5], "recency": [270.0], "T": [270.0]})
    assert matrix[-1, -1] == pytest.approx(MODEL.p_alive(corner)[0])
    axes = plots.plot_frequency_recency_matrix(MODEL, T=270, max_frequency=5, t=90, cells=10)
    assert axes.images[0].get_array()[-1, -1] == pytest.approx(MODEL.expected_purchases(corner, 90)[0])
    assert axes.get_title() == "Purchases expected in 90"


def test_tracking_counts_repeat_purchases():
    lines = pd.read_csv(bundled("CDNOW_sample.txt"), sep=r"\s+", header=None, usecols=[1, 2], dtype="str")
    lines = lines.set_axis(["customer_id", "date"], axis=1)
    lines["ordered_at"] = pd.to_datetime(lines["date"], format="%Y%m%d")
    cut = datetime.date(1997, 10, 1)
    model = BetaGeoNBD().fit(summarise(lines, cut))
    axes = plots.plot_tracking(model, lines, cutoff=cut)
    actual, expected = (line.get_ydata() for line in axes.lines[:2])
    days = lines.drop_duplicates(["customer_id", "date"])
    assert actual[-1] == len(days) - days["customer_id"].nunique()
    assert expected[39] == pytest.approx(actual[39], rel=0.05)
    weekly = plots.plot_tracking(model, lines, cutoff=cut, cumulative=False)
    np.testing.assert_allclose(np.cumsum(weekly.lines[0].get_ydata()), actual[1:])


def test_calibration_by_frequency():
    table = pd.DataFrame({"frequency": [0, 0, 3, 9, 12], "recency": [0, 0, 9, 90, 90], "T": [99, 99, 99, 99, 99]})
    axes = plots.plot_calibration_holdout(MODEL, table, [1, 0, 2, 5, 9], t=30, max_frequency=7)
    assert axes.lines[0].get_xdata().tolist() == [0, 3, 7]
    assert axes.lines[0].get_ydata().tolist() == [0.5, 2, 7]
    assert axes.lines[1].get_ydata()[1] == pytest.approx(MODEL.expected_purchases(table.iloc[[2]], 30)[0])


def test_spend_density_integrates_to_the_share_shown(cdnow_spend):
    model = GammaGamma().fit(cdnow_spend)
    _, axes = mpl.pyplot.subplots()
    assert plots.plot_spend_density(model, cdnow_spend, most=100, ax=axes) is axes
    x, y = axes.lines[0].get_data()
    means = cdnow_spend.loc[cdnow_spend["frequency"] > 0, "monetary_value"]
    assert np.trapezoid(y, x) == pytest.approx((means <= 100).mean(), abs=0.02)
    assert plots.plot_spend_density(model, cdnow_spend).get_xlabel() == "mean spend of a purchase"


def test_one_customers_path():
    axes = plots.plot_p_alive_path(MODEL, [0, 20, 50], until=100, points=11)
    x, y = axes.lines[0].get_data()
    now = pd.DataFrame({"frequency": [2], "recency": [50.0], "T": [100.0]})
    assert y[-1] == pytest.approx(MODEL.p_alive(now)[0])
    assert y[x < 20] == pytest.approx(1)
    with pytest.raises(ValueError, match="begin with 0"):
        plots.plot_p_alive_path(MODEL, [3, 5], until=10)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"T": -5.0}, "T must"),
        ({"max_frequency": 0}, "max_frequency must"),
        ({"cells": 0}, "cells must"),
        ({"what": "clv"}, "what must"),
        ({"t": -1.0}, "t must"),
    ],
)
def test_pictures_of_nothing_are_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        plots.plot_frequency_recency_matrix(MODEL, **{"T": 38.0, "max_frequency": 5, **changed})
    with pytest.raises(ValueError, match="until must"):
        plots.plot_p_alive_path(MODEL, [0, 3], until=0)
