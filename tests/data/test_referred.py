"""Lines that name no customer but the order they refer to, as refunds do, are of that order's customer."""

from datetime import date

import pandas as pd
import pytest

from holdfast.data import ColumnRule, Columns, IdMap, Rules, Source, read_purchases
from holdfast.data.engine import EPOCH
from holdfast.data.erased import RULE, Erased, tombstone
from holdfast.data.report import account_lines, returns_lines
from holdfast.errors import ConfigError

COLUMNS = Columns(amount="amount", order_id="id", refers_to="parent")
DROP = Rules(missing_customer="drop")
NAMES = ["id", "parent", "customer_id", "ordered_at", "amount"]
ROWS = [
    ("o1", "", "ann", "2024-01-01", 100),
    ("o2", "", "ben", "2024-01-02", 50),
    ("o3", "", "ann", "2024-01-05", 70),
    ("r1", "o1", "", "2024-01-20", -30),
    # A refund of a capture, which names the order alone.
    ("c2", "o2", "", "2024-01-03", 0),
    ("r2", "c2", "", "2024-01-25", -20),
    ("r9", "o9", "", "2024-01-26", -5.5),
]


def read(rows=ROWS, columns=COLUMNS, **options):
    options = {"rules": DROP, **options}
    return read_purchases(Source(pd.DataFrame(rows, columns=NAMES), columns, **options))


def kept(log):
    """Lines kept, as (customer, day, order, amount)."""
    rows = log.frame()[["customer_id", "day", "order_key", "amount"]].itertuples(index=False)
    return [(who, date.fromordinal(EPOCH.toordinal() + day).isoformat(), key, amount) for who, day, key, amount in rows]


def test_a_refund_is_of_the_customer_of_its_order_on_its_own_day():
    log = read()
    assert kept(log) == [
        ("ann", "2024-01-01", "o1", 100.0),
        ("ann", "2024-01-05", "o3", 70.0),
        ("ann", "2024-01-20", "o1", -30.0),
        ("ben", "2024-01-02", "o2", 50.0),
        ("ben", "2024-01-03", "o2", 0.0),
        ("ben", "2024-01-25", "o2", -20.0),
    ]
    assert log.report.dropped == {"missing_customer": 1}
    assert account_lines(log.report)[-2:] == [
        "3 lines without a customer (worth -50.00) took the customer of the order that they refer to",
        "1 line (worth -5.50) refers to no order of one customer in the file, and stays without a customer",
    ]


def test_it_comes_off_that_order_and_not_off_the_latest():
    log = read()
    moved = log.connection.execute(
        "SELECT customer_id, day, amount FROM refunds WHERE amount < 0 ORDER BY 1"
    ).fetchall()
    first = (date(2024, 1, 1) - EPOCH).days
    assert [(who, day - first, float(amount)) for who, day, amount in moved] == [("ann", 0, -30.0), ("ben", 1, -20.0)]
    assert returns_lines(log.report) == [
        "2 return lines worth 50.00: 50.00 taken off purchases of earlier days (2 lines)"
    ]


def test_without_the_key_such_lines_are_nobodys():
    log = read(columns=Columns(amount="amount", order_id="id"))
    assert (log.report.dropped, log.report.referred) == ({"missing_customer": 4}, None)


def test_where_lines_without_a_customer_are_rejected_only_the_lost_one_is():
    log = read(rules=Rules(), max_reject_share=0.5)
    assert log.report.rejected == {"customer_id is missing": 1}
    assert log.rejects["line"].tolist() == [7]
    assert (log.report.referred.lines, log.report.referred.lost_lines) == (3, 1)


def test_an_order_of_several_customers_is_nobodys():
    rows = [*ROWS, ("o1", "", "cy", "2024-01-01", 10)]
    log = read(rows)
    assert log.report.referred.lost_amount == -35.5
    assert [who for who, _, key, amount in kept(log) if amount < 0] == ["ben"]


