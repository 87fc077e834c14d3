"""What brought customers back who had lapsed, or a second time who had bought once: counted on this log's own past.

At the newest cutoff whose outcome is known, customers in the same state are put into groups (how long they were silent,
how often they had bought, …). A group is named as a reason only if clearly more of it came back than of all others in
that state. Such shares are what happened, not what a contact changes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Self

import numpy as np
import pandas as pd

from holdfast.churn.definition import MIN_HISTORY_DAYS
from holdfast.churn.eligibility import eligible
from holdfast.churn.past import Past
from holdfast.language import N_, gettext, localised, told
from holdfast.learn.arrays import Flags
from holdfast.learn.intervals import newcombe
from holdfast.wording import apart

LAPSED, ONCE = "lapsed", "once"
STATES = (LAPSED, ONCE)
# By state, and whether the window begins the day after the scores.
_SAID = {
    (LAPSED, True): N_("{share} of customers {group} came back within {last} days, against {usual} of all who lapsed"),
    (LAPSED, False): N_(
        "{share} of customers {group} came back {first} to {last} days later, against {usual} of all who lapsed"
    ),
    (ONCE, True): N_(
        "{share} of customers {group} bought again within {last} days, against {usual} of all with one purchase"
    ),
    (ONCE, False): N_(
        "{share} of customers {group} bought again {first} to {last} days later, against {usual} of all with one "
        "purchase"
    ),
}
# Some thirty groups are tried in each state: 99 % intervals, and no group of a handful.
_NORMAL_99, _FEWEST, _MOST = 2.576, 30, 2
# Where fewer than one in twenty came back, to be more than all is no reason to expect anybody.
_LEAST_SHARE = 0.05
_TOP = 0.75
# Ends of the bands of silence, in shares of the days within which a customer counts as active.
_BANDS = {LAPSED: (1.0, 1.5, 2.0, 3.0, 4.0), ONCE: (0.0, 1 / 6, 1 / 3, 2 / 3, 1.0)}
_PURCHASES = (
    (1, 1, N_("with one purchase")),
    (2, 2, N_("with 2 purchases")),
    (3, 5, N_("with 3 to 5 purchases")),
    (6, 10**9, N_("with 6 or more purchases")),
)
_HISTORY = "history"


Words = tuple[str, dict[str, Any]]
"""A message, and the values of its placeholders."""


@dataclass(frozen=True)
class Group:
    """Some customers of a state: what they have in common, who they are, and whether nothing more exact is known.

    Of the groups of one ``family``, which lie in each other, a customer is told of one. ``said`` names it in English,
    in the counts of a model; ``in_words`` in the reader's language.
    """

    family: str
    held: Flags
    words: tuple["Words", ...]
    exact: bool = False

    @property
    def said(self) -> str:
        """The group in English."""
        return " ".join(told(message, **values) for message, values in self.words)

    def in_words(self) -> str:
        """Return the group in the reader's language, after "customers"."""
        first, *more = (gettext(message, **values) for message, values in self.words)
        return gettext("{group} {more}", group=first, more=more[0]) if more else first


