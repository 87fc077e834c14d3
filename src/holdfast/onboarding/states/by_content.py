"""Columns of states that are not called so: known by a name that speaks of the sale, and by their words."""

from collections.abc import Mapping

from holdfast.data.values.words import word_list, word_set
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.labels_of_lines import is_of_goods
from holdfast.onboarding.states.documents import is_called_after_documents
from holdfast.onboarding.states.visits import are_visits, is_of_visits, visit_of
from holdfast.onboarding.states.words import NO_SALE, State, state_of

# What words of names begin with, without accents and capitals: of the payment, and of the sale.
_PAYMENT = word_list("""
    pay paid transac transak trx txn charge financial zahl bezahl betal paiement pago pagament platnosc
""")
_SALE = (*_PAYMENT, "order", "checkout", "booking", "purchase", "sale", "bestell", "buchung", "commande", "pedido")
# Of its document, only where it is called a state: an invoice may be a way to pay, or to be approved.
_INVOICE = ("invoic", "rechnung", "faktur", "factur", "fattur", "factuur", "fatura", "facture")
# What came of something: beside a word of the sale, or with nothing else, where it may be of anything.
_RESULTS = {
    *("result", "results", "outcome", "ergebnis", "resultat", "resultado", "risultato", "esito", "wynik", "rezultat"),
    *("uitkomst", "uitslag", "resultaat", "utfall", "utfald", "udfald"),
}
_STATES = {"state", "status", "response", "approval", "disposition"}
# Of answers of a payment service.
_ANSWERS = {"state", "resultdesc", "response", "approval"}
# All words of a column of results that may be of payments; an exam is failed, too, but neither paid nor a success.
_OF_PAYMENTS = word_set("""
    success; successful; succeeded; paid; accepted; failed; failure; declined; deferred; bezahlt; fehlgeschlagen;
    abgelehnt; betalt; afvist; betald; paye; refuse; pagado; rechazado; pagato; rifiutato; ok; approved; completed;
    error; rejected; refused; timeout; time out; timed out; cancelled; canceled; expired; abandoned; reversed;
    unsuccessful; insufficient funds; insufficient balance; not enough funds; do not honor; do not honour; erfolgreich;
    expired card; invalid card; lost card; stolen card; limit exceeded; transaction failed; unpaid
""")
# Beside a word of results in a name; only words of payments are results of these.
_BESIDE_RESULTS = {
    *("code", "text", "desc", "description", "message", "msg", "name", "final", "attempt", "attempts", "processor"),
    *("gateway", "issuer", "bank", "acquirer", "operation", "op", "the", "of"),
}
_IN_ONE = {"resultcode", "resultdesc", "resulttext", "responsecode", "responsetext", "respcode", "resp", "rc"}
_NO_SUCCESS = (State.FAILED, State.UNSURE, State.CANCELLED, State.EXPIRED, State.UNPAID, State.UNKNOWN)
# Of people, messages, checks, goods, or conditions: what is accepted, confirmed or cancelled there is no sale.
_NEVER = word_list("""
    consent marketing newsletter opt permission terms gdpr privacy mail sms push ticket support case account customer
    client kund member mitglied user contact loyal subscri contract vertrag abo plan review feedback survey answer
    credit fraud risk kyc verif identity age address tax vat 3ds avs cvc cvv login sync export import webhook notif
    print upload campaign call message lead employee staff stock inventory lager policy rate condition reason grund
    payout refund remind receipt confirm insur gift deposit upgrade upsell request note comment title method coupon
    discount promo marital family ship deliver fulfil tracking carrier versand liefer lever trial variant group
""")
# Of an account or a contract, more likely.
_RUNS = ("activ", "aktiv", "attiv", "ativ", "clos", "open")
_LOST = (*(s for s in NO_SALE if s not in (State.EXPIRED, State.TEST, State.LOST, State.OPEN)), State.REFUNDED)
_MOST_WORDS = 12
_MOSTLY = 0.5


