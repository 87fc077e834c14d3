"""Far corners of the parameters against truth to 200 and more digits, and nowhere NaN or infinity."""

import json
from pathlib import Path

import mpmath
import numpy as np
import pytest

from holdfast.clv import BetaGeoNBD, GammaGamma, GGompertzNBD, ModifiedBetaGeoNBD, ParetoNBD
from holdfast.clv.special import beta_mean, growth, power_series, soft
from tests.clv.conftest import history
from tests.conftest import PROJECT

HARD = PROJECT.parent / "shared" / "golden" / "bgnbd_hard_cases.json"
mpf = mpmath.mpf


def relative(found, truth) -> float:
    truth = mpf(truth)
    # Below the smallest double there is only 0.
    return float(abs(mpf(float(found)) - truth) / abs(truth)) if abs(truth) > 1e-300 else abs(float(found))


def bg_nbd_truth(r, alpha, a, b, x, t_x, T, t, *, chances=0):
    """Fader, Hardie & Lee 2005, eq. 10, as printed, in 220 digits (MBG/NBD with one more chance)."""
    with mpmath.workdps(220):
        r, alpha, a, b, t_x, T, t = map(mpf, (r, alpha, a, b, t_x, T, t))
        b += chances
        gone = a / (b + x - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x) if x or chances else mpf(0)
        z = t / (alpha + T + t)
        lost = ((alpha + T) / (alpha + T + t)) ** (r + x) * mpmath.hyp2f1(r + x, b + x, a + b + x - 1, z)
        return (a + b + x - 1) / (a - 1) * (1 - lost) / (1 + gone), 1 / (1 + gone)


@pytest.mark.skipif(not HARD.is_file(), reason="the hard cases are not beside the project")
def test_the_sixty_hard_cases():
    errors = []
    for case in json.loads(Path(HARD).read_text(encoding="utf-8")):
        model = BetaGeoNBD.from_params(**{name: case[name] for name in ("r", "alpha", "a", "b")})
        customer = history(case["x"], case["tx"], case["T"])
        errors.append(
            max(
                relative(model.expected_purchases(customer, case["t"])[0], case["expected_purchases"]),
                relative(model.p_alive(customer)[0], case["p_alive"]),
            )
        )
    assert len(errors) == 60
    assert max(errors) < 1e-9
    assert np.median(errors) < 1e-14


# r, alpha, a, b, x, t_x, T, t: ordinary, nobody leaves, everybody leaves, a near 1, a + b < 1, new, frequent, huge t.
CASES = [
    (0.243, 4.414, 0.793, 2.426, 2, 30.43, 38.86, 39),
    (0.243, 4.414, 1e-5, 2.426, 2, 30.43, 38.86, 39),
    (0.243, 4.414, 250.3, 0.01, 2, 30.43, 38.86, 39),
    (0.243, 4.414, 1.0000001, 2.426, 2, 30.43, 38.86, 39),
    (0.243, 4.414, 0.2, 0.3, 1, 1.5, 38.86, 39),
    (0.243, 4.414, 0.793, 2.426, 0, 0, 0, 1e-8),
    (3.1, 9.7, 0.9, 40.2, 400, 700.5, 701, 365),
    (0.02, 0.1, 0.6, 1.9, 1, 0.05, 0.18, 4652.8),
    (80.5, 700.1, 0.002, 0.25, 0, 0, 3.3, 780.9),
    (0.05, 300.2, 0.06, 2900.7, 0, 0, 22, 3),
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("model", "chances"), [(BetaGeoNBD, 0), (ModifiedBetaGeoNBD, 1)])
def test_beta_geo(case, model, chances):
    r, alpha, a, b, x, t_x, T, t = case
    fitted = model.from_params(r=r, alpha=alpha, a=a, b=b)
    expected, alive = bg_nbd_truth(*case, chances=chances)
    assert relative(fitted.expected_purchases(history(x, t_x, T), t)[0], expected) < 1e-9
    assert relative(fitted.p_alive(history(x, t_x, T))[0], alive) < 1e-11


def pareto_truth(r, alpha, s, beta, x, t_x, T):
    """P(alive) by Fader & Hardie 2005, eq. 18, with hypergeometric functions in 250 digits."""
    with mpmath.workdps(250):
        r, alpha, s, beta, t_x, T = map(mpf, (r, alpha, s, beta, t_x, T))
        k = r + s + x

        def F(t):  # noqa: N802
            if alpha >= beta:
                return mpmath.hyp2f1(k, s + 1, k + 1, (alpha - beta) / (alpha + t)) / (alpha + t) ** k
            return mpmath.hyp2f1(k, r + x, k + 1, (beta - alpha) / (beta + t)) / (beta + t) ** k

        return 1 / (1 + s / k * (F(t_x) - F(T)) * (alpha + T) ** (r + x) * (beta + T) ** s)


