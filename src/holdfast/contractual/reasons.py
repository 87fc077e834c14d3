"""Why a contract stands on a list: the columns that raise the risk most, beside the average customer, or its value.

Contributions say what the score is associated with, never what causes churn.
"""

from collections.abc import Hashable

import numpy as np
import pandas as pd

from holdfast.contractual.encoding import Category, Number, as_texts
from holdfast.contractual.leavers import CLEARLY
from holdfast.contractual.model import ContractChurn
from holdfast.contractual.own_periods import CANNOT
from holdfast.contractual.periods import MONTH_DAYS
from holdfast.contractual.scorer import ContractScorer
from holdfast.contractual.terms import BILL_MONTHS, SLACK_DAYS
from holdfast.data.typed import as_numbers
from holdfast.language import N_, gettext, localised
from holdfast.learn.arrays import Floats

_FEWEST = 30
# Nearer to the average than this share of it, nobody would call a number unusual.
_NEAR = 0.1
NO_SIGN = N_("no single sign: several small ones together")
_RENEWED = {
    0: N_("not renewed yet; {mean:.1f} times on average"),
    1: N_("renewed once; {mean:.1f} times on average"),
    2: N_("renewed twice; {mean:.1f} times on average"),
}
# How the columns that we make of spells are said; any other is said by its name.
_OURS = {
    "tenure_days": N_("a customer for {days:n day}; {mean:,.0f} on average"),
    "spell_days": N_("this contract has run for {days:n day}; {mean:,.0f} on average"),
    "days_since_bill": N_("the last bill was {days:n day} ago; {mean:,.0f} on average"),
    "anniversary_in_window": N_("a contract year is about to end"),
    "days_into_period": N_("{days:n day} into the billing period; {mean:,.0f} on average"),
}
_EVERY = {1.0: N_("billed by the month"), 12.0: N_("billed by the year")}
# What a bill comes to, by the months that it pays for; the second with the plan.
_PAYS = {
    1.0: (N_("pays {paid:,.2f} a month"), N_("pays {paid:,.2f} a month ({plan})")),
    12.0: (N_("pays {paid:,.2f} a year"), N_("pays {paid:,.2f} a year ({plan})")),
}
_PAYS_OTHERWISE = (
    N_("pays {paid:,.2f} every {months:n month}"),
    N_("pays {paid:,.2f} every {months:n month} ({plan})"),
)
_PAYS_A_PERIOD = (N_("pays {paid:,.2f} per period"), N_("pays {paid:,.2f} per period ({plan})"))
# What says how long no bill has come is one sign.
_LATE = ("bill_late_days", "bill_waited_share", "days_since_bill")


def contract_reasons(model: ContractChurn, frame: pd.DataFrame, *, most: int = 3) -> list[list[str]]:
    """Return one to ``most`` phrases per row, the strongest first.

    Named is what raises the risk of the row, and only if customers on this side of the average, or of this value, were
    seen to leave clearly more than the others (``leavers``); of a number also only if the model sees more risk there
    among these rows.
    """
    parts = model.contributions(frame)
    said = {c.name: _phrases(model, c, frame[c.name], parts[c.name]) for c in _columns(model)}
    if BILL_MONTHS in frame:
        said = _of_own_periods(said, frame)
    if set(_LATE) <= set(frame.columns):
        said, parts = _of_late_bills(said, parts, frame)
    answers = []
    for row, risk in enumerate(parts.to_dict("records")):
        strongest: list[Hashable] = sorted(risk, key=lambda name: (-risk[name], str(name)))
        told = [said[str(name)][row] for name in strongest if risk[name] > 0]
        answers.append([phrase for phrase in told if phrase][:most] or [gettext(NO_SIGN)])
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
    terms, own = scorer.terms, scorer.terms.months(rows)
    months_of_bills = np.full(len(rows), terms.period_months) if own is None else own
    price = price * months_of_bills / terms.period_months
    for paid, its_plan, periods, risk, months in zip(price, plans, tenure, p, months_of_bills, strict=True):
        named = isinstance(its_plan, str)
        bare, with_plan = _PAYS.get(months, _PAYS_OTHERWISE if months == round(months) else _PAYS_A_PERIOD)
        said = [gettext(with_plan if named else bare, paid=paid, plan=its_plan, months=months)]
        if not np.isnan(periods):
            said.append(_so_far(float(periods), scorer.terms.period_months))
        if risk < scorer.churn.churn_rate / 2:
            likely = N_("likely to stay: {risk:.1%} risk, {average:.1%} on average")
            said.append(gettext(likely, risk=risk, average=scorer.churn.churn_rate))
        answers.append(said)
    return answers


