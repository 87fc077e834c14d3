"""Detectable: the smallest effect that the control group of a list can show, and what else would show it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from holdfast.experiments.power import smallest_effect
from holdfast.lists.contact import CONTROL, LISTED, ContactList
from holdfast.lists.treatments import Treatment

# Contacts without a stated acceptance: few campaigns change more than this share of those contacted.
_PLAUSIBLE = 0.05
_MOST_KEPT = 0.8


def detectable(decision: ContactList, p_churn: str, treatments: Sequence[Treatment]) -> dict[str, Any] | None:
    """Return what a list and its control group can show; ``None`` where nobody is held back or contacted.

    Returns
    -------
    dict
        ``stay``: share expected to stay (or buy) without a contact. ``effect``: the smallest increase of it that is
        shown with 80 % power, ``None`` for none; ``at_half``: the same if half of these customers were held back,
        ``None`` where that is four fifths or more of those who would leave.
        ``expected``: the increase that the stated acceptance lets expect, ``None`` without treatments. ``enough``:
        whether the expected, or 5 points without treatments, is at least the smallest.
    """
    counts = {status: int((decision.decisions["status"] == status).sum()) for status in (LISTED, CONTROL)}
    if not min(counts.values()):
        return None
    rows = decision.decisions[decision.decisions["status"].isin([LISTED, CONTROL])]
    p = rows[p_churn].to_numpy(dtype=np.float64)
    stay = float(np.clip(1 - p.mean(), 1e-6, 1 - 1e-6))
    accepted = rows["treatment"].map({t.name: t.acceptance for t in treatments}).fillna(0.0).to_numpy(dtype=np.float64)
    expected = float((p * accepted).mean()) if treatments and accepted.any() else None
    total = sum(counts.values())
    effect = smallest_effect(counts[CONTROL], counts[LISTED], baseline=stay)
    at_half = smallest_effect(total // 2, total - total // 2, baseline=stay)
    # No campaign keeps nearly all of those who would leave.
    at_half = at_half if at_half < _MOST_KEPT * (1 - stay) else np.inf
    return {
        "stay": stay,
        "effect": effect if np.isfinite(effect) else None,
        "at_half": at_half if np.isfinite(at_half) else None,
        "expected": expected,
        "enough": bool(effect <= (min(_PLAUSIBLE, 1 - stay) if expected is None else expected)),
    }
