"""How customers answered campaigns: opened, converted, bought afterwards, and against those held back."""

from typing import Any

import numpy as np
import pandas as pd

from holdfast.kpis.rates import difference, rate

NO_CAMPAIGN = "(no campaign)"


def campaign_response(
    contacts: pd.DataFrame, occasions: pd.DataFrame, as_of_day: int, *, response_days: int
) -> pd.DataFrame:
    """Return the response by campaign.

    Parameters
    ----------
    contacts
        ``customer_id``, ``campaign``, ``sent_day``, ``opened_day``, ``converted_day`` (days since 1970-01-01),
        ``cost``, ``arm`` (``control``: held back). Lines without ``sent_day`` were not sent and do not count.
    occasions
        ``customer_id``, ``day`` of every purchase day before ``as_of_day``.
    as_of_day
        First day not known: what is dated later counts as not happened.
    response_days
        Bought = a purchase day within so many days from the sending on; asked of contacts whose window is over.

    Returns
    -------
    pandas.DataFrame
        By ``campaign``: ``sent``, ``open_rate``, ``conversion`` (of sent) with ``conversion_low``, ``conversion_high``,
        ``cost_total``, ``cost_per_conversion``; ``window_over`` (sent contacts whose window is over), ``bought``
        (share of these), ``control_window_over``, ``control_bought``; ``lift`` (bought − control_bought) with
        ``lift_low``, ``lift_high`` (Newcombe 1998); ``reason``. The lift is an effect only if chance chose the arms.
        A share of contacts that nobody recorded as opened or converted is NaN.
    """
    table = contacts[contacts["sent_day"].notna() & (contacts["sent_day"] < as_of_day)].copy()
    table["campaign"] = table["campaign"].fillna(NO_CAMPAIGN)
    table["control"] = table["arm"].fillna("").str.lower() == "control"
    for column in ("opened_day", "converted_day"):
        table[column] = table[column].where(table[column] < as_of_day)
    table["over"] = table["sent_day"] + response_days <= as_of_day
    table["bought"] = _bought(table, occasions, response_days)
    opened, converted = bool(table["opened_day"].notna().any()), bool(table["converted_day"].notna().any())
    return pd.DataFrame(
        [_row(str(name), one, response_days, opened, converted) for name, one in table.groupby("campaign", sort=True)]
    )


def _bought(contacts: pd.DataFrame, occasions: pd.DataFrame, response_days: int) -> Any:
    """Say for each contact whether a purchase day lies within the window."""
    days = occasions.sort_values("day")[["customer_id", "day"]].astype({"day": "int64"})
    sent = contacts[["customer_id", "sent_day"]].astype({"sent_day": "int64"}).assign(row=np.arange(len(contacts)))
    found = pd.merge_asof(
        sent.sort_values("sent_day"), days, left_on="sent_day", right_on="day", by="customer_id", direction="forward"
    ).sort_values("row")
    return (found["day"] < found["sent_day"] + response_days).to_numpy()


def _row(name: str, one: pd.DataFrame, response_days: int, opened: bool, converted: bool) -> dict[str, Any]:
    sent, held = one[~one["control"]], one[one["control"]]
    conversions = int(sent["converted_day"].notna().sum())
    conversion = rate(conversions if converted else 0, len(sent) if converted else 0)
    over, held_over = sent[sent["over"]], held[held["over"]]
    lift = difference(int(over["bought"].sum()), len(over), int(held_over["bought"].sum()), len(held_over))
    cost = float(sent["cost"].astype(float).sum()) if sent["cost"].notna().any() else np.nan
    reasons = []
    if not len(over):
        reasons.append(f"too young: no contact was sent {response_days} days ago or earlier")
    elif not len(held_over):
        reasons.append("no control group: what the campaign changed is not known")
    return {
        "campaign": name,
        "sent": len(sent),
        "open_rate": sent["opened_day"].notna().mean() if opened and len(sent) else np.nan,
        "conversion": conversion.value,
        "conversion_low": conversion.low,
        "conversion_high": conversion.high,
        "cost_total": cost,
        "cost_per_conversion": cost / conversions if conversions else np.nan,
        "window_over": len(over),
        "bought": over["bought"].mean() if len(over) else np.nan,
        "control_window_over": len(held_over),
        "control_bought": held_over["bought"].mean() if len(held_over) else np.nan,
        "lift": lift.value,
        "lift_low": lift.low,
        "lift_high": lift.high,
        "reason": "; ".join(reasons),
    }
