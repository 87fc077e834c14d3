"""Each known export, with its traps: test orders, what was voided or given back, several items, several currencies."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from holdfast.config import make_config
from holdfast.data import FORMATS, PurchaseLog, read_purchases, with_format
from holdfast.errors import ConfigError, DataError

SHOPIFY = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Cancelled at,Payment Method,Refunded Amount
#1001,ann@x.example,paid,2024-01-01 23:45:00 +0100,fulfilled,EUR,20.00,5.00,4.00,25.00,2024-01-01 23:45:00 +0100,1,\
Tea,10.00,,Shopify Payments,0.00
#1001,ann@x.example,,,,,,,,,2024-01-01 23:45:00 +0100,2,"Cup, blue",5.00,,,
#1001,ann@x.example,,,,,,,,,2024-01-01 23:45:00 +0100,1,Pot,0.00,,,
#1002,Ann@X.example,partially_refunded,2024-02-01 10:00:00 +0100,,EUR,40.00,0.00,0.00,40.00,\
2024-02-01 10:00:00 +0100,4,Tea,10.00,,Shopify Payments,10.10
#1003,bob@x.example,refunded,2024-02-02 10:00:00 +0100,,EUR,30.00,0.00,0.00,30.00,2024-02-02 10:00:00 +0100,3,Tea,\
10.00,,Shopify Payments,30.00
#1004,bob@x.example,voided,,,EUR,99.00,0.00,0.00,99.00,2024-02-03 10:00:00 +0100,9,Tea,11.00,\
2024-02-03 11:00:00 +0100,Shopify Payments,0.00
#1004,bob@x.example,,,,,,,,,2024-02-03 10:00:00 +0100,9,Cup,11.00,,,
#1005,shop@x.example,paid,2024-02-04 10:00:00 +0100,,EUR,1000.00,0.00,0.00,1000.00,2024-02-04 10:00:00 +0100,1,Tea,\
1000.00,,bogus,0.00
#1006,cat@x.example,pending,,,EUR,12.00,0.00,0.00,12.00,2024-02-05 10:00:00 +0100,1,Tea,12.00,,Bank Deposit,0.00
#1007,cat@x.example,paid,2024-03-31 00:30:00 +0100,,EUR,7.35,0.00,0.00,7.35,2024-03-31 00:30:00 +0100,1,Tea,7.35,,\
Shopify Payments,0.00
#1008,dan@x.example,paid,2024-04-01 10:00:00 +0200,,EUR,50.00,0.00,0.00,50.00,2024-04-01 10:00:00 +0200,1,Tea,50.00,\
2024-04-02 10:00:00 +0200,Shopify Payments,0.00
#1009,eve@x.example,paid,2024-04-02 10:00:00 +0200,,USD,80.00,0.00,0.00,80.00,2024-04-02 10:00:00 +0200,8,Tea,10.00,,\
Shopify Payments,0.00
"""
WOOCOMMERCE = """\
Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),Net Sales,Attribution
2024-01-01 23:45:00,11,"$29.75",completed,Ann Lee,new,"2× Tea, 1× Cup",3,,25.00,Organic
2024-01-05 09:00:00,12,"$17.85",processing,Bob Ray,new,1× Tea,1,SAVE5,15.50,Direct
2024-01-06 09:00:00,13,"$1,190.00",cancelled,Bob Ray,returning,1× Gold,1,,1000.00,Direct
2024-01-07 09:00:00,14,"$11.90",refunded,Ann Lee,returning,1× Tea,1,,10.00,Direct
2024-01-08 09:00:00,15,"$11.90",pending,Cat Doe,new,1× Tea,1,,10.00,Direct
2024-01-09 09:00:00,16,"$11.90",failed,Cat Doe,new,1× Tea,1,,10.00,Direct
2024-02-01 09:00:00,17,"$35.70",completed,Ann Lee,returning,3× Tea,3,,30.05,Direct
"""
MAGENTO = """\
"ID","Purchase Point","Purchase Date","Bill-to Name","Grand Total (Base)","Grand Total (Purchased)","Status",\
"Customer Email","Total Refunded"
"000000001","Main Website","Jan 1, 2024 11:45:12 PM","Ann Lee","25.0000","25.0000","Complete","ann@x.example",""
"000000002","Main Website","Feb 1, 2024 10:11:12 AM","Ann Lee","40.0000","44.0000","Complete","Ann@x.example","10.1000"
"000000003","Main Website","Feb 2, 2024 12:00:00 AM","Bob Ray","15.5000","15.5000","Processing","bob@x.example",""
"000000004","Main Website","Feb 3, 2024 10:11:12 AM","Bob Ray","99.0000","99.0000","Closed","bob@x.example","99.0000"
"000000005","Main Website","Feb 4, 2024 10:11:12 AM","Cat Doe","12.0000","12.0000","Canceled","cat@x.example",""
"000000006","Main Website","Feb 5, 2024 10:11:12 AM","Cat Doe","12.0000","12.0000","Pending","cat@x.example",""
"""
STRIPE = """\
id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Status,Customer ID,Customer Email
ch_1,2024-01-01 23:45:12,25.00,0.00,eur,true,Paid,cus_1,ann@x.example
ch_2,2024-02-01 10:11:12,40.00,10.10,eur,true,Paid,cus_2,Ann@x.example
ch_3,2024-02-02 10:11,15.50,0.00,eur,true,Paid,cus_3,bob@x.example
ch_4,2024-02-03 10:11:12,99.00,99.00,eur,true,Refunded,cus_3,bob@x.example
ch_5,2024-02-04 10:11:12,12.00,0.00,eur,false,Failed,cus_4,cat@x.example
ch_6,2024-02-05 10:11:12,12.00,0.00,eur,false,Paid,cus_4,cat@x.example
ch_7,2024-02-06 10:11:12,80.00,0.00,usd,true,Paid,cus_5,eve@x.example
"""
SQUARE = """\
Date,Time,Time Zone,Gross Sales,Discounts,Net Sales,Tax,Tip,Partial Refunds,Total Collected,Transaction ID,Payment ID,\
Event Type,Location,Customer ID,Customer Name
2024-01-01,23:45:12,Eastern Time,"$1,250.00",($25.00),"$1,225.00",$0.00,$2.00,$0.00,"$1,227.00",T1,P1,\
Payment,Main,CUST1,Ann
2024-01-02,10:11:12,Eastern Time,$15.50,$0.00,$15.50,$1.00,$0.00,$0.00,$16.50,T2,P2,Payment,Main,CUST2,Bob
2024-01-03,10:11:12,Eastern Time,-$10.10,$0.00,-$10.10,$0.00,$0.00,$0.00,-$10.10,T3,P3,Refund,Main,CUST1,Ann
2024-01-04,10:11:12,Eastern Time,$7.00,$0.00,$7.00,$0.00,$0.00,$0.00,$7.00,T4,P4,Payment,Main,,
2024-01-05,10:11:12,Eastern Time,$0.00,$0.00,$0.00,$0.00,$0.00,$0.00,$0.00,T5,P5,Chargeback,Main,CUST2,Bob
"""
BIGCOMMERCE = """\
Order ID,Order Status,Order Date,Order Time,Subtotal (inc tax),Order Total (inc tax),Order Total (ex tax),\
Refund Amount,Customer ID,Customer Name,Customer Email,Order Currency Code
101,Completed,01/13/2024,23:45:12,20.00,25.00,21.00,0.00,7,Ann Lee,ann@x.example,AUD
102,Partially Refunded,02/01/2024,10:11:12,40.00,40.00,35.00,10.10,7,Ann Lee,Ann@x.example,AUD
103,Awaiting Fulfillment,02/02/2024,10:11:12,15.50,15.50,14.00,0.00,0,Bob Ray,bob@x.example,AUD
104,Refunded,02/03/2024,10:11:12,99.00,99.00,90.00,99.00,0,Bob Ray,bob@x.example,AUD
105,Cancelled,02/04/2024,10:11:12,12.00,12.00,11.00,0.00,0,Cat Doe,cat@x.example,AUD
106,Incomplete,02/05/2024,10:11:12,12.00,12.00,11.00,0.00,0,Cat Doe,cat@x.example,AUD
107,Shipped,02/06/2024,10:11:12,80.00,80.00,75.00,0.00,0,Eve Fox,eve@x.example,NZD
"""
KLAVIYO = """\
Timestamp,Person//Email,Person//First Name,$event_id,$value
2024-01-01 23:45:12,ann@x.example,Ann,11,25.00
2024-02-01 10:11:12,Ann@x.example,Ann,12,29.90
2024-02-02 10:11:12,bob@x.example,Bob,13,15.50
"""
BERLIN = {"time_zone": "Europe/Berlin"}
# Format: file, keys beside it, the currency to keep, net revenue, customers, and days on which something was bought.
CASES: dict[str, tuple[str, dict[str, Any], str, str, int, list[str]]] = {
    "shopify": (SHOPIFY, BERLIN, "EUR", "62.25", 2, ["2024-01-01", "2024-02-01", "2024-03-31"]),
    "woocommerce": (WOOCOMMERCE, {}, "", "70.55", 2, ["2024-01-01", "2024-01-05", "2024-02-01"]),
    "magento": (MAGENTO, {}, "", "70.40", 2, ["2024-01-01", "2024-02-01", "2024-02-02"]),
    "stripe": (STRIPE, {}, "EUR", "70.40", 2, ["2024-01-01", "2024-02-01", "2024-02-02"]),
    "square": (SQUARE, {}, "", "1230.40", 2, ["2024-01-01", "2024-01-02", "2024-01-03"]),
    "bigcommerce": (BIGCOMMERCE, {}, "AUD", "70.40", 2, ["2024-01-13", "2024-02-01", "2024-02-02"]),
    "klaviyo": (KLAVIYO, {}, "", "70.40", 2, ["2024-01-01", "2024-02-01", "2024-02-02"]),
}


