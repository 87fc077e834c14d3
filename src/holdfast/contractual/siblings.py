"""Columns of yes and no that are parts of the label's own answer: of a set in which each customer has at most one.

A survey's ``censor1`` to ``censor4``, or a state taken apart into ``status_active``, ``status_paused`` and
``status_cancelled``: none alone tells who left, together they do, and all were written on the same day as the label.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.contractual.encoding import as_texts
from holdfast.data.values.flags import NO, YES
from holdfast.data.values.words import plain_words

# By chance so many rows had both.
_EXPECTED = 20
_LEAST_LETTERS = 3
# What begins names of columns that have nothing else to do with each other.
_ANYTHING = {"has", "had", "was", "flag", "ind", "customer", "client", "user", "member", "account", "kunde", "cust"}
_ANYTHING |= {"contract", "subscription", "plan", "vertrag", "kontrakt", "abo", "abonnement"}


def siblings_of(label: str, frame: pd.DataFrame, churned: npt.NDArray[np.int64]) -> list[str]:
    """Return columns of 0 and 1 that are parts of the same answer as the label.

    Parameters
    ----------
    label
        The label's name.
    frame
        Candidate columns, shape (n, k).
    churned
        1 = churned, shape (n,).

    Returns
    -------
    list of str
        Columns that are never 1 beside the label (or never where it is not), though by chance 20 rows or more had both;
        and whose names begin as the label's does, or that make exactly one 1 in every row together with it.
        A column that is merely exclusive, such as a plan on which nobody can leave yet, is none.

    Examples
    --------
    >>> state = np.arange(300) % 3
    >>> ours = {"status_active": state == 1, "status_paused": state == 2, "annual": state == 1}
    >>> frame = pd.DataFrame(ours).astype(int)
    >>> siblings_of("status_cancelled", frame, (state == 0).astype(int))
    ['status_active', 'status_paused']
    >>> siblings_of("churn", frame[["annual"]], (state == 0).astype(int))
    []
    """
    flags = {name: on for name in map(str, frame.columns) if (on := _flags(frame[name])) is not None}
    found: set[str] = set()
    for outcome in (churned == 1, churned == 0):
        apart = {name: on for name, on in flags.items() if on.any() and not (on & outcome).any()}
        known = {name for name, on in apart.items() if _expected(on, outcome)}
        if not known:
            continue
        named = {name: on for name, on in apart.items() if _begin_alike(label, name)}
        # Where some are no chance, rare ones beside them are none either, if no row has two.
        found |= set(named) if known & set(named) and _sum(named).max() == 1 else known & set(named)
        if len(apart) > 1 and np.array_equal(_sum(apart), (~outcome).astype(np.int64)):
            found |= set(apart)
    return [name for name in flags if name in found]


def _flags(column: pd.Series) -> npt.NDArray[np.bool_] | None:
    texts: pd.Series = as_texts(column).fillna("").str.casefold()
    words = {str(word) for word in texts.unique()}
    if not words <= {*YES, *NO, ""} or not words & set(YES):
        return None
    return texts.isin(YES).to_numpy(dtype=bool)


def _expected(on: npt.NDArray[np.bool_], outcome: npt.NDArray[np.bool_]) -> bool:
    return bool(on.mean() * outcome.sum() >= _EXPECTED)


def _sum(flags: Mapping[str, npt.NDArray[np.bool_]]) -> npt.NDArray[np.int64]:
    together: npt.NDArray[np.int64] = np.sum([on.astype(np.int64) for on in flags.values()], axis=0)
    return together


def _begin_alike(label: str, name: str) -> bool:
    """Say whether two names begin with the same word, numbers aside.

    Examples
    --------
    >>> [_begin_alike("censor1", "censor4"), _begin_alike("has_left", "has_card"), _begin_alike("churn", "annual")]
    [True, False, False]
    """
    first = [_first(plain_words(one)) for one in (label, name)]
    return first[0] == first[1] and len(first[0]) >= _LEAST_LETTERS and first[0] not in _ANYTHING


def _first(words: list[str]) -> str:
    return words[0].rstrip("0123456789") if words else ""
