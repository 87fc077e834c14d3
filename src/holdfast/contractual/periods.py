"""For how long a price pays, in words or days; and prices of different periods and units as those of one period."""

import re

import numpy as np
import pandas as pd

from holdfast.data.cells import Cells
from holdfast.data.source import Written
from holdfast.data.typed import as_numbers, numbers, refuse_rows
from holdfast.data.values.words import plain_words
from holdfast.learn.arrays import Floats, Ints

MONTH_DAYS = 365.25 / 12
# Words that say for how long a price pays, by the days.
_PERIODS = {
    7: "week weekly wochentlich woche uge ugentlig ugentligt vecka ukentlig ukentligt hebdomadaire semanal settimanale",
    30: "month monthly monatlich monat monats maned manedlig manedligt manedsvis manad manadsvis mois mensuel "
    "mensuelle mensual mensal mensile maandelijks maand miesieczny miesiecznie",
    91: "quarter quarterly vierteljahrlich quartal kvartal kvartalsvis trimestre trimestriel trimestrielle trimestral "
    "trimestrale kwartaal kwartalny kwartalnie",
    182: "halfyearly semiannual semiannually biannual halbjahrlich halvarlig halvarsvis semestriel semestral "
    "semestrale",
    365: "year yearly annual annually jahrlich jahr jahres ar arlig arligt arsvis annuel annuelle annee anual annuale "
    "annuo jaarlijks jaar roczny rocznie",
}
DAYS_OF = {word: days for days, words in _PERIODS.items() for word in words.split()}
# The same in short and of several, read only where a text says nothing but a period: "Premium 12 months" is a plan.
_UNITS = {
    7: "weeks wk wks wochen uger veckor uker semaine semaines semana semanas settimana settimane weken tydzien "
    "tygodnie w",
    30: "months mo mos mth mths monate monaten maneder manader meses mes mesi mese mees maanden mnd miesiace miesiecy "
    "mies msc m",
    91: "quarters qtr qtrs quartale kvartaler trimestres trimestri kwartalen kwartaly q",
    182: "halfyear halbjahr halvar semestre semestres semestri",
    365: "years yr yrs jahre jahren ans an anual annees ano anos anno anni jaren lata lat rok y j",
}
_DAYS_OF_UNIT = DAYS_OF | {word: days for days, words in _UNITS.items() for word in words.split()}
_DAYS = {"days", "day", "tage", "tagen", "dage", "dagar", "dager", "jours", "dias", "giorni", "dagen", "dni", "d"}
_BESIDE = {
    *("every", "per", "each", "recurring", "billing", "billed", "payment", "paid", "invoiced", "renews", "the", "a"),
    *("alle", "je", "jede", "jeden", "jedes", "pro", "pr", "hver", "varje", "chaque", "tous", "les", "par", "cada"),
    *("por", "ogni", "al", "elke", "zahlung", "co"),
}
_LEAST_DAYS = 7
_SIGNS = {"月": 30, "季": 91, "年": 365}
# Of a month, a quarter has three of them and a year twelve, however many days these have.
_MONTHS = {7: 7 / MONTH_DAYS, 30: 1.0, 91: 3.0, 182: 6.0, 365: 12.0}
_NEAR_DAYS = 3
# So much of a month is one; less is so many weeks.
_LEAST_MONTH = 0.75
_AS_MONTHS, _DAYS_OF_MONTHS = {0, 1, 2, 3, 4, 6, 9, 12, 18, 24, 36, 48, 60}, (28, 29, 30, 31)
MONTHS = tuple(_MONTHS.values())
"""Of the periods for which bills pay, the shortest first."""


def period_of(text: str) -> int | None:
    """Return the days of the period that a text says and nothing else, such as "3 months"; ``None`` where it does not.

    Examples
    --------
    >>> [period_of(text) for text in ("MONTH", "months", "1 month", "every 3 months", "P1Y", "30 days", "12 Monate")]
    [30, 30, 30, 91, 365, 30, 365]
    >>> [period_of(text) for text in ("Monthly Recurring", "Mo", "2 yrs", "4 weeks", "Premium 12 months", "1 day", "3")]
    [30, 30, 730, 28, None, None, None]
    """
    iso = re.fullmatch(r"\s*p([0-9]{1,3})([dwmy])\s*", text.lower())
    said = f"{iso[1]} {iso[2]}" if iso else re.sub(r"(?<=[0-9])(?=[^\W0-9])", " ", text)
    words = [word for word in plain_words(said) if word not in _BESIDE]
    joined = "".join(words)
    if joined in _DAYS_OF_UNIT:
        return _DAYS_OF_UNIT[joined]
    if len(words) != 2 or not words[0].isascii() or not words[0].isdigit():
        return None
    n, unit = int(words[0]), words[1]
    if unit in _DAYS:
        return n if n >= _LEAST_DAYS else None
    days = _DAYS_OF_UNIT.get(unit)
    if days is None or n == 0:
        return None
    if days == _LEAST_DAYS:
        return n * days
    months = n * int(_MONTHS[days])
    return next((d for d, m in _MONTHS.items() if m == months), round(months * MONTH_DAYS))


def days_of(text: str) -> int | None:
    """Return the days that a word in a text says a price pays for; ``None`` where none does, or two contradict.

    Examples
    --------
    >>> days_of("Annuel"), days_of("Premium, monthly"), days_of("年付"), days_of("Basic")
    (365, 30, 365, None)
    """
    if (days := period_of(text)) is not None:
        return days
    words = plain_words(text)
    found = {DAYS_OF[word] for word in (*words, "".join(words)) if word in DAYS_OF}
    found |= {days for sign, days in _SIGNS.items() if sign in text}
    return found.pop() if len(found) == 1 else None


