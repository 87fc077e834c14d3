"""Orders, lines and customers in files of their own: looked up by their keys, or asked to be named apart."""

from pathlib import Path

import pytest

from holdfast.errors import DataError
from holdfast.onboarding import Look
from tests.fuzz.configurations import command
from tests.onboarding.exports import POINT, Export, amount, day, net, order, plain, sales
from tests.onboarding.plain import read

ITEMS = {"order_id": order("o"), "product_id": lambda s: f"p{s.order % 9}", "price": amount(POINT)}
# Each order knows the customer of that order alone, whose lasting number stands in a third file.
ORDERS = {
    "order_id": order("o"),
    "customer_id": order("c"),
    "order_status": lambda s: ("delivered", "canceled")[s.order % 9 == 0],
}
ORDERS |= {"order_purchase_timestamp": day("%Y-%m-%d %H:%M:%S"), "order_delivered_date": day("%Y-%m-%d 00:00:00")}
CUSTOMERS = {"customer_id": order("c"), "customer_unique_id": plain("u"), "customer_city": lambda _: "franca"}
PAYMENTS = {"order_id": order("o"), "payment_type": lambda _: "card", "payment_value": amount(POINT)}


def write(**files) -> list[str]:
    for name, columns in files.items():
        Export(columns).write(Path(f"{name}.csv"))
    return [f"{name}.csv" for name in files]


def test_lines_find_their_order_and_its_customer():
    named = write(items=ITEMS, orders=ORDERS, customers=CUSTOMERS)
    assert command("init", *named, "--yes", "--out", "x.yaml")[0] == 0
    told = Look(named).findings({}).told
    assert told[1:3] == ['looked up by "order_id": "orders.csv"', 'looked up by "customer_id": "customers.csv"']
    found, customers, revenue, rejected = read(Path("x.yaml"))
    assert found["path"] == "items.csv"
    assert found["lookups"] == [
        {"path": "orders.csv", "by": "order_id"},
        {"path": "customers.csv", "by": "customer_id"},
    ]
    assert found["columns"] == {
        "customer_id": "customer_unique_id",
        "ordered_at": "order_purchase_timestamp",
        "amount": "price",
        "order_id": "order_id",
        "product_id": "product_id",
    }
    kept = [s for s in sales() if s.order % 9]
    assert (customers, round(revenue, 2), rejected) == (len({s.customer for s in kept}), round(net(kept), 2), 0)


def test_an_id_of_a_table_called_after_it_is_a_key():
    orders = {"id": order("o"), "customer": plain("c"), "created_at": day("%Y-%m-%d")}
    named = write(order_lines=ITEMS, orders=orders)
    assert command("init", *named, "--yes", "--out", "x.yaml")[0] == 0
    found, customers, revenue, _ = read(Path("x.yaml"))
    assert found["lookups"] == [{"path": "orders.csv", "by": "order_id", "key": "id"}]
    assert (customers, round(revenue, 2)) == (60, round(net(), 2))


def test_two_files_of_money_are_named_and_either_is_read_when_the_other_is_left_out():
    named = write(items=ITEMS, orders=ORDERS, customers=CUSTOMERS, payments=PAYMENTS)
    with pytest.raises(DataError, match=r"The lines of purchases could be items.csv or payments.csv"):
        Look(named).findings({})
    assert command("init", *named[1:], "--yes", "--out", "x.yaml")[0] == 0
    assert read(Path("x.yaml"))[0]["columns"]["amount"] == "payment_value"


def test_files_that_share_no_key_stay_apart():
    others = {"reference": order("r"), "customer_id": plain("c"), "created_at": day("%Y-%m-%d")}
    found = Look(write(items=ITEMS, orders=others)).findings({})
    assert ("lookups" in found.settings, found.paths) == (False, ["orders.csv"])
    assert [q.key for q in found.questions] == ["columns.amount"]
    assert [path for path, _ in found.others] == ["items.csv"]


def test_orders_with_amounts_need_no_lines():
    orders = {"order_id": order("o"), "customer_id": plain("c"), "created_at": day("%Y-%m-%d"), "total": amount(POINT)}
    named = write(items=ITEMS, orders=orders)
    found = Look(named).findings({})
    assert "lookups" not in found.settings
    assert found.settings["columns.amount"] == "total"


