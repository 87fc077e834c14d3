"""Columns of texts that must be numbers, dates or one of two words; messages name line, column and key, no value."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast.data import Written, typed
from holdfast.data.cells import Cells, read_cells
from holdfast.data.engine import EPOCH
from holdfast.errors import DataError

WRITTEN = Written(section="leases")


def cells(dates: tuple[str, ...] = (), **columns: list[str | None]) -> Cells:
    return read_cells(pd.DataFrame(columns), WRITTEN, dates=dates)


def test_numbers_dates_and_words_are_read():
    table = cells(("began",), rent=["1.5", None], began=["1970-01-03", None], left=["YES", "no"])
    np.testing.assert_array_equal(typed.numbers(table, "rent", "rent", WRITTEN), [1.5, np.nan])
    assert typed.days(table, "began", WRITTEN, blank=-1).tolist() == [(date(1970, 1, 3) - EPOCH).days, -1]
    assert typed.one_of_two(table, "left", {"gone": ["yes"], "there": ["No"]}, WRITTEN).tolist() == [1, 0]


def test_days_of_contracts_go_back_to_1900_and_a_systems_first_day_is_none():
    written = Written(section="leases", date_format=["%Y-%m-%d", "%Y-%m-%d %H:%M", "%d.%m.%Y", "%s"], time_zone="UTC")
    early = ["1955-03-01", "1969-12-31 18:00", "02.01.1900", "-126316800", "0", "1900-01-01", "30.12.1899", None]
    table = read_cells(pd.DataFrame({"began": early}), written, dates=["began"])
    expected = [(date(*day) - EPOCH).days for day in ((1955, 3, 1), (1969, 12, 31), (1900, 1, 2), (1965, 12, 31))]
    assert typed.days(table, "began", written, blank=77).tolist() == [*expected, 77, 77, 77, 77]
    with pytest.raises(
        DataError, match=r'line 1, column "began": a day before 1900 \(1 such row\)\. 1 different day lies'
    ):
        typed.days(cells(("began",), began=["1899-05-01", "1955-03-01"]), "began", WRITTEN)


def test_decimal_commas_become_points_only_where_a_whole_column_is_such_numbers():
    comma = Written(section="leases", decimal=",")
    frame = typed.with_points(cells(a=["1,5", "-2"], b=["1,5", "1,2,3"]), comma).frame
    assert frame["a"].tolist() == ["1.5", "-2"]
    assert frame["b"].tolist() == ["1,5", "1,2,3"]


def test_numbers_with_a_currency_become_plain_but_no_code_and_no_id_does():
    table = cells(rent=["$1 234.50", "($7.00)", None], code=["007", "1 234", "x"], who=["1 234", "1 235", "1 236"])
    frame = typed.with_points(table, WRITTEN, apart=["who"]).frame
    assert frame["rent"].tolist()[:2] == ["1234.50", "-7.00"]
    assert frame["code"].tolist() == ["007", "1 234", "x"]
    assert frame["who"].tolist() == ["1 234", "1 235", "1 236"]
    with pytest.raises(DataError, match=r'column "rent": numbers in several currencies'):
        typed.with_points(cells(rent=["$5", "€5"]), WRITTEN)


def test_a_price_with_two_readings_is_asked_about_in_a_table_of_contracts_too():
    with pytest.raises(DataError, match=r'leases\.decimal: "," and leases\.thousands: "\."'):
        typed.numbers(cells(rent=["1.234", "12.500"]), "rent", "rent", WRITTEN)
    with pytest.raises(DataError, match=r'Set leases\.decimal: ","'):
        typed.numbers(cells(rent=["1,5", "12,25"]), "rent", "rent", WRITTEN)


def test_repeats_and_blanks_are_counted():
    kept, account = typed.without_repeats(cells(a=["x", "x", "y"], b=["1", "1", None]), drop=True)
    assert (account["rows_in"], account["kept"], account["duplicates_dropped"], account["blank_cells"]) == (
        3, 2, 1, {"b": 1},
    )  # fmt: skip
    assert kept.lines.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (
            lambda t: typed.numbers(t, "a", "rent", WRITTEN),
            r'line 2, column "a": rent must be .*leases\.missing',
        ),
        (
            lambda t: typed.days(t, "d", WRITTEN),
            r'line 1, column "d": not an ISO 8601 date .*leases\.date_format',
        ),
        (
            lambda t: typed.one_of_two(t, "a", {"gone": ["1"], "there": ["2"]}, WRITTEN),
            r'line 2, column "a": neither one of leases\.gone nor one of leases\.there \(1 such row\)',
        ),
        (
            lambda t: typed.columns_exist(t, {"columns.rent": ["aa"]}, WRITTEN),
            r'no column "aa" \(leases\.columns',
        ),
        (lambda t: typed.names_are_free(t, t.frame, ["d"], WRITTEN), r'the column "d" needs .*leases\.ignore'),
    ],
)
def test_what_is_wrong_is_named_by_line_column_and_key_without_its_value(read, said):
    table = cells(("d",), a=["1", "Jane Roe"], d=["31/12/2023", "2023-12-31"])
    with pytest.raises(DataError, match=said) as error:
        read(table)
    assert "Jane" not in str(error.value)
