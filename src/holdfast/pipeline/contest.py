"""Race: every contender on the last windows whose outcome is known, and which of them serves."""

import warnings
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from holdfast.churn import DEFAULT as DEFAULT_CHURN
from holdfast.churn import MEMBERS, contenders
from holdfast.churn.model import asked_for
from holdfast.clv import GammaGamma, IndependenceWarning, Model
from holdfast.clv.bridge import fit_with_lifetimes
from holdfast.errors import ConfigError, NotEnoughDataError, nearest
from holdfast.evaluate import Choice, RaceWindow, choose_churn, choose_value, churn_table, value_table
from holdfast.features import Cutoff, summary_of
from holdfast.forecast import DEFAULT as DEFAULT_VALUE
from holdfast.forecast import Outlook, value_contenders
from holdfast.pipeline.preparation import PreparedPurchases, for_purchases
from holdfast.progress import Say, Steps, quiet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Contest:
    """The race as of a date: its windows, newest first, and who serves.

    ``outcome`` is the one at the as-of date itself, where the log reaches that far; it decides nothing.

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.data import simulate_shop
    >>> settings = {"name": "small", "purchases": {}, "as_of": "2024-03-01", "churn": {"horizon_days": 60}}
    >>> config = holdfast.make_config({**settings, "race": {"churn": "p0", "value": "btyd", "origins": 1}})
    >>> shop = holdfast.prepare(config, purchases=simulate_shop(300, seed=3).purchases)
    >>> contest = race(shop, only=["recency"], outcome=False)
    >>> contest.churn.name, contest.churn.best_simple
    ('p0', 'p0')
    """

    windows: list[RaceWindow]
    outcome: RaceWindow | None
    churn: Choice
    value: Choice

    def as_dict(self) -> dict[str, Any]:
        """Return the tables as plain values for JSON; intervals are resampled once."""
        return self._tables

    def metrics(self) -> dict[str, float]:
        """Return every contender's figures in the newest window by name, the same figure side by side."""
        found: dict[str, float | None] = {}
        for window in self._tables["windows"][:1]:
            for row in window["churn"]:
                found |= {f"race/churn {figure}/{row['contender']}": row[figure] for figure in ("log_loss", "auc")}
            for row in window["value"]:
                found[f"race/purchases rmse/{row['contender']}"] = row["purchases"]["rmse"]
        return {name: float(value) for name, value in found.items() if value is not None and np.isfinite(value)}

    @cached_property
    def _tables(self) -> dict[str, Any]:
        return {
            "windows": [_tables(h, self.churn.name, self.value.name) for h in self.windows],
            "outcome": _tables(self.outcome, self.churn.name, self.value.name) if self.outcome else None,
            "churn": self.churn.as_dict(),
            "value": self.value.as_dict(),
        }


def fitted(model: M, rows: pd.DataFrame, engine: str) -> M:
    """Fit on histories or spends (``build_histories``, ``build_spends``) with the engine the configuration names."""
    summary, weights = summary_of(rows), rows["customers"]
    with warnings.catch_warnings():
        # The scores' notes say it.
        warnings.simplefilter("ignore", IndependenceWarning)
        if engine == "lifetimes":
            fit_with_lifetimes(model, summary, weights=weights)
            if model.converged_:
                return model
        return model.fit(summary, weights=weights)


def outlook_at(prepared: PreparedPurchases, cutoff: Cutoff) -> Outlook:
    """Return what a forecast may use as of ``cutoff``; the race and the training share its fits."""
    if cutoff in prepared.outlooks:
        return prepared.outlooks[cutoff]
    spend = None
    if prepared.log.has_money:
        model, spends = GammaGamma(first_purchase=True, ridge="clip"), prepared.snapshots.spends(cutoff.date)
        spend = fitted(model, spends, prepared.config.clv.engine)
    return prepared.outlooks.setdefault(cutoff, Outlook(prepared.past.earlier(cutoff), spend))