def test_a_customer_of_one_order_is_not_the_customer():
    both = {**ORDERS, "customer_unique_id": plain("u"), "price": amount(POINT)}
    # Two lines an order, so that the order's own customer stands there twice, on one day.
    Export(both, lines=lambda rows: [cells for row in rows for cells in (row, [*row[:-1], "1.00"])]).write(
        Path("x.csv")
    )
    assert Look(["x.csv"]).findings({}).settings["columns.customer_id"] == "customer_unique_id"


def test_a_price_in_a_file_of_products_is_looked_up_and_a_total_of_the_customer_is_not():
    sold = {"OrderDate": day("%Y-%m-%d"), "CustomerKey": plain("c"), "OrderNumber": order("SO")}
    Export({**sold, "ProductKey": lambda s: f"p{s.order % 9}", "OrderQuantity": lambda s: str(1 + s.order % 3)}).write(
        Path("sales.csv")
    )
    Path("products.csv").write_text(
        "ProductKey,ProductName,ProductPrice\n" + "".join(f"p{i},Bike {i},{10 + i}.50\n" for i in range(9)),
        encoding="utf-8",
    )
    Path("customers.csv").write_text(
        "CustomerKey,FirstName,TotalSpend\n" + "".join(f"c{i},Ann,{100 + i}.25\n" for i in range(60)), encoding="utf-8"
    )
    named = ["sales.csv", "products.csv", "customers.csv"]
    assert command("init", *named, "--yes", "--out", "x.yaml")[0] == 0
    found, customers, revenue, _ = read(Path("x.yaml"))
    assert found["lookups"] == [{"path": "products.csv", "by": "ProductKey"}]
    assert (found["columns"]["quantity"], found["columns"]["unit_price"]) == ("OrderQuantity", "ProductPrice")
    assert (customers, revenue) == (60, sum((1 + s.order % 3) * (10.5 + s.order % 9) for s in sales()))
    assert "lookups" not in Look(["sales.csv", "customers.csv"]).findings({}).settings


LOOKUPS = [{"path": "orders.csv", "by": "order_id"}, {"path": "customers.csv", "by": "customer_id"}]


@pytest.mark.parametrize(
    "own",
    ["shipping_limit_date", "delivery_deadline", "estimated_arrival_date", "created_at"],
)
def test_lines_with_a_day_of_their_own_pass_through_orders_to_customers(own):
    items = {**ITEMS, own: day("%Y-%m-%d 12:00:00")}
    named = write(items=items, orders=ORDERS, customers=CUSTOMERS)
    assert command("init", *named, "--yes", "--out", "x.yaml")[0] == 0
    found = Look(named).findings({})
    assert found.settings["lookups"] == LOOKUPS
    assert found.settings["columns.customer_id"] == "customer_unique_id"
    # A deadline is no day of purchase; the day on which a line was made is one.
    bought = own if own == "created_at" else "order_purchase_timestamp"
    assert found.settings["columns.ordered_at"] == bought
    kept = [s for s in sales() if s.order % 9]
    _, customers, revenue, rejected = read(Path("x.yaml"))
    assert (customers, round(revenue, 2), rejected) == (len({s.customer for s in kept}), round(net(kept), 2), 0)


def test_without_the_customers_it_is_said_that_those_of_orders_do_not_come_back():
    items = {**ITEMS, "shipping_limit_date": day("%Y-%m-%d 12:00:00")}
    with pytest.raises(DataError, match='"customer_id" is another with every purchase, so nobody comes back'):
        Look(write(items=items, orders=ORDERS)).findings({})


def test_where_nothing_could_be_looked_up_the_file_and_the_others_are_named():
    items = {"order_id": order("o"), "product_id": lambda s: f"p{s.order % 9}", "seller_id": plain("s")}
    items |= {"shipping_limit_date": day("%Y-%m-%d 12:00:00"), "price": amount(POINT)}
    with pytest.raises(DataError) as refused:
        Look(write(items=items, customers=CUSTOMERS)).findings({})
    assert str(refused.value).startswith(
        'items.csv: No column names a customer: "product_id" and "seller_id" say where'
    )
    assert str(refused.value).endswith(
        'No column that items.csv shares with "customers.csv" stands there once for each value, so nothing of theirs '
        "could be looked up."
    )


def test_purchases_that_know_their_customer_are_left_as_they_are():
    sold = {"order_id": order("o"), "email": lambda s: f"{s.customer}@x.com", "date": day("%Y-%m-%d")}
    found = Look(write(sold={**sold, "price": amount(POINT)}, orders=ORDERS, customers=CUSTOMERS)).findings({})
    assert "lookups" not in found.settings
    assert found.settings["columns.customer_id"] == "email"
