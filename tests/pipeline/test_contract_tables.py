"""Tables of contracts and their configurations: what is wrong is named, what teaches nothing too."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from holdfast.contractual.plan import plan_columns, separation
from holdfast.contractual.recipe import training_table
from holdfast.data import simulate_contracts
from holdfast.errors import (
    ConfigError,
    DataError,
    NotEnoughDataError,
)
from holdfast.pipeline import check, due_of, monitor, prepare, score, status_of, train
from tests.pipeline.contracts import SPELLS, config, snapshot


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gone": ["Perhaps"] + ["No"] * 599}, 'line 1, column "gone": neither one of subscriptions.churned_values'),
        ({"price": ["dear"] + ["1"] * 599}, 'line 1, column "price": price must be a number'),
        ({"tenure": ["3"] * 599 + ["-3"]}, 'line 600, column "tenure": tenure must be a number of at least 0'),
        ({"customer_id": ["same"] * 600}, "customer_id repeats an earlier one"),
        ({"customer_id": [None] + [str(i) for i in range(599)]}, "customer_id is blank"),
        ({"eligible": ["x"] * 600}, 'the column "eligible" needs another name'),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column_without_its_value(tmp_path, change, said):
    with pytest.raises(DataError) as error:
        prepare(config(tmp_path, "snapshot"), subscriptions=snapshot().assign(**change))
    assert said in str(error.value)
    assert "Perhaps" not in str(error.value)
    assert "dear" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"started_at": "01/02/2023"}, 'column "started_at": not an ISO 8601 date'),
        ({"ended_at": "2001-01-01"}, 'column "ended_at": the contract ends before it starts'),
        ({"customer_id": None}, "customer_id is blank"),
        ({"renewals": 1}, 'the column "renewals" needs another name'),
    ],
)
def test_wrong_spells_are_refused(tmp_path, change, said):
    table = simulate_contracts(50).spells.assign(**change)
    with pytest.raises(DataError) as error:
        prepare(config(tmp_path, "spells"), subscriptions=table)
    assert said in str(error.value)


def test_a_planted_copy_of_the_label_is_caught_and_named(tmp_path):
    table = snapshot()
    leaking = table.assign(closed_at=np.where(table["gone"] == "Yes", "2024-01-01", None))
    prepared = prepare(config(tmp_path, "snapshot"), subscriptions=leaking)
    assert 'leak alarm: "closed_at"' in check(prepared).problem
    with pytest.raises(DataError, match='leak alarm: "closed_at"'):
        train(prepared)
    for key in ("ignore", "trusted"):
        changed = config(tmp_path, "snapshot", **{f"subscriptions__{key}": ["closed_at"]})
        assert check(prepare(changed, subscriptions=leaking)).problem == ""


def test_an_attribute_of_spells_that_was_written_afterwards_is_caught(tmp_path):
    table = simulate_contracts(600, seed=3).spells
    ends = table.groupby("customer_id")["ended_at"].transform("last")
    leaking = table.assign(status=np.where(table["end_reason"].notna(), "closed", "open"), ends=ends)
    found = check(prepare(config(tmp_path, "spells"), subscriptions=leaking))
    assert "leak alarm" in found.problem


def test_a_reason_that_only_some_leavers_have_is_caught(tmp_path):
    table = simulate_contracts(600, seed=3).spells
    last = table["ended_at"].notna() & (table.groupby("customer_id").cumcount(ascending=False) == 0)
    some = last & (np.arange(len(table)) % 3 == 0)
    leaking = table.assign(code=pd.Series(np.where(some, "Price", None), dtype="str"))
    told = 'leak alarm: "code": filled only where the contract has ended'
    assert told in check(prepare(config(tmp_path, "spells"), subscriptions=leaking)).problem
    for key in ("ignore", "trusted"):
        changed = config(tmp_path, "spells", **{f"subscriptions__{key}": ["code"]})
        assert check(prepare(changed, subscriptions=leaking)).problem == ""


def test_a_fixed_term_that_lies_ahead_is_no_leak(tmp_path):
    table = simulate_contracts(3000, seed=3).spells
    number = table["customer_id"].str[-3:].astype(int)
    stays = table["ended_at"].isna().groupby(table["customer_id"]).transform("any")
    table = table[stays | (number % 30 < 2)]
    even = number[table.index] % 2 == 0
    planned = (pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(len(table)) % 365, unit="D")).strftime("%Y-%m-%d")
    ends = np.where(even & table["ended_at"].isna(), planned, table["ended_at"].to_numpy(dtype=object))
    terms = table.assign(ended_at=ends, form=np.where(even, "fixed", "rolling"))
    # Contracts of both forms ended as often; with all that is planned, every fixed one has ended.
    assert check(prepare(config(tmp_path, "spells"), subscriptions=terms)).problem == ""


def test_a_notice_that_is_cleared_when_it_takes_effect_does_not_teach_that_its_customers_stay(tmp_path):
    table = simulate_contracts(600, seed=3).spells
    runs = np.flatnonzero(table["ended_at"].isna())
    noticed = np.isin(np.arange(len(table)), runs[::12])
    flagged = table.assign(cancel_at_period_end=np.where(noticed, "true", "false"))
    prepared = prepare(config(tmp_path, "spells"), subscriptions=flagged)
    columns = check(prepared).columns
    assert columns["running"] == {"cancel_at_period_end": noticed.sum()}
    assert "cancel_at_period_end" not in columns["used"]
    train(prepared)
    told = [note for note in score(prepared).notes if "those that still run" in note]
    assert told[0].startswith(
        f"Not used, hardly any contract has it but those that still run: cancel_at_period_end ({noticed.sum()})."
    )
    trusted = config(tmp_path, "spells", subscriptions__trusted=["cancel_at_period_end"])
    assert check(prepare(trusted, subscriptions=flagged)).columns["running"] == {}
    # What is agreed when a contract begins says no notice, nor does what many have.
    agreed = table.assign(cancellation_policy=np.where(noticed, "two years", "any month"))
    assert check(prepare(config(tmp_path, "spells"), subscriptions=agreed)).columns["running"] == {}
    many = table.assign(auto_renew=np.where(np.isin(np.arange(len(table)), runs[::3]), "yes", "no"))
    assert check(prepare(config(tmp_path, "spells"), subscriptions=many)).columns["running"] == {}
    # The same by chance, on contracts that ended as well, teaches as any other column does.
    honest = table.assign(cancel_at_period_end=np.where(np.arange(len(table)) % 8 == 0, "true", "false"))
    assert "cancel_at_period_end" in check(prepare(config(tmp_path, "spells"), subscriptions=honest)).columns["used"]


def test_where_plan_and_tenure_do_better_the_column_that_did_not_hold_is_named(tmp_path):
    table = simulate_contracts(600, seed=3).spells
    last = table.groupby("customer_id")["ended_at"].transform("last")
    # Said of everybody who had left before the newest window, and trusted: of those who are left it knows nothing.
    gone = (last < "2023-09-01") & table.groupby("customer_id")["ended_at"].transform(lambda ends: ends.notna().all())
    said = table.assign(state=np.where(gone, "said no", "said nothing"))
    trained = train(prepare(config(tmp_path, "spells", subscriptions__trusted=["state"]), subscriptions=said))
    (floor,) = [c for c in trained.verdict.checks if c.name == "no worse than the rule of plan and tenure"]
    assert floor.passed is False
    assert floor.advice.startswith('Without "state" it would have done better: a total or a state of the day')


def test_a_total_up_to_the_end_does_not_teach(tmp_path):
    table = simulate_contracts(600, seed=3).spells
    until = pd.to_datetime(table["ended_at"]).fillna(pd.Timestamp("2023-11-01"))
    paid = ((until - pd.to_datetime(table["started_at"])).dt.days / 30).round() * 9.0
    total = paid.groupby(table["customer_id"]).transform("sum") + np.arange(len(table)) % 7
    prepared = prepare(config(tmp_path, "spells"), subscriptions=table.assign(revenue=total))
    columns = check(prepared).columns
    assert columns["totals"] == ["revenue"]
    assert "revenue" not in columns["used"]
    train(prepared)
    said = "Not used, the longer a contract came to last the larger it is, so it knows what was still to come: revenue."
    assert said in score(prepared).notes
    # Agreed for the whole of it: as large for a contract that has just begun.
    runs = table["ended_at"].isna().groupby(table["customer_id"]).transform("any").to_numpy()
    agreed = np.where(runs, 40.0 + (np.arange(len(table)) * 53) % 400, total)
    assert check(prepare(config(tmp_path, "spells"), subscriptions=table.assign(loan=agreed))).columns["totals"] == []
    # Known when the contract began: a term lasts as long as it says, and hours of use do not tell.
    term = table.groupby("customer_id")["started_at"].transform("count").clip(upper=12)
    assert check(prepare(config(tmp_path, "spells"), subscriptions=table.assign(term=term))).columns["totals"] == []


def exported_later(table):
    """A state as of an export a year after the as-of date: most who will end have ended after the newest window."""
    runs = table["ended_at"].isna().groupby(table["customer_id"]).transform("any")
    return table.assign(state=np.where(runs, "active", "expired"))


def test_a_state_of_the_export_is_caught_although_most_contracts_ended_after_the_windows(tmp_path):
    whole = exported_later(simulate_contracts(600, seed=3).spells)
    early = config(tmp_path, "spells", as_of="2023-03-01")
    found = check(prepare(early, subscriptions=whole))
    assert 'leak alarm: "state"' in found.problem
    # Of the windows alone it tells far from all: they are not what gives it away.
    windows = plan_columns(*_rows(prepare(early, subscriptions=whole)))
    assert "state" in windows.used
    assert separation(*_state(prepare(early, subscriptions=whole))) < 0.95
    with pytest.raises(DataError, match=r"subscriptions\.ignore"):
        train(prepare(early, subscriptions=whole))
    for key in ("ignore", "trusted"):
        told = config(tmp_path, "spells", as_of="2023-03-01", **{f"subscriptions__{key}": ["state"]})
        assert check(prepare(told, subscriptions=whole)).problem == ""
    assert check(prepare(early, subscriptions=whole.drop(columns="state"))).problem == ""


def _rows(prepared):
    table = training_table(prepared.contracts, prepared.contracts.cutoff)
    return table.features[["state"]], table.churned


def _state(prepared):
    features, churned = _rows(prepared)
    return features["state"], "category", churned


def test_a_number_of_each_contract_is_an_identifier_though_a_customer_has_several_rows(tmp_path):
    table = simulate_contracts(600, seed=3).spells
    numbered = table.assign(contract_no=[f"sub_{i:05d}" for i in range(len(table))])
    found = check(prepare(config(tmp_path, "spells"), subscriptions=numbered))
    assert found.problem == ""
    assert found.columns["identifiers"] == ["contract_no"]


def test_the_advice_about_a_plan_that_tells_the_end_works(tmp_path):
    table = exported_later(simulate_contracts(600, seed=3).spells).drop(columns="plan")
    columns = {**{name: name for name in SPELLS}, "plan": "state"}
    given = config(tmp_path, "spells", subscriptions__columns=columns)
    said = check(prepare(given, subscriptions=table)).problem
    assert 'leak alarm: "state"' in said
    assert "under subscriptions.ignore, and take subscriptions.columns.plan out of the configuration" in said
    columns.pop("plan")
    followed = config(tmp_path, "spells", subscriptions__columns=columns, subscriptions__ignore=["state"])
    assert check(prepare(followed, subscriptions=table)).problem == ""


@pytest.mark.parametrize("forever", ["9999-12-31", "31.12.9999", "2999-12-31 00:00:00", "99991231"])
def test_an_end_in_the_far_future_is_no_end(tmp_path, forever):
    table = simulate_contracts(200, seed=3).spells
    formats = {"31.12.9999": "%d.%m.%Y", "99991231": "%Y%m%d"}.get(forever)
    dated = table
    if formats is not None:
        written = {
            name: table[name].map(lambda d: pd.Timestamp(d).strftime(formats), na_action="ignore")
            for name in ("started_at", "ended_at")
        }
        dated = table.assign(**written)
    given = config(tmp_path, "spells", **({"subscriptions__date_format": formats} if formats else {}))
    blank = prepare(given, subscriptions=dated).contracts.spells.frame
    filled = prepare(given, subscriptions=dated.assign(ended_at=dated["ended_at"].fillna(forever)))
    pd.testing.assert_frame_equal(filled.contracts.spells.frame, blank)
    with pytest.raises(DataError, match='column "started_at"'):
        prepare(given, subscriptions=dated.assign(started_at=forever))


def test_texts_among_numbers_are_the_users_to_decide(tmp_path):
    table = snapshot()
    odd = table.assign(hours=table["hours"].astype(str).where(table.index > 5, "n/a"))
    assert '"hours"' in check(prepare(config(tmp_path, "snapshot"), subscriptions=odd)).problem
    told = config(tmp_path, "snapshot", subscriptions__missing_values=["n/a"])
    prepared = prepare(told, subscriptions=odd)
    assert check(prepared).problem == ""
    assert prepared.account["blank_cells"] == {"hours": 6}


@pytest.mark.parametrize(("gone", "said"), [("No", "0 of 600 churned"), ("Yes", "600 of 600 churned")])
def test_one_outcome_alone_teaches_nothing(tmp_path, gone, said):
    prepared = prepare(config(tmp_path, "snapshot"), subscriptions=snapshot().assign(gone=gone))
    assert said in check(prepared).problem
    with pytest.raises(NotEnoughDataError, match="at least 20"):
        train(prepared)


def test_spells_that_are_too_short_teach_nothing(tmp_path):
    early = config(tmp_path, "spells", as_of="2022-02-15")
    prepared = prepare(early, subscriptions=simulate_contracts(300).spells)
    assert "No outcome window was over by 2022-02-15" in check(prepared).problem
    nobody = prepare(config(tmp_path, "spells", as_of="2021-02-15"), subscriptions=simulate_contracts(300).spells)
    with pytest.raises(NotEnoughDataError):
        train(nobody)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"subscriptions__columns": {"label": "gone", "started_at": "s"}}, "and not both"),
        ({"subscriptions__columns": {"started_at": "s"}}, "needs customer_id, started_at and ended_at"),
        ({"subscriptions__churned_values": ["no"]}, "'?no'? means both"),
        ({"as_of": "end_of_data"}, "a table with a label has no days of its own"),
    ],
)
def test_a_configuration_that_contradicts_itself_is_refused(tmp_path, change, said):
    with pytest.raises(ConfigError, match=said):
        config(tmp_path, "snapshot", **change)


def test_contracts_read_to_the_end_of_their_data(tmp_path):
    moving = config(tmp_path, "spells", as_of="end_of_data")
    spells = simulate_contracts(300).spells
    newest = pd.to_datetime(spells["started_at"]).max().date()
    assert prepare(moving, subscriptions=spells).moment == (newest + timedelta(days=1)).isoformat()
    # What is sold ahead says nothing of how far the table reaches; nor does an end.
    ahead = spells.iloc[-1:].assign(customer_id="ahead", started_at="2199-01-01", ended_at="2199-02-01")
    assert prepare(moving, subscriptions=pd.concat([spells, ahead])).moment == (newest + timedelta(days=1)).isoformat()
    with pytest.raises(DataError, match="no contract began before today; state the day of the export"):
        prepare(moving, subscriptions=ahead)


def test_what_is_due_and_what_is_over_say_that_a_fixed_day_stands_still(tmp_path):
    spells = simulate_contracts(600).spells
    fixed = config(tmp_path, "spells", as_of="2023-09-01")
    shop = prepare(fixed, subscriptions=spells)
    train(shop)
    score(shop)
    (found,) = monitor(shop, today="2023-11-05").judged
    assert found.said == (
        "not over before 2023-10-31; contracts are read as of 2023-09-01: pass --as-of with the day of their export",
    )
    assert due_of(fixed, today="2023-11-05").said[-1].startswith("as_of is the fixed day 2023-09-01: pass --as-of")
    assert status_of(fixed, today="2023-11-05")["tasks"][0]["do"] == "holdfast score --as-of DATE"
    # The advice works, either way: the window is judged, and nothing is due twice.
    for as_of in ("2023-11-05", "end_of_data"):
        later = config(tmp_path, "spells", as_of=as_of)
        found = monitor(prepare(later, subscriptions=spells), today="2023-11-05").judged[0]
        assert [p.what for p in found.promises][:1] == ["churners"]
    assert not due_of(later, today="2023-09-03").said[-1].startswith("as_of is")


def test_columns_that_are_not_there_are_named(tmp_path):
    with pytest.raises(DataError, match=r'no column "plann".*Did you mean "plan"'):
        prepare(
            config(tmp_path, "snapshot", subscriptions__columns={"label": "gone", "plan": "plann"}),
            subscriptions=snapshot(),
        )
    with pytest.raises(ConfigError, match=r"subscriptions\.path is missing"):
        prepare(config(tmp_path, "snapshot"))


def test_without_prices_the_list_is_ranked_by_risk(tmp_path):
    columns = {"label": "gone", "plan": "plan"}
    bare = config(
        tmp_path,
        "snapshot",
        subscriptions={"columns": columns, "ignore": ["customer_id", "tenure", "price"], "decimal": ","},
    )
    table = snapshot().assign(hours=lambda t: t["hours"].astype(str).str.replace(".", ","))
    prepared = prepare(bare, subscriptions=table)
    trained = train(prepared)
    assert {n.name for n in trained.scorer.churn.encoder.numbers} == {"hours"}
    scored = score(prepared)
    assert scored.high_value is None
    assert scored.at_risk["p_churn"].is_monotonic_decreasing
    assert any("price and tenure not known" in note for note in scored.notes)
    assert any("No retention curve: tenure is not known" in note for note in scored.notes)
