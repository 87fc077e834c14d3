"""Tables without a column of days: no purchases, but perhaps customers with a label."""

from collections.abc import Sequence

from holdfast.onboarding.called.names import ROLES, Fit, plain_words
from holdfast.onboarding.dates import called_a_date, counts_days, says_days
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import listed
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.refusals import apart_dates, is_part_of_a_date, of_experiment

# A day in figures has so many: 240131. What is shorter, such as minutes of a day, counts something.
_LEAST_FIGURES = 6
_MOSTLY = 0.9
_MOST_NAMED = 12
_MOST_WORDS = 6
# So few different numbers are no days.
_FEW_NUMBERS = 100


def unread_dates(export: Export, found: Sequence[Profile]) -> list[Profile]:
    """Return columns that are called dates, and may be, though no format reads them: how is asked.

    Short whole numbers may be days since some day (``pan_day``, and no ``total_day_calls``); fractions are none.
    """
    called = _called(found)
    return [p for p in called if not p.is_number or (p.is_whole and (_ends_so(p.name) or _has_figures(export, p)))]


def _called(found: Sequence[Profile]) -> list[Profile]:
    apart = apart_dates(found)
    return [p for p in found if p.filled and _may_hold_days(p) and not (apart and is_part_of_a_date(p))]


def _may_hold_days(p: Profile) -> bool:
    """Say whether a column is called a date, and is not a few small numbers, as a time in months is."""
    return called_a_date(p.name) and (says_days(p.name) or not (p.is_number and p.distinct < _FEW_NUMBERS))


def _ends_so(name: str) -> bool:
    whole = ROLES["ordered_at"].fit(name) == Fit.WHOLE
    return whole or any(called_a_date(word) for word in plain_words(name)[-1:])


def _has_figures(export: Export, p: Profile) -> bool:
    long, filled = export.one(
        f"SELECT COUNT(*) FILTER (regexp_matches(CAST({p.sql} AS VARCHAR), '[0-9]{{{_LEAST_FIGURES},}}')), COUNT(*) "
        f"FROM {TABLE} WHERE {is_filled(p.sql)}"
    )
    return bool(long >= _MOSTLY * filled)


def is_dateless(export: Export, found: Sequence[Profile]) -> bool:
    """Say whether no column holds days, nor orders' numbers: then rows are customers, if anything that is read."""
    if any(p.is_date or (p.filled and counts_days(export, p.sql, p.name)) for p in found):
        return False
    orders = any(ROLES["order_id"].fit(p.name) == Fit.WHOLE for p in found)
    dated = any(not p.is_number or (p.is_whole and _has_figures(export, p)) for p in _called(found))
    return not orders and not dated and not of_experiment(export, found)


def of_labels(found: Sequence[Profile]) -> str:
    """Say that a table without days can be read where a column says who left, and which could; nothing if none does."""
    if not any(2 <= p.distinct <= _MOST_WORDS for p in found):
        return ""
    two = [p.name for p in found if p.distinct == 2][:_MOST_NAMED]
    named = f" ({listed(two)} {'has' if len(two) == 1 else 'have'} two values)" if two else ""
    return (
        " Without dates a table can be read that has one row per customer, and a column that says who left: call that "
        f"column churn{named} and say holdfast init again; or write setting: contractual and "
        "subscriptions.columns.label into a YAML (docs/subscriptions.md)."
    )
