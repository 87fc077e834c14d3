"""Whom one's own lists contacted: the windows around that say nothing of what customers do whom nobody contacts."""

from dataclasses import replace
from datetime import timedelta

from holdfast.churn import Contacted
from holdfast.config import Config
from holdfast.data import IdMap
from holdfast.features import Cutoff
from holdfast.language import to_tell, told
from holdfast.pipeline.issued import contacts_of

# Of so many customers contacted, those left would be too few, and too unlike all, to learn from.
_TOO_MANY = 0.5
LEFT_OUT = to_tell(
    "Lists contacted {customers:n customer} around the window from {first} to {last}: a contact may have changed what "
    "they did, so models learn and are tested without them. Those held back stay in."
)
TOO_MANY = to_tell(
    "Lists contacted {customers:n customer} around the window from {first} to {last}, more than half of all, so models "
    "learn from them all the same: risks are those of customers who are contacted. Hold back more "
    "(lists.control_share), or keep a programme holdout (holdout.share)."
)


def contacted_by_lists(config: Config, merged: IdMap | None, cutoff: Cutoff, everyone: int) -> tuple[Contacted, str]:
    """Return the contacts of a scenario's lists, and what to know about them (empty: nothing).

    Parameters
    ----------
    config, merged
        The scenario, and which accounts were merged.
    cutoff
        The as-of date, gap and horizon of today's question.
    everyone
        Customers of the log or the table.
    """
    found = Contacted.of(contacts_of(config.outputs / config.name / "issued", merged), cutoff)
    newest = cutoff.earlier(cutoff.gap_days + cutoff.horizon_days)
    customers = found.around(newest.date).nunique()
    if not customers:
        return found, ""
    said = {"customers": customers, "first": newest.window_start, "last": newest.window_end - timedelta(days=1)}
    if customers > _TOO_MANY * everyone:
        return replace(found, all_teach=True), told(TOO_MANY, **said)
    return found, told(LEFT_OUT, **said)
