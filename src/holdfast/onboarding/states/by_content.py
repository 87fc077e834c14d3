"""Columns of states that are not called so: known by a name that speaks of the sale, and by their words."""

from collections.abc import Mapping

from holdfast.data.values.words import word_list
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
# Beside a word of results in a name: of whatever else it is called the result, that is no sale.
_BESIDE_RESULTS = {
    *("code", "text", "desc", "description", "message", "msg", "name", "final", "attempt", "attempts", "processor"),
    *("gateway", "issuer", "bank", "acquirer", "operation", "op", "the", "of"),
}
_IN_ONE = {"resultcode", "resultdesc", "resulttext", "responsecode", "responsetext", "respcode", "resp", "rc"}
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
_NO_SUCCESS = (*_LOST, State.EXPIRED, State.UNSURE, State.AHEAD)
_MOST_WORDS = 12
_FEW = 0.3
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


def is_of_results(name: str) -> bool:
    """Say whether a column is called a result, an answer or an attempt, and nothing else but of a payment.

    Examples
    --------
    >>> [is_of_results(name) for name in ("Outcome", "Response Code", "Attempt result", "Test result", "Race")]
    [True, True, True, False, False]
    """
    words = set(plain_words(name))
    of_results = _RESULTS | _IN_ONE | _STATES | {"attempt"}
    return bool(of_results & words) and all(w.startswith(_PAYMENT) for w in words - of_results - _BESIDE_RESULTS)


def not_sold(name: str, values: Mapping[str, int], *, most: float = 1) -> list[str]:
    """Return the words of a column by which nothing may have been sold; none where it may be of something else.

    Most lines were sold, and of all words at least ``most`` are known; an exam is passed or failed, not sold.

    Examples
    --------
    >>> not_sold("Outcome", {"SUCCESS": 90, "Declined by bank": 5, "Did not attend": 5})
    ['Declined by bank', 'Did not attend']
    >>> not_sold("Result", {"Passed": 90, "Failed": 10}), not_sold("Upgrade", {"Paid": 90, "Failed": 10})
    ([], [])
    """
    said = [value for value in values if value]
    known = [value for value in said if state_of(value) is not State.UNKNOWN]
    if len(known) < most * len(said) or _sold(name, plain_words(name), values) <= _MOSTLY * sum(values.values()):
        return []
    return [value for value in known if state_of(value) in _NO_SUCCESS]


def speaks_of_cancelled(name: str, values: Mapping[str, int]) -> list[str]:
    """Return the words that say that a few lines were cancelled, of a column of any name whose other words are unknown.

    Examples
    --------
    >>> speaks_of_cancelled("Situatie", {"Gata": 90, "Anulata": 10})
    ['Anulata']
    >>> speaks_of_cancelled("Plan", {"Gold": 90, "Cancelled": 10}), speaks_of_cancelled("Remarks", {"": 90, "Void": 1})
    ([], [])
    """
    if not 1 < len(values) <= _MOST_WORDS or "" in values or any(w.startswith(_NEVER) for w in plain_words(name)):
        return []
    gone = [value for value in values if state_of(value) is State.CANCELLED]
    few = sum(values[value] for value in gone) <= _FEW * sum(values.values())
    return gone if few and not is_called_after_documents(name) and not is_of_goods(name) else []


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