def prices_of_a_period(
    cells: Cells,
    price: str,
    written: Written,
    *,
    cents: bool,
    per: str | None,
    periods: str | None = None,
    period_days: int | None,
) -> Floats:
    """Return what each contract costs in one billing period, in currency, shape (n,); NaN where blank.

    Parameters
    ----------
    cells
        The table.
    price
        Its column of prices.
    written
        How its values are written.
    cents
        Whether prices are in hundredths.
    per
        The column that says for how long a price pays, in words or in days; ``None``: all for a period.
    periods
        The column that says of how many of these it is; ``None``: of one. Blank or 0 is one, too.
    period_days
        Of a billing period; ``None``: a month.

    Raises
    ------
    DataError
        A price is no number of at least 0, or the word beside one says no period that is known: file, line, column.
    """
    prices = numbers(cells, price, "price", written) / (100.0 if cents else 1.0)
    if per is None:
        return prices
    days = _days_of_words(cells, per)
    refuse_rows(
        cells,
        (prices > 0) & np.isnan(days),
        per,
        "this says no period that is known",
        "Write week, month, quarter, half-yearly or year, in English or another language of Europe, or its days (30, "
        "365) on every line.",
    )
    if periods is not None:
        numbers(cells, periods, "price_periods", written)
    months = stated_months(cells, per, periods)
    return np.where(np.isnan(months), prices, prices * (months_of(period_days) / months))


def stated_months(cells: Cells, per: str, periods: str | None) -> Floats:
    """Return the months that each row's price pays for, NaN where none are said, shape (n,).

    ``periods`` names the column that says of how many of these it is, which must be numbers; blank or 0 is one.
    """
    months = months_of_words(cells, per)
    if periods is None:
        return months
    several = as_numbers(cells.frame[periods])[0]
    return np.where(several > 0, months * several, months)


def months_of_words(cells: Cells, per: str) -> Floats:
    """Return the months that each row's word, or days, say a price pays for; NaN where they say none, shape (n,)."""
    days, of = np.unique(_days_of_words(cells, per), return_inverse=True)
    return np.array([np.nan if np.isnan(one) else months_of(int(one)) for one in days])[of]


def months_of(period_days: int | None) -> float:
    """Return the months of a period: of 28 to 33 days it is one, of 362 to 368 twelve; ``None`` is a month.

    Examples
    --------
    >>> months_of(31), months_of(90), months_of(366), months_of(7) == 7 / MONTH_DAYS
    (1.0, 3.0, 12.0, True)
    """
    if period_days is None:
        return 1.0
    near = (months for days, months in _MONTHS.items() if abs(days - period_days) <= (0 if days == 7 else _NEAR_DAYS))
    whole = round(period_days / MONTH_DAYS)
    # Two years are 24 months, as "2 years" says in days.
    of_whole = float(whole) if whole and period_days == round(whole * MONTH_DAYS) else period_days / MONTH_DAYS
    return next(near, of_whole)


def whole_months(months: Floats) -> Floats:
    """Return periods of bills to the month, or to the week where they are shorter, shape (n,): 13.5 months are 13.

    Examples
    --------
    >>> whole_months(np.array([1.0, 12.0, 13.47, 7 / MONTH_DAYS])).round(2).tolist()
    [1.0, 12.0, 13.0, 0.23]
    """
    weeks = np.maximum(np.round(months * MONTH_DAYS / 7), 1.0) * 7 / MONTH_DAYS
    return np.where(months < _LEAST_MONTH, weeks, np.maximum(np.round(months), 1.0))


def after_months(day: Ints, months: Floats) -> Ints:
    """Return the days so many months later: on the same day of the month where months are whole, or on its last.

    Examples
    --------
    >>> days = np.array(["2024-01-31", "2024-01-15", "2024-01-01"], dtype="datetime64[D]").astype(np.int64)
    >>> after_months(days, np.array([1.0, 12.0, 7 / MONTH_DAYS])).astype("datetime64[D]").astype(str).tolist()
    ['2024-02-29', '2025-01-15', '2024-01-08']
    """
    days = day.astype("datetime64[D]")
    month = days.astype("datetime64[M]")
    later = month + months.astype(np.int64)
    last = (later + 1).astype("datetime64[D]") - 1
    same = np.minimum(later.astype("datetime64[D]") + (days - month.astype("datetime64[D]")), last).astype(np.int64)
    return np.where(months == np.round(months), same, day + np.ceil(months * MONTH_DAYS).astype(np.int64))


def _days_of_words(cells: Cells, per: str) -> Floats:
    text = cells.frame[per]
    days = text.map({str(word): days_of(str(word)) for word in text.dropna().unique()}).to_numpy(dtype=np.float64)
    if not np.isnan(days).all():
        return days
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
    filled = numbers[text.notna().to_numpy()]
    whole = len(filled) and not np.isnan(filled).any() and (filled == np.round(filled)).all() and filled.min() >= 0
    # Of numbers that are all usual as months nobody knows what they count; of a term of 0 days, for how long it is.
    if not whole or set(filled.tolist()) <= _AS_MONTHS or filled.max() < min(_DAYS_OF_MONTHS):
        return days
    return np.where(numbers == 0, round(MONTH_DAYS), numbers)
