"""Ridge logistic regression that knows what the buy-till-you-die models say: a strong partner for trees."""

from typing import Any, Self

import numpy as np
import pandas as pd

from holdfast.churn.btyd import Trio
from holdfast.churn.contender import Contender
from holdfast.churn.past import Past
from holdfast.learn.arrays import Floats
from holdfast.learn.calibration import log_odds
from holdfast.learn.logistic import RidgeLogistic, log_positive


class Ridge(Contender):
    """Logistic regression on the logits of P0, log RFM and rhythm, on the latest past snapshot.

    P0 comes from models fitted as of the row's own cutoff, so that a past row and today's are alike. With less
    than two horizons of history, windows over half the horizon are pooled in.
    """

    name = "ridge"

    def __init__(self, logistic: RidgeLogistic, trio: Trio, days: int, gap_days: int) -> None:
        self.logistic, self.trio, self.days, self.gap_days = logistic, trio, days, gap_days

    @classmethod
    def fit(cls, past: Past) -> Self:
        """Fit on the latest past snapshot."""
        windows = past.pooled(most=1) if past.short else past.training_windows(most=1)
        # A model without an answer at one of the days is no column.
        answer = set(past.trio.models).intersection(*(x.trio.models for x in windows))
        columns = pd.concat(
            [_columns(x.features, x.trio.only(answer), x.cutoff.horizon_days, x.cutoff.gap_days) for x in windows],
            ignore_index=True,
        )
        logistic = RidgeLogistic.fit(columns, np.concatenate([x.churned for x in windows]))
        return cls(logistic, past.trio.only(answer), past.cutoff.horizon_days, past.cutoff.gap_days)

    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window), shape (n,)."""
        return self.logistic.p(_columns(features, self.trio, self.days, self.gap_days))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "logistic": self.logistic.to_dict(),
            "trio": self.trio.to_dict(),
            "days": self.days,
            "gap_days": self.gap_days,
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the model of ``to_dict``."""
        return cls(RidgeLogistic(**state["logistic"]), Trio.from_dict(state["trio"]), state["days"], state["gap_days"])


def _columns(features: pd.DataFrame, trio: Trio, days: int, gap_days: int) -> pd.DataFrame:
    p0 = trio.p_no_purchase(features, days, gap_days=gap_days)
    return pd.DataFrame(
        {
            **{f"logit_{name}": log_odds(p) for name, p in p0.items()},
            "log_silence": np.log(features["days_since_last"]),
            "log_purchases": np.log(features["purchase_days"]),
            "log_spend": log_positive(features["spend_mean"]),
            "log_tenure": np.log1p(features["tenure"]),
            "log_recent_30": np.log1p(features["purchase_days_30d"]),
            "log_recent_90": np.log1p(features["purchase_days_90d"]),
            "log_silence_to_gap": np.log1p(features["silence_to_gap_mean"]),
            "gap_variation": features["gap_variation"],
            "gap_trend": np.log1p(features["gap_last_to_mean"]),
            "late_share": features["late_share"],
        },
        index=features.index,
    )
