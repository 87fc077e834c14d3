"""From a ranked list to whom to contact, with what: treatments, suppression, a control group, a budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.learn.arrays import Flags, Floats
from holdfast.learn.draws import uniform
from holdfast.lists.audience import ModelError, audience_curve
from holdfast.lists.choice import Chosen, choose
from holdfast.lists.explore import explored
from holdfast.lists.treatments import NOTHING, Learnt, Treatment

LISTED, CONTROL, NOT_WORTH, BEYOND = "listed", "control", "not worth contacting", "beyond the budget or capacity"
# One customer has no spread: with fewer held back nothing can be compared.
LEAST_HELD_BACK = 2
# At most so many tries to use up the limits; a budget of which less than a thousandth is left is used up.
_ROUNDS, _FULL, _NEAR = 40, 0.999, 1e-4


@dataclass(frozen=True)
class ContactList:
    """A decision about every customer of a list.

    Attributes
    ----------
    decisions
        The rows of the list with ``columns.CONTACT`` and ``status``: ``listed``, ``control``, the reason of
        suppression, ``not worth contacting`` or ``beyond the budget or capacity``.
    contact
        Those to contact, ranked anew by expected profit (as the list was, where there are no treatments).
    audience
        ``columns.AUDIENCE`` of those to contact; empty without treatments.
    account
        Where every customer went; ``in`` equals the sum of the others.
    explored
        How many of those to contact no treatment is expected to pay for: they were drawn to learn of such customers.
    """

    decisions: pd.DataFrame
    contact: pd.DataFrame
    audience: pd.DataFrame
    account: dict[str, Any]
    explored: int = 0


def contact_list(
    table: pd.DataFrame,
    treatments: Sequence[Treatment],
    suppressed: pd.Series,
    *,
    list_name: str,
    p_churn: str,
    value: str | None,
    experiment: str,
    control_share: float,
    valid_until: str,
    budget: float | None = None,
    capacity: int | None = None,
    error: ModelError = ModelError(),  # noqa: B008  # frozen
    learnt: Learnt | None = None,
    explore: float = 0.0,
) -> ContactList:
    """Decide whom of a list to contact, and with what.

    Parameters
    ----------
    table
        A list (``lists.kinds``).
    treatments
        What can be done; without any, everybody who may be contacted is listed, and nothing is said of profit.
    suppressed
        Why not to contact, ``""`` for nothing; on the index of ``table``.
    list_name, p_churn, value
        The list, and which of its columns hold P(churn) and E[value | stays]; ``value`` is None without amounts.
    experiment
        Key of the control group: the same customer falls on the same side as long as it stays the same.
    control_share
        Of those worth contacting, held back to measure the effect.
    valid_until
        ISO date, written into every row.
    budget, capacity
        Of those contacted: expected spend in currency, and number. Controls cost nothing and are chosen by the
        same rule, so that the two groups differ by chance alone.
    error
        How far the models were off when last tested; for the intervals of the audience-size curve.
    learnt
        Effects that take the place of p·γ, on the rows of ``table``.
    explore
        Share of those to contact (and of the budget and the capacity) that is drawn at random among those of whom no
        treatment is expected to pay for itself: without them nobody ever learns whether that is so.
    """
    free = (suppressed == "").to_numpy()
    held = uniform(experiment, table["customer_id"]) < control_share
    p = table[p_churn].to_numpy(dtype=np.float64)
    worth = table[value].to_numpy(dtype=np.float64) if value else np.zeros(len(table))
    status = np.where(free, NOT_WORTH, suppressed.to_numpy()).astype(object)
    tried = 0
    if treatments:
        texts = table.filter(like="reason_").agg(" / ".join, axis=1).tolist() if len(table) else []
        allowed = np.stack([t.suits(p, worth, texts, list_name) for t in treatments], axis=1) & free[:, None]
        wanted = choose(treatments, p, worth, allowed, learnt=learnt)
        rest = 1 - explore
        own = None if capacity is None else round(capacity * rest)
        ours = None if budget is None else budget * rest
        chosen = _within(
            treatments, p, worth, allowed, held, ours, own, learnt, wanted=int((wanted.treatment >= 0).sum())
        )
        status[(wanted.treatment >= 0) & free] = BEYOND
        if explore:
            most = int(((chosen.treatment >= 0) & ~held).sum() * explore / rest)
            chosen, tried = explored(
                treatments,
                p,
                worth,
                allowed,
                chosen,
                held,
                uniform(f"{experiment}/explore", table["customer_id"]),
                most=most if own is None or capacity is None else min(most, capacity - own),
                budget=None if budget is None else budget * explore,
                learnt=learnt,
            )
    else:
        chosen = _everybody(free, held, capacity)
        status[free] = BEYOND
    given = chosen.treatment >= 0
    status[given & held], status[given & ~held] = CONTROL, LISTED
    names = np.array([t.name for t in treatments] or [NOTHING], dtype=object)
    decisions = table.assign(
        treatment=np.where(given & bool(treatments), names[np.maximum(chosen.treatment, 0)], NOTHING),
        expected_profit=chosen.profit,
        expected_spend=chosen.spend,
        control=status == CONTROL,
        valid_until=valid_until,
        status=status.astype(str),
    )
    listed = decisions["status"] == LISTED
    contact = decisions[listed].drop(columns="status")
    if treatments:
        contact = contact.sort_values(["expected_profit", "customer_id"], ascending=[False, True])
    contact = contact.reset_index(drop=True).assign(rank=range(1, len(contact) + 1))
    rows = listed.to_numpy()
    curve = (
        audience_curve(
            list(treatments),
            Chosen(chosen.treatment[rows], chosen.profit[rows], chosen.spend[rows], 0.0),
            p[rows],
            worth[rows],
            error=error,
            learnt=None if learnt is None else learnt.rows(rows),
        )
        if treatments
        else pd.DataFrame()
    )
    return ContactList(decisions, contact, curve, _account(decisions, suppressed), tried)


def _within(
    treatments: Sequence[Treatment],
    p: Floats,
    value: Floats,
    allowed: Flags,
    held: Flags,
    budget: float | None,
    capacity: int | None,
    learnt: Learnt | None,
    *,
    wanted: int,
) -> Chosen:
    """Choose among all alike, controls too, with limits so wide that those contacted just keep theirs."""

    def at(wide: float) -> tuple[Chosen, float, bool]:
        """Return a choice, what part of the limits those contacted take, and whether one of them is used up."""
        chosen = choose(
            treatments,
            p,
            value,
            allowed,
            budget=None if budget is None else budget * wide,
            capacity=None if capacity is None else int(capacity * wide),
            learnt=learnt,
        )
        contacted = (chosen.treatment >= 0) & ~held
        spent = 0.0 if budget is None else _part(budget, float(chosen.spend[contacted].sum()))
        count = 0.0 if capacity is None else _part(capacity, float(contacted.sum()))
        return chosen, max(spent, count), spent >= _FULL or count >= 1

    # Chance may hold back more or fewer of the best than of all: the limits are widened until they are just kept.
    best = choose(treatments, p, value, np.zeros_like(allowed))
    wide, fits, exceeds = 1 / max(1 - float(held.mean() if len(held) else 0.0), 0.05), 0.0, np.inf
    for _ in range(_ROUNDS):
        chosen, part, full = at(wide)
        if part <= 1:
            best, fits = chosen, wide
            if full or (chosen.treatment >= 0).sum() >= wanted:
                break
        else:
            exceeds = wide
        if exceeds - fits < _NEAR * fits:
            break
        wide = 2 * wide if part == 0 else wide / part
        if not fits < wide < exceeds:
            wide = (fits + exceeds) / 2
    return best


def _part(limit: float, used: float) -> float:
    """Return the part of a limit that is used; infinite where it is 0 and something is."""
    return used / limit if limit else (np.inf if used else 1.0)


def _everybody(free: Flags, held: Flags, capacity: int | None) -> Chosen:
    """Without treatments the list's own order counts."""
    contacted = np.cumsum(free & ~held)
    taken = free if capacity is None else free & (contacted <= capacity) & ~(held & (contacted >= capacity))
    treatment: npt.NDArray[np.int64] = np.where(taken, 0, -1)
    nothing = np.full(len(free), np.nan)
    return Chosen(treatment, nothing, nothing, float("nan"))


def _account(decisions: pd.DataFrame, suppressed: pd.Series) -> dict[str, Any]:
    counts = decisions["status"].value_counts().to_dict()
    by_reason = suppressed[suppressed != ""].value_counts().to_dict()
    return {
        "in": len(decisions),
        "listed": int(counts.get(LISTED, 0)),
        "control": int(counts.get(CONTROL, 0)),
        "suppressed": {str(k): int(v) for k, v in sorted(by_reason.items())},
        "not_worth_contacting": int(counts.get(NOT_WORTH, 0)),
        "beyond_budget_or_capacity": int(counts.get(BEYOND, 0)),
    }
