"""Logs as shops write them: read to the cent as stated, or refused with advice that, when pasted, reads them right."""

import re
from typing import Any

import pytest
import yaml

from holdfast.config import make_config
from holdfast.data import read_purchases
from holdfast.errors import ConfigError, DataError

COLUMNS = {"customer_id": "id", "ordered_at": "day", "amount": "paid"}
BERLIN = {"time_zone": "Europe/Berlin"}


def log(amounts: list[str] | None = None, days: list[str] | None = None) -> str:
    """Return a log with these amounts (or 10.00, 20.50, …) on these days, of the customers k0, k1, k0, k1, …"""
    count = len(amounts or days or [])
    amounts = amounts or ["10.00", "20.50", "5.25", "1.00"][:count]
    days = days or [f"2024-01-{i + 1:02d}" for i in range(count)]
    return "id;day;paid\n" + "".join(f"k{i % 2};{d};{a}\n" for i, (d, a) in enumerate(zip(days, amounts, strict=True)))


def read(folder, text: str, keys: dict[str, Any]) -> Any:
    path = folder / "log.csv"
    path.write_text(text, encoding="utf-8")
    settings = {"path": str(path), "delimiter": ";", "columns": COLUMNS, **keys}
    return read_purchases(make_config({"name": "s", "as_of": "end_of_data", "purchases": settings}).source())


def net(found: Any) -> tuple[str, int]:
    total = found.connection.execute("SELECT SUM(amount), COUNT(DISTINCT customer_id) FROM purchases").fetchone()
    return str(total[0]), total[1]


def days_of(found: Any) -> list[str]:
    query = "SELECT CAST(DATE '1970-01-01' + day AS VARCHAR) FROM purchases ORDER BY 1"
    return [row[0] for row in found.connection.execute(query).fetchall()]


