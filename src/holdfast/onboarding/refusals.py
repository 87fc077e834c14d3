"""Files that are no list of purchases: what they are instead, or what is missing, and what to do."""

import re
from collections.abc import Sequence

from holdfast.data.engine import literal
from holdfast.data.reading.shown import shown_names
from holdfast.data.values.words import word_set
from holdfast.errors import DataError
from holdfast.onboarding.called.edges import is_edge, is_stay
from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, is_nobody, plain_words
from holdfast.onboarding.called.totals import TOTALS, TOTALS_OF_NAMES
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import listed
from holdfast.onboarding.profile import LEAST_IDS, Profile
from holdfast.wording import counted

_ARMS = {"arm", "arms", "treatment", "treated", "treat", "group", "variant", "version", "promotion", "assignment"}
_OUTCOMES = {"conversion", "converted", "convert", "visit", "purchase", "purchased", "bought", "response", "responded"}
_OUTCOMES |= {"target", "outcome", "spend", "revenue", "retention", "clicked", "click"}
_MOST_ARMS = 10
_OF_PEOPLE = word_set("""
    birth birthday geburtsjahr education marital income kidhome teenhome gender sex age occupation profession kids
    children dependents household salary recency
""")
_FEWEST_OF_PEOPLE = 3
_MOST_NAMED = 6
_NAMES_SHOWN = 30
_SUMMED = {"recency", "frequency", "monetary", "rfm"}
_MONTHS = (
    "jan(uar[iy])? feb(ruar[iy])? m[aä]r(ch|s|z|ts)? apr(il)? ma[ijy] jun[ei]? jul[iy]? aug(ust)?i? sept?(ember)? "
    "o[ck]t(ober)? nov(ember)? de[cz](ember)?"
).replace(" ", "|")
# As in "2024-01", "202401", "2024-01-31", "January", "jan-24".
_AFTER_DAYS = re.compile(rf"(19|20)\d\d[-_/. ]?(0?[1-9]|1[0-2])([-_/. ]?\d\d)?|({_MONTHS})[-_/. ]*(\d\d|(19|20)\d\d)?")
_FEWEST = 3
# A day that is filled in at most so many rows of those that others fill may be the end of what else runs.
_OFTEN_BLANK = 0.9
# Of lines in outline form so many at most have a name.
_OFTEN_FILLED = 0.5
_PARTS = {
    "year": {"year", "jahr", "ar", "annee", "ano", "anno"},
    "month": {"month", "monat", "maned", "manad", "mois", "mes", "mese"},
    "day": {"day", "tag", "dag", "jour", "dia", "giorno"},
}


def refuse_one_day(export: Export, date: Profile | None) -> None:
    """Refuse purchases of one day alone: within it nobody can be said to come back, whatever the ids are."""
    if date is None:
        return
    days, filled = export.one(
        f"SELECT COUNT(DISTINCT CAST({date.sql} AS VARCHAR)), COUNT(*) FROM {TABLE} WHERE {is_filled(date.sql)}"
    )
    if days == 1 and filled > 1:
        raise DataError(
            f'{export.label}: "{date.name}" is the same day on all {filled:,} lines. Holdfast learns from customers '
            "who come back: export the purchases of all days, of a year or more."
        )


def refuse_few(export: Export, found: Sequence[Profile]) -> None:
    """Refuse purchases of so few customers that the column that names them looks like categories."""
    named = [p for p in found if 0 < p.distinct < LEAST_IDS and not p.is_date]
    named = [p for p in named if ROLES["customer_id"].fit(p.name) == Fit.WHOLE]
    if named:
        who = max(named, key=lambda p: p.filled)
        raise DataError(
            f'{export.label}: "{who.name}" names {counted(who.distinct, "customer")} only, on '
            f"{counted(who.filled, 'line')}. Holdfast compares customers with one another: export the purchases of all "
            "of them."
        )


def of_experiment(export: Export, found: Sequence[Profile]) -> str:
    """Return which command measures an experiment, where columns are called after arms and outcomes; else nothing."""
    arms = [p.name for p in found if 2 <= p.distinct <= _MOST_ARMS and _ARMS & set(plain_words(p.name))]
    able = [p for p in found if (p.is_number or p.distinct == 2) and p.name not in arms]
    outcomes = [p.name for p in able if _OUTCOMES & set(plain_words(p.name))]
    if not arms or not outcomes:
        return ""
    file = export.named[0]
    return (
        f' If "{arms[0]}" says who was assigned to what, it is an experiment: holdfast experiment measure --data '
        f'"{file}" --arm "{arms[0]}" --control NAME --outcome "{outcomes[0]}"'
    )


