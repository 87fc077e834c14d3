"""What the words of a status column mean: sold, nothing sold and why, taken back, or unknown."""

import re
from enum import StrEnum

from holdfast.data.values.words import word_list, word_set
from holdfast.onboarding.called.elsewhere import known_name
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.states.cyrillic_words import state_in_cyrillic
from holdfast.onboarding.states.eastern_words import CANCELLED, PARTLY, REFUNDED, found_in, is_sent, takes_back
from holdfast.onboarding.states.elsewhere_words import state_elsewhere
from holdfast.onboarding.states.turkish_words import state_in_turkish


class State(StrEnum):
    """What became of a line, or its document.

    ``OWED``: of an invoice, which was sold; ``EXPIRED``: of a pass, too, which was sold; ``UNKNOWN``: no word is known,
    or words contradict each other.
    """

    SOLD = "sold"
    CANCELLED = "cancelled"
    FAILED = "failed"
    EXPIRED = "expired"
    PENDING = "pending"
    UNPAID = "unpaid"
    OWED = "not paid yet"
    OPEN = "not yet sold"
    LOST = "lost"
    NOT_WON = "not won"
    DELETED = "deleted"
    NO_SHOW = "no show"
    TEST = "test"
    REFUNDED = "refunded"
    PARTLY = "partly refunded"
    INVOICED = "invoiced"
    CREDITED = "credited"
    REVERSAL = "reversal"
    PAYMENT = "payment"
    NO_SALE = "no sale"
    FORERUNNER = "ahead of its invoice"
    PROMISED = "promised"
    AHEAD = "booked ahead"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


NO_SALE = (
    *(State.CANCELLED, State.FAILED, State.EXPIRED, State.PENDING, State.UNPAID, State.OPEN, State.LOST),
    *(State.NOT_WON, State.DELETED, State.NO_SHOW, State.TEST),
)

