"""What the words of a column of documents mean: a sale, a credit, the payment of an invoice, or no sale.

A word alone may mean much (credit is a card, transfer and invoice are ways to pay, return a customer who came back), so
nothing is taken from a column that does not name sales too, and of one that is not called after documents only credits
beside invoices.
"""

from collections.abc import Iterable

from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.states.document_codes import codes_of
from holdfast.onboarding.states.words import State

_INVOICES = (
    "invoice;invoices;sales invoice;tax invoice;sales receipt;rechnung;ausgangsrechnung;faktura;salgsfaktura;"
    "kundfaktura;facture;factura;factura de venta;fattura;fattura di vendita;faktura vat;faktura sprzedazy;factuur;"
    "verkoopfactuur;paragon;nota fiscal;fatura;inv;si;td01;td24;rv;dr;accrec;customer invoice;out invoice"
)
_SALES = (
    "sale;sales;order;orders;sales order;cash sale;purchase;charge;verkauf;bestellung;auftrag;salg;ordre;kob;kop;"
    "forsaljning;vente;commande;achat;venta;pedido;compra;vendita;ordine;sprzedaz;zamowienie;verkoop;bestelling;"
    "venda;capture"
)
_CREDITS = (
    "credit memo;credit note;creditmemo;creditnote;sales credit;sale credit;sales credit note;invoice credit;refund;"
    "refunds;payment refund;return;returns;sales return;order return;return order;refund receipt;chargeback;"
    "partial refund;"
    "gutschrift;rechnungskorrektur;rechnungsgutschrift;korrekturrechnung;retoure;rucksendung;ruckgabe;"
    "ruckerstattung;erstattung;kreditnota;kreditnote;kreditfaktura;salgskreditnota;kreditering;retur;returnering;"
    "refusion;aterbetalning;avoir;facture avoir;facture d avoir;note de credit;remboursement;retour;nota de credito;"
    "nota de abono;factura rectificativa;devolucion;reembolso;nota di credito;nota credito;nota di accredito;reso;"
    "rimborso;faktura korygujaca;korekta;korekta faktury;zwrot;creditnota;creditfactuur;terugbetaling;estorno;"
    "devolucao;retourzending;"
    "td04;dg;sc;accreccredit;customer credit note;out refund;fv korekta;kfv;faktura korekta;reso cliente;"
    "devolucion de venta"
)
# Documents that take back another one, which may be marked as cancelled itself.
_REVERSALS = (
    "stornorechnung;storno rechnung;rechnungsstorno;storno rech;storno gutschrift;stornogutschrift;gutschriftstorno;"
    "reversal;invoice reversal;reversal invoice;invoice cancellation;cancellation invoice;invoice canc;"
    "invoice cancel;cancel invoice;credit memo canc;cancel credit memo;credit memo cancellation;cancellation document;"
    "storno;annulation facture;facture d annulation;annulation;factura de anulacion;anulacion;storno fattura;"
    "faktura annullering;annulleringsfaktura;makuleringsfaktura;stornofaktura;storno faktury;annuleringsfactuur"
)
_PAYMENTS = (
    "payment;payments;customer payment;invoice payment;receive payment;payment received;zahlung;zahlungseingang;"
    "betaling;indbetaling;innbetaling;betalning;inbetalning;paiement;reglement;pago;cobro;pagamento;incasso;wplata;"
    "platnosc;pmt;pymt;dz;sr"
)
_OTHERS = (
    "payout;payouts;stripe fee;application fee;journal entry;general journal;estimate;quote;quotation;proforma;"
    "pro forma;pro forma invoice;purchase order;kostenvoranschlag;auszahlung;udbetaling;utbetaling;devis;"
    "presupuesto;preventivo;uitbetaling"
)
_UNSURE = (
    "credit;debit;transfer;fee;fees;deposit;withdrawal;topup;top up;journal;bill;expense;statement;adjustment;"
    "gebuhr;gebyr;avgift;frais;virement;comision;transferencia;abono;commission;dispute;angebot;tilbud;offert;oferta;offerte;cm;cn;cr"
)
_MEANS = (
    (State.INVOICED, _INVOICES),
    (State.SOLD, _SALES),
    (State.CREDITED, _CREDITS),
    (State.REVERSAL, _REVERSALS),
    (State.PAYMENT, _PAYMENTS),
    (State.NO_SALE, _OTHERS),
    (State.UNSURE, _UNSURE),
)
_ENDS = (
    (State.CREDITED, ("kreditnota", "kreditfaktura", "gutschrift", "creditnota", "creditfactuur")),
    (State.PAYMENT, ("betaling", "betalning", "zahlung")),
    (State.INVOICED, ("faktura", "rechnung", "factuur")),
)
_TENDERS = (
    *(
        "pay",
        "zahl",
        "paiement",
        "reglement",
        "pago",
        "pagament",
        "betal",
        "platnosc",
        "tender",
        "method",
        "支払",
        "付款",
    ),
    *("결제",),
)
_BY_TEXT = {text: state for state, texts in _MEANS for text in texts.split(";")}


