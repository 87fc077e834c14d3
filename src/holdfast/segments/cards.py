"""A card for every segment, and who moved from which segment to which."""

from collections.abc import Mapping, Sequence

import pandas as pd

NOT_YET, GONE = "(not yet a customer)", "(no longer scored)"


def cards(
    customers: pd.DataFrame,
    by: str,
    *,
    value: str,
    p_churn: str,
    order: Sequence[str] = (),
    actions: Mapping[str, str] | None = None,
    reasons: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Return one card per segment.

    Parameters
    ----------
    customers
        One row per customer with ``by``, ``value`` and ``p_churn``, and ``acquisition_cost`` where it is known.
    by
        Column of the segment's name.
    value, p_churn
        Names of the columns of value (CLV in currency, or expected purchases) and of P(churn).
    order
        Segments in the order to show; one that nobody is in has a card of size 0. Others follow by name.
    actions, reasons
        By segment: what to do, and up to three reasons for risk.

    Returns
    -------
    pandas.DataFrame
        ``kind`` (= ``by``), ``name``, ``customers``, ``share_of_customers``, ``share_of_value``, the value's mean,
        median and total, the mean of P(churn), ``cac_mean`` of the ``cac_customers`` whose acquisition cost is known,
        ``reason_1`` to ``reason_3``, ``action``. Shares sum to 1, totals to the total of all customers. An empty
        segment has no means; the shares are 0 where there is no value at all.
    """
    actions, reasons = actions or {}, reasons or {}
    total = float(customers[value].sum())
    groups = dict(list(customers.groupby(by, sort=True)))
    rows = []
    for name in [*order, *sorted(set(map(str, groups)) - set(order))]:
        one = groups.get(name, customers.iloc[:0])
        worth = float(one[value].sum())
        cost = one["acquisition_cost"].dropna() if "acquisition_cost" in one else pd.Series(dtype=float)
        why = [*reasons.get(name, ()), "", "", ""][:3]
        rows.append(
            {
                "kind": by,
                "name": name,
                "customers": len(one),
                "share_of_customers": len(one) / max(len(customers), 1),
                "share_of_value": worth / total if total else 0.0,
                f"{value}_mean": one[value].mean(),
                f"{value}_median": one[value].median(),
                f"{value}_total": worth,
                f"{p_churn}_mean": one[p_churn].mean(),
                "cac_mean": cost.mean(),
                "cac_customers": len(cost),
                **{f"reason_{i + 1}": phrase for i, phrase in enumerate(why)},
                "action": actions.get(name, ""),
            }
        )
    return pd.DataFrame(rows)


def movements(before: pd.Series, after: pd.Series, order: Sequence[str] = ()) -> pd.DataFrame:
    """Return who moved from which segment to which, in long form.

    Parameters
    ----------
    before, after
        Segment by customer (the index) on the earlier and the later date.
    order
        Segments in the order to show; others follow by name.

    Returns
    -------
    pandas.DataFrame
        ``from_segment``, ``to_segment``, ``customers``, ``share_of_from`` (of those who were there, this share is here
        now), for every pair that occurs. New customers come from ``(not yet a customer)``. The customers sum to all
        who are on either date, and each segment's ``share_of_from`` to 1.
    """
    both = pd.DataFrame({"from_segment": before, "to_segment": after})
    both = both.fillna({"from_segment": NOT_YET, "to_segment": GONE})
    counted = both.groupby(["from_segment", "to_segment"]).size().rename("customers").reset_index()
    counted["share_of_from"] = counted["customers"] / counted.groupby("from_segment")["customers"].transform("sum")
    rank = {name: i for i, name in enumerate(order)}
    places = [counted[c].map(lambda n: rank.get(n, len(rank))) for c in ("from_segment", "to_segment")]
    counted = counted.assign(a=places[0], b=places[1]).sort_values(["a", "from_segment", "b", "to_segment"])
    return counted.drop(columns=["a", "b"]).reset_index(drop=True)


def matrix(moved: pd.DataFrame, order: Sequence[str] = ()) -> pd.DataFrame:
    """Return the movements as a table of customers: from (rows) × to (columns); missing where it is not shown."""
    names = [*order, NOT_YET, GONE]
    wide = moved.pivot_table(
        index="from_segment", columns="to_segment", values="customers", aggfunc="sum", fill_value=0
    ).astype("Int64")
    for row in moved[moved["customers"].isna()].itertuples():
        wide.loc[row.from_segment, row.to_segment] = pd.NA
    others = sorted({*wide.index, *wide.columns} - set(names))
    rows = [n for n in [*names, *others] if n in wide.index]
    return wide.reindex(index=rows, columns=[n for n in [*names, *others] if n in wide.columns])
