"""Ids that nobody calls a customer, beside names; in several spellings; states in other words; converted amounts."""

from pathlib import Path

import pytest

from holdfast.onboarding import Look
from tests.fuzz.configurations import command
from tests.onboarding.exports import POINT, Cell, Export, amount, net, plain, sales
from tests.onboarding.looked import day, shop
from tests.onboarding.plain import PLAIN, answer, read

BARE = {name: cell for name, cell in PLAIN.items() if name != "customer_id"}


def name(s) -> str:
    return f"{('Ann', 'Jo', 'Bo', 'Ida', 'Ole')[s.customer % 5]} {('Berg', 'Li', 'Sand', 'Holm')[s.customer % 4]}"


def number(s) -> str:
    return f"{256_578_000 + s.customer:09}{s.customer % 100:02}"


def init(columns: dict[str, Cell]) -> tuple[dict, int, float, str]:
    """Return the section of purchases that is written, customers, revenue, and what is told."""
    Export(columns).write(Path("x.csv"))
    told = "\n".join(Look(["x.csv"]).findings({}).told)
    code, said = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert code == 0, said
    found, customers, revenue, rejected = read(Path("x.yaml"))
    assert rejected == 0
    return found, customers, round(revenue, 2), told


@pytest.mark.parametrize("called", ["CPF", "CPF/CNPJ", "DNI", "Codice fiscale", "PESEL", "CVR-nr.", "NIF"])
def test_a_number_of_the_state_is_the_customer_and_not_the_name_beside_it(called):
    columns = {called: number, "Cliente": name, **BARE}
    found, customers, _, said = init(columns)
    assert (found["columns"]["customer_id"], customers) == (called, 60)
    assert f'customer_id: "{called}" (60 customers' in said


def test_ids_of_any_name_that_have_one_name_each_are_asked_beside_names():
    Export({"Ref": number, "Cliente": name, **BARE}).write(Path("x.csv"))
    (question,) = [q for q in Look(["x.csv"]).findings({}).questions if q.key == "columns.customer_id"]
    assert (
        question.asked == 'who bought: "Cliente" or "Ref"? "Ref" stands beside names, which people share, and change.'
    )
    assert [choice.said for choice in question.choices] == ['"Cliente", 20 different', '"Ref", 60 different']
    # What many people share, or what is another each time, is nobody's number.
    Export({"Area": lambda s: f"A{s.customer % 7}{s.order % 5}", "Cliente": name, **BARE}).write(Path("x.csv"))
    assert not [q for q in Look(["x.csv"]).findings({}).questions if q.key == "columns.customer_id"]


def test_numbers_in_several_spellings_are_one_customer_each():
    def cell(s) -> str:
        n = number(s)
        return f"{n[:3]}.{n[3:6]}.{n[6:9]}-{n[9:]}" if s.order % 2 else n

    found, customers, _, said = init({"CPF": cell, **BARE})
    assert (found["id_case"], customers) == ("digits", 60)
    assert "ids are 60 where dots, dashes, blanks and leading zeros of numbers make no difference: one customer" in said


@pytest.mark.parametrize("called", ["Situação", "Situacao do pedido", "Status"])
def test_sales_that_were_cancelled_do_not_count_in_portuguese(called):
    def cell(s) -> str:
        return "CANCELADO" if s.order % 10 == 0 else "FINALIZADO"

    found, _, revenue, said = init({**PLAIN, called: cell})
    assert found["rules"]["drop"][0]["column"] == called
    assert revenue == net([s for s in sales() if s.order % 10])
    assert "FINALIZADO" not in said


