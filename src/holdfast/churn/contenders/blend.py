"""The plain mean of four probabilities that fail in different ways: the default."""

from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from holdfast.churn.contender import Contender
from holdfast.churn.past import Past
from holdfast.errors import NotEnoughDataError
from holdfast.learn.arrays import Floats

MEMBERS = ("p0", "lightgbm", "ridge", "lightgbm_pooled")


class Blend(Contender):
    """The mean probability of its members; probabilities are averaged, not logits."""

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

    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window), shape (n,)."""
        return np.asarray(np.mean([part.p_churn(features) for part in self.parts.values()], axis=0))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return the members' mean contribution to the log-odds by feature; a member without a feature counts 0."""
        every = [part.contributions(features) / len(self.parts) for part in self.parts.values()]
        return pd.concat(every, axis=1).T.groupby(level=0).sum().T

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {name: part.to_dict() for name, part in self.parts.items()}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the blend of ``to_dict``."""
        from holdfast.churn.contenders import contenders

        return cls({name: contenders()[name].from_dict(part) for name, part in state.items()})
