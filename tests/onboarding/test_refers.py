"""Refunds that name their order and no customer, as systems write them: what they come to, and whose they are."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from holdfast.config.reading import parse
from holdfast.config.sections import Purchases
from holdfast.data import Source, read_purchases
from holdfast.data.report import account_lines
from holdfast.onboarding.look import Look
from holdfast.onboarding.scenario import scenario


@dataclass(frozen=True)
class Order:
    """An order in cents, and what was given back of it so many days later; 0: nothing was."""

    number: int
    customer: int
    day: date
    cents: int
    back: int
    later: int

    @property
    def whole(self) -> bool:
        return self.back == self.cents

    @property
    def again(self) -> date:
        return self.day + timedelta(days=self.later)

    @property
    def mail(self) -> str:
        return f"c{self.customer}@mail{self.customer % 7}.example"


def orders(lines: int = 240) -> list[Order]:
    draw, found = np.random.default_rng(7), []
    for i in range(lines):
        cents = int(draw.integers(500, 20_000))
        back = int(draw.choice([cents, draw.integers(100, cents)])) if i % 6 == 1 else 0
        when = date(2023, 1, 1) + timedelta(days=2 * i)
        found.append(Order(i, int(draw.integers(30)), when, cents, back, int(draw.integers(1, 20))))
    return found


def money(cents: int, mark: str = ".") -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}{mark}{abs(cents) % 100:02d}"


# By system: the delimiter, names of columns, the line of an order, the line of what is given back, and the two columns
# that `init` must find: what refers, and to what.
SYSTEMS = {
    "woocommerce_table": (
        ",",
        "id status currency type total_amount customer_id billing_email date_created_gmt parent_order_id",
        lambda o: (
            *(1000 + 2 * o.number, "wc-refunded" if o.whole else "wc-completed", "EUR", "shop_order", money(o.cents)),
            *(o.customer + 5, o.mail, f"{o.day} 10:11:12", 0),
        ),
        lambda o: (
            *(1001 + 2 * o.number, "wc-completed", "EUR", "shop_order_refund", money(-o.back), 0, ""),
            *(f"{o.again} 12:00:00", 1000 + 2 * o.number),
        ),
        ("parent_order_id", "id"),
    ),
    "woocommerce_plugin": (
        ",",
        "Order_Number Order_Status Order_Type Order_Date Email_(Billing) Order_Total_Amount Refund_of",
        lambda o: (2000 + 2 * o.number, "Completed", "shop_order", f"{o.day} 10:11", o.mail, money(o.cents), ""),
        lambda o: (
            *(2001 + 2 * o.number, "Completed", "shop_order_refund", f"{o.again} 12:00", "", money(-o.back)),
            2000 + 2 * o.number,
        ),
        ("Refund Of", "Order Number"),
    ),
    "numbers_with_a_point": (
        ",",
        "order_id date email total refund_of",
        lambda o: (2000 + 2 * o.number, o.day, o.mail, money(o.cents), ""),
        lambda o: (2001 + 2 * o.number, o.again, "", money(-o.back), f"{2000 + 2 * o.number}.0"),
        ("refund_of", "order_id"),
    ),
    "paypal": (
        ",",
        "Date Name Type Status Currency Gross From_Email_Address Transaction_ID Reference_Txn_ID",
        lambda o: (
            *(o.day, f"C {o.customer}", "Express Checkout Payment", "Completed", "EUR", money(o.cents), o.mail),
            *(f"TX{o.number:06d}A", ""),
        ),
        lambda o: (
            *(o.again, f"C {o.customer}", "Payment Refund", "Completed", "EUR", money(-o.back), "me@shop.example"),
            *(f"TX{o.number:06d}R", f"TX{o.number:06d}A"),
        ),
        ("Reference Txn ID", "Transaction ID"),
    ),
    "stripe": (
        ",",
        "id type created amount currency customer charge",
        lambda o: (f"ch_3{o.number:06d}Ab", "charge", o.day, money(o.cents), "eur", f"cus_{o.customer:05d}Xy", ""),
        lambda o: (f"re_3{o.number:06d}Ab", "refund", o.again, money(o.back), "eur", "", f"ch_3{o.number:06d}Ab"),
        ("charge", "id"),
    ),
    "square": (
        ",",
        "Date Payment_ID Event_Type Total_Collected Customer_ID Original_Payment_ID",
        lambda o: (o.day, f"p{o.number:05d}KQ", "Payment", f"${money(o.cents)}", f"SQC{o.customer:04d}", ""),
        lambda o: (o.again, f"r{o.number:05d}KQ", "Refund", f"-${money(o.back)}", "", f"p{o.number:05d}KQ"),
        ("Original Payment ID", "Payment ID"),
    ),
    "adyen": (
        ";",
        "Psp_Reference Original_Reference Merchant_Reference Creation_Date Type Currency Amount Shopper_Reference",
        lambda o: (
            *(f"88{o.number:014d}", "", f"MR{o.number}", f"{o.day} 10:11:12", "Settled", "EUR", money(o.cents)),
            f"shopper-{o.customer:04d}",
        ),
        lambda o: (
            *(f"99{o.number:014d}", f"88{o.number:014d}", "", f"{o.again} 12:00:00", "Refunded", "EUR"),
            *(money(-o.back), ""),
        ),
        ("Original Reference", "Psp Reference"),
    ),
    "klarna": (
        ",",
        "type sale_date amount currency order_id capture_id customer_number",
        lambda o: (
            *("SALE", o.day, money(o.cents), "EUR", f"kl-{o.number:05d}-o", f"cap-{o.number:05d}"),
            f"C{o.customer:05d}",
        ),
        lambda o: ("RETURN", o.again, money(-o.back), "EUR", f"kl-{o.number:05d}-o", f"ref-{o.number:05d}", ""),
        ("order_id", "order_id"),
    ),
    "amazon": (
        "\t",
        "settlement-id transaction-type order-id posted-date amount buyer-email",
        lambda o: ("1711", "Order", f"302-{o.number:07d}", f"{o.day:%d.%m.%Y}", money(o.cents, ","), o.mail),
        lambda o: ("1711", "Refund", f"302-{o.number:07d}", f"{o.again:%d.%m.%Y}", money(-o.back, ","), ""),
        ("order-id", "order-id"),
    ),
    "datev": (
        ";",
        "Belegnummer Belegart Belegdatum Kundennummer Betrag Bezug_Rechnung",
        lambda o: (
            *(f"RE{10_000 + o.number}", "Rechnung", f"{o.day:%d.%m.%Y}", 10_000 + o.customer, money(o.cents, ",")),
            "",
        ),
        lambda o: (
            *(f"GS{10_000 + o.number}", "Gutschrift", f"{o.again:%d.%m.%Y}", "", money(o.back, ",")),
            f"RE{10_000 + o.number}",
        ),
        ("Bezug Rechnung", "Belegnummer"),
    ),
}


def write(system: str, found: list[Order], *, given: list[Order] | None = None) -> tuple[str, str]:
    """Write the lines of orders, and of what is given back of them (or of ``given``), in order of time."""
    delimiter, names, sold, back, refers = SYSTEMS[system]
    lines = [(o.day, sold(o)) for o in found]
    lines += [(o.again, back(o)) for o in (found if given is None else given) if o.back]
    head = [name.replace("_", " ") if name[0].isupper() else name for name in names.split()]
    head = ["Refund Of" if name == "Refund of" else name for name in head]
    rows = [head, *(row for _, row in sorted(lines, key=lambda line: line[0]))]
    Path("x.csv").write_text("\n".join(delimiter.join(map(str, row)) for row in rows) + "\n", encoding="utf-8")
    return refers


def read(found) -> tuple[Purchases, "pd.DataFrame", object]:
    assert not found.questions
    keys = parse(scenario("x", ["x.csv"], found, horizon_days=90, horizon_why="usual"), "x")[0]["purchases"]
    keys = Purchases(**keys)
    log = read_purchases(Source("x.csv", keys.columns, **keys.options()))
    return keys, log.frame(), log.report


@pytest.mark.parametrize("system", SYSTEMS)
def test_refunds_without_a_customer_are_of_the_one_whose_order_they_give_back(system):
    made = orders()
    refers, order = write(system, made)
    keys, frame, report = read(Look(["x.csv"]).findings({}))
    assert (keys.columns.refers_to, keys.columns.order_id) == (refers, order)
    assert round(100 * float(report.kept_amount)) == sum(o.cents - o.back for o in made)
    assert report.customers == len({o.customer for o in made})
    below = frame[frame["amount"] < 0]
    assert len(below) == report.referred.lines == sum(o.back > 0 for o in made)
    each = Counter()
    for o in made:
        each[o.customer] += o.back
    assert sorted(round(-100 * float(x)) for x in below.groupby("customer_id")["amount"].sum()) == sorted(
        x for x in each.values() if x
    )
    # Each comes off its own order.
    assert report.returns.unmatched_lines == 0
    assert report.referred.lost_lines == 0


def test_a_capture_between_a_refund_and_its_order_holds_no_customer_either():
    made = orders()
    rows = ["reference;kind;created;amount;customer_id;parent_reference"]
    for o in made:
        rows.append(f"o{o.number:05d};order;{o.day};{money(o.cents)};C{o.customer:04d};")
        if o.back:
            rows.append(f"c{o.number:05d};capture;{o.day};0.00;;o{o.number:05d}")
            rows.append(f"r{o.number:05d};refund;{o.again};{money(-o.back)};;c{o.number:05d}")
    Path("x.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    keys, frame, report = read(Look(["x.csv"]).findings({}))
    assert keys.columns.refers_to == "parent_reference"
    assert round(100 * float(report.kept_amount)) == sum(o.cents - o.back for o in made)
    assert (frame["amount"] < 0).sum() == sum(o.back > 0 for o in made)


@pytest.mark.parametrize("system", ["stripe", "woocommerce_plugin", "datev"])
def test_refunds_of_orders_before_the_file_begins_are_counted_and_nobodys(system):
    made = orders()
    write(system, made[40:], given=made)
    lost = [o for o in made[:40] if o.back]
    found = Look(["x.csv"]).findings({})
    (said,) = [line for line in found.told if line.startswith("refunds")]
    assert said.endswith(f"whose customer they have (columns.refers_to); the order of {len(lost)} is not in the file")
    _, _, report = read(found)
    assert round(100 * float(report.kept_amount)) == sum(o.cents - o.back for o in made[40:])
    assert report.referred.lost_lines == report.dropped["missing_customer"] == len(lost)
    assert round(-100 * report.referred.lost_amount) == sum(o.back for o in lost)
    assert (
        f"{len(lost)} lines (worth {report.referred.lost_amount:,.2f}) refer to no order of one customer"
        in "; ".join(account_lines(report))
    )


def test_orders_that_a_state_calls_refunded_count_where_refunds_are_lines_of_their_own():
    made = orders()
    write("woocommerce_table", made)
    found = Look(["x.csv"]).findings({})
    whole = [o.cents / 100 for o in made if o.whole]
    assert (
        f'status: "status" says "wc-refunded" on {len(whole)} lines ({sum(whole):,.2f}): kept, as '
        "what was given back stands on lines of its own (columns.refers_to)"
    ) in found.told


def test_the_shop_that_pays_paypals_refunds_is_nobody():
    write("paypal", orders())
    found = Look(["x.csv"]).findings({})
    assert found.settings["missing_values"] == ["me@shop.example"]
    assert "rules.drop" not in found.settings
    people = len({o.customer for o in orders() if o.back})
    assert f"customer_id: the one who gives back what {people} others paid is the shop, and nobody" in found.told


def alike(kind: str) -> list[str]:
    """Return lines that look like refunds that refer to orders, and are none."""
    rows, first = [], {}
    for o in orders():
        who, number = f"C{o.customer:04d}", 4000 + 2 * o.number
        if kind == "exchanges":
            rows.append(f"{number};{o.day};{who};{money(o.cents)};")
            rows += [f"{number + 1};{o.again};{who};{money(-o.back)};{number}"] if o.back else []
        elif kind == "bundles":
            rows.append(f"{9 * number};{number};{o.day};{who};set;{money(o.cents)};")
            rows += [f"{9 * number + k};{number};{o.day};;part{k};1.00;{9 * number}" for k in (1, 2)]
        elif kind == "renewals":
            rows.append(f"{number};{o.day};{who};{money(o.cents)};{first.get(o.customer, '')}")
            first.setdefault(o.customer, number)
        elif kind == "guests":
            # A number that is an order's by chance: others paid less than is given back.
            guest, back = o.number % 7 == 0, o.number % 21 == 0
            chance = 4000 + 2 * (37 * o.number % 240) if guest else ""
            rows.append(f"{number};{o.day};{'' if guest else who};{money(-o.cents if back else o.cents)};{chance}")
        else:
            rows.append(f"{number};{o.day};{'' if o.number % 5 == 0 else who};{money(o.cents)};")
            rows += [f"{number + 1};{o.again};;{money(-o.back)};"] if o.back else []
    names = {"bundles": "line_id;order_id;date;customer_id;product;amount;parent_id"}
    last = {"exchanges": "original_order_id", "renewals": "parent order", "guests": "session"}
    return [names.get(kind, f"order_id;date;customer_id;total;{last.get(kind, 'note')}"), *rows]


@pytest.mark.parametrize("kind", ["exchanges", "bundles", "renewals", "guests", "of nobody"])
def test_what_looks_alike_changes_nothing(kind):
    Path("x.csv").write_text("\n".join(alike(kind)) + "\n", encoding="utf-8")
    found = Look(["x.csv"]).findings({})
    assert "columns.refers_to" not in found.settings
    assert found.settings["columns.order_id"] == "order_id"
    assert "missing_values" not in found.settings
