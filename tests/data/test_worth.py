"""What a line is worth as stated: price × quantity − discount + shipping + tax, × the rate, to the cent."""

import re
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.data import ColumnRule, Columns, Rules, Source, read_purchases
from holdfast.data.report import account_lines
from holdfast.errors import ConfigError, DataError

CENT = Decimal("0.01")
LINE = Columns(customer_id="who", ordered_at="day", quantity="n", unit_price="price", discount="off", order_id="order")
ORDER = Columns(
    customer_id="who", ordered_at="day", quantity="n", unit_price="price", discount="off", shipping="post", tax="tax",
    order_id="order", product_id="what",
)  # fmt: skip
TOTAL = Columns(customer_id="who", ordered_at="day", amount="paid", discount="off", shipping="post", order_id="order")


def read(folder, text: str, columns: Columns, **options):
    path = folder / "log.csv"
    path.write_text(text, encoding="utf-8")
    return read_purchases(Source(path, columns, **options))


def amounts(log) -> list[str]:
    return (
        log.connection.execute("SELECT CAST(amount AS VARCHAR) FROM purchases ORDER BY customer_id")
        .df()["CAST(amount AS VARCHAR)"]
        .tolist()
    )


LINES = "order,who,day,n,price,off\n1,a,2024-01-01,3,9.99,4.50\n2,b,2024-01-02,1,20.00,\n3,c,2024-01-03,2,0.50,0\n"


def test_a_discount_comes_off_price_times_quantity_and_the_account_says_what_it_came_to(tmp_path):
    log = read(tmp_path, LINES, LINE)
    assert amounts(log) == ["25.47", "20.00", "1.00"]
    assert "1 line with discount, worth 4.50 together: taken off" in account_lines(log.report)
    assert log.report.as_dict()["stated"] == {"discount": {"lines": 1, "amount": 4.5}}


def test_a_discount_exported_below_zero_comes_off_too_and_off_a_return_it_takes_less_back(tmp_path):
    assert amounts(read(tmp_path, LINES.replace("4.50", "-4.50"), LINE)) == ["25.47", "20.00", "1.00"]
    back = LINES + "4,d,2024-01-04,-1,10.00,{}\n"
    for sign in ("-2.00", "2.00"):
        log = read(tmp_path, back.format(sign), LINE)
        assert amounts(log)[-1] == "-8.00"


def test_discounts_of_both_signs_are_refused_and_either_answer_reads_them(tmp_path):
    text = LINES + "4,d,2024-01-04,1,10.00,-2.00\n5,e,2024-01-04,1,10.00,1.00\n"
    with pytest.raises(DataError) as refused:
        read(tmp_path, text, LINE)
    said = str(refused.value)
    assert "2 discounts above 0 and 1 below 0 (the first of the rarer: log.csv line 5)" in said
    answers = re.findall(r"purchases\.discount_as: (\w+)", said)
    assert answers == ["positive", "negative"]
    found = [amounts(read(tmp_path, text, LINE, discount_as=answer)) for answer in answers]
    assert found == [["25.47", "20.00", "1.00", "12.00", "9.00"], ["34.47", "20.00", "1.00", "8.00", "11.00"]]


@pytest.mark.parametrize("cells", [("15 %", "0", "2.5%"), ("15", "0", "2.5"), ("15\u00a0％", "", "2,5 %")])
def test_percentages_are_read_where_they_are_stated(tmp_path, cells):
    text = "order;who;day;n;price;off\n" + "".join(
        f"{i};{c};2024-01-01;3;9{',' if ',' in cells[2] else '.'}99;{cell}\n"
        for i, (c, cell) in enumerate(zip("abc", cells, strict=True))
    )
    options = {"delimiter": ";", "discount_as": "percent", "decimal": "," if "," in cells[2] else None}
    log = read(tmp_path, text, LINE, **options)
    assert amounts(log) == ["25.47", "29.97", "29.22"]
    assert log.report.stated["discount"].amount == pytest.approx(4.4955 + 0.74925)


