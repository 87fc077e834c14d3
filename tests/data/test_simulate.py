"""The simulated shop obeys the story it is told by."""

import numpy as np

from holdfast.data import simulate_shop


def test_the_moments_are_those_of_the_models():
    shop = simulate_shop(20_000, r=0.8, alpha=30, a=0.8, b=4.0, p=6, q=4, v=15, seed=3)
    truth = shop.truth
    assert abs(truth["rate"].mean() / (0.8 / 30) - 1) < 0.03
    assert abs(truth["leaves_with"].mean() / (0.8 / 4.8) - 1) < 0.03
    assert abs(truth["mean_spend"].mean() / (6 * 15 / 3) - 1) < 0.03
    assert abs(shop.purchases["amount"].mean() / 30 - 1) < 0.1


def test_nobody_buys_after_leaving_or_before_joining():
    shop = simulate_shop(500, seed=4)
    bought = shop.purchases.merge(shop.truth, on="customer_id")
    at = (bought["ordered_at"] - np.datetime64("2023-01-01")) / np.timedelta64(1, "D")
    assert (at >= bought["joined"] - 1e-4).all()
    assert (at <= bought["left"] + 1e-4).all()
    assert bought["customer_id"].nunique() == 500
    assert at.max() < 540


def test_the_seed_is_the_shop():
    assert simulate_shop(50, seed=1).purchases.equals(simulate_shop(50, seed=1).purchases)
    assert not simulate_shop(50, seed=1).purchases.equals(simulate_shop(50, seed=2).purchases)
