"""Returns: what the customer gave back."""

from holdfast.features.feature import Feature

RETURNS = (
    Feature(
        "return_lines",
        over="days",
        sql="CAST(SUM(returned) AS BIGINT)",
        unit="lines",
        meaning="returned lines so far",
    ),
    Feature(
        "return_share",
        over="days",
        sql="CAST(SUM(returned) AS BIGINT) * EXP(0) / CAST(SUM(line_count) AS BIGINT)",
        unit="share",
        meaning="share of lines that are returns",
    ),
    Feature(
        "days_since_return",
        over="days",
        sql="{cutoff} - MAX(CASE WHEN returned > 0 THEN day END)",
        unit="days",
        meaning="days since the last return",
    ),
)
