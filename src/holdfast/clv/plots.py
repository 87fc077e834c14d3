"""The pictures data scientists expect of buy-till-you-die models, as matplotlib axes.

Each function draws on ``ax`` (or on new axes), and returns the axes.
"""

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.clv.arguments import number, numbers_in, one_of, whole
from holdfast.clv.gammagamma import GammaGamma
from holdfast.clv.marks import named
from holdfast.clv.summary import DAYS, TimeUnit
from holdfast.clv.transactions import TransactionModel
from holdfast.data.day import Day, read_day
from holdfast.errors import needs_extra

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LIGHT = "#9ecae1"
_STRONG = "#08519c"
_AGES = 150


def _axes(ax: "Axes | None") -> "Axes":
    if ax is not None:
        return ax
    needs_extra("matplotlib", "plots")
    from matplotlib.pyplot import subplots

    return subplots(layout="constrained")[1]


def plot_frequency_recency_matrix(
    model: TransactionModel,
    *,
    T: float,
    max_frequency: int,
    what: Literal["p_alive", "expected_purchases"] = "expected_purchases",
    t: float = 30.0,
    cells: int = 60,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw P(alive), or the purchases expected in the next ``t``, by frequency and recency.

    Parameters
    ----------
    model
        Fitted.
    T
        Age of all customers in the picture, in time units; recency runs up to it.
    max_frequency
        Frequencies from 0 to this.
    what, t
        What is drawn; ``t`` in time units counts for expected purchases only.
    cells
        How finely recency is cut.
    ax
        Where to draw.

    Examples
    --------
    >>> from holdfast.clv import BetaGeoNBD
    >>> model = BetaGeoNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> axes = plot_frequency_recency_matrix(model, T=38, max_frequency=20, what="p_alive")
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('frequency', 'recency')
    """
    one_of(what, "what", ("p_alive", "expected_purchases"))
    T, cells = number(T, "T", above=0.0), whole(cells, "cells", least=1)
    max_frequency = whole(max_frequency, "max_frequency", least=1)
    recency = np.linspace(T / cells, T, cells)
    frequency = np.arange(1, max_frequency + 1)
    grid = pd.DataFrame(
        {"frequency": np.repeat(frequency, cells), "recency": np.tile(recency, len(frequency)), "T": float(T)}
    )
    values = model.p_alive(grid) if what == "p_alive" else model.expected_purchases(grid, t)
    matrix = np.asarray(values).reshape(len(frequency), cells).T
    axes = _axes(ax)
    image = axes.imshow(
        matrix, origin="lower", aspect="auto", extent=(0.5, max_frequency + 0.5, 0.0, float(T)), cmap="viridis"
    )
    title = "P(alive)" if what == "p_alive" else f"Purchases expected in {t:g}"
    axes.set(xlabel="frequency", ylabel="recency", title=title)
    axes.figure.colorbar(image, ax=axes)
    return axes


def plot_tracking(
    model: TransactionModel,
    purchases: pd.DataFrame,
    *,
    cutoff: Day,
    time_unit: TimeUnit = "D",
    cumulative: bool = True,
    customer_id: str = "customer_id",
    ordered_at: str = "ordered_at",
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw repeat purchases a week, or all so far, actual against expected; the model was fitted before ``cutoff``.

    Expected are those of new customers from their first purchase on: nothing that happened later is used.

    Parameters
    ----------
    model
        Fitted to what was known before ``cutoff``, in ``time_unit``.
    purchases
        All purchases, one line each.
    cutoff
        First day that the fit did not know; drawn as a line.
    time_unit
        Of the model.
    cumulative
        All so far, or a week at a time.
    customer_id, ordered_at
        Columns of ``purchases``.
    ax
        Where to draw.

    Examples
    --------
    >>> from holdfast.clv import BetaGeoNBD, summarise
    >>> from holdfast.data import simulate_shop
    >>> bought = simulate_shop(300, seed=3).purchases
    >>> known = summarise(bought, cutoff="2024-01-01", time_unit="W")
    >>> model = BetaGeoNBD().fit(known)
    >>> axes = plot_tracking(model, bought, cutoff="2024-01-01", time_unit="W")
    >>> [line.get_label() for line in axes.get_lines()]
    ['actual', 'expected', '_child2']
    """
    known_until = read_day(cutoff, "cutoff")
    if model.time_unit_ not in (None, time_unit):
        raise ValueError(f'the model was fitted in {named(model.time_unit_)}: set time_unit="{model.time_unit_}"')
    one_of(time_unit, "time_unit", tuple(DAYS))
    days = purchases[ordered_at].to_numpy().astype("datetime64[D]").astype(np.int64)
    bought = pd.DataFrame({"who": purchases[customer_id].to_numpy(), "day": days}).drop_duplicates()
    first = bought.groupby("who")["day"].transform("min")
    start, end = int(bought["day"].min()), int(bought["day"].max())
    weeks = np.arange(start, end + 8, 7)
    repeats = bought.loc[bought["day"] > first, "day"].to_numpy()
    actual = np.array([(repeats < week).sum() for week in weeks], dtype=float)
    births, customers = np.unique(bought.loc[bought["day"] == first, "day"].to_numpy(), return_counts=True)
    # Expectations are smooth in age: some ages, and straight lines between them.
    ages = np.linspace(0, np.sqrt(end + 8 - start), _AGES) ** 2
    curve = [float(model.expected_purchases_new_customer(age / DAYS[time_unit])) for age in ages[1:]]
    expected = np.array([customers @ np.interp(week - births, ages, [0.0, *curve]) for week in weeks])
    if not cumulative:
        weeks, actual, expected = weeks[1:], np.diff(actual), np.diff(expected)
    axes = _axes(ax)
    dates = weeks.astype("datetime64[D]")
    axes.plot(dates, actual, color=_LIGHT, linewidth=3, label="actual")
    axes.plot(dates, expected, color=_STRONG, linestyle="--", label="expected")
    axes.axvline(np.datetime64(known_until), color="grey", linewidth=1)  # type: ignore[arg-type]
    title = "Repeat purchases so far" if cumulative else "Repeat purchases a week"
    axes.set(title=title, ylabel="purchase days")
    axes.tick_params("x", rotation=30)
    axes.legend()
    return axes


def plot_calibration_holdout(
    model: TransactionModel,
    summary: pd.DataFrame,
    holdout_purchases: npt.ArrayLike,
    *,
    t: float,
    max_frequency: int = 7,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw the mean number of purchases in a holdout of length ``t`` by frequency before it, actual and expected.

    Parameters
    ----------
    model, summary
        Fitted before the holdout, and the histories it was fitted to.
    holdout_purchases
        What each customer then bought, shape (n,).
    t
        Length of the holdout, in time units.
    max_frequency
        Customers with more are put together.
    ax
        Where to draw.

    Examples
    --------
    >>> from holdfast.clv import BetaGeoNBD
    >>> model = BetaGeoNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> summary = pd.DataFrame({"frequency": [0, 0, 1, 5], "recency": [0.0, 0, 12, 30], "T": [38.0] * 4})
    >>> axes = plot_calibration_holdout(model, summary, [0, 1, 0, 3], t=39)
    >>> axes.get_xlabel(), [line.get_label() for line in axes.get_lines()]
    ('frequency (7 and more together)', ['actual', 'expected'])
    """
    group = np.minimum(summary["frequency"].to_numpy(), max_frequency)
    table = pd.DataFrame(
        {"group": group, "actual": np.asarray(holdout_purchases), "expected": model.expected_purchases(summary, t)}
    )
    means = table.groupby("group").mean()
    axes = _axes(ax)
    axes.plot(means.index, means["actual"], "o-", color=_LIGHT, linewidth=3, label="actual")
    axes.plot(means.index, means["expected"], "o--", color=_STRONG, label="expected")
    axes.set(xlabel=f"frequency ({max_frequency} and more together)", ylabel="mean purchases in the holdout")
    axes.legend()
    return axes


def plot_spend_density(
    model: GammaGamma, summary: pd.DataFrame, *, most: float | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw how mean spends are distributed, and how the model says they are.

    Parameters
    ----------
    model, summary
        Fitted to this summary.
    most
        Right end of the picture, in currency; the 97th percentile if not given.
    ax
        Where to draw.

    Examples
    --------
    >>> model = GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    >>> summary = pd.DataFrame({"frequency": [1, 2, 3, 5], "monetary_value": [22.0, 30.5, 41.0, 27.5]})
    >>> axes = plot_spend_density(model, summary, most=100)
    >>> axes.get_xlabel()
    'mean spend of a purchase'
    """
    histories = model.histories(summary)
    counts, weights = histories["n"], histories.weights
    means = histories["total"] / counts
    end = float(np.quantile(means, 0.97)) if most is None else most
    at = np.linspace(end / 400, end, 400)
    sizes, index = np.unique(counts, return_inverse=True)
    share = np.bincount(index, weights) / weights.sum()
    density = sum(s * model.density(at, np.full(len(at), n)) for s, n in zip(share, sizes, strict=True))
    axes = _axes(ax)
    shown = means <= end
    scale = weights[shown].sum() / weights.sum()
    values, edges = np.histogram(means[shown], bins=60, weights=weights[shown], density=True)
    axes.stairs(values * scale, edges, fill=True, color=_LIGHT, label="customers")
    axes.plot(at, density, color=_STRONG, label="model")
    axes.set(xlabel="mean spend of a purchase", ylabel="density")
    axes.legend()
    return axes


def plot_p_alive_path(
    model: TransactionModel, purchase_times: npt.ArrayLike, *, until: float, points: int = 300, ax: "Axes | None" = None
) -> "Axes":
    """Draw one customer's P(alive) over time, with the purchases as marks.

    Parameters
    ----------
    model
        Fitted.
    purchase_times
        Time of each purchase since the first one (which is 0), in time units.
    until
        End of the picture.
    points
        How finely time is cut.
    ax
        Where to draw.

    Examples
    --------
    >>> from holdfast.clv import BetaGeoNBD
    >>> model = BetaGeoNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> axes = plot_p_alive_path(model, [0, 4, 9, 11, 20], until=38)
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('time since the first purchase', 'P(alive)')
    """
    times, until = np.unique(numbers_in(purchase_times, "purchase_times")), number(until, "until", above=0.0)
    if len(times) == 0 or times[0] != 0:
        raise ValueError("purchase_times must begin with 0, the first purchase")
    at = np.unique(np.concatenate([np.linspace(0, until, points), times[times <= until]]))
    frequency = np.searchsorted(times, at, side="right") - 1
    history = pd.DataFrame({"frequency": frequency, "recency": times[frequency], "T": at})
    axes = _axes(ax)
    axes.plot(at, model.p_alive(history), color=_STRONG)
    axes.plot(times[times <= until], np.ones(int((times <= until).sum())), "|", color="black", markersize=12)
    axes.set(xlabel="time since the first purchase", ylabel="P(alive)", ylim=(0, 1.05))
    return axes
