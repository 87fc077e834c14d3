"""How well purchases and value are foreseen, out of time: `make bench-value`.

Each log is cut at each date: what is later is not even read. What `holdfast train` would serve then foresees the churn
window and, where the log reaches so far, a year. Beside it stand BG/NBD × Gamma-Gamma alone, and what each customer did
in the same days of last year. A date is fitted once: what was foreseen is kept, by the content of the code.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

import holdfast
from benchmarks import value_logs, value_shops
from benchmarks.value_later import later
from benchmarks.value_level import level
from benchmarks.value_logs import Log, grocer, logs, monthly_box
from benchmarks.value_shops import others
from benchmarks.value_spend import spend
from benchmarks.value_young import young
from holdfast import columns
from holdfast.clv import BTYD_MODELS, GammaGamma
from holdfast.evaluate import value_metrics
from holdfast.evaluate.gate import Defender
from holdfast.evaluate.ties import Places
from holdfast.features import Cutoff, build_features, build_outcomes, summary_of
from holdfast.forecast.scorer import Scorer
from holdfast.forecast.spread import Spread, totals
from holdfast.learn.arrays import Floats
from holdfast.learn.intervals import paired_mean_difference
from holdfast.pipeline.training import learn
from holdfast.progress import quiet

KEPT = Path("build/bench-value")
RIVALS = {"now": "Holdfast", "bgnbd": "BG/NBD × GG", "year": "last year"}
_DRAWS, _YEAR = 1000, 365
# Of all logs; cohorts are of so many days, and totals of at least so many customers.
_WINDOW, _COHORT, _FEWEST = 90, 120, 30


@dataclass(frozen=True)
class Case:
    """What was foreseen on a date of every customer over some days, and what happened, row by row."""

    log: str
    as_of: date
    days: int
    rows: pd.DataFrame

    def has(self, rival: str) -> bool:
        """Say whether a rival had an answer: last year's window needs a year of history."""
        return bool(self.rows[f"{rival}_spend"].notna().all())

    def metrics(self, rival: str) -> dict[str, float]:
        """Return bias, WAPE, Gini and the share that the best tenth brought in, of purchases and of spend."""
        found: dict[str, float] = {}
        for what in ("purchases", "spend"):
            truth, expected = (self.rows[c].to_numpy(dtype=np.float64) for c in (what, f"{rival}_{what}"))
            of = value_metrics(truth, expected)
            found |= {f"{what}_{name}": of[name] for name in ("bias", "wape", "gini")}
            found[f"{what}_top"] = float((Places.of(expected).share_within(0, len(truth) // 10) * truth).sum())
            found[f"{what}_top"] /= truth.sum()
        return found

    @property
    def coverage(self) -> float:
        """The share of customers whose spend fell into their interval of 80 %."""
        return float(self.rows["spend"].between(self.rows["now_low"], self.rows["now_high"]).mean())

    def totals(self) -> pd.DataFrame:
        """Return totals of all, of cohorts and of customers by purchases, with their intervals and what they made."""
        rows = self.rows
        scores = rows.rename(columns={"now_spend": columns.clv(self.days)})
        spread = Spread.from_dict(json.loads(rows["spread"].iloc[0]))
        groups = {
            "all": pd.Series("all", index=rows.index),
            "cohort": rows["tenure"] // _COHORT,
            "purchases": rows["purchase_days"].clip(upper=4),
        }
        parts = []
        for kind, names_of in groups.items():
            part = totals(scores, names_of, spread, churn_days=_WINDOW, clv_days=self.days)
            made = rows.groupby(names_of)["spend"].sum().rename("made")
            parts.append(part.merge(made, left_on="name", right_index=True).assign(kind=kind))
        found = pd.concat(parts)
        return found[found["customers"] >= _FEWEST]

    def wape_difference(self, rival: str) -> tuple[float, float, float]:
        """Return WAPE of spend of what is served minus the rival's, with its 95 % interval: a bootstrap by customer."""
        y = self.rows["spend"].to_numpy(dtype=np.float64)
        more = _errors(self.rows, "now") - _errors(self.rows, rival)
        random, n = np.random.default_rng(1), len(y)
        drawn = [more[who].sum() / y[who].sum() for who in (random.integers(0, n, n) for _ in range(_DRAWS))]
        low, high = np.quantile(drawn, [0.025, 0.975])
        return float(more.sum() / y.sum()), float(low), float(high)


def _errors(rows: pd.DataFrame, rival: str) -> Floats:
    return (rows[f"{rival}_spend"] - rows["spend"]).abs().to_numpy(dtype=np.float64)


def cases(log: Log, *, say: Any = quiet) -> Iterator[Case]:
    """Foresee a log on all its dates, or read what was kept of it."""
    whole = None
    for as_of in log.dates:
        kept = KEPT / code() / f"{log.name.replace(' ', '-')}-{as_of}.parquet"
        if not kept.is_file():
            whole = whole or log.prepared(None).log
            say(f"{log.name} as of {as_of}")
            kept.parent.mkdir(parents=True, exist_ok=True)
            foreseen(log, as_of, whole).to_parquet(kept)
        for days, rows in pd.read_parquet(kept).groupby("days"):
            yield Case(log.name, as_of, int(str(days)), rows)


def foreseen(log: Log, as_of: date, whole: Any) -> pd.DataFrame:
    """Learn as `holdfast train` does of a log cut at a date, and set what it foresees beside what happened."""
    prepared = log.prepared(as_of)
    scorer = cast("Scorer", learn(prepared, Defender(None, "a benchmark"), quiet).scorer)
    features = build_features(prepared.log.connection, Cutoff(as_of, 1))
    parts = []
    for days in (log.horizon_days, _YEAR):
        cutoff = Cutoff(as_of, days)
        if cutoff.observed_by(whole.last_day + timedelta(days=1)):
            truth = build_outcomes(whole.connection, cutoff).set_index("customer_id")[["purchases", "spend"]]
            rows = {**_served(scorer, features, as_of, days), **_alone(scorer, features, days)}
            table = pd.DataFrame(rows, index=features["customer_id"]).join(truth)
            # Whose purchases were all returned later is nobody's customer by then, and brought in nothing.
            table[["purchases", "spend"]] = table[["purchases", "spend"]].fillna(0.0)
            parts.append(table.join(_year_ago(prepared.log, cutoff)).assign(days=days))
    return pd.concat(parts).reset_index()


def _served(scorer: Scorer, features: pd.DataFrame, as_of: date, days: int) -> dict[str, npt.NDArray[Any]]:
    scores = replace(scorer, clv_horizon_days=days).score(features, as_of=as_of, model_version="")
    spend = scores[columns.clv(days)].to_numpy()
    found = {
        "now_spend": spend,
        "now_purchases": spend / scores["expected_spend_per_purchase"].to_numpy(),
        "now_low": scores[columns.clv_low(days)].to_numpy(),
        "now_high": scores[columns.clv_high(days)].to_numpy(),
    }
    summary, h = summary_of(features), scorer.churn.horizon_days
    for_totals = (columns.clv_deviation(days), columns.p_churn(h), columns.value_if_stays(h))
    found |= {name: scores[name].to_numpy() for name in for_totals}
    found |= {name: features[name].to_numpy() for name in ("tenure", "purchase_days")}
    found["spread"] = np.full(len(features), json.dumps(scorer.spread.to_dict()))
    # What the carrying-on after the window is made of, model by model.
    found["window_purchases"] = scores[columns.expected_purchases(h)].to_numpy()
    for name, model in scorer.lasting.models.items():
        found[f"{name}_window"] = model.expected_purchases(summary, h)
        found[f"{name}_purchases"] = model.expected_purchases(summary, days)
    return found


def _alone(scorer: Scorer, features: pd.DataFrame, days: int) -> dict[str, Floats]:
    """Return BG/NBD × Gamma-Gamma: value as it was before the forecast that won the race was part of it."""
    summary, spend = summary_of(features), cast("GammaGamma", scorer.spend)
    purchases = scorer.transactions.expected_purchases(summary, days)
    return {"bgnbd_purchases": purchases, "bgnbd_spend": purchases * spend.expected_spend(summary)}


def _year_ago(log: Any, cutoff: Cutoff) -> pd.DataFrame:
    """Return what each customer did in the same days of last year; missing where the log did not reach back so far."""
    then = cutoff.earlier(_YEAR)
    done = log.connection.execute(
        "SELECT customer_id, COUNT(*) AS year_purchases, CAST(SUM(spend) AS DOUBLE) AS year_spend FROM ("
        "SELECT customer_id, day, SUM(amount) AS spend FROM purchases "
        f"WHERE day >= {then.day} AND day < {min(then.day + cutoff.horizon_days, cutoff.day)} GROUP BY customer_id, day"
        ") AS days WHERE spend > 0 GROUP BY customer_id"
    ).df()
    everyone = log.connection.execute(f"SELECT DISTINCT customer_id FROM purchases WHERE day < {cutoff.day}").df()
    missing = np.nan if then.date < log.first_day else 0.0
    return everyone.set_index("customer_id").join(done.set_index("customer_id")).astype(float).fillna(missing)


@cache
def code() -> str:
    """Return a name for the content of the code: what other code foresaw is not taken for its own."""
    digest = hashlib.sha256()
    package = Path(holdfast.__file__).parent
    for path in [*sorted(package.rglob("*.py")), Path(__file__), Path(value_logs.__file__), Path(value_shops.__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def table(found: list[Case]) -> None:
    """Print a line per log, date, days and rival."""
    head = "   bias   WAPE   Gini  top 10 %  "
    print(f"{'':<46}{'purchases':^35}{'spend':^35}{'80 %':>7}   WAPE of spend, Holdfast minus")
    print(f"{'log, as of, days, by':<46}{head:>35}{head:>35}{'holds':>7}   this rival (95 %)")
    for case in found:
        for rival in (name for name in RIVALS if case.has(name)):
            m, served = case.metrics(rival), rival == "now"
            where = f"{case.log} {case.as_of} {case.days:>3}" if served else ""
            figures = "".join(
                f"{m[f'{w}_bias']:>+8.1%}{m[f'{w}_wape']:>8.3f}{m[f'{w}_gini']:>8.3f}{m[f'{w}_top']:>8.1%}   "
                for w in ("purchases", "spend")
            )
            difference = "" if served else "{:+.3f} ({:+.3f} to {:+.3f})".format(*case.wape_difference(rival))
            holds = f"{case.coverage:.1%}" if served else ""
            print(f"{where:<32}{RIVALS[rival]:<14}{figures}{holds:>7}   {difference}", flush=True)


def summary(found: list[Case]) -> None:
    """Print over all dates the median |bias| and how often the WAPE of spend is clearly lower or higher."""
    print("\nmedian |bias|, and on how many dates WAPE of spend is clearly lower or higher than the rival's")
    for days in sorted({case.days for case in found}):
        for rival in RIVALS:
            told = [case for case in found if case.days == days and case.has(rival)]
            if not told:
                continue
            bias = {w: median(abs(c.metrics(rival)[f"{w}_bias"]) for c in told) for w in ("purchases", "spend")}
            said = f"{days:>3} days, {RIVALS[rival]:<13} purchases {bias['purchases']:.1%}, spend {bias['spend']:.1%}"
            if rival != "now":
                differences = [case.wape_difference(rival) for case in told]
                lower, higher = sum(d[2] < 0 for d in differences), sum(d[1] > 0 for d in differences)
                said += f"; Holdfast lower on {lower}, higher on {higher} of {len(told)}"
            print(said)


def of_totals(found: list[Case]) -> None:
    """Print how often the intervals of totals held what happened."""
    print("\ntotals of at least 30 customers whose interval of 80 and of 95 % held what they brought in")
    for days in sorted({case.days for case in found}):
        every = pd.concat([case.totals() for case in found if case.days == days])
        for kind, some in [*every.groupby("kind"), ("together", every)]:
            held = (some["made"].between(some[f"low_{level}"], some[f"high_{level}"]).mean() for level in (80, 95))
            print(f"  {days:>3} days, {kind:<10} {len(some):>4} totals: " + ", ".join(f"{share:.0%}" for share in held))


def carrying(found: list[Case]) -> None:
    """Print how else the forecast of the window could be carried on to a year, beside the mean of the BTYD models.

    Where the error is clearly higher or lower than the mean's is told by paired intervals (95 %), as in the race.
    """
    told = [case for case in found if case.days == _YEAR]
    print("\ncarrying on from the window to a year: squared error of purchases beside that of the BTYD models' mean")
    ways = [_ways(case.rows) for case in told]
    for name in ways[0] if ways else ():
        truths = [case.rows["purchases"].to_numpy(dtype=np.float64) for case in told]
        pairs = [(np.square(w[name] - y), np.square(w["mean"] - y)) for w, y in zip(ways, truths, strict=True)]
        more = [float(own.mean() / mean.mean() - 1) for own, mean in pairs]
        apart = [paired_mean_difference(own, mean) for own, mean in pairs]
        bias = median(abs(w[name].sum() / y.sum() - 1) for w, y in zip(ways, truths, strict=True))
        print(
            f"  {name:<30}{np.mean(more):>+7.1%} ({min(more):+.1%} to {max(more):+.1%}); clearly lower on "
            f"{sum(d.high < 0 for d in apart)}, higher on {sum(d.low > 0 for d in apart)} of {len(told)}; "
            f"median |bias| {bias:.1%}"
        )


def _ways(rows: pd.DataFrame) -> dict[str, Floats]:
    """Return purchases expected in a year, by how the window's forecast is carried on after it."""
    window = rows["window_purchases"].to_numpy()
    models = [name for name in BTYD_MODELS if f"{name}_window" in rows and rows[f"{name}_window"].notna().all()]
    inside = {name: rows[f"{name}_window"].to_numpy() for name in models}
    after = {name: rows[f"{name}_purchases"].to_numpy() - inside[name] for name in models}
    mean, own = np.mean(list(after.values()), axis=0), np.mean(list(inside.values()), axis=0)
    ratio = np.clip(window / np.maximum(own, 1e-9), 0.25, 4.0)
    return {
        "mean": window + mean,
        "by who leaves, as served": rows["now_purchases"].to_numpy(),
        **{name: window + of for name, of in after.items()},
        "each at their window's level": window + mean * ratio,
        "the same, half (root)": window + mean * np.sqrt(ratio),
        "all at the window's level": window + mean * window.sum() / own.sum(),
        "no forecast of the window": own + mean,
    }


def main() -> None:
    """Print the table, then the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder of the logs not brought along"
    )
    parser.add_argument("--logs", nargs="*", help="only these, by name; 'monthly box' and 'grocer' are more")
    parser.add_argument("--young", action="store_true", help="logs too young to know last year")
    parser.add_argument("--later", action="store_true", help="what comes after the window, beside earlier years")
    parser.add_argument("--level", action="store_true", help="the window's level, beside earlier years")
    parser.add_argument("--spend", action="store_true", help="what a purchase is worth, where prices and spends move")
    parser.add_argument("--others", action="store_true", help="businesses made up by other laws instead")
    given = parser.parse_args()
    parts = ((given.young, young), (given.later, later), (given.level, level), (given.spend, spend))
    for asked, only_one in parts:
        if asked:
            return only_one(given.data, given.logs, lambda said: print(said, file=sys.stderr))
    every = others() if given.others else logs(given.data)
    chosen = [log for log in every if not given.logs or log.name in given.logs]
    chosen += [log for log in (monthly_box(), grocer()) if log.name in (given.logs or ())]
    found = [case for log in chosen for case in cases(log, say=lambda said: print(said, file=sys.stderr))]
    table(found)
    summary(found)
    of_totals(found)
    carrying(found)
    return None


if __name__ == "__main__":
    main()
