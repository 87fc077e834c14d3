"""Clusters: errors against a second computation, no effect where there is none, and what is said of the assignment."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from holdfast.errors import DataError, NotEnoughDataError
from holdfast.experiments import measure
from holdfast.experiments.clusters import ClusterRobust
from holdfast.report import experiments as text

ASKED = {"arm": "arm", "control": "control", "outcomes": ["spent"]}


def stores(random, number, *, alike=0.2, effect=0.0, shift=0.0):
    """Stores of very unequal size, dealt to two arms as a whole; ``alike``: share of the variance between stores."""
    sizes = np.maximum(2, np.exp(random.normal(3, 0.8, number)).astype(int))
    store = np.repeat(np.arange(number), sizes)
    offered = np.isin(store, random.permutation(number)[: number // 2])
    level = random.normal(0, np.sqrt(alike), number)
    n = len(store)
    past = random.normal(size=n) + level[store]
    spent = level[store] + random.normal(0, np.sqrt(1 - alike), n) + effect * offered + shift + 0.5 * past
    arms, size = np.where(offered, "offer", "control"), np.array(["small", "large"])[(sizes > 20) * 1][store]
    return pd.DataFrame({"store": store, "arm": arms, "past": past, "spent": spent, "size": size})


def second_computation(x, y, codes, ask):
    """CR2 and Imbens & Kolesár's degrees of freedom with matrices of all rows by all rows."""
    bread = np.linalg.pinv(x.T @ x)
    hat = x @ bread @ x.T
    left, rest = y - hat @ y, np.eye(len(y)) - hat
    parts, columns = [], []
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        values, vectors = np.linalg.eigh(rest[np.ix_(rows, rows)])
        root = vectors @ np.diag(np.where(values > 1e-9, np.abs(values) ** -0.5, 0)) @ vectors.T
        weights = root @ x[rows] @ bread @ ask
        parts.append(weights @ left[rows])
        columns.append(rest[:, rows] @ weights)
    same = codes[:, None] == codes[None, :]
    pairs = same & ~np.eye(len(y), dtype=bool)
    shared = max(float(np.outer(left, left)[pairs].mean()), 0.0)
    alike = np.eye(len(y)) * (np.square(left).mean() - shared) + shared * same
    gram = np.column_stack(columns)
    lambdas = np.linalg.eigvalsh(gram.T @ alike @ gram)
    return float(ask @ bread @ x.T @ y), float(np.sum(np.square(parts))), lambdas.sum() ** 2 / np.square(lambdas).sum()


@pytest.mark.parametrize("crossed", [False, True])
def test_the_error_is_that_of_a_second_computation(crossed):
    random = np.random.default_rng(3)
    data = stores(random, 12, effect=0.3)
    treated = (data["arm"] == "offer").to_numpy() if not crossed else random.random(len(data)) < 0.4
    region = (data["store"] % 3).to_numpy()
    flags = (region[:, None] == [1, 2]).astype(float)
    x = np.column_stack([np.ones(len(data)), treated, data["past"], flags])
    y, codes = data["spent"].to_numpy(), data["store"].to_numpy()
    effect, variance, df = second_computation(x, y, codes, np.array([0, 1.0, 0, 0, 0]))
    found = ClusterRobust(treated.astype(int), y, codes, data[["past"]].to_numpy(), region).effect(1)
    half = stats.t.isf(0.025, df) * np.sqrt(variance)
    assert (found.effect, found.low, found.high) == pytest.approx((effect, effect - half, effect + half))
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(effect) / np.sqrt(variance), df))


def test_clusters_of_one_row_are_rows():
    data = stores(np.random.default_rng(4), 30, effect=0.4).assign(row=lambda d: range(len(d)))
    one = measure(data, **ASKED, cluster="row", others=[]).effects[0]
    plain = measure(data.drop(columns=["store", "size", "row"]), **ASKED, others=[]).effects[0]
    assert (one.mean, one.control_mean) == pytest.approx((plain.mean, plain.control_mean))
    assert (one.difference.low, one.difference.high) == pytest.approx(
        (plain.difference.low, plain.difference.high), abs=2e-3
    )
    assert (one.lift is None) == (plain.lift is None)


