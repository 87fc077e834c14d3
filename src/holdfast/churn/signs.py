"""Signs of risk that can be said of a customer: each compares them with their own past, and holds or is not said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from holdfast.churn import norms
from holdfast.churn.norms import MONTH_DAYS, RECENT_DAYS, YEAR_DAYS, Row
from holdfast.language import N_, gettext

_FEW, _MANY = 6, 10


@dataclass(frozen=True)
class Sign:
    """A sentence about a customer's own figures, and when they support it; a missing figure supports nothing.

    Attributes
    ----------
    group
        Of several signs of a group the first that holds is said.
    said
        With ``{name}`` for a feature, or for what ``norms.figures`` adds.
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
    "year": N_("{share:.0%} of those at risk bought less in the last 365 days than before"),
    "rhythm": N_("{share:.0%} of those at risk waited longer than ever before their last purchase"),
    "trend": N_("{share:.0%} of those at risk bought less in the second half of their time as a customer"),
    "spend": N_("{share:.0%} of those at risk spent less than usual in their last purchase"),
    "returns": N_("{share:.0%} of those at risk returned something in the last 180 days"),
    "season": N_("{share:.0%} of those at risk have never bought at this time of year"),
    "visits": N_("{share:.0%} of those at risk visit less than before, or without buying"),
    "tickets": N_("{share:.0%} of those at risk have an open or a recent ticket"),
    "contacts": N_("{share:.0%} of those at risk open few of the messages sent"),
    "surveys": N_("{share:.0%} of those at risk gave a low score in their last survey"),
}


