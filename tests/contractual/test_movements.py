"""Changes of recurring revenue are read as the contracts that they are of, in every engine alike."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.contractual import OPEN, recipe
from holdfast.contractual.movements import SPELLS_SQL, revenue_on
from holdfast.contractual.notice import ENDS_IN
from holdfast.contractual.table import read_contracts
from holdfast.data.engine import connect
from holdfast.errors import ConfigError, DataError
from holdfast.features import Cutoff, unportable
from holdfast.spark.session import connect_spark
from tests.contractual.movements import AS_OF, log_of_changes
from tests.sail import sail_or_skip

COLUMNS = {"customer_id": "customer", "changed_at": "date", "mrr_change": "mrr_change", "movement": "type"}
LINES = [
    ("2023-01-05", "a", "new", "100"),
    ("2023-03-05", "a", "expansion", "20.50"),
    ("2023-06-05", "a", "contraction", "-40.5"),
    ("2023-09-05", "a", "churn", "-80"),
    ("2023-12-05", "a", "reactivation", "60"),
    ("2023-02-01", "b", "new", "30"),
    ("2023-02-01", "c", "new", "10"),
    ("2023-04-01", "c", "churn", "-10"),
]


def table(lines=LINES):
    return pd.DataFrame(lines, columns=["date", "customer", "type", "mrr_change"])


def config(columns=COLUMNS, **keys):
    return make_config(
        {"name": "c", "setting": "contractual", "as_of": "2024-06-01", "churn": {"horizon_days": 30},
         "subscriptions": {"columns": columns, "renewal_days": 0, **keys}}
    )  # fmt: skip


def read(frame=None, columns=COLUMNS, **keys):
    made = config(columns, **keys)
    source = made.source(frame=table() if frame is None else frame)
    return read_contracts(source, made.subscriptions.meaning(), cutoff=Cutoff(date(2024, 6, 1), horizon_days=30))


def spells(contracts):
    frame = contracts.spells.frame
    moments = [np.datetime64("1970-01-01") + int(day) for day in frame["start"]]
    ends = ["" if day == OPEN else str(np.datetime64("1970-01-01") + int(day)) for day in frame["end"]]
    return list(zip(frame["customer_id"], map(str, moments), ends, frame["price"], strict=True))


EXPECTED = [
    ("a", "2023-01-05", "2023-03-05", 100.0),
    ("a", "2023-03-05", "2023-06-05", 120.5),
    ("a", "2023-06-05", "2023-09-05", 80.0),
    ("a", "2023-12-05", "", 60.0),
    ("b", "2023-02-01", "", 30.0),
    ("c", "2023-02-01", "2023-04-01", 10.0),
]


def test_each_change_begins_a_spell_and_a_churn_ends_the_contract():
    contracts = read()
    assert spells(contracts) == EXPECTED
    assert contracts.account["movements"] == {"spells": 6, "several_a_day": 0, "rounded": 0, "without_start": 0}
    assert contracts.spells.contracts()[["customer_id", "spells"]].to_numpy().tolist() == [
        ["a", 3],
        ["a", 1],
        ["b", 1],
        ["c", 1],
    ]
    assert revenue_on(contracts.spells, contracts.cutoff) == {"as_of": "2024-06-01", "mrr": 90.0, "paying": 2}
    # Behind the reader everything sees ordinary contracts.
    assert contracts.terms.price == "price"
    assert recipe.today(contracts)["customer_id"].tolist() == ["a", "b"]


def test_the_order_of_lines_and_the_name_of_the_change_do_not_matter():
    mixed = table().sample(frac=1, random_state=3, ignore_index=True)
    assert spells(read(mixed)) == EXPECTED
    unnamed = {k: v for k, v in COLUMNS.items() if k != "movement"}
    assert spells(read(columns=unnamed, ignore=["type"])) == EXPECTED


def test_changes_of_one_day_are_one_change():
    lines = [*LINES, ("2023-02-01", "b", "expansion", "5"), ("2023-05-01", "b", "churn", "-35"),
             ("2023-05-01", "b", "new", "50"), ("2023-03-03", "d", "new", "8"),
             ("2023-03-03", "d", "churn", "-8")]  # fmt: skip
    for frame in (table(lines), table(lines[::-1])):
        contracts = read(frame)
        assert [row for row in spells(contracts) if row[0] in "bd"] == [
            ("b", "2023-02-01", "2023-05-01", 35.0),
            ("b", "2023-05-01", "", 50.0),
        ]
        assert contracts.account["movements"]["several_a_day"] == 3


def test_what_stands_on_the_last_line_of_the_day_teaches_and_a_reason_is_that_of_the_churn():
    frame = table().assign(seats=[*"54316", *"211"], why=["", "", "", "price", "", "", "", "moved"])
    frame.loc[len(frame)] = ["2023-02-01", "b", "expansion", "5", "9", ""]
    contracts = read(frame, {**COLUMNS, "end_reason": "why"})
    found = contracts.spells.frame
    assert found["seats"].tolist() == ["5", "4", "3", "6", "9", "1"]
    assert found["end_reason"].fillna("").tolist() == ["", "", "price", "", "", "moved"]


def test_cents_commas_and_what_rounding_leaves():
    frame = table([("2023-01-05", "a", "new", "1.200,10"), ("2023-03-05", "a", "churn", "-1.195,00"),
                   ("2023-05-05", "a", "reactivation", "10,005"), ("2023-02-05", "b", "new", "9,999")])  # fmt: skip
    contracts = read(frame, decimal=",", thousands=".")
    assert [price for *_, price in spells(contracts)] == [1200.1, 10.005, 9.999]
    assert contracts.account["movements"]["rounded"] == 1
    assert spells(read(money_in="cents"))[1][3] == 1.205


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        # More is given back than was paid, and the log lacks what came before.
        ({2: ("2023-06-05", "a", "contraction", "-140")}, r'line 3, column "mrr_change": the changes of this'),
        ({3: ("2023-09-05", "a", "churn", "-70")}, r'line 4, column "type": after this churn the changes of'),
        ({3: ("2023-09-05", "a", "churn", "80")}, r"Changes that lower it must be below 0"),
        ({5: ("2023-02-01", "b", "expansion", "30")}, r'line 6, column "type": the first movement of'),
        ({1: ("2023-03-05", "a", "expansion", "many")}, r'line 2, column "mrr_change": a change of recurring'),
        ({1: ("2023-03-05", "a", "expansion", None)}, r'line 2, column "mrr_change": it is not said by how much'),
        ({1: ("soon", "a", "expansion", "20")}, r'line 2, column "date": not an ISO 8601 date'),
        ({1: (None, "a", "expansion", "20")}, r'line 2, column "date": there is no day'),
        ({1: ("2023-03-05", None, "expansion", "20")}, r'line 2, column "customer": customer_id is blank'),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_line_and_column(changed, said):
    lines = [changed.get(i, line) for i, line in enumerate(LINES)]
    with pytest.raises(DataError, match=said) as refused:
        read(table(lines))
    assert "140" not in str(refused.value)


def test_a_log_that_starts_in_the_middle_can_leave_these_customers_out():
    lines = [*LINES[1:], ("2023-03-01", "e", "churn", "-10")]
    with pytest.raises(DataError, match=r"no beginning \(2 such rows\).*subscriptions.missing_start: drop"):
        read(table(lines))
    contracts = read(table(lines), missing_start="drop")
    assert spells(contracts) == EXPECTED[4:]
    assert contracts.account["movements"]["without_start"] == 2


def test_several_currencies_are_refused():
    frame = table().assign(currency=["EUR"] * 5 + ["eur", "USD", "USD"])
    with pytest.raises(
        DataError, match=r'line 7, column "currency": another currency than on the lines before \(2 such'
    ):
        read(frame, {**COLUMNS, "currency": "currency"})
    one = read(frame.assign(currency="EUR"), {**COLUMNS, "currency": "currency"})
    assert spells(one) == EXPECTED
    assert "currency" not in one.spells.frame


def test_words_are_those_that_are_listed():
    words = table([(*line[:2], f"ACTIVE_{line[2]}".upper(), line[3]) for line in LINES])
    with pytest.raises(DataError, match=r"no beginning \(3 such rows\).*a word of subscriptions.begin_values"):
        read(words)
    begins = ["active_new", "active_reactivation"]
    assert spells(read(words, begin_values=begins, churned_values=["active_churn"])) == EXPECTED
    # Where no churn is named, sums still say when a contract ends.
    assert spells(read(words, begin_values=begins)) == EXPECTED


def test_customers_sent_alone_are_read_whether_they_left_or_not():
    assert spells(read(table(LINES[5:6]))) == EXPECTED[4:5]
    with pytest.raises(DataError, match=r"nobody is under contract on 2024-06-01\. By the movements all have left"):
        recipe.today(read(table(LINES[6:])))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({**COLUMNS, "started_at": "date"}, "or changed_at alone"),
        (
            {k: v for k, v in COLUMNS.items() if k != "mrr_change"},
            "movements need customer_id, changed_at and mrr_change",
        ),
        ({**COLUMNS, "price": "mrr"}, "price is said by the movements themselves"),
        ({"customer_id": "c", "started_at": "d", "ended_at": "e", "movement": "t"}, "are of movements, which have"),
    ],
)
def test_keys_that_contradict_each_other_are_refused(columns, said):
    with pytest.raises(ConfigError, match=said):
        config(columns)
    with pytest.raises(ConfigError, match="means both a beginning and a churn"):
        config(begin_values=["new", "churn"], churned_values=["Churn"])


def test_a_churn_after_the_as_of_date_is_no_notice():
    contracts = read(table([*LINES, ("2024-06-03", "b", "churn", "-30")]))
    features = recipe.today(contracts)
    assert features["customer_id"].tolist() == ["a", "b"]
    assert ENDS_IN not in features


def test_a_log_is_the_contracts_that_it_was_made_of():
    log = log_of_changes()
    contracts = read(log.lines.drop(columns=["mrr", "reason"]))
    found = contracts.spells.frame[["customer_id", "start", "end", "price"]]
    expected = log.spells.assign(
        start=(log.spells["start"] - pd.Timestamp(0)).dt.days,
        end=(log.spells["end"] - pd.Timestamp(0)).dt.days.fillna(OPEN).astype("int64"),
    )
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    today = log.lines.groupby("customer")["mrr"].last()
    now = revenue_on(contracts.spells, Cutoff(AS_OF.date(), 30))
    assert (now["mrr"], now["paying"]) == (today.sum(), len(log.leaves))
    assert set(log.leaves.index) == set(today[today > 0].index)


def _movements(frame):
    kind = frame["type"]
    days = (pd.to_datetime(frame["date"]) - pd.Timestamp(0)).dt.days
    return pd.DataFrame(
        {
            "record": np.arange(len(frame)),
            "who": frame["customer"],
            "day": days,
            "delta": frame["mrr_change"].astype(str),
            "begins": kind.isin(["new", "reactivation"]).astype(int),
            "churns": (kind == "churn").astype(int),
        }
    )


def test_the_text_is_one_for_every_engine(tmp_path):
    assert unportable(SPELLS_SQL) == []
    frame = _movements(log_of_changes(200).lines)
    connection = connect()
    connection.register("movements", frame)
    ours = connection.sql(SPELLS_SQL).to_arrow_table().to_pandas()
    with sail_or_skip(tmp_path) as remote:
        session = connect_spark(remote)
        session.createDataFrame(frame).createOrReplaceTempView("movements")
        theirs = session.sql(SPELLS_SQL).toArrow().to_pandas()
        session.stop()
    assert len(ours) > 500
    pd.testing.assert_frame_equal(theirs, ours, check_dtype=False)
