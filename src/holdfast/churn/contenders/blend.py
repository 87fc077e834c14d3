"""The mean of three probabilities that fail in different ways, trees counted twice: the default."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from holdfast.churn.contender import Contender
from holdfast.churn.past import Past
from holdfast.errors import NotEnoughDataError
from holdfast.learn.arrays import Floats

WEIGHTS = {"p0": 1.0, "ridge": 1.0, "lightgbm_pooled": 2.0}
MEMBERS = tuple(WEIGHTS)


class Blend(Contender):
    """The weighted mean probability of its members; probabilities are averaged, not logits."""

    name = "blend"
    members: ClassVar[tuple[str, ...]] = MEMBERS

    def __init__(self, parts: dict[str, Contender]) -> None:
        self.parts = parts

    @classmethod
    def fit(cls, past: Past) -> Self:
        """Fit every member on the same past.

        Raises
        ------
        NotEnoughDataError
            Every member was left out, or one of them cannot be taught by this past.
        """
        members = cls.members if past.members is None else past.members
        if not members:
            raise NotEnoughDataError(f"all its members ({', '.join(cls.members)}) were left out.")
        return cls({name: past.fitted(name) for name in members})

    @classmethod
    def prepare(cls, pasts: Sequence[Past]) -> None:
        """Let each member prepare."""
        from holdfast.churn.contenders import contenders

        for past in pasts[:1]:
            for name in cls.members if past.members is None else past.members:
                contenders()[name].prepare(pasts)

    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window), shape (n,)."""
        return np.asarray(sum(w * self.parts[name].p_churn(features) for name, w in self._weights.items()))

    @property
    def _weights(self) -> dict[str, float]:
        """Shares of the parts that are there."""
        total = sum(WEIGHTS[name] for name in self.parts)
        return {name: WEIGHTS[name] / total for name in self.parts}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {name: part.to_dict() for name, part in self.parts.items()}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the blend of ``to_dict``."""
        from holdfast.churn.contenders import contenders

        return cls({name: contenders()[name].from_dict(part) for name, part in state.items()})
