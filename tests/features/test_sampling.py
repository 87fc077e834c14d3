"""Some of the customers, and all of them in parts: the same rows as of everybody at once."""

from datetime import date

import pandas as pd
import pytest

from holdfast.data import Columns, Source, TableSource, read_purchases, read_tables
from holdfast.features import (
    CustomerSample,
    Cutoff,
    build_features,
    build_histories,
    build_outcomes,
    feature_batches,
    population,
)
from holdfast.features.histories import build_spends, forget_purchase_days, keep_purchase_days

COLUMNS = Columns("customer_id", "ordered_at", "amount", order_id="order_id")
DAY = date(2024, 3, 1)
CUTOFF = Cutoff(DAY, 60)


@pytest.fixture(scope="module")
def log(shop):
    """The shop, and visits of one customer: in most samples and parts nobody has a visit."""
    found = read_purchases(Source(shop.purchases, COLUMNS))
    one = shop.purchases["customer_id"].iloc[0]
    visits = pd.DataFrame({"customer_id": [one] * 3, "visited_at": ["2024-01-02", "2024-02-03", "2024-02-04"]})
    read_tables(found.connection, {"visits": TableSource(visits, {})})
    return found


@pytest.fixture(scope="module")
def everyone(log):
    return build_features(log.connection, CUTOFF)


def test_everyone_in_parts_is_everyone(log, everyone):
    parts = list(feature_batches(log.connection, CUTOFF, most=700))
    assert len(parts) > 2
    assert max(len(part) for part in parts) <= 700
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), everyone, check_exact=True)
    assert (everyone["visits_30d"] == 0).sum() == len(everyone) - 1, "who has no visit in a log with visits has 0"
    assert population(log.connection, CUTOFF) == len(everyone)


def test_before_anybody_bought_there_is_one_empty_part(log):
    parts = list(feature_batches(log.connection, Cutoff(date(2020, 1, 1), 60), most=700))
    assert [len(part) for part in parts] == [0]
    assert "days_since_last" in parts[0]


def test_a_sample_has_the_rows_that_its_customers_have_among_everyone(log, everyone):
    sample = CustomerSample(log.connection, most=1500)
    for most in (300, 1200):
        some = build_features(sample.reading(DAY, most), CUTOFF)
        # A hash of ids: the number differs by chance, by less than five standard deviations.
        assert abs(len(some) - most) < 5 * most**0.5
        whole = everyone[everyone["customer_id"].isin(some["customer_id"])].reset_index(drop=True)
        pd.testing.assert_frame_equal(some, whole, check_exact=True)
        outcome = build_outcomes(sample.reading(DAY, most), CUTOFF)
        assert outcome["customer_id"].tolist() == some["customer_id"].tolist()


def test_other_days_read_other_customers_and_the_same_day_the_same(shop):
    def ids(day, rows):
        log = read_purchases(Source(rows, COLUMNS))
        sample = CustomerSample(log.connection, most=10_000)
        return set(build_features(sample.reading(day, 300), Cutoff(day, 1))["customer_id"])

    first = ids(DAY, shop.purchases)
    assert ids(DAY, shop.purchases.sample(frac=1, random_state=3)) == first, "the order of lines decides nothing"
    other = ids(date(2024, 2, 1), shop.purchases)
    assert len(first & other) < 0.5 * len(first)


def test_a_small_shop_is_read_whole_and_never_copied(log):
    sample = CustomerSample(log.connection, most=1_000_000)
    assert sample.slice_of(DAY, 900_000) is None
    assert sample.reading(DAY, 900_000) is log.connection


def test_histories_are_those_of_the_features_counted(log, everyone):
    found = build_histories(log.connection, CUTOFF)
    names = ["frequency", "recency", "tenure"]
    counted = everyone.groupby(names).size().reset_index(name="customers").astype(float)
    pd.testing.assert_frame_equal(found, counted.sort_values(names, ignore_index=True), check_exact=True)
    for _ in range(2):
        kept = keep_purchase_days(log.connection)
        for day in (CUTOFF.date, date(2023, 9, 3)):
            cutoff = Cutoff(day, 1)
            pd.testing.assert_frame_equal(
                build_histories(log.connection, cutoff, purchase_days=kept),
                build_histories(log.connection, cutoff),
                check_exact=True,
            )
        forget_purchase_days(log.connection)
    spends = build_spends(log.connection, CUTOFF)
    assert spends["customers"].sum() == len(everyone)
    mean = (spends["spend_mean"] * spends["customers"]).sum() / len(everyone)
    assert mean == pytest.approx(everyone["spend_mean"].mean(), rel=1e-12)