# Whole texts, without accents and marks.
_WHOLE = {
    # PayPal's: the bank gave the money back.
    State.UNKNOWN: "canceled reversal;cancelled reversal;lost in transit;lost by carrier",
    State.UNPAID: "入金待ち;支払い待ち;支払待ち;未入金;未払い;未払;待付款;待支付;等待付款;未付款;未支付;결제대기;"
    "결제 대기;입금대기;입금 대기;미결제;미입금",
    State.PENDING: "pending;on hold;hold;held;holded;authorized;authorised;offen;ausstehend;afventer;en attente;"
    "pendiente;in attesa;in afwachting;payment review;pendente;oczekujace;avventer;concept;kladde;utkast;borrador;"
    "bozza;szkic;rascunho;brouillon;下書き;保留;草稿;초안;보류",
    # Of a subscription's boxes, or of visits: not sold, or not yet.
    State.AHEAD: "skipped;skip;upcoming;scheduled;paused;planned;snoozed;ubersprungen;geplant;pausiert;anstehend;"
    "sprunget over;planlagt;hoppet over;planlagd;pausad;passe;a venir;planifie;en pause;omitido;programado;pausado",
    State.FAILED: "timeout;time out;timed out;unsuccessful;insufficient funds;insufficient balance;not enough funds;"
    "do not honor;do not honour;lost card;stolen card;limit exceeded",
    # Without blanks between words: what a text begins with, as 退款中 (being refunded), need not be what it says.
    State.CANCELLED: "キャンセル;キャンセル済み;キャンセル済;取消;取消済み;取消済;已取消;취소;취소완료;주문취소;"
    "not attending;"
    "交易关闭;交易關閉;订单关闭;訂單關閉",
    State.LOST: "closedlost;失注;输单;輸單;丢单;실주",
    State.REFUNDED: "返品;返品済み;返品済;返金;返金済み;返金済;已退款;已退货;已退貨;退款成功;환불;환불완료;반품;"
    "반품완료",
    State.PARTLY: "一部返金;一部返金済み;一部返金済;一部返品;一部キャンセル;部分返金;部分返品;部分退款;部分已退款;"
    "已部分退款;部分退货;部分退貨;部分取消;부분환불;부분 환불;일부환불;일부 환불;부분반품;부분 반품;부분취소;부분 취소",
    State.SOLD: "発送済み;発送済;出荷済み;出荷済;配送済み;配達済み;完了;入金済み;已发货;已發貨;已出貨;已完成;已付款;"
    "已签收;交易成功;배송완료;결제완료;구매확정;완료;closedwon;受注;成約;赢单;贏單;成交;수주;성사;check in;check out",
}
# Whole codes of a few letters.
_CODES = {
    **dict.fromkeys(("can", "canc", "cxl", "cnl", "cncl", "cnx"), State.CANCELLED),
    **dict.fromkeys(("cmp", "cmpl", "cmplt", "cpl", "cpt", "shp", "shpd", "dlv", "dlvd"), State.SOLD),
    **dict.fromkeys(("pnd", "pend"), State.PENDING),
    **dict.fromkeys(("rfd", "rfnd", "rfnded"), State.REFUNDED),
}
# Words that stand anywhere in a text.
_WITHIN = {
    # What was charged was sold; what was charged, paid or sent back was not.
    State.REFUNDED: "charged back;charge back;paid back;payed back;money back;sent back;betalt tilbage;betalt tilbake;"
    "betalad tillbaka;zuruck gezahlt;geld zuruck;sendt tilbage;sendt tilbake;chargebacked",
    State.UNPAID: "unpaid;not paid;nicht bezahlt;unbezahlt;ikke betalt;ubetalt;ej betald;obetald;non paye;non payee;"
    "impaye;impayee;no pagado;no pagada;non pagato;non pagata;nieoplacone;nieoplacona;niezaplacone;niet betaald;"
    "onbetaald;nao pago;nao paga;overdue;past due;uberfallig;forfalden;forfalt;forfallen;vencida;scaduta;"
    "scaduto;po terminie;przeterminowana;achterstallig;awaiting payment;waiting for payment;pending payment;"
    "payment pending",
    State.FAILED: "not successful;nicht erfolgreich;ikke vellykket;ej lyckad;sans succes;sin exito;sem sucesso",
    State.PENDING: "awaiting capture;checkout draft;to be captured",
    State.NO_SHOW: "no show;noshow;did not attend;nicht erschienen;nicht gekommen;ikke modt;ikke mott;udeblev;"
    "udeblevet;uteblev;uteblitt;uteblivit;utebliven;niet verschenen;niet gekomen;non presente;non presentato;"
    "no asistio;no se presento",
    # Paid, but still to be sent.
    State.SOLD: "not shipped;not yet shipped;not fulfilled;nicht versendet;nicht versandt;ikke sendt;ej skickad;"
    "non expedie;non expediee;no enviado;non spedito;niewyslane;niet verzonden;nao enviado",
}
# What a word begins with.
_BEGINS = {
    State.CANCELLED: "cancel annul anul storn makuler void geannul avbest avbruten abgesagt aflyst "
    "afbud avlyst avbok installd afgezegd decommand disdett odwolan withdrawn zuruckgezogen",
    State.FAILED: "fail declin denied reject error abandon reversed fehlgeschl fehler abgelehnt "
    "abgebroch mislyk misslyck mislukt afvist avvis avvist echou echec erreur refuse refusal rechaz fallid "
    "rifiut fallit errore odrzucon blad geweiger fraud betrug disapprov invalid ungultig uncollectible zahlungsfehler "
    "betalingsfejl betalingsfeil betalningsfel betalingsfout erro falhou recusad gescheit nieudan",
    State.EXPIRED: "expired expire expiree expirad expirat abgelaufen udlobet utlopt utgang utgatt verlopen caducad "
    "wygas",
    State.PENDING: "requires incomplete uncaptured draft quote quotation angebot entwurf devis tilbud unapproved "
    "unconfirmed unbestatigt",
    State.DELETED: "delet trash gelosch slett supprim eliminad eliminat usuniet raderad verwijder",
    State.TEST: "test",
    State.REFUNDED: "refund refusjon refusion return chargeback erstattet ruckerstatt zuruckerstatt retour erstattat "
    "refunder aterbetal rembours reembols devuelt devolu devolv rimbors zwroc zwrot estorn terugbetaald tilbagebetal "
    "tilbakebetal retur rucksendung zuruckgezahlt zuruckgesandt zuruckgesendet zuruckgeschickt tilbagesendt",
    State.SOLD: "preparation preparacion preparazione preparacao vorbereitung bearbeitung lavorazione "
    "behandling behandeling przygotow bestellt bestilt bestalld besteld slutbetal "
    "paid payed complet ship deliver fulfil clos process succe captur settl invoic approv accept confirm "
    "active ok done finish sent dispatch sold sale order ordered received ready picked packed checked checkin "
    "unshipped unfulfilled bezahlt abgeschlossen versand versendet geliefert erledigt bestatigt aktiv betalt betald "
    "sendt skickad lever afsluttet avslut gennemfort fuldfort fullfort slutford livre paye expedi termine accepte "
    "pagad valide enviad entregad completad terminad pagat spedit consegnat evaso oplacon wyslan dostarcz "
    "zrealizowan abgerechn fakturer fakturier arrived "
    "zakoncz finaliz conclu faturad betaald verzonden geleverd afgerond afgehandeld "
    "erfolgreich genehmigt vellyk lykked lyckad reussi approuv exitos aprobad riuscit approvat udan geslaagd "
    "gelukt goedgekeurd aprovad suces sukces godkendt godkjent godkand",
}
# Whole words: shorter than what other words begin with (won and wonderful, perso and personal).
_WON = (
    "won closedwon gewonnen vundet vunnet vunnen gagne gagnee ganado ganada vinto vinta wygrana wygrane wygrany ganho "
    "ganha 受注 成約 赢单 贏單 수주"
)
_WORDS = {
    State.LOST: "lost closedlost verloren tabt tapt forlorad forlorat perdu perdue perdido perdida perso persa "
    "przegrane przegrana przegrany utracone utracona stracone 失注 输单 輸單 丢单 실주",
    # Put off: of a donor, or of a payment.
    State.UNSURE: "deferred zuruckgestellt",
    State.SOLD: f"{_WON} charged posted collected attended attending gebucht verbucht bogfort bokfort comptabilise "
    "comptabilisee contabilizado contabilizada contabilizzata registrata zaksiegowano zaksiegowana geboekt",
}
_ORDER = (*(state for state in _BEGINS if state is not State.SOLD), State.LOST, State.UNSURE, State.SOLD)
# Something is waited for: a payment, the parcel (then it was sold), or a decision.
_WAITS = word_list("""
    pending awaiting waiting awaits wait warten wartet warte erwartet ausstehend afventer avventer venter vantar
    invantar attente attesa espera pendiente pendente oczekuj oczekiw wacht afwachting aguard
""")
_PAYMENT = word_list("""
    pay paiement zahlung bezahl betaling betalning pago pagament platnosc wplat zaplat virement cheque check scheck
    sjekk assegno bonifico transfer uberweisung vorkasse bank overschrijving overforsel overforing przelew wire czek
""")
# What expires before anything is bought.
_OF_A_TRY = ("authori", "session", "link", "card", "quot", "offer", "cart", "basket", "angebot", "autori", "tilbud")
_DECISION = word_list("""
    approv confirm accept authori valid verif respon answer customer kund client klient bestatig freigab genehmig
    godkend godkjen godkan bekraft svar acept conferm accett autori confirmac potwierdz akcept zatwierdz goedkeur
    bevestig aprov
""")
_JOINING = word_set("""
    en in di de del della la le da du pa auf on for of na w af op til the a an order orders ordre bestellung commande
    pedido ordine et zamowienie zamowienia status state wird is hold on still noch per por par
""")
_DENIES = {"not", "non", "no", "never", "nicht", "kein", "keine", "ikke", "ej", "inte", "pas", "nie", "niet", "sin"}
# Of part of a line.
_PARTLY = ("partial", "partiel", "parcial", "parzial", "teilw", "teils", "delvis", "czesciow", "gedeeltelijk")
_PARTLY_WORDS = {"part", "partly", "deels", "dels", "teil", "parte", "partie"}
# Written as one word with what was given back: Teilerstattung, delåterbetald.
_PART_OF = ("teil", "deel", "del")
# What was only asked for.
_ASKED = ("request", "angefragt", "beantragt", "ansokt", "anmodet", "demande", "solicitad", "richiest")
# What may be given back.
_MAY_BE = ("refundab", "returnab", "cancelab", "cancellab", "erstattbar", "stornierbar", "remboursab", "rimborsab")
_DOUBTS = (*_PARTLY, *_ASKED, *_MAY_BE, "reembolsab", "refunderbar")
# What is given back in part, beside the words of what was given back or cancelled as a whole.
_GIVEN_BACK = ("erstatt", "credit", "kredit", "gutgeschr", "gutschrift", "refusjon", "refusion", "ruckzahl")
_DELIVERY = word_list("""
    deliver ship liefer livr versand lever entreg conseg fulfil pickup pick collect abhol dispatch expedi envio spedi
    wysyl dostaw verzend afhal stock reappro ware goods varer varor marchandise mercanc merce towar voorraad backorder
    prepar retrait ritir evas afhent odbior odbio wyslan enviar servir recogid arriv hent upphamt produk product packing
    verpack
""")
# A quote that somebody accepted is an order, or will be one.
_ACCEPTED = ("accept", "approv", "sign", "angenommen", "akzeptiert", "godkend", "godkjen", "godkan", "acepta", "accett")
_TEST_FLAGS = {
    *("test", "istest", "testmode", "testorder", "istestorder", "sandbox", "issandbox", "sandboxmode", "istestmode"),
    *("testpurchase", "istestpurchase", "testtransaction", "istesttransaction", "testpayment", "istestpayment"),
}
_TEST_ORDERS = {
    *("test", "test order", "order test", "testorder", "test transaction", "testbestellung", "test bestellung"),
    *("testordre", "testbestelling", "testkop", "commande test", "commande de test", "ordine di prova", "ordine test"),
    *("pedido de prueba", "zamowienie testowe"),
}
# Whoever is not valid or confirmed bought nothing, perhaps; a fraud was paid, perhaps.
_NOT_VALID = (
    "valid;isvalid;valide;gultig;istgultig;gyldig;giltig;valido;valida;geldig;wazne;confirmed;isconfirmed;bestatigt;"
    "bekraeftet;bekreftet;bekraftad;confirme;confirmado;confermato;bevestigd;completed;iscompleted;complete;iscomplete;"
    "authorized;authorised;isauthorized;isauthorised;successful;issuccessful;success;issuccess;autorizado;autorizada;"
    "abgeschlossen;afsluttet;posted;isposted;approved;isapproved;finalized;isfinalized;"
    "attended;didattend;showedup;anwesend;erschienen;fremmodt;oppmott;aanwezig"
)
_DELETED = "loschkennzeichen;loschvermerk;loschkz;loekz;lvorm"
_FRAUD = "fraud;isfraud;fraudulent;isfraudulent;betrug;svindel;bedrageri"
_BESIDE_FLAG = word_set("""
    indicator kennzeichen kz marker mark indikator marked for is was has been order ordre at on date am den dato datum
    le flag time timestamp est ist er
""")
_FLAGGED = (State.CANCELLED, State.DELETED, State.REFUNDED, State.LOST)
_BESIDE_WON = ("closed", "deal", "opportunity", "abgeschlossen", "lukket", "avtal", "affar")
TRUE = ("true", "t", "yes", "y", "1", "ja", "j", "oui", "si", "sí", "tak", "wahr", "x", "да", "так")
FALSE = ("false", "f", "no", "n", "0", "nein", "nej", "nei", "non", "nie", "falsch", "нет", "ні", "")