def refuse_people(export: Export, found: Sequence[Profile]) -> None:
    """Refuse a table of people, one line each: another id on every line, and columns that say who somebody is.

    Raises
    ------
    DataError
        It is one: no column of customers comes back, none numbers orders, and two or more are of people.
    """
    most = max((p.filled for p in found), default=0)
    ids = [p for p in found if p.may_be_id and not p.repeats and p.filled >= most]
    ids = [p for p in ids if "".join(plain_words(p.name)) == "id" or customer_fit(p.name) >= Fit.PARTLY]
    back = [p for p in found if p.repeats and p.may_be_id and customer_fit(p.name) >= Fit.PARTLY]
    bought = [
        p for p in found if ROLES["order_id"].fit(p.name) == Fit.WHOLE or ROLES["amount"].fit(p.name) == Fit.WHOLE
    ]
    people = [p.name for p in found if _OF_PEOPLE & set(plain_words(p.name))]
    if not ids or back or bought or len(people) < _FEWEST_OF_PEOPLE:
        return
    raise DataError(
        f'{export.label}: "{ids[0].name}" is another on every line, and {listed(people[:_MOST_NAMED])} say who '
        "somebody is: this is a table of customers, one line each, and no list of purchases. Name a file with a line "
        f"for each purchase (customer, day, amount); this one can stand beside it, under tables.customers."
        f"{of_contracts(found)}"
    )


def of_summaries(found: Sequence[Profile]) -> str:
    """Say what to do where columns sum up each customer's purchases, as a table of RFM does; else nothing."""
    summed = [p.name for p in found if _SUMMED & set(plain_words(p.name))]
    if len(summed) < 2:
        return ""
    return (
        f" {listed(summed)} sum up purchases. Holdfast makes such figures itself: name a file with a line for each "
        "purchase (customer, day, amount). The models alone take them as they are: docs/clv.md."
    )


def after_days(found: Sequence[Profile]) -> str:
    """Say what to do where columns are called after months or days; else nothing."""
    months = [p.name for p in found if _AFTER_DAYS.fullmatch(p.name.casefold())]
    if len(months) < _FEWEST:
        return ""
    others = [p.name for p in found if p.name not in months and not re.match(TOTALS, p.name.casefold())]
    others = shown_names(others)[:_MOST_NAMED]
    kept = ", ".join(f'"{name}"' for name in others)
    return (
        f' {len(months)} columns, from "{months[0]}" to "{months[-1]}", are called after months or days: '
        "export one line for each purchase, with its day. Where only such sums are left, take out totals and turn the "
        f"columns into lines: in Excel Data > From Table/Range, mark {kept or 'the other columns'}, Transform > "
        f'Unpivot Other Columns; or pandas.melt(table, id_vars=[{kept}], var_name="ordered_at", value_name="amount"). '
        "Then write each month as its first day (2024-12-01), take out lines without an amount, and name that file."
    )


def of_nobody(found: Sequence[Profile]) -> str:
    """Say what to do where columns come back that say where, or with what, something was bought, and none by whom."""
    others = [p.name for p in found if p.may_be_id and p.repeats and is_nobody(p.name)]
    if not others:
        return ""
    say = "says" if len(others) == 1 else "say"
    # With neither orders nor money it may be a table of customers with their contracts.
    sold = any(ROLES[role].fit(p.name) >= Fit.PARTLY for p in found for role in ("order_id", "amount", "unit_price"))
    return (
        f"No column names a customer: {listed(others[:_MOST_NAMED])} {say} where, when, with what or in which money "
        "something was bought, not by whom. Export the purchases with a number or an e-mail address of each customer; "
        "reports of app stores and marketplaces often leave customers out, so take them from your own accounts or "
        "payments. If one of these is the customer after all, call that column customer_id."
        f"{'' if sold else of_contracts(found)}"
    )


def apart_dates(found: Sequence[Profile]) -> str:
    """Say what to do where months alone are stated, in columns or in cells, or a date's parts stand apart."""
    parts = {part: p.name for p in found for part, words in _PARTS.items() if words & set(plain_words(p.name))}
    if len(parts) == len(_PARTS):
        names = " and ".join(f'"{name}"' for name in parts.values())
        return f" The parts of the date stand in {names}: write them into one column, such as 2024-12-31."
    if "month" in parts:
        return f' "{parts["month"]}" holds months at most: export purchases with their day.'
    return ""


def is_part_of_a_date(p: Profile) -> bool:
    """Say whether a column is called after a year, a month or a day."""
    return any(words & set(plain_words(p.name)) for words in _PARTS.values())


