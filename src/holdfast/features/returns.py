"""Returns: what the customer gave back."""

from holdfast.features.feature import Feature, share

RETURNS = (
    Feature(
        "return_lines",
        over="lines",
        sql="COUNT(*) FILTER (WHERE amount < 0)",
        unit="lines",
        meaning="returned lines so far",
        reason="returns",
    ),
    Feature(
        "return_share",
        over="lines",
        sql=share("amount < 0"),
        unit="share",
        meaning="of lines that are returns",
        reason="returns",
    ),
    Feature(
        "days_since_return",
        over="lines",
        sql="{cutoff} - MAX(CASE WHEN amount < 0 THEN day END)",
        unit="days",
        meaning="since the last return",
        reason="returns",
    ),
)