def test_a_percentage_that_is_not_stated_leads_to_the_key_that_reads_it(tmp_path):
    text = LINES.replace("4.50", "15 %").replace(",0\n", ",5 %\n")
    with pytest.raises(DataError, match=r"off|discount") as refused:
        read(tmp_path, text, LINE)
    assert "Set purchases.discount_as: percent." in str(refused.value)
    assert amounts(read(tmp_path, text, LINE, discount_as="percent")) == ["25.47", "20.00", "0.95"]
    both = LINES.replace("4.50", "15 %").replace(",0\n", ",0.05\n")
    with pytest.raises(DataError, match="Percentages and amounts stand in one column"):
        read(tmp_path, both, LINE)
    with pytest.raises(DataError, match="all with the sign or all without it"):
        read(tmp_path, both, LINE, discount_as="percent")


def test_shares_are_stated_and_lie_between_0_and_1(tmp_path):
    assert amounts(read(tmp_path, LINES.replace("4.50", "0.15"), LINE, discount_as="share"))[0] == "25.47"
    with pytest.raises(DataError, match="is not a share from 0 to 1"):
        read(tmp_path, LINES, LINE, discount_as="share")
    with pytest.raises(DataError, match="is not a percentage from 0 to 100"):
        read(tmp_path, LINES.replace("4.50", "101"), LINE, discount_as="percent")


def test_a_discount_that_is_more_than_its_line_leads_to_the_order(tmp_path):
    text = (
        "order,who,day,n,price,off\n1,a,2024-01-01,1,5.00,12.00\n1,a,2024-01-01,1,20.00,12.00\n2,b,2024-01-02,1,1.00,\n"
    )
    with pytest.raises(DataError) as refused:
        read(tmp_path, text, LINE)
    assert "discount is more than what it comes off: log.csv line 2" in str(refused.value)
    assert "set purchases.amount_of: order." in str(refused.value)
    log = read(tmp_path, text, LINE, amount_of="order")
    assert amounts(log) == ["2.60", "10.40", "1.00"]
    with pytest.raises(DataError, match="discount is more than what it comes off"):
        read(tmp_path, text.replace("12.00", "25.01"), LINE, amount_of="order")


def test_what_is_of_an_order_counts_once_beside_its_total(tmp_path):
    first = "order,who,day,paid,off,post\n1,a,2024-01-01,30.00,3.00,4.90\n1,a,2024-01-01,,,\n2,b,2024-01-02,10.00,,\n"
    every = first.replace("1,a,2024-01-01,,,", "1,a,2024-01-01,30.00,3.00,4.90")
    zeros = first.replace("1,a,2024-01-01,,,", "1,a,2024-01-01,,0.00,0.00")
    for text in (first, every, zeros):
        log = read(tmp_path, text, TOTAL, amount_of="order")
        assert sum(map(Decimal, amounts(log))) == Decimal("41.90")
        assert "1 line with shipping, worth 4.90 together: added" in account_lines(log.report)
    other = first.replace("1,a,2024-01-01,,,", "1,a,2024-01-01,,,2.00")
    log = read(tmp_path, other, TOTAL, amount_of="order", max_reject_share=1)
    assert log.report.rejected == {"shipping is another total than on another line of its order": 2}


def orders(seed: int) -> tuple[str, dict[str, Decimal], Decimal]:
    """Orders with a price per line and one discount, shipping and tax each; the spend of every customer in Decimals."""
    draw, text, spent, off = np.random.default_rng(seed), "order,who,day,n,price,off,post,tax,what\n", {}, Decimal(0)
    for order in range(60):
        who, day = f"c{draw.integers(20):02}", f"2024-01-{draw.integers(1, 29):02}"
        priced = [
            (int(draw.integers(1, 5)), Decimal(int(draw.integers(5000))) / 100) for _ in range(draw.integers(1, 6))
        ]
        gross = sum(n * price for n, price in priced)
        discount = (gross * int(draw.integers(101)) / 100).quantize(CENT, ROUND_HALF_UP)
        post, tax = Decimal(int(draw.choice([0, 495, 990]))) / 100, Decimal(int(draw.integers(900))) / 100
        spent[who] = spent.get(who, Decimal(0)) + gross - discount + post + tax
        off += discount
        for i, (n, price) in enumerate(priced):
            cells = f"{discount},{post},{tax}" if i == 0 else ",,"
            text += f"{order},{who},{day},{n},{price},{cells},p{i}\n"
    return text, spent, off


