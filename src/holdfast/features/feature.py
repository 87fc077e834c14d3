"""What a feature is, and the spellings of SQL that every engine computes alike."""

from dataclasses import dataclass
from typing import Literal

Over = Literal[
    "occasions", "days", "orders", "products", "features", "visits", "tickets", "contacts", "surveys", "customers"
]
# What a feature may need beside purchases with a customer and a date; "table.column" of an optional table.
Needs = Literal[
    "",
    "money",
    "quantity",
    "product_id",
    "visits",
    "visits.pages",
    "tickets",
    "tickets.closed_at",
    "contacts",
    "contacts.opened_at",
    "contacts.converted_at",
    "surveys",
    "customers",
    "customers.acquired_at",
    "customers.acquisition_cost",
    "customers.channel",
    "customers.consent",
    "customers.objection",
    "customers.attributes",
]


@dataclass(frozen=True)
class Feature:
    """One number about a customer as of a cutoff; NULL where it has no meaning (a gap after one purchase).

    Attributes
    ----------
    name, unit, meaning
        As they stand in the reference of features.
    over
        What the SQL aggregates, per customer:

        * ``occasions``: purchase days (customer-days with positive net spend) before the cutoff, with ``day``,
          ``spend``, ``line_count``, ``pieces``, ``began`` (first purchase day), ``gap`` (days since the purchase
          day before), ``nth`` (1 = first), ``next_day`` (the next purchase day, NULL = last), and the ``place`` of
          ``gap`` in ascending order, of ``places``;
        * ``days``: all customer-days before the cutoff, with ``day``, ``line_count`` and ``returned`` lines;
        * ``orders``: one row per order before the cutoff;
        * ``products``: one row per product purchased before the cutoff, with ``bought`` (lines of positive worth),
          ``first_day`` and ``last_day`` of those;
        * ``visits``, ``tickets``, ``contacts``, ``surveys``, ``customers``: what was known of these tables by the
          cutoff (``features.beside``); ``customers`` holds one row per customer, so nothing is aggregated;
        * ``features``: the customer's other features, by name (those that are not ``over="features"``).
    sql
        Portable SQL (``holdfast.features.unportable`` finds nothing); ``{cutoff}`` is the cutoff's day number, and
        ``{calendar}`` the calendar's of ``day``, which differs where days were shut once.
        Money is exact until its last step; ``* EXP(0)`` makes a float.
    needs
        A scenario without this has no such feature: it is NULL, or the same, for everybody.
    none
        SQL of the value of a customer without a row in ``over``: a count is 0.

    Examples
    --------
    >>> from holdfast.features import FEATURES
    >>> feature = next(feature for feature in FEATURES if feature.name == "days_since_last")
    >>> feature.unit, feature.meaning
    ('days', 'days since the last purchase day')
    """

    name: str
    over: Over
    sql: str
    unit: str
    meaning: str
    needs: Needs = ""
    none: str = "NULL"


def share(condition: str) -> str:
    """Return the SQL of the share of rows that meet ``condition``."""
    return f"COUNT(*) FILTER (WHERE {condition}) * EXP(0) / COUNT(*)"


def total(column: str, where: str = "") -> str:
    """Return the SQL of the sum of an exact decimal column, as a float."""
    only = f" FILTER (WHERE {where})" if where else ""
    return f"CAST(SUM({column}){only} AS DECIMAL(28,2)) * EXP(0)"


def deviation(column: str) -> str:
    """Return the SQL of the sample standard deviation, in a spelling with the same bits on every engine."""
    exact = f"CAST({column} AS DECIMAL(19,2))"
    # Cast after the sum: beside SUM(x), SUM(CAST(x …)) has the same name to DataFusion (apache/datafusion#18975).
    sum_of = f"CAST(SUM({column}) AS DECIMAL(19,2))"
    spread = f"COUNT({column}) * SUM({exact} * {exact}) - {sum_of} * {sum_of}"
    return f"SQRT(({spread}) * EXP(0) / NULLIF(COUNT({column}) * (COUNT({column}) - 1), 0))"