def state_of(text: str) -> State:
    """Say what a cell of a status column means.

    Examples
    --------
    >>> [str(state_of(text)) for text in ("wc-cancelled", "Canceled - Refunded", "Remboursé", "Paiement accepté")]
    ['cancelled', 'cancelled', 'refunded', 'sold']
    >>> [str(state_of(text)) for text in ("Payment error", "not paid", "Partially refunded", "Refund failed")]
    ['failed', 'unpaid', 'partly refunded', 'unknown']
    >>> [str(state_of(text)) for text in ("Expired", "Payment expired", "Abgelaufen")]
    ['expired', 'failed', 'expired']
    >>> [str(state_of(text)) for text in ("Charged", "Charged back", "Closed Lost", "Closed Won")]
    ['sold', 'refunded', 'lost', 'sold']
    >>> [str(state_of(text)) for text in ("En attente de virement", "Awaiting shipment", "Pending approval")]
    ['unpaid', 'sold', 'pending']
    >>> [str(state_of(text)) for text in ("キャンセル", "已退款", "배송완료", "退款中")]
    ['cancelled', 'refunded', 'sold', 'unknown']
    """
    words = plain_words(re.sub(r"^wc-", "", text.strip().lower()))
    if said := state_in_cyrillic(text) or state_in_turkish(words) or state_elsewhere(text):
        return State(said)
    joined = " ".join(words)
    if joined in _CODES:
        return _CODES[joined]
    for state, texts in _WHOLE.items():
        if joined in texts.split(";"):
            return state
    if not joined.isascii() and (eastern := _eastern("".join(words))) is not None:
        return eastern
    for state, texts in _WITHIN.items():
        if any(f" {part} " in f" {joined} " for part in texts.split(";")):
            return state
    if not _DENIES & set(words) and (_is_partly(words) or _is_partly(plain_words(text))):
        return State.PARTLY
    if _DENIES & set(words) or any(word.startswith(_DOUBTS) for word in words):
        return State.UNKNOWN
    return _of_words(words)


