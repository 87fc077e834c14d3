"""A list of customers who are all at hand."""

from holdfast.lists.kinds import Customers, RankedList


def list_of(name, scorer, scores, features, *, best_days=None, **limits):
    """Return it; ``scores`` are those of ``features``, row by row, ``limits`` as for ``RankedList``."""
    ranked = RankedList(name, scorer, customers=len(scores), **limits)
    ranked.add(Customers(scorer, scores, features, best_days))
    return ranked.table()