def of_contracts(found: Sequence[Profile]) -> str:
    """Say what a table with one row per customer lacks to be one of contracts."""
    then = "then the table is one of contracts."
    ends, starts = (_dated(found, *roles) for roles in (("ended_at",), ("started_at", "created_at")))
    began, ended = starts or _always(found), ends or _sometimes(found, starts)
    if began and ended and (starts or ends or len(began) == len(ended) == 1) and began[0] != ended[0]:
        return (
            f' If "{began[0]}" says when contracts began and "{ended[0]}" when they ended, blank while they run, call '
            f'these columns "start" and "end": {then} {_STATED}'
        )
    if ends and not starts:
        return f' If "{ends[0]}" says when contracts ended, add a column with the first day of each, "start": {then}'
    labels = [p for p in found if not p.is_date and p.filled and ROLES["label"].fit(p.name) >= Fit.PARTLY]
    for p in labels:
        holds = f"{p.distinct:,} different values" if p.distinct > 1 else "one word, and is blank else"
        if p.distinct != 2:
            return f' "{p.name}" holds {holds}. Write two words into it, such as yes (they left) and no: {then}'
    churn = f'with two words such as yes and no, call it "churn": {then}'
    if starts:
        return (
            f' If "{starts[0]}" says when contracts began, add a column with the day on which each ended, "end", blank '
            f"while it runs: {then} Or, if a column says who left {churn}"
        )
    days = [p for p in found if p.is_date]
    both = f' If two columns say when contracts began and ended, call them "start" and "end": {then}' if days else ""
    return f"{both} If a column says who left {churn}"


_STATED = (
    "Or write setting: contractual, subscriptions.columns.started_at and subscriptions.columns.ended_at into a YAML "
    "(docs/subscriptions.md)."
)


def _always(found: Sequence[Profile]) -> list[str]:
    """Return the columns of days that are filled in every row, as far as other columns are."""
    most = max((p.filled for p in found), default=0)
    return [p.name for p in found if p.is_date and p.filled == most]


def _sometimes(found: Sequence[Profile], starts: Sequence[str]) -> list[str]:
    """Return the only column of days that is blank in many rows, as an end is while contracts run."""
    most = max((p.filled for p in found), default=0)
    able = [p.name for p in found if p.is_date and 0 < p.filled <= _OFTEN_BLANK * most and p.name not in starts]
    return able if len(able) == 1 else []


def _dated(found: Sequence[Profile], *roles: str) -> list[str]:
    return [
        p.name
        for p in found
        if p.is_date
        and any(ROLES[r].fit(p.name) >= Fit.PARTLY or is_edge(r, p.name) or is_stay(r, p.name) for r in roles)
    ]


def refuse_outline(export: Export, once: Sequence[Profile]) -> None:
    """Refuse a table in outline form: a name stands on the first line of its purchases only, blank below.

    ``once``: columns called after customers of which each cell is another.
    """
    for p in once:
        text = f"LOWER(CAST({p.sql} AS VARCHAR))"
        filled, totals, first = export.one(
            f"SELECT COUNT(*), COUNT(*) FILTER (regexp_matches({text}, {literal(TOTALS_OF_NAMES)})), MIN(place) "
            f"FROM {TABLE} WHERE {is_filled(p.sql)}"
        )
        (top,) = export.one(f"SELECT MIN(place) FROM {TABLE}")
        if filled > _OFTEN_FILLED * export.lines or first != top:
            continue
        also = f", and on {counted(totals, 'line')} of totals" if totals else ""
        take = ", and take out the lines of totals" if totals else ""
        raise DataError(
            f'{export.label}: "{p.name}" stands on {filled - totals:,} of {counted(export.lines, "line")}, each time '
            f"with another name{also}; the cells below are blank, as in a pivot table in outline form. Fill them down "
            f"(each blank cell as the one above it){take}: in a pivot table of Excel by Design > Report Layout > "
            "Repeat All Item Labels, Subtotals > Do Not Show Subtotals, Grand Totals > Off for Rows and Columns. If "
            "who bought there is not known, nobody comes back: export purchases with a number that stays with a "
            "customer."
        )


def names_in(export: Export) -> str:
    """Return the columns' names in a sentence, but what may be cells."""
    names = shown_names(export.names)[:_NAMES_SHOWN]
    return f" Columns: {listed(names)}." if names else ""


def said_twice(twice: Sequence[str]) -> str:
    """Say what to do about names that stand twice; nothing where none does."""
    if not twice:
        return ""
    return (
        f" Two columns are called {listed(twice)}, so no key can say which of them is meant: give each a name of its "
        "own in the line of names, or take one out."
    )
