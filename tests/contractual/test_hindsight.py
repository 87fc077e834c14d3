"""Terms of different length: that a short one is over since says nothing, a word written when it ended does."""

import numpy as np
import pandas as pd
import pytest

from holdfast.contractual.plan import plan_columns, separation
from holdfast.contractual.recipe import training_table
from holdfast.pipeline import check, prepare
from tests.pipeline.contracts import config

COLUMNS = {"customer_id": "who", "started_at": "start", "ended_at": "end"}
TODAY = pd.Timestamp("2023-11-01")


def terms(customers: int = 400, seed: int = 1) -> pd.DataFrame:
    """A line per term of 30 or 900 days, most of them renewed; the ends of what runs lie ahead."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(customers):
        days, fee = ((30, 10.0), (900, 199.0))[i % 5 == 0]
        start = pd.Timestamp("2021-06-01") + pd.Timedelta(days=int(random.integers(0, 800)))
        while start < TODAY:
            end = start + pd.Timedelta(days=days)
            rows.append((f"c{i:03}", start.date(), end.date(), days, fee, "closed" if end < TODAY else "open"))
            if random.random() < (0.08 if days == 30 else 0.3):
                break
            start = end
    table = pd.DataFrame(rows, columns=["who", "start", "end", "plan_days", "fee", "state"])
    monthly = table["fee"].where(table["plan_days"] == 30)
    return table.assign(monthly_fee=monthly).astype({"start": "str", "end": "str"})


def problem(tmp_path, table: pd.DataFrame, columns=(), **keys) -> str:
    subscriptions = {f"subscriptions__{key}": value for key, value in keys.items()}
    mapped = {"subscriptions__columns": COLUMNS | dict(columns)}
    given = config(tmp_path, "spells", **mapped, **subscriptions, subscriptions__payment_failure_reasons=[])
    return check(prepare(given, subscriptions=table)).problem


def test_how_long_a_term_lasts_and_what_it_costs_are_known_when_it_begins(tmp_path):
    table = terms().drop(columns="state")
    given = config(tmp_path, "spells", subscriptions__columns=COLUMNS, subscriptions__payment_failure_reasons=[])
    prepared = prepare(given, subscriptions=table)
    rows = training_table(prepared.contracts, prepared.contracts.cutoff)
    column = rows.features["plan_days"]
    # The parts in force seem to be told: each of 30 days has ended since. Who left is not.
    assert max(separation(column, "number", seen.ended) for seen in rows.hindsight) > 0.95
    assert separation(column, "number", rows.churned) < 0.7
    assert check(prepared).problem == ""
    plan = plan_columns(
        rows.features[["plan_days", "fee", "monthly_fee"]],
        rows.churned,
        hindsight=rows.hindsight,
        customers=rows.customers,
    )
    assert (list(plan.used), plan.leaks, plan.afterwards) == (["plan_days", "fee", "monthly_fee"], {}, [])
    assert problem(tmp_path, table, {"plan": "plan_days", "price": "fee"}) == ""


def test_a_word_that_was_written_when_a_term_ended_is_still_caught(tmp_path):
    said = problem(tmp_path, terms())
    assert 'leak alarm: "state" (AUC 1.000) alone tells who churned, so it was probably written afterwards' in said
    assert "plan_days" not in said
    assert problem(tmp_path, terms(), ignore=["state"]) == ""


def test_a_word_that_also_tells_the_length_is_caught(tmp_path):
    table = terms()
    # Closed or expired, by the length of the term; open while it runs, however long.
    length = np.where(table["plan_days"] == 30, "expired", "closed")
    assert '"state"' in problem(tmp_path, table.assign(state=np.where(table["state"] == "open", "open", length)))


def test_all_columns_are_named_at_once_and_may_be_ignored_or_trusted(tmp_path):
    table = terms()
    written = table.assign(grade=table["state"], worth=np.where(table["state"] == "open", 1.0, 2.0)).drop(
        columns=["state", "fee", "monthly_fee", "plan_days"]
    )
    roles = {"plan": "grade", "price": "worth"}
    said = problem(tmp_path, written.assign(also=written["grade"]), roles)
    named = said.partition("leak alarm: ")[2].partition(" each alone tell who churned, so they were probably")[0]
    assert sorted(named.replace(" (AUC 1.000)", "").split(", ")) == ['"also"', '"grade"', '"worth"']
    assert "Put them under subscriptions.ignore, and take subscriptions.columns." in said
    assert said.endswith("out of the configuration; or, if they are known before, under subscriptions.trusted.")
    assert {name for name in ("plan", "price") if f"subscriptions.columns.{name}" in said} == {"plan", "price"}
    assert problem(tmp_path, written, roles, trusted=["grade", "worth"]) == ""
    assert problem(tmp_path, written, ignore=["grade", "worth"]) == ""


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_cell_that_only_short_terms_have_is_no_sign_of_an_end(tmp_path, share):
    table = terms().drop(columns="state")
    some = np.arange(len(table)) < share * len(table)
    assert problem(tmp_path, table.assign(code=np.where(some & (table["plan_days"] == 30), "m", None))) == ""
