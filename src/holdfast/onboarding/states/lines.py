"""Lines in a state in which nothing was sold, and test lines: which of them count."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from holdfast.onboarding.called.names import ROLES, Fit, plain_words
from holdfast.onboarding.export import Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.money.sides import side_of_returns
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.by_content import holds_states, is_of_results, not_sold, speaks_of_cancelled
from holdfast.onboarding.states.decide import decide_states
from holdfast.onboarding.states.deliveries import delivery_of, held_of, is_of_deliveries, is_of_payouts, parcel_of
from holdfast.onboarding.states.documents import kinds_of
from holdfast.onboarding.states.expired import keep_what_ran_out
from holdfast.onboarding.states.first_lines import settle_first_lines
from holdfast.onboarding.states.flags import flagged
from holdfast.onboarding.states.groups import MOST_WORDS, Group, any_of, by_words, tell_kept, words_of
from holdfast.onboarding.states.invoices import are_invoices, invoice_of, is_of_orders
from holdfast.onboarding.states.kinds import of_documents, once_more, tests_of
from holdfast.onboarding.states.numbered import numbered
from holdfast.onboarding.states.once_more import replaced
from holdfast.onboarding.states.paid_dates import find_unpaid
from holdfast.onboarding.states.payment_service import find_payment_service
from holdfast.onboarding.states.reversals import settle_reversals
from holdfast.onboarding.states.stages import (
    are_stages,
    is_called_a_stage,
    is_of_deals,
    is_of_gifts,
    stage_of,
    won_or_unsure,
)
from holdfast.onboarding.states.steps import find_steps
from holdfast.onboarding.states.unknown import PLACES, tell_unknown
from holdfast.onboarding.states.visits import are_visits, visit_of
from holdfast.onboarding.states.words import State, speaks_of_delivery, state_of

# Of the words of a column of results so many are known.
_MOSTLY = 0.5
# Beside a city, a column called "state" is of a country.
_BESIDE_STATES = {"city", "zip", "postal", "postcode", "country", "region"}
# Two letters alone say that a column called "state" is of the United States or Canada.
_CODES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA PR RI SC SD TN TX UT VT VA WA WV WI WY AB BC MB NB NL NS NT NU ON PE QC SK YT"
)


def find_states(
    export: Export,
    found: Sequence[Profile],
    known: Mapping[str, Profile],
    worth: str,
    findings: Findings,
    dropped: Sequence[dict[str, Any]] = (),
) -> str:
    """Drop lines in a state in which nothing was sold, and test lines; credits are returns; ask about refunded ones.

    Parameters
    ----------
    export, found
        The files, and their columns.
    known
        Columns by role.
    worth
        SQL of what a line is worth; nothing where no column says it.
    dropped
        Rules that drop other lines.
    findings
        Gets ``rules.drop`` and ``rules.returns``, with the lines and the money of each; is told words that nothing is
        known of.

    Returns
    -------
    str
        SQL that is true of the lines in any such state, whatever becomes of them.
    """
    groups = [group for p in found for group in flagged(export, p, found, known, findings)]
    of_service = [
        *find_payment_service(export, found, known, worth, findings),
        *find_steps(export, found, known, worth, findings),
    ]
    groups += of_service
    kinds = [g.column for g in of_service]
    beside = any(ROLES["status"].fit(p.name) >= Fit.PARTLY and _says_states(export, p) for p in found)
    groups += [] if beside else _of_codes(export, found, worth)
    documents = {p: words_of(export, p) for p in found if _may_be_documents(p) and p not in kinds}
    others = {p: values for p, values in documents.items() if not kinds_of(p.name, values)}
    by_content = {p: values for p, values in others.items() if holds_states(p.name, values, beside_status=beside)}
    for p, values in others.items():
        results = is_of_results(p.name)
        lost = not_sold(p.name, values, most=_MOSTLY if results else 1) if p not in by_content else []
        group = Group(p, State.UNSURE, {"column": p.name, "values": lost})
        if lost and results and not beside:
            groups.append(group)
            tell_unknown(p, values, findings)
        elif not lost and not beside and not results and p not in by_content:
            gone = [
                Group(p, State.CANCELLED, {"column": p.name, "values": [v]})
                for v in speaks_of_cancelled(p.name, values)
            ]
            tell_kept(export, gone, worth, "it is not called a status (rules.drop leaves them out)", findings)
        elif lost and (results or not beside):
            why = "another column is the status" if results else "it is not called a status"
            tell_kept(export, [group], worth, f"{why} (rules.drop leaves them out)", findings)
    groups += [
        group
        for p, values in documents.items()
        for group in (tests_of(p, values) if p in by_content else of_documents(p, values))
    ]
    kinds_alone = {p: values for p, values in documents.items() if p not in by_content}
    groups += once_more(export, kinds_alone, groups, known, worth, findings)
    groups += [
        Group(p, State.CREDITED, {"column": p.name, "values": side.words}, doubtful=not side.sure)
        for p in documents
        if (side := side_of_returns(export, p, found, known, findings))
    ]
    invoices = any(State.INVOICED in kinds_of(p.name, values) for p, values in documents.items())
    stated = [p for p in found if p not in kinds]
    groups += _of_states(export, stated, known, worth, findings, by_content, invoices=invoices)
    kept, groups = keep_what_ran_out(export, found, known, groups, findings)
    tell_kept(export, kept, worth, "they were sold, and ran out since (rules.drop leaves them out)", findings)
    settle_first_lines(export, known, groups, worth, findings)
    groups = settle_reversals(export, found, known, groups, worth, findings)
    decide_states(export, found, known, groups, worth, findings, dropped)
    return any_of(groups)


def _of_codes(export: Export, found: Sequence[Profile], worth: str) -> list[Group]:
    """Return the lines on which a bank answered otherwise than 00, its word for approved, as codes of answers say."""
    groups = []
    for p in found:
        if not (p.is_number and is_of_results(p.name) and 1 < p.distinct <= MOST_WORDS):
            continue
        values = words_of(export, p)
        often = max(values, key=lambda value: values[value])
        if set(often) == {"0"} and 2 * values[often] > sum(values.values()):
            groups += [g for g in [numbered(export, p, values, worth)] if g]
    return groups


def _may_be_documents(p: Profile) -> bool:
    """Say whether a column holds a few words, and no states."""
    is_text = p.type == "VARCHAR" and not p.is_number and not p.is_date
    return is_text and not _may_be_states(p) and 1 < p.distinct <= MOST_WORDS


def _says_states(export: Export, p: Profile) -> bool:
    few = 0 < p.distinct <= MOST_WORDS
    return few and any(value and state_of(value) is not State.UNKNOWN for value in words_of(export, p))


def _may_be_states(p: Profile) -> bool:
    return ROLES["status"].fit(p.name) >= Fit.PARTLY or is_of_deliveries(p.name) or is_called_a_stage(p.name)


def _of_states(
    export: Export,
    found: Sequence[Profile],
    known: Mapping[str, Profile],
    worth: str,
    findings: Findings,
    by_content: Mapping[Profile, Mapping[str, int]],
    *,
    invoices: bool,
) -> list[Group]:
    """Return the lines of each state, by every column that holds states: each is read as what it is called after."""
    held = {p: words_of(export, p) for p in found if _may_be_states(p) and 0 < p.distinct <= MOST_WORDS}
    held |= {p: dict(values) for p, values in by_content.items()}
    invoices = are_invoices(
        known, {p.name: v for p, v in held.items() if not are_stages(p.name, v)}, documents=invoices
    )
    groups = []
    if not any(not is_of_deliveries(p.name) for p in held):
        groups = [
            Group(g.column, State.OWED, g.rule) if invoices else g
            for g in find_unpaid(export, found, known, worth, findings)
        ]
    for p, values in held.items():
        if _is_a_place(p, values, found):
            # Of a country, if one is named, else of its states.
            findings.set("columns.region", p.name)
            continue
        if is_of_payouts(p.name):
            findings.tell(f'status: "{p.name}" is of what is paid out to you, not of the sale: left aside')
            continue
        if (means := _meaning(p, values, found, by_content, invoices=invoices)) is None:
            # Stages of something else, as of a festival.
            continue
        if numbers := numbered(export, p, values, worth):
            groups.append(numbers)
            continue
        groups += by_words(p, values, means)
        again = replaced(export, found, p, {v: n for v, n in values.items() if means(v) is State.UNKNOWN})
        groups += again
        named = {word for g in again for word in g.rule["values"]}
        tell_unknown(p, {v: n for v, n in values.items() if v not in named}, findings, means)
    return groups


def _meaning(
    p: Profile,
    values: Iterable[str],
    found: Sequence[Profile],
    by_content: Mapping[Profile, Mapping[str, int]],
    *,
    invoices: bool,
) -> Callable[[str], State] | None:
    """Return what reads the words of a column of states, after its name and its other words; nothing for no states."""
    if are_stages(p.name, values):
        sure = is_called_a_stage(p.name) or any(is_of_deals(q.name) for q in found if q is not p)
        return stage_of if sure else won_or_unsure
    if is_of_deliveries(p.name):
        return delivery_of
    if are_visits(values):
        return visit_of
    if {"hold", "holds"} & set(plain_words(p.name)):
        return held_of
    is_a_stage = p not in by_content and ROLES["status"].fit(p.name) < Fit.PARTLY
    if is_a_stage and any(v and state_of(v) is State.UNKNOWN for v in values):
        return _stages_without_won(p, values, found)
    if invoices and not is_of_orders(p.name):
        return invoice_of
    if any(state_of(v) is State.SOLD and speaks_of_delivery(v) for v in values):
        return parcel_of
    return state_of


def _stages_without_won(p: Profile, values: Iterable[str], found: Sequence[Profile]) -> Callable[[str], State] | None:
    """Return what stages mean of which none is called won; nothing where they need not be of sales.

    Of deals or gifts what is posted, paid or shipped was sold, and what comes before it is asked. Else most words must
    be known.
    """
    said = [value for value in values if value]
    # A lead time and a closing time are a workshop's, or a festival's.
    beside = [q.name for q in found if q is not p and "time" not in plain_words(q.name)]
    if any(is_of_deals(name) or is_of_gifts(name) for name in beside) and any(stage_of(v) is State.SOLD for v in said):
        return won_or_unsure
    known = [value for value in said if state_of(value) is not State.UNKNOWN]
    return state_of if 2 * len(known) > len(said) else None


def _is_a_place(p: Profile, values: Iterable[str], found: Sequence[Profile]) -> bool:
    """Say whether a column called "state" has no word of a status, and stands beside a city or holds states' codes."""
    said = {v for v in values if v}
    if "".join(plain_words(p.name)) not in PLACES:
        return False
    # "OK" is Oklahoma among other states.
    if len(said) > 2 and said <= set(_CODES.split()):
        return True
    return all(state_of(v) is State.UNKNOWN for v in said) and any(
        _BESIDE_STATES & set(plain_words(q.name)) for q in found
    )