def read(folder: Path, text: str, name: str, **keys: Any) -> PurchaseLog:
    path = folder / "export.csv"
    path.write_text(text, encoding="utf-8")
    purchases = {"path": str(path), "format": name, **keys}
    return read_purchases(make_config({"name": "s", "as_of": "end_of_data", "purchases": purchases}).source())


def test_every_format_has_a_case_and_a_paragraph():
    assert set(CASES) == set(FORMATS)
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    for name, known in FORMATS.items():
        assert f"`{name}`" in page
        for column in (*known.columns.values(), *known.keep, *known.drop):
            assert f"`{column}`" in page, f"docs/formats.md does not say what {name} does with {column}"


@pytest.mark.parametrize("name", CASES)
def test_an_export_is_read_to_the_cent(tmp_path, name):
    text, keys, currency, revenue, customers, days = CASES[name]
    if currency:
        with pytest.raises(DataError, match=f"{currency} [0-9]+ lines, [A-Z]+ 1 line") as refused:
            read(tmp_path, text, name, **keys)
        rule = yaml.safe_load(re.search(r"purchases\.rules\.keep: (\[.*\])", str(refused.value))[1])
        assert rule[0]["values"] == [currency]
        # What is pasted stands beside the format's own rules.
        keys = {**keys, "rules": {"keep": rule}}
    log = read(tmp_path, text, name, **keys)
    total, found = log.connection.execute("SELECT SUM(amount), COUNT(DISTINCT customer_id) FROM purchases").fetchone()
    assert (str(total), found) == (revenue, customers)
    bought = log.connection.execute(
        "SELECT DISTINCT CAST(DATE '1970-01-01' + day AS VARCHAR) FROM purchases WHERE amount <> 0 ORDER BY 1"
    ).fetchall()
    assert [row[0] for row in bought] == days
    assert log.report.currency == (currency or None)
    assert log.report.rejected == {}
    assert log.report.notes == []