def test_a_customer_of_its_own_wins_and_numbers_may_have_a_point():
    rows = [
        (1001, None, "ann", "2024-01-01", 100),
        (1002, None, "ben", "2024-01-01", 50),
        (9001, 1001.0, "ben", "2024-01-05", -10),
        (9002, 1001.0, None, "2024-01-06", -20),
    ]
    assert [(who, key) for who, _, key, amount in kept(read(rows)) if amount < 0] == [("ann", "1001"), ("ben", "9001")]
    texts = [tuple("" if cell is None else str(cell) for cell in row) for row in rows]
    assert kept(read(texts)) == kept(read(rows))


def test_refunds_that_carry_the_number_of_their_order_need_no_other_column():
    rows = [("o1", "", "ann", "2024-01-01", 100), ("o1", "", "", "2024-01-09", -40), ("o7", "", "", "2024-01-09", 5)]
    log = read(rows, Columns(amount="amount", order_id="id", refers_to="id"))
    assert [(who, amount) for who, _, _, amount in kept(log)] == [("ann", 100.0), ("ann", -40.0)]
    assert log.report.dropped == {"missing_customer": 1}


def test_who_stands_in_place_of_nobody_refers_too_and_is_no_placeholder_then():
    rows = [(a, b, who or "guest", day, money) for a, b, who, day, money in ROWS]
    log = read(rows)
    assert log.report.placeholders == {"guest": 1}
    assert kept(log) == kept(read())
    shop = [(a, b, who or "Shop@X.example", day, money) for a, b, who, day, money in ROWS]
    assert kept(read(shop, missing_values=["shop@x.example"], id_case="fold")) == kept(read())


def test_merged_and_erased_customers_are_so_on_their_refunds():
    merged = read(id_map=IdMap({"ann": "anna"}))
    assert {who for who, *_ in kept(merged)} == {"anna", "ben"}
    for gone, id_map in (("ann", None), ("ann", IdMap({"ann": "anna"})), ("anna", IdMap({"ann": "anna"}))):
        log = read(erased=Erased(b"key", frozenset([tombstone(b"key", gone)])), id_map=id_map)
        assert log.report.dropped == {RULE: 3, "missing_customer": 1}
        assert {who for who, *_ in kept(log)} == {"ben"}


def test_amounts_of_whole_orders_are_given_back_by_whole_orders():
    rows = [
        ("o1", "", "ann", "2024-01-01", 100),
        ("o1", "", "", "", ""),
        ("r1", "o1", "", "2024-01-20", -30),
        ("r1", "", "", "", ""),
    ]
    log = read([tuple(map(str, row)) for row in rows], amount_of="order")
    assert [(who, key, amount) for who, _, key, amount in kept(log)] == [
        ("ann", "o1", 0.0),
        ("ann", "o1", 100.0),
        ("ann", "o1", -30.0),
        ("ann", "o1", 0.0),
    ]


def test_the_order_of_a_file_may_stand_in_another(tmp_path):
    pd.DataFrame(ROWS[:3], columns=NAMES).to_csv(tmp_path / "a.csv", index=False)
    pd.DataFrame(ROWS[3:], columns=NAMES).to_csv(tmp_path / "b.csv", index=False)
    log = read_purchases(Source(str(tmp_path / "*.csv"), COLUMNS, rules=DROP))
    assert kept(log) == kept(read())


def test_a_refund_of_an_order_that_a_rule_drops_is_dropped_with_it():
    rules = Rules(missing_customer="drop", drop=[ColumnRule("id", ["o1"])])
    log = read(rules=rules)
    assert [(who, key) for who, _, key, amount in kept(log) if amount < 0] == [("ben", "o2")]
    assert log.report.dropped == {"drop id": 2, "missing_customer": 1}
    # An order is dropped where none of its lines counts.
    log = read([*ROWS, ("o1", "", "ann", "2024-01-01", 1)], rules=Rules("drop", drop=[ColumnRule("amount", ["100"])]))
    assert [(who, key) for who, _, key, amount in kept(log) if amount < 0] == [("ann", "o1"), ("ben", "o2")]


def test_it_needs_a_column_of_orders():
    with pytest.raises(ConfigError, match=r"purchases.columns.refers_to needs purchases.columns.order_id beside it"):
        Source("x.csv", Columns(refers_to="parent"))
