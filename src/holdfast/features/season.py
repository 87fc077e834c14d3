"""Season and calendar: where in the customer's year the cutoff lies, and on which weekdays purchases fall."""

from holdfast.features.feature import Feature, share

_WEEKDAYS = ", ".join(f"COUNT(*) FILTER (WHERE MOD({{calendar}} + 3, 7) = {weekday})" for weekday in range(7))
_SAME_SEASON = share("MOD({cutoff} - 1 - {calendar}, 365) >= 275")

SEASON = (
    Feature(
        "season_share",
        over="occasions",
        sql=f"CASE WHEN MIN({{calendar}}) <= {{cutoff}} - 365 THEN {_SAME_SEASON} END",
        unit="share",
        meaning="share of purchase days in the 90 days of any earlier year that begin on the cutoff's date",
    ),
    Feature(
        "days_since_anniversary",
        over="occasions",
        sql="MOD({cutoff} - MIN({calendar}), 365)",
        unit="days",
        meaning="days since the last anniversary (of 365 days) of the first purchase",
    ),
    Feature(
        "weekday_share",
        over="occasions",
        sql=f"GREATEST({_WEEKDAYS}) * EXP(0) / COUNT(*)",
        unit="share",
        meaning="share of purchase days that fell on the most frequent weekday",
    ),
)