def _eastern(text: str) -> State | None:
    """Return what a text means that no blanks set apart, if a known word begins or ends it."""
    if takes_back(text):
        return State.UNKNOWN
    for state, stems in ((State.CANCELLED, CANCELLED), (State.REFUNDED, REFUNDED)):
        if found_in(text, stems):
            return State.PARTLY if any(part in text for part in PARTLY) else state
    return State.SOLD if is_sent(text) else None


def _is_partly(words: list[str]) -> bool:
    """Say whether a part was given back or cancelled, the rest was sold; of "refunded, partly shipped" not."""
    if any(word.startswith((*_ASKED, *_BEGINS[State.FAILED].split())) for word in words):
        return False
    if any(w.startswith(part) and _is_back(w.removeprefix(part)) for w in words for part in _PART_OF):
        return True
    bare = [word for word in words if word not in _JOINING]
    return any(_said_of(bare, i) for i, w in enumerate(bare) if w.startswith(_PARTLY) or _is_a_part(bare, i))


def _is_a_part(words: list[str], at: int) -> bool:
    """Say whether a word says "in part": a spare part is goods."""
    before = words[max(0, at - 1) : at]
    return words[at] in _PARTLY_WORDS and (not before or bool(_begins(before)) or before[0].startswith(_PAYMENT))