@pytest.mark.parametrize("seed", range(5))
def test_what_is_of_an_order_is_spread_over_its_priced_lines_and_no_cent_is_lost(tmp_path, seed):
    text, spent, off = orders(seed)
    log = read(tmp_path, text, ORDER, amount_of="order")
    found = log.connection.execute("SELECT customer_id, SUM(amount) FROM purchases GROUP BY 1").fetchall()
    assert dict(found) == {who: amount.quantize(CENT) for who, amount in spent.items()}
    # A discount makes no line a return.
    assert log.report.returns.lines == 0
    assert log.report.stated["discount"].amount == pytest.approx(float(off))


def test_a_discount_of_an_order_stays_with_the_lines_that_count(tmp_path):
    text = "order,who,day,n,price,off,post,tax,what\n1,a,2024-01-01,1,5.00,1.00,,,gift\n1,a,2024-01-01,1,20.00,,,,tea\n"
    log = read(tmp_path, text, ORDER, amount_of="order", rules=Rules(drop=[ColumnRule("what", ["gift"])]))
    assert amounts(log) == ["19.00"]
    assert log.report.lost.amounts == {"drop what": 5.0}


RATES = (
    "order,who,day,paid,off,post,cur,rate\n1,a,2024-01-01,10.00,1.00,2.00,EUR,1\n2,b,2024-01-02,10.00,,,USD,0.92\n"
    "3,c,2024-01-03,1000.00,,,SEK,0.0871\n"
)
RATED = Columns(
    customer_id="who", ordered_at="day", amount="paid", discount="off", shipping="post", order_id="order",
    currency="cur", rate="rate",
)  # fmt: skip


def test_money_is_converted_at_the_rate_of_its_line(tmp_path):
    log = read(tmp_path, RATES, RATED)
    assert amounts(log) == ["11.00", "9.20", "87.10"]
    assert log.report.currency == "EUR"
    said = "2 lines with amounts, worth 96.30 together: converted at the rate of their line"
    assert said in account_lines(log.report)
    assert amounts(read(tmp_path, RATES.replace("0.92", "0.92").replace("10.00,1.00", "10.00,"), RATED))[0] == "12.00"


def test_a_rate_converts_what_is_of_an_order_too_and_stands_on_its_first_line(tmp_path):
    text = "order,who,day,n,price,off,cur,rate\n1,a,2024-01-01,1,10.00,2.00,USD,0.5\n1,a,2024-01-01,3,10.00,,,\n"
    has = Columns(
        customer_id="who", ordered_at="day", quantity="n", unit_price="price", discount="off", order_id="order",
        currency="cur", rate="rate",
    )  # fmt: skip
    assert amounts(read(tmp_path, text, has, amount_of="order")) == ["4.75", "14.25"]


@pytest.mark.parametrize(("rate", "said"), [("", "is missing"), ("0", "is not above 0"), ("-1", "is not above 0")])
def test_a_rate_that_cannot_be_one_is_refused_with_its_line(tmp_path, rate, said):
    with pytest.raises(DataError, match=rf"rate {said}: log\.csv line 3"):
        read(tmp_path, RATES.replace("USD,0.92", f"USD,{rate}"), RATED)


def test_several_currencies_without_a_rate_are_refused_and_both_ways_out_work(tmp_path):
    mixed = Columns(customer_id="who", ordered_at="day", amount="paid", currency="cur")
    with pytest.raises(DataError) as refused:
        read(tmp_path, RATES, mixed)
    said = str(refused.value)
    assert "name it: purchases.columns.rate." in said
    assert "purchases.rules.keep: [" in said
    rated = Columns(customer_id="who", ordered_at="day", amount="paid", currency="cur", rate="rate")
    assert amounts(read(tmp_path, RATES, rated)) == ["10.00", "9.20", "87.10"]
    assert amounts(read(tmp_path, RATES, mixed, rules=Rules(keep=[ColumnRule("cur", ["EUR"])]))) == ["10.00"]


def test_workbook_like_columns_of_numbers_are_read_the_same():
    frame = pd.DataFrame(
        {"who": ["a", "b"], "day": "2024-01-01", "n": [3, 1], "price": [9.99, 20.0], "off": [0.15, None],
         "order": ["1", "2"]}
    )  # fmt: skip
    log = read_purchases(Source(frame, LINE, discount_as="share"))
    assert amounts(log) == ["25.47", "20.00"]


