"""Tiers never flip within the band; personas from clusters only where resampling finds them again."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.segments.personas import OTHERS, Rule, personas_by_clusters, personas_by_rules
from holdfast.segments.tiers import Tier, assign_tiers, check_tiers, previous_tiers

LEVELS = [Tier("basic", 0, 0), Tier("silver", 100, 80), Tier("gold", 500, 400), Tier("top", 900, 850)]
NAMES = [t.name for t in LEVELS]


def one(measure: float, previous: str | None) -> str:
    return assign_tiers([measure], LEVELS, [previous])[0]


@pytest.mark.parametrize(
    ("measure", "previous", "expected"),
    [
        (0, None, "basic"),
        (99.99, None, "basic"),
        (100, None, "silver"),
        (5000, None, "top"),
        (5000, "basic", "top"),
        (80, "silver", "silver"),
        (79.99, "silver", "basic"),
        (499, "silver", "silver"),
        (400, "gold", "gold"),
        (399, "gold", "silver"),
        (0, "gold", "silver"),
        (0, "top", "gold"),
        (-50, "basic", "basic"),
        (450, "a tier of old", "silver"),
    ],
)
def test_tiers_by_hand(measure, previous, expected):
    assert one(measure, previous) == expected


@given(
    st.lists(st.floats(0, 2000), min_size=1, max_size=40),
    st.sampled_from(NAMES),
)
def test_a_review_climbs_at_once_and_falls_by_one(measures, tier):
    for measure in measures:
        after = one(measure, tier)
        i, j = NAMES.index(tier), NAMES.index(after)
        if j > i:
            assert measure >= LEVELS[j].up
            assert j == len(LEVELS) - 1 or measure < LEVELS[j + 1].up
        elif j < i:
            assert j == i - 1
            assert measure < LEVELS[i].down
        else:
            assert i == 0 or measure >= LEVELS[i].down
            assert i == len(LEVELS) - 1 or measure < LEVELS[i + 1].up
        tier = after


@given(st.integers(1, 2), st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=50))
def test_no_walk_within_the_band_ever_flips_a_tier(i, steps):
    low, high = LEVELS[i].down, LEVELS[i + 1].up
    tier = NAMES[i]
    for step in steps:
        tier = one(low + step * (high - low) * 0.999, tier)
        assert tier == NAMES[i]


def test_without_hysteresis_the_same_walk_would_flip():
    sharp = [Tier("basic", 0, 0), Tier("silver", 100, 100)]
    walk, tier, seen = [99, 101, 99, 101], "basic", []
    for measure in walk:
        tier = assign_tiers([measure], sharp, [tier])[0]
        seen.append(tier)
    assert seen == ["basic", "silver", "basic", "silver"]


@pytest.mark.parametrize(
    ("tiers", "said"),
    [
        ([], "at least one"),
        ([Tier("a", 0, 0), Tier("a", 1, 1)], "name of its own"),
        ([Tier("a", 0, 1)], "down"),
        ([Tier("a", 5, 0), Tier("b", 5, 1)], "lowest level first"),
        ([Tier("a", 5, 3), Tier("b", 6, 1)], "lowest level first"),
    ],
)
def test_tiers_that_cannot_be_climbed_are_refused(tiers, said):
    with pytest.raises(ConfigError, match=said):
        check_tiers(tiers)


def test_the_last_review_is_found_by_customer():
    assert previous_tiers(pd.Series(["1", "2"]), {"2": "gold", "9": "top"}) == [None, "gold"]


def test_the_first_rule_that_fits_names_the_persona():
    table = pd.DataFrame({"customer_id": ["a", "b", "c", "d"], "x": [1.0, 5, 9, np.nan], "y": [0.0, 1, 1, 1]})
    rules = [Rule("big", {"x": (5, None)}), Rule("busy", {"y": (1, 1)}), Rule("small", {"x": (None, 1), "y": (0, 0)})]
    assert personas_by_rules(table, rules).tolist() == ["small", "big", "big", "busy"]
    assert personas_by_rules(table, rules[:1]).tolist() == [OTHERS, "big", "big", OTHERS]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([Rule("a", {"z": (1, None)})], "no number is called z"),
        ([Rule("a", {"customer_id": (1, None)})], "no number is called customer_id"),
        ([Rule("a"), Rule("a")], "name of its own"),
        ([Rule(OTHERS)], "name of its own"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules, said):
    table = pd.DataFrame({"customer_id": ["a"], "x": [1.0]})
    with pytest.raises(ConfigError, match=said):
        personas_by_rules(table, rules)


def blobs(n: int, centres: list[tuple[float, float, float]], spread: float) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(2)
    which = np.arange(n) % len(centres)
    logs = np.array(centres)[which] + random.normal(0, spread, (n, 3))
    return pd.DataFrame(np.expm1(logs), columns=["days_since_last", "purchase_days", "spend_total"]), which


def test_clusters_that_are_there_are_found_again():
    table, truth = blobs(600, [(2, 3, 7), (5, 1, 3), (3, 1, 5)], 0.15)
    found = personas_by_clusters(table, clusters=3, resamples=8)
    assert found.stability > 0.99
    assert "found again" in found.sentence
    assert pd.crosstab(found.personas, truth).gt(0).to_numpy().sum() == 3
    assert found.centres["persona"].tolist() == ["cluster 1", "cluster 2", "cluster 3"]
    assert found.centres["spend_total"].is_monotonic_decreasing
    assert found.centres["customers"].tolist() == [200, 200, 200]
    assert set(found.personas[truth == 0]) == {"cluster 1"}
    again = personas_by_clusters(table, clusters=3, resamples=8)
    assert again.personas.tolist() == found.personas.tolist()
    assert again.stability == found.stability


def test_the_order_of_rows_moves_nobody_to_another_cluster():
    table, _ = blobs(400, [(3, 3, 3)], 0.5)  # no clusters to find, so that starts and draws decide
    other = table.sample(frac=1, random_state=1)
    here, there = (personas_by_clusters(t, clusters=4, resamples=3, least_stability=0.0) for t in (table, other))
    assert there.personas[np.argsort(other.index)].tolist() == here.personas.tolist()
    assert (there.stability, there.lowest) == (here.stability, here.lowest)
    pd.testing.assert_frame_equal(there.centres, here.centres)


def test_clusters_of_noise_are_refused_with_the_figure():
    table, _ = blobs(400, [(3, 3, 3)], 0.5)
    found = personas_by_clusters(table, clusters=6, resamples=8)
    assert found.personas is None
    assert found.stability < 0.8
    assert f"{found.stability:.2f}" in found.sentence
    assert "refused" in found.sentence
    assert personas_by_clusters(table, clusters=6, resamples=8, least_stability=0.1).personas is not None


def test_too_few_customers_for_clusters():
    table, _ = blobs(25, [(3, 3, 3)], 0.5)
    with pytest.raises(NotEnoughDataError, match="need 30"):
        personas_by_clusters(table, clusters=3)


def test_a_log_without_amounts_is_clustered_on_the_rest():
    table, truth = blobs(300, [(2, 3, 7), (5, 1, 3)], 0.15)
    found = personas_by_clusters(table.assign(spend_total=np.nan), clusters=2, resamples=5)
    assert set(found.personas[truth == 0]) == {"cluster 1"}
