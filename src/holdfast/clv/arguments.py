"""What a caller may ask: numbers that mean nothing are refused here, once, by name and with what to do instead."""

from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.clv.special import Floats

Times = float | Floats
"""A length of time for all customers, or one per customer, shape (n,)."""


def number(
    value: Any, name: str, *, least: float = 0.0, above: float = -np.inf, most: float = np.inf, hint: str = ""
) -> float:
    """Return a single finite number within its range.

    Parameters
    ----------
    value, name
        What was given, and what the caller calls it.
    least, above, most
        The range: from ``least`` on, more than ``above``, up to ``most``.
    hint
        What to write instead, added to the message.

    Raises
    ------
    ValueError
        It is no number, not finite, or out of range.

    Examples
    --------
    >>> number(0.1, "yearly_discount", most=1)
    0.1
    >>> number(10, "yearly_discount", most=1, hint="0.1 is 10 %")
    Traceback (most recent call last):
        ...
    ValueError: yearly_discount must be a number from 0 up to 1, not 10: 0.1 is 10 %
    """
    plain = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    found = float(plain) if isinstance(plain, Real) else np.nan
    if least <= found <= most and above < found < np.inf:
        return found
    shown = f"{plain!r}" if isinstance(plain, Real | str) else f"a {type(plain).__name__}"
    low = f"above {above:g}" if above >= least else f"from {least:g}"
    high = f" up to {most:,.10g}" if np.isfinite(most) else " on" if above < least else ""
    raise ValueError(f"{name} must be a number {low}{high}, not {shown}{': ' if hint else ''}{hint}")


def whole(value: Any, name: str, *, least: int = 0) -> int:
    """Return a whole number of at least ``least``.

    Raises
    ------
    ValueError
        It is no whole number, or too small.
    """
    found = number(value, name, least=least)
    if found != np.floor(found):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    return int(found)


def numbers_in(values: Any, name: str) -> Floats:
    """Return numbers as floats; times, dates and text are none.

    Raises
    ------
    ValueError
        Something in it is no number. The message shows no value: it may be a customer's.
    """
    dtype = getattr(values, "dtype", None)
    if getattr(dtype, "kind", "") in ("m", "M", "c"):
        raise ValueError(f"{name} must hold numbers, not {dtype}")
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold numbers; some of its values are none, or are missing") from None


def times(
    value: Any, name: str, customers: pd.Index | int | None, *, most: float = np.inf, only_whole: str = ""
) -> Times:
    """Return a length of time for all customers as a float, or one per customer as an array.

    Parameters
    ----------
    value, name
        What was given, and what the caller calls it.
    customers
        Whom the times are for: a summary's index, how many they are, or ``None`` for new customers, of whom there
        are as many as times.
    most
        The longest time.
    only_whole
        What the times count, if only whole ones make sense.

    Raises
    ------
    ValueError
        There is not one per customer, or some are negative, infinite, missing, too long or not whole. Also for a
        Series with another index than the summary, which would give customers each other's times.

    Examples
    --------
    >>> times(30, "t", 3), times([30, 60, 90], "t", 3)
    (30.0, array([30., 60., 90.]))
    """
    if isinstance(value, Real | str) or value is None or np.ndim(value) == 0:
        found: Times = number(value, name, most=most)
    else:
        found = _one_each(value, name, customers)
        if found.size and not (found.min() >= 0 and found.max() <= most and found.max() < np.inf):
            limit = f", or above {most:,.10g}" if np.isfinite(most) else ""
            raise ValueError(f"{name} holds values that are negative, infinite or missing{limit}")
    if only_whole and np.any(found != np.floor(found)):
        raise ValueError(f"{name} counts {only_whole}: it must be a whole number{_shown(found)}")
    return found


def _one_each(value: Any, name: str, customers: pd.Index | int | None) -> Floats:
    found = numbers_in(value, name)
    rows = customers if isinstance(customers, int | None) else len(customers)
    if found.ndim != 1 or rows not in (None, len(found)):
        many = "" if rows is None else f": {rows} of them"
        raise ValueError(f"{name} must be one number, or one per customer{many}, not of shape {found.shape}")
    if isinstance(value, pd.Series) and isinstance(customers, pd.Index) and not value.index.equals(customers):
        raise ValueError(
            f"{name} is a Series with another index than the summary: pass {name}.reindex(summary.index), or "
            f"{name}.to_numpy() if its order is that of the summary"
        )
    return found


def _shown(found: Times) -> str:
    return "" if isinstance(found, np.ndarray) else f", not {found:g}"


def discount_rate(value: Any, horizon: object) -> float:
    """Return a continuous rate per time unit, as a share; one above 0 where the horizon (``None``) never ends.

    Raises
    ------
    ValueError
        It is no number, is negative, or is 0 with an infinite horizon.
    """
    found = number(value, "discount", hint="a continuous rate per time unit, such as ln(1.1)/365 a day")
    if horizon is None and found == 0:
        raise ValueError("an infinite horizon (None) needs a discount above 0")
    return found


def one_of(value: Any, name: str, choices: tuple[Any, ...]) -> None:
    """Refuse what is none of the choices.

    Raises
    ------
    ValueError
        It is not.
    """
    plain = value.item() if isinstance(value, np.generic) else value
    # True is no 1 here.
    if not any(type(plain) is type(choice) and plain == choice for choice in choices):
        raise ValueError(f"{name} must be {' or '.join(repr(c) for c in choices)}, not {value!r}")


def counts_in(value: npt.ArrayLike, name: str) -> npt.NDArray[np.int64]:
    """Return whole numbers, none negative, of any shape.

    Raises
    ------
    ValueError
        Some are not whole, negative or missing.
    """
    found = numbers_in(value, name)
    if not np.all((found >= 0) & (found == np.floor(found)) & (found < 2**53)):
        raise ValueError(f"{name} must be whole numbers, none negative")
    return found.astype(np.int64)
