"""A subscription tool's log of recurring revenue of made-up customers, and the contracts that it is of."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

FIRST, AS_OF, LAST = (pd.Timestamp(day) for day in ("2021-07-01", "2024-07-01", "2025-07-01"))
SEATS = 12.0


@dataclass(frozen=True)
class Log:
    """What happened, and what a tool writes of it until the as-of date.

    Attributes
    ----------
    lines
        ``date``, ``customer``, ``type``, ``mrr_change``, ``mrr`` (after it), ``seats`` and ``reason`` of a churn.
    spells
        The truth: ``customer_id``, ``start``, ``end`` (missing while it runs) and ``price``, a row for each amount.
    leaves
        Of customers under contract on the as-of date: when they churn, missing where they do not.
    """

    lines: pd.DataFrame
    spells: pd.DataFrame
    leaves: pd.Series


def log_of_changes(n: int = 600, *, seed: int = 11, small: float = 0.05, large: float = 0.015) -> Log:
    """Draw customers who change or churn on the day of each month; those with fewer than 5 seats churn more often.

    A fifth of those who left come back some months later.
    """
    random, lines, spells, leaves = np.random.default_rng(seed), [], [], {}
    for n_of in range(n):
        who = f"acct_{n_of:04}"
        begin = FIRST + pd.Timedelta(days=int(random.integers(0, 1080)))
        word, runs, gone = "new", True, None
        while runs:
            runs = False
            seats, day = int(random.integers(1, 20)), begin
            lines.append((day, who, word, SEATS * seats, SEATS * seats, seats, ""))
            since = day
            for month in range(1, 60):
                day = begin + pd.DateOffset(months=month)
                if day >= LAST:
                    spells.append((who, since, pd.NaT, SEATS * seats))
                    break
                u, more = random.random(), 0
                if u < (small if seats < 5 else large):
                    lines.append((day, who, "churn", -SEATS * seats, 0.0, 0, ("price", "moved")[seats % 2]))
                    spells.append((who, since, day, SEATS * seats))
                    gone = gone or (day if day >= AS_OF > begin else None)
                    begin, word = day + pd.DateOffset(months=int(random.integers(3, 9))), "reactivation"
                    runs = bool(random.random() < 0.2) and begin < LAST
                    break
                if u > 0.9:
                    more = int(random.integers(1, 5)) if u > 0.94 or seats < 4 else -1
                if more:
                    spells.append((who, since, day, SEATS * seats))
                    since, seats = day, seats + more
                    lines.append(
                        (day, who, "expansion" if more > 0 else "contraction", SEATS * more, SEATS * seats, seats, "")
                    )
        leaves[who] = gone
    names = ["date", "customer", "type", "mrr_change", "mrr", "seats", "reason"]
    table = pd.DataFrame(lines, columns=names).sort_values(["date", "customer"], kind="stable")
    truth = pd.DataFrame(spells, columns=["customer_id", "start", "end", "price"])
    known = truth[truth["start"] < AS_OF].copy()
    known.loc[known["end"] >= AS_OF, "end"] = pd.NaT
    runs_now = truth[(truth["start"] < AS_OF) & ~(truth["end"] < AS_OF)]["customer_id"]
    table = table[table["date"] < AS_OF]
    return Log(
        table.assign(date=table["date"].dt.strftime("%Y-%m-%d")).reset_index(drop=True),
        known.sort_values(["customer_id", "start"]).reset_index(drop=True),
        pd.Series(leaves)[sorted(set(runs_now))],
    )
