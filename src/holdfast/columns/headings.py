"""What columns are called where a person reads them; in files for programs they keep their names."""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from holdfast.columns.column import Column
from holdfast.language import N_, current, gettext, retold
from holdfast.language import gettext as _

if TYPE_CHECKING:
    import pandas as pd

_HEADINGS = {
    "rank": N_("rank"),
    "customer_id": N_("customer id"),
    "p_churn": N_("risk of leaving"),
    "p_voluntary": N_("risk: customer leaves"),
    "p_payment_failure": N_("risk: payment fails"),
    "value_if_stays": N_("value if stays"),
    "value_at_risk": N_("value at risk"),
    "purchases_at_risk": N_("purchases at risk"),
    "clv": N_("value"),
    "clv_p10": N_("value, low end"),
    "clv_p90": N_("value, high end"),
    "clv_decile": N_("tenth by value"),
    "share_of_total": N_("share of total"),
    "cumulative_share": N_("cumulative share"),
    "expected_purchases": N_("expected purchases"),
    "expected_spend_per_purchase": N_("expected spend per purchase"),
    "eligible": N_("eligible"),
    "p_second": N_("second purchase"),
    "leaves_on": N_("leaves on"),
    "ends_in_days": N_("days to the end"),
    "best_from": N_("best from"),
    "best_until": N_("best until"),
    "in_best_window": N_("in best window"),
    "silent_days": N_("silent days"),
    "usual_gap_days": N_("usual gap days"),
    "longest_gap_days": N_("longest gap days"),
    "purchases_so_far": N_("purchases so far"),
    "last_purchase": N_("last purchase"),
    "next_purchase_expected": N_("if still a customer, next purchase by"),
    "tenure_periods": N_("periods of prices under contract"),
    "confidence": N_("confidence"),
    "reason_1": N_("reason 1"),
    "reason_2": N_("reason 2"),
    "reason_3": N_("reason 3"),
    "treatment": N_("treatment"),
    "expected_profit": N_("expected profit"),
    "expected_spend": N_("expected spend"),
    "control": N_("control"),
    "valid_until": N_("valid until"),
    "as_of": N_("as of"),
    "model_version": N_("model version"),
    "p_alive": N_("chance of still being a customer"),
    "clv_sd": N_("value, standard deviation"),
    "segment": N_("segment"),
    "buyer": N_("buyer"),
    "value_band": N_("value band"),
    "risk_band": N_("risk band"),
    "grid": N_("value × risk"),
    "tier": N_("tier"),
    "previous_tier": N_("previous tier"),
    "tier_measure": N_("tier measure"),
    "persona": N_("persona"),
    "status": N_("status"),
}
_UNITS = {
    "probability": N_("probability"),
    "currency": N_("currency"),
    "purchase days": N_("purchase days"),
    "days": N_("days"),
    "share": N_("share"),
    "periods": N_("periods"),
    "score": N_("score"),
    "as given": N_("as given"),
}
_COLUMN = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
_DAYS = re.compile(r"(?P<stem>\w+?)_(?P<days>\d+)d(?P<end>_p10|_p90|_sd)?")


def heading(column: str) -> str:
    """Return a column's name as a person reads it, its days too, in the current language.

    A column of the user's own table (``lists.show``) keeps the name it has there.

    Examples
    --------
    >>> heading("value_at_risk_90d"), heading("clv_365d"), heading("p_churn_30d"), heading("email")
    ('value at risk, 90 days', 'value, 365 days', 'risk of leaving, 30 days', 'email')
    """
    found, known = _DAYS.fullmatch(column), _known(column)
    if known is None:
        return column.replace("_", " ")
    return gettext("{name}, {days} days", name=gettext(known), days=found["days"]) if found else gettext(known)


def _known(column: str) -> str | None:
    """Return the heading of a column of ours, in English and without its days."""
    found = _DAYS.fullmatch(column)
    return _HEADINGS.get(found["stem"] + (found["end"] or "") if found else column)


def headed(column: str) -> str:
    """Return what stands over a column of a list for people: its name in English, and else its heading."""
    return column if current() == "en" else heading(column)


def over(column: str) -> str:
    """Return what stands over a column in a workbook that explains it: its heading, or the user's own name for it.

    Examples
    --------
    >>> over("p_churn_90d"), over("first_name")
    ('risk of leaving, 90 days', 'first_name')
    """
    return column if _known(column) is None else heading(column)


def averages(table: "pd.DataFrame", named: Callable[[str], str] = headed) -> str:
    """Return what to know of amounts that lie above their own range; empty where none of these rows has one.

    Examples
    --------
    >>> import pandas as pd
    >>> print(averages(pd.DataFrame({"clv_365d": [43.56], "clv_365d_p10": [0.0], "clv_365d_p90": [0.0]})))
    "clv_365d" is an average. Where it is above "clv_365d_p90", at least 9 in 10 such customers bring no more than that.
    >>> averages(pd.DataFrame({"clv_365d": [43.56], "clv_365d_p10": [0.0], "clv_365d_p90": [120.0]}))
    ''
    """
    for column in map(str, table.columns):
        high = f"{column}_p90"
        if high in table and bool((table[column] > table[high]).any()):
            return gettext(
                '"{amount}" is an average. Where it is above "{high}", at least 9 in 10 such customers bring no more '
                "than that.",
                amount=named(column),
                high=named(high),
            )
    return ""


def described(columns: Iterable[Column]) -> list[tuple[str, ...]]:
    """Return rows that say what columns mean, the heading that stands over each first (``over``).

    The last cell says what other files call the column.

    Examples
    --------
    >>> described([Column("rank", "int", "", "1 is worth most")])
    [('column', 'unit', 'meaning', 'name in other files'), ('rank', '', '1 is worth most', 'rank')]
    """
    rows: list[tuple[str, ...]] = [(_("column"), _("unit"), _("meaning"), _("name in other files"))]
    return rows + [(over(c.name), _unit(c.unit), meaning(c, over), c.name) for c in columns]


def meaning(column: Column, named: Callable[[str], str] = headed) -> str:
    """Return what a column means, other columns in it by the names that stand over them.

    Examples
    --------
    >>> risk = Column("value_at_risk_90d", "double", "currency", "p_churn_90d × value_if_stays_90d")
    >>> meaning(risk), meaning(risk, heading)
    ('p_churn_90d × value_if_stays_90d', '"risk of leaving, 90 days" × "value if stays, 90 days"')
    """

    def name(found: re.Match[str]) -> str:
        said = named(found[0]) if _known(found[0]) else found[0]
        return said if said == found[0] else f'"{said}"'

    return _COLUMN.sub(name, retold(column.meaning))


def _unit(unit: str) -> str:
    return _(_UNITS[unit]) if unit in _UNITS else unit
