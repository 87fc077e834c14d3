"""What the newest delivery of a table shows, said by `check`, `score` and `monitor` alike: one judgement for all."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd

from holdfast.contractual.spells import OPEN
from holdfast.data import PurchaseLog
from holdfast.data.cells import plain_name
from holdfast.data.day import is_day
from holdfast.data.delivered import EARLIER, ENDS, GAP, REJECTED, SHORT, Delivered, repeated, spelt_apart
from holdfast.data.engine import EPOCH
from holdfast.evaluate import Drift
from holdfast.evaluate.arrivals import BLOCK_DAYS, Gap, gaps, volume_drift
from holdfast.features import Cutoff
from holdfast.features.shut import Stretch
from holdfast.language import to_tell, told
from holdfast.pipeline.outputs import dated_folders, home_of, read_json
from holdfast.pipeline.setting import Prepared

if TYPE_CHECKING:
    from holdfast.contractual.table import Contracts

KEPT_AS = "delivery"
"""Under this name `metrics.json` holds what was found."""
# Few days without a purchase are told in the newest four weeks, and no alarm.
_HOLIDAYS, _MONTH = 4, 30
_NOBODY = to_tell(
    "Nobody bought on {first}, where about {usual:,.0f} a day are usual: if you were open, lines are missing, and "
    "those who bought then look silent. Put them into the log; if you were shut, say so (churn.shut: {closure})."
)
_NOBODY_SINCE = to_tell(
    "Nobody bought from {first} to {last}, where about {usual:,.0f} a day are usual: if you were open, lines are "
    "missing, and those who bought then look silent. Put them into the log; if you were shut, say so "
    "(churn.shut: {closure})."
)
_NO_BILL = to_tell(
    "No bill is of {first}, where about {usual:,.0f} a day are usual: about {customers:n customer} whose bill was due "
    "then count as gone, and their revenue is left out. Put the missing bills into the file, and score again."
)
_NO_BILLS = to_tell(
    "No bill is of {first} to {last}, where about {usual:,.0f} a day are usual: about {customers:n customer} whose "
    "bill was due then count as gone, and their revenue is left out. Put the missing bills into the file, "
    "and score again."
)
_NO_END = to_tell(
    "No contract has ended since {first}, where about {usual:,.0f} in {month} days are usual: whoever left since then "
    "counts as running and is valued. Deliver the ends, and score again; do not train before that."
)
_NO_ENDS = to_tell(
    "No contract ended from {first} to {last}, where about {usual:,.0f} in {month} days are usual: whoever left then "
    "counts as running and is valued. Deliver the ends, and score again; do not train before that."
)


def purchases_delivered(log: PurchaseLog, cutoff: Cutoff, stated: Sequence[Stretch]) -> list[Drift]:
    """Return what is wrong with the newest purchases: lines rejected or twice, ids spelt anew, days or rows missing.

    Parameters
    ----------
    log, cutoff
        The purchases, and as of when.
    stated
        What is known to have been shut (``churn.shut``).
    """
    found = [Drift("purchases", one.kind, one.said, 1.0) for one in log.report.delivered if one.new]
    each = log.everyone.execute(
        "SELECT day, COUNT(*), COUNT(DISTINCT CASE WHEN amount > 0 THEN customer_id END) FROM purchases "
        f"WHERE day < {cutoff.day} GROUP BY day ORDER BY day"
    ).fetchall()
    day, rows, buyers = np.array(each, dtype=np.int64).reshape(-1, 3).T
    days = np.repeat(day, buyers)
    # Of a log that ends before as_of it is said that it ends.
    until = min(cutoff.day, int(days.max()) + 1) if len(days) else cutoff.day
    for gap in gaps(days, until):
        if any(first <= gap.last and gap.first <= last for first, last in stated):
            continue
        closure = f"[{{from: {gap.first}, until: {gap.last}}}]"
        short = gap.days <= _HOLIDAYS
        if short and gap.last < EPOCH + timedelta(days=until - BLOCK_DAYS):
            continue
        one_day = gap.first == gap.last
        said = told(
            _NOBODY if one_day else _NOBODY_SINCE,
            first=gap.first,
            usual=gap.usual,
            closure=closure,
            **({} if one_day else {"last": gap.last}),
        )
        found.append(Drift("purchases", SHORT if short else GAP, said, gap.usual * gap.days))
    if not any(d.kind in (SHORT, GAP) for d in found):
        found += volume_drift("purchases", np.repeat(day, rows), until)
    return found


def contracts_delivered(contracts: "Contracts", billed_at: str | None) -> list[Drift]:
    """Return what is wrong with the newest contracts: rows twice, bills, beginnings or ends that no longer come.

    Parameters
    ----------
    contracts
        As they were read.
    billed_at
        The column of the day of a bill, where the table holds bills.
    """
    spells, cutoff = contracts.spells, contracts.cutoff
    if spells is None or cutoff is None:
        return []
    known = spells.known_at(cutoff.day)
    found = _spelt(known.frame)
    if billed_at is not None:
        days = np.asarray(contracts.cells.days[plain_name(billed_at)], dtype=np.float64)
        bills = days[~np.isnan(days) & (days < cutoff.day)].astype(np.int64)
        found += _twice(contracts, days)
        until = min(cutoff.day, int(bills.max()) + 1)
        over = known.contracts()
        grace = int(contracts.account["bills"]["grace_days"])
        missing = [_no_bill(gap, over, grace) for gap in gaps(bills, until)]
        return [*found, *missing, *([] if missing else volume_drift("bills", bills, until))]
    frame = known.frame
    start = frame["start"].to_numpy(dtype=np.int64)
    found += _twice(contracts, spells.frame["start"].to_numpy(dtype=np.float64)) + volume_drift(
        "subscriptions", start, cutoff.day
    )
    whole = known.contracts()
    ends = whole["end"].to_numpy(dtype=np.int64)
    ends = ends[(ends < OPEN) & (ends < cutoff.day)]
    for gap in gaps(ends, cutoff.day):
        going_on = gap.last == cutoff.date - timedelta(days=1)
        month = {"first": gap.first, "usual": gap.usual * _MONTH, "month": _MONTH}
        said = told(_NO_END, **month) if going_on else told(_NO_ENDS, last=gap.last, **month)
        found.append(Drift("subscriptions", ENDS, said, gap.usual * gap.days))
    return found


def notes_of(found: Sequence[Drift], notes: Sequence[str], shut: Sequence[Stretch] = ()) -> list[str]:
    """Return what is not among ``notes`` yet; of days that count as shut, these say so."""
    named = [f"from: {first}, until" for first, _ in shut]
    told_of = {d.said for d in found if d.kind in (SHORT, GAP) and any(one in d.said for one in named)}
    return [d.said for d in found if d.said not in notes and d.said not in told_of]


def rejected_note(report: Any) -> list[str]:
    """Return how many lines of purchases were rejected, where nothing worse is said of them."""
    if not report.rejected or any(one.kind == REJECTED for one in report.delivered):
        return []
    reasons = sorted(report.rejected.items(), key=lambda one: -one[1])
    return [
        told(
            "Rejected: {lines:n line} of {of:,}, which do not count ({reason}): rejects.csv says which.",
            lines=sum(report.rejected.values()),
            of=report.lines_in,
            reason=reasons[0][0],
        )
    ]


def goes_back(prepared: Prepared) -> list[Drift]:
    """Return that scores of a later day are there, where the table itself says how far it reaches.

    A file that was cut off, or an old one, ends early; an as-of date that is stated is meant.
    """
    config, moment = prepared.config, prepared.moment
    if isinstance(config.as_of, date) or not is_day(moment):
        return []
    later = [folder.name for folder in dated_folders(home_of(config)) if folder.name > moment]
    if not later:
        return []
    said = told(
        "The table ends before {as_of}, and scores of {later} are there: an older file, or one that was cut off? Lists "
        "and `holdfast status` go on with those of {later}. Export the whole table again and score; if you mean the "
        "earlier day, say so: --as-of {as_of}.",
        as_of=date.fromisoformat(moment),
        later=date.fromisoformat(max(later)),
    )
    return [Drift("as_of", EARLIER, said, 1.0)]


def last_delivery(config: Any) -> list[str]:
    """Return what the scoring that was written last found wrong with its tables."""
    folders = [f for f in dated_folders(home_of(config)) if (f / "metrics.json").is_file()]
    if not folders:
        return []
    newest = max(folders, key=lambda f: ((f / "metrics.json").stat().st_mtime_ns, f.name))
    return [str(one["said"]) for one in read_json(newest / "metrics.json").get(KEPT_AS) or ()]


def _no_bill(gap: Gap, over: pd.DataFrame, grace: int) -> Drift:
    """Return that bills are missing, and who counts as gone because of that: their next one was due in these days."""
    # Bills come up to so many days late; as many contracts as end anyway have ended for other reasons.
    first, last = (gap.first - EPOCH).days, (gap.last - EPOCH).days + grace + 1
    ended = over.loc[over["end"].between(first, last), "customer_id"].nunique()
    anyway = over["end"].between(first - _MONTH, first - 1).sum() / _MONTH * (last - first + 1)
    gone = max(round(ended - float(anyway)), 0)
    known = {"first": gap.first, "usual": gap.usual, "customers": gone}
    said = told(_NO_BILL, **known) if gap.first == gap.last else told(_NO_BILLS, last=gap.last, **known)
    return Drift("bills", GAP, said, gap.usual * gap.days)


def _spelt(frame: pd.DataFrame) -> list[Drift]:
    """Return whether customers of contracts are told apart by capitals or blanks of their ids."""
    seen = frame.groupby("customer_id")["start"].agg(first_day="min", last_day="max").reset_index()
    with duckdb.connect() as connection:
        connection.register("seen", seen.astype({"customer_id": object}))
        found = spelt_apart(connection, "seen", "subscriptions.id_case")
    return [Drift("subscriptions", one.kind, one.said, 1.0) for one in found]


def _twice(contracts: "Contracts", days: Any) -> list[Drift]:
    """Return whether the rows of some days came twice."""
    frame = contracts.cells.frame
    if not contracts.account.get("duplicates_kept") or len(days) != len(frame):
        return []
    keys = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    each = pd.DataFrame({"day": days, "key": keys}).dropna().groupby(["day", "key"]).size()
    of = each.groupby(level="day").agg(lines="size", twice=lambda n: (n > 1).sum(), copies=lambda n: (n - 1).sum())
    parts = (of[name].to_numpy(dtype=np.int64) for name in ("lines", "twice", "copies"))
    key = "subscriptions.duplicates"
    said: list[Delivered] = repeated("subscriptions", of.index.to_numpy(dtype=np.int64), *parts, key=key)
    return [Drift("subscriptions", one.kind, one.said, 1.0) for one in said]
