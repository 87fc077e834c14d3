"""Prices of a month and of a year beside each other: counted alike, the yearly ones are worth twelve times too much."""

from itertools import pairwise
from math import sqrt

import numpy as np
import pandas as pd

from holdfast.contractual.encoding import as_texts
from holdfast.contractual.periods import days_of
from holdfast.contractual.table import Contracts
from holdfast.data.engine import EPOCH
from holdfast.data.typed import as_numbers
from holdfast.language import to_tell, told

_MOST_LEVELS, _LEAST_ROWS, _SHOWN = 30, 5, 3
# Without a word of periods: no plan lies between cheap and dear ones, and the dear cost about twelve times as much
# (ten, where a year is sold with two months for nothing).
_GAP, _TWELVE = 4.0, (8.0, 16.0)


def notes_on_prices(contracts: Contracts) -> list[str]:
    """Return that prices for different periods stand beside each other, and what to do; empty where none do.

    They do where the words of a column say so and the prices bear it out, or where plans cost about twelve times what
    the others do.
    """
    has = contracts.terms
    if has.price is None or contracts.rules.columns.price_per is not None:
        return []
    rows = contracts.rows
    if contracts.spells is not None and contracts.cutoff is not None:
        rows = contracts.spells.known_at((contracts.cutoff.date - EPOCH).days).frame
    price = pd.Series(as_numbers(rows[has.price])[0], index=rows.index)
    paid = rows[price > 0]
    others = [str(name) for name in rows.columns if name not in (has.plan, has.price, "customer_id", "end_reason")]
    by_amounts = []
    for name in [*([has.plan] if has.plan else []), *others]:
        if not pd.api.types.is_numeric_dtype(paid[name]) and paid[name].nunique() <= _MOST_LEVELS:
            levels = price.groupby(as_texts(paid[name])).agg(["median", "size"])
            medians = levels[levels["size"] >= _LEAST_ROWS]["median"].sort_values(kind="stable")
            theirs = str(contracts.rules.columns.plan if name == has.plan else name)
            if apart := _by_words(medians):
                return [_said(*apart, medians, theirs)]
            if name == has.plan and (apart := _by_amounts(medians)):
                by_amounts = [_said(*apart, medians, theirs)]
    # A column that says so in words is the one to name.
    return by_amounts


def _by_words(medians: pd.Series) -> tuple[list[str], list[str]] | None:
    """Return (values of the shorter period, of the longer) if prices differ as the periods do; silent is a month."""
    days = {str(value): days_of(str(value)) for value in medians.index}
    if not any(days.values()):
        return None
    lengths = sorted({length or 30 for length in days.values()})
    for short, long in pairwise(lengths):
        some, others = ([v for v, length in days.items() if (length or 30) == of] for of in (short, long))
        # Nearer to the ratio of the periods than to one: else they are divided already.
        if medians[others].median() >= sqrt(long / short) * medians[some].median():
            return some, others
    return None


def _by_amounts(medians: pd.Series) -> tuple[list[str], list[str]] | None:
    """Return (cheap plans, dear plans) if a gap lies between them and the dear cost about twelve times as much."""
    if len(medians) < 2:
        return None
    steps = medians.to_numpy()[1:] / medians.to_numpy()[:-1]
    at = int(np.argmax(steps)) + 1
    ratio = medians.iloc[at:].median() / medians.iloc[:at].median()
    if steps[at - 1] < _GAP or not _TWELVE[0] <= ratio <= _TWELVE[1]:
        return None
    return [str(v) for v in medians.index[:at]], [str(v) for v in medians.index[at:]]


def _said(cheap: list[str], dear: list[str], medians: pd.Series, column: str) -> str:
    many, few = to_tell("{values} and others (median {median:,.2f})"), to_tell("{values} (median {median:,.2f})")
    some, others = (
        told(
            many if len(values) > _SHOWN else few,
            values=", ".join(values[:_SHOWN]),
            median=medians[values].median(),
        )
        for values in (cheap, dear)
    )
    # A word that says no period is no answer for `price_per`.
    all_say = all(days_of(str(value)) for value in medians.index)
    said = to_tell(
        'subscriptions.columns.price: prices of {some} and of {others} in "{column}" stand beside each other, as of a '
        "month and of a year, and all count as paid in every period, which makes the value of the second too high. "
        "Divide them, to be of a month all, and name that column here; or take the price out."
    )
    if all_say:
        said = to_tell(
            'subscriptions.columns.price: prices of {some} and of {others} in "{column}" stand beside each other, as '
            "of a month and of a year, and all count as paid in every period, which makes the value of the second too "
            'high. subscriptions.columns.price_per: "{column}" divides them.'
        )
    return told(said, some=some, others=others, column=column)
