"""How numbers stand in sentences."""

from collections.abc import Iterable
from decimal import Decimal
from math import floor, isfinite, log10


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, in the singular where it is one.

    Examples
    --------
    >>> counted(1, "purchase"), counted(1200, "purchase"), counted(0, "day")
    ('1 purchase', '1,200 purchases', '0 days')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def argument(name: str) -> str:
    """Return a name as it is typed on a command line.

    Examples
    --------
    >>> argument("store"), argument("Store no")
    ('store', '"Store no"')
    """
    return name if name.replace("-", "_").isidentifier() else f'"{name}"'


def ago(days: int) -> str:
    """Return how long ago a day was; a table of data may reach beyond today.

    Examples
    --------
    >>> ago(4), ago(1), ago(0), ago(-46)
    ('4 days ago', '1 day ago', 'today', '46 days from now')
    """
    if days == 0:
        return "today"
    return f"{counted(days, 'day')} ago" if days > 0 else f"{counted(-days, 'day')} from now"


def said_p(p: float, digits: int = 2) -> str:
    """Return a p-value; what is below 0.001 is said so, for none is 0.

    Examples
    --------
    >>> said_p(0.0312), said_p(1e-8), said_p(0.0)
    ('p = 0.031', 'p < 0.001', 'p < 0.001')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.{digits}g}"


def brief(value: float, digits: int = 3, *, sign: str = "+") -> str:
    """Return a number by its first digits, as people write it: never 9.24e+04, whatever it is of.

    Examples
    --------
    >>> brief(-92391.4), brief(0.12345), brief(-275.05), brief(0.0000216), brief(0.0), brief(250_000, 4, sign="")
    ('-92,400', '+0.123', '-275', '+0.0000216', '+0', '250,000')
    """
    # Rounded first, so that 999.9 becomes 1,000 and not 1e+03.
    short = Decimal(f"{value:.{digits}g}")
    return f"{short:{sign},f}" if short and short.is_finite() else f"{value:{sign}.0f}"


def rounded(amount: float) -> float:
    """Return an amount to three digits, of which the rest would say what nobody knows; below 1,000 to whole units.

    Examples
    --------
    >>> rounded(1_234_567.8), rounded(98_765.4), rounded(12.345)
    (1230000.0, 98800.0, 12.0)
    """
    return round(amount, -max(0, len(f"{abs(amount):.0f}") - 3))


def decimals(values: Iterable[float | None], least: int = 0) -> int:
    """Return how many decimals figures of one statement share: cents from 10 on, none from 10,000 on, more below.

    Examples
    --------
    >>> decimals([5.59, -17.92, 19.73]), decimals([-0.137, 0.2]), decimals([-1118.6, 20_600.0]), decimals([0.0000216])
    (2, 3, 0, 7)

    A rate in points has two, whatever its size:

    >>> decimals([-12.04, 6.8, -2.3], least=2), decimals([0.0, None])
    (2, 2)
    """
    largest = max((abs(v) for v in values if v is not None and isfinite(v)), default=0.0)
    if largest >= 10_000:
        return least
    if largest >= 10 or not largest:
        return 2
    # Three figures of what is small, and never fewer than three decimals, or than `least` of them.
    return max(least or 3, 2 - floor(log10(largest)))


def apart(share: float, limit: float) -> tuple[str, str]:
    """Return two different shares as texts that differ: ``1.02%`` of at most ``1.00%``, never 1.0 % of 1.0 %.

    Examples
    --------
    >>> apart(0.0102, 0.01), apart(0.5, 0.01)
    (('1.02%', '1.00%'), ('50.0%', '1.0%'))
    """
    for digits in range(1, 8):
        shown = f"{share:.{digits}%}", f"{limit:.{digits}%}"
        if shown[0] != shown[1]:
            break
    return shown
