"""What the words of a column of documents mean: a sale, a credit, the payment of an invoice, or no sale.

A word alone may mean much (credit is a card, transfer and invoice are ways to pay, return a customer who came back), so
nothing is taken from a column that does not name sales too, and of one that is not called after documents only credits
beside invoices.
"""

from collections.abc import Iterable

from holdfast.data.values.words import word_list, word_set
from holdfast.onboarding.called.names import plain_words, seen_through
from holdfast.onboarding.states.cyrillic_words import document_in_cyrillic
from holdfast.onboarding.states.document_codes import codes_of
from holdfast.onboarding.states.words import State

_INVOICES = (
    "invoice;invoices;sales invoice;tax invoice;sales receipt;rechnung;ausgangsrechnung;faktura;salgsfaktura;"
    "kundfaktura;facture;factura;factura de venta;fattura;fattura di vendita;faktura vat;faktura sprzedazy;factuur;"
    "verkoopfactuur;paragon;nota fiscal;fatura;szamla;hoa don;"
    "hoa don ban hang;inv;si;td01;td24;rv;dr;accrec;customer invoice;out invoice"
)
_SALES = (
    "sale;sales;order;orders;shop order;sales order;cash sale;purchase;charge;verkauf;bestellung;auftrag;salg;ordre;"
    "kob;kop;forsaljning;vente;commande;achat;venta;pedido;compra;vendita;ordine;sprzedaz;zamowienie;verkoop;bestelling;"
    "venda;capture"
)
_CREDITS = (
    "credit memo;credit note;creditmemo;creditnote;sales credit;sale credit;sales credit note;invoice credit;refund;"
    "refunds;payment refund;return;returns;sales return;order return;return order;refund receipt;chargeback;"
    "partial refund;shop order refund;order refund;"
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
    "sztorno szamla;sztornoszamla;sztorno;"
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
# Payments beside the charges of a ledger.
_PAID = (
    "pat payment;pat pmt;patient payment;ins payment;ins pmt;insurance payment;insurance pmt;client payment;"
    "owner payment;account payment"
)
# Of a book of vouchers, as Tally writes it: sales are the invoices, and receipts their payments.
_OF_VOUCHERS = {
    **dict.fromkeys(("receipt", "receipts", "receipt note", "bank receipt", "cash receipt"), "payment"),
    **dict.fromkeys(
        ("payment", "payments", "purchase", "purchases", "contra", "debit note", "delivery note"), "no sale"
    ),
    **dict.fromkeys(("sales order", "purchase order", "stock journal", "memorandum", "payroll"), "no sale"),
    **dict.fromkeys(("sales", "sale", "gst sales", "cash sales", "credit sales", "pos sales"), "invoiced"),
}
_OTHERS = (
    "payout;payouts;stripe fee;application fee;journal entry;general journal;estimate;quote;quotation;proforma;"
    "pro forma;pro forma invoice;dijbekero;dijbekero szamla;bao gia;arajanlat;"
    "purchase order;kostenvoranschlag;auszahlung;udbetaling;utbetaling;devis;"
    "presupuesto;preventivo;uitbetaling;"
    # What asks for the money of an invoice once more.
    "reminder;reminders;payment reminder;invoice reminder;dunning;dunning letter;dunning notice;mahnung;"
    "zahlungserinnerung;purring;betalingspurring;inkassovarsel;rykker;rykkerskrivelse;betalingspamindelse;paminnelse;"
    "betalningspaminnelse;inkassokrav;rappel;relance;recordatorio;sollecito;sollecito di pagamento;"
    "ponaglenie;monit;przypomnienie;herinnering;betalingsherinnering;aanmaning;lembrete"
)
# What a customer ordered, and got: beside invoices these say the same sale once more, else they are the sale.
_FORERUNNERS = (
    "delivery note;delivery notes;deliverynote;delivery slip;delivery order;despatch note;dispatch note;goods issue;"
    "packing slip;packing list;packing note;picking list;pick list;picking slip;order confirmation;"
    "order confirmations;order acknowledgement;order acknowledgment;sales order confirmation;consignment note;"
    "lieferschein;lieferscheine;auftragsbestatigung;auftragsbestatigungen;bestellbestatigung;packschein;packzettel;"
    "kommissionierschein;warenausgang;folgeseddel;leveringsseddel;ordrebekraeftelse;ordrebekreftelse;pakkseddel;"
    "pakkeseddel;plukkliste;folgesedel;foljesedel;orderbekraftelse;ordererkannande;plocklista;packsedel;"
    "bon de livraison;confirmation de commande;accuse de reception de commande;bon de commande;albaran;albaranes;"
    "albaran de entrega;albaran de venta;nota de entrega;confirmacion de pedido;documento di trasporto;ddt;"
    "bolla di consegna;bolla;conferma d ordine;conferma ordine;wydanie zewnetrzne;wz;potwierdzenie zamowienia;"
    "pakbon;leverbon;leverbrief;orderbevestiging;opdrachtbevestiging;guia de remessa;guia de transporte;"
    "nota de encomenda;confirmacao de encomenda"
)
# Of a gift that somebody promised: what is paid of it stands on lines of its own.
_PROMISES = (
    "pledge;pledges;mg pledge;matching gift pledge;matching pledge;new pledge;pledge commitment;recurring pledge;"
    "spendenzusage;promesse de don;promesa de donacion"
)
_TEMPLATES = "recurring gift;sustaining gift;recurring donation;regular gift"
_UNSURE = (
    "credit;debit;transfer;fee;fees;deposit;withdrawal;topup;top up;journal;bill;expense;statement;adjustment;"
    "gebuhr;gebyr;avgift;frais;virement;comision;transferencia;abono;commission;dispute;angebot;tilbud;offert;oferta;"
    "offerte;cm;cn;cr;gift in kind;gifts in kind;in kind gift;in kind;gik;sachspende;don en nature;donacion en especie"
)
# What may be no sale, beside kinds of sales: samples, replacements, what is only put aside.
_ASIDE = (
    "layby;lay by;layaway;sample;samples;free sample;sample order;replacement;replacements;free replacement;"
    "replacement order;warranty replacement;warranty;gift card issue;gift card issued;gift card sale;gift card load;"
    "internal transfer;stock transfer;muster;musterbestellung;musterauftrag;ersatzlieferung;kostenlose ersatzlieferung;"
    "kostenlose lieferung;gratislieferung;vareprove;erstatningslevering;omlevering;echantillon;muestra;campione"
)
_MEANS = (
    (State.INVOICED, _INVOICES),
    (State.SOLD, _SALES),
    (State.CREDITED, _CREDITS),
    (State.REVERSAL, _REVERSALS),
    (State.PAYMENT, f"{_PAYMENTS};{_PAID}"),
    (State.NO_SALE, _OTHERS),
    (State.FORERUNNER, _FORERUNNERS),
    (State.PROMISED, f"{_PROMISES};planned gift;planned gifts;bequest intention;legacy pledge"),
    (State.UNSURE, f"{_UNSURE};{_ASIDE}"),
)
_ENDS = (
    (State.FORERUNNER, ("auftragsbestatigung", "bestellbestatigung", "lieferschein")),
    (State.CREDITED, ("kreditnota", "kreditfaktura", "gutschrift", "creditnota", "creditfactuur")),
    (State.PAYMENT, ("betaling", "betalning", "zahlung")),
    (State.INVOICED, ("faktura", "rechnung", "factuur")),
)
_TENDERS = word_list("""
    pay zahl paiement reglement pago pagament betal platnosc tender method 支払 付款 결제
""")
_ORDERED = {
    *("order", "orders", "bestellung", "auftrag", "ordre", "commande", "pedido", "ordine", "zamowienie", "bestelling"),
}
_BY_TEXT = {text: state for state, texts in _MEANS for text in texts.split(";")}


_COLUMNS = (
    "type kind transactiontype transtype trantype txntype documenttype doctype invoicetype saletype salestype "
    "ordertype entrytype recordtype linetype eventtype vouchertype "
    "art belegart belegtyp vorgangsart buchungsart dokumentart "
    "dokumenttype transaktionstype transaktionsart bilagstype fakturatype typedocument typededocument typedepiece "
    "typepiece typedetransaction tipo tipodoc tipodocumento tipodedocumento tipodidocumento tipotransaccion typ "
    "fkart fakturaart billingtype billtype billingdocumenttype billingdoctype documentcategory docart belegartbez "
    "typdokumentu rodzajdokumentu soort documentsoort soortdocument transactietype movetype "
    "vchtype vouchertypename vchtypename vtype gifttype donationtype contributiontype spendenart documentkind dockind"
)
# Bare names, which may be of goods or customers as well.
_BARE = "type kind art tipo typ soort"
# Kinds of sales, which nobody needs to be told of.
_PLAIN = word_set("""
    daily; weekly; biweekly; monthly; quarterly; yearly; annual; annually; month; year; online; offline; store; instore;
    shop; web; website; pos; app; mobile; phone; mail; email; standard; express; normal; regular; priority; rush;
    retail; wholesale; b2b; b2c; b2; b; new; renewal; repeat; first; reorder; recurring; subscription; once; single;
    onetime; one; time; takeaway; takeout; pickup; delivery; dine; dinein; in; to; go; eat; counter; stock; property;
    sold; direct; marketplace; partner; internal; external; domestic; export; local; international; off; product;
    products; service; services; goods; item; items; digital; physical; membership; line; inventory; non; stock; bulk;
    manual; automatic; auto; cash; card; credit; debit; order; orders; sale; sales; purchase; customer; gift; donation;
    private; business; company; neu; laden; filiale; ladengeschaft; eilig; telefon; butik; netbutik; nettbutikk;
    web shop; webshop; eshop; e; commerce; ecommerce; walk; walkin; appointment; group; individual
""")


def is_plain(text: str) -> bool:
    """Say whether a text is a kind of sale, or empty: how, where or to whom was sold.

    Examples
    --------
    >>> [is_plain(text) for text in ("Online", "In-store", "One-time purchase", "Layby", "Delivery note")]
    [True, True, True, False, False]
    """
    return all(word in _PLAIN or word.isdigit() for word in plain_words(text)) and text.isascii()


def is_bare(name: str) -> bool:
    """Say whether a column of kinds does not say kinds of what.

    Examples
    --------
    >>> is_bare("Type"), is_bare("Document type")
    (True, False)
    """
    return "".join(plain_words(name)) in _BARE.split()


def is_an_order(text: str) -> bool:
    """Say whether a document is an order, or what comes between it and its invoice.

    Examples
    --------
    >>> [is_an_order(text) for text in ("Sales Order", "Lieferschein", "Invoice", "Cash sale")]
    [True, True, False, False]
    """
    words = set(plain_words(text))
    ordered = bool(_ORDERED & words) and document_of(text) is State.SOLD
    return ordered or document_of(text) is State.FORERUNNER


def is_called_after_documents(name: str) -> bool:
    """Say whether a column is called after kinds of documents or transactions.

    Examples
    --------
    >>> [is_called_after_documents(name) for name in ("Transaction Type", "Belegart", "Payment type", "Department")]
    [True, True, False, False]
    """
    return "".join(plain_words(seen_through(name))) in _COLUMNS.split()


def is_of_tenders(name: str) -> bool:
    """Say whether a column is called after ways to pay.

    Examples
    --------
    >>> is_of_tenders("Payment method"), is_of_tenders("Document type")
    (True, False)
    """
    return any(part in "".join(plain_words(name)) for part in _TENDERS)


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
    if (cyrillic := document_in_cyrillic(text)) is not None:
        return State(cyrillic)
    whole = _BY_TEXT.get(" ".join(words))
    if whole is not None:
        return whole
    if "proforma" in "".join(words) and not _ORDERED & set(words):
        return State.NO_SALE
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
    codes |= _vouchers(name, said)
    for value in said:
        found.setdefault(codes.get(value) or document_of(value), []).append(value)
    if any(" ".join(plain_words(value)) in _PAID.split(";") for value in found.get(State.PAYMENT, [])):
        _as(State.SOLD, State.INVOICED, found)
    if not is_called_after_documents(name):
        if is_of_tenders(name):
            # Who pays with a credit note, or by invoice, buys.
            return {}
        credited = found.get(State.CREDITED)
        return {State.CREDITED: credited} if credited and State.INVOICED in found else {}
    if list(found) == [State.UNSURE] and len(found[State.UNSURE]) > 1:
        return found
    promised = _settle_promises(found)
    _as(State.FORERUNNER, State.NO_SALE if State.INVOICED in found else State.SOLD, found)
    if State.INVOICED not in found:
        _as(State.PAYMENT, State.SOLD, found)
    if promised or {State.INVOICED, State.SOLD, State.REVERSAL} & found.keys():
        return found
    aside = [v for v in found.get(State.UNSURE, []) if " ".join(plain_words(v)) in _ASIDE.split(";")]
    plain = [v for v in found.get(State.UNKNOWN, []) if v and is_plain(v)]
    return {State.UNSURE: aside, State.SOLD: plain} if aside and plain else {}


def _vouchers(name: str, said: Iterable[str]) -> dict[str, State]:
    """Return what the kinds of a book of vouchers are; nothing of a voucher with which a shop's customer pays."""
    if not {"vch", "voucher"} & set(plain_words(name)) or not is_called_after_documents(name):
        return {}
    words = {value: " ".join(plain_words(value)) for value in said}
    kinds = {value: State(_OF_VOUCHERS[text]) for value, text in words.items() if text in _OF_VOUCHERS}
    return kinds if State.INVOICED in kinds.values() or "sales" in " ".join(words.values()) else {}


def _as(state: State, other: State, found: dict[State, list[str]]) -> None:
    """Take the words of a state for those of another."""
    if state in found:
        found.setdefault(other, []).extend(found.pop(state))


def _settle_promises(found: dict[State, list[str]]) -> bool:
    """Take promises of gifts for no gifts where payments of them stand there, else for unsure; say if there are any."""
    words = {value: plain_words(value) for values in found.values() for value in values}
    paid = [value for value, of in words.items() if {"pay", "payment", "payments"} & set(of)]
    # "Recurring Gift" is the promise only where "Recurring Gift Pay-Cash" stands beside it.
    templates = [value for value in found.get(State.UNKNOWN, []) if " ".join(words[value]) in _TEMPLATES.split(";")]
    for value in (t for t in templates if any(words[p][: len(words[t])] == words[t] for p in paid)):
        found[State.UNKNOWN].remove(value)
        found.setdefault(State.PROMISED, []).append(value)
    if State.PROMISED not in found:
        return False
    for value in [v for v in found.get(State.UNKNOWN, []) if v in paid or words[v] == ["cash"]]:
        found[State.UNKNOWN].remove(value)
        found.setdefault(State.SOLD, []).append(value)
    if paid:
        _as(State.PAYMENT, State.SOLD, found)
    _as(State.PROMISED, State.NO_SALE if paid else State.UNSURE, found)
    return True