# Of several signs of a group the first that holds is said.
SIGNS = (
    Sign(
        "silence",
        N_("silent for {days_since_last:n day}; usually buys every day"),
        lambda r: r["purchase_days"] >= _MANY and norms.overdue(r) and round(r["gap_median"]) == 1,
        norms.bought_in_time,
    ),
    Sign(
        "silence",
        N_(
            "silent for {days_since_last:n day}; usually buys every {gap_median:n day}, at this time of year about "
            "every {quiet_gap:.0f}"
        ),
        lambda r: r["purchase_days"] >= 3 and norms.overdue_in_quiet(r) and round(r["gap_median"]) > 1,
        norms.bought_in_time,
    ),
    Sign(
        "silence",
        N_("silent for {days_since_last:n day}; usually buys every {gap_median:n day}"),
        lambda r: r["purchase_days"] >= 3 and norms.overdue(r) and round(r["gap_median"]) > 1,
        norms.bought_in_time,
    ),
    Sign(
        "silence",
        N_("silent for {days_since_last:n day}; never waited longer than {gap_max:.0f} before"),
        norms.later_than_ever,
        norms.bought_in_time,
    ),
    Sign(
        "silence",
        N_("silent for {days_since_last:n day}; the second purchase came {gap_median:n day} after the first"),
        lambda r: r["purchase_days"] == 2 and norms.overdue(r) and round(r["gap_median"]) > 1,
        norms.bought_in_time,
    ),
    Sign(
        "silence",
        N_("silent for {days_since_last:n day} since the last purchase"),
        lambda r: r["purchase_days"] > 1 and norms.overdue(r) and norms.for_a_month(r),
        norms.bought_in_time,
    ),
    Sign(
        "silence",
        N_("silent for {days_since_last:n day} since the only purchase"),
        lambda r: r["purchase_days"] == 1 and norms.for_a_month(r),
        lambda _: {"days_since_last": MONTH_DAYS, "tenure": MONTH_DAYS - 1},
        many="once",
    ),
    Sign(
        "frequency",
        N_("bought only twice in {known:n day}"),
        lambda r: r["purchase_days"] == 2 and norms.rarely(r),
        norms.every_two_months,
    ),
    Sign(
        "frequency",
        N_("bought only {purchase_days:n time} in {known:n day}"),
        lambda r: 3 <= r["purchase_days"] <= _FEW and norms.rarely(r),
        norms.every_two_months,
    ),
    Sign(
        "recent activity",
        N_("no purchase in the last 90 days; about {expected_recent:.0f} would be usual at this time of year"),
        lambda r: norms.slower_in_quiet(r) and r["purchase_days_90d"] == 0,
        norms.as_often_as_before,
    ),
    Sign(
        "recent activity",
        N_(
            "{purchase_days_90d:n purchase} in the last 90 days; about {expected_recent:.0f} would be usual at this "
            "time of year"
        ),
        norms.slower_in_quiet,
        norms.as_often_as_before,
    ),
    Sign(
        "recent activity",
        N_("no purchase in the last 90 days; {earlier_purchases:.0f} in the {earlier_days:n day} before"),
        lambda r: norms.slower(r) and r["purchase_days_90d"] == 0,
        norms.as_often_as_before,
    ),
    Sign(
        "recent activity",
        N_(
            "{purchase_days_90d:n purchase} in the last 90 days; "
            "{earlier_purchases:.0f} in the {earlier_days:n day} before"
        ),
        norms.slower,
        norms.as_often_as_before,
    ),
    Sign(
        "year",
        N_("no purchase in the last 365 days; {purchases_before_year:.0f} in the {days_before_year:n day} before"),
        lambda r: norms.fewer_a_year(r) and r["purchase_days_365d"] == 0,
        norms.as_often_as_in_years_before,
    ),
    Sign(
        "year",
        N_(
            "{purchase_days_365d:n purchase} in the last 365 days; "
            "{purchases_before_year:.0f} in the {days_before_year:n day} before"
        ),
        norms.fewer_a_year,
        norms.as_often_as_in_years_before,
    ),
    Sign(
        "rhythm",
        N_("came back only after {gap_last:n day} the last time, longer than ever; usually after {gap_median:.0f}"),
        norms.waited_longest,
        norms.waited_as_usual,
    ),
    Sign(
        "trend",
        N_("{frequency:n repeat purchase} in the first half of {tenure:n day}, none in the second"),
        lambda r: norms.expects_later(r) and r["late_purchases"] == 0,
        norms.as_many_later,
    ),
    Sign(
        "trend",
        N_(
            "{early_purchases:n repeat purchase} in the first half of {tenure:n day}, {late_purchases:.0f} in the "
            "second"
        ),
        lambda r: norms.fewer_later(r) and r["late_purchases"] >= 1,
        norms.as_many_later,
    ),
    Sign(
        "spend",
        N_("the last purchase came to {spend_last:,.2f}; the one before to {spend_before:,.2f}"),
        lambda r: norms.kept_less(r) and r["before"] == 1,
        norms.as_large_as_before,
    ),
    Sign(
        "spend",
        N_("the last purchase came to {spend_last:,.2f}; the {before:.0f} before to {spend_before:,.2f} on average"),
        norms.kept_less,
        norms.as_large_as_before,
    ),
    Sign(
        "returns",
        N_("returned something {days_since_return:n day} ago"),
        lambda r: r["return_lines"] == 1 and r["days_since_return"] <= 180,
        norms.never_returned,
    ),
    Sign(
        "returns",
        N_("returned {return_lines:n line}, the last {days_since_return:n day} ago"),
        lambda r: r["return_lines"] > 1 and r["days_since_return"] <= 180,
        norms.never_returned,
    ),
    Sign(
        "season",
        N_("bought nothing in the coming 90 days of earlier years; a customer for {known:n day}"),
        lambda r: norms.due_in_season(r) and r["tenure"] >= YEAR_DAYS and r["season_share"] == 0,
        lambda r: {
            "season_share": RECENT_DAYS / YEAR_DAYS,
            "purchases_same_season": r["purchases_per_year"] * RECENT_DAYS / YEAR_DAYS,
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
        lambda r: r["visits_30d"] == 0 and norms.visited(r),
        lambda r: {"visits_30d": r["visits_90d"] / 3, "days_since_visit": min(r["days_since_visit"], 15.0)},
    ),
    Sign(
        "visits",
        N_("last visit {days_since_visit:n day} ago"),
        lambda r: r["days_since_visit"] > RECENT_DAYS and r["usual_unvisited"] > RECENT_DAYS,
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
NO_SIGN_QUIET = N_("no sign of their own: few customers buy at this time of year")
NO_SIGN_RARE = N_("usually buys only every {gap_median:n day}")
"""Of whoever bought three times or more, and whose usual gap is at least three quarters of the days foreseen."""
NO_SIGN = N_("as likely to leave as others with {purchase_days:n purchase}, the last {days_since_last:n day} ago")


SHUT = N_("{reason}; shut on {shut} of the {days:n day}")


def said_of(sign: Sign, row: Row) -> str:
    """Return the sentence of a sign about a customer, and how many of the days it counts were shut."""
    said = gettext(sign.said, **row)
    days, shut = {
        "silence": (row["days_since_last"], row["shut_days"]),
        "recent activity": (RECENT_DAYS, row["recent_shut"]),
    }.get(sign.group, (0, 0))
    return gettext(SHUT, reason=said, shut=f"{shut:.0f}", days=days) if shut else said


def signs_of(row: Row) -> list[Sign]:
    """Return the signs that hold for a customer, at most one of each group; ``row`` as ``figures`` returns it."""
    found: dict[str, Sign] = {}
    for sign in SIGNS:
        if sign.group not in found and sign.when(row):
            found[sign.group] = sign
    return list(found.values())
