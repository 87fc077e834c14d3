"""Are the rows to score like those the model was made for? A small profile of every input, and what differs from it.

The profile holds no customer's value: categories of fewer than 20 customers are pooled, and quantiles leave at least 20
customers between one and the next.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.errors import DataError
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats

# Population stability index: above 0.25 the population has shifted (Siddiqi 2006, Credit Risk Scorecards, section 10).
MOST_PSI = 0.25
# Seasons and growth move inputs too: what the last window moved, twice over, is usual. On CDNOW, Online Retail, the
# apparel retailer and simulated shops no next date up to 90 days on passes these bars; cents for euros do everywhere.
_USUAL = 2.0
_MOST_MISSING = 0.15
_MOST_UNSEEN = 0.01
# A median so many times another is hardly the same unit.
_OTHER_UNIT = 10.0
# Of all inputs together, so seldom by chance.
_BY_CHANCE = 0.001
_FEWEST = 20
_BINS = 10
_SHOWN = 5
_NO_BAR = 100.0
# A value that so many share is the same as one that lies so near to it.
_SHARED, _SAME = 0.01, 0.005


@dataclass(frozen=True)
class Number:
    """A numeric input: share missing, inner quantiles, median, and what one window moved: PSI and share missing.

    ``windowed``: it counts what fell in the last so many days, so a calendar moves it; only blanks and sameness tell.
    """

    missing: float
    edges: tuple[float, ...]
    shares: tuple[float, ...]
    median: float
    varied: bool
    usual_psi: float = 0.0
    usual_missing: float = 0.0
    windowed: bool = False


@dataclass(frozen=True)
class Categories:
    """A text input: share missing, categories of at least 20 customers with their shares, and that of all others."""

    missing: float
    levels: tuple[str, ...]
    shares: tuple[float, ...]
    others: float


@dataclass(frozen=True)
class Drift:
    """An input that is unlike the training's.

    Attributes
    ----------
    column, kind
        ``kind`` is ``unseen``, ``missing``, ``constant`` or ``shifted``.
    said
        What differs, in words without any customer's value.
    size
        How far beyond its bar it is: 1 is at the bar, 100 stands for what has no bar.
    severe
        No row can be scored as the model was meant: all categories are new, or all cells blank that never were.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> profile = Profile.of({"spend": rng.gamma(2, 20, 1000)})
    >>> (found,) = profile.drift({"spend": rng.gamma(2, 20, 1000) * 100})
    >>> print(found.said)
    spend is as if in another unit (median 3,329, in the training 33.2)
    """

    column: str
    kind: str
    said: str
    size: float
    severe: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Profile:
    """What the inputs of a model looked like when it was trained.

    Attributes
    ----------
    rows
        Customers.
    numbers, categories
        By column.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> profile = Profile.of({"spend": rng.gamma(2, 20, 1000)})
    >>> for found in profile.drift({"spend": rng.gamma(2, 20, 1000) * 100}):
    ...     print(found.column, found.kind, found.severe)
    spend shifted False
    >>> profile.drift({"spend": rng.gamma(2, 20, 1000)})
    []
    """

    rows: int
    numbers: dict[str, Number]
    categories: dict[str, Categories]

    @classmethod
    def of(
        cls,
        numbers: Mapping[str, npt.ArrayLike],
        categories: Mapping[str, pd.Series] | None = None,
        *,
        earlier: Mapping[str, npt.ArrayLike] | None = None,
        windowed: Collection[str] = (),
    ) -> "Profile":
        """Take the profile of inputs.

        Parameters
        ----------
        numbers
            By column, shape (n,); NaN is missing.
        categories
            By column, texts of shape (n,).
        earlier
            The same numbers one window earlier, to learn what is usual; not given: nothing moves.
        windowed
            Numbers that count what fell in the last so many days.
        """
        found = {}
        for name, values in numbers.items():
            now = replace(_number(np.asarray(values, dtype=np.float64)), windowed=name in windowed)
            if earlier is not None:
                before = np.asarray(earlier[name], dtype=np.float64)
                blank = float(np.isnan(before).mean()) if len(before) else now.missing
                now = replace(
                    now, usual_psi=_psi(now, before, len(np.asarray(values))), usual_missing=abs(now.missing - blank)
                )
            found[name] = now
        texts = {name: _categories(values) for name, values in (categories or {}).items()}
        lengths = [len(np.asarray(v)) for v in (*numbers.values(), *(categories or {}).values())]
        return cls(lengths[0] if lengths else 0, found, texts)

    def aged(self, windows: float) -> "Profile":
        """Return the same for rows that are so many windows newer: what a window moves, several move further.

        PSI grows with the square of a shift; a shop without new customers grows older every day.
        """
        times = max(windows, 1.0)
        moved = {
            name: replace(n, usual_psi=n.usual_psi * times**2, usual_missing=n.usual_missing * times)
            for name, n in self.numbers.items()
        }
        return replace(self, numbers=moved)

    def drift(
        self, numbers: Mapping[str, npt.ArrayLike], categories: Mapping[str, pd.Series] | None = None
    ) -> list[Drift]:
        """Return the inputs that are unlike the training's, worst first; columns without a profile are left out."""
        found = []
        for name, profile in self.numbers.items():
            if name in numbers:
                found.append(self._of_number(name, profile, np.asarray(numbers[name], dtype=np.float64)))
        for name, known in self.categories.items():
            if categories is not None and name in categories:
                found.append(self._of_categories(name, known, categories[name]))
        return sorted((d for d in found if d is not None), key=lambda d: (not d.severe, -d.size, d.column))

    def _of_number(self, name: str, was: Number, values: Floats) -> Drift | None:
        n, missing = len(values), float(np.isnan(values).mean()) if len(values) else 0.0
        if n < _FEWEST:
            return None
        if blank := self._of_missing(name, was.missing, missing, n, was.usual_missing):
            return blank
        known = values[~np.isnan(values)]
        if len(known) < _FEWEST or not was.shares:
            return None
        if was.varied and known.min() == known.max():
            said = told("{column} is the same for everyone, and was not in the training", column=name)
            return Drift(name, "constant", said, _NO_BAR)
        if was.windowed:
            return None
        psi = _psi(was, values, self.rows)
        bar = max(MOST_PSI + _USUAL * was.usual_psi, self._by_chance(int(np.count_nonzero(was.shares)), len(known)))
        if psi <= bar:
            return None
        median = float(np.median(known))
        times = median / was.median if was.median else np.nan
        shifted = to_tell("{column} has shifted (median {now}, in the training {was}, PSI {psi:.2f}, bar {bar:.2f})")
        if times >= _OTHER_UNIT or 0 < times <= 1 / _OTHER_UNIT:
            shifted = to_tell("{column} is as if in another unit (median {now}, in the training {was})")
        said = told(shifted, column=name, now=f"{median:,.4g}", was=f"{was.median:,.4g}", psi=psi, bar=bar)
        return Drift(name, "shifted", said, psi / bar)

    def _of_categories(self, name: str, was: Categories, texts: pd.Series) -> Drift | None:
        n, missing = len(texts), float(texts.isna().mean()) if len(texts) else 0.0
        if n >= _FEWEST and (blank := self._of_missing(name, was.missing, missing, n, 0.0)):
            return blank
        known = texts.dropna().astype("str")
        unseen = known[~known.isin(was.levels)]
        bar = min(max(_MOST_UNSEEN, _USUAL * was.others), 1.0)
        share = len(unseen) / max(n, 1)
        if len(unseen) and share > bar + 3 * np.sqrt(bar * (1 - bar) / n):
            severe = len(unseen) == len(known) and n >= _FEWEST
            return Drift(name, "unseen", _said_of_unseen(name, unseen, share, was), share / bar, severe)
        counts = known.value_counts().reindex(was.levels, fill_value=0)
        return self._of_shares(name, was, np.array([*counts, len(unseen)], dtype=np.float64)) if n >= _FEWEST else None

    def _of_shares(self, name: str, was: Categories, counts: Floats) -> Drift | None:
        psi = _stability([*was.shares, was.others], counts / max(counts.sum(), 1.0), self.rows, int(counts.sum()))
        bar = max(MOST_PSI, self._by_chance(len(counts), int(counts.sum())))
        shifted = to_tell("the shares of {column}'s categories have shifted (PSI {psi:.2f}, bar {bar:.2f})")
        said = told(shifted, column=name, psi=psi, bar=bar)
        return Drift(name, "shifted", said, psi / bar) if psi > bar else None

    def _of_missing(self, name: str, was: float, now: float, n: int, usual: float) -> Drift | None:
        spread = np.sqrt(max(was * (1 - was), 1 / self.rows) * (1 / max(self.rows, 1) + 1 / n))
        bar = max(_MOST_MISSING, _USUAL * usual, 4 * float(spread))
        if abs(now - was) <= bar:
            return None
        missing = to_tell("{column} is missing in {now:.1%} of the rows, in the training in {was:.1%}")
        said = told(missing, column=name, now=now, was=was)
        return Drift(name, "missing", said, abs(now - was) / bar, severe=now == 1.0 and was < _MOST_UNSEEN)

    def _by_chance(self, bins: int, n: int) -> float:
        """Return the PSI that samples of one population exceed by chance: it is chi-square there (Yurdakul 2018)."""
        from scipy.special import chdtri

        level = _BY_CHANCE / max(len(self.numbers) + len(self.categories), 1)
        return float(chdtri(max(bins - 1, 1), level) * (1 / max(self.rows, 1) + 1 / max(n, 1)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "Profile":
        """Make the profile of ``to_dict``."""
        tuples = ("edges", "shares", "levels")

        def made(kind: type[Any], given: Mapping[str, Any]) -> Any:
            return kind(**{k: tuple(v) if k in tuples else v for k, v in given.items()})

        return cls(
            state["rows"],
            {name: made(Number, one) for name, one in state["numbers"].items()},
            {name: made(Categories, one) for name, one in state["categories"].items()},
        )


def refuse_severe(drifts: list[Drift], where: str) -> list[Drift]:
    """Return them if a model can score these rows all the same; ``where`` names the table in the message.

    Raises
    ------
    DataError
        One of them is severe: an input is missing for everybody, or holds nothing that the training saw.
    """
    severe = "; ".join(d.said for d in drifts if d.severe)
    if severe:
        raise DataError(
            f"{where}: the model cannot score these rows: {severe}. Write them as they were written for the training, "
            "or run `holdfast train` on them."
        )
    return drifts


def sentence(drifts: list[Drift]) -> str:
    """Return a note about all drifts, or nothing; the worst are named."""
    if not drifts:
        return ""
    named = "; ".join(d.said for d in drifts[:_SHOWN])
    if len(drifts) <= _SHOWN:
        return told("Inputs unlike the training's: {named}.", named=named)
    more = len(drifts) - _SHOWN
    return told(
        "Inputs unlike the training's: {named}; and {more:,} more (metrics.json, drift).", named=named, more=more
    )


def _number(values: Floats) -> Number:
    known = values[~np.isnan(values)]
    missing = 1.0 - len(known) / len(values) if len(values) else 0.0
    bins = min(_BINS, len(known) // _FEWEST)
    if bins < 2:
        return Number(missing, (), (), 0.0, varied=False)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1]))
    return Number(
        missing,
        tuple(float(e) for e in edges),
        tuple(_shares(edges, known)),
        float(np.median(known)),
        varied=bool(known.min() < known.max()),
    )


