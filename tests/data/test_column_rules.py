"""Rules on any column of the file, amounts of whole orders, money given back, and one currency."""

import re

import pandas as pd
import pytest
import yaml

from holdfast.config import make_config
from holdfast.data import Cancellation, ColumnRule, Columns, Rules, Source, read_purchases
from holdfast.data.report import account_lines
from holdfast.errors import ConfigError, DataError
from tests.conftest import PROJECT

AMOUNT = Columns(customer_id="who", ordered_at="day", amount="paid")
ORDERS = Columns(customer_id="who", ordered_at="day", amount="paid", order_id="order")
LOG = (
    "who,day,paid,status,channel\n"
    "a,2024-01-01,10.00,paid,web\n"
    "b,2024-01-02,20.00, PAID ,shop\n"
    ",2024-01-03,x,pending,web\n"
    "a,2024-01-04,40.00,voided,web\n"
    "b,2024-01-05,5.00,,web\n"
    "c,2024-01-06,7.50,paid,Test shop\n"
)


def read(folder, text: str, columns: Columns = AMOUNT, **options):
    path = folder / "log.csv"
    path.write_text(text, encoding="utf-8")
    return read_purchases(Source(path, columns, **options))


def amounts(log) -> list[float]:
    return sorted(float(a) for a in log.frame()["amount"])


def test_keep_and_drop_look_at_any_column_and_the_account_says_lines_and_money(tmp_path):
    rules = Rules(keep=[ColumnRule("status", ["paid"])], drop=[ColumnRule("channel", pattern="(?i)test.*")])
    report = (log := read(tmp_path, LOG, rules=rules)).report
    assert amounts(log) == [10.0, 20.0]
    assert report.dropped == {"drop channel": 1, "keep status": 3}
    assert report.lost.amounts == {"drop channel": 7.5, "keep status": 45.0}
    assert report.lost.customers == {"drop channel": 1}, "c has no line left; a and b have"
    assert report.rejected == {}
    assert "3 dropped by the rule keep status (worth 45.00)" in account_lines(report)
    assert "1 dropped by the rule drop channel (worth 7.50; 1 customer has no line left)" in account_lines(report)


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (Rules(drop=[ColumnRule("durum", ["İptal Edildi"])]), [5.0, 10.0]),
        (Rules(drop=[ColumnRule("durum", [" İPTAL EDİLDİ "])]), [5.0, 10.0]),
        (Rules(keep=[ColumnRule("durum", ["ΛΟΓΟΣ", "tamam"])]), [5.0, 10.0]),
    ],
)
def test_capitals_that_python_and_the_engine_lower_differently_are_alike(tmp_path, rules, left):
    text = "who,day,paid,durum\na,2024-01-01,10.00,Tamam\nb,2024-01-02,20.00,İptal Edildi\nc,2024-01-03,5.00,ΛΟΓΟΣ\n"
    assert amounts(read(tmp_path, text, rules=rules)) == left


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (Rules(drop=[ColumnRule("status", ["Pending", "VOIDED"])]), [5.0, 7.5, 10.0, 20.0]),
        (Rules(drop=[ColumnRule("status", ["pending", ""])]), [7.5, 10.0, 20.0, 40.0]),
        (Rules(keep=[ColumnRule("who", ["A"])]), [10.0, 40.0]),
        (Rules(keep=[ColumnRule("paid", pattern=r"\d0[.].*")]), [10.0, 20.0, 40.0]),
        (Rules(keep=[ColumnRule("status", ["paid"]), ColumnRule("channel", ["web"])]), [10.0]),
    ],
)
def test_values_are_compared_without_blanks_and_capitals(tmp_path, rules, left):
    assert amounts(read(tmp_path, LOG, rules=rules)) == left


def test_a_pattern_must_match_the_whole_cell_as_it_is_written(tmp_path):
    with pytest.raises(DataError, match="No line is left"):
        read(tmp_path, LOG, rules=Rules(keep=[ColumnRule("status", pattern="pai")]))
    kept = read(tmp_path, LOG, rules=Rules(keep=[ColumnRule("status", pattern="paid")]))
    assert amounts(kept) == [7.5, 10.0]


