"""Refunds on lines of their own that name no customer, but the order that they give back."""

from collections.abc import Mapping, Sequence

from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding.called.names import Fit, customer_fit, plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import lines_of

_CALLED = {
    "parent",
    "original",
    "originating",
    "refunded",
    "related",
    "source",
    "ursprung",
    "opprinnelig",
    "oprindelig",
}
_NEARLY_ALL, _LEAST = 0.9, 5


def tell_parents(
    export: Export, found: Sequence[Profile], known: Mapping[str, Profile], worth: str, findings: Findings
) -> None:
    """Say that refunds name no customer, and where their order stands whose customer is theirs."""
    named = [p for p in found if customer_fit(p.name) >= Fit.PARTLY and p.filled]
    customers = [known["customer_id"]] if "customer_id" in known else named
    if not worth or not customers:
        return
    nobody = " AND ".join(f"({parse.customer(p.sql, p.type, Written())}) IS NULL" for p in customers)
    given = f"{worth} < 0 AND {nobody}"
    ids = [p for p in found if p.may_be_id and not p.repeats]
    for p in found:
        if not _CALLED & set(plain_words(p.name)) or p.is_date or not p.filled:
            continue
        for order in (q for q in ids if q is not p):
            parents = f"SELECT {parse.text(order.sql, order.type)} FROM {TABLE} WHERE NOT ({nobody})"
            lines, told = export.one(
                f"SELECT COUNT(*), COUNT(*) FILTER ({is_filled(p.sql)} AND {parse.text(p.sql, p.type)} IN ({parents})) "
                f"FROM {TABLE} WHERE {given}"
            )
            if lines >= _LEAST and told >= _NEARLY_ALL * lines:
                findings.tell(
                    f"refunds: {lines_of(export, given, worth)} below 0 name no customer, so nobody's purchases are "
                    f'less by them: "{p.name}" names the order in "{order.name}"; write that order\'s customer on them'
                )
                return