def _so_far(periods: float, period_months: float) -> str:
    """Say for how long somebody has been a customer: in months where the period of prices is of whole ones.

    Examples
    --------
    >>> _so_far(16.2, 1.0), _so_far(1.5, 12.0), _so_far(0.3, 1.0)
    ('a customer for 16 months', 'a customer for 18 months', 'a customer for less than a month')
    >>> _so_far(5.2, 0.23)
    'a customer for 5 periods'
    """
    if period_months == round(period_months):
        months = periods * period_months
        some = N_("a customer for {months:n month}")
        return gettext(some if round(months) else N_("a customer for less than a month"), months=months)
    some = N_("a customer for {periods:n period}")
    return gettext(some if round(periods) else N_("a customer for less than a period"), periods=periods)


def _of_own_periods(said: dict[str, list[str]], frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return phrases without those that compare a month with a year, or tell of each month that it is about to end."""
    ends = as_numbers(frame[BILL_MONTHS])[0] > 1
    if _LATE[0] in frame:
        # Of a late bill the period is over.
        ends &= as_numbers(frame[_LATE[0]])[0] <= 0
    shown = {name: phrases for name, phrases in said.items() if name != "days_into_period"}
    shown["days_into_period"] = [""] * len(frame)
    soon = said.get(CANNOT, shown["days_into_period"])
    return shown | {CANNOT: [phrase if true else "" for phrase, true in zip(soon, ends, strict=True)]}


def _of_late_bills(
    said: dict[str, list[str]], parts: pd.DataFrame, frame: pd.DataFrame
) -> tuple[dict[str, list[str]], pd.DataFrame]:
    """Return phrases and contributions with one for a bill that is late, beside what is usual for that customer."""
    names = [name for name in _LATE if name in said]
    late, share = (as_numbers(frame[name])[0] for name in _LATE[:2])
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = np.round(late / (share - 1))
    spoken = np.any([[bool(phrase) for phrase in said[name]] for name in names], axis=0) if names else late < late
    phrases = [
        gettext(N_("no bill for {days:n day}; usually every {usual:,.0f}"), days=one + other, usual=other)
        if told
        else ""
        for one, other, told in zip(late, usual, spoken & (late > SLACK_DAYS), strict=True)
    ]
    others = {name: phrase for name, phrase in said.items() if name not in names}
    whole = parts[names].sum(axis=1)
    return {**others, _LATE[0]: phrases}, parts.drop(columns=names).assign(**{_LATE[0]: whole})


def _columns(model: ContractChurn) -> tuple[Number | Category, ...]:
    return (*model.encoder.numbers, *model.encoder.categories)


def _phrases(model: ContractChurn, column: Number | Category, cells: pd.Series, raises: pd.Series) -> list[str]:
    """Return what is said of each cell; nothing where it does not speak for risk."""
    seen = model.leavers.get(column.name)
    speaks = np.ones(len(cells), dtype=bool) if seen is None else seen.speaks(column, cells)
    if isinstance(column, Number):
        values = as_numbers(cells)[0]
        off = np.nan_to_num(values - column.mean)
        side = _side(values - column.mean, raises.to_numpy(dtype=np.float64))
        speaks &= np.isnan(values) | (side * off > 0) | ((side == 0) & (off != 0))
        told = (
            _number(column.name, float(v), column.mean, none=seen is not None) if true else ""
            for v, true in zip(values, speaks, strict=True)
        )
        return list(told)
    rates = dict(zip(column.levels, column.rates, strict=True))
    name = column.name.replace("_", " ")
    levels = zip(as_texts(cells), speaks, strict=True)
    return [_level(name, level, rates, model.churn_rate) if true else "" for level, true in levels]


def _side(off: Floats, raises: Floats) -> int:
    """Return 1 where more than the average means more risk, −1 where less does, 0 where too few rows say so."""
    known = ~np.isnan(off)
    if known.sum() < _FEWEST:
        return 0
    return int(np.sign(np.cov(off[known], raises[known])[0, 1]))


def _number(name: str, value: float, mean: float, *, none: bool = True) -> str:
    """Say a number beside the average customer's; nothing where both are much alike.

    ``none``: whether that there is nothing of it may be said, as it was seen that more of such customers leave.

    Examples
    --------
    >>> for name, value, mean in (("renewals", 0.0, 2.13), ("spell_days", 79.0, 43.4), ("hours_watched", 1.4, 18.291)):
    ...     print(_number(name, value, mean))
    not renewed yet; 2.1 times on average
    this contract has run for 79 days; 43 on average
    hours watched 1.4; 18.3 on average
    >>> _number("price_change", -5.0, 0.4), _number("visits", 0.0, 8.2)
    ('pays 5.00 less than at first', 'no visits; 8.2 on average')
    >>> _number("visits", 0.0, 8.2, none=False), _number("price", 20.0, 20.4)
    ('', '')
    """
    words = name.replace("_", " ")
    if np.isnan(value):
        return gettext("{column} is blank", column=words)
    if name in _LATE[:2]:
        return words if value > mean else ""
    if abs(value - mean) < _NEAR * abs(mean):
        return ""
    if name == "renewals":
        if value == round(mean):
            return ""
        often = N_("renewed {times:,.0f} times; {mean:.1f} times on average")
        return gettext(_RENEWED.get(round(value), often), times=value, mean=mean)
    if name in (BILL_MONTHS, CANNOT):
        return _of_bills(name, value, mean)
    if name in _OURS:
        same = f"{value:,.0f}" in ("0", f"{mean:,.0f}")
        return "" if same else gettext(_OURS[name], days=value, mean=mean)
    if name == "price_change" and value != 0:
        said = N_("pays {change:,.2f} more than at first") if value > 0 else N_("pays {change:,.2f} less than at first")
        return gettext(said, change=abs(value))
    shown, average = _short(value), _short(mean)
    if shown == average or (value == 0 and not none):
        return ""
    said = N_("no {column}; {average} on average") if value == 0 else N_("{column} {value}; {average} on average")
    return gettext(said, column=words, value=localised(shown), average=localised(average))


def _of_bills(name: str, value: float, mean: float) -> str:
    """Say how often somebody is billed, or that a period that is paid for ends."""
    if name == CANNOT:
        return gettext(N_("a period that is paid for is about to end")) if value > mean else ""
    every = N_("billed every {months:n month}") if value == round(value) else N_("billed every {days:n day}")
    return gettext(_EVERY.get(value, every), months=value, days=round(value * MONTH_DAYS))


def _level(name: str, level: object, rates: dict[str, float], churn_rate: float) -> str:
    if not isinstance(level, str):
        return gettext("{column} is blank", column=name)
    if level not in rates:
        return gettext("{column} {level}, a rare value", column=name, level=level)
    if f"{rates[level]:.0%}" == f"{churn_rate:.0%}" or rates[level] < CLEARLY * churn_rate:
        return ""
    said = N_("{column} {level}: {rate:.0%} of these left, {average:.0%} of all")
    return gettext(said, column=name, level=level, rate=rates[level], average=churn_rate)


def _short(value: float) -> str:
    """Return three digits of a number, whole ones in full."""
    if value == round(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{1 if abs(value) >= 10 else 2}f}".rstrip("0").rstrip(".")