def holds_states(name: str, values: Mapping[str, int], *, beside_status: bool = False) -> bool:
    """Say whether words of a column, each with its lines, are states of what was sold though it is not called a status.

    Its name speaks of the sale: else what is accepted, sent or done there is an upgrade, a gift or a test. Where it is
    called after a state or a result, most words are known, one of what was sold; else all are, one is of what was not,
    and most of all lines were sold.

    Parameters
    ----------
    name, values
        The column's name; its words, blanks too, and on how many lines each stands.
    beside_status
        Whether another column, called a status, holds states: then the name has to speak of the payment.

    Examples
    --------
    >>> holds_states("RESULT_DESC", {"SUCCESS": 90, "FAILED": 10}), holds_states("Booking", {"paid": 9, "cancelled": 1})
    (True, True)
    >>> holds_states("invoice_state", {"paid": 90, "failed": 9}), holds_states("Attendance", {"Attended": 9, "DNA": 1})
    (True, True)
    >>> holds_states("Late checkout", {"confirmed": 9, "refused": 1}), holds_states("Upgrade", {"paid": 9, "failed": 1})
    (False, False)
    >>> orders = {"paid": 90, "cancelled": 10}
    >>> [holds_states(name, orders, beside_status=True) for name in ("transactions.state", "Booking")]
    [True, False]
    """
    words = plain_words(name)
    of_sale = _PAYMENT if beside_status else _SALE
    of_state = bool((_STATES | _RESULTS) & set(words))
    if not beside_status and _says_who_came(name, words, values, of_state=of_state):
        return True
    of_invoice = _INVOICE if not beside_status and {"state", "status"} & set(words) else ()
    speaks = any(word.startswith((*of_sale, *of_invoice)) for word in words)
    if not speaks and (beside_status or "".join(words) not in _ANSWERS):
        return False
    of_state = of_state or not speaks
    if not of_state and not all(word.startswith(of_sale) for word in words):
        return False
    sold = _sold(name, words, values)
    means = {value: state_of(value) for value in values if value}
    known = sum(state is not State.UNKNOWN for state in means.values())
    if of_state:
        return sold > 0 and known > _MOSTLY * len(means)
    lost = any(state in _LOST for state in means.values())
    return lost and known == len(means) and sold > _MOSTLY * sum(values.values())


def _says_who_came(name: str, words: list[str], values: Mapping[str, int], *, of_state: bool) -> bool:
    """Say whether a column says of visits who came: by its name and a few words, or by words of these alone."""
    alone = "".join(words) in _RESULTS | {"attendance"}
    if not are_visits(values) or not (alone or (of_state and is_of_visits(name))):
        return False
    known = [value for value in values if value and visit_of(value) is not State.UNKNOWN]
    enough = len(known) > _MOSTLY * sum(map(bool, values))
    return enough and not any(w.startswith(_NEVER) for w in words)


def results_of_payments(name: str, values: Mapping[str, int]) -> list[str]:
    """Return the words of a column of results that may say that nothing was sold: nothing drops them unasked.

    Its name is of results, answers or attempts, all its words are of payments, and one says that a payment failed.

    Examples
    --------
    >>> results_of_payments("Outcome", {"SUCCESS": 90, "DECLINED": 10})
    ['DECLINED']
    >>> results_of_payments("Response Code", {"SUCCESS": 90, "FAILED": 5, "TIMEOUT": 5})
    ['FAILED', 'TIMEOUT']
    >>> results_of_payments("Result", {"Passed": 9, "Failed": 1}), results_of_payments("Race", {"Paid": 9, "Failed": 1})
    ([], [])
    """
    words = plain_words(name)
    said = [value for value in values if value]
    of_results = _RESULTS | _IN_ONE | _STATES | {"attempt"}
    of_payments = [word for word in words if word.startswith(_PAYMENT)]
    if not of_results & set(words) or set(words) - of_results - _BESIDE_RESULTS - set(of_payments):
        return []
    if _sold(name, words, values) <= _MOSTLY * sum(values.values()):
        return []
    if any(" ".join(plain_words(value)) not in _OF_PAYMENTS for value in said):
        return []
    if not any(state_of(value) in (State.FAILED, State.UNSURE) for value in said):
        return []
    return [value for value in said if state_of(value) in _NO_SUCCESS]


def _sold(name: str, words: list[str], values: Mapping[str, int]) -> int:
    """Return how many lines of a column of a few words were sold; none where its name is of something else."""
    said = [value for value in values if value]
    if not 1 < len(said) <= _MOST_WORDS or any(word.startswith(_NEVER) for word in words):
        return 0
    if is_called_after_documents(name) or is_of_goods(name):
        return 0
    return sum(values[v] for v in said if state_of(v) is State.SOLD and not _is_of_what_runs(v))


def _is_of_what_runs(value: str) -> bool:
    return any(word.startswith(_RUNS) for word in plain_words(value))
