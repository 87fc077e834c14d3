"""Columns of states that are not called so: known by their words."""

from collections.abc import Mapping

from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.labels_of_lines import is_of_goods
from holdfast.onboarding.states.documents import is_called_after_documents
from holdfast.onboarding.states.words import NO_SALE, State, state_of

# Words of names, without accents and capitals: of what came of something, as "Outcome" and "transactions.state" do.
_CALLED = {
    *("state", "result", "results", "outcome", "resultdesc", "disposition", "ergebnis", "resultat", "resultado"),
    *("risultato", "esito", "wynik", "rezultat", "uitkomst", "uitslag", "resultaat", "utfall", "utfald", "udfald"),
    *("結果", "结果", "결과"),
}
# Of people, messages, checks, goods, or conditions: what is accepted, confirmed or cancelled there is no sale.
_NEVER = (
    *("consent", "marketing", "newsletter", "opt", "permission", "terms", "gdpr", "privacy", "mail", "sms", "push"),
    *("ticket", "support", "case", "account", "customer", "client", "kund", "member", "mitglied", "user", "contact"),
    *("loyal", "subscri", "contract", "vertrag", "abo", "plan", "review", "feedback", "survey", "answer", "credit"),
    *("fraud", "risk", "kyc", "verif", "identity", "age", "address", "tax", "vat", "3ds", "avs", "cvc", "cvv"),
    *("login", "sync", "export", "import", "webhook", "notif", "print", "upload", "campaign", "call", "message"),
    *("lead", "employee", "staff", "stock", "inventory", "lager", "policy", "rate", "condition", "reason", "grund"),
    *("note", "comment", "title", "method", "coupon", "discount", "promo", "marital", "family"),
    *("ship", "deliver", "fulfil", "tracking", "carrier", "versand", "liefer", "lever", "trial", "variant", "group"),
)
# Of an account or a contract, more likely.
_RUNS = ("activ", "aktiv", "attiv", "ativ", "clos", "open")
_LOST = (*(s for s in NO_SALE if s not in (State.EXPIRED, State.TEST, State.LOST, State.OPEN)), State.REFUNDED)
_MOST_WORDS = 12
_MOSTLY = 0.5


def holds_states(name: str, values: Mapping[str, int]) -> bool:
    """Say whether words of a column, each with its lines, are states of what was sold, whatever the column is called.

    Where it is called after a state or a result, most words are known, one of what was sold; else all are, and one is
    of what was not.

    Examples
    --------
    >>> holds_states("RESULT_DESC", {"SUCCESS": 90, "FAILED": 10}), holds_states("x", {"paid": 90, "cancelled": 10})
    (True, True)
    >>> holds_states("billing_state", {"CA": 9, "NY": 8, "OK": 1}), holds_states("x", {"card": 5, "failed": 1})
    (False, False)
    >>> holds_states("Email consent", {"confirmed": 5, "pending": 1}), holds_states("x", {"paid": 9, "shipped": 1})
    (False, False)
    """
    words = plain_words(name)
    said = {value: lines for value, lines in values.items() if value}
    if not 1 < len(said) <= _MOST_WORDS or any(word.startswith(_NEVER) for word in words):
        return False
    if is_called_after_documents(name) or is_of_goods(name):
        return False
    means = {value: state_of(value) for value in said}
    known = [value for value, state in means.items() if state is not State.UNKNOWN]
    sold = [value for value in known if means[value] is State.SOLD and not _is_of_what_runs(value)]
    if not sold:
        return False
    if _CALLED & set(words):
        return len(known) > _MOSTLY * len(said)
    lost = any(state in _LOST for state in means.values())
    return lost and len(known) == len(said) and sum(said[v] for v in sold) > _MOSTLY * sum(said.values())


def _is_of_what_runs(value: str) -> bool:
    return any(word.startswith(_RUNS) for word in plain_words(value))
