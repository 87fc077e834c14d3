"""Are the rows to score like the training's? Profiles of a model's inputs, and what is told or refused at scoring."""

import re
from collections.abc import Sequence

import pandas as pd

from holdfast.contractual import ContractScorer, as_numbers, as_texts
from holdfast.errors import DataError
from holdfast.evaluate import Drift, Profile
from holdfast.evaluate.drift import sentence
from holdfast.features import FAMILIES, FEATURES
from holdfast.learn.arrays import Floats
from holdfast.pipeline.contract_table import PreparedContracts
from holdfast.pipeline.preparation import Prepared

# What a calendar moves by itself: a window of a year is another feature once the log is a year old.
_CALENDAR = {f.name for family in ("trend and season", "calendar") for f in FAMILIES[family]}
_WINDOWED = tuple(f.name for f in FEATURES if re.search(r"_\d+d$", f.name))
_COMPARED = tuple(f.name for f in FEATURES if f.name not in _CALENDAR and (f.needs or f.name not in _WINDOWED))


def feature_profile(prepared: Prepared) -> Profile:
    """Return the profile of today's features, and what one window moved in them."""
    cutoff = prepared.cutoff
    earlier = cutoff.earlier(cutoff.horizon_days + cutoff.gap_days).date
    now = prepared.snapshots.features(cutoff.date, prepared.snapshots.sizes.check)
    names = [n for n in _COMPARED if now[n].notna().any()]
    had = prepared.log.first_day < earlier
    then = prepared.snapshots.features(earlier, prepared.snapshots.sizes.check) if had else None
    return Profile.of(_numbers(now, names), earlier=None if then is None else _numbers(then, names), windowed=_WINDOWED)


def feature_drift(profile: Profile | None, features: pd.DataFrame) -> list[Drift]:
    """Return the features that are unlike the training's, worst first.

    Raises
    ------
    DataError
        One of them is missing for everybody, and was for hardly anybody.
    """
    if profile is None:
        return []
    return _told(profile.drift(_numbers(features, list(profile.numbers))), "the purchases and the tables beside them")


def column_profile(prepared: PreparedContracts, scorer: ContractScorer, rows: pd.DataFrame) -> Profile:
    """Return the profile of the columns that a model of contracts reads.

    Of spells these are today's rows, and one window earlier is looked at too; of a snapshot, the rows it learnt from.
    """
    numbers, categories = _columns(scorer, rows)
    if prepared.spells is None or prepared.cutoff is None:
        return Profile.of(numbers, categories)
    cutoff = prepared.cutoff
    before = cutoff.earlier(cutoff.horizon_days + cutoff.gap_days)
    then = prepared.spells.features_at(before, period_days=round(prepared.period_days))
    return Profile.of(numbers, categories, earlier=_columns(scorer, then)[0] if len(then) else None)


def column_drift(prepared: PreparedContracts, scorer: ContractScorer, rows: pd.DataFrame) -> list[Drift]:
    """Return the columns that are unlike the training's, worst first.

    Raises
    ------
    DataError
        All categories of a column are new, or it is blank for everybody and was for hardly anybody.
    """
    if scorer.profile is None:
        return []
    return _told(scorer.profile.drift(*_columns(scorer, rows)), prepared.cells.label)


def drift_notes(profile: Profile | None, drifts: list[Drift]) -> list[str]:
    """Return what a reader of the scores must know about their inputs."""
    if profile is None:
        return ["The model has no profile of its inputs: whether they are unlike the training's is not known."]
    return [said] if (said := sentence(drifts)) else []


def _told(drifts: list[Drift], where: str) -> list[Drift]:
    severe = "; ".join(d.said for d in drifts if d.severe)
    if severe:
        raise DataError(
            f"{where}: the model cannot score these rows: {severe}. Write them as they were written for the training, "
            "or run `holdfast train` on them."
        )
    return drifts


def _numbers(features: pd.DataFrame, names: Sequence[str]) -> dict[str, Floats]:
    return {name: features[name].to_numpy(dtype="float64") for name in names}


def _columns(scorer: ContractScorer, rows: pd.DataFrame) -> tuple[dict[str, Floats], dict[str, pd.Series]]:
    encoder, terms = scorer.churn.encoder, scorer.terms
    numbers = dict.fromkeys([*(n.name for n in encoder.numbers), *terms.numbers])
    texts = dict.fromkeys([*(c.name for c in encoder.categories), *([] if terms.plan is None else [terms.plan])])
    return (
        {name: as_numbers(rows[name])[0] for name in numbers},
        {name: as_texts(rows[name]) for name in texts if name not in numbers},
    )