POINT = {"decimal": "."}
COMMA = {"decimal": ","}
READ = [
    ("dollars in front", log(["$1,234.56", "$0.44"]), POINT | {"thousands": ","}, "1235.00"),
    ("powers of ten", log(["1.25e+02", "5E-01", "4e-07"]), {}, "125.50"),
    ("powers of ten with a comma", log(["1,25E+02", "0,5"]), COMMA, "125.50"),
    ("euros behind", log(["1.234,56 €", "0,44 €"]), COMMA | {"thousands": "."}, "1235.00"),
    ("a code in front", log(["EUR 12.50", "EUR 1.00"]), {}, "13.50"),
    ("a code behind, glued", log(["12.50EUR", "1.00eur"]), {}, "13.50"),
    ("yen behind", log(["12,800円", "980 円"]), POINT | {"thousands": ","}, "13780.00"),
    ("yen as Shift-JIS has it", log(["\\12,800", "-\\980"]), POINT | {"thousands": ","}, "11820.00"),
    ("full-width digits", log(["１２，８００", "－９８０", "（２０）"]), POINT | {"thousands": ","}, "11800.00"),
    ("full-width yen", log(["￥１２，８００", "１２．５０円"]), POINT | {"thousands": ","}, "12812.50"),
    ("spellings of one currency", log(["￥1,280", "1,280円", "\\1,280", "¥1,280"]), {"thousands": ","}, "5120.00"),
    ("renminbi", log(["RMB 12.80", "rmb1.20"]), {}, "14.00"),
    ("won", log(["12,800원", "￦980", "₩20"]), {"thousands": ","}, "13800.00"),
    ("yuan", log(["12.80元", "1.20圆"]), {}, "14.00"),
    ("kroner", log(["kr 99,00", "kr. 1,50"]), COMMA, "100.50"),
    ("a sign and a code", log(["$12.50 USD", "$1.00 USD"]), {}, "13.50"),
    ("parentheses", log(["20.00", "(12.50)"]), {}, "7.50"),
    ("parentheses and a sign", log(["$20.00", "($12.50)"]), {}, "7.50"),
    ("a minus behind", log(["20.00", "12.50-"]), {}, "7.50"),
    ("a minus between sign and number", log(["$20.00", "$-12.50"]), {}, "7.50"),
    ("a minus before the sign", log(["$20.00", "-$12.50"]), {}, "7.50"),
    ("a minus before the code behind", log(["20,00 €", "-12,50 €"]), COMMA, "7.50"),
    ("kroner without cents", log(["kr 249,-", "kr 1.249,-", "99,50 kr"]), COMMA | {"thousands": "."}, "1597.50"),
    ("no cents before a currency", log(["249,- kr", "1,-kr."]), COMMA, "250.00"),
    ("dashes for no cents", log(["249,\u2013", "1,--", "2,\u2014", "3:-"]), COMMA, "255.00"),
    ("Swiss francs without cents", log(["CHF 249.-", "CHF 1.--"]), {}, "250.00"),
    ("a refund without cents", log(["249,-", "-49,-", "(1,-)"]), COMMA, "199.00"),
    ("a minus of SAP behind", log(["2000,00", "12,50-", "1250-"]), COMMA, "737.50"),
    ("the mathematical minus", log(["20.00", "\u221212.50"]), {}, "7.50"),
    ("an en dash", log(["20.00", "\u201312.50"]), {}, "7.50"),
    ("a no-break blank", log(["1\u00a0234,50", "99,00"]), COMMA, "1333.50"),
    ("a narrow no-break blank", log(["1\u202f234,50 €", "99,00 €"]), COMMA | {"thousands": " "}, "1333.50"),
    ("a thin blank", log(["1\u2009234.50", "99.00"]), {}, "1333.50"),
    ("a plain blank", log(["1 234 567.50", "99.00"]), {}, "1234666.50"),
    ("as in India", log(["₹1,23,456.00", "₹12,34,567.50"]), POINT | {"thousands": ","}, "1358023.50"),
    ("as in Switzerland", log(["CHF 1'234.50", "CHF 99.00"]), {}, "1333.50"),
    ("a typographic apostrophe", log(["1\u2019234.50", "99.00"]), {"thousands": "'"}, "1333.50"),
    ("marks of right-to-left text", log(["\u200f12.50 \u20aa", "1.00 \u20aa"]), {}, "13.50"),
    ("no sign on nothing", log(["$12.50", "0.00"]), {}, "12.50"),
    ("Shopify's moments", log(days=["2024-01-05 23:30:00 +0000", "2024-01-06 01:00:00 +0200"]), BERLIN, "30.50"),
    ("UTC as a word", log(days=["2024-01-05 10:11:12 UTC", "2024-01-06 10:11:12.123 UTC"]), BERLIN, "30.50"),
    ("Z with fractions", log(days=["2024-01-05T10:11:12.123456Z", "2024-01-06T10:11Z"]), BERLIN, "30.50"),
    ("two formats", log(days=["2024-01-05", "24/12/2023"]), {"date_format": ["%Y-%m-%d", "%d/%m/%Y"]}, "30.50"),
    ("numbers of days", log(days=["1", "711"]), {"date_format": "days"}, "30.50"),
    ("Excel's days", log(days=["45296", "45297.9999"]), {"date_format": "excel"}, "30.50"),
    ("seconds", log(days=["1704441600", "1704528000"]), BERLIN | {"date_format": "%s"}, "30.50"),
    ("milliseconds", log(days=["1704441600000", "1704528000123"]), BERLIN | {"date_format": "%ms"}, "30.50"),
]


@pytest.mark.parametrize(("text", "keys", "revenue"), [r[1:] for r in READ], ids=[r[0] for r in READ])
def test_a_style_is_read_to_the_cent(tmp_path, text, keys, revenue):
    assert net(read(tmp_path, text, keys)) == (revenue, 2)


