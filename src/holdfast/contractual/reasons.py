"""Why a contract stands on a list: the columns that raise the risk most, beside the average customer, or its value.

Contributions say what the score is associated with, never what causes churn.
"""

from collections.abc import Hashable

import numpy as np
import pandas as pd

from holdfast.contractual.encoding import Category, Number, as_texts
from holdfast.contractual.model import ContractChurn
from holdfast.contractual.scorer import ContractScorer
from holdfast.data.typed import as_numbers
from holdfast.learn.arrays import Floats
from holdfast.wording import counted

_FEWEST = 30
# Nearer to the average than this share of it, nobody would call a number unusual.
_NEAR = 0.1
NO_SIGN = "no single sign: several small ones together"
# How the columns that we make of spells are said; any other is said by its name.
_OURS = {
    "tenure_days": "a customer for {days}; {mean} on average",
    "spell_days": "this contract has run for {days}; {mean} on average",
    "days_into_period": "{days} into the billing period; {mean} on average",
}


def contract_reasons(model: ContractChurn, frame: pd.DataFrame, *, most: int = 3) -> list[list[str]]:
    """Return one to ``most`` phrases per row, the strongest first.

    Named is what raises the risk of the row, and only if it does so in general: a number on the side of its average on
    which the model sees more risk among these rows, a value more of whose customers left than of all.
    """
    parts = model.contributions(frame)
    said = {c.name: _phrases(c, frame[c.name], parts[c.name], model.churn_rate) for c in _columns(model)}
    answers = []
    for row, risk in enumerate(parts.to_dict("records")):
        strongest: list[Hashable] = sorted(risk, key=lambda name: (-risk[name], str(name)))
        told = [said[str(name)][row] for name in strongest if risk[name] > 0]
        answers.append([phrase for phrase in told if phrase][:most] or [NO_SIGN])
    return answers


def contract_value_reasons(scorer: ContractScorer, scores: pd.DataFrame, rows: pd.DataFrame) -> list[list[str]]:
    """Return one to three phrases per row: what it pays, for how long it has, and how likely it is to stay.

    ``scores`` are those of ``rows``, row by row, of a scorer that knows prices.
    """
    price, plan = as_numbers(rows[str(scorer.terms.price)])[0], scorer.terms.plan
    plans = as_texts(rows[plan]) if plan is not None else [None] * len(rows)
    tenure = scores["tenure_periods"].to_numpy(dtype=np.float64)
    p = scores.filter(like="p_churn").iloc[:, 0].to_numpy(dtype=np.float64)
    answers = []
    for paid, its_plan, periods, risk in zip(price, plans, tenure, p, strict=True):
        said = [f"pays {paid:,.2f} per period" + (f" ({its_plan})" if isinstance(its_plan, str) else "")]
        if not np.isnan(periods):
            time = counted(round(periods), "period") if round(periods) else "less than a period"
            said.append(f"a customer for {time}")
        if risk < scorer.churn.churn_rate / 2:
            said.append(f"likely to stay: {risk:.1%} risk, {scorer.churn.churn_rate:.1%} on average")
        answers.append(said)
    return answers


def _columns(model: ContractChurn) -> tuple[Number | Category, ...]:
    return (*model.encoder.numbers, *model.encoder.categories)


def _phrases(column: Number | Category, cells: pd.Series, raises: pd.Series, churn_rate: float) -> list[str]:
    """Return what is said of each cell; nothing where it does not speak for risk."""
    if isinstance(column, Number):
        values = as_numbers(cells)[0]
        side = _side(values - column.mean, raises.to_numpy(dtype=np.float64))
        off = np.nan_to_num(values - column.mean)
        speaks = np.isnan(values) | (side * off > 0) | ((side == 0) & (off != 0))
        return [
            _number(column.name, float(v), column.mean) if true else "" for v, true in zip(values, speaks, strict=True)
        ]
    rates = dict(zip(column.levels, column.rates, strict=True))
    name = column.name.replace("_", " ")
    return [_level(name, level, rates, churn_rate) for level in as_texts(cells)]


def _side(off: Floats, raises: Floats) -> int:
    """Return 1 where more than the average means more risk, −1 where less does, 0 where too few rows say so."""
    known = ~np.isnan(off)
    if known.sum() < _FEWEST:
        return 0
    return int(np.sign(np.cov(off[known], raises[known])[0, 1]))


def _number(name: str, value: float, mean: float) -> str:
    """Say a number beside the average customer's; nothing where both are much alike.

    Examples
    --------
    >>> _number("renewals", 0.0, 2.13), _number("spell_days", 79.0, 43.4)
    ('not renewed yet; 2.1 times on average', 'this contract has run for 79 days; 43 on average')
    >>> _number("hours_watched", 1.4, 18.291), _number("price", 20.0, 20.4)
    ('hours watched 1.4; 18.3 on average', '')
    """
    words = name.replace("_", " ")
    if np.isnan(value):
        return f"{words} is blank"
    if abs(value - mean) < _NEAR * abs(mean):
        return ""
    if name == "renewals":
        if value == round(mean):
            return ""
        few = {0: "not renewed yet", 1: "renewed once", 2: "renewed twice"}
        times = few.get(round(value), f"renewed {value:,.0f} times")
        return f"{times}; {mean:.1f} times on average"
    if name in _OURS:
        said, average = counted(round(value), "day"), f"{mean:,.0f}"
        return "" if f"{value:,.0f}" in ("0", average) else _OURS[name].format(days=said, mean=average)
    shown, average = _short(value), _short(mean)
    if shown == average:
        return ""
    return f"no {words}; {average} on average" if value == 0 else f"{words} {shown}; {average} on average"


def _level(name: str, level: object, rates: dict[str, float], churn_rate: float) -> str:
    if not isinstance(level, str):
        return f"{name} is blank"
    if level not in rates:
        return f"{name} {level}, a rare value"
    if f"{rates[level]:.0%}" == f"{churn_rate:.0%}" or rates[level] <= churn_rate:
        return ""
    return f"{name} {level}: {rates[level]:.0%} of these left, {churn_rate:.0%} of all"


def _short(value: float) -> str:
    """Return three digits of a number, whole ones in full."""
    if value == round(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{1 if abs(value) >= 10 else 2}f}".rstrip("0").rstrip(".")