def _shares(edges: npt.ArrayLike, known: Floats) -> list[float]:
    """Return the share of values below, on and above each edge: a value that many share is a bin of its own."""
    at = np.asarray(edges, dtype=np.float64)
    place = np.searchsorted(at, known, side="left") + np.searchsorted(at, known, side="right")
    return [float(share) for share in np.bincount(place, minlength=2 * len(at) + 1) / max(len(known), 1)]


def _psi(was: Number, values: Floats, rows: int) -> float:
    """Return the population stability index of values over the bins of the training, in which there were ``rows``."""
    known = values[~np.isnan(values)]
    if not was.shares or not len(known):
        return 0.0
    return _stability(was.shares, _shares(was.edges, _as_then(was, known)), rows, len(known))


def _as_then(was: Number, known: Floats) -> Floats:
    """Return values with those that all but equal one which many shared in the training as that one.

    The share of customers in a channel is one number for all of them: with the next customer all move, by next to
    nothing.
    """
    shared = np.asarray(was.edges)[np.asarray(was.shares)[1::2] >= _SHARED]
    if not len(shared):
        return known
    nearest = shared[np.abs(known[:, None] - shared).argmin(axis=1)]
    return np.where(np.abs(known - nearest) <= _SAME * np.abs(nearest), nearest, known)


