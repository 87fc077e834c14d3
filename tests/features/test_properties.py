"""What must not change a feature by one bit: the future, what became known later, order, copies, unused columns."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.data import Columns, Rules, Source, read_purchases, read_tables
from holdfast.features import Cutoff, build_features
from tests.features.beside import awkward_tables, log_of, source
from tests.features.test_build import COLUMNS, awkward_log, bits

CUTOFF = Cutoff(date(2023, 3, 1), 60)
NOW = CUTOFF.date.isoformat()
PURCHASES = awkward_log(seed=11, customers=30)
TABLES = awkward_tables(PURCHASES["customer_id"].unique().tolist(), seed=4)
# The time a row exists from, and the times at which more of it becomes known, with the values known only then.
EXISTS = {
    "visits": "visited_at",
    "tickets": "opened_at",
    "contacts": "sent_at",
    "surveys": "asked_at",
    "customers": "known_at",
}
LATER = {
    "tickets": {"closed_at": []},
    "contacts": {"opened_at": [], "converted_at": []},
    "surveys": {"answered_at": ["score"]},
}


def built(purchases: pd.DataFrame = PURCHASES, tables: dict[str, pd.DataFrame] = TABLES) -> bytes:
    return bits(build_features(log_of(purchases, tables, max_reject_share=0.2).connection, CUTOFF))


EXPECTED = built()


def changed_future(table: pd.DataFrame, time: str, change: str, random: np.random.Generator) -> pd.DataFrame:
    """Drop, add, or alter rows of the future (on or after the cutoff); the past stays."""
    future = (table[time] >= NOW).fillna(value=False).to_numpy(dtype=bool)
    if change == "drop":
        return table[~future | (random.random(len(table)) < 0.5)]
    if change == "clear":
        return table[~future]
    past = table[~future & table[time].notna()]
    if change == "add":
        copies = past.sample(min(20, len(past)), random_state=int(random.integers(1 << 30)))
        day = str(np.datetime64(NOW) + random.integers(0, 2))
        moved = copies.assign(**dict.fromkeys([c for c in copies.columns if c.endswith("_at")], day))
        if time == "known_at":  # what became known of a customer on one day is one line
            moved = moved.drop_duplicates("customer_id")
        return pd.concat([table, moved], ignore_index=True)
    shuffled = table[future].apply(lambda c: c.sample(frac=1, random_state=3).to_numpy() if c.name != time else c)
    return pd.concat([table[~future], shuffled.assign(**_kept_in_order(table[future], time))], ignore_index=True)


def _kept_in_order(rows: pd.DataFrame, time: str) -> dict[str, pd.Series]:
    """Later times stay with their row: one before its own beginning would be refused while reading."""
    return {name: rows[name] for name in rows.columns if name.endswith("_at") and name != time}


def changed_knowledge(name: str, table: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Alter what became known of a past row on or after the cutoff: when, what, and whether at all."""
    changed = table.copy()
    for time, values in LATER.get(name, {}).items():
        late = (table[time] >= NOW).fillna(value=False).to_numpy(dtype=bool)
        gone = late & (random.random(len(table)) < 0.5)
        changed.loc[late, time] = "2024-06-01"
        for value in values:
            changed.loc[late, value] = 7.7
        if name != "surveys":  # a score without a time is taken to be of the day of asking
            changed.loc[gone, time] = None
        else:
            changed.loc[gone, values] = None
    return changed


@given(
    seed=st.integers(0, 10_000),
    change=st.sampled_from(["drop", "clear", "add", "alter"]),
    name=st.sampled_from(list(EXISTS)),
)
@settings(max_examples=40, deadline=None)
def test_rows_of_the_future_change_no_bit(seed, change, name):
    tables = {**TABLES, name: changed_future(TABLES[name], EXISTS[name], change, np.random.default_rng(seed))}
    assert len(tables[name]) != len(TABLES[name]) or change == "alter" or not len(tables[name])
    assert built(tables=tables) == EXPECTED


@given(seed=st.integers(0, 10_000), change=st.sampled_from(["drop", "clear", "add", "alter"]))
@settings(max_examples=10, deadline=None)
def test_purchases_of_the_future_change_no_bit(seed, change):
    changed = changed_future(PURCHASES, "ordered_at", change, np.random.default_rng(seed))
    assert built(purchases=changed) == EXPECTED


@pytest.mark.parametrize("name", list(LATER))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_became_known_later_changes_no_bit(name, seed):
    changed = changed_knowledge(name, TABLES[name], np.random.default_rng(seed))
    assert not changed.equals(TABLES[name])
    assert built(tables={**TABLES, name: changed}) == EXPECTED


@pytest.mark.parametrize("name", list(EXISTS))
def test_a_row_of_the_day_before_does_change_something(name):
    """The tests above could not pass because features do not look."""
    table = TABLES[name]
    row = table[(table[EXISTS[name]] < NOW) & table["customer_id"].isin(PURCHASES["customer_id"])].head(1)
    times = {c: "2023-02-28" for c in row.columns if c.endswith("_at")}
    added = pd.concat([table, row.assign(**times, **({"arm": "A"} if name == "contacts" else {}))], ignore_index=True)
    assert built(tables={**TABLES, name: added}) != EXPECTED


@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_the_order_of_rows_changes_no_bit(seed):
    tables = {name: table.sample(frac=1, random_state=seed) for name, table in TABLES.items()}
    assert built(PURCHASES.sample(frac=1, random_state=seed), tables) == EXPECTED


def test_columns_that_are_not_used_change_no_bit():
    tables = {name: table.assign(note=range(len(table))) for name, table in TABLES.items()}
    assert built(PURCHASES.assign(note="x"), tables) == EXPECTED


def test_the_same_files_twice_change_no_bit_where_copies_are_dropped(tmp_path):
    def write(name: str, table: pd.DataFrame) -> list[str]:
        paths = [tmp_path / f"{name}_{i}.csv" for i in (1, 2)]
        for path in paths:
            table.to_csv(path, index=False)
        return [str(p) for p in paths]

    def bits_of(copies: int) -> bytes:
        columns = Columns(**{c: getattr(COLUMNS, c) for c in COLUMNS.mapped()})
        rules = Rules(duplicates="drop")
        log = read_purchases(Source(write("purchases", PURCHASES)[:copies], columns, rules=rules))
        sources = {}
        for name, table in TABLES.items():
            given = source(name, table, duplicates="drop", max_reject_share=0.2)
            sources[name] = type(given)(
                write(name, table)[:copies], given.columns, duplicates="drop", max_reject_share=0.2
            )
        read_tables(log.connection, sources)
        return bits(build_features(log.connection, CUTOFF))

    assert bits_of(2) == bits_of(1)
