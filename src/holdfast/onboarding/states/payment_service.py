"""The activity of an account at a payment service, as PayPal writes it: payments, and much that is no sale."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from holdfast.data.values import parse
from holdfast.data.values.words import word_list
from holdfast.onboarding.called.names import ROLES, Fit, plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import Group, any_of, lines_of, words_of
from holdfast.onboarding.states.words import State

# Names, without accents, blanks and capitals: of the transaction that a line belongs to, as only such files have it.
_REFERENCES = {
    *("referencetxnid", "referencetransactionid", "zugehorigertransaktionscode", "transaktionsreferenzcode"),
    *("balanceimpact", "auswirkungaufguthaben", "numerodetransactiondereference", "iddetransactiondereference"),
    *("referencedelatransaction", "iddereferenciadetransaccion", "iddelatransacciondereferencia"),
    *("codicetransazionediriferimento", "idtransazionediriferimento", "referentietransactieid", "txnreferentieid"),
    *("referencenummerfortransaktion", "idtransakcjireferencyjnej", "iddatransacaodereferencia"),
}
_KINDS = {
    *("type", "typ", "tipo", "art", "soort", "rodzaj", "description", "beschreibung", "descripcion", "descrizione"),
    *("omschrijving", "opis", "beskrivelse", "beskrivning", "descricao", "transactiontype", "transaktionstyp"),
}
_REFUNDS = (
    *("refund", "ruckzahlung", "ruckerstattung", "erstattung", "remboursement", "reembolso", "rimborso"),
    *("terugbetaling", "zwrot", "tilbagebetaling", "aterbetalning", "tilbakebetaling", "chargeback"),
)
_NO_SALES = word_list("""
    withdraw abbuchung auszahlung hold einbehalt authoriz authoris autorisierung conversion umrechnung
    wahrungsumrechnung fee fees gebuhr reserve retrait virement frais retiro comision prelievo commissione tariffa
    opname kosten valutaomrekening wyplata oplata przewalutowanie haevning gebyr valutakonvertering uttag avgift uttak
    saque tarifa conversione conversao deposit retencion blocage trattenuta
