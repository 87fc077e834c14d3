"""Columns of other files beside the lines: none is added, lost or moved, and what has no answer is said."""

from pathlib import Path

import pandas as pd
import pytest

from holdfast.config import load_config, make_config
from holdfast.data import Columns, Lookup, PurchaseLog, Source, read_purchases
from holdfast.errors import ConfigError, DataError
from holdfast.pipeline import prepare
from holdfast.pipeline.preparation import fingerprint

LINES = "order_id,sku,price\n1,a,10.00\n1,b,2.50\n2,a,10.00\n3,c,4.00\n9,a,1.00\n"
ORDERS = "order_id,customer_id,ordered_at,sku\n1,7,2024-01-05,x\n2,8,2024-02-01,y\n3,7,2024-03-02,z\n"
PEOPLE = "id,email\n7.0,ann@x.example\n8,bob@x.example\n8,bob@x.example\n"
COLUMNS = Columns(customer_id="email", ordered_at="ordered_at", amount="price", order_id="order_id", product_id="sku")


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("lines.csv", LINES), ("orders.csv", ORDERS), ("people.csv", PEOPLE)):
        Path(name).write_text(text, encoding="utf-8")


def read(*lookups: Lookup, data: str | list[str] = "lines.csv", columns: Columns = COLUMNS, **keys) -> PurchaseLog:
    given = lookups or (Lookup("orders.csv", "order_id"), Lookup("people.csv", "customer_id", "id"))
    return read_purchases(Source(data, columns, lookups=given, max_reject_share=0.5, **keys))


def test_every_line_gets_what_is_looked_up_by_two_steps():
    log = read()
    frame = log.frame()[["customer_id", "day", "product_id", "amount"]]
    assert frame.astype({"amount": float}).to_numpy().tolist() == [
        ["ann@x.example", 19727, "a", 10.0],
        ["ann@x.example", 19727, "b", 2.5],
        ["ann@x.example", 19784, "c", 4.0],
        ["bob@x.example", 19754, "a", 10.0],
    ]
    assert (log.report.lines_in, log.report.kept) == (5, 4)


def test_a_line_that_is_not_found_is_said_and_keeps_its_place():
    log = read()
    assert log.report.notes == ['1 line whose "order_id" is not in orders.csv: blank in what is looked up there.']
    assert log.rejects[["file", "line", "column"]].to_numpy().tolist() == [["lines.csv", 6, "customer_id"]]


def test_lines_of_the_other_file_that_cannot_be_split_are_said():
    Path("orders.csv").write_text(ORDERS + "4,7\n", encoding="utf-8")
    assert "1 line of orders.csv without as many cells as columns: not looked up." in read().report.notes


def test_a_column_of_both_files_is_the_lines_own_unless_the_file_is_named():
    columns = Columns(customer_id="customer_id", amount="price", product_id="orders.sku")
    assert read(Lookup("orders.csv", "order_id"), columns=columns).frame()["product_id"].tolist() == [
        "x",
        "x",
        "z",
        "y",
    ]


def test_several_files_of_lines_are_one_table_and_know_their_lines():
    Path("more.csv").write_text("order_id,sku,price\n2,q,7.00\n8,q,7.00\n", encoding="utf-8")
    log = read(data=["lines.csv", "more.csv"])
    assert (log.report.lines_in, log.report.kept, float(log.report.kept_amount)) == (7, 5, 33.5)
    assert log.rejects[["file", "line"]].to_numpy().tolist() == [["lines.csv", 6], ["more.csv", 3]]


def test_rules_look_at_columns_of_other_files():
    Path("s.yaml").write_text(
        "name: s\npurchases:\n  path: lines.csv\n  lookups: [{path: orders.csv, by: order_id}]\n"
        "  columns: {customer_id: customer_id, ordered_at: ordered_at, amount: price}\n  max_reject_share: 0.5\n"
        "  rules: {drop: [{column: orders.sku, values: [y]}]}\nas_of: end_of_data\n",
        encoding="utf-8",
    )
    prepared = prepare(load_config("s.yaml"))
    assert prepared.log.report.dropped == {"drop orders.sku": 1}
    where, before = fingerprint(prepared)
    assert where == "lines.csv, orders.csv"
    # Another file that is looked up in, other purchases.
    Path("orders.csv").write_text(ORDERS.replace("03-02", "03-03"), encoding="utf-8")
    assert fingerprint(prepare(load_config("s.yaml")))[1] != before


@pytest.mark.parametrize(
    ("lookups", "said"),
    [
        (
            [Lookup("people.csv", "customer_id", "id")],
            r'no column "customer_id" in the lines or in what is looked up \(purchases.lookups\)',
        ),
        ([Lookup("orders.csv", "order_id", "orderid")], 'orders.csv: no column "orderid" .* Did you mean "order_id"'),
        ([Lookup("lines.csv", "order_id")], r'lines.csv, line 3: 1 value of "order_id" stands on several lines'),
        (
            [Lookup("orders.csv", "order_id")],
            r'no column "email" in the lines or in what is looked up \(purchases.columns.customer_id\)',
        ),
    ],
)
def test_what_cannot_be_looked_up_is_refused_with_file_and_key(lookups, said):
    with pytest.raises(DataError, match=said):
        read(*lookups)


def test_a_file_that_is_not_there_is_named_by_the_key():
    with pytest.raises(ConfigError, match=r"purchases.lookups: none.csv does not exist"):
        read(Lookup("none.csv", "order_id"))


def test_lines_of_a_frame_are_looked_up_too():
    frame = pd.DataFrame({"order_id": [1, 2], "price": [3.0, 4.0]})
    columns = Columns(customer_id="customer_id", amount="price")
    log = read_purchases(Source(frame, columns, lookups=[Lookup("orders.csv", "order_id")]))
    assert log.frame()["customer_id"].tolist() == ["7", "8"]


def test_an_engine_elsewhere_joins_by_itself():
    keys = {"path": "lines.csv", "lookups": [{"path": "orders.csv", "by": "order_id"}]}
    config = make_config(
        {"name": "s", "as_of": "2024-04-01", "purchases": keys, "engine": {"kind": "spark", "remote": "sc://x"}}
    )
    with pytest.raises(ConfigError, match=r"engine.kind: spark reads lines without purchases.lookups"):
        prepare(config)
