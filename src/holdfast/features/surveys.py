"""Surveys: what the customer last said, how long ago, and whether at all. A missing answer is never filled in."""

from holdfast.features.feature import Feature

SURVEYS = (
    Feature(
        "survey_score",
        over="surveys",
        sql="CAST(SUM(score) FILTER (WHERE scored_day = last_day) AS DECIMAL(28,6)) * EXP(0) "
        "/ NULLIF(COUNT(*) FILTER (WHERE scored_day = last_day), 0)",
        unit="score",
        meaning="last score: the mean of what was answered on the last day with an answer",
        needs="surveys",
    ),
    Feature(
        "days_since_score",
        over="surveys",
        sql="{cutoff} - MAX(last_day)",
        unit="days",
        meaning="days since the last answer",
        needs="surveys",
    ),
    Feature(
        "survey_answered_share",
        over="surveys",
        sql="COUNT(scored_day) * EXP(0) / COUNT(*)",
        unit="share",
        meaning="share of survey questions asked so far that were answered",
        needs="surveys",
    ),
    Feature(
        "survey_missing",
        over="surveys",
        sql="CASE WHEN COUNT(scored_day) = 0 THEN 1 ELSE 0 END",
        unit="0 or 1",
        meaning="1 = no answer is known",
        needs="surveys",
        none="1",
    ),
)
