"""Which lines of purchases are dropped on purpose, as a user states it; ``data.rules`` applies it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Cancellation:
    """Lines whose ``column`` starts with ``prefix`` are returns (negative amounts), or are dropped.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.data import Columns, Source, read_purchases
    >>> frame = pd.DataFrame({
    ...     "customer_id": ["ann", "ann"],
    ...     "ordered_at": ["2024-01-05", "2024-01-09"],
    ...     "invoice": ["537", "C537"],
    ...     "total": [20, 5],
    ... })
    >>> columns = Columns(amount="total", order_id="invoice")
    >>> source = Source(frame, columns, rules=Rules(cancellations=Cancellation(prefix="C")))
    >>> read_purchases(source).frame()["amount"].tolist()
    [20.0, -5.0]
    """

    column: Literal["order_id", "product_id"] = "order_id"
    prefix: str = "C"
    treat_as: Literal["return", "drop"] = "return"


@dataclass(frozen=True)
class Exclusion:
    """Lines whose ``column`` equals one of ``values`` (capitals and blanks aside) are dropped: fees, postage.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.data import Columns, Source, read_purchases
    >>> frame = pd.DataFrame({
    ...     "customer_id": ["ann", "ann"], "ordered_at": ["2024-01-05", "2024-01-05"], "sku": ["85123A", "POST"]
    ... })
    >>> source = Source(frame, Columns(product_id="sku"), rules=Rules(exclude=Exclusion("product_id", ["POST", "FEE"])))
    >>> read_purchases(source).report.dropped
    {'exclude': 1}
    """

    column: Literal["product_id", "order_id", "customer_id"] = "product_id"
    values: Sequence[str] = ()


@dataclass(frozen=True)
class ColumnRule:
    """Lines by what stands in any column of the file: one of ``values``, or what ``pattern`` matches.

    Parameters
    ----------
    column
        Its name in the file.
    values
        Compared without blanks at the ends, capitals aside; an empty text is a blank cell.
    pattern
        A regular expression (RE2) that the whole cell must match.
    optional
        Nothing is said of a value or a pattern that no line has; a rule of ``Rules.drop`` needs no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.data import Columns, Source, read_purchases
    >>> frame = pd.DataFrame({
    ...     "customer_id": ["ann", "bob"], "ordered_at": ["2024-01-05", "2024-01-06"], "status": ["paid", "refused"]
    ... })
    >>> source = Source(frame, Columns(), rules=Rules(keep=[ColumnRule("status", ["paid", "shipped"])]))
    >>> read_purchases(source).report.kept
    1
    """

    column: str
    values: Sequence[str] = ()
    pattern: str | None = None
    optional: bool = False

    @property
    def listed(self) -> Sequence[str]:
        """The values; none where there is a pattern."""
        return self.values

    def parts(self) -> "list[tuple[str, ColumnRule]]":
        """Return the rule of the pattern, or of each value, alone, with how that is called.

        Examples
        --------
        >>> [(said, list(one.values)) for said, one in ColumnRule("status", ["paid", "shipped"]).parts()]
        [('the value "paid"', ['paid']), ('the value "shipped"', ['shipped'])]
        """
        pattern = [("the pattern", self)] if self.pattern is not None else []
        return [*pattern, *((f'the value "{value}"', replace(self, values=(value,))) for value in self.listed)]


@dataclass(frozen=True)
class RowRules:
    """Rows of a table of contracts that count: those that every rule of ``keep`` and none of ``drop`` matches."""

    keep: Sequence[ColumnRule] = ()
    drop: Sequence[ColumnRule] = ()

    def of_columns(self) -> list[tuple[str, str, ColumnRule]]:
        """Return what ``Rules.of_columns`` does."""
        return _of_columns({"keep": self.keep, "drop": self.drop})


@dataclass(frozen=True)
class Rules:
    """Which lines are dropped on purpose; each rule is counted by name in the data report.

    Parameters
    ----------
    missing_customer
        Lines without a customer: ``"reject"``, or ``"drop"`` where they are normal (guests).
    duplicates
        Lines that equal an earlier one in every column of the file: ``"keep"`` or ``"drop"``.
    cancellations, exclude
        See there.
    first_date, last_date
        Lines dated before the first or after the last of these days (ISO 8601) are dropped as ``dates``.
    returns
        Lines that one of them matches are returns: their amounts count as negative, whatever their sign.
    keep, drop
        Lines that one of ``keep`` does not match, and lines that one of ``drop`` matches, are dropped, whether their
        other cells can be read or not.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.data import Columns, Source, read_purchases
    >>> frame = pd.DataFrame({"customer_id": ["ann", "ann", ""], "ordered_at": ["2024-01-05"] * 2 + ["2024-02-01"]})
    >>> rules = Rules(missing_customer="drop", duplicates="drop")
    >>> report = read_purchases(Source(frame, Columns(), rules=rules)).report
    >>> report.kept, report.dropped
    (1, {'duplicates': 1, 'missing_customer': 1})
    >>> frame = frame.head(2).assign(type=["Invoice", "Credit memo"], total=[20, 5])
    >>> notes = Rules(returns=[ColumnRule("type", ["Credit memo"])])
    >>> read_purchases(Source(frame, Columns(amount="total"), rules=notes)).frame()["amount"].tolist()
    [-5.0, 20.0]
    """

    missing_customer: Literal["reject", "drop"] = "reject"
    duplicates: Literal["keep", "drop"] = "keep"
    cancellations: Cancellation | None = None
    exclude: Exclusion | None = None
    first_date: str | None = None
    last_date: str | None = None
    keep: Sequence[ColumnRule] = ()
    drop: Sequence[ColumnRule] = ()
    returns: Sequence[ColumnRule] = ()

    def of_columns(self) -> list[tuple[str, str, ColumnRule]]:
        """Return (our name of the column, the list a rule stands in, the rule) of each rule on a column of the file."""
        return _of_columns({"keep": self.keep, "drop": self.drop, "returns": self.returns})


# Our names of the columns that rules look at: rule_0, rule_1, …
_RULE = "rule_"


def _of_columns(lists: Mapping[str, Sequence[ColumnRule]]) -> list[tuple[str, str, ColumnRule]]:
    rules = [(kind, rule) for kind, those in lists.items() for rule in those]
    return [(f"{_RULE}{i}", kind, rule) for i, (kind, rule) in enumerate(rules)]
