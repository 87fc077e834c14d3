"""What a reader of the scores of a snapshot must know."""

from holdfast.language import told


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
