"""Fees: what is paid where nothing else is, as by members; whole numbers among them, which names tell from codes."""

from collections.abc import Sequence

from holdfast.data.values.words import word_set
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.profile import Profile

_FEES = {"fee", "fees", "tuition", "charge", "charges", "gebuhr", "gebuhren", "gebyr", "avgift"}
# Whole words, and what a longer one ends with; a charge in whole numbers may be a batch, as in German.
_WHOLE = {"fee", "fees", "tuition", "dues", "gebuhren", "cotisation", "cuota", "paid", "bezahlt", "betalt", "betald"}
_ENDS = ("gebuhr", "gebyr", "avgift", "beitrag", "kontingent")
# Beside them in names of numbers that are no money.
_NO_MONEY = word_set("""
    code type id ids no nr nummer number num band group category level tier count year status plan waived schedule day
    days hour hours night nights week weeks month months visit visits ticket tickets unit units point points session
    sessions times until to by on at via with method date is jahr instalment instalments installment installments seat
    seats people persons percent invoice invoices tage monate ar dager dage not has flag pct rate un
""")


def fees_of(export: Export, numbers: Sequence[Profile], findings: Findings) -> list[Profile]:
    """Return the columns of fees; of whole numbers only those named after money."""
    return [
        p
        for p in numbers
        if (not p.is_whole and _FEES & set(plain_words(p.name)))
        or (p.is_whole and is_called_a_fee(p.name) and _most(export, p, findings) > 1)
    ]


def is_called_a_fee(name: str) -> bool:
    """Say whether whole numbers of this name are money that was paid, and no codes or counts.

    Examples
    --------
    >>> [is_called_a_fee(name) for name in ("Fee", "Subscription paid", "Jahresbeitrag", "Membership fee")]
    [True, True, True, True]
    >>> [is_called_a_fee(name) for name in ("Fee code", "Months paid", "Charge", "Prepaid", "Subscription")]
    [False, False, False, False, False]
    """
    words = plain_words(name)
    called = any(word in _WHOLE or word.endswith(_ENDS) for word in words)
    return called and not _NO_MONEY & set(words)


def _most(export: Export, p: Profile, findings: Findings) -> float:
    (most,) = export.one(f"SELECT COALESCE(MAX({number_of(p, findings)}), 0) FROM {TABLE}")
    return float(most)