@for_purchases("race")
def race(
    prepared: PreparedPurchases, *, outcome: bool = True, only: Collection[str] | None = None, say: Say = quiet
) -> Contest:
    """Let contenders foresee past windows, each from what was known before it.

    Parameters
    ----------
    prepared
        The log and the as-of date.
    outcome
        Whether to race at the as-of date too, where its outcome is known by now.
    only
        The contenders that race, beside those that are simple or would serve by default; ``None``: all that the
        configuration does not leave out.

    Raises
    ------
    ConfigError
        ``race.leave_out``, ``race.churn`` or ``race.value`` names no contender, they contradict each other, or none
        is left.

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.data import simulate_shop
    >>> settings = {"name": "small", "purchases": {}, "as_of": "2024-03-01", "churn": {"horizon_days": 60}}
    >>> config = holdfast.make_config({**settings, "race": {"churn": "p0", "value": "btyd", "origins": 1}})
    >>> shop = holdfast.prepare(config, purchases=simulate_shop(300, seed=3).purchases)
    >>> contest = race(shop, only=["recency"], outcome=False)
    >>> for row in contest.as_dict()["windows"][0]["churn"]:
    ...     print(row["contender"], round(row["auc"], 3))
    p0 0.805
    mbg_nbd 0.806
    bg_nbd 0.801
    pareto_nbd 0.805
    rfm 0.771
    recency 0.759
    """
    config, cutoff = prepared.config.race, prepared.cutoff
    churn, value = _entered(config.leave_out, config.churn, config.value)
    default = _default(config.churn, churn, DEFAULT_CHURN), _default(config.value, value, DEFAULT_VALUE)
    if only is not None:
        churn = [n for n in churn if contenders()[n].simple or n in {*only, default[0]}]
        value = [n for n in value if value_contenders()[n].simple or n in {*only, default[1]}]
    length = cutoff.horizon_days + cutoff.gap_days
    origins = [cutoff.earlier(k * length) for k in range(1, config.origins + 1)]
    origins = [o for o in origins if (o.date - prepared.log.first_day).days > 0]
    say(f"racing as of {', '.join(str(o.date) for o in origins)}")
    steps = Steps(say, (len(origins) + 1) * (len(churn) + len(value)), "models")
    _prepare(prepared, [*origins, *([cutoff] if only is not None else [])], churn, value, steps)
    if only is not None:
        # A training goes on with today's model and that of one window earlier.
        for past in (prepared.past, prepared.past.window_earlier):
            contenders()[default[0]].prepare(asked_for(past))
    windows = []
    for origin in origins:
        window = _window(prepared, origin, churn, value, steps)
        if not _taught(prepared, origin):
            break
        windows.append(window)
    final = None
    if outcome and prepared.outcome_known:
        say(f"racing as of {cutoff.date}, whose outcome is known by now")
        final = _window(prepared, cutoff, churn, value, Steps(say, len(churn) + len(value), "models"))
    # Where everybody, or nobody, bought, whoever says so most loudly is best.
    telling = [h for h in windows if 0 < h.churned.sum() < len(h.churned)]
    simple = [n for n in churn if contenders()[n].simple]
    simple_value = [n for n in value if value_contenders()[n].simple]
    return Contest(
        windows,
        final,
        choose_churn(telling, default[0], simple, fixed=config.churn != "auto"),
        choose_value(telling, default[1], simple_value, fixed=config.value != "auto"),
    )


def _prepare(
    prepared: PreparedPurchases, origins: list[Cutoff], churn: list[str], value: list[str], steps: Steps
) -> None:
    """Let each contender make what several origins need."""
    for name in churn:
        contenders()[name].prepare([prepared.past.earlier(origin) for origin in origins])
        steps.done()
    for name in value:
        value_contenders()[name].prepare([outlook_at(prepared, origin) for origin in origins])
        steps.done()


def _window(
    prepared: PreparedPurchases, cutoff: Cutoff, churn: list[str], value: list[str], steps: Steps
) -> RaceWindow:
    features, outcome = prepared.snapshots.at(cutoff)
    past, outlook = prepared.past.earlier(cutoff), outlook_at(prepared, cutoff)
    p_churn, purchases, spend, absent = {}, {}, {}, {}
    for name in churn:
        try:
            p_churn[name] = past.fitted(name).p_churn(features)
        except NotEnoughDataError as error:
            absent[name] = str(error)
        steps.done()
    per_purchase = outlook.per_purchase(features)
    for name in value:
        steps.done()
        try:
            model = outlook.fitted(name)
        except NotEnoughDataError as error:
            absent[name] = str(error)
            continue
        purchases[name] = model.purchases(features)
        if per_purchase is not None:
            spend[name] = model.spend(features, per_purchase)
    return RaceWindow(
        cutoff=cutoff.date.isoformat(),
        window_end=cutoff.window_end.isoformat(),
        churned=outcome["churned"].to_numpy(dtype=np.int64),
        purchases=outcome["purchases"].to_numpy(dtype=np.float64),
        spend=outcome["spend"].to_numpy(dtype=np.float64) if prepared.log.has_money else None,
        p_churn=p_churn,
        expected_purchases=purchases,
        expected_spend=spend,
        absent=absent,
    )


def _taught(prepared: PreparedPurchases, origin: Cutoff) -> bool:
    """Say whether outcomes before ``origin`` could teach anything; if not, there is no use in going further back."""
    try:
        prepared.past.earlier(origin).training_windows()
    except NotEnoughDataError:
        return False
    return True


def _entered(leave_out: tuple[str, ...], churn: str, value: str) -> tuple[list[str], list[str]]:
    both = {**contenders(), **value_contenders()}
    for key, names, known in (
        ("race.leave_out", leave_out, both),
        ("race.churn", (churn,), {"auto": None, **contenders()}),
        ("race.value", (value,), {"auto": None, **value_contenders()}),
    ):
        for name in names:
            if name not in known:
                raise ConfigError(f'{key}: there is no contender "{name}".{nearest(name, sorted(known))}')
    for key, name in (("race.churn", churn), ("race.value", value)):
        if name in leave_out:
            raise ConfigError(f"{key} names {name}, which race.leave_out leaves out.")
    if churn == DEFAULT_CHURN and set(MEMBERS) <= set(leave_out):
        raise ConfigError(f"race.churn names {churn}, and race.leave_out leaves out all its members.")
    left = [[n for n in of if n not in leave_out] for of in (contenders(), value_contenders())]
    if not all(left):
        raise ConfigError("race.leave_out leaves no contender.")
    return left[0], left[1]


def _default(named: str, entered: list[str], default: str) -> str:
    """Return the contender named, or the default; where that was left out, the last that entered."""
    if named != "auto":
        return named
    return default if default in entered else entered[-1]


def _tables(window: RaceWindow, churn: str, value: str) -> dict[str, Any]:
    return {
        "cutoff": window.cutoff,
        "window_end": window.window_end,
        "churn": churn_table(window, churn),
        "value": value_table(window, value),
        "absent": dict(window.absent),
    }
