"""Features against an independent computation in plain Python, and against time."""

import statistics
import weakref
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.churn import definition
from holdfast.data import Columns, Engine, Source, customers_seen, read_purchases
from holdfast.features import FAMILIES, FEATURES, Cutoff, build_features, build_outcomes, feature_sql, unportable
from holdfast.features.beside import FACTS, shown_sql
from holdfast.features.build import features_of, purchase_days_sql
from holdfast.features.outcome import outcome_sql

COLUMNS = Columns("customer_id", "ordered_at", "amount", "quantity", None, "order_id", "product_id")
EPOCH = date(1970, 1, 1)


def awkward_log(seed: int = 5, customers: int = 120) -> pd.DataFrame:
    """Returns, zero lines, several lines and orders a day, missing products, accents."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(customers):
        name = f"{i:04d}" if i % 3 else f"é{i}"
        for _ in range(random.integers(1, 30)):
            day = date(2022, 1, 1) + timedelta(days=int(random.integers(0, 700)))
            for _ in range(random.integers(1, 4)):
                amount = round(float(random.normal(20, 15)), 2) if random.random() < 0.9 else 0.0
                product = None if random.random() < 0.1 else f"p{random.integers(0, 20)}"
                rows.append(
                    (name, day.isoformat(), amount, int(random.integers(-2, 9)), str(random.integers(0, 99)), product)
                )
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount", "quantity", "order_id", "product_id"])


def build(frame: pd.DataFrame, cutoff: Cutoff) -> pd.DataFrame:
    return build_features(read_purchases(Source(frame, COLUMNS)).connection, cutoff)


def within(days: list[date], cutoff: date, n: int) -> list[int]:
    return [i for i, day in enumerate(days) if (cutoff - day).days <= n]


def of(x: float | None, y: float | None) -> float | None:
    return None if x is None or not y else x / y


BESIDE = ("visits", "tickets", "contacts", "surveys", "customers")
OF_PURCHASES = [f for name, family in FAMILIES.items() if name not in BESIDE for f in family]


def of_products(lines: pd.DataFrame, cutoff: date) -> dict[str, float | None]:
    named = lines[lines["product_id"].notna()]
    if named.empty:
        return dict.fromkeys(("product_top_share", "product_concentration", "products_again_share", "products_new_90d"))
    bought = named[named["amount"] > 0]
    counts = bought["product_id"].value_counts()
    days = bought.groupby("product_id")["ordered_at"].agg(["min", "max"])
    shares = counts / counts.sum()
    return {
        "product_top_share": shares.max() if len(counts) else None,
        "product_concentration": (shares**2).sum() if len(counts) else None,
        "products_again_share": (days["min"] < days["max"]).mean() if len(counts) else None,
        "products_new_90d": int((days["min"] >= (cutoff - timedelta(days=90)).isoformat()).sum()),
    }


def of_calendar(days: list[date], cutoff: date) -> dict[str, float | None]:
    coming = [((day - cutoff).days % 365) < 90 for day in days]
    weekdays = pd.Series([d.weekday() for d in days]).value_counts()
    return {
        "season_share": sum(coming) / len(days) if (cutoff - days[0]).days >= 365 else None,
        "days_since_anniversary": (cutoff - days[0]).days % 365,
        "weekday_share": weekdays.max() / len(days),
    }


def silence(days: pd.Series, cutoff: date) -> int | None:
    return (cutoff - date.fromisoformat(days.max())).days if len(days) else None


def netted(lines: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """By day what it was worth by itself, and less what came back later, in cents: a second time, from the rule."""
    lines = lines.assign(cents=(lines["amount"] * 100).round().astype(int))
    baskets = lines.groupby(["ordered_at", "order_id"])["cents"].sum()
    bought: list[list] = []
    own: dict[str, int] = {}
    for day, today in baskets.groupby(level=0):
        bought += [[day, order, cents, cents] for (_, order), cents in today.items() if cents > 0]
        back = [[order, -cents] for (_, order), cents in today.items() if cents < 0]
        for named in (True, False):
            for due in back:
                for purchase in reversed(bought):
                    if not named or purchase[1] == due[0]:
                        taken = min(due[1], purchase[3])
                        due[1], purchase[3] = due[1] - taken, purchase[3] - taken
        # What found nothing stays on its day; what is left of today's purchases is what today is worth by itself.
        own[day] = sum(p[3] for p in bought if p[0] == day) - sum(cents for _, cents in back)
    return {day: (worth, sum(p[3] for p in bought if p[0] == day)) for day, worth in own.items()}


def in_plain_python(frame: pd.DataFrame, cutoff: date) -> dict[str, dict[str, float | None]]:
    """The same features, a second time, from their definitions."""
    past = frame[frame["ordered_at"] < cutoff.isoformat()]
    answers = {}
    for who, lines in past.groupby("customer_id"):
        per_day = lines.groupby("ordered_at").agg(n=("amount", "size"), pieces=("quantity", "sum"))
        worth = netted(lines)
        per_day["own"], per_day["cents"] = zip(*(worth[d] for d in per_day.index), strict=True)
        per_day = per_day[per_day["own"] > 0]
        if per_day.empty:
            continue
        days = [date.fromisoformat(d) for d in per_day.index]
        spend = [c / 100 for c in per_day["cents"]]
        gaps = [(b - a).days for a, b in pairwise(days)]
        since, tenure = (cutoff - days[-1]).days, (cutoff - days[0]).days - 1
        late = sum(2 * (d - days[0]).days > tenure for d in days[1:])
        returned = lines[lines["amount"] < 0]
        n, mean = len(days), sum(spend) / len(days)
        gap_mean = statistics.fmean(gaps) if gaps else None
        gap_sd = statistics.stdev(gaps) if len(gaps) > 1 else None
        products, orders = lines.loc[lines["amount"] > 0, "product_id"].nunique(), lines["order_id"].nunique()
        answers[str(who)] = {
            "days_since_last": since, "purchase_days": n, "frequency": n - 1,
            "recency": (days[-1] - days[0]).days, "tenure": tenure,
            "purchases_per_year": n * 365 / (tenure + 1), "recency_share": of((days[-1] - days[0]).days, tenure),
            **{f"purchase_days_{d}d": len(within(days, cutoff, d)) for d in (30, 60, 90, 180, 365)},
            "spend_total": sum(spend), "spend_mean": mean,
            "spend_deviation": statistics.stdev(spend) if n > 1 else None, "spend_max": max(spend),
            "spend_first": spend[0], "spend_last": spend[-1],
            **{f"spend_{d}d": sum(spend[i] for i in within(days, cutoff, d)) for d in (90, 365)},
            "spend_last_to_mean": of(spend[-1], mean),
            "gap_mean": gap_mean, "gap_median": statistics.median(gaps) if gaps else None, "gap_deviation": gap_sd,
            "gap_max": max(gaps, default=None), "gap_min": min(gaps, default=None),
            "gap_last": gaps[-1] if gaps else None, "gap_variation": of(gap_sd, gap_mean),
            "silence_to_gap_mean": of(since, gap_mean),
            "silence_to_gap_median": of(since, statistics.median(gaps)) if gaps else None,
            "silence_to_gap_max": of(since, max(gaps)) if gaps else None,
            "late_purchases": late, "late_share": of(late, n - 1),
            "gap_last_to_mean": of(gaps[-1], gap_mean) if gaps else None,
            "recent_to_usual_rate": len(within(days, cutoff, 90)) * (tenure + 1) / (90 * n),
            "purchases_same_season": len(within(days, cutoff, 365)) - len(within(days, cutoff, 275)),
            "lines_per_purchase": per_day["n"].sum() / n, "orders": orders,
            "pieces_per_purchase": per_day["pieces"].sum() / n, "products": products,
            "products_per_order": products / orders, "spend_per_piece": of(sum(spend), per_day["pieces"].sum()),
            "weekend_share": sum(d.weekday() >= 5 for d in days) / n,
            "return_lines": len(returned), "return_share": len(returned) / len(lines),
            "days_since_return": silence(returned["ordered_at"], cutoff),
            **of_products(lines, cutoff), **of_calendar(days, cutoff),
        }  # fmt: skip
    return answers


@pytest.mark.parametrize("as_of", [date(2022, 3, 1), date(2023, 6, 15), date(2025, 1, 1)])
def test_every_feature_equals_a_second_computation(as_of):
    frame = awkward_log()
    built = build(frame, Cutoff(as_of, 60)).set_index("customer_id")
    expected = pd.DataFrame.from_dict(in_plain_python(frame, as_of), orient="index")
    assert sorted(built.index) == sorted(expected.index)
    assert set(expected.columns) == {f.name for f in OF_PURCHASES}
    for feature in OF_PURCHASES:
        np.testing.assert_allclose(
            built[feature.name].to_numpy(),
            expected.loc[built.index, feature.name].astype(float).to_numpy(),
            rtol=1e-9, atol=1e-9, err_msg=feature.name,
        )  # fmt: skip


def bits(features: pd.DataFrame) -> bytes:
    return features.to_csv(index=False, float_format="%.17g").encode()


@given(seed=st.integers(0, 10_000), change=st.sampled_from(["drop", "add", "alter"]))
@settings(max_examples=15, deadline=None)
def test_nothing_after_the_cutoff_changes_one_bit(seed, change):
    cutoff = Cutoff(date(2023, 3, 1), 60)
    frame = awkward_log(seed=11, customers=30)
    later = frame["ordered_at"] >= "2023-03-01"
    random = np.random.default_rng(seed)
    if change == "drop":
        changed = frame[~later | (random.random(len(frame)) < 0.5)]
    elif change == "add":
        extra = frame[~later].sample(40, random_state=seed).assign(ordered_at="2023-03-01", amount=999.0)
        changed = pd.concat([frame, extra])
    else:
        changed = frame.assign(amount=frame["amount"].where(~later, random.normal(0, 1e5, len(frame)).round(2)))
    assert bits(build(changed, cutoff)) == bits(build(frame, cutoff))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_the_order_of_rows_changes_nothing(seed):
    cutoff, frame = Cutoff(date(2023, 3, 1), 60), awkward_log(seed=11, customers=30)
    assert bits(build(frame.sample(frac=1, random_state=seed), cutoff)) == bits(build(frame, cutoff))


def test_threads_change_nothing():
    frame, cutoff = awkward_log(customers=400), Cutoff(date(2023, 3, 1), 60)
    built = [
        bits(build_features(read_purchases(Source(frame, COLUMNS), engine=Engine(threads=n)).connection, cutoff))
        for n in (1, 2)
    ]
    assert built[0] == built[1]


def test_outcomes_see_only_their_window_and_align_with_the_features():
    frame = pd.DataFrame(
        [("a", "2024-01-01", 10.0), ("a", "2024-02-09", 5.0), ("a", "2024-02-10", 7.0), ("a", "2024-02-19", 2.5),
         ("a", "2024-02-20", 50.0), ("b", "2024-01-05", 1.0), ("b", "2024-02-12", 4.0), ("b", "2024-02-12", -4.0),
         ("late", "2024-02-15", 9.0), ("returner", "2024-01-01", -3.0)],
        columns=["customer_id", "ordered_at", "amount"],
    )  # fmt: skip
    log = read_purchases(Source(frame, Columns(amount="amount")))
    cutoff = Cutoff(date(2024, 2, 1), horizon_days=10, gap_days=9)
    outcomes = build_outcomes(log.connection, cutoff)
    assert outcomes.to_dict("list") == {
        "customer_id": ["a", "b"], "purchases": [2, 0], "spend": [9.5, 0.0], "churned": [0, 1]
    }  # fmt: skip
    assert build_features(log.connection, cutoff)["customer_id"].tolist() == ["a", "b"]


def test_the_texts_are_portable():
    cutoff = Cutoff(date(2024, 2, 1), 30)
    assert unportable(feature_sql(cutoff)) == []
    assert unportable(feature_sql(cutoff, FACTS)) == []
    assert all(unportable(shown_sql(table, cutoff)) == [] for table in BESIDE)
    assert unportable(outcome_sql(cutoff)) == []
    assert unportable(definition.horizons_sql(cutoff, [30, 60], purchase_days_sql(cutoff), 90)) == []
    assert unportable(customers_seen._EACH) == []
    for text in (definition._SILENCES, definition._SECOND):
        assert unportable(text.format(days=purchase_days_sql(cutoff), cutoff=cutoff.day)) == []


@pytest.mark.parametrize(
    "sql",
    ["SELECT a / b", "AVG(x)", "STDDEV_SAMP(x)", "MEDIAN(x)", "CAST(x AS DOUBLE)", "x // 2", "x::int", 'SELECT "x"',
     "LOG(x)", "2 ^ 3", "CONCAT(a, b)", "ROUND(x)", "QUALIFY 1", "'\\'", "CAST(x AS TEXT)",
     "COUNT(DISTINCT x) OVER ()", "PERCENTILE_CONT(0.5)", "COUNT_IF(x)", "BOOL_OR(x)", "FETCH FIRST 1",
     "COUNT(x) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)", "SUM(x), SUM(CAST(x AS DECIMAL(19,2)))",
     "LEAD(x) OVER w - x", "LEAD(x) OVER w AS following"],
)  # fmt: skip
def test_the_lint_finds_what_engines_compute_differently(sql):
    assert unportable(sql)


@pytest.mark.parametrize(
    "sql", ["COUNT(x) OVER (PARTITION BY y)", "SUM(x) OVER (ORDER BY y ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
            "SUM(CAST(x AS DECIMAL(19,2))), MAX(x)", "CAST(SUM(x) AS DECIMAL(19,2)), SUM(x)"],
)  # fmt: skip
def test_the_lint_lets_pass_what_engines_compute_alike(sql):
    assert unportable(sql) == []


def test_names_units_and_meanings_are_complete_and_unique():
    assert len({f.name for f in FEATURES}) == len(FEATURES)
    assert all(f.unit and f.meaning for f in FEATURES)


def test_a_frame_lets_go_of_the_table_that_an_engine_handed_over():
    numbers = np.arange(4096.0)
    seen = weakref.ref(numbers)
    made = pa.record_batch({"customer_id": [f"{i:05d}" for i in range(4096)], "frequency": pa.array(numbers)})
    handed = pa.RecordBatch._import_from_c_capsule(*made.__arrow_c_array__())  # as DuckDB hands over its own
    frame = features_of(pa.Table.from_batches([handed]))
    del numbers, made, handed
    assert seen() is None, "every number that the engine gave would stay in memory beside the ids"
    assert frame["customer_id"].tolist()[-1] == "04095"
    assert frame["frequency"].tolist()[-1] == 4095.0
