"""States of orders, deals and invoices: which lines count, by what their columns are called and say."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from holdfast.onboarding.findings import Choice, Findings
from holdfast.onboarding.look import Look
from holdfast.onboarding.states.words import State, state_of
from tests.onboarding.looked import LINES, day, dropped, look, said, shop

STAGES: dict[str, tuple[str, list[str], list[str]]] = {
    "HubSpot": (
        "Deal Stage",
        ["Closed won", "Closed won"],
        ["Closed lost", "Contract sent", "Decision maker bought-In"],
    ),
    "HubSpot's own names": ("dealstage", ["closedwon", "closedwon"], ["closedlost", "qualifiedtobuy"]),
    "Salesforce": ("Stage", ["Closed Won", "Closed Won"], ["Closed Lost", "Negotiation/Review", "Id. Decision Makers"]),
    "NPSP": ("Stage", ["Closed Won", "Posted"], ["Pledged", "Withdrawn", "Prospecting", "Closed Lost"]),
    "German": ("Deal-Phase", ["Abgeschlossen und gewonnen", "Bezahlt"], ["Abgeschlossen und verloren", "Angebot"]),
    "Danish": ("Aftalefase", ["Lukket vundet", "Faktureret"], ["Lukket tabt", "Tilbud sendt"]),
    "French": ("Étape de vente", ["Gagnée", "Gagnée"], ["Perdue", "Proposition envoyée"]),
    "Spanish": ("Etapa del negocio", ["Cierre ganado", "Cierre ganado"], ["Cierre perdido", "Contrato enviado"]),
    "Italian": ("Fase", ["Chiusa vinta", "Chiusa vinta"], ["Chiusa persa", "Trattativa"]),
    "Polish": ("Etap", ["Zamknięte wygrane", "Zamknięte wygrane"], ["Zamknięte przegrane", "Negocjacje"]),
    "Dutch": ("Dealfase", ["Gesloten en gewonnen", "Geleverd"], ["Gesloten en verloren", "Offerte"]),
    "Portuguese": ("Etapa", ["Ganho", "Ganho"], ["Perdido", "Proposta"]),
    "Japanese": ("商談フェーズ", ["受注", "受注"], ["失注", "提案"]),
}


@pytest.mark.parametrize(("name", "sold", "not_sold"), STAGES.values(), ids=STAGES)
def test_of_deals_only_what_was_won_is_sold(name, sold, not_sold):
    found = look({name: [*sold, *not_sold]})
    assert dropped(found) == {name: sorted(not_sold)}
    assert "not known" not in said(found)


def test_a_stage_of_a_festival_and_a_parcel_that_was_lost_are_no_stages_of_deals():
    assert dropped(look({"Stage": ["Main", "Open Air", "Tent"]})) == {}
    assert dropped(look({"Status": ["Delivered", "Shipped", "Lost in transit", "Lost"]})) == {}


@pytest.mark.parametrize(
    ("name", "words", "gone"),
    [
        ("Is Closed Won", ["true", "false"], ["false"]),
        ("IsWon", ["1", "0"], ["0"]),
        ("Won", ["Yes", ""], [""]),
        ("Gewonnen", ["Ja", "Nein"], ["Nein"]),
        ("Lost", ["no", "no", "yes"], ["yes"]),
    ],
)
def test_a_column_says_by_its_name_whether_a_deal_was_won(name, words, gone):
    assert dropped(look({name: words}, when="Close date")) == {name: gone}


def test_a_bet_that_was_not_won_was_paid_all_the_same():
    assert dropped(look({"Won": ["yes", "no", "no"]})) == {}


def test_several_columns_of_states_are_read_and_no_line_is_said_twice_without_a_word():
    found = look(
        {
            "Payment status": ["Paid", "Unpaid", "Paid", "Paid", "Paid", "Paid"],
            "Fulfillment status": ["Fulfilled", "Canceled", "Canceled", "Pending", "Not fulfilled", "Scheduled"],
        }
    )
    assert dropped(found) == {"Payment status": ["Unpaid"], "Fulfillment status": ["Canceled"]}
    assert '"Payment status" says 20 lines (210.00) unpaid: dropped (rules.drop)' in said(found)
    assert (
        '"Fulfillment status" says 40 lines (420.00) cancelled: dropped (rules.drop), 20 lines (210.00) of them by '
        "another column, too"
    ) in said(found)
    assert "not known" not in said(found)


@pytest.mark.parametrize("name", ["Versandstatus", "Leveringsstatus", "Statut de livraison", "Estado de envío"])
def test_what_is_not_delivered_yet_was_sold(name):
    assert dropped(look({name: ["Pending", "Delivered", "Storniert"]})) == {name: ["Storniert"]}


INVOICES: dict[str, tuple[str, str, list[str], list[str]]] = {
    "Odoo": ("Invoice Date", "Payment Status", ["Not Paid", "In Payment", "Partially Paid"], ["Draft", "Cancelled"]),
    "Xero": ("InvoiceDate", "Status", ["AUTHORISED", "Overdue"], ["VOIDED", "DRAFT"]),
    "QuickBooks": ("Date", "Invoice status", ["Open", "Unpaid", "Overdue"], ["Void"]),
    "Stripe": ("Date", "Invoice status", ["open"], ["draft", "void", "uncollectible"]),
    "German": ("Rechnungsdatum", "Status", ["Offen", "Überfällig", "Nicht bezahlt"], ["Entwurf", "Storniert"]),
    "Danish": ("Fakturadato", "Status", ["Ikke betalt", "Forfalden", "Åben"], ["Kladde"]),
    "French": ("Date de facture", "Statut", ["Non payée", "En retard"], ["Brouillon", "Annulée"]),
    "Spanish": ("Fecha de factura", "Estado", ["No pagada", "Vencida"], ["Borrador", "Anulada"]),
    "Italian": ("Data fattura", "Stato", ["Non pagata", "Scaduta"], ["Bozza", "Annullata"]),
    "Dutch": ("Factuurdatum", "Status", ["Openstaand", "Onbetaald"], ["Concept"]),
}


@pytest.mark.parametrize(("when", "name", "owed", "gone"), INVOICES.values(), ids=INVOICES)
def test_invoices_that_are_not_paid_yet_are_sales(when, name, owed, gone):
    found = look({name: ["Paid", "Paid", *owed, *gone]}, when=when)
    assert dropped(found) == {name: sorted(gone)}
    assert all(f'"{word}"' in said(found) for word in owed)
    assert "kept, as an invoice that is not paid yet is a sale" in said(found)
    assert "not known" not in said(found)


def test_an_order_of_a_shop_that_is_not_paid_is_no_sale():
    found = look(
        {"Order status": [*["Completed"] * 7, "Pending payment"], "Invoice number": [str(n) for n in range(120)]}
    )
    assert dropped(found) == {"Order status": ["Pending payment"]}


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Charged", State.SOLD),
        ("Charged back", State.REFUNDED),
        ("Chargeback", State.REFUNDED),
        ("Betalt tilbage", State.REFUNDED),
        ("Sent back", State.REFUNDED),
        ("Pending approval", State.PENDING),
        ("Checkout", State.UNKNOWN),
        ("Quote accepted", State.UNKNOWN),
        ("Disapproved", State.FAILED),
        ("Awaiting Fulfillment", State.SOLD),
        ("Awaiting Shipment", State.SOLD),
        ("Paid, not shipped", State.SOLD),
        ("Personal collection", State.UNKNOWN),
        ("Wonderful", State.UNKNOWN),
        ("En cours de préparation", State.SOLD),
        ("In Bearbeitung", State.SOLD),
        ("Wartet auf Ware", State.SOLD),
        ("Rücksendung", State.REFUNDED),
        ("Slutbetald", State.SOLD),
        ("Refund pending", State.REFUNDED),
    ],
)
def test_a_short_word_does_not_mean_its_opposite(text, means):
    assert state_of(text) is means


@pytest.mark.parametrize(
    "text",
    [
        *("En attente du paiement par chèque", "En attente de virement bancaire", "Awaiting check payment"),
        *(
            "Awaiting bank wire payment",
            "Waiting for payment",
            "In attesa di pagamento",
            "In attesa di bonifico bancario",
        ),
        *("Warten auf Zahlung", "Warten auf Zahlungseingang Banküberweisung", "En espera de pago por cheque"),
        *(
            "En espera de transferencia bancaria",
            "Afventer bankoverførsel",
            "Venter på betaling",
            "Väntar på betalning",
        ),
        *("Inväntar checkbetalning", "Oczekiwanie na płatność czekiem", "Oczekuje na płatność", "Wachten op betaling"),
        *(
            "In afwachting van bankoverschrijving",
            "Aguardando pagamento",
            "Pendiente de pago",
            "On backorder (not paid)",
        ),
        *("入金待ち", "待付款", "결제대기"),
    ],
)
def test_a_payment_that_is_waited_for_is_not_made(text):
    assert state_of(text) is State.UNPAID


def test_all_words_of_a_status_that_are_not_known_are_shown_with_their_lines():
    odd = [f"{word} by the back office of the shop in town" for word in ("Blue", "Green", "Red", "Grey", "Pink", "Tan")]
    more = ["Step 2", "Fourth", "Level", "Middle"]
    found = look({"Status": [*odd, *more]})
    assert all(f'"{word}" (12 lines)' in said(found) for word in [*odd, *more])
    assert "other word" not in said(found)


def test_where_most_of_the_newest_orders_are_pending_it_is_a_question():
    rows = [[f"c{i % 10}", day(3 * i), "10.50", "Pending" if i >= 105 else "Paid"] for i in range(LINES)]
    found = shop([["Customer ID", "Order date", "Amount", "Status"], *rows])
    (asked,) = found.questions
    assert asked.asked == '"Status" says 15 lines (157.50) pending, most of the newest lines. Do they count?'
    assert [one.settings["rules.drop"] for one in asked.choices] == [
        None,
        [{"column": "Status", "values": ["Pending"]}],
    ]
    refunded = [[*row[:3], "Refunded" if i < 9 else row[3]] for i, row in enumerate(rows)]
    (both,) = shop([["Customer ID", "Order date", "Amount", "Status"], *refunded]).questions
    assert [one.settings["rules.drop"] for one in both.choices] == [
        [{"column": "Status", "values": ["Refunded"]}],
        None,
        [{"column": "Status", "values": ["Pending"]}, {"column": "Status", "values": ["Refunded"]}],
        [{"column": "Status", "values": ["Pending"]}],
    ]


@pytest.mark.parametrize(
    ("name", "invoice", "credit"),
    [
        ("FkArt", "F2", "G2"),
        ("Billing Type", "ZF2", "ZG2"),
        ("Doc type", "INV", "CN"),
        ("Invoice type", "I", "C"),
        ("Document type", "INV", "CRN"),
        ("Belegart", "RE", "GS"),
        ("Tipo", "FT", "NC"),
        ("Type de pièce", "FA", "AV"),
    ],
)
def test_codes_of_credits_beside_those_of_invoices_come_off(name, invoice, credit):
    found = look({name: [invoice] * 5 + [credit]})
    assert found.settings["rules.returns"] == [{"column": name, "values": [credit]}]
    assert f'"{name}" says "{credit}" on 20 lines (210.00): returns' in said(found)
    assert look({name: ["A", "B", credit]}).settings.get("rules.returns") is None


def reversed_invoices(
    sign: str, columns: Sequence[int] = (0, 1, 2, 3, 4, 5, 6), *, all_marked: bool = True
) -> Findings:
    """Look at 60 invoices, every tenth of which is cancelled (X) and taken back by a document of its own (S1)."""
    names = ["Faktura", "Kunde", "Datum", "Nettowert", "FkArt", "Storniert", "Storn.Fakt."]
    rows = []
    for i in range(60):
        amount = f"{100 + i},50"
        gone = i % 10 == 3
        marked = "X" if gone and (all_marked or i < 10) else ""
        rows.append([f"{9000 + i}", f"K{i % 7}", day(5 * i), amount, "F2", marked, ""])
        if gone:
            rows.append([f"{9500 + i}", f"K{i % 7}", day(5 * i + 1), f"{sign}{amount}", "S1", "", f"{9000 + i}"])
    return shop([[row[k] for k in columns] for row in [names, *rows]])


MARKED = {"column": "Storniert", "values": ["X"]}


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_cancelled_invoice_and_its_reversal_are_dropped_together(sign):
    found = reversed_invoices(sign)
    assert found.settings["rules.drop"] == [MARKED, {"column": "FkArt", "values": ["S1"]}]
    assert "rules.returns" not in found.settings
    without_kinds = reversed_invoices("-", (0, 1, 2, 3, 5, 6))
    assert without_kinds.settings["rules.drop"] == [MARKED, {"column": "Storn.Fakt.", "pattern": ".*[1-9A-Za-z].*"}]


def test_a_cancelled_invoice_is_kept_where_its_reversal_cannot_be_told_or_others_are_not_marked():
    found = reversed_invoices("-", (0, 1, 2, 3, 5))
    assert "rules.drop" not in found.settings
    assert '"Storniert" says 6 lines (771.00) cancelled: kept, as the same amounts stand below 0' in said(found)
    some = reversed_invoices("-", all_marked=False)
    assert "rules.drop" not in some.settings
    assert "6 lines of reversals take back more than these" in said(some)


def test_without_a_mark_a_reversal_is_a_credit():
    assert reversed_invoices("", (0, 1, 2, 3, 4)).settings["rules.returns"] == [{"column": "FkArt", "values": ["S1"]}]


@pytest.mark.parametrize("name", ["Paid On Date", "Payment date", "Betalt den", "Zahlungsdatum", "Data płatności"])
def test_without_a_day_of_payment_nothing_was_paid(name):
    found = look({name: [*(day(n) for n in range(11)), ""]})
    assert dropped(found) == {name: [""]}
    assert f'"{name}" is blank on 10 lines (105.00) that were never paid: dropped' in said(found)
    assert dropped(look({name: [day(1), ""], "Status": ["Paid", "On its way"]})) == {}
    invoices = look({name: [*(day(n) for n in range(11)), ""]}, when="Invoice date")
    assert dropped(invoices) == {}
    assert f'"{name}" is blank on 10 lines (105.00): kept, as an invoice' in said(invoices)


def test_where_many_lines_have_no_day_of_payment_it_is_a_question():
    (asked,) = look({"Paid at": [day(1), day(2), ""]}).questions
    assert '"Paid at" is blank on 40 lines (420.00) that were never paid, a large part of all' in asked.asked


@pytest.mark.parametrize("name", ["Paid", "Is paid", "Bezahlt"])
def test_a_flag_says_what_was_not_paid(name):
    assert dropped(look({name: [*["true"] * 7, "false"]})) == {name: ["false"]}
    assert dropped(look({name: [*["true"] * 7, "false"]}, when="Invoice date")) == {}


def test_letters_of_types_of_customers_are_no_codes_of_documents():
    assert look({"Type": ["I", "C"]}).settings.get("rules.returns") is None
    assert look({"Type": list("ABCDEF")}).settings.get("rules.returns") is None


def test_a_day_of_payment_on_the_first_line_of_an_order_is_of_all_of_them():
    rows = [[f"o{i // 2}", f"c{i // 2 % 8}", day(i // 2), "5.25", "" if i % 2 else day(i // 2)] for i in range(80)]
    rows += [[f"p{i}", "c1", day(i), "5.25", day(i)] for i in range(20)]
    found = shop([["Order ID", "Customer ID", "Order date", "Amount", "Paid at"], *rows])
    assert dropped(found) == {}
    assert '"Paid at" is blank on 40 lines, some of them of orders that were paid' in said(found)


PAYPAL = [("Payment", "Payment Refund", "General Withdrawal"), ("Zahlung", "Rückzahlung", "Allgemeine Abbuchung")]


@pytest.mark.parametrize(("paid", "back", "out"), PAYPAL)
def test_of_an_account_at_a_payment_service_only_payments_of_customers_count(paid, back, out):
    names = ["Date", "Type", "Gross", "From Email Address", "Transaction ID", "Reference Txn ID"]
    rows = [[day(2 * i), paid, "10.50", f"c{i % 9}@x.example", f"T{i}", ""] for i in range(60)]
    rows += [[day(20 * i), back, "-10.50", "me@shop.example", f"R{i}", f"T{i}"] for i in range(6)]
    rows += [[day(30 * i), out, "-99.50", "", f"W{i}", ""] for i in range(4)]
    found = shop([names, *rows])
    assert dropped(found) == {"Type": [out]}
    assert found.settings["columns.refers_to"] == "Reference Txn ID"
    assert f'"{out}" on 4 lines (-398.00)' in "\n".join(found.told)
    before = [[*row[:5], "from before" if row[1] == back else row[5]] for row in rows]
    found = shop([names, *before])
    assert dropped(found) == {"Type": sorted([back, out])}
    told = "\n".join(found.told)
    assert "6 lines (-63.00) of refunds name the shop and not the customer, so they do not come off" in told
    goods = [[*row[:1], ("Coffee", "Candle holder")[i % 2], *row[2:]] for i, row in enumerate(rows[:60])]
    assert dropped(shop([names, *goods])) == {}
    theirs = [[*row[:3], f"c{i % 9}@x.example", *row[4:]] if row[1] == back else row for i, row in enumerate(rows)]
    assert dropped(shop([names, *theirs])) == {"Type": [out]}


@pytest.mark.parametrize(
    ("recipient", "said"),
    [
        (
            "To Email Address",
            '"To Email Address" names the customer on 6 of them: to take them off, make one column of customers, "To '
            'Email Address" on these lines and "From Email Address" on the others',
        ),
        (
            "Remark",
            '"Reference Txn ID" refers to the "Transaction ID" of a payment in this file on 2 of them: to take these '
            "off, add a column with the customer of that payment",
        ),
    ],
)
def test_of_refunds_that_name_the_shop_it_is_said_how_much_they_are_and_whose(recipient, said):
    names = ["Date", "Type", "Gross", "From Email Address", recipient, "Transaction ID", "Reference Txn ID"]
    rows = [[day(2 * i), "Payment", "10.50", f"c{i % 9}@x.example", "me@shop.example", f"T{i}", ""] for i in range(60)]
    for i in range(6):
        whose, of = f"c{i}@x.example", f"T{i}" if i > 3 else "from before"
        rows.append([day(20 * i), "Payment Refund", "-10.50", "me@shop.example", whose, f"R{i}", of])
    answer = Choice("", {"columns.customer_id": "From Email Address"})
    shop([names, *rows])
    told = Look(["x.csv"]).findings({"columns.customer_id": answer}).told
    assert (
        "payments: 6 lines (-63.00) of refunds name the shop and not the customer, so they do not come off, and sales "
        f"are 10.0% too high; {said}"
    ) in told


@pytest.mark.parametrize(
    ("created", "closed", "stage"),
    [
        ("Create Date", "Close Date", "Deal Stage"),
        ("Created Date", "Close Date", "Stage"),
        ("Erstellungsdatum", "Abschlussdatum", "Deal-Phase"),
        ("Oprettet dato", "Lukkedato", "Aftalefase"),
    ],
)
def test_a_deal_is_sold_on_the_day_on_which_it_is_closed(created, closed, stage):
    won = "Closed won" if "tage" in stage else "Gewonnen" if "Deal" in stage else "Vundet"
    later = [str(date(2023, 1, 9) + timedelta(days=3 * i)) for i in range(LINES)]
    assert look({closed: later, stage: [won]}, when=created).settings["columns.ordered_at"] == closed


def test_without_stages_the_day_on_which_a_table_was_left_is_asked():
    closed = [str(date(2023, 1, 9) + timedelta(days=3 * i)) for i in range(LINES)]
    assert "columns.ordered_at" not in look({"Close Date": closed}, when="Create Date").settings