@dataclass(frozen=True)
class Returners:
    """Of the groups of each state, how many customers there were and how many of them bought in the window after it.

    Attributes
    ----------
    active_days
        A customer has lapsed if the last purchase lies longer ago.
    gap_days, horizon_days
        Of the outcome window.
    high_spend
        A first purchase came to this much for one customer in four with one purchase, in currency; NaN without
        amounts.
    counts
        By state, by group: (customers, of whom bought); ``""`` is everyone in the state.
    """

    active_days: int
    gap_days: int
    horizon_days: int
    high_spend: float = float("nan")
    counts: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, past: Past, *, active_days: int) -> Self:
        """Count at the newest cutoff whose window was over by that of ``past``; nothing where there is too little.

        Counted are those whom no list contacted around it, even where models learn from all (``Contacted.all_teach``):
        whom a voucher brought back came back by it.
        """
        cutoff = past.window_earlier.cutoff
        empty = cls(active_days, cutoff.gap_days, cutoff.horizon_days)
        if past.window_earlier.history_days < MIN_HISTORY_DAYS:
            return empty
        features, outcome = past.snapshots.at(cutoff, past.snapshots.sizes.check)
        alone = past.snapshots.contacted.apart_from(features["customer_id"], cutoff.date)
        return empty._counted(features[alone].reset_index(drop=True), outcome["churned"].to_numpy()[alone] == 0)

    def _counted(self, features: pd.DataFrame, bought: Flags) -> Self:
        spends = features.loc[_in_state(ONCE, features, self.active_days), "spend_total"].dropna()
        high = float(spends.quantile(_TOP)) if len(spends) else float("nan")
        known = type(self)(self.active_days, self.gap_days, self.horizon_days, high)
        counts = {}
        for state in STATES:
            inside = _in_state(state, features, self.active_days)
            there, came = features[inside], bought[inside]
            groups = {g.said: g.held for g in known._groups(state, there)} | {"": np.ones(len(there), bool)}
            counts[state] = {said: (int(held.sum()), int(came[held].sum())) for said, held in groups.items()}
        return type(self)(self.active_days, self.gap_days, self.horizon_days, high, counts)

    def reasons(self, state: str, features: pd.DataFrame) -> list[list[str]]:
        """Return up to two sentences per row on customers like this one of whom clearly more came back, best first.

        Parameters
        ----------
        state
            ``lapsed`` or ``once``; nothing is said of rows that are not of it.
        features
            As ``build_features`` returns them.
        """
        of_it = _in_state(state, features, self.active_days)
        clear, poor = self._clear(state), self._poor(state)
        answers: list[dict[str, tuple[bool, float, str]]] = [{} for _ in range(len(features))]
        in_words: dict[str, str] = {}
        unlike = np.zeros(len(features), dtype=bool)
        for group in self._groups(state, features):
            if group.family == _HISTORY and group.said in poor:
                unlike |= group.held
            if group.said not in clear:
                continue
            above, shares = clear[group.said]
            # What is said in English decides between equals, whatever the language.
            key = self._sentence(state, group.said, shares)
            in_words[key] = self._sentence(state, group.in_words(), shares, say=gettext)
            for row in np.flatnonzero(group.held):
                found = (group.exact, above, key)
                answers[row][group.family] = max(answers[row].get(group.family, found), found)
        for row in np.flatnonzero(unlike):
            # Few of those gone so long come back: that many do who bought so often is not true of this customer.
            if _HISTORY in answers[row] and not answers[row][_HISTORY][0]:
                answers[row].pop(_HISTORY)
        best = (sorted(found.values(), key=lambda f: (-f[1], f[2]))[:_MOST] for found in answers)
        return [[in_words[key] for *_, key in found] if own else [] for found, own in zip(best, of_it, strict=True)]

    def _poor(self, state: str) -> set[str]:
        """Return the groups of which no more came back than of all, or nobody was there."""
        counts = self.counts.get(state, {})
        customers, came = counts.get("", (0, 0))
        return {said for said, (n, k) in counts.items() if said and k * customers <= came * n}

    def _clear(self, state: str) -> dict[str, tuple[float, tuple[str, str]]]:
        """Return by group how far it surely lies above the others, its share and that of all; only those that do."""
        counts = self.counts.get(state, {})
        customers, came = counts.get("", (0, 0))
        found = {}
        for said, (n, k) in counts.items():
            if not said or n < _FEWEST or customers - n < _FEWEST or k < _LEAST_SHARE * n:
                continue
            rest = customers - n
            above = newcombe(k / n, n, (came - k) / rest, rest, _NORMAL_99)[0]
            if above > 0:
                found[said] = (above, _shares(k / n, came / customers))
        return found

    def _sentence(self, state: str, group: str, shares: tuple[str, str], *, say: Callable[..., str] = told) -> str:
        """Return what is said of a group, in English unless another ``say`` is given."""
        first, last = self.gap_days + 1, self.gap_days + self.horizon_days
        share, usual = shares if say is told else map(localised, shares)
        return say(_SAID[state, first == 1], group=group, first=first, last=last, share=share, usual=usual)

    def _groups(self, state: str, features: pd.DataFrame) -> Iterator[Group]:
        """Yield the groups of rows that are in the state."""
        bands = list(self._bands(state, features["days_since_last"].to_numpy(dtype=np.float64)))
        others = list(_often(features) if state == LAPSED else self._spent(features))
        for words, held in bands:
            yield Group(_HISTORY, held, (words,))
            for more, too in others:
                yield Group(_HISTORY, held & too, (words, more), exact=True)
        for (message, values), too in others:
            alone = message if state == LAPSED else N_("with one purchase that came to {amount:,.2f} or more")
            yield Group(_HISTORY, too, ((alone, values),))
        if state == LAPSED:
            season = N_("who bought at this time last year")
            yield Group("season", _at_least(features, "purchases_same_season", 1), ((season, {}),))
        else:
            several = N_("with one purchase of several lines")
            yield Group("basket", _at_least(features, "lines_per_purchase", 2), ((several, {}),))
        yield Group("visits", _at_least(features, "visits_30d", 1), ((N_("who visited in the last 30 days"), {}),))

    def _bands(self, state: str, silent: np.ndarray) -> Iterator[tuple[Words, Flags]]:
        edges = [round(self.active_days * share) for share in _BANDS[state]]
        ago = N_("gone {low} to {high} days") if state == LAPSED else N_("with one purchase {low} to {high} days ago")
        for low, high in pairwise(edges):
            yield (ago, {"low": low + 1, "high": high}), (silent > low) & (silent <= high)
        if state == LAPSED:
            yield (N_("gone more than {days} days"), {"days": edges[-1]}), silent > edges[-1]

    def _spent(self, features: pd.DataFrame) -> Iterator[tuple[Words, Flags]]:
        if self.high_spend > 0:
            words = N_("that came to {amount:,.2f} or more"), {"amount": self.high_spend}
            yield words, _at_least(features, "spend_total", self.high_spend)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        counts = {state: {said: list(pair) for said, pair in groups.items()} for state, groups in self.counts.items()}
        return {**vars(self), "high_spend": self.high_spend if self.high_spend > 0 else None, "counts": counts}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the counts of ``to_dict``."""
        high = state["high_spend"]
        counts = {s: {said: (n, k) for said, (n, k) in groups.items()} for s, groups in state["counts"].items()}
        return cls(**{**state, "high_spend": float("nan") if high is None else high, "counts": counts})


def _in_state(state: str, features: pd.DataFrame, active_days: int) -> Flags:
    active = eligible(features, active_days=active_days)
    return ~active if state == LAPSED else active & (features["purchase_days"].to_numpy() == 1)


def _often(features: pd.DataFrame) -> Iterator[tuple[Words, Flags]]:
    bought = features["purchase_days"].to_numpy()
    for low, high, said in _PURCHASES:
        yield (said, {}), (bought >= low) & (bought <= high)


def _at_least(features: pd.DataFrame, name: str, value: float) -> Flags:
    return np.asarray(features[name].to_numpy(dtype=np.float64) >= value)


def _shares(share: float, usual: float) -> tuple[str, str]:
    """Return two shares as people read them: whole per cent where these differ and are not 0.

    Examples
    --------
    >>> _shares(0.183, 0.071), _shares(0.012, 0.004), _shares(0.114, 0.108)
    (('18%', '7%'), ('1.2%', '0.4%'), ('11.4%', '10.8%'))
    """
    shown = f"{share:.0%}", f"{usual:.0%}"
    return shown if usual >= 0.005 and shown[0] != shown[1] else apart(share, usual)
