"""Why a customer stands on a list: what is unusual for them, as far as the score would be lower without it.

A reason says what the score is associated with, never what causes churn.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from holdfast.churn.behind import Behind
from holdfast.churn.eligibility import SHOW_A_RHYTHM
from holdfast.churn.model import ChurnModel
from holdfast.churn.norms import LESS, Row, figures
from holdfast.churn.signs import NO_SIGN, NO_SIGN_ONCE, NO_SIGN_QUIET, NO_SIGN_RARE, SIGNS, Sign, said_of, signs_of
from holdfast.language import gettext
from holdfast.learn.calibration import log_odds

# By so much the log-odds of churn must fall for a sign to be worth a sentence: half a point of probability at most.
_FELT = 0.02
_LEVEL = "frequency"
# A usual gap of so much of the days foreseen is a reason to buy nothing in them.
_LONG = 0.75


def reasons_for(
    model: ChurnModel,
    features: pd.DataFrame,
    *,
    most: int = 3,
    first: Sequence[list[str]] = (),
    behind: Behind | None = None,
) -> list[list[str]]:
    """Return one to ``most`` sentences per row, the strongest first.

    A sign is said where the customer's own figures bear it out (``churn.signs``), and where the probability falls once
    the figures it names are put back to the customer's norm; by how much decides their order, what changed for the
    customer before how often they ever bought. Where nothing does, the one sentence says of whom the risk is typical.

    Parameters
    ----------
    model, features
        The model that scored, and the rows as ``build_features`` returns them.
    most
        At most so many for each.
    first
        What else is said of each row, before the signs (``Returners.reasons``).
    behind
        Which of the days before were shut, and how busy the shop is through the year (``Scorer.behind``): a silence in
        its quiet season is nobody's own. All days alike if not given.

    Examples
    --------
    >>> from holdfast.churn import Past, Snapshots, train_churn
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> from holdfast.features import Cutoff, build_features
    >>> log = read_purchases(Source(simulate_shop(300, seed=3).purchases))
    >>> cutoff = Cutoff("2024-03-01", horizon_days=60)
    >>> model = train_churn(Past(Snapshots(log.connection, log.first_day), cutoff), "p0")
    >>> for sentences in reasons_for(model, build_features(log.connection, cutoff).head(3), most=1):
    ...     print(sentences[0])
    bought only twice in 290 days
    silent for 30 days; usually buys every 16 days
    usually buys only every 86 days
    """
    answers = []
    for (row, signs), known in zip(felt_signs(model, features, behind), first or [[]] * len(features), strict=True):
        none = _none(row, model.gap_days + model.horizon_days, behind or Behind())
        told = [*known, *(said_of(sign, row) for sign in signs)][:most]
        answers.append(told or [gettext(none, **row)])
    return answers


def _none(row: Row, days: int, behind: Behind) -> str:
    """Return the sentence on a customer with nothing unusual."""
    if row["purchase_days"] >= SHOW_A_RHYTHM and row["gap_median"] >= _LONG * days:
        return NO_SIGN_RARE
    if behind.usual(-days, 0) < LESS * days:
        return NO_SIGN_QUIET
    return NO_SIGN_ONCE if row["purchase_days"] == 1 else NO_SIGN


def felt_signs(model: ChurnModel, features: pd.DataFrame, behind: Behind | None = None) -> list[tuple[Row, list[Sign]]]:
    """Return per row of ``features`` its figures, and the signs that raise its probability, the strongest first."""
    rows = [figures({str(k): v for k, v in row.items()}, behind) for row in features.to_dict("records")]
    held = [signs_of(row) for row in rows]
    before = log_odds(model.p_churn(features))
    felt: list[list[tuple[bool, float, int]]] = [[] for _ in rows]
    for place, sign in enumerate(SIGNS):
        at = [i for i, signs in enumerate(held) if sign in signs]
        if not at:
            continue
        # What one customer's norm says nothing about stays as it is, though another's does.
        usual = pd.DataFrame([{**rows[i], **sign.usual(rows[i])} for i in at], index=features.index[at])
        falls = before[at] - log_odds(model.p_churn(usual[list(features.columns)]))
        for i in np.flatnonzero(falls > _FELT):
            felt[at[i]].append((sign.group == _LEVEL, -float(falls[i]), place))
    return [(row, [SIGNS[place] for *_, place in sorted(signs)]) for row, signs in zip(rows, felt, strict=True)]