@pytest.mark.no_cover
@pytest.mark.slow
@pytest.mark.parametrize("number", [10, 20, 40])
def test_stores_dealt_at_random_show_an_effect_in_one_of_twenty(number):
    random, shown = np.random.default_rng(number), np.zeros(5)
    runs, by_row = 400, 0
    for _ in range(runs):
        data = stores(random, number, shift=3.0)
        data["bought"] = (data["spent"] > 3.7).astype(int)
        data["paid"] = np.where(data["spent"] > 3.7, np.exp(data["spent"] + random.normal(size=len(data))), 0.0)
        treated, codes = (data["arm"] == "offer").to_numpy().astype(int), data["store"].to_numpy()
        past = data[["past"]].to_numpy()
        for i, (name, x) in enumerate(
            [("spent", None), ("spent", past), ("bought", None), ("bought", past), ("paid", None)]
        ):
            shown[i] += ClusterRobust(treated, data[name].to_numpy(float), codes, x).effect(1).significant
        by_row += ClusterRobust(treated, data["spent"].to_numpy(), np.arange(len(data))).effect(1).significant
    # Five in a hundred, and two standard deviations of 400 tries; a handful of rates and skewed amounts lie below.
    assert (shown / runs <= 0.075).all()
    assert (shown[:2] / runs >= 0.0125).all()
    assert by_row / runs > 0.25, "what counting rows claims"


def test_an_effect_that_is_there_is_found_and_the_means_are_those_of_the_rows():
    data = stores(np.random.default_rng(5), 60, alike=0.1, effect=0.8, shift=5.0)
    found = measure(data, **ASKED, cluster="store", covariates=["past"], margin=0.5)
    (effect,) = found.effects
    by_arm = data.groupby("arm")["spent"].mean()
    assert (effect.mean, effect.control_mean) == pytest.approx((by_arm["offer"], by_arm["control"]))
    assert effect.difference.effect == pytest.approx(by_arm["offer"] - by_arm["control"])
    assert effect.adjusted.low < 0.8 < effect.adjusted.high
    assert effect.adjusted.low > 0
    assert effect.lift.low < effect.mean / effect.control_mean - 1 < effect.lift.high
    assert effect.net.effect == pytest.approx(0.5 * effect.adjusted.effect)
    assert found.as_dict()["clusters"] == {"column": "store", "whole": True, "by_arm": {"control": 30, "offer": 30}}
    assert found.randomisation.units == {"control": 30, "offer": 30}
    said = text.measured(found.as_dict())
    assert "rows with the same store are counted together (control 30, offer 30)" in said
    assert "as whole clusters: control 30, offer 30" in said
    assert "offer: raises spent" in said


