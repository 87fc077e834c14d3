"""Amounts that are called so and are not what a customer paid: what a platform keeps, what is held or insured."""

from holdfast.data.values.words import word_list
from holdfast.onboarding.called.names import plain_words

# What a word of a name begins with, without accents.
_BEGINS = word_list("""
    commission provision provisjon comision comissao provvigion prowizj commissi kommission deposit kaution fianza
    cauzion caparra kaucj borgsom waarborg pfand withdraw insur versicher forsikring forsakring assuranc assicur
    ubezpiecz verzeker seguro royalt lizenz cashback payout auszahlung udbetaling utbetaling uitbetaling budget limit
    kreditlimit threshold voucher gutschein giftcard withh escrow declared customs replacement surcharge penalt interest
    bonus reward target goal quota
""")
_TOGETHER = ("platformcharge", "servicecharge", "handlingcharge", "giftcard", "storecredit", "creditlimit", "caution")
# What was paid out to who sold is what was sold, less what others kept: good where nothing else is there.
_PAID_OUT = ("payout", "auszahlung", "udbetaling", "utbetaling", "uitbetaling", "versement", "royalt", "lizenz")


def is_other_money(name: str) -> bool:
    """Say whether an amount is, by its name, something beside what was paid: taken only where nothing else is there.

    Examples
    --------
    >>> [is_other_money(name) for name in ("Commission amount", "Kaution Betrag", "Payout amount", "Credit limit")]
    [True, True, True, True]
    >>> [is_other_money(name) for name in ("Amount", "Gross amount", "Charge amount", "Total price")]
    [False, False, False, False]
    """
    words = plain_words(name)
    joined = "".join(words)
    return any(word.startswith(_BEGINS) for word in words) or any(part in joined for part in _TOGETHER)


def is_paid_out(name: str) -> bool:
    """Say whether an amount is what whoever sold was paid.

    Examples
    --------
    >>> is_paid_out("Payout amount"), is_paid_out("Deposit amount")
    (True, False)
    """
    return any(word.startswith(_PAID_OUT) for word in plain_words(name))
