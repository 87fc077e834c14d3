"""Why contracts ended: which reasons say that a payment failed, and which only speak of payments."""

import re
from collections.abc import Sequence

from holdfast.data.values import parse
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

# Texts without accents, marks and blanks that say it whatever stands beside them.
_SAYS = (
    "nonpay notpaid unpaid nopayment missedpayment involuntary insufficientfunds dunning delinquen pastdue arrears "
    "uncollect baddebt maxretries paymentdefault paymentoverdue overduepayment "
    "nichtzahl nichtbezahlt unbezahlt zahlungsverzug zahlungsausfall zahlungsruckstand rucklastschrift mahnung "
    "unfreiwillig manglendebetaling ikkebetalt ubetalt betalingsmislig betalingsfejl restance inkasso ufrivillig "
    "uteblivenbetalning obetald ejbetald ofrivillig impaye defautdepaiement nonpaiement impago faltadepago "
    "faltadepagamento mancatopagamento insoluto moros wanbetal nietbetaald brakplatnosci inadimpl"
)
# A payment, or what one pays with; and that it did not work.
_PAYMENT = (
    "payment paid charge card billing invoice debit transaction zahlung karte lastschrift rechnung betaling betalning "
    "kort faktura paiement carte pago tarjeta pagamento carta kaart platnosc"
)
_FAILED = (
    "fail declin refus reject expir lapse error invalid bounce return blocked stolen lost problem issue overdue late "
    "missing fehlgeschl abgelehnt abgelauf ungultig geplatzt fejl mislyk misslyck afvist avvis nekad udlob utlop "
    "attempt spaerret echou expire rechaz fallid caduc rifiut scadut mislukt geweiger verlopen odrzuc"
)
# Reasons of a list are few; others are free text.
_MOST, _FEW = 1000, 30


def says_failed_payment(reason: str) -> bool | None:
    """Say whether a reason is a failed payment; ``None`` where it speaks of payments and leaves that open.

    Examples
    --------
    >>> [says_failed_payment(r) for r in ("Card declined", "Non-payment", "Manglende betaling", "too expensive")]
    [True, True, True, False]
    >>> [says_failed_payment(r) for r in ("Billing", "voluntary", "card_expired", "Moved abroad")]
    [None, False, True, False]
    """
    words = plain_words(reason)
    joined = "".join(words)
    if any(text in joined for text in _SAYS.split()):
        return True
    pays = any(
        word.startswith(tuple(_PAYMENT.split())) or word.endswith(("zahlung", "betaling", "karte")) for word in words
    )
    if pays and any(text in joined for text in _FAILED.split()):
        return True
    # "Found a better card", "payment terms": few words that are about little else.
    return None if pays and len(words) <= 2 else False


def reason_of(export: Export, able: Sequence[Profile], over: str) -> Profile | None:
    """Return the only column that is filled only where a contract ended, and says somewhere that a payment failed."""
    found = []
    for p in (p for p in able if p.type == "VARCHAR" and not (p.is_date or p.is_number) and p.distinct <= _FEW):
        if any(map(says_failed_payment, _lines(export, p))):
            running = f"SELECT COUNT(*) FROM {TABLE} WHERE {is_filled(p.sql)} AND NOT {over}"
            found += [] if export.one(running)[0] else [p]
    return found[0] if len(found) == 1 else None


def _lines(export: Export, reason: Profile) -> dict[str, int]:
    """Return the different reasons and their rows, the most frequent first; capitals aside."""
    text = f"CAST({parse.text(reason.sql, reason.type)} AS VARCHAR)"
    return export.lines_by(text, is_filled(reason.sql), most=_MOST)


def find_reasons(export: Export, reason: Profile, findings: Findings) -> None:
    """State which reasons say that a payment failed: such an end is not the customer's wish; ask where that is open."""
    lines = _lines(export, reason)
    failed = [word for word in lines if says_failed_payment(word)]
    open_ = [word for word in lines if says_failed_payment(word) is None]
    key = "payment_failure_reasons"
    if failed:
        findings.set(key, failed, "the end was not their wish; take out what was")
        findings.tell(
            f'end_reason: "{reason.name}" says {_said(failed, lines)}: a payment failed (subscriptions.{key}); every '
            "other end after which no contract follows counts as the customer's wish"
        )
    if open_:
        choices = (
            Choice("a payment failed", {key: [*failed, *open_]}),
            Choice("the customer's own wish", {key: failed or None}),
        )
        findings.settings.pop(key, None)
        findings.ask(Question(key, f'"{reason.name}" says {_said(open_, lines)}: what ended the contract?', choices))


def _said(words: Sequence[str], lines: dict[str, int]) -> str:
    shown = [f'"{word}" ({counted(lines[word], "row")})' for word in words if not re.search("[@0-9]", word)]
    others = len(words) - len(shown[:6])
    return ", ".join([*shown[:6], *([counted(others, "other reason")] if others else [])])
