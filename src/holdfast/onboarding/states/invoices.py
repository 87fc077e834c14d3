"""Invoices: what is posted was sold, whether it is paid yet or not."""

from collections.abc import Iterable, Mapping

from holdfast.data.values.words import word_list
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.words import State, state_of

_CALLED = word_list("""
    invoice faktura rechnung facture factura fattura factuur fatura bill 請求書 請求日 发票 發票 송장 청구서
""")
# States that only invoices have: of those in the books, and of those that are late.
_POSTED = {
    *("posted", "gebucht", "verbucht", "bogfort", "bokfort", "comptabilise", "comptabilisee", "contabilizado"),
    *("contabilizzata", "zaksiegowana", "geboekt", "uncollectible"),
}
_LATE = {
    *("overdue", "past due", "uberfallig", "forfalden", "forfallen", "forfalt", "forfallet", "en retard", "vencida"),
    *("vencido", "scaduta", "scaduto", "po terminie", "przeterminowana", "achterstallig", "in payment"),
}
_STATES = _POSTED | _LATE
# Of what is not paid yet, or not in full.
_OWED = _LATE | {
    *("open", "outstanding", "due", "authorised", "authorized", "awaiting payment", "partially paid", "partial"),
    *("partly paid", "partial payment", "offen", "teilweise bezahlt", "teilbezahlt", "in zahlung", "aben", "delvist"),
    *("betalt delvist", "delvist betalt", "delvis betalt", "apen", "oppen", "delvis betald", "ouverte", "ouvert"),
    *("en paiement", "partiellement payee", "partiellement paye", "partiellement reglee", "abierta", "abierto"),
    *("en proceso de pago", "parcialmente pagada", "pagada parcialmente", "pagado parcialmente", "pendiente de pago"),
    *("aperta", "aperto", "in pagamento", "parzialmente pagata", "pagato parzialmente", "otwarta", "w trakcie"),
    *("platnosc czesciowa", "czesciowo zaplacona", "czesciowo oplacona", "openstaand", "in betaling"),
    *("gedeeltelijk betaald", "em aberto", "aberta", "parcialmente paga", "em pagamento", "sent", "viewed", "fallig"),
    *("gemahnt", "angemahnt", "mahnung", "reminded", "rykket", "purret", "pamind", "未収", "一部入金", "部分付款"),
    *("部分支付", "미수", "부분결제"),
}
# A state of an order or a checkout, beside invoices or not, is a shop's.
_OF_ORDERS = word_list("""
    order bestell ordre commande pedido ordine zamowien checkout encomenda 注文 订单 訂單 주문
""")


def is_called_an_invoice(name: str) -> bool:
    """Say whether a column is called after invoices.

    Examples
    --------
    >>> [is_called_an_invoice(name) for name in ("Invoice/Bill Date", "Fakturadatum", "Order date", "Billing city")]
    [True, True, False, False]
    """
    return any(
        word == part or (len(part) > len("bill") and part in word) or (not part.isascii() and part in word)
        for word in plain_words(name)
        for part in _CALLED
    )


def are_invoices(known: Mapping[str, Profile], states: Mapping[str, Iterable[str]], *, documents: bool) -> bool:
    """Say whether the lines are of invoices.

    Parameters
    ----------
    known
        Columns by role: the day or the number of an invoice is called after it.
    states
        Words by column of states: posted and overdue are those of invoices.
    documents
        Whether a column of documents says that some are invoices.
    """
    if documents or any(
        role in known and is_called_an_invoice(known[role].name) for role in ("ordered_at", "order_id")
    ):
        return True
    of_invoices = {name: values for name, values in states.items() if not is_of_orders(name)}
    said = {" ".join(plain_words(value)) for values in of_invoices.values() for value in values}
    return bool(said & _STATES) or any(is_called_an_invoice(name) for name in of_invoices)


def is_of_orders(name: str) -> bool:
    """Say whether a column of states is of a shop's orders, by its name.

    Examples
    --------
    >>> is_of_orders("Order Status"), is_of_orders("Payment Status")
    (True, False)
    """
    joined = "".join(plain_words(name))
    return any(part in joined for part in _OF_ORDERS)


def invoice_of(text: str) -> State:
    """Say what the state of an invoice means.

    Examples
    --------
    >>> [str(invoice_of(text)) for text in ("Not Paid", "Overdue", "Open", "In Payment", "Draft", "Cancelled")]
    ['not paid yet', 'not paid yet', 'not paid yet', 'not paid yet', 'pending', 'cancelled']
    """
    if " ".join(plain_words(text)) in _OWED:
        return State.OWED
    state = state_of(text)
    return State.OWED if state is State.UNPAID else state
