"""Members as they are today: whoever a status calls active has no end, and everybody else has one."""

from collections.abc import Sequence

from holdfast.data.values import parse
from holdfast.onboarding.called.names import ROLES, Fit, plain_words
from holdfast.onboarding.contracts.days import day_of, read
from holdfast.onboarding.contracts.labels import status_of, words_that_mean
from holdfast.onboarding.contracts.paid_until import says_until
from holdfast.onboarding.dates import stated
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile

_SINCE = {"since", "seit", "siden", "sedan", "depuis", "desde", "dal", "sinds"}
# On so many lines with a status it and the end agree, of so many that run and that have ended. Who follows for nothing
# has none.
_AGREE, _LEAST = 0.98, 20


def borne_out(export: Export, found: Sequence[Profile]) -> tuple[Profile, Profile] | None:
    """Return the day since which and the day until which somebody is a member, if a status bears out who still is.

    A card or a cooling-off period expires of active customers, too; so does a licence that is not renewed yet.
    """
    since = [p for p in found if p.is_date and p.filled and _SINCE & set(plain_words(p.name))]
    until = [p for p in found if p.is_date and p.filled and says_until(p)]
    named = [p for p in found if p.may_be_id and ROLES["customer_id"].fit(p.name) >= Fit.PARTLY]
    status = status_of(export, found)
    if status is None or len(since) != 1 or not any(not p.repeats for p in named):
        return None
    runs = words_that_mean(export, status, ended_=False)
    for end in until:
        scratch = Findings()
        read(export, [since[0], end], scratch)
        if scratch.questions:
            continue
        has = f"({is_filled(end.sql)} AND {stated(parse.bare(end.sql))} IS NOT NULL)"
        wrong = f"{has} = ({runs}) OR COALESCE({day_of(end, scratch)} < {day_of(since[0], scratch)}, FALSE)"
        lines, running, against = export.one(
            f"SELECT COUNT(*), COUNT(*) FILTER ({runs}), COUNT(*) FILTER ({wrong}) FROM {TABLE} "
            f"WHERE {is_filled(since[0].sql)} AND ({runs}) IS NOT NULL"
        )
        if min(running, lines - running) >= _LEAST and against <= (1 - _AGREE) * lines:
            return since[0], end
    return None
