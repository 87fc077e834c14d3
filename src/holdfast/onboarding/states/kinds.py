"""Lines by kinds of documents: which are no plain sales, which say a sale once more, and which are tests."""

from collections.abc import Mapping, Sequence

from holdfast.data.plausible import TOTALS
from holdfast.onboarding.called.names import ROLES, Fit, plain_words
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.labels_of_lines import is_of_goods
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.deals import is_kind_of_deal
from holdfast.onboarding.states.documents import is_an_order, is_bare, is_called_after_documents, is_plain, kinds_of
from holdfast.onboarding.states.groups import Group, any_of
from holdfast.onboarding.states.once_more import reprinted
from holdfast.onboarding.states.repeated_kinds import repeated_kinds
from holdfast.onboarding.states.unknown import tell_unknown
from holdfast.onboarding.states.words import State, is_test, state_of

_NO_PLAIN_SALES = (State.CREDITED, State.REVERSAL, State.NO_SALE, State.PAYMENT, State.UNSURE)
# Of more lines than this "test" says what was sold.
_FEW_TESTS = 0.05
# Where a purchase was made, and where only tests are.
_SYSTEMS, _TRIED = {"environment", "env", "storeenvironment", "umgebung"}, ("sandbox", "staging", "development")


def of_documents(p: Profile, values: Mapping[str, int]) -> list[Group]:
    """Return the lines of documents that are no plain sales, and tests, by a column that holds no states."""
    kinds = kinds_of(p.name, values)
    documents = [Group(p, kind, {"column": p.name, "values": kinds[kind]}) for kind in _NO_PLAIN_SALES if kind in kinds]
    return [*documents, *tests_of(p, values)]


def once_more(
    export: Export,
    documents: Mapping[Profile, Mapping[str, int]],
    groups: Sequence[Group],
    known: Mapping[str, Profile],
    worth: str,
    findings: Findings,
) -> list[Group]:
    """Return the lines that say a sale once more, by columns of kinds; tell of kinds that nothing is known of.

    Parameters
    ----------
    export, known
        The files, and columns by role.
    documents
        Columns of a few words, and on how many lines each word stands.
    groups
        Lines of which a column says already what they are.
    worth
        SQL of what a line is worth; nothing where no column says it.
    findings
        Is told which kinds are not known.
    """
    found = []
    for p, values in documents.items():
        kinds = kinds_of(p.name, values)
        of_column = {value for g in groups if g.column is p for value in g.rule.get("values", ())}
        others = {v: n for v, n in values.items() if v and v not in of_column and v.strip().lower() not in TOTALS}
        invoices = kinds.get(State.INVOICED, [])
        deals = {value for value in others if is_kind_of_deal(value)}
        # One kind of deal is no copy of another, as when a renewal costs what the first year did.
        again = reprinted(export, p, list(others), known, worth)
        found += again
        others = {v: n for v, n in others.items() if not any(v in g.rule["values"] for g in again)}
        compared = {v: n for v, n in others.items() if v not in deals} if len(deals) > 1 else others
        repeated = repeated_kinds(export, p, compared, known, worth, findings, invoices=invoices, aside=any_of(groups))
        for one in repeated:
            # An order that its invoice repeats says so itself; what else repeats is asked.
            sure = one.of in invoices and is_an_order(one.word)
            back = state_of(one.word) is State.REFUNDED
            state = State.NO_SALE if sure else State.REFUNDED if back else State.UNSURE
            found.append(Group(p, state, {"column": p.name, "values": [one.word]}, note=one.said))
        if is_called_after_documents(p.name):
            unknown = set(kinds.get(State.UNKNOWN, others if not kinds else ())) & others.keys()
            unknown -= {one.word for one in repeated} | {value for value in others if is_plain(value)} | deals
            # What is worth nothing counts for nothing, whatever it is.
            unknown = {value for value in unknown if not worth or _is_worth(export, p, value, worth)}
            if of_column or len(unknown) < len(others) or not is_bare(p.name):
                shown = {value: n for value, n in others.items() if value in unknown}
                tell_unknown(p, shown, findings, lambda _: State.UNKNOWN, "documents")
    return found


def _is_worth(export: Export, p: Profile, value: str, worth: str) -> bool:
    holds = Group(p, State.UNKNOWN, {"column": p.name, "values": [value]}).holds
    return bool(export.one(f"SELECT COUNT(*) FILTER ({worth} <> 0) FROM {TABLE} WHERE {holds}")[0])


def tests_of(p: Profile, values: Mapping[str, int]) -> list[Group]:
    """Return the lines of which a column says that they are tests; not of what was sold, for tests are sold, too."""
    of_system = "".join(plain_words(p.name)) in _SYSTEMS
    said = [value for value in values if is_test(value) or (of_system and value.strip().lower() in _TRIED)]
    if sum(values[value] for value in said) > _FEW_TESTS * sum(values.values()):
        # A kind of what is sold, as of lessons.
        return []
    if not said or is_of_goods(p.name) or ROLES["product_id"].fit(p.name) >= Fit.PARTLY:
        return []
    return [Group(p, State.TEST, {"column": p.name, "values": said})]