def _said_of(words: list[str], partly: int) -> bool:
    """Say whether "partly" is said of what was given back: of the word behind it, if that says anything."""
    before, after = words[max(0, partly - 1) : partly], words[partly + 1 : partly + 2]
    return any(map(_is_back, after)) or (not _begins(after) and any(map(_is_back, before)))


def _is_back(word: str) -> bool:
    return word.startswith((*_GIVEN_BACK, *_BEGINS[State.REFUNDED].split(), *_BEGINS[State.CANCELLED].split()))


def _of_words(words: list[str]) -> State:
    """Say what the beginnings of words mean together."""
    found = _begins(words)
    of_delivery = any(w.startswith(_DELIVERY) for w in words)
    if State.EXPIRED in found and any(word.startswith((*_PAYMENT, *_OF_A_TRY)) for word in words):
        found = found - {State.EXPIRED} | {State.FAILED}
    if {State.FAILED, State.EXPIRED} & found and (State.REFUNDED in found or of_delivery):
        # It is the refund, or the parcel, that failed.
        return State.UNKNOWN
    if State.PENDING in found and any(word.startswith(_ACCEPTED) for word in words):
        return State.UNKNOWN
    if any(word.startswith(_WAITS) for word in words) and not found - {State.SOLD}:
        if of_delivery:
            return State.SOLD
        if any(w.startswith(_PAYMENT) for w in words):
            return State.UNPAID
        rest = [w for w in words if not w.startswith(_WAITS) and w not in _JOINING]
        # Else it is some work that is waited for, and the order may be paid.
        return State.PENDING if all(w.startswith(_DECISION) for w in rest) else State.UNKNOWN
    if State.LOST in found and of_delivery:
        # It is the parcel that is lost.
        return State.UNKNOWN
    return next((state for state in _ORDER if state in found), State.UNKNOWN)


