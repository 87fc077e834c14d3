"""What takes part in the race for the churn score: one class per contender, one file each in ``contenders/``."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import pandas as pd

from holdfast.churn.past import Past
from holdfast.learn.arrays import Floats


class Contender(ABC):
    """A way to P(no purchase in the outcome window), learnt from the past only.

    A subclass in a file of ``churn/contenders/`` takes part in the race under its ``name``; nothing else has to
    be registered.

    Examples
    --------
    A rule of one line; CONTRIBUTING.md says how it takes part in the race:

    >>> import numpy as np
    >>> class BaseRate(Contender):
    ...     name = "base_rate"
    ...     def __init__(self, rate):
    ...         self.rate = rate
    ...     @classmethod
    ...     def fit(cls, past):
    ...         return cls(float(past.training_windows(most=1)[0].churned.mean()))
    ...     def p_churn(self, features):
    ...         return np.full(len(features), self.rate)
    ...     def to_dict(self):
    ...         return {"rate": self.rate}
    ...     @classmethod
    ...     def from_dict(cls, state):
    ...         return cls(**state)
    >>> BaseRate(0.4).p_churn(pd.DataFrame({"days_since_last": [3.0, 90.0]})).tolist()
    [0.4, 0.4]
    """

    name: ClassVar[str]
    simple: ClassVar[bool] = False
    """A rule that needs no learning machine: what is served must not be worse than the best of these."""

    @classmethod
    @abstractmethod
    def fit(cls, past: Past) -> Self:
        """Learn from what was known at ``past.cutoff``.

        Raises
        ------
        NotEnoughDataError
            The past cannot teach it.
        """

    @classmethod  # noqa: B027  # most have nothing to prepare
    def prepare(cls, pasts: Sequence[Past]) -> None:
        """Make what ``fit`` will need for several pasts, where that is cheaper together; nothing where it is not."""

    @abstractmethod
    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window) of feature rows, shape (n,); higher is a greater risk."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; LightGBM's trees as their text, under the key ``trees``."""

    @classmethod
    @abstractmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the contender of ``to_dict``."""
