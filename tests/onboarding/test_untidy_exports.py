"""Exports as they really are: stray cells, ids as decimals, doubled names, words of a status, capitals, tax, prices."""

from pathlib import Path

import pytest

from holdfast.onboarding import Findings, Look
from tests.fuzz.configurations import command
from tests.onboarding.exports import POINT, Cell, Export, amount, day, net, order, plain, sales
from tests.onboarding.plain import PLAIN, answer, read

MAPPED = {"customer_id": "customer_id", "ordered_at": "ordered_at", "amount": "amount"}


def init(columns: dict[str, Cell]) -> tuple[dict, int, float]:
    """Return the section of purchases that is written, customers and revenue; no line may be rejected."""
    Export(columns).write(Path("x.csv"))
    code, said = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert code == 0, said
    found, customers, revenue, rejected = read(Path("x.yaml"))
    assert rejected == 0
    return found, customers, round(revenue, 2)


def looked_at(columns: dict[str, Cell]) -> Findings:
    Export(columns).write(Path("x.csv"))
    return Look(["x.csv"]).findings({})


def told(columns: dict[str, Cell]) -> str:
    return "\n".join(looked_at(columns).told)


def every_tenth(word: str, other: str) -> Cell:
    return lambda s: word if s.order % 10 == 0 else other


def without_every_tenth() -> float:
    return net([s for s in sales() if s.order % 10])


def test_one_text_among_ids_that_are_numbers_leaves_them_ids():
    ids = {**PLAIN, "customer_id": lambda s: "A-17" if s.order == 5 else f"{s.customer + 10_000}"}
    found, customers, revenue = init({"Customer": lambda s: f"Ann {s.customer // 2}", **ids})
    assert (found["columns"], customers, revenue) == (MAPPED, 61, net())


def test_ids_that_are_decimals_are_read_as_whole_numbers():
    decimals = {**PLAIN, "customer_id": lambda s: f"{s.customer + 10_000}{'.0' if s.order % 2 else ''}"}
    found, customers, revenue = init(decimals)
    assert (found["columns"], customers, revenue) == (MAPPED, 60, net())


def test_orders_of_returns_beside_orders_that_are_numbers():
    found, _, _ = init(
        {
            **PLAIN,
            "order no": lambda s: f"{'R-' if s.order % 20 == 9 else ''}{s.order + 1000}",
            "amount": lambda s: f"{'-' if s.order % 20 == 9 else ''}{POINT(s.cents)}",
        }
    )
    assert found["columns"]["order_id"] == "order no"
    assert found["rules"]["cancellations"] == {"column": "order_id", "prefix": "R", "treat_as": "return"}


def doubled(column: str) -> None:
    """Give a further column the name of another."""
    lines = Path("x.csv").read_text(encoding="utf-8").splitlines()
    cells = ["more", *("1" for _ in lines[1:])]
    Path("x.csv").write_text("\n".join(f"{a},{b}" for a, b in zip(lines, cells, strict=True)), encoding="utf-8")
    text = Path("x.csv").read_text(encoding="utf-8").replace(",more", f",{column}", 1)
    Path("x.csv").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("column", list(PLAIN))
def test_a_doubled_name_that_is_needed_is_named(column):
    Export(PLAIN).write(Path("x.csv"))
    doubled(column)
    code, said = command("init", "x.csv", "--yes")
    assert code == 3
    assert f'Two columns are called "{column}"' in said


def test_a_doubled_name_that_is_not_needed_is_left_aside():
    Export({**PLAIN, "Note": lambda s: "a"}).write(Path("x.csv"))
    doubled("Note")
    assert 'two columns are called "Note": left aside' in "\n".join(Look(["x.csv"]).findings({}).told)
    assert command("init", "x.csv", "--yes", "--out", "x.yaml")[0] == 0
    assert round(read(Path("x.yaml"))[2], 2) == net()