def test_pareto_p_alive():
    random = np.random.default_rng(8)
    errors = []
    for _ in range(60):
        r, s = 10 ** random.uniform(-2, 2, 2)
        alpha, beta = 10 ** random.uniform(-2, 4, 2)
        x, T = int(random.choice([0, 1, 3, 20, 200, 2000])), 10 ** random.uniform(0, 3.5)
        t_x = T * random.beta(0.7, 0.7) if x else 0.0
        truth = pareto_truth(r, alpha, s, beta, x, t_x, T)
        found = ParetoNBD.from_params(r=r, alpha=alpha, s=s, beta=beta).p_alive(history(x, t_x, T))[0]
        # A probability below 1e-250 is 0 to anybody.
        errors.append(relative(found, truth) if truth > mpf(10) ** -250 else float(found))
    assert max(errors) < 1e-7
    assert np.median(errors) < 1e-12


def test_gamma_gamma_spend_and_likelihood():
    random = np.random.default_rng(9)
    for _ in range(40):
        p, q, v = 10 ** random.uniform(-2, 4, 3)
        x, m = int(random.integers(1, 2000)), 10 ** random.uniform(-3, 5)
        model = GammaGamma.from_params(p=p, q=q, v=v)
        row = history(x, 1, 1).assign(monetary_value=m)
        with mpmath.workdps(220):
            P, Q, V, M = map(mpf, (p, q, v, m))
            log_beta = mpmath.loggamma(P * x) + mpmath.loggamma(Q) - mpmath.loggamma(P * x + Q)
            truth = -log_beta + Q * mpmath.log(V) + P * x * mpmath.log(x * M) - (P * x + Q) * mpmath.log(x * M + V)
            truth -= mpmath.log(M)
            mean = P * (V + x * M) / (P * x + Q - 1)
        assert model.log_likelihood(row) == pytest.approx(float(truth), rel=1e-9, abs=1e-6 * max(1.0, p * x))
        found = model.expected_spend(row)[0]
        assert model.is_limited(row)[0] == (mean <= 0)
        if mean > 0:
            assert relative(found, mean) < 1e-12
        else:
            assert 0 < found < np.inf


@pytest.mark.parametrize("model", [BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD, GGompertzNBD])
def test_fifteen_hundred_random_models_give_neither_nan_nor_infinity(model):
    random = np.random.default_rng(10)
    n = 1500
    p = {name: 10 ** random.uniform(-3, 3, n) for name in model.parameter_names}
    p["alpha"] = 10 ** random.uniform(-3, 4, n)
    x = random.choice([0, 1, 2, 5, 30, 300, 2000], n).astype(float)
    T = 10 ** random.uniform(-1, 4, n)
    t_x = np.where(x > 0, T * random.uniform(0.01, 1, n), 0.0)
    if model is GGompertzNBD:
        p["b"] = 10 ** random.uniform(-6, -1, n)
    some = model.from_params(**dict.fromkeys(model.parameter_names, 1.0))
    with np.errstate(all="ignore"):
        alive = some._p_alive(p, x, t_x, T)
        updated = some._updated(p, x, t_x, T)
        assert np.all((alive >= 0) & (alive <= 1))
        for t in (1e-8, 1.0, 90.0, 1e4):
            expected, none = some._expected(updated, t), some._none(updated, t)
            survival, once = some._survival(updated, t), some._pmf(updated, t, 1)
            present = some._discounted(updated, t, 0.001)
            assert np.all(np.isfinite(expected))
            assert np.all(expected >= 0)
            for probability in (none, survival, once):
                assert np.all((probability >= 0) & (probability <= 1 + 1e-6))
            assert np.all((present >= 0) & (present <= expected * (1 + 1e-6)))


def test_special_functions():
    with mpmath.workdps(50):
        for a, b, c, z in [(0.3, 1.7, 2.9, 0.8), (5.5, 0.1, 7.0, 0.01), (-0.4, 2.0, 3.3, 0.97)]:
            assert relative(power_series((a, b), (c, 1.0), z)[0], mpmath.hyp2f1(a, b, c, z)) < 1e-13
        for a, b, k in [(0.5, 2.0, 3.0), (1e-3, 1e-3, 1.0), (5e4, 20.0, 0.5), (0.7, 1e5, 900.0)]:
            # E[(1 + k p)^−2] over Beta(a, b) is a 2F1.
            found = beta_mean(
                lambda p, q, k: (1 + k * p) ** -2.0,
                np.array([a]), np.array([b]), least=np.array([1e-20]), others=(np.array([k]),),
            )  # fmt: skip
            assert relative(found[0], mpmath.hyp2f1(2, a, a + b, -k)) < 1e-9
    np.testing.assert_allclose(growth([0.0, 1e-9, 2.0], 0.5), [0.5, 0.5, (1 - np.exp(-1)) / 2], rtol=1e-8)
    low, high = soft(np.array([-800.0, 0.0, 800.0]))
    np.testing.assert_allclose(low, [0, np.log(2), 800])
    np.testing.assert_allclose(high, [0, 0.5, 1])
