"""What the words of a status column mean: sold, nothing sold and why, taken back, or unknown."""

import re
from enum import StrEnum

from holdfast.onboarding.names import plain_words


class State(StrEnum):
    """What became of a line, or its document; ``UNKNOWN``: no word is known, or words contradict each other."""

    SOLD = "sold"
    CANCELLED = "cancelled"
    FAILED = "failed"
    PENDING = "pending"
    DELETED = "deleted"
    NO_SHOW = "no show"
    TEST = "test"
    REFUNDED = "refunded"
    INVOICED = "invoiced"
    CREDITED = "credited"
    PAYMENT = "payment"
    NO_SALE = "no sale"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


NO_SALE = (State.CANCELLED, State.FAILED, State.PENDING, State.DELETED, State.NO_SHOW, State.TEST)

# Whole texts, without accents and marks.
_WHOLE = {
    # PayPal's: the bank gave the money back.
    State.UNKNOWN: "canceled reversal;cancelled reversal",
    State.PENDING: "pending;on hold;authorized;authorised;offen;ausstehend;afventer;en attente;pendiente;in attesa;"
    "in afwachting",
    # Without blanks between words: what a text begins with, as 退款中 (being refunded), need not be what it says.
    State.CANCELLED: "キャンセル;キャンセル済み;キャンセル済;取消;取消済み;取消済;已取消;취소;취소완료;주문취소",
    State.REFUNDED: "返品;返品済み;返品済;返金;返金済み;返金済;已退款;已退货;已退貨;退款成功;환불;환불완료;반품;"
    "반품완료",
    State.SOLD: "発送済み;発送済;出荷済み;出荷済;配送済み;配達済み;完了;入金済み;已发货;已發貨;已出貨;已完成;已付款;"
    "已签收;交易成功;배송완료;결제완료;구매확정;완료",
}
# Words that stand anywhere in a text.
_WITHIN = {
    State.PENDING: "unpaid;not paid;nicht bezahlt;unbezahlt;ikke betalt;ubetalt;ej betald;obetald;non paye;non payee;"
    "impaye;impayee;no pagado;non pagato;nieoplacone;niet betaald;awaiting payment;awaiting capture;"
    "waiting for payment;pending payment;payment pending;checkout draft",
    State.NO_SHOW: "no show;noshow;did not attend;nicht erschienen;nicht gekommen;ikke modt;ikke mott;udeblev;"
    "udeblevet;uteblev;uteblitt;uteblivit;utebliven;niet verschenen;niet gekomen;non presente;non presentato;"
    "no asistio;no se presento",
}
# What a word begins with.
_BEGINS = {
    State.CANCELLED: "cancel annul anul storn makuler void geannul avbest avbruten abgesagt aflyst "
    "afbud avlyst avbok installd afgezegd decommand disdett odwolan",
    State.FAILED: "fail declin denied reject expired error abandon reversed fehlgeschl fehler abgelehnt abgelaufen "
    "abgebroch mislyk misslyck mislukt afvist avvis avvist echou echec erreur refus expiree rechaz fallid rifiut "
    "fallit errore odrzucon blad geweiger fraud betrug",
    State.PENDING: "requires incomplete uncaptured draft quote quotation angebot entwurf devis tilbud oczekuj",
    State.DELETED: "delet trash gelosch slett supprim eliminad eliminat usuniet raderad verwijder",
    State.TEST: "test",
    State.REFUNDED: "refund return chargeback charged erstattet ruckerstatt zuruckerstatt retour erstattat refunder "
    "aterbetal rembours reembols devuelt devolu devolv rimbors zwroc zwrot estorn terugbetaald",
    State.SOLD: "paid payed complet ship deliver fulfil clos process succe captur settl invoic approv accept confirm "
    "active ok done finish sent dispatch won sold sale order ordered received ready picked packed check unshipped "
    "unfulfilled bezahlt abgeschlossen versand versendet geliefert erledigt bestatigt aktiv betalt betald sendt "
    "skickad lever afsluttet avslut gennemfort fuldfort fullfort slutford livre paye expedie termine accepte pagad "
    "valide enviad entregad completad terminad pagat spedit consegnat evaso oplacon wyslan dostarcz zrealizowan "
    "abgerechn fakturer fakturier attended arrived "
    "zakoncz finaliz conclu faturad betaald verzonden geleverd afgerond afgehandeld",
}
_DENIES = {"not", "non", "no", "never", "nicht", "kein", "keine", "ikke", "ej", "inte", "pas", "nie", "niet", "sin"}
# Of part of a line, or what was only asked for.
_DOUBTS = ("partial", "partiel", "parcial", "parzial", "teilw", "teils", "delvis", "czesciow", "request", "angefragt")
_DELIVERY = ("deliver", "ship", "liefer", "livr", "versand", "lever", "entreg", "conseg", "fulfil")
_TEST_FLAGS = {"test", "istest", "testmode", "testorder"}
_TEST_ORDERS = {
    *("test", "test order", "order test", "testorder", "test transaction", "testbestellung", "test bestellung"),
    *("testordre", "testbestelling", "testkop", "commande test", "commande de test", "ordine di prova", "ordine test"),
    *("pedido de prueba", "zamowienie testowe"),
}
_BESIDE_FLAG = {
    *("is", "was", "has", "been", "order", "ordre", "at", "on", "date", "am", "den", "dato", "datum", "le", "flag"),
    *("time", "timestamp", "est", "ist", "er"),
}
_FLAGGED = (State.CANCELLED, State.DELETED, State.REFUNDED)
TRUE = ("true", "t", "yes", "y", "1", "ja", "j", "oui", "si", "sí", "tak", "wahr", "x")
FALSE = ("false", "f", "no", "n", "0", "nein", "nej", "nei", "non", "nie", "falsch", "")