@pytest.mark.parametrize(
    ("column", "word", "other"),
    [
        ("Status", "Cancelled by customer", "Completed"),
        ("Order status", "Canceled - Refunded", "Shipped"),
        ("payment_status", "not paid", "paid"),
        ("status", "requires_payment_method", "succeeded"),
        ("Zustand", "Storno", "OK"),
        ("État", "Annulé", "Livré"),
        ("Stato", "Annullato", "Completato"),
        ("Status", "gelöscht", "bezahlt"),
        ("Status", "No show", "Checked out"),
        ("Status", "abgesagt", "abgerechnet"),
        ("Status", "Udeblevet", "Faktureret"),
        ("Status", "Avbokad", "Fakturerad"),
        ("is_cancelled", "1", "0"),
        ("cancelled", "true", "false"),
    ],
)
def test_words_and_flags_of_lines_that_are_no_sales(column, word, other):
    found, _, revenue = init({**PLAIN, column: every_tenth(word, other)})
    assert found["rules"]["drop"] == [{"column": column, "values": [word]}]
    assert revenue == without_every_tenth()


def test_the_day_of_a_cancellation_says_that_there_was_one():
    columns = {**PLAIN, "deleted_at": lambda s: s.at.strftime("%Y-%m-%d") if s.order % 10 == 0 else "NULL"}
    found, _, revenue = init(columns)
    assert found["rules"]["drop"] == [{"column": "deleted_at", "pattern": ".*[1-9].*"}]
    assert revenue == without_every_tenth()


def test_a_flag_of_refunds_is_a_question(monkeypatch):
    Export({**PLAIN, "refunded": every_tenth("yes", "no")}).write(Path("x.csv"))
    answer(monkeypatch, ["1"])
    assert command("init", "x.csv", "--out", "x.yaml")[0] == 0
    assert round(read(Path("x.yaml"))[2], 2) == without_every_tenth()


def test_unknown_words_of_a_status_are_said_and_count_but_nobodys_address():
    lines = sum(s.order % 10 == 0 for s in sales())
    assert f'"Status" says "Blocked" ({lines} lines): not known here' in told(
        {**PLAIN, "Status": every_tenth("Blocked", "Shipped")}
    )
    assert "ann@x.example" not in told({**PLAIN, "Status": every_tenth("ann@x.example", "Shipped")})
    assert "status:" not in told({**PLAIN, "Status": every_tenth("Delivered", "Shipped")})


def test_addresses_that_differ_by_capitals_are_one_customer_and_other_ids_are_not():
    mixed = {**PLAIN, "customer_id": lambda s: f"{'ANN' if s.order % 2 else 'ann'}{s.customer}@x.example"}
    found, customers, _ = init(mixed)
    assert (found["id_case"], customers) == ("fold", 60)
    codes = {**PLAIN, "customer_id": lambda s: f"{'K' if s.order % 2 else 'k'}{s.customer}"}
    found, customers, _ = init(codes)
    assert "id_case" not in found
    assert customers > 60
    assert "# id_case: fold, if ids that differ by capitals only" in Path("x.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["Total (incl. VAT)", "Betrag inkl. MwSt.", "Beløb inkl. moms", "Total incl. tax", "Gesamtpreis"]
)
def test_amounts_that_say_whether_tax_is_in_them(name):
    bare = {column: cell for column, cell in PLAIN.items() if column != "amount"}
    found, _, revenue = init({**bare, name: amount(POINT)})
    assert (found["columns"]["amount"], revenue) == (name, net())


def of_pieces(*, whole_line: bool) -> dict[str, Cell]:
    return {
        "order id": order(),
        "customer": plain("m"),
        "date": day("%Y-%m-%d"),
        "sku": lambda s: f"P{s.order % 7}",
        "quantity": lambda s: str(1 + s.customer % 3),
        "item price": lambda s: POINT((399 + 100 * (s.order % 7)) * (1 + s.customer % 3 if whole_line else 1)),
    }


