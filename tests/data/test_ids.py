"""The same customer is the same text in every table, and nobody is no customer."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast.data import Columns, Rules, Source, TableSource, read_flat, read_purchases, read_tables
from holdfast.data.cells import read_cells
from holdfast.data.matching import match_customers
from holdfast.data.source import Written
from holdfast.data.values.parse import spelt
from holdfast.errors import DataError

AMOUNT = Columns(amount="amount")


def purchases(ids: list, **options):
    frame = pd.DataFrame({"customer_id": ids, "ordered_at": "2024-01-01", "amount": 1.0})
    return read_purchases(Source(frame, AMOUNT, **{"max_reject_share": 1.0, **options}))


def kept(found) -> list[str]:
    return found.frame()["customer_id"].tolist()


@pytest.mark.parametrize(
    "word",
    [
        "NULL",
        "nan",
        "None",
        "N/A",
        "#N/A",
        r"\N",
        "-",
        "0",
        "guest",
        "Undefined",
        "blank",
        " null ",
        "",
        "\u00a0",
        "NaT",
        "deleted-user@anonymized.invalid",
        "anonymous@example.com",
        "[deleted]",
        "REDACTED",
        "GDPR",
        "Anonymized",
        "Deleted User",
        "gelöscht",
        "GELÖSCHT",
        "Kunde slettet",
        "xxxxx",
        "***",
        "已注销",
    ],
)
def test_words_for_nobody_are_missing_ids_in_every_table(word, tmp_path):
    found = purchases(["a", word])
    assert (kept(found), found.report.rejected) == (["a"], {"customer_id is missing": 1})
    assert purchases(["a", word], rules=Rules(missing_customer="drop")).report.dropped == {"missing_customer": 1}
    visits = pd.DataFrame({"customer_id": ["a", word], "visited_at": "2024-01-01"})
    account = read_tables(found.connection, {"visits": TableSource(visits, missing_customer="drop")}).accounts[0]
    assert account.dropped == {"missing_customer": 1}
    cells = read_cells(visits, Written(section="subscriptions"), customer="customer_id")
    assert cells.frame["customer_id"].isna().tolist() == [False, True]
    path = tmp_path / "e.csv"
    path.write_text(f'id,y\na,1\n"{word}",0\n', encoding="utf-8")
    assert read_flat(path, ids=["id"], numbers=["y"])["id"].isna().tolist() == [False, True]


def test_words_for_nobody_are_told_in_the_account():
    found = purchases(["a", "NULL", "null", "Guest", None])
    assert found.report.placeholders == {"guest": 1, "null": 2}
    assert found.report.rejected == {"customer_id is missing": 4}


def test_what_is_left_of_erased_customers_is_told_without_the_address_it_stands_in():
    found = purchases(["a", "deleted-user@shop.invalid", "Deleted-User@shop.invalid", "[Deleted]"])
    assert found.report.placeholders == {"[deleted]": 1, "deleted-user": 2}


@pytest.mark.parametrize(
    "name",
    ["deleted-1042@shop.invalid", "Anonymous 7", "Removed Ltd", "Anonym AB", "xx", "guest123", "C100*", "user", "Data"],
)
def test_who_has_a_number_or_a_name_of_their_own_is_a_customer(name):
    assert kept(purchases(["a", name])) == sorted(["a", name])
    assert kept(purchases(["a", "[deleted]"], placeholders=False)) == ["[deleted]", "a"]


def test_a_customer_called_0_can_be_kept_and_further_words_named():
    assert kept(purchases([0, 1, 2], placeholders=False)) == ["0", "1", "2"]
    assert kept(purchases([0, 1, 2])) == ["1", "2"]
    assert kept(purchases(["walk-in", "b"], missing_values=["Walk-In"])) == ["b"]


@pytest.mark.parametrize(
    "spellings",
    [
        ["10001", "10001.0", " 10001", "10001\u00a0", "\u200b10001", "10001.00"],
        ["é1", "e\u03011", "\u202fé1"],
        [10001.0, 10001, "10001"],
    ],
)
def test_one_customer_in_several_spellings_is_one(spellings):
    assert len(set(kept(purchases(spellings)))) == 1


def test_zeros_in_front_and_other_fractions_stay():
    assert kept(purchases(["007", "7", "7.5", "7.50"])) == ["007", "7", "7.5", "7.50"]


def test_capitals_count_unless_folded_and_the_tables_follow(tmp_path):
    ids = ["Ann@x.example", "ann@x.example"]
    assert kept(purchases(ids)) == ids
    found = purchases(ids, id_case="fold")
    assert set(kept(found)) == {"ann@x.example"}
    customers = pd.DataFrame({"customer_id": ["ANN@X.EXAMPLE"], "objection": ["yes"]})
    source = TableSource(customers, {"objection": "objection"}, id_case="fold")
    read_tables(found.connection, {"customers": source})
    assert match_customers(found.connection, ["customers"], ["customers"]) == [
        "customers: 1 of 1 customer bought something."
    ]


def test_objections_that_match_nobody_are_refused_and_say_what_would_match():
    found = purchases([f"u{i}@x.example" for i in range(20)])
    shouted = pd.DataFrame({"customer_id": [f"U{i}@X.EXAMPLE" for i in range(5)], "objection": "yes"})
    read_tables(found.connection, {"customers": TableSource(shouted, {"objection": "objection"})})
    with pytest.raises(DataError, match=r"none of 5 customers .* set purchases\.id_case: fold"):
        match_customers(found.connection, ["customers"], ["customers"])
    # The same table without consent or objections keeps nobody off a list: only told.
    read_tables(found.connection, {"customers": TableSource(shouted[["customer_id"]])})
    (told,) = match_customers(found.connection, ["customers"], ["customers"])
    assert told.startswith("customers: 0 of 5 customers bought something. 5 would if capitals did not matter")
    contacts = shouted.assign(sent_at="2024-01-01").drop(columns="objection")
    read_tables(found.connection, {"contacts": TableSource(contacts)})
    with pytest.raises(DataError, match=r"tables\.contacts"):
        match_customers(found.connection, ["contacts"], ["contacts"])
    assert match_customers(found.connection, ["contacts"], [])


def test_floats_that_skip_whole_numbers_are_no_ids():
    found = purchases([2.0**53, 12.0, np.nan])
    assert kept(found) == ["12"]
    assert found.report.rejected == {
        "customer_id is held as a float too large to be exact": 1,
        "customer_id is missing": 1,
    }
    with pytest.raises(DataError, match="text or as whole numbers"):
        purchases([1e17, 12.0], max_reject_share=0.0)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("customer_id", [1, "2", 3.0]),
        ("customer_id", [True, False, True]),
        ("ordered_at", [date(2024, 1, 1), "2024-01-02", pd.Timestamp("2024-01-03")]),
        ("ordered_at", pd.period_range("2024-01-01", periods=3, freq="D")),
        ("ordered_at", pd.Categorical(["2024-01-01", "2024-01-02", "2024-01-03"])),
        ("amount", [1, "2.5", 3.0]),
        ("amount", pd.array([1, 2, 3], dtype="Int64")),
        ("amount", pd.arrays.SparseArray([1.0, 2.0, 3.0])),
    ],
)
def test_columns_of_any_kind_are_read(column, values):
    frame = pd.DataFrame({"customer_id": ["a", "b", "c"], "ordered_at": "2024-01-01", "amount": 1.0})
    frame[column] = values
    assert read_purchases(Source(frame, AMOUNT)).report.kept == 3


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("amount", [True, False, True]),
        ("amount", [{}, [], 1j]),
        ("ordered_at", pd.period_range("2024", periods=3, freq="M")),
    ],
)
def test_columns_that_hold_no_such_thing_are_rejected_by_row(column, values):
    frame = pd.DataFrame({"customer_id": ["a", "b", "c"], "ordered_at": "2024-01-01", "amount": 1.0})
    frame[column] = values
    with pytest.raises(DataError, match=f"3 of 3 lines.*\n  {column} is not"):
        read_purchases(Source(frame, AMOUNT))


SPELT = ["256.578.338-83", "25657833883", "002.565.783-388", "2565783388", "A-1", "A1", "12-34", "1-234"]


def test_marks_and_leading_zeros_of_numbers_count_unless_only_digits_do():
    assert kept(purchases(SPELT)) == sorted(SPELT)
    ids = ["25657833883", "25657833883", "2565783388", "2565783388", "A-1", "A1", "1234", "1234"]
    assert kept(purchases(SPELT, id_case="digits")) == sorted(ids)
    assert [spelt(own, "digits") for own in SPELT] == ids
    assert [spelt(own, case) for own, case in ((" Ann@X ", "fold"), ("Ann", "keep"), ("00-7", "keep"))] == [
        *("ann@x", "Ann", "00-7"),
    ]


def test_full_width_digits_and_letters_are_those_of_others():
    assert kept(purchases(["０００１３２３９", "00013239", "Ａ－1"])) == ["00013239", "00013239", "A-1"]
    assert spelt("０００１３２３９", "keep") == "00013239"


def test_zeros_with_marks_are_nobody():
    # Shops that number from 0 on, in five digits, have a customer 00000.
    found = purchases(["000.000.000-00", "00000", "00-10"])
    assert (kept(found), found.report.rejected) == (["00-10", "00000"], {"customer_id is missing": 1})
    assert kept(purchases(["00-0"], placeholders=False)) == ["00-0"]


def test_tables_beside_that_write_the_numbers_in_another_way_are_told_what_would_match():
    found = purchases([f"256.578.{i:03}-83" for i in range(20)])
    bare = pd.DataFrame({"customer_id": [f"256578{i:03}83" for i in range(5)], "objection": "yes"})
    read_tables(found.connection, {"customers": TableSource(bare, {"objection": "objection"})})
    with pytest.raises(DataError, match=r"5 would if marks and leading zeros .* set purchases\.id_case: digits"):
        match_customers(found.connection, ["customers"], ["customers"])


def test_a_customer_0_is_said_to_be_nobody_and_a_blank_one_to_be_missing():
    def refused(ids) -> str:
        with pytest.raises(DataError) as error:
            purchases(ids, max_reject_share=0.01)
        return str(error.value).split("customer_id is missing: ")[1].split(" If lines")[0]

    assert refused(["0", "1", "2"]).endswith("(like 0). 0 stands for nobody.")
    assert refused(["guest", "1", "2"]).endswith(
        "(like xxxxx). What these cells hold (0, guest, deleted, n/a and such) stands for nobody."
    )
    assert "nobody" not in refused(["", "1", "2"])
