"""The tables of the contractual setting: every column with its unit and meaning."""

from holdfast import columns
from holdfast.columns import Column
from holdfast.language import told

SPELLS = (
    Column("customer_id", "text", "", "who; kept as text"),
    Column("started_at", "date", "", "first day of the contract"),
    Column("ended_at", "date", "", "first day without it; blank while it runs"),
    Column("end_reason", "text", "", "why it ended; optional"),
    Column("plan", "text", "", "what was subscribed to; optional"),
    Column("price", "double", "currency", "per period; optional"),
    Column("any other", "text or double", "", "known when the spell began; teaches too"),
)

SPELL_FEATURES = (
    Column("tenure_days", "int", "days", "from the start of the contract, renewals joined, to the cutoff"),
    Column("spell_days", "int", "days", "from the start of the spell in force to the cutoff"),
    Column("days_since_bill", "int", "days", "of bills, in place of spell_days: from the last one to the cutoff"),
    Column("bill_late_days", "int", "days", "of bills: since the last one, less the customer's usual days between two"),
    Column("bill_waited_share", "double", "share", "of bills: days since the last one ÷ usual days between two"),
    Column(
        "days_into_period", "int", "days", "spell_days modulo the billing period, the customer's own beside bill_months"
    ),
    Column(
        "bill_months",
        "double",
        "months",
        "that a bill pays for, of the spell in force; where customers are billed in other periods than a month",
    ),
    Column(
        "renewal_in_window",
        "int",
        "0 or 1",
        "beside bill_months: 1 where a period ends in the window; of bills, where the next would be too late in it",
    ),
    Column("anniversary_in_window", "int", "0 or 1", "1 where a year of the spell in force is over in the window"),
    Column("renewals", "int", "renewals", "spells of the contract that another has continued"),
    Column("earlier_contracts", "int", "contracts", "ended before this one began"),
    Column("payment_failures", "int", "spells", "ended before the cutoff by a failed payment"),
    Column("price", "double", "currency", "per period, of the spell in force"),
    Column(
        "price_change", "double", "currency", "price minus the first that was paid in this contract, a free trial aside"
    ),
    Column("plan", "text", "", "of the spell in force"),
    Column("plans_had", "int", "plans", "different ones, this one included"),
)

# Of these, what is counted from dates alone.
COUNTED = (*(c.name for c in SPELL_FEATURES if c.type == "int"), "bill_waited_share", "bill_months")

RETENTION = (
    Column("plan", "text", "", "`all`, or a plan that has a curve of its own"),
    Column("bill_months", "double", "months", "that a bill pays for, where customers are billed in other periods"),
    Column("period", "int", "periods", "renewal, counted from the start of the contract"),
    Column("at_risk", "int", "contracts", "reached this renewal"),
    Column("ended", "int", "contracts", "ended at it"),
    Column("retention_rate", "double", "share", "1 − ended ÷ at_risk"),
    Column("survival", "double", "share", "of a cohort, renewed up to here (Kaplan-Meier)"),
    Column("model", "text", "", "`sBG` or `BdW`"),
    Column("fitted_retention_rate", "double", "share", "the model's S(t) ÷ S(t − 1)"),
    Column("fitted_survival", "double", "share", "the model's S(t)"),
)


def p_churn(days: int | None) -> str:
    """Name of: P(the contract ends in the window); without days where the label's window is not stated."""
    return "p_churn" if days is None else columns.p_churn(days)


def p_voluntary(days: int | None) -> str:
    """Name of: P(the contract is ended by the customer in the window)."""
    return p_churn(days).replace("churn", "voluntary")


def p_payment_failure(days: int | None) -> str:
    """Name of: P(the contract ends in the window because a payment failed)."""
    return p_churn(days).replace("churn", "payment_failure")


def _who() -> tuple[Column, ...]:
    return (Column("customer_id", "text", "", told("who; the row number where the table names nobody")),)


def _risk(days: int | None, *, reasons: bool) -> tuple[Column, ...]:
    ends = told("the contract ends in the label's window")
    if days is not None:
        ends = told("the contract ends in the {days} days of the window", days=days)
    both = (
        Column(p_voluntary(days), "double", "probability", told("of which: ended by the customer")),
        Column(p_payment_failure(days), "double", "probability", told("of which: a payment failed")),
    )
    return (
        Column(p_churn(days), "double", "probability", ends),
        *(both if reasons else ()),
    )


