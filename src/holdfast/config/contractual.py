"""The section ``subscriptions``: a table of contracts, for ``setting: contractual``."""

from dataclasses import fields
from typing import Literal

from pydantic import field_validator

from holdfast.config.section import key as _key
from holdfast.config.section import rules_with_texts
from holdfast.config.written import WrittenKeys
from holdfast.contractual.movements import BEGINS
from holdfast.contractual.rules import NOTICE, ContractColumns, ContractRules
from holdfast.data.line_rules import RowRules


class Subscriptions(WrittenKeys):
    """A table of contracts: one row per customer with a label, spell with its dates, change of revenue, or bill."""

    path: str | list[str] | None = _key(None, "as `purchases.path`")
    columns: ContractColumns = _key(ContractColumns(), "which column of the table holds what; others teach too")
    rules: RowRules = _key(RowRules(), "rows that count, as `purchases.rules.keep` and `purchases.rules.drop`")
    duplicates: Literal["keep", "drop"] = _key("keep", "exact repeats of an earlier row: `keep` or `drop`; counted")
    missing_start: Literal["reject", "drop"] = _key(
        "reject",
        "spells: rows without `started_at`, such as people who never paid, and customers whose first movement is no "
        "beginning: `reject` or `drop`; counted",
    )
    money_in: Literal["units", "cents"] = _key(
        "units", "`cents`: `price` is in hundredths of the currency, as billing systems write it: 4900 is 49.00"
    )
    churned_values: list[str] = _key(
        ["yes", "true", "1"],
        "labels that mean churned, or values of `movement`; capitals aside",
        min_length=1,
    )
    stayed_values: list[str] = _key(["no", "false", "0"], "labels that mean stayed; any other is refused", min_length=1)
    begin_values: list[str] = _key(
        list(BEGINS),
        "movements: values of `movement` after which a customer pays (again); capitals aside",
        min_length=1,
    )
    label_window_days: int | None = _key(
        None, "snapshot: length of the window the label is about; names the column (`p_churn_30d`)", ge=1, le=3650
    )
    tenure_unit: Literal["month", "day"] = _key("month", "snapshot: unit of `tenure`; a month is 365.25 ÷ 12 days")
    period_days: int | None = _key(
        None, "days of a billing period: of `price`, and between renewals; not given: a month", ge=1, le=3650
    )
    renewal_days: int = _key(
        30,
        "spells: a contract that starts within this many days of another's end renews it; bills: the next one may come "
        "so many days late",
        ge=0,
        le=365,
    )
    payment_failure_reasons: list[str] = _key([], "spells: values of `end_reason` that say that a payment failed")
    notice_values: list[str] = _key(
        list(NOTICE), "spells: values of `notice` that say that notice was given; capitals aside", min_length=1
    )
    ignore: list[str] = _key([], "columns not to learn from")
    categories: list[str] = _key([], "columns whose numbers are codes, not amounts")
    trusted: list[str] = _key([], "columns that are no copy of the outcome, and name nobody, although they look so")

    _texts = field_validator("rules", mode="before")(rules_with_texts)

    @property
    def spells(self) -> bool:
        """Whether the table is one of spells, or of movements or bills that are read as spells."""
        return self.columns.dated

    @property
    def priced(self) -> bool:
        """Whether it is known what contracts cost."""
        return self.columns.price is not None or self.columns.mrr_change is not None

    def meaning(self) -> ContractRules:
        """Return what the table means, as ``read_contracts`` takes it."""
        return ContractRules(**{f.name: getattr(self, f.name) for f in fields(ContractRules)})

    def _problem_of_movements(self) -> str:
        has = self.columns
        if has.customer_id is None or has.mrr_change is None:
            return "subscriptions.columns: movements need customer_id, changed_at and mrr_change."
        theirs = ("ended_at", "leaves_at", "notice", "cut_short", "price", "price_per", "price_periods", "tenure")
        if others := [k for k in theirs if getattr(has, k)]:
            return f"subscriptions.columns: {others[0]} is said by the movements themselves; take it out."
        both = {v.casefold() for v in self.churned_values} & {v.casefold() for v in self.begin_values}
        return f"subscriptions: {sorted(both)[0]} means both a beginning and a churn." if both else ""

    def _problem_of_bills(self) -> str:
        has = self.columns
        if has.customer_id is None or has.price is None:
            return "subscriptions.columns: bills need customer_id, billed_at and price."
        others = ("ended_at", "leaves_at", "notice", "cut_short", "end_reason", "tenure", "mrr_change", "movement")
        given = [k for k in (*others, "currency", "price_periods") if getattr(has, k)]
        return f"subscriptions.columns: {given[0]} is of no table of bills; take it out." if given else ""

    def problem(self) -> str:
        """Return what contradicts itself, or nothing."""
        has = self.columns
        if sum(name is not None for name in (has.label, has.started_at, has.changed_at, has.billed_at)) != 1:
            return (
                "subscriptions.columns: give label (one row per customer) or started_at (one row per contract), "
                "and not both; or changed_at alone (one row per change of recurring revenue), or billed_at alone (one "
                "row per bill)."
            )
        if has.changed_at is None and any((has.mrr_change, has.movement, has.currency)):
            return "subscriptions.columns: mrr_change, movement and currency are of movements, which have changed_at."
        if has.billed_at is None and any((has.paid_until, has.contract_id, has.refunded)):
            return "subscriptions.columns: paid_until, contract_id and refunded are of bills, which have billed_at."
        if has.happened_at is not None:
            return self._problem_of_movements() if has.changed_at is not None else self._problem_of_bills()
        return self._problem_of_contracts()

    def _problem_of_contracts(self) -> str:
        has = self.columns
        if self.spells and (has.customer_id is None or not has.ends):
            return "subscriptions.columns: a spells table needs customer_id, started_at and ended_at."
        if has.cut_short is not None and not self.spells:
            return "subscriptions.columns: cut_short is of spells, which have started_at and ended_at."
        if len(set(has.ends)) < len(has.ends):
            return "subscriptions.columns.ended_at: a column stands there twice; name each once."
        if has.leaves_at is None and has.notice is not None:
            return "subscriptions.columns: notice needs leaves_at, the day on which such a contract ends."
        if has.price is None and has.price_per is not None:
            return "subscriptions.columns: price_per says for how long price pays, and there is no price."
        if has.price_per is None and has.price_periods is not None:
            return "subscriptions.columns: price_periods needs price_per, which says what it is a number of."
        if not self.spells and has.leaves_at is not None:
            return "subscriptions.columns: leaves_at is of a spells table, which has started_at and ended_at."
        both = {v.casefold() for v in self.churned_values} & {v.casefold() for v in self.stayed_values}
        return f"subscriptions: {sorted(both)[0]} means both churned and stayed." if both else ""