def _stability(was: npt.ArrayLike, now: npt.ArrayLike, rows: int, n: int) -> float:
    """Return Σ (q − p)·ln(q/p); an empty bin counts as half a customer of the smaller sample."""
    least = 0.5 / max(min(rows, n), 1)
    p, q = (np.maximum(np.asarray(shares, dtype=np.float64), least) for shares in (was, now))
    return float(((q - p) * np.log(q / p)).sum())


def _said_of_unseen(name: str, unseen: pd.Series, share: float, was: Categories) -> str:
    spelt = {_folded(level) for level in was.levels}
    written = int(unseen.map(_folded).isin(spelt).sum())
    kinds, rows = len(set(unseen)), len(unseen)
    holds = to_tell("{column} holds {kinds:,} categories that the training did not see, in {rows:n row} ({share:.1%})")
    if kinds == 1:
        holds = to_tell("{column} holds 1 category that the training did not see, in {rows:n row} ({share:.1%})")
    said = told(holds, column=name, kinds=kinds, rows=rows, share=share)
    if not written:
        return said
    differ = to_tell("{rows:n row} of them differ from known ones only by capitals or blanks")
    if written == rows:
        differ = to_tell("they differ from known ones only by capitals or blanks")
    return f"{said}; {told(differ, rows=written)}"


def _categories(texts: pd.Series) -> Categories:
    counts = texts.dropna().astype("str").value_counts()
    kept = counts[counts >= _FEWEST].sort_index()
    n = max(len(texts), 1)
    return Categories(
        missing=float(texts.isna().mean()) if len(texts) else 0.0,
        levels=tuple(str(level) for level in kept.index),
        shares=tuple(float(count) / n for count in kept),
        others=float(counts.sum() - kept.sum()) / n,
    )


def _folded(text: str) -> str:
    return "".join(text.casefold().split())