""")
# Of lines of one kind that leave the account.
_NEARLY_ALL = 0.9
_MOST_KINDS = 60
# Fee, and coffee; hold, and holder.
_SHORT = 5
_PAYMENTS = (
    *("payment", "zahlung", "paiement", "pago", "pagamento", "betaling", "betalning", "platnosc", "checkout", "sale"),
)
_SENDER = {"from", "absender", "von", "expediteur", "de", "mittente", "da", "afzender", "van", "fra", "fran", "od"}
_RECIPIENT = {
    *("to", "recipient", "empfanger", "an", "destinataire", "a", "beneficiario", "destinatario", "ontvanger", "naar"),
    *("modtager", "til", "mottaker", "mottagare", "till", "odbiorca", "do", "para", "receiver"),
}


class _Kind(NamedTuple):
    """What a line of one kind is: no sale, or a refund; and how that is said."""

    group: Group
    is_refund: bool


def find_payment_service(
    export: Export, found: Sequence[Profile], known: Mapping[str, Profile], worth: str, findings: Findings
) -> list[Group]:
    """Return the lines of such a file that are no sales, by the column that says what kind they are.

    Parameters
    ----------
    export, found, known
        The files, their columns, and columns by role.
    worth
        SQL of what a line is worth; nothing where no column says it.
    findings
        Is told the kinds, their lines and their money, and refunds that name the shop instead of the customer.

    Returns
    -------
    list of Group
        One group of lines to drop; none where the file is of something else.
    """
    if not any("".join(plain_words(p.name)) in _REFERENCES for p in found):
        return []
    # Which column of money counts may still be a question; whether it comes or goes is the same in all.
    money = [p for p in found if p.is_number and ROLES["amount"].fit(p.name) >= Fit.PARTLY]
    worth = worth or (number_of(money[0], findings) if money else "")
    if not worth:
        return []
    for p in found:
        if "".join(plain_words(p.name)) not in _KINDS or p.is_number or p.is_date or not 1 < p.distinct <= _MOST_KINDS:
            continue
        kinds = _kinds(export, p, worth)
        # Else it describes what was bought.
        pays = any(_has(value, _PAYMENTS) for value in export.lines_by(parse.text(p.sql, p.type), is_filled(p.sql)))
        if not pays or not any(k.is_refund or _says(k, _NO_SALES) for k in kinds):
            continue
        sender = known.get("customer_id") or next((q for q in found if _SENDER & set(plain_words(q.name))), None)
        # What refers to a payment has its customer, and comes off.
        gone = [
            k
            for k in kinds
            if not k.is_refund or ("refers_to" not in known and _are_the_shops(export, k.group, sender, worth))
        ]
        _tell(export, p, gone, worth, found, sender, findings)
        values = [k.group.rule["values"][0] for k in gone]
        return [Group(p, State.NO_SALE, {"column": p.name, "values": values})] if values else []
    return []


def _says(kind: _Kind, parts: Sequence[str]) -> bool:
    return _has(kind.group.rule["values"][0], parts)


def _has(text: str, parts: Sequence[str]) -> bool:
    """Say whether a word begins or, put together of several, ends with one of these; short ones stand alone."""
    long = tuple(part for part in parts if len(part) > _SHORT)
    return any(word in parts or word.startswith(long) or word.endswith(long) for word in plain_words(text))


def _kinds(export: Export, p: Profile, worth: str) -> list[_Kind]:
    """Return the kinds of lines that are no sales, and refunds: as they are called, or as money leaves the account."""
    kinds = []
    for value in words_of(export, p):
        group = Group(p, State.NO_SALE, {"column": p.name, "values": [value]})
        lines, below = export.one(f"SELECT COUNT(*), COUNT(*) FILTER ({worth} < 0) FROM {TABLE} WHERE {group.holds}")
        is_refund = _has(value, _REFUNDS)
        if is_refund or _has(value, _NO_SALES) or below >= _NEARLY_ALL * lines:
            kinds.append(_Kind(group, is_refund))
    return kinds


def _are_the_shops(export: Export, refunds: Group, sender: Profile | None, worth: str) -> bool:
    """Say whether refunds name no customer, but the shop: nobody, or one who mostly pays out."""
    if sender is None:
        return True
    names, below, lines = export.one(
        f"SELECT COUNT(DISTINCT {sender.sql}) FILTER ({refunds.holds}), "
        f"COUNT(*) FILTER ({worth} < 0 AND of_refunds), COUNT(*) FILTER (of_refunds) FROM (SELECT *, "
        f"COALESCE({sender.sql} IN (SELECT {sender.sql} FROM {TABLE} WHERE {refunds.holds}), FALSE) AS of_refunds "
        f"FROM {TABLE}) WHERE {is_filled(sender.sql)}"
    )
    return names == 0 or (names == 1 and below >= _NEARLY_ALL * lines)


def _tell(
    export: Export,
    p: Profile,
    gone: Sequence[_Kind],
    worth: str,
    found: Sequence[Profile],
    sender: Profile | None,
    findings: Findings,
) -> None:
    """Say which kinds of lines are no sales, and what refunds come to that no customer can be found for."""
    if not gone:
        return
    parts = [f'"{k.group.rule["values"][0]}" on {lines_of(export, k.group.holds, worth)}' for k in gone]
    findings.tell(f'payments: "{p.name}" says {", ".join(parts)}: no sales of customers')
    refunds = [k for k in gone if k.is_refund]
    if refunds:
        where = " OR ".join(k.group.holds for k in refunds)
        findings.tell(
            f"payments: {lines_of(export, where, worth)} of refunds name the shop and not the customer, so they do not "
            f"come off{_too_high(export, gone, where, worth)}; {_whose(export, found, sender, where)}"
        )


def _too_high(export: Export, gone: Sequence[_Kind], refunds: str, worth: str) -> str:
    """Say what refunds are of the sales that count: by so much these are too high."""
    sold = f"{worth} > 0 AND NOT ({any_of([k.group for k in gone])})"
    back, sales = export.one(
        f"SELECT ROUND(100 * ABS(SUM({worth}) FILTER ({refunds}))), ROUND(100 * SUM({worth}) FILTER ({sold})) "
        f"FROM {TABLE}"
    )
    return f", and sales are {back / sales:.1%} too high" if sales else ""


def _whose(export: Export, found: Sequence[Profile], sender: Profile | None, refunds: str) -> str:
    """Say where the customers of refunds stand: with the recipient, or with the payment that a column refers to."""
    add = "to take them off, add a column with the customer of the payment that they refer to"
    if sender is None:
        return add
    others = f"SELECT {sender.sql} FROM {TABLE} WHERE NOT ({refunds}) AND {is_filled(sender.sql)}"
    (lines,) = export.one(f"SELECT COUNT(*) FROM {TABLE} WHERE {refunds}")
    for p in (p for p in found if p is not sender and p.type == sender.type and not p.is_number and not p.is_date):
        if not _RECIPIENT & set(plain_words(p.name)):
            continue
        named, names = export.one(
            f"SELECT COUNT(*), COUNT(DISTINCT {p.sql}) FROM {TABLE} WHERE ({refunds}) AND {p.sql} IN ({others})"
        )
        if names > 1 and named >= _NEARLY_ALL * lines:
            return (
                f'"{p.name}" names the customer on {named:,} of them: to take them off, make one column of customers, '
                f'"{p.name}" on these lines and "{sender.name}" on the others'
            )
    return _payments_of(export, found, refunds) or add


def _payments_of(export: Export, found: Sequence[Profile], refunds: str) -> str:
    """Say on how many refunds a column refers to another line of this file, and by which of its columns."""
    of_reference = [p for p in found if "".join(plain_words(p.name)) in _REFERENCES and not p.is_number]
    for p in of_reference:
        for q in (q for q in found if q is not p and q.may_be_id and not q.repeats and q.type == p.type):
            (there,) = export.one(
                f"SELECT COUNT(*) FROM {TABLE} WHERE ({refunds}) AND {is_filled(p.sql)} AND "
                f"{p.sql} IN (SELECT {q.sql} FROM {TABLE})"
            )
            if there:
                return (
                    f'"{p.name}" refers to the "{q.name}" of a payment in this file on {there:,} of them: '
                    "to take these off, add a column with the customer of that payment"
                )
    return ""
