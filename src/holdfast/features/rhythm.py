"""Rhythm: how regularly the customer buys, and how the silence of today compares with that."""

from holdfast.features.feature import Feature, deviation

# A first purchase has no gap; its place is the last.
_MIDDLE = "2 * place BETWEEN places AND places + 2"

RHYTHM = (
    Feature(
        "gap_mean",
        over="occasions",
        sql="CAST(SUM(gap) AS BIGINT) * EXP(0) / NULLIF(COUNT(gap), 0)",
        unit="days",
        meaning="mean gap between purchase days",
    ),
    Feature(
        "gap_median",
        over="occasions",
        sql=f"CAST(SUM(gap) FILTER (WHERE {_MIDDLE}) AS BIGINT) * EXP(0) "
        f"/ NULLIF(COUNT(gap) FILTER (WHERE {_MIDDLE}), 0)",
        unit="days",
        meaning="usual gap: the median",
    ),
    Feature(
        "gap_deviation",
        over="occasions",
        sql=deviation("gap"),
        unit="days",
        meaning="standard deviation of the gaps",
    ),
    Feature(
        "gap_max",
        over="occasions",
        sql="MAX(gap)",
        unit="days",
        meaning="longest gap",
    ),
    Feature(
        "gap_min",
        over="occasions",
        sql="MIN(gap)",
        unit="days",
        meaning="shortest gap",
    ),
    Feature(
        "gap_last",
        over="occasions",
        sql="MAX(CASE WHEN next_day IS NULL THEN gap END)",
        unit="days",
        meaning="gap before the last purchase day",
    ),
    Feature(
        "gap_variation",
        over="features",
        sql="gap_deviation / NULLIF(gap_mean, 0)",
        unit="ratio",
        meaning="deviation of the gaps over their mean: about 1 is random, 0 is clockwork",
    ),
    *(
        Feature(
            f"silence_to_{gap}",
            over="features",
            sql=f"days_since_last * EXP(0) / NULLIF({gap}, 0)",
            unit="ratio",
            meaning=f"days since the last purchase over the {word} gap",
        )
        for gap, word in (("gap_mean", "mean"), ("gap_median", "usual"), ("gap_max", "longest"))
    ),
)