ZONE = 'purchases.time_zone: "Europe/Berlin"'
ADVISED: list[tuple[str, str, dict[str, Any], str, list[str]]] = [
    ("decimal comma", log(["1,5", "2,25"]), {"decimal": ","}, "3.75", []),
    ("point and comma", log(["1.234,50", "7,00"]), {"decimal": ",", "thousands": "."}, "1241.50", []),
    ("comma and point", log(["$1,234.50", "$7.00"]), {"decimal": ".", "thousands": ","}, "1241.50", []),
    ("euros behind", log(["1.234,56 €", "0,44 €"]), {"decimal": ",", "thousands": "."}, "1235.00", []),
    ("millions", log(["1,234,567", "7"]), {"decimal": ".", "thousands": ","}, "1234574.00", []),
    ("as in India", log(["1,23,456.00", "7.00"]), {"decimal": ".", "thousands": ","}, "123463.00", []),
    ("blanks and comma", log(["1 234,50", "99,00"]), {"decimal": ","}, "1333.50", []),
    ("narrow blanks and comma", log(["1\u202f234,50 kr", "99,00 kr"]), {"decimal": ","}, "1333.50", []),
    ("minus behind, comma", log(["99,00", "12,50-"]), {"decimal": ","}, "86.50", []),
    ("one in groups among plain ones", log(["12.50", "1,234.50"]), {"decimal": ".", "thousands": ","}, "1247.00", []),
    ("Shopify", log(days=["2024-01-05 10:11:12 +0200", "2024-12-24 10:11:12 -0500"]), BERLIN, "30.50",
     ["2024-01-05", "2024-12-24"]),
    ("day first by one line", log(days=["05/01/2024", "06/01/2024", "24/12/2023"]), {"date_format": "%d/%m/%Y"},
     "35.75", ["2023-12-24", "2024-01-05", "2024-01-06"]),
    ("month first by one line", log(days=["01/05/24 9:05", "01/06/24 23:05", "12/24/23 0:00"]),
     {"date_format": "%m/%d/%y %H:%M"}, "35.75", ["2023-12-24", "2024-01-05", "2024-01-06"]),
    ("Magento", log(days=["Jan 5, 2024 10:11:12 AM", "Dec 24, 2023 12:00:00 PM"]),
     {"date_format": "%b %d, %Y %I:%M:%S %p"}, "30.50", ["2023-12-24", "2024-01-05"]),
    ("Excel in the United States", log(days=["1/5/2024 9:05:00 AM", "12/24/2023 11:59:59 PM"]),
     {"date_format": "%m/%d/%Y %I:%M:%S %p"}, "30.50", ["2023-12-24", "2024-01-05"]),
    ("German", log(days=["05.01.2024 10:11", "24.12.2023 23:59"]), {"date_format": "%d.%m.%Y %H:%M"}, "30.50",
     ["2023-12-24", "2024-01-05"]),
    ("Oracle", log(days=["05-JAN-24", "24-DEC-23"]), {"date_format": "%d-%b-%y"}, "30.50",
     ["2023-12-24", "2024-01-05"]),
    ("long months", log(days=["January 5, 2024", "December 24, 2023"]), {"date_format": "%B %d, %Y"}, "30.50",
     ["2023-12-24", "2024-01-05"]),
    ("the mail's", log(days=["Fri, 05 Jan 2024 10:11:12 +0000", "Sun, 24 Dec 2023 10:11:12 +0000"]),
     BERLIN | {"date_format": "%a, %d %b %Y %H:%M:%S %z"}, "30.50", ["2023-12-24", "2024-01-05"]),
    ("no marks", log(days=["20240105", "20231224"]), {"date_format": "%Y%m%d"}, "30.50", ["2023-12-24", "2024-01-05"]),
    ("no marks, with time", log(days=["20240105101112", "20231224101112"]), {"date_format": "%Y%m%d%H%M%S"}, "30.50",
     ["2023-12-24", "2024-01-05"]),
    ("slashes, year first", log(days=["2024/01/05 10:11", "2023/12/24 10:11"]), {"date_format": "%Y/%m/%d %H:%M"},
     "30.50", ["2023-12-24", "2024-01-05"]),
    ("seconds", log(days=["1704441600", "1703376000"]), BERLIN | {"date_format": "%s"}, "30.50",
     ["2023-12-24", "2024-01-05"]),
    ("milliseconds", log(days=["1704441600000", "1703376000000"]), BERLIN | {"date_format": "%ms"}, "30.50",
     ["2023-12-24", "2024-01-05"]),
    ("Excel's days", log(days=["45296", "45284.5"]), {"date_format": "excel"}, "30.50", ["2023-12-24", "2024-01-05"]),
    ("twelve hours and ISO", log(days=["2024-01-05 10:11:12 PM", "2023-12-24 1:11:12 AM"]),
     {"date_format": "%Y-%m-%d %I:%M:%S %p"}, "30.50", ["2023-12-24", "2024-01-05"]),
    ("with seconds or without", log(days=["05.01.2024 10:11", "24.12.2023 23:59:59"]),
     {"date_format": ["%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S"]}, "30.50", ["2023-12-24", "2024-01-05"]),
    ("two formats", log(days=["2024-01-05", "24/12/2023", "06/01/2024"]),
     {"date_format": ["%d/%m/%Y", "%Y-%m-%d"]}, "35.75", ["2023-12-24", "2024-01-05", "2024-01-06"]),
    ("an offset and slashes", log(days=["05/01/2024 10:11 +0100", "24/12/2023 10:11 +0100"]),
     BERLIN | {"date_format": "%d/%m/%Y %H:%M %z"}, "30.50", ["2023-12-24", "2024-01-05"]),
    ("the web server's", log(days=["05/Jan/2024:10:11:12 +0000", "24/Dec/2023:10:11:12 +0000"]),
     BERLIN | {"date_format": "%d/%b/%Y:%H:%M:%S %z"}, "30.50", ["2023-12-24", "2024-01-05"]),
]  # fmt: skip