_COLUMNS = (
    "type kind transactiontype transtype trantype txntype documenttype doctype invoicetype saletype salestype "
    "ordertype entrytype recordtype linetype eventtype vouchertype "
    "art belegart belegtyp vorgangsart buchungsart dokumentart "
    "dokumenttype transaktionstype transaktionsart bilagstype fakturatype typedocument typededocument typedepiece "
    "typepiece typedetransaction tipo tipodoc tipodocumento tipodedocumento tipodidocumento tipotransaccion typ "
    "fkart fakturaart billingtype billtype billingdocumenttype billingdoctype documentcategory docart belegartbez "
    "typdokumentu rodzajdokumentu soort documentsoort soortdocument transactietype movetype"
)


def is_called_after_documents(name: str) -> bool:
    """Say whether a column is called after kinds of documents or transactions.

    Examples
    --------
    >>> [is_called_after_documents(name) for name in ("Transaction Type", "Belegart", "Payment type", "Department")]
    [True, True, False, False]
    """
    return "".join(plain_words(name)) in _COLUMNS.split()


def document_of(text: str) -> State:
    """Say what a line of such a document is.

    Examples
    --------
    >>> [str(document_of(text)) for text in ("Credit Memo", "Gutschrift", "Invoice", "Payment", "Payout")]
    ['credited', 'credited', 'invoiced', 'payment', 'no sale']
    >>> str(document_of("Credit")), str(document_of("Credit card"))
    ('unsure', 'unknown')
    """
    words = plain_words(text)
    whole = _BY_TEXT.get(" ".join(words))
    if whole is not None:
        return whole
    # Salgsfaktura, Ausgangsrechnung; Kundebetaling, Zahlungseingang.
    ends = next((kind for kind, end in _ENDS if any(word.endswith(end) for word in words)), State.UNKNOWN)
    return ends if len(words) == 1 else State.UNKNOWN


def kinds_of(name: str, values: Iterable[str]) -> dict[State, list[str]]:
    """Return the words of a column by what lines of such a document are; nothing where it names no sales at all.

    Payments are sales, unless invoices stand beside them. A ledger of credits and debits is unsure.

    Examples
    --------
    >>> [str(kind) for kind in kinds_of("Type", ["Invoice", "Payment", "Credit note"])]
    ['invoiced', 'payment', 'credited']
    >>> kinds_of("Type", ["Cash", "Credit", "Debit"]), kinds_of("Type", ["New", "Return"])
    ({}, {})
    >>> kinds_of("Payment method", ["Invoice", "Payment", "Card"])
    {}
    >>> kinds_of("FkArt", ["F2", "G2", "S1"])[State.REVERSAL], kinds_of("Type", ["INV", "CRN"])[State.CREDITED]
    (['S1'], ['CRN'])
    >>> kinds_of("Buchung", ["Rechnung", "Gutschrift"])[State.CREDITED]
    ['Gutschrift']
    """
    found: dict[State, list[str]] = {}
    said = list(values)
    codes = codes_of(name, said) if is_called_after_documents(name) else {}
    for value in said:
        found.setdefault(codes.get(value) or document_of(value), []).append(value)
    if not is_called_after_documents(name):
        if any(part in "".join(plain_words(name)) for part in _TENDERS):
            # Who pays with a credit note, or by invoice, buys.
            return {}
        credited = found.get(State.CREDITED)
        return {State.CREDITED: credited} if credited and State.INVOICED in found else {}
    if list(found) == [State.UNSURE] and len(found[State.UNSURE]) > 1:
        return found
    if State.INVOICED not in found and State.PAYMENT in found:
        found.setdefault(State.SOLD, []).extend(found.pop(State.PAYMENT))
    return found if State.INVOICED in found or State.SOLD in found else {}
