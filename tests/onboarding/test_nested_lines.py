"""Lines that sum up the lines below them, lines that belong to the line above, and discounts beside amounts."""

from pathlib import Path

import pytest

from holdfast.errors import DataError
from holdfast.onboarding import Look
from holdfast.onboarding.findings import Choice, Findings
from tests.fuzz.configurations import command
from tests.onboarding.plain import read


def write(lines: list[str]) -> None:
    Path("x.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def found(answers: dict[str, Choice] | None = None) -> Findings:
    return Look(["x.csv"]).findings(answers or {})


def read_back() -> tuple[dict, int, float, int]:
    code, said = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert code == 0, said
    return read(Path("x.yaml"))


def day(order: int) -> str:
    return f"2024-{1 + order % 12:02}-{1 + order % 28:02}"


def of_a_marketplace(*, total: bool = True) -> list[str]:
    """120 orders of 24 buyers: every third has three items of 10.00 below a line that sums them up, others 20.00."""
    lines = [
        "Order Number,Buyer Username,Item Number,Quantity,Sold For,Shipping And Handling,Tax,Total Price,Sale Date"
    ]
    for i in range(120):
        start, end = f"{i % 7}-{1000 + i},b{i % 24}", day(i)
        if i % 3:
            lines.append(f"{start},I{i % 9},1,20.00,3.50,1.60,{'25.10' if total else ''},{end}")
            continue
        lines.append(f"{start},,3,30.00,3.50,2.40,{'35.90' if total else ''},{end}")
        lines += [f"{start},I{(i + k) % 9},1,10.00,,,,{end}" for k in range(3)]
    return lines


def test_of_a_line_that_sums_up_the_lines_below_it_one_kind_counts():
    write(of_a_marketplace())
    open_ = found()
    (question,) = open_.questions
    assert question.asked == (
        'what is a line worth: "Sold For" or "Total Price"? "Total Price" comes to 644.00 more than "Sold For": by '
        '"Shipping And Handling" and "Tax".'
    )
    # The lines below are left out already: right whichever is chosen.
    assert open_.settings["rules.drop"] == [{"column": "Total Price", "values": [""]}]
    for choice, worth in zip(question.choices, (40 * 30 + 80 * 20, 40 * 35.9 + 80 * 25.1), strict=True):
        name = choice.settings["columns.amount"]
        told = found({question.key: choice})
        column = told.settings["rules.drop"][0]["column"]
        assert told.settings["columns.quantity"] == "Quantity"
        assert "amount_of" not in told.settings
        kept = [line.split(",") for line in of_a_marketplace()[1:]]
        place = of_a_marketplace()[0].split(",").index
        assert sum(float(c[place(name)]) for c in kept if c[place(column)]) == pytest.approx(worth)
        assert sum(int(c[place("Quantity")]) for c in kept if c[place(column)]) == 40 * 3 + 80


def test_where_no_column_tells_summaries_apart_it_is_said():
    lines = [",".join(c for i, c in enumerate(line.split(",")) if i in (0, 1, 4, 8)) for line in of_a_marketplace()]
    write(lines)
    assert "rules.drop" not in found().settings
    said = '"Sold For" of the first line of an order with several lines is what the lines below it add up to: it counts'
    assert any(told.startswith(said) for told in found().told)


def test_two_items_of_one_price_are_no_summary():
    lines = ["Order Number,Buyer Username,Item Number,Sold For,Sale Date"]
    lines += [f"{1000 + i},b{i % 24},I{(i + k) % 9},10.00,{day(i)}" for i in range(60) for k in range(2)]
    write(lines)
    told = found()
    assert "rules.drop" not in told.settings
    assert [q.key for q in told.questions] == ["amount_of"]


def of_items(amount: str, discount: str, worth: str = "20.00") -> list[str]:
    lines = [f"Order ID,Buyer,Quantity,Price,{discount},{amount},Sale Date"]
    return lines + [f"{i},b{i % 24},2,10.00,{'1.50' if i % 4 == 0 else '0.00'},{worth},{day(i)}" for i in range(120)]


@pytest.mark.parametrize(("amount", "discount"), [("Item Total", "Discount Amount"), ("Total", "Rabatt")])
def test_a_discount_beside_quantity_times_price_is_asked(amount, discount):
    write(of_items(amount, discount))
    (question,) = found().questions
    assert question.asked == (
        f'"{discount}" is not 0 on 30 lines, 45.00 together. Does it come off "{amount}", which is quantity × price?'
    )
    off, nothing = ({question.key: choice} for choice in question.choices)
    assert found(off).settings["columns.discount"] == discount
    assert "columns.discount" not in found(nothing).settings


def test_a_discount_beside_another_total_is_said_with_its_sum():
    write([line.replace(",2,10.00,", ",2,9.37,") for line in of_items("Total", "Discount")])
    told = found({"columns.amount": Choice("", {"columns.amount": "Total"})})
    assert not told.questions
    assert told.why["columns.discount"] == '"Discount", if "Total" is of before it: 45.00 together'


def test_a_discount_that_the_amount_holds_already_is_not_asked():
    lines = of_items("Item Total", "Discount Amount")
    write([line.replace("1.50,20.00", "1.50,18.50") for line in lines])
    assert not found().questions


def of_invoices(*, total: bool = True, number: str = "Number") -> list[str]:
    """120 invoices of 24 partners, each over 30.00 with a second line that states its item and its half only."""
    lines = [f"{number},Invoice Date,Customer,Lines/Product,Lines/Subtotal" + ",Total" * total]
    for i in range(120):
        lines.append(f"INV/{i:05},{day(i)},P{i % 24},Mug {i % 5},{14 + i % 3}.00" + ",30.00" * total)
        lines.append(f",,,Lid,{16 - i % 3}.00" + "," * total)
    return lines


def test_lines_below_an_order_are_dropped_where_its_line_has_the_total():
    write(of_invoices())
    told = found()
    assert told.questions == []
    assert (
        '120 lines of 240 have no "Invoice Date" and "Customer": they belong to the line above, and are dropped '
        "(rules.drop); what an order is worth stands on its first line"
    ) in told.told
    found_, customers, revenue, rejected = read_back()
    assert (customers, revenue, rejected) == (24, 3600.0, 0)
    assert found_["rules"]["drop"] == [{"column": "Number", "values": [""]}]
    assert "missing_customer" not in found_["rules"]
    # Without a number of invoices the day tells them apart.
    write(of_invoices(number="Salesperson"))
    assert found().settings["rules.drop"] == [{"column": "Invoice Date", "values": [""]}]


def test_lines_below_an_order_without_a_total_are_refused_with_what_to_do():
    write(of_invoices(total=False))
    with pytest.raises(DataError, match=r"120 lines of 240 have no .* Fill these cells down .* with a total"):
        found()


def test_lines_below_that_repeat_the_order_are_left_to_amount_of():
    """What is blank on an order's later lines is then as on its first."""
    lines = of_invoices()
    filled = [lines[0], *(b if i % 2 == 0 else f"{lines[i].split(',')[0]}{b}" for i, b in enumerate(lines[1:]))]
    write([line.replace("Number", "Order Number") for line in filled])
    told = found()
    assert not [said for said in told.told if "belong to the line above" in said]


def of_states(*filled: str, price: bool = False, state: str = "Status") -> list[str]:
    """120 invoices of two lines: 12 are cancelled and 12 drafts; on second lines only ``filled`` is repeated."""
    names = ["Number", "Invoice Date", "Customer", state]
    lines = [",".join([*names, "Lines/Product", *(["Quantity", "Unit Price"] if price else ["Lines/Subtotal"])])]
    for i in range(120):
        head = [f"INV/{i:05}", day(i), f"P{i % 24}", {3: "Cancelled", 7: "Draft"}.get(i % 10, "Posted")]
        for k in range(2):
            cells = [cell if k == 0 or name in filled else "" for name, cell in zip(names, head, strict=True)]
            lines.append(",".join([*cells, f"Mug {k}{i % 5}", *([f"{k + 1}", "10.50"] if price else [f"{14 + k}.50"])]))
    return lines


def test_what_became_of_an_order_is_to_be_filled_down_with_its_number():
    write(of_states())
    with pytest.raises(DataError, match=r'Fill these cells down .* and the number of the order and "Status" too, or'):
        found()


def test_lines_below_a_cancelled_order_that_have_no_state_are_refused():
    write(of_states("Number", "Invoice Date", "Customer"))
    with pytest.raises(DataError) as refused:
        found()
    assert (
        '"Status" stands on the first line of an order only, and 12 lines (186.00) below "Cancelled" would count, as '
        'their state is blank. Fill "Status" down'
    ) in str(refused.value)
    # Filled down, both lines of each are dropped.
    write(of_states("Number", "Invoice Date", "Customer", "Status"))
    assert read_back()[1:] == (24, 96 * 30.0, 0)


def test_lines_with_prices_share_the_fate_of_the_order_whose_first_line_says_it():
    write(of_states("Number", "Invoice Date", "Customer", price=True))
    written, customers, revenue, rejected = read_back()
    assert (written["amount_of"], customers, revenue, rejected) == ("order", 24, 96 * 31.5, 0)
    assert found().why["amount_of"] == (
        '"Status" stands on the first line of an order only, and rules look there for the lines below it'
    )


def test_lines_below_that_name_nobody_need_no_state_for_they_do_not_count():
    """Sale, Sale Line, Sale Line and Payment, as Vend lists them: the customer and the state stand on the sale."""
    lines, kept = ["Date,Receipt Number,Line Type,Customer Code,Total,Status"], 0.0
    for i in range(120):
        parts = (1000 + 17 * i, 500 + i)
        status = "VOIDED" if i % 10 == 3 else "CLOSED"
        kept += sum(parts) / 100 if status == "CLOSED" else 0
        lines.append(f"{day(i)},{7000 + i},Sale,C{i % 24:03},{sum(parts) / 100:.2f},{status}")
        lines += [f"{day(i)},{7000 + i},Sale Line,,{part / 100:.2f}," for part in parts]
        lines.append(f"{day(i)},{7000 + i},Payment,,,")
    write(lines)
    assert read_back()[1:] == (24, pytest.approx(kept), 0)


def test_while_it_is_open_what_a_line_is_worth_nothing_is_refused():
    lines = of_states("Number", "Invoice Date", "Customer", price=True)
    write([f"{line},{'Total' if i == 0 else f'{20 + i % 7}.25'}" for i, line in enumerate(lines)])
    assert [q.key for q in found().questions] == ["columns.amount"]
    # Lines below that are worth nothing take nothing along.
    write([line.replace(",15.50", ",0.00") for line in of_states("Number", "Invoice Date", "Customer")])
    assert found().settings["rules.drop"] == [{"column": "Status", "values": ["Cancelled", "Draft"]}]


def test_a_state_of_some_lines_alone_is_of_these():
    lines = of_states("Number", "Invoice Date", "Customer", "Status")
    alone = [line.replace(",Posted,", ",,") for line in lines]
    write([line.replace(",Draft,", ",,") if i % 2 else line for i, line in enumerate(alone)])
    assert "amount_of" not in found().settings
    assert found().settings["rules.drop"] == [{"column": "Status", "values": ["Cancelled", "Draft"]}]


def of_a_grouped_report(*, totals: bool = True, called: str = "") -> list[str]:
    lines = [f"{called},Date,Transaction type,Num,Amount,Balance"]
    for i in range(30):
        lines.append(f"Firm {i} Ltd,,,,,")
        lines += [f",{day(i + 5 * k)},Invoice,{1000 + 7 * i + k},{20 + k}.00,{20 * k}.00" for k in range(4)]
        lines += [f"Total for Firm {i} Ltd,,,,$86.00,"] * totals
    return lines


@pytest.mark.parametrize("totals", [True, False])
def test_a_report_grouped_by_customer_is_called_so(totals):
    write(of_a_grouped_report(totals=totals))
    with pytest.raises(DataError, match="this is a report grouped under headings") as refused:
        found()
    also = ", and 30 lines of totals" if totals else ""
    assert f"30 lines with a name in column 1, which is called nothing, and no date{also};" in str(refused.value)
    assert "group the report by None and show the column Customer" in str(refused.value)
    assert "Firm" not in str(refused.value)


def test_a_report_grouped_under_a_column_called_customer_is_one_too():
    write(of_a_grouped_report(called="Kunde"))
    with pytest.raises(DataError, match='30 lines with a name in column "Kunde", and no date, and 30 lines of totals'):
        found()


def test_headings_above_lines_that_name_their_customer_are_no_hindrance():
    lines = of_a_grouped_report(totals=False)
    write([f"{line},{'Customer' if i == 0 else f'c{i % 9}' if line[0] == ',' else ''}" for i, line in enumerate(lines)])
    assert (
        found({"columns.amount": Choice("", {"columns.amount": "Amount"})}).settings["columns.customer_id"]
        == "Customer"
    )


def test_days_and_sums_that_are_filled_where_another_day_is_blank_are_no_headings():
    """Deals are won or lost on a day of each; payouts stand between the bookings whose sum they are."""
    rows = [
        [
            f"Company {i % 40}",
            "Won" if i % 3 else "Lost",
            f"{100 + i % 17}.50",
            f"{day(i)} 10:{i % 60:02}:00",
            f"{day(i)} 12:{i % 60:02}:00" if i % 3 else "",
            "" if i % 3 else f"{day(i)} 14:{i % 60:02}:00",
        ]
        for i in range(240)
    ]
    names = "Deal - Organization,Deal - Status,Deal - Value,Deal - Deal created,Deal - Won time,Deal - Lost time"
    write([names, *map(",".join, rows)])
    asked = {q.key for q in found().questions}
    assert {"columns.ordered_at", "columns.customer_id"} <= asked
    bookings = [
        [f"Guest {i % 40} Berg", "Reservation" if i % 4 else "Payout", day(i) if i % 4 else ""]
        + ([f"{80 + i % 9}.50", ""] if i % 4 else ["", f"{300 + i}.25"])
        for i in range(240)
    ]
    write(
        ["Guest,Type,Booking date,Amount,Paid out", *(",".join(row if row[2] else ["", *row[1:]]) for row in bookings)]
    )
    settings = found().settings
    assert (settings["columns.ordered_at"], settings["columns.amount"]) == ("Booking date", "Amount")


def test_notes_on_lines_that_hold_more_are_no_headings():
    lines = ["Note,Date,Amount,Ref"]
    lines += [
        f",{day(i)},1{i % 9}.50,C{i % 30}" if i % 5 else f"Gift of person {i},,20.00,C{i % 30}" for i in range(240)
    ]
    write(lines)
    assert found().settings["columns.ordered_at"] == "Date"
