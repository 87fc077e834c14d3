"""Are the rows to score like the training's? Profiles of a model's inputs, and what is told or refused at scoring."""

import re
from collections.abc import Sequence
from datetime import date

import pandas as pd

from holdfast.evaluate import Drift, Profile
from holdfast.evaluate.drift import refuse_severe, sentence
from holdfast.features import FAMILIES, FEATURES, Cutoff
from holdfast.language import told
from holdfast.learn.arrays import Floats
from holdfast.pipeline.preparation import PreparedPurchases

# What a calendar moves by itself: a window of a year is another feature once the log is a year old.
_CALENDAR = {f.name for family in ("trend and season", "calendar") for f in FAMILIES[family]}
_WINDOWED = tuple(f.name for f in FEATURES if re.search(r"_\d+d$", f.name))
_COMPARED = tuple(f.name for f in FEATURES if f.name not in _CALENDAR and (f.needs or f.name not in _WINDOWED))


def feature_profile(prepared: PreparedPurchases) -> Profile:
    """Return the profile of today's features, and what one window moved in them."""
    cutoff = prepared.cutoff
    earlier = cutoff.earlier(cutoff.horizon_days + cutoff.gap_days).date
    now = prepared.snapshots.features(cutoff.date, prepared.snapshots.sizes.check)
    names = [n for n in _COMPARED if now[n].notna().any()]
    had = prepared.log.first_day < earlier
    then = prepared.snapshots.features(earlier, prepared.snapshots.sizes.check) if had else None
    return Profile.of(_numbers(now, names), earlier=None if then is None else _numbers(then, names), windowed=_WINDOWED)


def feature_drift(profile: Profile | None, features: pd.DataFrame, *, windows: float = 1.0) -> list[Drift]:
    """Return the features that are unlike the training's, ``windows`` ago, worst first: as the monitor asks.

    Raises
    ------
    DataError
        One of them is missing for everybody, and was for hardly anybody.
    """
    if profile is None:
        return []
    refuse_severe(profile_drift(profile, features), "the purchases and the tables beside them")
    return profile_drift(profile.aged(windows), features)


def profile_drift(profile: Profile, features: pd.DataFrame) -> list[Drift]:
    """Return the features that are unlike the training's, worst first, however severe."""
    return profile.drift(_numbers(features, list(profile.numbers)))


def windows_since(trained: date | None, cutoff: Cutoff) -> float:
    """Return how many outcome windows lie between a training and now."""
    return 1.0 if trained is None else (cutoff.date - trained).days / (cutoff.horizon_days + cutoff.gap_days)


def drift_notes(profile: Profile | None, drifts: list[Drift]) -> list[str]:
    """Return what a reader of the scores must know about their inputs."""
    if profile is None:
        return [told("The model has no profile of its inputs: whether they are unlike the training's is not known.")]
    return [said] if (said := sentence(drifts)) else []


def _numbers(features: pd.DataFrame, names: Sequence[str]) -> dict[str, Floats]:
    return {name: features[name].to_numpy(dtype="float64") for name in names}
