"""Calibration against known distortions, and where it stays away."""

import numpy as np
import pytest
from scipy.special import expit

from holdfast.learn.calibration import Beta, Isotonic, Sigmoid, choose, from_dict


def test_calibration_methods_recover_a_known_distortion():
    random = np.random.default_rng(4)
    truth = random.beta(2, 2, 40_000)
    y = (random.random(40_000) < truth).astype(np.int64)
    odds = np.log(truth / (1 - truth))
    distorted = expit(2.0 * odds + 0.7)
    sigmoid = Sigmoid.fit(distorted, y, shrink=0.0)
    assert sigmoid.slope == pytest.approx(0.5, abs=0.02)
    assert sigmoid.intercept == pytest.approx(-0.35, abs=0.03)
    half = Sigmoid.fit(distorted, y)
    assert half.slope == pytest.approx((1 + sigmoid.slope) / 2)
    for method in (Beta, Isotonic):
        made = method.fit(distorted, y)
        assert np.abs(made(distorted) - truth).mean() < 0.015
        again = from_dict(method.__name__.lower(), made.to_dict())
        np.testing.assert_array_equal(again(distorted), made(distorted))


def test_calibration_stays_away_unless_it_clearly_helps_on_the_next_window():
    random = np.random.default_rng(5)
    p = random.beta(2, 2, 20_000)
    halves = [(p[i], (random.random(10_000) < p[i]).astype(np.int64)) for i in (slice(0, 10_000), slice(10_000, None))]
    assert choose(*halves)[0] == "none"
    bent = [(expit(3 * np.log(q / (1 - q))), y) for q, y in halves]
    method, calibration, losses = choose(*bent)
    assert method != "none"
    assert losses[method] < losses["none"]
    assert np.abs(calibration(bent[1][0]) - halves[1][0]).mean() < 0.05


def test_a_clearly_better_calibration_does_not_wait_for_one_that_is_better_still_by_chance(monkeypatch):
    y = np.tile([0, 1], 4)

    def method(right):
        answer = np.where(y == 1, right, 1 - right)
        return type("Fake", (), {"fit": staticmethod(lambda *_: lambda _: answer)})

    steady, lucky = method(np.full(8, 0.51)), method(np.where(np.arange(8) < 2, 0.999, 0.45))
    monkeypatch.setattr("holdfast.learn.calibration.METHODS", {"steady": steady, "lucky": lucky})
    chosen, _, losses = choose((np.full(8, 0.5), y), (np.full(8, 0.5), y))
    assert losses["lucky"] < losses["steady"] < losses["none"]
    assert chosen == "steady"


def test_sigmoid_of_later_windows_changes_nothing_without_two_outcomes():
    p = np.array([0.2, 0.6, 0.9])
    for foreseen, observed in (([], []), ([p], [np.ones(3, dtype=np.int64)])):
        assert Sigmoid.learn(foreseen, observed) == Sigmoid()
    np.testing.assert_array_equal(Sigmoid()(p), p)


def test_beta_calibration_with_equal_weights_is_a_sigmoid():
    """Kull, Silva Filho & Flach (2017): a = b makes logit(answer) = a · logit(p) + c."""
    p = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(Beta(2.0, 2.0, 0.5)(p), Sigmoid(2.0, 0.5)(p), rtol=1e-12)


def test_isotonic_never_falls_and_stays_off_the_ends():
    p = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    made = Isotonic.fit(p, np.array([0, 0, 1, 0, 1, 1]))
    # Neighbours out of order share their mean: the third and the fourth.
    np.testing.assert_allclose(made(p), [1e-4, 1e-4, 0.5, 0.5, 1 - 1e-4, 1 - 1e-4])
    assert (np.diff(made(np.linspace(0, 1, 101))) >= 0).all()
