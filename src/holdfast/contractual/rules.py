"""What a table of contracts means: which column holds what, and what its words say."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from holdfast.data.line_rules import RowRules

NOTICE, NO_NOTICE = ("yes", "true", "1"), ("no", "false", "0")
"""Words of ``columns.notice`` where ``notice_values`` lists no others."""


def _is(meaning: str) -> str | None:
    return field(default=None, metadata={"meaning": meaning})


@dataclass(frozen=True)
class ContractColumns:
    """Which column of the table holds what.

    ``label`` makes it a snapshot, ``started_at`` a spells table, ``changed_at`` a log of movements, and ``billed_at`` a
    table of bills.
    """

    customer_id: str | None = _is(
        "the customer; without this column the row number (the first below the names is 1) stands for the customer"
    )
    label: str | None = _is("snapshot: whether the contract ended; one row per customer")
    tenure: str | None = _is("snapshot: time under contract so far, in `tenure_unit`")
    started_at: str | None = _is("spells: first day of the contract; one row per contract or renewal")
    ended_at: str | tuple[str, ...] | None = _is(
        "spells: first day without it; blank while it runs. Of several columns (the end of the term, and the day on "
        "which it was cut short) the earliest day that is filled"
    )
    leaves_at: str | None = _is(
        "spells: the day on which a contract that was given notice of will end (`cancel_at`); counts where `ended_at` "
        "is blank or, of several columns, no earlier"
    )
    notice: str | None = _is(
        "spells: whether notice was given (`cancel_at_period_end`); then `leaves_at` counts only where it was, and may "
        "be the end of every period"
    )
    cut_short: str | None = _is(
        "spells: whether the line is no term of its own but takes back the rest of those before it (`is_cancel`): they "
        "end on its end; yes, true or 1"
    )
    end_reason: str | None = _is("spells: why it ended")
    plan: str | None = _is("what was subscribed to; retention curves are drawn by plan")
    price: str | None = _is("price per period, in currency")
    price_per: str | None = _is(
        "for how long `price` pays, in words (month, quarter, year) or in days (30, 365); it is then divided to be of "
        "`period_days`"
    )
    price_periods: str | None = _is("of how many of `price_per` it is, in figures: 3, beside month, is a quarter's")

    changed_at: str | None = _is("movements: the day on which recurring revenue changed; one row per change")
    mrr_change: str | None = _is("movements: by how much it changed, below 0 where it fell")
    movement: str | None = _is(
        "movements: the kind of change (new, expansion, churn), held against the sums; not given, sums alone say when "
        "a contract ends"
    )
    currency: str | None = _is("movements: the currency, which must be the same on all lines")

    billed_at: str | None = _is(
        "bills: the day of a bill; one row per bill, of `price`; a contract ends when the next is `renewal_days` late"
    )
    paid_until: str | None = _is(
        "bills: first day that the bill does not pay for any more; without it, and without `price_per`, each pays for "
        "`period_days`"
    )
    refunded: str | None = _is(
        "bills: what was given back of it, and comes off `price`; a bill of which nothing is left is none"
    )
    contract_id: str | None = _is("bills: what tells several contracts of one customer apart")

    @property
    def dated(self) -> bool:
        """Whether rows have days: spells, or movements or bills, which are read as spells."""
        return self.started_at is not None or self.happened_at is not None

    @property
    def happened_at(self) -> str | None:
        """The column of the day of a movement or a bill, each of which is a fact; ``None`` of other tables."""
        return self.changed_at or self.billed_at

    @property
    def ends(self) -> tuple[str, ...]:
        """The columns of ends, however many: the earliest day of them counts.

        Examples
        --------
        >>> ContractColumns(ended_at="end").ends, ContractColumns(ended_at=("Expiry", "CancelledOn")).ends
        (('end',), ('Expiry', 'CancelledOn'))
        """
        if self.ended_at is None:
            return ()
        return (self.ended_at,) if isinstance(self.ended_at, str) else self.ended_at

    def named(self) -> dict[str, tuple[str, ...]]:
        """Return the table's columns by what they hold."""
        given: dict[str, tuple[str, ...]] = {k: (v,) for k, v in asdict(self).items() if isinstance(v, str)}
        return given if self.ended_at is None else {**given, "ended_at": self.ends}


@dataclass(frozen=True, kw_only=True)
class ContractRules:
    """What a table of contracts means; ``config.Subscriptions`` says what each key is."""

    columns: ContractColumns
    rules: RowRules
    duplicates: Literal["keep", "drop"]
    missing_start: Literal["reject", "drop"]
    money_in: Literal["units", "cents"]
    churned_values: Sequence[str]
    stayed_values: Sequence[str]
    begin_values: Sequence[str]
    label_window_days: int | None
    tenure_unit: Literal["month", "day"]
    period_days: int | None
    renewal_days: int
    payment_failure_reasons: Sequence[str]
    notice_values: Sequence[str]
    ignore: Sequence[str]
    categories: Sequence[str]
    trusted: Sequence[str]