def state_of(text: str) -> State:
    """Say what a cell of a status column means.

    Examples
    --------
    >>> [str(state_of(text)) for text in ("wc-cancelled", "Canceled - Refunded", "Remboursé", "Paiement accepté")]
    ['cancelled', 'cancelled', 'refunded', 'sold']
    >>> [str(state_of(text)) for text in ("Payment error", "not paid", "Partially refunded", "Refund failed")]
    ['failed', 'pending', 'unknown', 'unknown']
    >>> [str(state_of(text)) for text in ("キャンセル", "已退款", "배송완료", "退款中")]
    ['cancelled', 'refunded', 'sold', 'unknown']
    """
    words = plain_words(re.sub(r"^wc-", "", text.strip().lower()))
    joined = " ".join(words)
    for state, texts in _WHOLE.items():
        if joined in texts.split(";"):
            return state
    for state, texts in _WITHIN.items():
        if any(f" {part} " in f" {joined} " for part in texts.split(";")):
            return state
    if _DENIES & set(words) or any(word.startswith(_DOUBTS) for word in words):
        return State.UNKNOWN
    found = _begins(words)
    if State.FAILED in found and (State.REFUNDED in found or any(w.startswith(_DELIVERY) for w in words)):
        # It is the refund, or the parcel, that failed.
        return State.UNKNOWN
    return next((state for state in _BEGINS if state in found), State.UNKNOWN)


def is_test(text: str) -> bool:
    """Say whether a cell of any column, as of the source of an order, says that it is a test and nothing else.

    Examples
    --------
    >>> is_test("TEST"), is_test("Test order"), is_test("Rapid test"), is_test("tests")
    (True, True, False, False)
    """
    return " ".join(plain_words(text)) in _TEST_ORDERS


def _begins(words: list[str]) -> set[State]:
    return {state for state, begins in _BEGINS.items() if any(w.startswith(tuple(begins.split())) for w in words)}


def flag_of(name: str) -> tuple[State, bool] | None:
    """Return the state that a column's own name is of, and whether ``yes`` or ``no`` says that a line is in it.

    Examples
    --------
    >>> [str(flag_of(name)[0]) for name in ("Is cancelled", "Refunded at", "deleted_at", "testmode")]
    ['cancelled', 'refunded', 'deleted', 'test']
    >>> flag_of("livemode"), flag_of("Refunded amount"), flag_of("Cancel reason")
    ((<State.TEST: 'test'>, False), None, None)
    """
    joined = "".join(plain_words(name))
    if joined in _TEST_FLAGS or joined == "livemode":
        return State.TEST, joined != "livemode"
    words = [word for word in plain_words(name) if word not in _BESIDE_FLAG]
    if len(words) != 1:
        return None
    found = _begins([words[0].removeprefix("is")])
    return next(((state, True) for state in _FLAGGED if state in found), None)
