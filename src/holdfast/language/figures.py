"""Numbers, amounts, shares and dates as the current language writes them (Unicode CLDR, by Babel)."""

import re
from contextlib import suppress
from datetime import date, datetime

from holdfast.language.spoken import ENGLISH, current, locale

_NUMBER = re.compile(r"(?P<sign>[-+−]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<rest>\d+))?(?P<share> ?%)?")


def number(value: float, digits: int = 0) -> str:
    """Return a number with its thousands apart.

    Examples
    --------
    >>> from holdfast.language import speaking
    >>> number(1234.5, 2)
    '1,234.50'
    >>> with speaking("da"):
    ...     print(number(1234.5, 2), number(-3, 0))
    1.234,50 −3
    """
    if current() == ENGLISH:
        return f"{value:,.{digits}f}"
    from babel.numbers import format_decimal

    form = "#,##0." + "0" * digits if digits else "#,##0"
    return format_decimal(round(value, digits), format=form, locale=locale()).replace("-", "−")


def per_cent(share: float, digits: int = 0) -> str:
    """Return a share in per cent, as sentences have it.

    Examples
    --------
    >>> per_cent(0.123), per_cent(0.123, 1)
    ('12%', '12.3%')
    """
    return f"{share:.{digits}%}" if current() == ENGLISH else with_per_cent(number(share * 100, digits))


def with_per_cent(text: str) -> str:
    """Return a number, written, as per cent: ``12 %``, and in Chinese ``12%``."""
    return f"{text}%" if current() == "zh" else f"{text} %" if current() == ENGLISH else f"{text}\u00a0%"


def amount(text: str, currency: str) -> str:
    """Return a number, written, with the name of its currency where the language puts that.

    Examples
    --------
    >>> amount("6,471", "USD")
    '6,471 USD'
    """
    if current() == ENGLISH:
        return f"{text} {currency}"
    from babel import Locale

    first = Locale.parse(locale()).currency_formats["standard"].pattern.startswith("¤")
    return f"{currency}\u00a0{text}" if first else f"{text}\u00a0{currency}"


def compact(value: float) -> str:
    """Return a number short enough for an axis.

    Examples
    --------
    >>> compact(0), compact(1500), compact(2_000_000), compact(-400), compact(0.25)
    ('0', '1.5k', '2M', '−400', '0.25')
    """
    if current() != ENGLISH:
        from babel.numbers import format_compact_decimal

        return format_compact_decimal(value, locale=locale(), fraction_digits=2).replace("-", "−")
    size = abs(value)
    text = f"{value / 1e6:g}M" if size >= 1e6 else f"{value / 1e3:g}k" if size >= 1e3 else f"{value:g}"
    return text.replace("-", "−")


def day(value: date) -> str:
    """Return a date as people write it.

    Examples
    --------
    >>> from holdfast.language import speaking
    >>> day(date(1998, 7, 1))
    '1 July 1998'
    >>> with speaking("zh"):
    ...     print(day(date(1998, 7, 1)))
    1998年7月1日
    """
    if current() == ENGLISH:
        return f"{value.day} {value:%B %Y}"
    from babel.dates import format_date

    return format_date(value, "long", locale=locale())


def month(value: date) -> str:
    """Return a month, short enough for an axis.

    Examples
    --------
    >>> month(date(1998, 7, 1))
    'Jul 1998'
    """
    if current() == ENGLISH:
        return f"{value:%b %Y}"
    from babel.dates import format_skeleton

    return format_skeleton("yMMM", value, locale=locale())


def localised(text: str) -> str:
    """Return an English figure or date (ISO, or as ``day`` writes it) as the current language has it; else the text."""
    if current() == ENGLISH:
        return text
    for form in ("%Y-%m-%d", "%d %B %Y"):
        with suppress(ValueError):
            return day(datetime.strptime(text, form).date())
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    digits = len(found["rest"] or "")
    value = float(found["whole"].replace(",", "") + (f".{found['rest']}" if found["rest"] else ""))
    # A year, and any other number without thousands apart, stays together.
    shown = text[found.start("whole") : found.end("whole")] if not digits and "," not in text else number(value, digits)
    sign = found["sign"].replace("-", "−")
    return f"{sign}{with_per_cent(shown) if found['share'] else shown}"