def test_a_value_that_no_line_has_is_told(tmp_path):
    rules = Rules(keep=[ColumnRule("status", ["paid", "payed"])], drop=[ColumnRule("channel", pattern="fax")])
    notes = read(tmp_path, LOG, rules=rules).report.notes
    assert 'purchases.rules.keep on "status": the value "payed" matches no line.' in notes
    assert 'purchases.rules.drop on "channel": the pattern matches no line.' in notes
    assert not any('"paid"' in note for note in notes)


@pytest.mark.parametrize(
    ("rules", "error", "said"),
    [
        (Rules(keep=[ColumnRule("state", ["paid"])]), DataError,
         r'line 1: no column "state" \(purchases\.rules\.keep\)\. Did you mean "status"'),
        (Rules(drop=[ColumnRule("state", ["paid"])]), DataError, r"purchases\.rules\.drop"),
        (Rules(keep=[ColumnRule("status", pattern="(")]), ConfigError, r'rules\.keep on "status": the pattern is no'),
        (Rules(keep=[ColumnRule("status")]), ConfigError, "give either values or pattern"),
        (Rules(keep=[ColumnRule("status", ["a"], pattern="b")]), ConfigError, "give either values or pattern"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be_applied_are_refused(tmp_path, rules, error, said):
    with pytest.raises(error, match=said):
        read(tmp_path, LOG, rules=rules)


def test_rules_work_on_typed_columns_and_in_yaml():
    frame = pd.DataFrame(
        {"who": ["a", "b", "c"], "day": ["2024-01-01"] * 3, "paid": [1.0, 2.0, 4.0], "test": [True, False, False],
         "kind": [1.0, 2.0, 2.0]}
    )  # fmt: skip
    config = make_config(
        {"name": "s", "as_of": "end_of_data",
         "purchases": {"columns": {"customer_id": "who", "ordered_at": "day", "amount": "paid"},
                       "rules": {"drop": [{"column": "test", "values": ["true"]}],
                                 "keep": [{"column": "kind", "values": [2]}]}}}
    )  # fmt: skip
    log = read_purchases(config.source(frame=frame))
    assert amounts(log) == [2.0, 4.0]
    with pytest.raises(ConfigError, match=r"purchases\.rules\.keep"):
        make_config({"name": "s", "as_of": "end_of_data", "purchases": {"rules": {"keep": [{"colum": "x"}]}}})


SHOP = (
    "order,who,day,paid,given back,status,what\n"
    "1,a,2024-01-01,30.00,,paid,tea\n"
    "1,a,2024-01-01,,,,cup\n"
    "1,a,2024-01-01,,,,pot\n"
    "2,b,2024-01-02,12.50,2.50,paid,tea\n"
    "3,c,2024-01-03,99.00,,voided,tea\n"
    "3,c,2024-01-03,,,,cup\n"
    "4,b,,8.00,8.00,paid,cup\n"
)
FIRST = Columns(
    customer_id="who", ordered_at="day", amount="paid", order_id="order", product_id="what", refunded="given back"
)


def test_a_total_on_the_first_line_counts_once_and_the_order_s_facts_with_it(tmp_path):
    rules = Rules(keep=[ColumnRule("status", ["paid"])])
    text = SHOP.replace("4,b,,", "4,b,2024-01-04,")
    log = read(tmp_path, text, FIRST, amount_of="order", rules=rules)
    assert amounts(log) == [0.0, 0.0, 0.0, 10.0, 30.0]
    assert log.report.dropped == {"keep status": 2}
    assert log.report.lost.amounts == {"keep status": 99.0}
    assert log.report.zero_lines == 1  # order 4, wholly given back; not the lines of order 1 without a total
    assert log.report.returns.lines == 0
    assert set(log.frame()["product_id"]) == {"tea", "cup", "pot"}


def test_a_total_on_every_line_is_the_same_as_on_the_first(tmp_path):
    every = SHOP.replace("1,a,2024-01-01,,,,", "1,a,2024-01-01,30.00,,paid,").replace("4,b,,", "4,b,2024-01-04,")
    first = SHOP.replace("4,b,,", "4,b,2024-01-04,")
    rules = Rules(keep=[ColumnRule("status", ["paid"])])
    found = [amounts(read(tmp_path, t, FIRST, amount_of="order", rules=rules)) for t in (first, every)]
    assert found[0] == found[1]


def test_the_total_counts_though_its_line_is_dropped_and_once_though_lines_repeat(tmp_path):
    text = "order,who,day,paid,what\n1,a,2024-01-01,30.00,gift\n1,a,2024-01-01,,tea\n1,a,2024-01-01,,tea\n"
    rules = Rules(drop=[ColumnRule("what", ["gift"])], duplicates="drop")
    log = read(tmp_path, text, ORDERS, amount_of="order", rules=rules)
    assert amounts(log) == [30.0]
    assert log.report.dropped == {"drop what": 1, "duplicates": 1}
    assert log.report.lost.amounts == {"drop what": 0.0, "duplicates": 0.0}


def test_orders_with_different_totals_or_none_are_told_by_line(tmp_path):
    text = "order,who,day,paid\n1,a,2024-01-01,30.00\n1,a,2024-01-01,20.00\n2,b,2024-01-02,\n2,b,2024-01-02,\n"
    text += "".join(f"{i},c,2024-01-03,1\n" for i in range(3, 10))
    with pytest.raises(DataError, match=r"set purchases\.amount_of: line"):
        read(tmp_path, text, ORDERS, amount_of="order")
    log = read(tmp_path, text, ORDERS, amount_of="order", max_reject_share=1)
    assert log.rejects[["line", "reason"]].to_numpy().tolist() == [
        [2, "is another total than on another line of its order"],
        [3, "is another total than on another line of its order"],
        [4, "is missing"],
        [5, "is missing"],
    ]
    assert sum(amounts(log)) == 7.0


def test_lines_without_an_order_are_orders_of_their_own(tmp_path):
    text = "order,who,day,paid\n,a,2024-01-01,3.00\n,b,2024-01-01,4.00\n,c,2024-01-01,4.00\n"
    assert amounts(read(tmp_path, text, ORDERS, amount_of="order")) == [3.0, 4.0, 4.0]


def test_an_amount_missing_on_later_lines_leads_to_the_option_that_reads_it(tmp_path):
    with pytest.raises(DataError, match=r"set purchases\.amount_of: order"):
        read(tmp_path, SHOP.replace("4,b,,", "4,b,2024-01-04,"), FIRST)
    with pytest.raises(ConfigError, match=r"amount_of: order needs purchases\.columns\.amount"):
        Source("x.csv", AMOUNT, amount_of="order")


def test_rules_look_at_the_first_line_of_an_order_whose_lines_have_prices(tmp_path):
    lines = ["1,a,2024-01-01,2,3.00,void", "1,,,1,4.00,", "2,b,2024-01-02,1,5.00,paid", "2,,,2,6.00,"]
    text = "\n".join(["order,who,day,n,price,status", *lines, ""])
    has = Columns(customer_id="who", ordered_at="day", order_id="order", quantity="n", unit_price="price")
    rules = Rules(drop=[ColumnRule("status", ["void"])])
    assert amounts(read(tmp_path, text, has, amount_of="order", rules=rules)) == [5.0, 12.0]


def test_what_was_given_back_comes_off_the_amount_whatever_its_sign(tmp_path):
    text = "who,day,paid,back\na,2024-01-01,10.00,2.50\nb,2024-01-01,10.00,-2.50\nc,2024-01-01,10.00,\n"
    has = Columns(customer_id="who", ordered_at="day", amount="paid", refunded="back")
    assert amounts(read(tmp_path, text, has)) == [7.5, 7.5, 10.0]
    with pytest.raises(DataError, match="refunded is not a number"):
        read(tmp_path, text.replace(",2.50", ",much"), has)
    with pytest.raises(ConfigError, match=r"columns\.refunded comes off purchases\.columns\.amount"):
        Source("x.csv", Columns(refunded="back"))


CURRENCIES = (
    "who,day,paid,cur\na,2024-01-01,10.00,EUR\nb,2024-01-02,5.00,eur\na,2024-01-03,7.00,USD\nc,2024-01-04,3.00,GBP\n"
)
MONEY = Columns(customer_id="who", ordered_at="day", amount="paid", currency="cur")


def test_several_currencies_are_refused_with_their_counts_and_the_rule_to_paste(tmp_path):
    with pytest.raises(DataError) as refused:
        read(tmp_path, CURRENCIES, MONEY)
    said = str(refused.value)
    assert "purchases.columns.currency" in said
    assert "EUR 2 lines, GBP 1 line, USD 1 line" in said
    (rule,) = yaml.safe_load(re.search(r"purchases\.rules\.keep: (\[.*\])", said)[1])
    log = read(tmp_path, CURRENCIES, MONEY, rules=Rules(keep=[ColumnRule(**rule)]))
    assert amounts(log) == [5.0, 10.0]
    # Pounds and dollars have no sum.
    assert log.report.lost.amounts == {}
    assert log.report.lost.in_currencies == {"keep cur": {"GBP": 3.0, "USD": 7.0}}
    assert log.report.currency == "EUR"


def test_a_word_in_place_of_a_currency_is_counted_and_not_shown(tmp_path):
    with pytest.raises(DataError, match="EUR 2 lines, GBP 1 line, another word 1 line") as refused:
        read(tmp_path, CURRENCIES.replace("USD", "jane@x.example"), MONEY)
    assert "jane" not in str(refused.value).lower()


def test_one_currency_needs_no_rule_and_lines_of_nothing_need_none(tmp_path):
    text = CURRENCIES.replace("USD", "EUR").replace("3.00,GBP", "0.00,")
    assert amounts(read(tmp_path, text, MONEY)) == [0.0, 5.0, 7.0, 10.0]


def test_the_guide_s_rules_about_gift_cards_credit_and_guests_drop_them_and_count_their_money(tmp_path):
    guide = (PROJECT / "docs" / "guide.md").read_text(encoding="utf-8")
    block = re.search(r"Gift cards, store credit, guests.*?```yaml\n(.*?)```", guide, re.DOTALL)[1]
    given = yaml.safe_load(block)["purchases"]
    path = tmp_path / "log.csv"
    path.write_text(
        "Email,Date,Paid,Product,Payment,Customer group\n"
        "a@x.example,2024-01-01,50.00,Gift Card 50,card,member\n"
        "a@x.example,2024-01-02,30.10,tea,gift card,member\n"
        "b@x.example,2024-01-03,9.90,cup,Store Credit,member\n"
        "c@x.example,2024-01-04,7.00,pot,card,NOT LOGGED IN\n"
        ",2024-01-05,3.00,pot,card,\n",
        encoding="utf-8",
    )
    columns = {"customer_id": "Email", "ordered_at": "Date", "amount": "Paid"}
    config = make_config(
        {"name": "s", "as_of": "end_of_data", "purchases": {**given, "path": str(path), "columns": columns}}
    )
    log = read_purchases(config.source())
    assert amounts(log) == [30.1]
    assert log.report.dropped == {"drop Customer group": 1, "drop Payment": 1, "drop Product": 1, "missing_customer": 1}
    assert log.report.lost.amounts == {
        "drop Customer group": 7.0, "drop Payment": 9.9, "drop Product": 50.0, "missing_customer": 3.0,
    }  # fmt: skip


def test_lines_that_a_rule_calls_returns_count_as_negative_whatever_their_sign(tmp_path):
    log = (
        "who,day,paid,kind\na,2024-01-01,30.00,Invoice\na,2024-01-03,10.00,Credit memo\n"
        "b,2024-01-02,20.00,Invoice\nb,2024-01-05,-5.00, CREDIT MEMO \nb,2024-01-06,x,Credit memo\n"
    )
    rules = Rules(returns=[ColumnRule("kind", ["Credit memo"])])
    report = (read_there := read(tmp_path, log, rules=rules, max_reject_share=0.5)).report
    assert amounts(read_there) == [-10.0, -5.0, 20.0, 30.0]
    assert (report.kept, report.rejected) == (4, {'amount is not a number below 10^12 with decimal mark "."': 1})
    assert (report.returns.lines, report.returns.later_amount) == (2, 15.0)
    assert not any("matches no line" in note for note in report.notes)
    both = Rules(returns=[ColumnRule("kind", ["Refund"])], cancellations=Cancellation(prefix="C"))
    columns = Columns(customer_id="who", ordered_at="day", amount="paid", order_id="kind")
    found = read(tmp_path, log.replace(",x,", ",1,"), columns=columns, rules=both)
    assert amounts(found) == [-10.0, -5.0, -1.0, 20.0, 30.0]
    assert any('rules.returns on "kind": the value "Refund" matches no line' in note for note in found.report.notes)


def test_returns_of_a_log_without_money_are_days_given_back(tmp_path):
    log = "who,day,kind\na,2024-01-01,Sale\na,2024-01-01,Return\nb,2024-01-02,Sale\n"
    rules = Rules(returns=[ColumnRule("kind", pattern="(?i)ret.*")])
    found = read(tmp_path, log, columns=Columns(customer_id="who", ordered_at="day"), rules=rules)
    assert amounts(found) == [-1.0, 1.0, 1.0]


def test_money_in_cents_is_read_in_whole_units(tmp_path):
    log = "who,day,paid,back,ship,order\na,2024-01-01,1999,500,101,1\na,2024-01-02,250,,99,2\n"
    columns = Columns("who", "day", "paid", refunded="back", shipping="ship")
    found = read(tmp_path, log, columns=columns, money_in="cents")
    assert amounts(found) == [3.49, 16.0]
    assert found.report.stated["refunded"].amount == 5.0
    priced = "who,day,pieces,price,fx\na,2024-01-01,3,333,0.5\n"
    columns = Columns("who", "day", quantity="pieces", unit_price="price", rate="fx")
    assert amounts(read(tmp_path, priced, columns=columns, money_in="cents")) == [5.0]
    spread = "who,day,pieces,price,order,off\na,2024-01-01,1,1000,7,100\na,2024-01-01,1,2000,7,\n"
    columns = Columns("who", "day", quantity="pieces", unit_price="price", order_id="order", discount="off")
    assert amounts(read(tmp_path, spread, columns=columns, money_in="cents", amount_of="order")) == [9.67, 19.33]


def test_money_in_micros_is_read_in_whole_units(tmp_path):
    log = "who,day,paid,pieces,price\na,2024-01-01,4990000,3,1990000\na,2024-01-02,250000000000,1,10\n"
    columns = Columns("who", "day", "paid")
    assert amounts(read(tmp_path, log, columns=columns, money_in="micros")) == [4.99, 250000.0]
    columns = Columns("who", "day", quantity="pieces", unit_price="price")
    assert amounts(read(tmp_path, log, columns=columns, money_in="micros")) == [0.0, 5.97]


def test_cents_and_returns_in_a_scenario(tmp_path):
    (tmp_path / "log.csv").write_text("who,day,paid,kind\na,2024-01-01,3000,1\na,2024-01-03,1000,2\n")
    rules = {"returns": [{"column": "kind", "values": [2]}]}
    config = make_config(
        {
            "name": "x",
            "as_of": "2024-03-01",
            "purchases": {
                "path": str(tmp_path / "log.csv"),
                "columns": {"customer_id": "who", "ordered_at": "day", "amount": "paid"},
                "money_in": "cents",
                "rules": rules,
            },
        }
    )
    assert amounts(read_purchases(config.source(tmp_path))) == [-10.0, 30.0]
