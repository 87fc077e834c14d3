"""Signs of risk that can be said of a customer: each compares them with their own past, and holds or is not said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

from holdfast.language import N_, gettext

Row = Mapping[str, float]

# How far from their own past a customer must be for it to be worth a sentence.
LONGER, LESS, SMALLER = 1.1, 0.75, 0.8
_MONTH_DAYS, _RECENT_DAYS, _YEAR_DAYS = 30, 90, 365
_FEW, _MANY, _STEADY = 6, 10, 5


@dataclass(frozen=True)
class Sign:
    """A sentence about a customer's own figures, and when they support it; a missing figure supports nothing.

    Attributes
    ----------
    group
        Of several signs of a group the first that holds is said.
    said
        With ``{name}`` for a feature, or for what ``figures`` adds.
    when
        Whether the figures support it.
    usual
        The features it names, by name, as they would be if nothing had happened: at the customer's own norm.
    many
        Key of ``OF_MANY``: how it is said of many customers together; the group's, if not given.
    """

    group: str
    said: str
    when: Callable[[Row], bool]
    usual: Callable[[Row], Mapping[str, float]]
    many: str = ""

    @property
    def of_many(self) -> str:
        """How it is said of the ``share`` of many customers of whom it holds."""
        return OF_MANY[self.many or self.group]


OF_MANY = {
    "silence": N_("{share:.0%} of those at risk have been silent for longer than usual"),
    "once": N_("{share:.0%} of those at risk have not come back since their only purchase"),
    "frequency": N_("{share:.0%} of those at risk bought only a few times in a long time"),
    "recent activity": N_("{share:.0%} of those at risk bought less in the last 90 days than before"),
    "rhythm": N_("{share:.0%} of those at risk waited longer than usual before their last purchase"),
    "trend": N_("{share:.0%} of those at risk bought less in the second half of their time as a customer"),
    "spend": N_("{share:.0%} of those at risk spent less than usual in their last purchase"),
    "returns": N_("{share:.0%} of those at risk returned something in the last 180 days"),
    "season": N_("{share:.0%} of those at risk have never bought at this time of year"),
    "visits": N_("{share:.0%} of those at risk visit less than before, or without buying"),
    "tickets": N_("{share:.0%} of those at risk have an open or a recent ticket"),
    "contacts": N_("{share:.0%} of those at risk open few of the messages sent"),
    "surveys": N_("{share:.0%} of those at risk gave a low score in their last survey"),
}


def figures(row: Row, shut: Callable[[float], int] | None = None) -> dict[str, float]:
    """Return a customer's features, and what the sentences need beside them.

    ``shut`` says how many of the last so many days nothing was sold on, whoever stays (``churn.closed``).
    """
    before = row["purchase_days"] - 1
    closed, recent_shut = (0 if shut is None else shut(days) for days in (row["days_since_last"], _RECENT_DAYS))
    return {
        **row,
        "shut_days": closed,
        "open_silence": row["days_since_last"] - closed,
        "recent_shut": recent_shut,
        "earlier_days": min(row["tenure"] + 1, _YEAR_DAYS) - _RECENT_DAYS,
        "earlier_purchases": row["purchase_days_365d"] - row["purchase_days_90d"],
        "early_purchases": row["frequency"] - row["late_purchases"],
        "before": before,
        "spend_before": (row["spend_total"] - row["spend_last"]) / before if before > 0 else float("nan"),
    }


def _overdue(row: Row) -> bool:
    return row["open_silence"] > LONGER * row["gap_median"]


def _later_than_ever(row: Row) -> bool:
    """Say whether a customer with a steady rhythm has waited longer than they ever did, if not by much."""
    return row["purchase_days"] >= _STEADY and row["open_silence"] > row["gap_max"]


def _slower(row: Row) -> bool:
    days, purchases, recent = row["earlier_days"], row["earlier_purchases"], _RECENT_DAYS - row["recent_shut"]
    if days < _RECENT_DAYS or purchases < 2 or recent < _MONTH_DAYS:
        return False
    return row["purchase_days_90d"] / recent < LESS * purchases / days


def _smaller(row: Row) -> bool:
    return row["spend_last"] >= 0 and row["spend_last"] < SMALLER * row["spend_before"]


def _kept_less(row: Row) -> bool:
    """Say whether the last purchase came to less than those before, and not for what was sent back since."""
    return _smaller(row) and not row["days_since_return"] <= row["days_since_last"]


def _fewer_later(row: Row) -> bool:
    return row["tenure"] >= _RECENT_DAYS and row["frequency"] >= 4


def _bought_in_time(row: Row) -> dict[str, float]:
    """Return the features of silence had the last purchase been one usual gap ago."""
    gap, silent = row["gap_median"], row["days_since_last"]
    return {
        "days_since_last": gap,
        "recency": row["recency"] + silent - gap,
        "recency_share": 1.0 - (1.0 - row["recency_share"]) * gap / silent,
        "silence_to_gap_mean": gap / row["gap_mean"],
        "silence_to_gap_median": 1.0,
        "silence_to_gap_max": gap / row["gap_max"],
    }


def _rarely(row: Row) -> bool:
    return row["tenure"] >= _RECENT_DAYS * row["purchase_days"]


def _every_two_months(row: Row) -> dict[str, float]:
    bought = ceil(row["tenure"] / (2 * _MONTH_DAYS))
    return {"purchase_days": bought, "frequency": bought - 1, "purchases_per_year": _YEAR_DAYS / (2 * _MONTH_DAYS)}


def _as_often_as_before(row: Row) -> dict[str, float]:
    """Return the features of the last 90 days had they been like those before."""
    found = row["earlier_purchases"] * _RECENT_DAYS / row["earlier_days"]
    more = found - row["purchase_days_90d"]
    return {
        "purchase_days_30d": max(row["purchase_days_30d"], found / 3),
        "purchase_days_60d": max(row["purchase_days_60d"], found * 2 / 3),
        "purchase_days_90d": found,
        "purchase_days_180d": row["purchase_days_180d"] + more,
        "purchase_days_365d": row["purchase_days_365d"] + more,
        "spend_90d": row["spend_90d"] + more * row["spend_mean"],
        "spend_365d": row["spend_365d"] + more * row["spend_mean"],
    }


def _as_large_as_before(row: Row) -> dict[str, float]:
    return {"spend_last": row["spend_before"], "spend_last_to_mean": row["spend_before"] / row["spend_mean"]}


def _never_returned(row: Row) -> dict[str, float]:
    """Return the features without returns; what was sent back since the last purchase came off that one."""
    nothing = {"return_lines": 0.0, "return_share": 0.0, "days_since_return": float("nan")}
    undone = _smaller(row) and row["days_since_return"] <= row["days_since_last"]
    return nothing | (_as_large_as_before(row) if undone else {})


def _waited_as_usual(row: Row) -> dict[str, float]:
    return {"gap_last": row["gap_median"], "gap_last_to_mean": row["gap_median"] / row["gap_mean"]}


def _as_many_later(row: Row) -> dict[str, float]:
    return {"late_purchases": row["frequency"] / 2, "late_share": 0.5}


# Of several signs of a group the first that holds is said.
SIGNS = (
    Sign(
        "silence",
        N_("silent for {days_since_last:n day}; usually buys every day"),
        lambda r: r["purchase_days"] >= _MANY and _overdue(r) and round(r["gap_median"]) == 1,
        _bought_in_time,
    ),
    Sign(
        "silence",
        N_("silent for {days_since_last:n day}; usually buys every {gap_median:n day}"),
        lambda r: r["purchase_days"] >= 3 and _overdue(r) and round(r["gap_median"]) > 1,
        _bought_in_time,
    ),
    Sign(
        "silence",
        N_("silent for {days_since_last:n day}; never waited longer than {gap_max:.0f} before"),
        _later_than_ever,
        _bought_in_time,
    ),
    Sign(
        "silence",
        N_("silent for {days_since_last:n day}; the second purchase came {gap_median:n day} after the first"),
        lambda r: r["purchase_days"] == 2 and _overdue(r) and round(r["gap_median"]) > 1,
        _bought_in_time,
    ),
    Sign(
        "silence",
        N_("silent for {days_since_last:n day} since the last purchase"),
        lambda r: r["purchase_days"] > 1 and _overdue(r) and r["open_silence"] > _MONTH_DAYS,
        _bought_in_time,
    ),
    Sign(
        "silence",
        N_("silent for {days_since_last:n day} since the only purchase"),
        lambda r: r["purchase_days"] == 1 and r["open_silence"] > _MONTH_DAYS,
        lambda _: {"days_since_last": _MONTH_DAYS, "tenure": _MONTH_DAYS - 1},
        many="once",
    ),
    Sign(
        "frequency",
        N_("bought only twice in {tenure:n day}"),
        lambda r: r["purchase_days"] == 2 and _rarely(r),
        _every_two_months,
    ),
    Sign(
        "frequency",
        N_("bought only {purchase_days:n time} in {tenure:n day}"),
        lambda r: 3 <= r["purchase_days"] <= _FEW and _rarely(r),
        _every_two_months,
    ),
    Sign(
        "recent activity",
        N_("no purchase in the last 90 days; {earlier_purchases:.0f} in the {earlier_days:n day} before"),
        lambda r: _slower(r) and r["purchase_days_90d"] == 0,
        _as_often_as_before,
    ),
    Sign(
        "recent activity",
        N_(
            "{purchase_days_90d:n purchase} in the last 90 days; "
            "{earlier_purchases:.0f} in the {earlier_days:n day} before"
        ),
        _slower,
        _as_often_as_before,
    ),
    Sign(
        "rhythm",
        N_("waited {gap_last:n day} before the last purchase; usually {gap_median:.0f}"),
        lambda r: r["purchase_days"] >= 4 and r["gap_last"] > LONGER * r["gap_median"],
        _waited_as_usual,
    ),
    Sign(
        "trend",
        N_("{frequency:n repeat purchase} in the first half of {tenure:n day}, none in the second"),
        lambda r: _fewer_later(r) and r["late_purchases"] == 0,
        _as_many_later,
    ),
    Sign(
        "trend",
        N_(
            "{early_purchases:n repeat purchase} in the first half of {tenure:n day}, {late_purchases:.0f} in the "
            "second"
        ),
        lambda r: _fewer_later(r) and 1 <= r["late_purchases"] <= 0.4 * r["frequency"],
        _as_many_later,
    ),
    Sign(
        "spend",
        N_("the last purchase came to {spend_last:,.2f}; the one before to {spend_before:,.2f}"),
        lambda r: _kept_less(r) and r["before"] == 1,
        _as_large_as_before,
    ),
    Sign(
        "spend",
        N_("the last purchase came to {spend_last:,.2f}; the {before:.0f} before to {spend_before:,.2f} on average"),
        _kept_less,
        _as_large_as_before,
    ),
    Sign(
        "returns",
        N_("returned something {days_since_return:n day} ago"),
        lambda r: r["return_lines"] == 1 and r["days_since_return"] <= 180,
        _never_returned,
    ),
    Sign(
        "returns",
        N_("returned {return_lines:n line}, the last {days_since_return:n day} ago"),
        lambda r: r["return_lines"] > 1 and r["days_since_return"] <= 180,
        _never_returned,
    ),
    Sign(
        "season",
        N_("bought nothing in the coming 90 days of earlier years; a customer for {tenure:n day}"),
        lambda r: r["purchase_days"] >= 4 and r["tenure"] >= _YEAR_DAYS and r["season_share"] == 0,
        lambda r: {
            "season_share": _RECENT_DAYS / _YEAR_DAYS,
            "purchases_same_season": r["purchases_per_year"] * _RECENT_DAYS / _YEAR_DAYS,
        },
    ),
    Sign(
        "visits",
        N_("visited {visits_since_purchase:.0f} times since the last purchase without buying"),
        lambda r: r["visits_since_purchase"] >= 3,
        lambda _: {"visits_since_purchase": 0.0},
    ),
    Sign(
        "visits",
        N_("no visit in the last 30 days; {visits_90d:.0f} in the last 90"),
        lambda r: r["visits_30d"] == 0 and r["visits_90d"] >= 2,
        lambda r: {"visits_30d": r["visits_90d"] / 3, "days_since_visit": min(r["days_since_visit"], 15.0)},
    ),
    Sign(
        "visits",
        N_("last visit {days_since_visit:n day} ago"),
        lambda r: r["days_since_visit"] > 90,
        lambda _: {"days_since_visit": 30.0, "visits_90d": 2.0},
    ),
    Sign(
        "tickets", N_("{tickets_open:n open ticket}"), lambda r: r["tickets_open"] >= 1, lambda _: {"tickets_open": 0.0}
    ),
    Sign(
        "tickets",
        N_("{tickets_90d:n ticket} in the last 90 days"),
        lambda r: r["tickets_90d"] >= 1,
        lambda _: {"tickets_90d": 0.0},
    ),
    Sign(
        "contacts",
        N_("opened none of the messages sent"),
        lambda r: r["contacts_90d"] >= 3 and r["contact_opened_share"] == 0,
        lambda _: {"contact_opened_share": 0.5},
    ),
    Sign(
        "contacts",
        N_("opened {contact_opened_share:.0%} of the messages sent"),
        lambda r: r["contacts_90d"] >= 3 and 0.005 <= r["contact_opened_share"] < 0.2,
        lambda _: {"contact_opened_share": 0.5},
    ),
    Sign(
        "surveys",
        N_("last survey score {survey_score:.1f}, {days_since_score:n day} ago"),
        lambda r: r["survey_score"] == r["survey_score"] and r["days_since_score"] >= 0,
        # No scale is known here: it is a reason only if the model sees less risk in twice the score.
        lambda r: {"survey_score": 2 * r["survey_score"]},
    ),
)
NO_SIGN_ONCE = N_("as likely to leave as others with one purchase {days_since_last:n day} ago")
NO_SIGN_RARE = N_("usually buys only every {gap_median:n day}")
"""Of whoever bought three times or more, and whose usual gap is at least three quarters of the days foreseen."""
NO_SIGN = N_("as likely to leave as others with {purchase_days:n purchase}, the last {days_since_last:n day} ago")


SHUT = N_("{reason}; shut on {shut} of the {days:n day}")


def said_of(sign: Sign, row: Row) -> str:
    """Return the sentence of a sign about a customer, and how many of the days it counts were shut."""
    said = gettext(sign.said, **row)
    days, shut = {
        "silence": (row["days_since_last"], row["shut_days"]),
        "recent activity": (_RECENT_DAYS, row["recent_shut"]),
    }.get(sign.group, (0, 0))
    return gettext(SHUT, reason=said, shut=f"{shut:.0f}", days=days) if shut else said


def signs_of(row: Row) -> list[Sign]:
    """Return the signs that hold for a customer, at most one of each group; ``row`` as ``figures`` returns it."""
    found: dict[str, Sign] = {}
    for sign in SIGNS:
        if sign.group not in found and sign.when(row):
            found[sign.group] = sign
    return list(found.values())
