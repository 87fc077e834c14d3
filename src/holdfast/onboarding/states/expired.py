"""What expired: a pass, a policy or a voucher was sold and ran out since; a session, a quote or a link never sold."""

from collections.abc import Mapping, Sequence

from holdfast.data.values.words import word_list
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import Group, words_of
from holdfast.onboarding.states.newest import day_of
from holdfast.onboarding.states.words import State, state_of

# Parts of names, without accents, blanks and capitals: until when, or from when, what was sold can be used.
_ENDS = word_list("""
    expir validuntil validto validthr validtill gultigbis ablauf laufzeitende udlob gyldigtil utgang giltigtill utlop
    findevalidite dateexpiration valablejusqu caduc termend policyend validohasta validezhasta finescadenza validofino
    waznydo waznedo datawaznosci geldigtot verloopt validade validoate 有効期限 有效期 到期 유효기간 만료
""")
_STARTS = word_list("""
    activat activedate validfrom aktivier gultigab gultigvon gyldigfra giltigfran valableapartir validodesde validodal
    waznyod geldigvanaf aktiver inception termstart 利用開始
""")
_NUMBERS = ("validity", "validdays", "daysvalid", "gultigkeit", "validite", "validez", "visitsused", "visitsremaining")
# Of a means of payment, of what was only offered or held, or of the customer or the goods.
_NEVER = word_list("""
    card karte kort carte tarjeta quote quot offer angebot link session token hold reserv pay zahl betal pledge warranty
    garanti account customer kund bestbefore haltbar
""")
# What can be used still, or was.
_LIVE = word_list("""
    activ aktiv attiv ativ valid gultig gyldig giltig valide wazn geldig running current redeem used unused force
    eingelost benutzt brugt indlost anvand utilis usad usat live lauf lobende pagaende suspend frozen paus
""")
_PLAIN = (State.EXPIRED, State.CANCELLED, State.DELETED, State.REFUNDED, State.PARTLY, State.TEST)
# A session, a hold or a slip lives for days, a pass for longer.
_DAYS = 14


def keep_what_ran_out(
    export: Export, found: Sequence[Profile], known: Mapping[str, Profile], groups: Sequence[Group], findings: Findings
) -> tuple[list[Group], list[Group]]:
    """Return lines that expired after they were sold, and the groups of all other lines.

    They were sold where a column says from when or until when they could be used, and no word of the column is of a
    payment or a quote.
    """
    kept = [
        g
        for g in groups
        if g.state is State.EXPIRED
        and _are_of_use(words_of(export, g.column))
        and any(_says_validity(export, p, known, g, findings) for p in found)
    ]
    return kept, [g for g in groups if g not in kept]


def _are_of_use(values: Mapping[str, int]) -> bool:
    return all(state_of(v) in _PLAIN or any(w.startswith(_LIVE) for w in plain_words(v)) for v in values if v)


def _says_validity(export: Export, p: Profile, known: Mapping[str, Profile], group: Group, findings: Findings) -> bool:
    name = "".join(plain_words(p.name))
    if p == group.column or not p.filled or any(word in name for word in _NEVER):
        return False
    if not p.is_date:
        return p.is_number and any(part in name for part in _NUMBERS)
    sold = known.get("ordered_at")
    if p == sold:
        return False
    if any(part in name for part in _STARTS):
        return _lies_behind(export, p, sold, group, findings, days=0)
    return any(part in name for part in _ENDS) and _lies_behind(export, p, sold, group, findings, days=_DAYS)


def _lies_behind(
    export: Export, day: Profile, sold: Profile | None, group: Group, findings: Findings, *, days: int
) -> bool:
    """Say whether a day lies so many behind the sale on most such lines; what cannot be read says nothing else."""
    if sold is None or any(q.key == "date_format" for q in findings.questions):
        return True
    first, last = (day_of(p, findings) for p in (sold, day))
    read, soon = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (last - first < {days}) FROM (SELECT {first} AS first, {last} AS last "
        f"FROM {TABLE} WHERE {group.holds}) WHERE first IS NOT NULL AND last IS NOT NULL"
    )
    return not read or 2 * soon < read