def _value(days: int | None, clv_days: int) -> tuple[Column, ...]:
    stays, lost = columns.value_if_stays(clv_days), columns.value_at_risk(clv_days)
    return (
        Column(
            stays,
            "double",
            "currency",
            told("discounted margin of {days} days, given the window is survived", days=clv_days),
        ),
        Column(lost, "double", "currency", told("{risk} × {value}", risk=p_churn(days), value=stays)),
    )


def _clv(clv_days: int) -> tuple[Column, ...]:
    return (
        Column(
            columns.clv(clv_days),
            "double",
            "currency",
            told("discounted margin expected in the next {days} days", days=clv_days),
        ),
        *columns.clv_interval(clv_days),
    )


def scores(days: int | None, clv_days: int, *, money: bool, reasons: bool, notice: bool = False) -> tuple[Column, ...]:
    """Return the columns of ``scores.parquet``: one row per customer."""
    ends = told("days from the as-of date to the end of the contract, where it is known: notice was given")
    return (
        *_who(),
        Column("eligible", "bool", "", told("still under contract: not labelled as churned")),
        *_risk(days, reasons=reasons),
        Column(
            "tenure_periods",
            "double",
            "periods",
            told("time under contract so far, in periods of prices; missing where it is not known"),
        ),
        *((*_value(days, clv_days), *_clv(clv_days)) if money else ()),
        *((Column("ends_in_days", "double", "days", ends),) if notice else ()),
        Column("model_version", "text", "", told("the model that made the scores; another content, another name")),
    )


def _reasons() -> tuple[Column, ...]:
    return tuple(
        Column(f"reason_{i}", "text", "", told("what the risk is associated with, strongest first")) for i in (1, 2, 3)
    )


def at_risk(days: int | None, clv_days: int, *, money: bool, reasons: bool) -> tuple[Column, ...]:
    """Return the columns of ``lists/at_risk.csv``: customers under contract with the most to lose first."""
    return (
        Column("rank", "int", "", told("1 has the most to lose; without prices, the greatest risk")),
        *_who(),
        *_risk(days, reasons=reasons),
        *(_value(days, clv_days) if money else ()),
        *_reasons(),
        Column("model_version", "text", "", told("the model that made the scores; another content, another name")),
    )


def notice_given(days: int | None, clv_days: int, *, money: bool, reasons: bool) -> tuple[Column, ...]:
    """Return the columns of ``lists/notice_given.csv``: who has given notice, with the most to lose first."""
    shown = {c.name: c for c in at_risk(days, clv_days, money=money, reasons=reasons)}
    comes = told("the contract ends on the day of leaves_on, within the window or after it")
    shown["rank"] = Column("rank", "int", "", told("1 has the most to lose; without prices, 1 is the first to leave"))
    shown[p_churn(days)] = Column(p_churn(days), "double", "probability", comes)
    leaves = Column("leaves_on", "date", "", told("first day without the contract, unless notice is taken back"))
    return (shown.pop("rank"), shown.pop("customer_id"), leaves, *shown.values())


def high_value(days: int | None, clv_days: int) -> tuple[Column, ...]:
    """Return the columns of ``lists/high_value.csv``: customers under contract with the highest CLV first."""
    return (
        Column("rank", "int", "", told("1 is worth most")),
        *_who(),
        *_clv(clv_days),
        Column(
            "clv_decile",
            "int",
            "",
            told("1 is the top tenth of all under contract; equal values share the better tenth"),
        ),
        Column("share_of_total", "double", "share", told("this customer's share of all CLV under contract")),
        Column("cumulative_share", "double", "share", told("share of this customer and of all above on this list")),
        *_risk(days, reasons=False),
        *_value(days, clv_days),
        Column("tenure_periods", "double", "periods", told("time under contract so far, in periods of prices")),
        *_reasons(),
        Column("model_version", "text", "", told("the model that made the scores; another content, another name")),
    )


def listed(name: str, days: int | None, clv_days: int) -> tuple[Column, ...]:
    """Return the columns of a list of ``columns.CONTRACT_LISTS``, with money and reasons of ends."""
    if name == "high_value":
        return high_value(days, clv_days)
    kind = notice_given if name == "notice_given" else at_risk
    return kind(days, clv_days, money=True, reasons=True)