def test_rates_pooled_arms_strata_and_segments_of_clusters():
    data = stores(np.random.default_rng(6), 45)
    data["arm"] = np.array(["control", "mail", "call"])[data["store"] % 3]
    data["bought"], data["region"] = (data["spent"] > 0.5).astype(int), (data["store"] // 3) % 5
    asked = {"arm": "arm", "control": "control", "outcomes": ["bought"], "cluster": "store", "strata": ["region"]}
    found = measure(data, **asked, segment="size")
    (pooled,) = found.pooled
    flags = (data["region"].to_numpy()[:, None] == [1, 2, 3, 4]).astype(float)
    x = np.column_stack([np.ones(len(data)), data["arm"] != "control", flags])
    effect, variance, df = second_computation(x, data["bought"].to_numpy(float), data["store"].to_numpy(), np.eye(6)[1])
    assert pooled.difference.effect == pytest.approx(effect)
    # Limits of a rate lie around it unevenly, about as far apart.
    assert pooled.difference.high - pooled.difference.low == pytest.approx(
        2 * stats.t.isf(0.025, df) * np.sqrt(variance), rel=0.03
    )
    assert [e.arm for e in found.effects] == ["call", "mail"]
    assert found.segments
    # One of two sizes has enough stores, and differs from none.
    assert found.segments_differ == {("bought", "call"): 1.0, ("bought", "mail"): 1.0}
    assert "1 segment left out: too few customers or clusters in an arm" in text.measured(found.as_dict())
    assert "weighed by how much each tells" in text.measured(found.as_dict())


def test_where_all_did_the_same_the_clusters_say_how_sure_that_is():
    store = np.repeat(np.arange(10), 50)
    data = pd.DataFrame({"store": store, "arm": np.where(store < 5, "offer", "control"), "spent": 0})
    (effect,) = measure(data, **ASKED, cluster="store").effects
    # As of five customers who did not, in either arm.
    assert (effect.difference.low, effect.difference.high) == pytest.approx((-0.52, 0.52), abs=0.03)


def test_what_chance_dealt_is_what_is_compared():
    """A size that whole stores have differs by row, and by store no more than chance allows."""
    random, alarms = np.random.default_rng(7), 0
    for _ in range(20):
        data = stores(random, 24, alike=0.5)
        found = measure(data, **ASKED, cluster="store", covariates=["size", "past"], segment="size", shares=None)
        alarms += bool(found.randomisation.problems)
        assert found.others is None
    assert alarms == 0
    shares = {"control": 1, "offer": 1}
    large = data.assign(arm=np.where(data["store"].isin([0, 1, 2]), "control", "offer"))
    ratio = measure(large, **ASKED, cluster="store", shares=shares).randomisation
    assert ratio.problems == [
        "the arms hold control 12.5%, offer 87.5% of the clusters, not the planned control 50.0%, offer 50.0% "
        "(p < 0.001)"
    ]


def test_a_customer_in_two_rows_is_one_where_clusters_hold_them():
    data = stores(np.random.default_rng(8), 20)
    data["customer_id"] = [f"c{i // 2}" for i in range(len(data))]
    data = data[~data.duplicated("customer_id") | (data["store"] == data["store"].shift())]
    torn = data.assign(customer_id=np.r_[["x", "y"], ["x"] * (len(data) - 2)])
    with pytest.raises(DataError, match=r"outcome summed up, or count the rows of each together \(--cluster"):
        measure(data, **ASKED, customer="customer_id")
    with pytest.raises(DataError, match="stands in more than one row"):
        measure(torn, **ASKED, customer="customer_id", cluster="store")
    by_customer = measure(data, **ASKED, customer="customer_id", cluster="customer_id")
    by_store = measure(data, **ASKED, customer="customer_id", cluster="store")
    widths = [m.effects[0].difference.high - m.effects[0].difference.low for m in (by_customer, by_store)]
    assert widths[0] < widths[1]


def test_what_is_no_cluster_is_refused():
    data = stores(np.random.default_rng(9), 20)
    with pytest.raises(DataError, match=r'cluster: column "store": 1 row has none \(first: row 4\)'):
        measure(data.assign(store=data["store"].where(data.index != 3)), **ASKED, cluster="store")
    one = data[(data["arm"] == "offer") | (data["store"] == data.loc[data["arm"] == "control", "store"].iloc[0])]
    with pytest.raises(NotEnoughDataError, match='cluster: "control" has one value of "store" only'):
        measure(one, **ASKED, cluster="store")
    few = data[data["store"].isin([s for _, of in data.groupby("arm") for s in of["store"].unique()[:2]])]
    level = few["store"].rank(method="dense").astype(int)
    known = few.assign(one=(level == 1) * 1.0, two=(level == 2) * 1.0)
    with pytest.raises(NotEnoughDataError, match="4 clusters are too few for so many covariates"):
        measure(known, **ASKED, cluster="store", covariates=["one", "two"], trusted=["one", "two"])
    with pytest.raises(DataError, match="The covariates determine the outcome of every customer"):
        measure(data.assign(copy=data["spent"]), **ASKED, cluster="store", covariates=["copy"], trusted=["copy"])
