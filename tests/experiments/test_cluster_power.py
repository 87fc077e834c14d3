"""Plans of experiments that deal whole clusters, against published numbers and simulated experiments."""

from math import inf, sqrt

import numpy as np
import pytest
from benchmarks.clusters import planned_power

from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.experiments.cluster_power import (
    clusters_needed,
    effect_of_clusters,
    power_of_clusters,
    size_of_clusters,
)
from holdfast.experiments.cluster_sizes import effect_of_design, of_arm, sizes_of
from holdfast.experiments.power import power_of_means, power_of_proportions


def test_published_numbers():
    # clusterPower 0.7 (Kleinman et al.), help page of cpa.normal: 16 clusters an arm, power 0.801766.
    given = {"icc": 0.1, "cluster_size": 10, "sd": sqrt(5)}
    assert clusters_needed(effect=1, **given).control == 16
    assert power_of_clusters(16, 16, effect=1, **given) == pytest.approx(0.801766, abs=5e-7)
    # The calculator of the NIH and PASS 11, in clusterPower's tests: 5 clusters of 150 an arm detect 0.4804988.
    assert effect_of_clusters(10, sd=1, icc=0.05, cluster_size=150).effect == pytest.approx(0.4804988, abs=1e-5)
    assert size_of_clusters(10, effect=0.4804989, sd=1, icc=0.05).cluster_size == 150
    # The same for shares of 0.1 and 0.2: 12 an arm where the variance is not pooled; pooled it is one more.
    found = clusters_needed(effect=0.1, baseline=0.1, icc=0.05, cluster_size=150)
    assert found.control == 13
    # PASS 11: 13 an arm, 0.86 by the normal distribution; Student's with 24 degrees of freedom costs 3 points.
    normal = power_of_proportions(*[13 * 150 / effect_of_design(0.05, 150)] * 2, baseline=0.1, effect=0.1)
    assert normal == pytest.approx(0.86, abs=0.005)
    assert normal - 0.04 < power_of_clusters(13, 13, effect=0.1, baseline=0.1, icc=0.05, cluster_size=150) < normal


def test_the_design_effect_is_that_of_the_papers():
    # Donner & Klar 2000: 1 + (m − 1)·ρ. Eldridge, Ashby & Kerry 2006: 1 + ((cv² + 1)·m − 1)·ρ.
    assert effect_of_design(0.05, 21) == pytest.approx(2.0)
    assert effect_of_design(0.01, 100, 0.65) == pytest.approx(1 + (1.4225 * 100 - 1) * 0.01)
    plan = clusters_needed(effect=1, sd=4, icc=0.05, cluster_size=21)
    assert plan.worth == plan.customers / 2


def test_clusters_of_one_customer_are_customers():
    plain = power_of_means(60, 80, effect=1, sd=2)
    assert power_of_clusters(60, 80, effect=1, sd=2, icc=0.3, cluster_size=1) == pytest.approx(plain, abs=2e-3)


def test_the_degrees_of_freedom_are_those_of_the_matrix():
    n, icc = np.array([10.0, 50, 33, 5]), 0.1
    a, v = n / n.sum(), icc + (1 - icc) / n
    covariance = np.diag(v) - np.add.outer(a * v, a * v) + float(a * a @ v)
    weighed = covariance * np.outer(a / np.sqrt(1 - a), a / np.sqrt(1 - a))
    variance, df = of_arm(n[None, :], icc)
    assert variance[0] == pytest.approx(float(a * a @ v))
    assert df[0] == pytest.approx(np.trace(weighed) ** 2 / np.square(weighed).sum())
    assert of_arm(np.full((1, 7), 30.0), 0.2)[1][0] == pytest.approx(6)


def test_sizes_are_as_unequal_as_is_stated():
    for cv in (0.3, 1.0, 2.5):
        found = sizes_of(20, 50.0, cv)
        assert (found.mean(), found.std() / found.mean()) == pytest.approx((50.0, cv))
    assert sizes_of(4, 10.0, 9.0).max() / 40 > 0.98, "as unequal as four can be"


@pytest.mark.parametrize("kind", [{"baseline": 0.1}, {"sd": 30.0}])
@pytest.mark.parametrize("decrease", [False, True])
def test_the_three_questions_turn_each_other_round(kind, decrease):
    shape = {"icc": 0.03, "cluster_cv": 0.6, "control_share": 0.4, "arms": 2, **kind}
    found = effect_of_clusters(90, cluster_size=40, decrease=decrease, **shape)
    assert (found.effect < 0) is decrease
    assert (found.control, found.treated) == (36, 27)
    assert clusters_needed(effect=found.effect, cluster_size=40, **shape).clusters == pytest.approx(90, abs=3)
    assert size_of_clusters(90, effect=found.effect * 1.0001, **shape).cluster_size == 40


def test_what_so_few_clusters_never_show_is_said():
    # Hemming et al. 2011: so many clusters that k > n·ρ, n customers an arm without clusters.
    with pytest.raises(NotEnoughDataError, match=r"ICC 0.05\) hides it. It takes at least 42 clusters"):
        size_of_clusters(30, effect=0.2, sd=1, icc=0.05)
    assert size_of_clusters(44, effect=0.2, sd=1, icc=0.05).cluster_size == 272
    with pytest.raises(NotEnoughDataError, match="4 clusters of 50 cannot show any effect on a share"):
        effect_of_clusters(4, baseline=0.9, icc=0.2, cluster_size=50)
    with pytest.raises(NotEnoughDataError, match="3 clusters leave fewer than two"):
        effect_of_clusters(3, sd=1, icc=0.2, cluster_size=50)
    with pytest.raises(NotEnoughDataError, match="3 clusters leave fewer than two"):
        size_of_clusters(3, effect=1, sd=1, icc=0.2)
    with pytest.raises(NotEnoughDataError, match="more than 10,000,000 clusters"):
        clusters_needed(effect=1e-5, sd=1, icc=0.2, cluster_size=50)
    assert clusters_needed(effect=0.5, baseline=0.5, icc=0.0, cluster_size=1000).clusters == 4
    assert power_of_clusters(2, 2, effect=1000.0, sd=1, icc=0.1, cluster_size=9) == pytest.approx(1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"icc": -0.1}, "icc: -0.1 is not between 0 and 1"),
        ({"cluster_size": 0.5}, "cluster_size: 0.5"),
        ({"cluster_cv": inf}, "cluster_cv: inf"),
        ({"effect": 0.0}, "not 0"),
        ({"power": 0.01}, "not above alpha"),
    ],
)
def test_what_is_no_plan_is_refused(given, said):
    with pytest.raises(ConfigError, match=said):
        clusters_needed(**{"effect": 1.0, "sd": 1.0, "icc": 0.1, "cluster_size": 20, **given})


@pytest.mark.no_cover
@pytest.mark.slow
@pytest.mark.parametrize(("per_arm", "cv", "kind"), [(10, 0.0, "rate"), (10, 1.0, "money"), (20, 1.0, "even")])
def test_planned_power_is_reached(per_arm, cv, kind):
    # 80 % of 400, and three standard deviations.
    assert 0.74 < planned_power(400, per_arm=per_arm, cv=cv, kind=kind, seed=7) < 0.86
