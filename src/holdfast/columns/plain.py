"""Numbers that JSON does not know."""

from math import isfinite
from typing import Any


def plain(value: Any) -> Any:
    """Return plain values with ``None`` for every NaN and infinity, in dicts and lists of any depth.

    JSON has no such numbers. A figure that is not defined, such as an interval around one customer, is null there.

    Examples
    --------
    >>> plain({"gain": 0.5, "interval": [float("-inf"), float("nan")]})
    {'gain': 0.5, 'interval': [None, None]}
    """
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value