def test_a_price_that_grows_with_the_quantity_is_of_the_whole_line():
    worth = round(sum((399 + 100 * (s.order % 7)) * (1 + s.customer % 3) for s in sales()) / 100, 2)
    found, _, revenue = init(of_pieces(whole_line=True))
    assert (found["columns"]["amount"], found["columns"]["quantity"], revenue) == ("item price", "quantity", worth)
    found, _, revenue = init(of_pieces(whole_line=False))
    assert (found["columns"]["unit_price"], revenue) == ("item price", worth)


def test_refunds_in_a_column_of_their_own_come_off_where_lines_prove_it():
    def back(s):
        return s.cents if s.order % 20 == 3 else s.cents // 3 if s.order % 100 == 7 else 0

    found, _, revenue = init({**PLAIN, "Refunded amount": lambda s: POINT(back(s))})
    assert found["columns"]["refunded"] == "Refunded amount"
    assert revenue == pytest.approx(net() - sum(back(s) for s in sales()) / 100, abs=0.01)
    status = {**PLAIN, "Refunded": lambda s: POINT(back(s)), "Status": lambda s: "refunded" if back(s) else "paid"}
    found, _, revenue = init(status)
    assert "rules" not in found or "drop" not in found["rules"], "what was given back comes off once"
    assert revenue == pytest.approx(net() - sum(back(s) for s in sales()) / 100, abs=0.01)


