"""What a reader of the scores must know of their window."""

from holdfast.contractual.spells import Spells
from holdfast.contractual.windows import LAST, day_of_ends, ends_within
from holdfast.features import Cutoff
from holdfast.language import to_tell, told

# By whether the price is not known, and the tenure.
NO_VALUES = {
    (False, False): to_tell("No values; ranked by risk."),
    (True, False): to_tell("No values: price not known; ranked by risk."),
    (False, True): to_tell("No values: tenure not known; ranked by risk."),
    (True, True): to_tell("No values: price and tenure not known; ranked by risk."),
}


def notes_on_snapshots(*, labelled: bool, window_stated: bool, curves: bool, valued: bool) -> list[str]:
    """Return what to know of scores that no dates stand behind.

    Parameters
    ----------
    labelled
        Whether any row scored says who left: then the model learnt from such rows, and may have from these.
    window_stated
        Whether the label's window is known.
    curves
        Whether retention curves were drawn.
    valued
        Whether there are values.
    """
    notes = []
    if labelled:
        notes.append(told("Customers the model learnt from are scored by the same model: trust the held-out figures."))
    if not window_stated and not valued:
        notes.append(told("subscriptions.label_window_days is not stated: p_churn is of the label's own window."))
    elif not window_stated:
        notes.append(
            told(
                "subscriptions.label_window_days is not stated: p_churn is of the label's own window, and values "
                "take it for one period."
            )
        )
    if curves:
        notes.append(
            told(
                "Retention curves take the table for all who ever signed; if it holds only who left lately, they "
                "say too much."
            )
        )
    return notes


def notes_on_windows(spells: Spells, cutoff: Cutoff) -> list[str]:
    """Return what to know where contracts end on one day of the month, and the window holds none.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"customer_id": [f"C{i}" for i in range(40)], "start": 18_000, "end_reason": None})
    >>> ends = [(pd.Timestamp("2022-01-31") + pd.offsets.MonthEnd(i % 12) - pd.Timestamp(0)).days for i in range(40)]
    >>> spells = Spells.of(frame.assign(end=ends), renewal_days=30)
    >>> (said,) = notes_on_windows(spells, Cutoff("2023-05-01", 30))
    >>> print(said.partition(":")[0])
    Contracts end on the last day of a month, and the 30 days of the window hold none
    >>> notes_on_windows(spells, Cutoff("2023-05-01", 31))
    []
    """
    day = day_of_ends(spells, cutoff.day)
    if day is None or ends_within(cutoff, day):
        return []
    last = told(
        "Contracts end on the last day of a month, and the {days} days of the window hold none: the probability is "
        "that of an average window, though hardly any contract can end in this one. Say churn.horizon_days: 31.",
        days=cutoff.horizon_days,
    )
    other = told(
        "Contracts end on day {day} of a month, and the {days} days of the window hold none: the probability is that "
        "of an average window, though hardly any contract can end in this one. Say churn.horizon_days: 31.",
        day=day,
        days=cutoff.horizon_days,
    )
    return [last if day == LAST else other]
