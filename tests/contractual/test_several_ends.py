"""Contracts whose end stands in several columns: the earliest day that is filled, and none of a term is a notice."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.contractual import OPEN, recipe
from holdfast.contractual.gaps import notes_on_ends_ahead
from holdfast.contractual.notice import ENDS_IN
from holdfast.contractual.table import read_contracts
from holdfast.errors import ConfigError, DataError
from holdfast.features import Cutoff
from holdfast.pipeline import prepare

DAY0 = date(1970, 1, 1)
ROWS = pd.DataFrame(
    [
        ("a", "2023-01-01", "2023-12-31", ""),
        ("b", "2023-02-01", "2024-01-31", "2023-05-01"),
        ("c", "2023-09-01", "2024-08-31", ""),
        ("d", "2023-09-01", "9999-12-31", ""),
        ("e", "2023-09-01", "0000-00-00", "2023-10-10"),
        ("f", "2023-09-01", "2024-08-31", "2024-09-02"),
        ("g", "2023-09-01", "2024-08-31", "2024-06-20"),
    ],
    columns=["who", "from", "expiry", "cut"],
)


def config(ends, rows=ROWS, **columns):
    named = {"customer_id": "who", "started_at": "from", "ended_at": ends, **columns}
    return make_config(
        {"name": "c", "setting": "contractual", "as_of": "2024-06-01", "churn": {"horizon_days": 30},
         "subscriptions": {"columns": named}}
    )  # fmt: skip


def read(ends, rows=ROWS, **columns):
    made = config(ends, **columns)
    return read_contracts(
        made.source(frame=rows), made.subscriptions.meaning(), cutoff=Cutoff(date(2024, 6, 1), horizon_days=30)
    )


def ends_of(contracts):
    frame = contracts.spells.frame
    return {
        who: None if end == OPEN else str(np.datetime64("1970-01-01") + int(end))
        for who, end in zip(frame["customer_id"], frame["end"], strict=True)
    }


def test_a_contract_ends_on_the_earliest_day_that_is_filled():
    expected = {"a": "2023-12-31", "b": "2023-05-01", "c": "2024-08-31", "d": None, "e": "2023-10-10",
                "f": "2024-08-31", "g": "2024-06-20"}  # fmt: skip
    assert ends_of(read(["expiry", "cut"])) == expected
    assert ends_of(read(["cut", "expiry"])) == expected
    third = ROWS.assign(closed=["2023-03-03", *[""] * 6])
    assert ends_of(read(["cut", "expiry", "closed"], third)) == {**expected, "a": "2023-03-03"}


def test_a_list_of_one_is_a_name_and_a_name_stays_one():
    alone, name = read(["expiry"]), read("expiry")
    pd.testing.assert_frame_equal(alone.spells.frame.drop(columns="cut"), name.spells.frame.drop(columns="cut"))
    columns = config("expiry").model_dump(mode="json")["subscriptions"]["columns"]
    assert columns["ended_at"] == "expiry"
    assert config(["expiry", "cut"]).model_dump(mode="json")["subscriptions"]["columns"]["ended_at"] == [
        "expiry",
        "cut",
    ]


def test_neither_column_teaches():
    features = recipe.today(read(["expiry", "cut"]))
    assert features["customer_id"].tolist() == ["c", "d", "f", "g"]
    assert not {"expiry", "cut"} & set(features.columns)


@pytest.mark.parametrize("name", ["expiry", "cut"])
def test_each_column_that_cannot_be_read_is_named_with_its_line(name):
    wrong = ROWS.assign(**{name: ["2024-02-30", *ROWS[name][1:]]})
    with pytest.raises(DataError, match=rf'line 1, column "{name}": not an ISO 8601 date'):
        read(["expiry", "cut"], wrong)
    early = ROWS.assign(**{name: [*ROWS[name][:2], "2023-08-31", *ROWS[name][3:]]})
    with pytest.raises(DataError, match=rf'line 3, column "{name}": the contract ends before it starts \(1 such row\)'):
        read(["expiry", "cut"], early)
    with pytest.raises(DataError, match=r'no column "left" \(subscriptions.columns.ended_at\)'):
        read([name, "left"])


def test_a_column_twice_is_refused():
    with pytest.raises(ConfigError, match="a column stands there twice"):
        config(["expiry", "expiry"])
    with pytest.raises(ConfigError, match="needs customer_id, started_at and ended_at"):
        config([])


def test_a_term_that_lies_ahead_is_no_notice_and_a_day_under_leaves_at_is_one():
    assert ENDS_IN not in recipe.today(read(["expiry", "cut"]))
    # One of forty has a term that ends: alone in its column that would be taken for a notice.
    few = pd.concat([ROWS[ROWS["who"].isin(["c", "g"])], *(ROWS[3:4].assign(who=f"d{i}") for i in range(40))])
    assert recipe.today(read("expiry", few))[ENDS_IN].notna().sum() == 2
    assert ENDS_IN not in recipe.today(read(["expiry", "cut"], few))
    noticed = read(["expiry", "cut"], leaves_at="cut")
    days = recipe.today(noticed).set_index("customer_id")[ENDS_IN]
    assert days["g"] == 19.0
    assert days[["c", "d", "f"]].isna().all()
    (said,) = notes_on_ends_ahead(noticed.spells, noticed.cutoff, "cut", stated=True)
    assert said.startswith('A day in "cut" lies ahead for 1 of 4 running contracts, for 1 within the outcome window')


def test_terms_ahead_of_most_are_said_to_be_terms():
    many = pd.concat([ROWS[2:3].assign(who=f"c{i}") for i in range(12)])
    contracts = read(["expiry", "cut"], many)
    (said,) = notes_on_ends_ahead(contracts.spells, contracts.cutoff, ["expiry", "cut"])
    assert 'A day in "expiry" or "cut" lies ahead for 12 of 12 running contracts' in said
    assert 'lists.show: ["expiry", "cut"] puts the day beside each' in said
    assert contracts.spells.end_of_hindsight(contracts.cutoff.day) == contracts.cutoff.day


def test_a_line_that_takes_a_term_back_ends_it_and_is_no_term():
    frame = pd.DataFrame(
        [
            ("a", "2024-01-01", "2024-01-31", "0"),
            ("a", "2024-01-30", "2024-03-01", "0"),
            ("a", "2024-02-10", "2024-02-10", "1"),
            ("a", "2024-06-01", "2024-07-01", ""),
            ("b", "2024-01-05", "", "No"),
            ("b", "2024-02-05", "2024-02-20", "TRUE"),
            ("c", "2024-01-05", "2024-02-04", "0"),
        ],
        columns=["who", "start", "end", "is_cancel"],
    )
    columns = {"customer_id": "who", "started_at": "start", "ended_at": "end", "cut_short": "is_cancel"}
    config = make_config(
        {"name": "c", "setting": "contractual", "as_of": "2024-02-15", "subscriptions": {"columns": columns}}
    )
    contracts = prepare(config, subscriptions=frame).contracts
    rows = contracts.spells.frame
    day = [np.datetime64("1970-01-01") + rows[name].to_numpy() for name in ("start", "end")]
    assert list(zip(rows["customer_id"], day[0].astype(str), day[1].astype(str), strict=True)) == [
        ("a", "2024-01-01", "2024-01-31"),
        ("a", "2024-01-30", "2024-02-10"),
        ("a", "2024-06-01", "2024-07-01"),
        ("b", "2024-01-05", "2024-02-20"),
        ("c", "2024-01-05", "2024-02-04"),
    ]
    assert "is_cancel" not in rows
    assert (contracts.account["cuts"], contracts.account["cut_short"]) == (2, 2)
    # As of a day before it nobody knew.
    assert contracts.spells.known_at(int(rows["start"].iloc[1]) + 5).contracts()["end"].max() == OPEN
    with pytest.raises(DataError, match='line 1, column "is_cancel": neither yes nor no'):
        prepare(config, subscriptions=frame.assign(is_cancel="perhaps"))