def pasted(said: str) -> dict[str, Any]:
    """Return what a refusal says to set, as a person would paste it below ``purchases``."""
    found = re.findall(r"purchases\.(decimal|thousands|date_format): (\"[^\"]*\"|\[[^]]*\]|null)", said)
    keys = {key: yaml.safe_load(value) for key, value in found}
    return keys | (BERLIN if "purchases.time_zone to the shop's zone" in said else {})


@pytest.mark.parametrize(("text", "advised", "revenue", "days"), [a[1:] for a in ADVISED], ids=[a[0] for a in ADVISED])
def test_advice_that_is_pasted_reads_the_log(tmp_path, text, advised, revenue, days):
    with pytest.raises((DataError, ConfigError)) as refused:
        read(tmp_path, text, {})
    keys = pasted(str(refused.value))
    assert keys == advised
    found = read(tmp_path, text, keys)
    assert net(found) == (revenue, 2)
    assert not days or days_of(found) == days
    assert len(found.rejects) == 0


@pytest.mark.parametrize(
    ("days", "formats"),
    [
        (["05/06/2024", "01/02/2024"], ["%d/%m/%Y", "%m/%d/%Y"]),
        (["5.6.24 10:11", "1.2.24 10:11"], ["%d.%m.%y %H:%M"]),
        (["05-06-2024 10:11:12 AM", "01-02-2024 01:11:12 PM"], ["%d-%m-%Y %I:%M:%S %p", "%m-%d-%Y %I:%M:%S %p"]),
    ],
)
def test_day_first_and_month_first_are_both_named_where_all_values_fit_both(tmp_path, days, formats):
    with pytest.raises(DataError) as refused:
        read(tmp_path, log(days=days), {})
    assert re.findall(r'purchases\.date_format: "([^"]*)"', str(refused.value)) == formats
    if len(formats) > 1:
        assert "nothing in the file says which" in str(refused.value)
        firsts = {read(tmp_path, log(days=days), {"date_format": f}).report.first_day for f in formats}
        assert firsts == {"2024-02-01", "2024-01-02"}


def test_a_stated_format_gives_way_to_iso_8601_where_that_is_what_the_column_is(tmp_path):
    text = log(days=["2024-01-05T10:11:12Z", "2023-12-24T10:11:12+01:00"])
    with pytest.raises(DataError) as refused:
        read(tmp_path, text, BERLIN | {"date_format": "%d.%m.%Y"})
    assert pasted(str(refused.value)) == {"date_format": None}
    assert days_of(read(tmp_path, text, BERLIN | {"date_format": None})) == ["2023-12-24", "2024-01-05"]


def test_the_advice_looks_at_every_value_not_at_the_first_lines_alone(tmp_path):
    days = [f"{1 + i % 12:02d}/{1 + i // 12 % 12:02d}/2024" for i in range(140)] + ["31/12/2024"]
    with pytest.raises(DataError, match=r'Set purchases\.date_format: "%d/%m/%Y"\.'):
        read(tmp_path, log(["1"] * 141, days), {})


def test_advice_never_loses_numbers_that_are_read(tmp_path):
    amounts = ["12.50"] * 40 + ["10,5"]
    with pytest.raises(DataError) as refused:
        read(tmp_path, log(amounts, ["2024-01-01"] * 41), {})
    assert pasted(str(refused.value)) == {}


