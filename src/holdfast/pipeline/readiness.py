"""Check whether a log can be read and a churn model learnt from it."""

from dataclasses import asdict, dataclass
from typing import Any

from holdfast.churn import Definition, plan_snapshots
from holdfast.errors import NotEnoughDataError
from holdfast.pipeline.preparation import PreparedPurchases, teachable


@dataclass(frozen=True)
class Readiness:
    """What training as of ``as_of`` would learn from, and what churn could mean in this log.

    ``problem`` says why it cannot be learnt, or is empty. ``without_purchase``: so many beside ``customers`` have no
    purchase left, for all were given back, or worth 0.

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.data import simulate_shop
    >>> settings = {"name": "shop", "purchases": {}, "as_of": "2024-03-01", "churn": {"horizon_days": 60}}
    >>> config = holdfast.make_config(settings)
    >>> found = holdfast.check(holdfast.prepare(config, purchases=simulate_shop(200, seed=3).purchases))
    >>> found.problem, found.customers, len(found.windows)
    ('', 200, 7)
    """

    as_of: str
    windows: list[dict[str, Any]]
    customers: int
    without_purchase: int
    test_cutoff: str | None
    problem: str
    definition: Definition

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def readiness(prepared: PreparedPurchases) -> Readiness:
    """Say what a training as of the configured date would use, without training."""
    cutoff = prepared.cutoff
    # Those of last year's season come behind the others: a person reads them by day.
    cutoffs = sorted(prepared.snapshots.planned(cutoff), key=lambda c: c.date, reverse=True)
    windows = []
    for c in cutoffs:
        outcome = prepared.snapshots.outcomes(c)
        windows.append(
            {
                "cutoff": c.date.isoformat(),
                "window_end": c.window_end.isoformat(),
                "customers": len(outcome),
                "churn_rate": float(outcome["churned"].mean()),
            }
        )
    customers = len(prepared.snapshots.outcomes(cutoff))
    seen = prepared.log.connection.execute(
        f"SELECT COUNT(DISTINCT customer_id) FROM purchases WHERE day < {cutoff.day}"
    ).fetchall()[0][0]
    test = cutoff.earlier(cutoff.horizon_days + cutoff.gap_days)
    testable = bool(plan_snapshots(prepared.log.first_day, test))
    try:
        teachable(prepared)
        problem = ""
    except NotEnoughDataError as error:
        problem = str(error)
    definition = prepared.snapshots.definition(cutoff, prepared.config.active_days)
    tested = test.date.isoformat() if testable else None
    return Readiness(cutoff.date.isoformat(), windows, customers, seen - customers, tested, problem, definition)