def test_what_a_format_drops_is_in_the_account(tmp_path):
    rules = {"keep": [{"column": "Currency", "values": ["EUR"]}]}
    report = read(tmp_path, SHOPIFY, "shopify", **BERLIN, rules=rules).report
    assert report.dropped == {
        "drop Cancelled at": 1, "drop Payment Method": 1, "keep Currency": 1, "keep Financial Status": 4
    }  # fmt: skip
    assert report.lost.amounts["keep Financial Status"] == 0.0 + 99.0 + 12.0
    assert report.lost.amounts["drop Payment Method"] == 1000.0
    assert (report.lines_in, report.kept) == (12, 5)


def test_a_key_that_is_given_wins_over_the_format(tmp_path):
    keys = {"columns": {"customer_id": "Customer ID", "refunded": None}, "id_case": "keep",
            "rules": {"keep": [{"column": "Status", "values": ["Refunded"]}]}}  # fmt: skip
    log = read(tmp_path, STRIPE, "stripe", **keys)
    assert log.frame()["customer_id"].tolist() == ["cus_3"]
    assert log.report.dropped == {"keep Status": 6}
    assert with_format("stripe", {"rules": {"drop": []}})["rules"]["drop"] == []
    assert with_format("stripe", {"rules": {"drop": []}})["rules"]["keep"] == FORMATS["stripe"].rules()["keep"]
    assert with_format("square", {"thousands": "."})["thousands"] == "."
    assert with_format("square", {"rules": {"missing_customer": "reject"}})["rules"]["missing_customer"] == "reject"


def test_a_column_the_file_has_not_is_told_and_one_that_decides_is_refused(tmp_path):
    few = "\n".join(",".join(line.split(",")[:4]) for line in KLAVIYO.splitlines()) + "\n"
    with pytest.raises(DataError, match=r'no column "\$value" \(purchases\.columns\.amount\)'):
        read(tmp_path, few, "klaviyo")
    without = STRIPE.replace("Amount Refunded", "Given back").replace("usd", "eur")
    notes = read(tmp_path, without, "stripe").report.notes
    assert notes == ['There is no column "Amount Refunded" in the file, so nothing is known of what it says.']
    with pytest.raises(DataError, match=r'no column "Status" \(purchases\.rules\.keep\)'):
        read(tmp_path, STRIPE.replace("Status", "State"), "stripe")
    assert read(tmp_path, STRIPE.replace("Captured", "Taken").replace("usd", "eur"), "stripe").report.kept == 5


@pytest.mark.parametrize(("column", "test", "real"), [("Livemode", "False", "true"), ("Mode", "Test", "Live")])
def test_test_payments_of_stripe_are_no_purchases(tmp_path, column, test, real):
    header, *lines = STRIPE.replace("usd", "eur").splitlines()
    marked = [f"{header},{column}", *(f"{line},{test if 'ch_3' in line else real}" for line in lines)]
    report = read(tmp_path, "\n".join(marked) + "\n", "stripe").report
    assert (report.kept, report.notes) == (3, [])
    assert report.dropped[f"drop {column}"] == 1


def test_an_unknown_format_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match=r"Did you mean \"?shopify\"?"):
        make_config({"name": "s", "as_of": "end_of_data", "purchases": {"format": "shopfy"}})