def test_amounts_that_the_export_converted_are_offered_where_customers_pay_in_several_currencies(monkeypatch):
    def paid(s) -> str:
        return POINT(s.cents * 5 // 4 if s.order % 7 == 0 else s.cents)

    columns = {
        **{our: cell for our, cell in PLAIN.items() if our != "amount"},
        "Amount": paid,
        "Currency": lambda s: "cad" if s.order % 7 == 0 else "usd",
        "Converted Amount": PLAIN["amount"],
        "Converted Amount Refunded": lambda s: PLAIN["amount"](s) if s.order % 11 == 0 else "0.00",
        "Converted Currency": lambda s: "usd",
    }
    Export(columns).write(Path("x.csv"))
    (question,) = Look(["x.csv"]).findings({}).questions
    last = question.choices[-1]
    assert last.said == 'all lines, by "Converted Amount", which is USD on every line'
    assert last.settings == {
        "columns.amount": "Converted Amount",
        "columns.refunded": "Converted Amount Refunded",
        "columns.currency": "Converted Currency",
        "currency": "USD",
    }
    # What is in the other currency does not come off an amount that is not converted.
    assert "columns.refunded" not in Look(["x.csv"]).findings({}).settings
    answer(monkeypatch, [str(len(question.choices))])
    assert command("init", "x.csv", "--out", "x.yaml", "--force")[0] == 0
    found, customers, revenue, rejected = read(Path("x.yaml"))
    kept = net([s for s in sales() if s.order % 11])
    assert (customers, round(revenue, 2), rejected) == (60, kept, 0)
    assert found["currency"] == "USD"


@pytest.mark.parametrize("prefix", ["R", "R-00", "kr", "K", "E", "DM", "EUR", "RM", "Ft", "TL"])
@pytest.mark.parametrize("called", ["Customer", "Kundenr.", "id"])
def test_ids_whose_letters_are_those_of_a_currency_name_customers(prefix, called):
    found, customers, revenue, told = init({called: plain(prefix, 12), **BARE})
    assert found["columns"]["customer_id"] == called
    assert (customers, revenue) == (60, net())
    assert f'customer_id: "{called}" (60 customers on 372 lines)' in told


def test_orders_and_products_may_have_such_ids_and_money_keeps_its_letters():
    columns = {
        "Customer": plain("R"),
        "Order no": lambda s: f"R{70_000 + s.order}",
        "SKU": lambda s: f"kr{s.order % 9}",
    }
    rands = {"ordered_at": BARE["ordered_at"], "Amount": amount(lambda cents: f"R{cents // 100}")}
    found, customers, revenue, _ = init({**columns, **rands})
    assert found["columns"] == {
        "customer_id": "Customer",
        "ordered_at": "ordered_at",
        "amount": "Amount",
        "order_id": "Order no",
        "product_id": "SKU",
    }
    assert (customers, revenue) == (60, float(sum(s.cents // 100 for s in sales())))


@pytest.mark.parametrize("name", ["Customer spend", "Member price", "Kundepris", "Client total", "Order", "Invoice"])
def test_money_of_customers_and_orders_is_no_id(name):
    rows = [[f"2782100{i % 37:04}", day(i), f"R{50 + 7 * i % 130}"] for i in range(200)]
    found = shop([["Phone", "Date", name], *rows])
    assert found.settings["columns.customer_id"] == "Phone"
    assert "columns.order_id" not in found.settings
    offered = [c.settings.get("columns.amount") for q in found.questions for c in q.choices]
    assert found.settings.get("columns.amount") == name or name in offered


def test_money_with_letters_is_no_customer_beside_ids_and_names():
    rows = [[f"c{i % 37}", day(i), f"kr{1200 + 10 * (i % 50)}"] for i in range(200)]
    found = shop([["Who knows", "Date", "Rate"], *rows])
    assert [(q.key, [*q.choices[0].settings.values()]) for q in found.questions] == [
        ("columns.customer_id", ["Who knows"]),
        ("columns.amount", ["Rate"]),
    ]


def masked(s) -> str:
    return f"{'abcdefgh'[s.customer % 8]}***{s.customer % 3}@example.com"


def phone(s) -> str:
    return f"010-6327-{1000 + s.customer}"


@pytest.mark.parametrize(
    ("hidden", "others", "who"),
    [
        ("buyer_email", {"phone": phone}, "phone"),
        ("구매자ID", {"구매자명": name, "수취인연락처1": phone, "구매자연락처": phone}, "구매자연락처"),
        ("buyer_email", {"Customer no.": number, "phone": phone}, "Customer no."),
        ("Customer ID", {"Customer name": name, "phone": phone}, "phone"),
    ],
)
def test_ids_with_stars_in_place_of_letters_are_left_aside_where_another_column_tells_people_apart(hidden, others, who):
    found, customers, _, told = init({hidden: masked, **others, **BARE})
    assert (found["columns"]["customer_id"], customers) == (who, 60)
    assert f'"{hidden}" hides letters behind stars: left aside, as several people share what is left' in told


def test_beside_names_ids_with_stars_are_a_question_and_alone_they_are_told():
    Export({"Customer ID": masked, "Customer name": name, **BARE}).write(Path("x.csv"))
    (question,) = [q for q in Look(["x.csv"]).findings({}).questions if q.key == "columns.customer_id"]
    assert "may tell more people apart than ids with stars in place of letters" in question.asked
    assert [c.said for c in question.choices] == ['"Customer ID", 24 different', '"Customer name", 20 different']
    found, customers, _, told = init({"Customer ID": masked, **BARE})
    assert (found["columns"]["customer_id"], customers) == ("Customer ID", 24)
    assert '"Customer ID" hides letters behind stars, so several people may count as one: export the ids' in told


def test_one_star_at_the_end_of_an_id_hides_nothing():
    found, customers, _, told = init({"Customer ID": lambda s: f"{number(s)}*", "phone": phone, **BARE})
    assert (found["columns"]["customer_id"], customers) == ("Customer ID", 60)
    assert "stars" not in told


def test_visitors_who_only_looked_are_no_customers():
    pages = ["event,at,user_id,user_pseudo_id,order_id,revenue"]
    bought = [s for s in sales() if s.cents > 0]
    for i, s in enumerate(bought):
        # Two strangers look at a page for everybody who buys; one in five buys without an account.
        pages += [f"page_view,{s.at:%Y-%m-%d},,d{i}{n},," for n in (1, 2)]
        user = "" if i % 5 == 0 else f"u{s.customer}"
        pages.append(f"purchase,{s.at:%Y-%m-%d},{user},v{s.customer},o{i},{s.cents / 100}")
    Path("events.csv").write_text("\n".join(pages) + "\n")
    question = next(q for q in Look(["events.csv"]).findings({}).questions if q.key == "columns.customer_id")
    users = len({s.customer for i, s in enumerate(bought) if i % 5})
    blank = len(range(0, len(bought), 5))
    nobody = f"nobody on {blank:,} of {len(bought):,} lines ({blank / len(bought):.1%})"
    assert question.asked.endswith(f'is filled on more lines, as where guests buy. "user_id" names {nobody}.')
    devices = len({s.customer for s in bought})
    assert [c.said for c in question.choices] == [
        f'"user_id", {users} different, {nobody}',
        f'"user_pseudo_id", {devices} different',
    ]


def mobile(s) -> str:
    return f"010-6327-{1000 + s.customer}"


@pytest.mark.parametrize(
    ("who", "first", "second"),
    [
        ("구매자", "민준서연지우하은도윤", "김이박최"),
        ("客户", "伟芳娜敏静", "王李张刘"),
        ("購入者", "太郎花子健", "佐藤鈴木"),
    ],
)
def test_a_name_of_one_word_is_a_name_in_china_japan_and_korea_and_a_phone_beside_it_is_offered(who, first, second):
    def called(s) -> str:
        return f"{second[s.customer % len(second)]}{first[s.customer % len(first)]}"

    phone = {"구매자": "구매자전화번호", "客户": "客户电话", "購入者": "購入者電話番号"}[who]
    Export({who: called, phone: mobile, **BARE}).write(Path("x.csv"))
    (question,) = [q for q in Look(["x.csv"]).findings({}).questions if q.key == "columns.customer_id"]
    assert [next(iter(c.settings.values())) for c in question.choices] == [who, phone]
    assert f'"{phone}", 60 different' in question.choices[1].said


def test_addresses_that_are_another_with_every_order_are_left_aside_and_said_to_be():
    relayed = {"Email": lambda s: f"{s.order:08x}x@relay.example.com", "Kundennr": number, **BARE}
    found, customers, _, told = init(relayed)
    assert (found["columns"]["customer_id"], customers) == ("Kundennr", 60)
    assert '"Email": another with every order, as addresses of marketplaces are' in told
    assert "another with every order" not in init({**relayed, "Email": lambda s: f"c{s.customer}@example.com"})[3]
