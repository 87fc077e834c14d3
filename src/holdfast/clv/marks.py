"""What a summary says of itself, so that weeks are never read as days.

``summarise`` writes it into ``summary.attrs``, which pandas keeps through selections, copies, new columns, sorting
and Parquet, and drops where tables are joined. A summary without it is taken as the caller states.
"""

import pandas as pd

TIME_UNIT = "time_unit"
FIRST_PURCHASE = "first_purchase"
UNIT_NAMES = {"D": "days", "W": "weeks"}


def named(unit: str | None) -> str:
    """Return a unit in words."""
    return UNIT_NAMES.get(str(unit), str(unit))


def time_unit_of(summary: pd.DataFrame) -> str | None:
    """Return the unit of the summary's times, or None where it does not say."""
    found = summary.attrs.get(TIME_UNIT)
    return None if found is None else str(found)


def refuse_other_unit(summary: pd.DataFrame, expected: str | None, but: str) -> None:
    """Refuse a summary whose times are in another unit than what reads it.

    Parameters
    ----------
    summary
        With or without a unit.
    expected
        The unit that is expected; None for any.
    but
        The rest of the message: what expects it, and what to do.

    Raises
    ------
    ValueError
        The units differ.
    """
    found = time_unit_of(summary)
    if found is not None and expected is not None and found != expected:
        raise ValueError(
            f'the summary\'s times are in {named(found)} (summary.attrs["{TIME_UNIT}"]), but {but}; if you converted '
            f'the summary yourself, set summary.attrs["{TIME_UNIT}"] = "{expected}"'
        )


def refuse_other_mean(summary: pd.DataFrame, first_purchase: bool) -> None:
    """Refuse a summary whose ``monetary_value`` averages other purchases than the model counts.

    Raises
    ------
    ValueError
        One of the two includes the first purchase, the other does not.
    """
    found = summary.attrs.get(FIRST_PURCHASE)
    if found is not None and bool(found) != first_purchase:
        raise ValueError(
            f'the summary was made with first_purchase={bool(found)} (summary.attrs["{FIRST_PURCHASE}"]), but '
            f"GammaGamma has first_purchase={first_purchase}: use GammaGamma(first_purchase={bool(found)}) or "
            f"summarise(…, first_purchase={first_purchase})"
        )