@pytest.mark.parametrize(
    ("amounts", "counts", "rule", "revenue"),
    [
        (["$5.00", "$6.00", "€7.00"], "$ 2 lines, € 1 line", {"column": "paid"}, "11.00"),
        (["EUR 5.00", "EUR 6.00", "USD 7.00"], "EUR 2 lines, USD 1 line", {"column": "paid"}, "11.00"),
        (["5.00", "6.00", "$7.00"], "no currency 2 lines, $ 1 line", {"column": "paid"}, "11.00"),
        (["CA$5.00", "CA$6.00", "$7.00"], "CA$ 2 lines, $ 1 line", {"column": "paid"}, "11.00"),
        (["$5.00", "$6.00", "CA$7.00"], "$ 2 lines, CA$ 1 line", {"column": "paid"}, "11.00"),
        (["kr 5.00", "kr. 6.00", "€7.00"], "KR 2 lines, € 1 line", {"column": "paid"}, "11.00"),
    ],
)
def test_several_currencies_in_one_column_are_counted_and_the_rule_keeps_one(tmp_path, amounts, counts, rule, revenue):
    with pytest.raises(DataError) as refused:
        read(tmp_path, log(amounts), {})
    said = str(refused.value)
    assert counts in said
    (found,) = re.findall(r"purchases\.rules\.keep: (\[.*\])", said)
    (pasted_rule,) = yaml.safe_load(found)
    assert pasted_rule["column"] == rule["column"]
    kept = read(tmp_path, log(amounts), {"rules": {"keep": [pasted_rule]}})
    assert net(kept)[0] == revenue
    assert kept.report.dropped == {"keep paid": 1}
    assert kept.report.lost.amounts == {"keep paid": 7.0}


@pytest.mark.parametrize(
    "amount", ["(-5.00)", "--5.00", "5-10", "1 23", "5.00 R", "1'23", "5 pieces", "5%", "1e5", "$"]
)
def test_what_could_be_misread_is_no_number(tmp_path, amount):
    found = read(tmp_path, log(["1.00", "2.00", amount]), {"max_reject_share": 1})
    assert found.report.rejected == {'amount is not a number below 10^12 with decimal mark "."': 1}


def test_numbers_of_more_days_than_a_year_has_are_offered_as_days(tmp_path):
    counted = log(["1.00"] * 400, [str(n) for n in range(1, 401)])
    with pytest.raises(DataError, match=r'Set purchases.date_format: "days", if they are numbers of days'):
        read(tmp_path, counted, {})
    found = days_of(read(tmp_path, counted, {"date_format": "days"}))
    assert (found[0], found[-1], len(found)) == ("1970-01-02", "1971-02-05", 400)
    few = log(["1.00"] * 9, [str(n) for n in range(1, 10)])
    with pytest.raises(DataError, match=r"Set purchases.date_format to how dates are written"):
        read(tmp_path, few, {})


def test_full_width_signs_are_said_where_a_shape_is_shown(tmp_path):
    with pytest.raises(DataError) as refused:
        read(tmp_path, log(["１，２", "３，４"]), {})
    assert "line 2 (like 9，9 in full-width characters)" in str(refused.value)
    with pytest.raises(DataError) as refused:
        read(tmp_path, log(days=["２０２４／０１／０２", "2024/01/03"]), {"date_format": "%Y/%m/%d"})
    said = str(refused.value)
    assert "like 9999／99／99 in full-width characters" in said
    assert "1 different value in full-width digits, which no date_format reads: write them as 2024-12-31." in said


def test_a_format_that_is_set_is_not_advised_again(tmp_path):
    with pytest.raises(DataError) as refused:
        read(tmp_path, log(days=["01.02.2024", "soon", "13.02.2024"]), {"date_format": "%d.%m.%Y"})
    said = str(refused.value)
    assert "purchases.date_format reads 2 of the 3 different values as it is; mend the others." in said
    assert "Set purchases.date_format" not in said


def test_yen_beside_another_currency_are_kept_by_the_rule_that_is_advised(tmp_path):
    text = log(["￥1,280", "1,280円", "$5", "\\1,280", "１，２８０円"])
    with pytest.raises(DataError, match=r"¥ 4 lines, \$ 1 line") as refused:
        read(tmp_path, text, {"thousands": ","})
    rule = re.search(r"rules\.keep: (\[.*\])", str(refused.value))[1]
    found = read(tmp_path, text, {"thousands": ",", "rules": {"keep": yaml.safe_load(rule)}})
    assert net(found) == ("5120.00", 2)
