"""Why a contract stands on the list: the columns that raise the risk most, beside the average customer.

Contributions say what the score is associated with, never what causes churn.
"""

from collections.abc import Hashable

import numpy as np
import pandas as pd

from holdfast.contractual.encoding import Category, Number, as_texts
from holdfast.contractual.model import ContractChurn
from holdfast.data.typed import as_numbers


def contract_reasons(model: ContractChurn, frame: pd.DataFrame, *, most: int = 3) -> list[list[str]]:
    """Return one to ``most`` phrases per row, the strongest first.

    Named is what raises the risk; where nothing does, the one thing that lowers it least.
    """
    parts = model.contributions(frame)
    said = {c.name: _phrases(c, frame[c.name], model.churn_rate) for c in _columns(model)}
    answers = []
    for row, risk in enumerate(parts.to_dict("records")):
        strongest: list[Hashable] = sorted(risk, key=lambda name: (-risk[name], str(name)))
        raising = [name for name in strongest[:most] if risk[name] > 0] or strongest[:1]
        answers.append([said[str(name)][row] for name in raising])
    return answers


def _columns(model: ContractChurn) -> tuple[Number | Category, ...]:
    return (*model.encoder.numbers, *model.encoder.categories)


def _phrases(column: Number | Category, cells: pd.Series, churn_rate: float) -> list[str]:
    if isinstance(column, Number):
        return [_number(_words(column.name), float(v), column.mean) for v in as_numbers(cells)[0]]
    rates = dict(zip(column.levels, column.rates, strict=True))
    return [_level(_words(column.name), level, rates, churn_rate) for level in as_texts(cells)]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _number(name: str, value: float, mean: float) -> str:
    """Say a number beside the average customer's, and on which side of it.

    Examples
    --------
    >>> _number("renewals", 0.0, 2.13), _number("price", 80.0, 64.5), _number("renewals", 2.0, 2.0)
    ('no renewals, 2.13 on average', 'price 80, above the average of 64.50', 'renewals 2, the average')
    """
    if np.isnan(value):
        return f"{name} is blank"
    shown, average = _short(value), _short(mean)
    if shown == average:
        return f"{name} {shown}, the average"
    if value == 0 and mean > 0:
        return f"no {name}, {average} on average"
    return f"{name} {shown}, {'below' if value < mean else 'above'} the average of {average}"


def _level(name: str, level: object, rates: dict[str, float], churn_rate: float) -> str:
    if not isinstance(level, str):
        return f"{name} is blank"
    if level not in rates:
        return f"{name} {level}, a rare value"
    return f"{name} {level}: {rates[level]:.0%} of these churned, {churn_rate:.0%} of all"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:,.2f}"
