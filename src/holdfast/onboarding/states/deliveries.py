"""States of deliveries and of payouts: what is not sent, or not paid out yet was sold all the same."""

from holdfast.data.values.words import word_list
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.states.words import State, state_of

_PARTS = word_list("""
    fulfillmentstatus fulfilmentstatus fulfillmentstate shippingstatus shipmentstatus deliverystatus shippingstate
    deliverystate deliveriesstate versandstatus lieferstatus leveringsstatus leveransstatus forsendelsesstatus
    statutdelivraison statutlivraison etatdelivraison statutexpedition statutdexpedition estadodeenvio estadodelenvio
    estadoenvio estadodeentrega estadoentrega statospedizione statodispedizione statodellaspedizione statoconsegna
    statuswysylki statusdostawy verzendstatus leverstatus bezorgstatus statusdeentrega statusdaentrega statusdeenvio
    配送状況 配送ステータス 配送状態 発送ステータス 発送状況 出荷状況 发货状态 物流状态 配送状态 發貨狀態 配送狀態
    배송상태
""")
_PAYOUTS = ("payout", "auszahl", "udbetal", "utbetal", "uitbetal", "disburs", "wyplat", "versement", "reversement")
_TAKEN_BACK = (State.CANCELLED, State.DELETED, State.REFUNDED, State.PARTLY, State.TEST)


def is_of_deliveries(name: str) -> bool:
    """Say whether a column is called after the state of deliveries.

    Examples
    --------
    >>> is_of_deliveries("Fulfillment Status"), is_of_deliveries("Versandstatus"), is_of_deliveries("Status")
    (True, True, False)
    """
    joined = "".join(plain_words(name))
    return any(part in joined for part in _PARTS)


def parcel_of(text: str) -> State:
    """Say what a state means where others of the column are of deliveries: a parcel that is lost was sold.

    Examples
    --------
    >>> str(parcel_of("Lost")), str(parcel_of("Pending"))
    ('unknown', 'pending')
    """
    state = state_of(text)
    return State.UNKNOWN if state is State.LOST and len(plain_words(text)) == 1 else state


def delivery_of(text: str) -> State:
    """Say what the state of a delivery means for the sale.

    Examples
    --------
    >>> [str(delivery_of(text)) for text in ("Pending", "Not fulfilled", "Canceled", "Lost in transit")]
    ['sold', 'sold', 'cancelled', 'unknown']
    """
    state = state_of(text)
    if state in _TAKEN_BACK:
        return state
    if state in (State.FAILED, State.EXPIRED, State.LOST) or "lost" in plain_words(text):
        # The parcel failed, or is lost.
        return State.UNKNOWN
    return State.SOLD


def is_of_payouts(name: str) -> bool:
    """Say whether a column is called after the state in which a service pays out to the shop: the sale is made.

    Examples
    --------
    >>> is_of_payouts("Payout Status"), is_of_payouts("Payment Status")
    (True, False)
    """
    return any(word.startswith(_PAYOUTS) for word in plain_words(name))


def held_of(text: str) -> State:
    """Say what the state of a hold means: of the money, which is paid out later, or of the order, which may be none.

    Examples
    --------
    >>> [str(held_of(text)) for text in ("Held", "Released", "Cancelled")]
    ['booked ahead', 'sold', 'cancelled']
    """
    state = state_of(text)
    if plain_words(text)[:1] == ["released"]:
        return State.SOLD
    return State.AHEAD if state is State.PENDING else state
