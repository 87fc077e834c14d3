"""A column that says when or whether something was paid, and of some lines that it was not."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from holdfast.data.values.words import word_set
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import MOST_WORDS, Group, words_of
from holdfast.onboarding.states.words import FALSE, TRUE, State
from holdfast.wording import counted

# Whole names, without accents, blanks and capitals.
_NAMES = word_set("""
    paidon paidat paidondate paiddate datepaid paymentdate dateofpayment paymentreceivedon paymentreceived
    paymentdatetime paidtime paymenttime zahldatum zahlungsdatum bezahltam zahlungam zahlungseingang bezahltdatum
    betaltden betaltdato betalingsdato betaltat betaldden betaldatum betalningsdatum betalddatum datedepaiement
    datepaiement payele payeele datedereglement datereglement fechadepago fechapago pagadoel datapagamento
    datadipagamento pagatoil dataplatnosci datazaplaty zaplaconodnia oplaconodnia betaaldatum betaaldop datadepagamento
    pagoem 支払日 入金日 支払日時 付款时间 支付时间 付款日期 付款時間 결제일 입금일 결제일시
""")
_FLAGS = {
    *("paid", "ispaid", "bezahlt", "betalt", "betald", "paye", "payee", "pagado", "pagada", "pagato", "pagata"),
    *("oplacone", "zaplacone", "oplacona", "zaplacona", "betaald", "ordrebetalt", "orderpaid"),
}
# Where more than this is blank, the column may only be filled for some.
_MOST = 0.5
# A word explains blanks if nearly all of its lines are blank, and nearly all blanks are of such words.
_OF_WORD = 0.9


def find_unpaid(
    export: Export, found: Sequence[Profile], known: Mapping[str, Profile], worth: str, findings: Findings
) -> list[Group]:
    """Return the lines without a day of payment, where most have one, and no other line of their order has.

    Parameters
    ----------
    export, found, known
        The files, their columns, and columns by role.
    worth
        SQL of what a line is worth; nothing where no column says it.
    findings
        Is told of such lines where a rule would leave out lines of paid orders, too.
    """
    when = known.get("ordered_at")
    for p in found:
        if "".join(plain_words(p.name)) in _FLAGS and 0 < p.distinct <= len(("yes", "no")):
            values = words_of(export, p)
            unpaid_words = [value for value in values if value and value.lower() in FALSE]
            if unpaid_words and all(value.lower() in (*TRUE, *FALSE) for value in values):
                return [Group(p, State.UNPAID, {"column": p.name, "values": unpaid_words})]
        if not p.is_date or p == when or "".join(plain_words(p.name)) not in _NAMES:
            continue
        group = Group(p, State.UNPAID, {"column": p.name, "values": [""]})
        dated = is_filled(when.sql) if when else "TRUE"
        blank, unpaid = export.one(f"SELECT COUNT(*), COUNT(*) FILTER ({dated}) FROM {TABLE} WHERE {group.holds}")
        if not unpaid or blank > _MOST * export.lines:
            continue
        order = known.get("order_id")
        elsewhere = (
            f"{order.sql} IN (SELECT {order.sql} FROM {TABLE} WHERE {is_filled(p.sql)} AND {is_filled(order.sql)})"
            if order
            else "FALSE"
        )
        given = f"{worth} < 0" if worth else "FALSE"
        of_paid, back = export.one(
            f"SELECT COUNT(*) FILTER ({elsewhere}), COUNT(*) FILTER ({given}) FROM {TABLE} WHERE {group.holds}"
        )
        if back:
            findings.tell(
                f'status: "{p.name}" is blank on {counted(blank, "line")}, {back:,} of them returns: they count; '
                "were the others never paid?"
            )
            continue
        if of_paid or unpaid < blank:
            findings.tell(
                f'status: "{p.name}" is blank on {counted(blank, "line")}, some of them of orders that were paid: they '
                "count; were the others never paid?"
            )
            continue
        return [replace(group, doubtful=_is_explained(export, group, found))]
    return []


def _is_explained(export: Export, group: Group, found: Sequence[Profile]) -> bool:
    """Say whether the words of another column tell which lines have no day: cash is paid without one."""
    for p in found:
        if p is group.column or p.type != "VARCHAR" or not 1 < p.distinct <= MOST_WORDS:
            continue
        blank, told = export.one(
            f"SELECT SUM(blanks), COALESCE(SUM(blanks) FILTER (blanks >= {_OF_WORD} * lines), 0) FROM (SELECT "
            f"COUNT(*) AS lines, COUNT(*) FILTER ({group.holds}) AS blanks FROM {TABLE} GROUP BY {p.sql})"
        )
        if told >= _OF_WORD * blank:
            return True
    return False