def speaks_of_delivery(text: str) -> bool:
    """Say whether a word of a text is of deliveries.

    Examples
    --------
    >>> speaks_of_delivery("Shipped"), speaks_of_delivery("Paid")
    (True, False)
    """
    return any(word.startswith(_DELIVERY) for word in plain_words(text))


def is_won(text: str) -> bool:
    """Say whether a stage of a deal is the one in which it was won.

    Examples
    --------
    >>> is_won("Closed Won"), is_won("Abgeschlossen und gewonnen"), is_won("Contract sent")
    (True, True, False)
    """
    return bool(set(_WON.split()) & set(plain_words(text)))


def is_test(text: str) -> bool:
    """Say whether a cell of any column, as of the source of an order, says that it is a test and nothing else.

    Examples
    --------
    >>> is_test("TEST"), is_test("Test order"), is_test("Rapid test"), is_test("tests")
    (True, True, False, False)
    """
    return " ".join(plain_words(text)) in _TEST_ORDERS


def _begins(words: list[str]) -> set[State]:
    found = {state for state, begins in _BEGINS.items() if any(w.startswith(tuple(begins.split())) for w in words)}
    return found | {state for state, whole in _WORDS.items() if set(whole.split()) & set(words)}


def flag_of(name: str) -> tuple[State, bool] | None:
    """Return the state that a column's own name is of, and whether ``yes`` or ``no`` says that a line is in it.

    Examples
    --------
    >>> [str(flag_of(name)[0]) for name in ("Is cancelled", "Refunded at", "deleted_at", "testmode")]
    ['cancelled', 'refunded', 'deleted', 'test']
    >>> [(str(flag_of(name)[0]), flag_of(name)[1]) for name in ("Is Closed Won", "IsLost")]
    [('not won', False), ('lost', True)]
    >>> flag_of("livemode"), flag_of("Refunded amount"), flag_of("Cancel reason")
    ((<State.TEST: 'test'>, False), None, None)
    """
    name = known_name(name)
    joined = "".join(plain_words(name))
    if joined in _TEST_FLAGS or joined == "livemode":
        return State.TEST, joined != "livemode"
    if joined in _DELETED.split(";"):
        return State.DELETED, True
    joined = re.sub("(flag|indicator|ind|yn)$", "", joined) or joined
    if joined in _NOT_VALID.split(";") or joined in _FRAUD.split(";"):
        return State.UNSURE, joined in _FRAUD.split(";")
    if state_of(name) is State.NO_SHOW:
        # Whoever did not come may have paid ahead.
        return State.UNSURE, True
    words = [word for word in plain_words(name) if word not in _BESIDE_FLAG]
    if (deal := [word.removeprefix("is") for word in words if word not in _BESIDE_WON]) and set(deal) <= set(
        _WON.split()
    ):
        return State.NOT_WON, False
    if len(words) != 1:
        return None
    # OXID's columns begin so.
    found = _begins([words[0].removeprefix("is").removeprefix("ox")])
    return next(((state, True) for state in _FLAGGED if state in found), None)
