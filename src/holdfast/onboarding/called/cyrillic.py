"""What columns of documents and states are called in Russian and Ukrainian."""

import re

_LETTERS = re.compile("[\u0400-\u04ff]+")
_ACCENTED = str.maketrans({"ё": "е", "ґ": "г"})
# Whole names of columns, in the words by which these are known.
_COLUMNS = {
    "document type": "вид документа;тип документа;вид операции;тип операции;хозяйственная операция;"
    "вид хозяйственной операции;вид документу;тип документу;вид операції;тип операції",
    "transaction type": "тип транзакции;вид транзакции;вид движения;тип транзакції",
    "type": "вид;тип",
    "status": "статус;состояние;стан;статус документа;состояние документа;статус документу;стан документу",
    "order status": "статус заказа;состояние заказа;статус замовлення;стан замовлення",
    "payment status": "статус оплаты;состояние оплаты;статус платежа;статус оплати;статус платежу",
    "deleted": "пометка удаления;пометка на удаление;удален;позначка видалення",
    "posted": "проведен;проведено",
}
_BY_COLUMN = {name: said for said, names in _COLUMNS.items() for name in names.split(";")}


def in_latin(name: str) -> str:
    """Return what a Russian or Ukrainian name of a column is called in English; others as they are.

    Examples
    --------
    >>> in_latin("Вид документа"), in_latin("Статус"), in_latin("Контрагент")
    ('document type', 'status', 'Контрагент')
    """
    return _BY_COLUMN.get(" ".join(cyrillic_words(name)), name)


def cyrillic_words(text: str) -> list[str]:
    """Return the words of Cyrillic letters in lower case.

    Examples
    --------
    >>> cyrillic_words("Счёт №5 на оплату")
    ['счет', 'на', 'оплату']
    """
    return _LETTERS.findall(text.casefold().translate(_ACCENTED))
