"""What documents and states are called in Russian and Ukrainian."""

from holdfast.onboarding.called.cyrillic import cyrillic_words

# What the words of a document begin with, the first that is found: what goes to and comes from suppliers is no sale.
_DOCUMENTS = (
    ("no sale", "возврат поставщ;возврат товаров поставщ;поступление товар;поступление услуг;приобретение;списание"),
    ("no sale", "расходный кассовый;перемещение;заказ поставщ;напоминание;списання;нагадування;надходження товар"),
    ("credited", "возврат;корректировочный счет;повернення;возвратная;возвр"),
    ("payment", "поступление;приходный кассовый;оплата;платеж;предоплата;надходження;прибутковий касовий;платіж"),
    ("payment", "эквайринг;входящий платеж"),
    ("ahead of its invoice", "заказ;счет на оплату;счет покупател;расходная накладная;товарная накладная;накладная"),
    (
        "ahead of its invoice",
        "подтверждение заказа;замовлення;рахунок на оплату;видаткова накладна;транспортная накладная",
    ),
    ("invoiced", "реализация;реалізація;счет фактура;счет;акт выполненных;акт об оказании;акт оказания;упд;рахунок"),
    ("sold", "продажа;чек;розничная продажа;отчет о розничных продажах;продаж;покупка"),
)
_STATES = (
    ("refunded", "возврат возвращ поверн"),
    ("deleted", "удал видал"),
    ("cancelled", "отмен аннулир скасов отозван"),
    ("failed", "отклон ошибк неуспеш неудач відхил помилк"),
    ("pending", "черновик чернетк"),
    ("sold", "провед оплач оплат выполн викон доставл заверш отправ отгруж получ отрим закры закри успе выдан видан"),
    ("sold", "подтвержд підтвердж собран передан принят прийнят обработ обробц"),
)
_UNPAID = ("оплач", "оплат", "платеж")
_WAITS = ("ожида", "ждет", "очіку")
_PARTLY = ("частич", "частков")


def document_in_cyrillic(text: str) -> str | None:
    """Return what lines of a document are; nothing where no word of it is known.

    Examples
    --------
    >>> [document_in_cyrillic(t) for t in ("Реализация товаров", "Поступление на расчетный счет", "Возврат", "Invoice")]
    ['invoiced', 'payment', 'credited', None]
    """
    said = " ".join(cyrillic_words(text))
    begun = (state for state, begins in _DOCUMENTS for begin in begins.split(";") if f"{said} ".startswith(begin))
    return next(begun, None) if said else None


def state_in_cyrillic(text: str) -> str | None:
    """Return what a text of a status says, "unknown" where its words contradict each other; nothing of other scripts.

    Examples
    --------
    >>> [state_in_cyrillic(text) for text in ("Помечен на удаление", "Проведён", "Ожидает оплаты", "Paid")]
    ['deleted', 'sold', 'unpaid', None]
    >>> [state_in_cyrillic(text) for text in ("Не проведен", "Возврат отклонен", "Частичный возврат", "Новый")]
    ['pending', 'unknown', 'partly refunded', 'unknown']
    """
    words = cyrillic_words(text)
    if not words:
        return None
    if any(word.startswith(_WAITS) for word in words):
        return "unpaid" if any(word.startswith(_UNPAID) for word in words) else "unknown"
    denied = [word.removeprefix("не") for word in words if word.startswith("не") and word not in ("не", "неуспешно")]
    if "не" in words or any(word.startswith(("оплач", "провед")) for word in denied):
        rest = [word.removeprefix("не") for word in words if word != "не"]
        if any(word.startswith(_UNPAID) for word in rest):
            return "unpaid"
        return "pending" if any(word.startswith("провед") for word in rest) else "unknown"
    found = {state for state, begins in _STATES if any(word.startswith(tuple(begins.split())) for word in words)}
    if "refunded" in found and ("failed" in found or "cancelled" in found):
        return "unknown"
    first = next((state for state, _ in _STATES if state in found), "unknown")
    if any(word.startswith(_PARTLY) for word in words):
        return "partly refunded" if first in ("refunded", "cancelled") else "unknown"
    return first