def test_refunds_that_may_be_off_already_are_a_question():
    back = {"Refund amount": lambda s: POINT(s.cents // 3) if s.order % 20 == 7 else "0"}
    columns = {**PLAIN, **back}
    (question,) = looked_at(columns).questions
    assert question.key == "columns.refunded"
    assert question.asked == '"Refund amount" is not 0 on 19 lines. Does it come off "amount"?'
    found = Look(["x.csv"]).findings({"columns.refunded": question.choices[0]})
    assert found.settings["columns.refunded"] == "Refund amount"
    assert "columns.refunded" not in Look(["x.csv"]).findings({"columns.refunded": question.choices[1]}).settings
    # Half is left of half: the amount may be of after the refund, or the refunds are lines of their own, or counts.
    for others in (
        {"amount": lambda s: POINT(s.cents // 2 if s.order % 20 == 7 else s.cents), **back},
        {"amount": lambda s: f"{'-' if s.order % 20 == 9 else ''}{POINT(s.cents)}", "Refunded": back["Refund amount"]},
        {"Refunds": lambda s: str(s.order % 4)},
        {"Refunded": back["Refund amount"], "Shipping refunded": back["Refund amount"]},
    ):
        assert [q.key for q in looked_at({**PLAIN, **others}).questions] == ["columns.refunded"]
    assert [q.key for q in looked_at({**PLAIN, "Refunded": lambda s: str(int(s.order % 20 == 7))}).questions] == [
        "rules.drop"
    ], "yes and no are no money"


def test_refunds_on_the_lines_of_credits_come_off_once():
    back = {"Refunded amount": lambda s: POINT(s.cents) if s.order % 10 == 0 else "0"}
    found, _, revenue = init({**PLAIN, "Type": every_tenth("Refund", "Sale"), **back})
    assert "refunded" not in found["columns"]
    assert revenue == pytest.approx(2 * without_every_tenth() - net(), abs=0.01)


@pytest.mark.parametrize(
    ("column", "credit", "other"),
    [
        ("Transaction Type", "Credit Memo", "Invoice"),
        ("Belegart", "Gutschrift", "Rechnung"),
        ("Type", "Refund", "Charge"),
        ("Bilagstype", "Kreditnota", "Faktura"),
        ("Tipo documento", "Nota di credito", "Fattura"),
        ("Type de document", "Avoir", "Facture"),
        ("Soort", "Creditfactuur", "Verkoopfactuur"),
        ("TipoDoc", "TD04", "TD01"),
        ("Art", "Rechnungskorrektur", "Ausgangsrechnung"),
        ("Buchung", "Gutschrift", "Rechnung"),
        ("Kreditfaktura", "Ja", "Nej"),
    ],
)
def test_credits_with_amounts_above_0_are_returns(column, credit, other):
    found, _, revenue = init({**PLAIN, column: every_tenth(credit, other)})
    assert found["rules"]["returns"] == [{"column": column, "values": [credit]}]
    assert revenue == pytest.approx(2 * without_every_tenth() - net(), abs=0.01)


def test_credits_below_0_are_returns_already_and_credit_cards_are_none():
    below = {**PLAIN, "amount": lambda s: f"{'-' if s.order % 10 == 0 else ''}{POINT(s.cents)}"}
    found, _, revenue = init({**below, "Type": every_tenth("Credit Note", "Invoice")})
    assert "rules" not in found or "returns" not in found["rules"]
    assert revenue == pytest.approx(2 * without_every_tenth() - net(), abs=0.01)
    for words in (
        ("Credit", "Cash"),
        ("Transfer", "Cash"),
        ("Return", "New"),
        ("Deposit", "Balance"),
        ("Frais", "Sec"),
    ):
        found, _, revenue = init({**PLAIN, "Type": every_tenth(*words)})
        assert ("rules" in found, revenue) == (False, net()), words


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("Betalsätt", ("Delbetalning", "Faktura")),
        ("Zahlungsart", ("Ratenzahlung", "Rechnung")),
        ("Payment method", ("Payment", "Invoice")),
        ("Department", ("Returns", "Sales")),
        ("Salgstype", ("Tilbud", "Ordre")),
        ("Tipo de venta", ("Oferta", "Venta")),
    ],
)
def test_ways_to_pay_departments_and_offers_are_no_documents(column, words):
    found, _, revenue = init({**PLAIN, column: every_tenth(*words)})
    assert ("rules" in found, revenue) == (False, net())


def test_kinds_of_documents_that_may_be_anything_are_a_question():
    (question,) = looked_at({**PLAIN, "Type": every_tenth("Fee", "Sale")}).questions
    assert (question.key, question.asked[:23]) == ("rules.drop", '"Type" says 38 lines (8')
    assert [sorted(choice.settings) for choice in question.choices] == [
        ["rules.drop"],
        ["rules.drop", "rules.returns"],
        ["rules.drop"],
    ]
    assert [q.key for q in looked_at({**PLAIN, "Type": every_tenth("debit", "credit")}).questions] == ["rules.drop"], (
        "a ledger"
    )
    words = told({**PLAIN, "Type": lambda s: ("Sale", "Refund", "Waiver")[s.order % 3 if s.order % 10 == 0 else 0]})
    assert '"Type" says "Waiver"' in words
    assert "not known here, so these lines count" in words
    (question,) = looked_at({**PLAIN, "Type": lambda s: "Return" if s.order % 2 else "Sale"}).questions
    assert question.key == "rules.returns", "half of all lines are no few credits"


def test_payments_of_invoices_and_payouts_are_no_sales():
    kinds = {0: "Payment", 1: "Payout", 2: "Estimate"}
    found, _, revenue = init({**PLAIN, "Type": lambda s: kinds.get(s.order % 10, "Invoice")})
    assert sorted(found["rules"]["drop"][0]["values"]) == ["Estimate", "Payment", "Payout"]
    assert revenue == net([s for s in sales() if s.order % 10 > 2])
    for sale in ("Payment", "Charge"):
        _, _, revenue = init({**PLAIN, "Type": lambda s, sale=sale: kinds.get(s.order % 10, sale)})
        assert revenue == net([s for s in sales() if s.order % 10 not in (1, 2)]), "payments are sales without invoices"


def test_money_in_cents_by_name_and_as_payment_services_give_it():
    cents = {**PLAIN, "amount": lambda s: str(s.cents)}
    named = {("amount_cents" if name == "amount" else name): cell for name, cell in cents.items()}
    found, _, revenue = init(named)
    assert (found["money_in"], revenue) == ("cents", net())
    service = {
        **cents,
        "amount_refunded": lambda s: str(s.cents) if s.order % 9 == 1 else "0",
        "currency": lambda s: "usd",
    }
    assert [q.key for q in looked_at(service).questions] == ["money_in"], "a shop's own table may be in crowns"
    yen = {**service, "currency": lambda s: "jpy"}
    assert "money_in" not in init(yen)[0]
    found, _, revenue = init({"id": lambda s: f"ch_{s.order:06}", **service})
    assert (found["money_in"], found["columns"]["refunded"]) == ("cents", "amount_refunded")
    assert revenue == net([s for s in sales() if s.order % 9 != 1])
    assert '"amount" holds whole numbers only: if they are cents, set money_in: cents' in told(cents)
    assert "cents" not in told({**cents, "amount": lambda s: str(10 * (s.cents // 1000) + 10)}), (
        "round prices are whole units"
    )
    assert "cents" not in told(PLAIN)


@pytest.mark.parametrize(
    ("when", "order", "who", "worth", "status", "cancelled"),
    [
        ("Data ordine", "Numero ordine", "Codice cliente", "Importo totale", "Stato", "Annullato"),
        ("Data zamówienia", "Nr zamówienia", "Klient", "Wartość zamówienia", "Status zamówienia", "Anulowane"),
        ("Besteldatum", "Bestelnummer", "Klantnummer", "Totaalbedrag", "Bestelstatus", "Geannuleerd"),
        ("Data do pedido", "Pedido", "Cliente", "Valor total", "Status", "Cancelado"),
    ],
)
def test_italian_polish_dutch_and_portuguese_names(when, order, who, worth, status, cancelled):
    columns = {
        when: day("%d/%m/%Y"),
        order: lambda s: str(s.order + 4000),
        who: lambda s: f"K{s.customer}",
        worth: amount(POINT),
        "Spedizione": lambda s: "4.90",
        status: every_tenth(cancelled, "OK"),
    }
    found, customers, revenue = init(columns)
    expected = {"customer_id": who, "ordered_at": when, "amount": worth, "order_id": order}
    assert found["columns"] == expected
    assert (customers, revenue) == (60, without_every_tenth())


def test_names_of_people_beside_addresses_that_tell_more_apart_are_a_question():
    columns = {
        "Customer": lambda s: f"{['Ann', 'Bo', 'Cy'][s.customer % 3]} {['Lee', 'Ray', 'Fox', 'Day'][s.customer % 4]}",
        "E-mail": lambda s: f"c{s.customer}@shop.example",
        **{name: cell for name, cell in PLAIN.items() if name != "customer_id"},
    }
    (question,) = looked_at(columns).questions
    assert question.asked.startswith('who bought: "Customer" or "E-mail"? "E-mail" may name other people: of different')
    cashier = {**columns, "E-mail": lambda s: f"till{s.order % 3}@shop.example"}
    assert init(cashier)[0]["columns"]["customer_id"] == "Customer", "who sold it is no customer"
    alone = {name: cell for name, cell in columns.items() if name != "E-mail"}
    assert init(alone)[0]["columns"]["customer_id"] == "Customer"


def test_what_waits_for_the_amount_is_said_with_the_question():
    columns = {
        "customer_id": PLAIN["customer_id"],
        "ordered_at": PLAIN["ordered_at"],
        "subtotal_cents": lambda s: str(s.cents),
        "total_cents": lambda s: str(s.cents + 100),
        "refunded_cents": lambda s: str(s.cents) if s.order % 9 == 1 else "0",
    }
    Export(columns).write(Path("x.csv"))
    code, _ = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert code == 2
    said = told(columns)
    assert "state money_in: cents if the amount that you choose is in cents" in said
    assert "state columns.refunded if it comes off the amount that you choose" in said
    text = Path("x.yaml").read_text(encoding="utf-8")
    # It holds of both.
    assert "\n  money_in: cents" in text
    once = " ".join(text.replace("#", "").split())
    assert 'QUESTION: if it is "total_cents": "refunded_cents" is not 0 on' in once
    # The other amount shows by itself that it comes off.
    assert '(if it is "subtotal_cents": refunded_cents)' in once
