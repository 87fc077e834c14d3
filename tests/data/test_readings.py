"""Numbers with two readings: both are named, neither is chosen; and advice that is followed works."""

import re

import pytest

from holdfast.data import Columns, Source, TableSource, Written, read_flat, read_purchases, read_tables
from holdfast.data.engine import connect
from holdfast.errors import DataError

AMOUNT = Columns(customer_id="id", ordered_at="day", amount="amount")


def read(folder, numbers: list[str], **options):
    path = folder / "p.csv"
    lines = "".join(f'k{i};2024-01-{i + 1:02d};"{n}"\n' for i, n in enumerate(numbers))
    path.write_text(f"id;day;amount\n{lines}", encoding="utf-8")
    return read_purchases(Source(path, AMOUNT, delimiter=";", **options))


@pytest.mark.parametrize("mark", [",", "."])
def test_a_file_that_decides_nothing_names_both_readings_and_either_works(tmp_path, mark):
    numbers = ["5", f"1{mark}234", f"12{mark}500"]
    other = "." if mark == "," else ","
    with pytest.raises(DataError) as refused:
        read(tmp_path, numbers)
    said = str(refused.value)
    assert "two ways" in said
    assert f'set purchases.decimal: "{other}" and purchases.thousands: "{mark}"' in said
    assert f'set purchases.decimal: "{mark}"' in said
    assert "1234" not in said
    whole = read(tmp_path, numbers, decimal=other, thousands=mark).frame()["amount"].astype(float)
    assert sorted(whole) == [5, 1234, 12500]
    assert sorted(read(tmp_path, numbers, decimal=mark).frame()["amount"].astype(float)) == [1.23, 5, 12.5]


@pytest.mark.parametrize("proof", ["10.5", "0.125", "1234.567", "1.2345", "1,234.5"])
def test_one_number_that_can_be_read_in_one_way_decides_for_the_file(tmp_path, proof):
    options = {"max_reject_share": 0.5} if "," in proof else {}
    assert read(tmp_path, ["1.234", proof], **options).report.kept >= 1


def test_a_decimal_comma_elsewhere_decides_the_other_way(tmp_path):
    with pytest.raises(DataError, match=r'decimal: "," and purchases\.thousands: "\."'):
        read(tmp_path, ["1.234", "10,5"], max_reject_share=1.0)


@pytest.mark.parametrize(
    ("numbers", "right"),
    [
        (["1,5", "2,25"], [1.5, 2.25]),
        (["1.234,50", "7,00"], [1234.5, 7.0]),
        (["1,234.50", "7.00"], [1234.5, 7.0]),
        (["1,234,567", "7"], [1234567.0, 7.0]),
    ],
)
def test_following_the_advice_reads_the_file(tmp_path, numbers, right):
    with pytest.raises(DataError) as refused:
        read(tmp_path, numbers)
    advised = dict(re.findall(r'purchases\.(decimal|thousands): "(.)"', str(refused.value)))
    assert sorted(read(tmp_path, numbers, **advised).frame()["amount"].astype(float)) == sorted(right)


def test_the_tables_beside_and_experiments_ask_too(tmp_path):
    path = tmp_path / "contacts.csv"
    path.write_text("customer_id;sent_at;cost\na;2024-01-01;1.234\n", encoding="utf-8")
    source = TableSource(path, {"cost": "cost"}, delimiter=";")
    with pytest.raises(DataError, match=r'tables\.contacts\.decimal: "," and tables\.contacts\.thousands: "\."'):
        read_tables(connect(), {"contacts": source})
    with pytest.raises(DataError, match=r'--decimal: "," and --thousands: "\."'):
        read_flat(path, texts=["customer_id"], numbers=["cost"], written=Written(delimiter=";", section="--"))
