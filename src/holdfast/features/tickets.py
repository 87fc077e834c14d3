"""Tickets: what the customer had to complain or ask about. A ticket closed on or after the cutoff is open."""

from holdfast.features.feature import Feature

TICKETS = (
    Feature(
        "tickets_open",
        over="tickets",
        sql="COUNT(*) FILTER (WHERE closed_day IS NULL)",
        unit="tickets",
        meaning="opened and not yet closed",
        needs="tickets.closed_at",
        none="0",
    ),
    Feature(
        "tickets_90d",
        over="tickets",
        sql="COUNT(*) FILTER (WHERE opened_day >= {cutoff} - 90)",
        unit="tickets",
        meaning="opened in the last 90 days",
        needs="tickets",
        none="0",
    ),
    Feature(
        "days_since_ticket",
        over="tickets",
        sql="{cutoff} - MAX(opened_day)",
        unit="days",
        meaning="days since the last ticket was opened",
        needs="tickets",
    ),
    Feature(
        "ticket_days_to_close",
        over="tickets",
        sql="CAST(SUM(closed_day - opened_day) AS BIGINT) * EXP(0) / NULLIF(COUNT(closed_day), 0)",
        unit="days",
        meaning="days from opening to closing, mean of the tickets closed so far",
        needs="tickets.closed_at",
    ),
)