def test_keys_that_go_together_are_asked_for():
    columns = {"customer_id": "who", "ordered_at": "day", "amount": "paid", "discount": "off"}
    given = {"name": "s", "as_of": "end_of_data", "purchases": {"columns": columns, "discount_as": "percent"}}
    assert make_config(given).source(frame=pd.DataFrame()).discount_as == "percent"
    with pytest.raises(ConfigError, match=r"columns\.shipping needs an amount"):
        Source("x.csv", Columns(shipping="post"))
    with pytest.raises(ConfigError, match=r"discount_as needs purchases\.columns\.discount"):
        Source("x.csv", Columns(amount="paid"), discount_as="share")
    with pytest.raises(ConfigError, match=r"amount_of: order needs"):
        Source("x.csv", Columns(quantity="n", unit_price="p", order_id="o"), amount_of="order")


GIVEN = "who,day,paid,back\na,2024-01-01,10.00,\na,2024-01-03,,4.00\nb,2024-01-02,7.00,0\n"


def test_a_line_that_states_only_what_it_gives_back_is_a_return(tmp_path):
    columns = Columns(customer_id="who", ordered_at="day", amount="paid", refunded="back")
    log = read(tmp_path, GIVEN, columns)
    assert amounts(log) == ["10.00", "-4.00", "7.00"]
    assert "1 line with refunds, worth 4.00 together: taken off" in account_lines(log.report)
    # Neither amount nor refund, and an amount that is no number, are refused as before.
    for cells in (",", ",0", "x,4.00"):
        with pytest.raises(DataError):
            read(tmp_path, f"{GIVEN}c,2024-01-04,{cells}\n", columns)


# A line's quantity and price, as rupiah, dong and quantities in thousandths have them, and what they come to.
LARGE = (
    ("1", "1000000", "1000000.00"),
    ("12", "84999999999.99", "1019999999999.88"),
    ("3", "999999999999.99", "2999999999999.97"),
    ("10000", "999999999999.99", "9999999999999900.00"),
    ("1234.567", "999999999.001", "1234566998766.67"),
    ("-2.5", "400000000001", "-1000000000002.50"),
)


def test_lines_of_a_million_and_more_are_multiplied_exactly_and_so_is_their_sum(tmp_path):
    columns = Columns(customer_id="who", ordered_at="day", quantity="n", unit_price="price")
    text = "who,day,n,price\n" + "".join(f"c{i},2024-01-0{i + 1},{n},{p}\n" for i, (n, p, _) in enumerate(LARGE))
    log = read(tmp_path, text, columns)
    assert amounts(log) == [worth for *_, worth in LARGE]
    exact = sum(Decimal(worth) for *_, worth in LARGE)
    assert log.report.kept_amount == exact
    assert any(f"worth {exact:,.2f} together" in line for line in account_lines(log.report))
    assert log.report.as_dict()["kept_amount"] == float(exact)
    rated = Columns(customer_id="who", ordered_at="day", quantity="n", unit_price="price", rate="rate")
    of_two = text.replace("price\n", "price,rate\n").replace("\nc", ",0.5\nc").replace(",rate,0.5", ",rate")
    assert amounts(read(tmp_path, of_two[:-1] + ",0.5\n", rated))[1:3] == ["509999999999.94", "1499999999999.99"]


def test_a_line_worth_more_than_can_be_held_is_rejected_and_no_percentage_stops_the_reading(tmp_path):
    columns = Columns(customer_id="who", ordered_at="day", quantity="n", unit_price="price")
    many = "".join(f"c{i},2024-01-03,1,5\n" for i in range(300))
    text = "who,day,n,price\na,2024-01-01,999999999999,999999999999\nb,2024-01-02,1,5\n" + many
    assert read(tmp_path, text, columns).report.rejected == {"amount is too large": 1}
    reduced = Columns(customer_id="who", ordered_at="day", quantity="n", unit_price="price", discount="off")
    lines = [
        line + ("off" if not i else ",10") for i, line in enumerate(text.replace("price", "price,").split()) if i != 1
    ]
    text = "\n".join(lines).replace("b,2024-01-02,1,5,10", "b,2024-01-02,1,5,20000") + "\n"
    log = read(tmp_path, text, reduced, discount_as="percent")
    assert (log.report.kept, list(log.report.rejected.values())) == (300, [1])
