"""What the words of a column of document types mean: a sale, a credit, the payment of an invoice, or no sale."""

from holdfast.onboarding.names import plain_words
from holdfast.onboarding.state_words import State

_COLUMNS = (
    "type kind transactiontype transtype trantype txntype documenttype doctype invoicetype saletype ordertype "
    "entrytype recordtype linetype eventtype vouchertype belegart belegtyp vorgangsart buchungsart dokumentart "
    "dokumenttype transaktionstype transaktionsart bilagstype typedocument typededocument typedepiece typepiece "
    "typedetransaction tipo tipodocumento tipodedocumento tipodidocumento tipotransaccion tipoventa typ typdokumentu "
    "rodzajdokumentu documentsoort soortdocument transactietype"
)
_CREDITS = (
    "credit memo;credit note;creditmemo;creditnote;credit;sales credit;invoice credit;cm;cn;crn;cr;refund;refunds;"
    "return;returns;sales return;order return;return order;rma;refund receipt;chargeback;partial refund;"
    "gutschrift;rechnungskorrektur;stornorechnung;storno;retoure;rucksendung;ruckgabe;ruckerstattung;erstattung;"
    "kreditnota;kreditnote;kreditfaktura;kreditering;kredit;retur;returnering;refusion;aterbetalning;"
    "avoir;facture d avoir;note de credit;remboursement;retour;"
    "abono;nota de credito;nota de abono;factura rectificativa;devolucion;reembolso;"
    "nota di credito;nota credito;reso;rimborso;storno;faktura korygujaca;korekta;zwrot;"
    "creditnota;creditfactuur;terugbetaling;retourzending"
)
_SALES = (
    "invoice;invoices;sale;sales;order;orders;sales order;sales receipt;sales invoice;cash sale;purchase;charge;"
    "rechnung;verkauf;bestellung;auftrag;kauf;faktura;salg;ordre;kob;kop;forsaljning;facture;vente;commande;achat;"
    "factura;venta;pedido;compra;fattura;vendita;ordine;sprzedaz;zamowienie;faktura vat;factuur;verkoop;bestelling;"
    "inv;in;si"
)
_PAYMENTS = (
    "payment;payments;customer payment;invoice payment;receive payment;payment received;zahlung;zahlungseingang;"
    "betaling;indbetaling;innbetaling;betalning;inbetalning;paiement;reglement;pago;cobro;pagamento;incasso;wplata;"
    "platnosc;pmt;pymt"
)
_OTHERS = (
    "payout;payouts;transfer;fee;fees;stripe fee;application fee;deposit;withdrawal;topup;top up;journal;journal entry;"
    "general journal;estimate;quote;quotation;proposal;proforma;pro forma;pro forma invoice;purchase order;bill;"
    "expense;statement;statement charge;reserve transaction;angebot;kostenvoranschlag;auszahlung;gebuhr;tilbud;offert;"
    "udbetaling;utbetaling;gebyr;avgift;devis;virement;frais;presupuesto;transferencia;comision;preventivo;oferta;"
    "offerte;uitbetaling"
)
_MEANS = (
    (State.CREDITED, _CREDITS),
    (State.PAYMENT, _PAYMENTS),
    (State.NO_SALE, _OTHERS),
    (State.SOLD, _SALES),
)
_BY_TEXT = {text: state for state, texts in _MEANS for text in texts.split(";")}


def is_of_documents(name: str) -> bool:
    """Say whether a column is called after kinds of documents or transactions.

    Examples
    --------
    >>> is_of_documents("Transaction Type"), is_of_documents("Belegart"), is_of_documents("Customer type")
    (True, True, False)
    """
    return "".join(plain_words(name)) in _COLUMNS.split()


def document_of(text: str) -> State:
    """Say what a line of such a document is.

    Examples
    --------
    >>> [str(document_of(text)) for text in ("Credit Memo", "Gutschrift", "Invoice", "Payment", "Payout")]
    ['credited', 'credited', 'sold', 'payment', 'no sale']
    >>> str(document_of("Credit card"))
    'unknown'
    """
    return _BY_TEXT.get(" ".join(plain_words(text)), State.UNKNOWN)
