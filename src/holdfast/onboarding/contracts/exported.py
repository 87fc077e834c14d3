"""An end that is the day of the export: a system that has to write something ends what still runs at that moment."""

from dataclasses import replace

from holdfast.data.engine import literal
from holdfast.data.values import parse
from holdfast.onboarding.contracts.days import day_of
from holdfast.onboarding.dates import stated
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile

# So many ends, and such a share of them, at the last moment of the table; at no other so many by far; and hardly a row
# without an end, for contracts that run have none where a system can say so.
_LEAST, _SHARE, _OTHERS, _BLANK = 10, 0.1, 0.2, 0.02


def without_export(export: Export, end: Profile, start: Profile | None, findings: Findings) -> Profile:
    """State that an end at the very moment of the export is none, and return the column without it."""
    text = f"CAST({parse.text(end.sql, end.type)} AS VARCHAR)"
    day = day_of(end, findings)
    has = f"{is_filled(end.sql)} AND {stated(parse.bare(end.sql))} IS NOT NULL"
    lines = export.connection.execute(
        f"SELECT {text}, COUNT(*), MAX({day}) FROM {TABLE} WHERE {has} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2"
    ).fetchall()
    if not lines or lines[0][2] is None:
        return end
    (last, often, when), *others = lines
    began = day_of(start, findings) if start is not None else "NULL"
    ends, later, first_after = export.one(
        f"SELECT COUNT(*) FILTER ({has}), COUNT(*) FILTER ({has} AND {day} > DATE '{when}'), "
        f"COUNT(*) FILTER ({began} > DATE '{when}') FROM {TABLE}"
    )
    alone = not others or others[0][1] <= _OTHERS * often
    few = export.lines - ends <= _BLANK * export.lines
    if later or first_after or not alone or not few or often < max(_LEAST, _SHARE * ends) or often == ends:
        return end
    findings.set("missing_values", [last], "the moment of the export: these contracts still run")
    findings.tell(
        f'"{end.name}": {often:,} of {ends:,} ends are the very last of the table, {when}, and hardly a row has none: '
        "that is the day of the export, and these contracts still run (subscriptions.missing_values). If they did end "
        "on that day, take the key out"
    )
    return replace(end, sql=f"(CASE WHEN {text} IS DISTINCT FROM {literal(str(last))} THEN {end.sql} END)")
