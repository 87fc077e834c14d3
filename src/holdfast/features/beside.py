"""What was known of the tables beside purchases by a cutoff, in the same portable SQL.

Only rows and values whose day lies before the cutoff: a ticket closed later is open, a contact opened later is not.
"""

from holdfast.features.cutoff import Cutoff

# One row per event. `of_occasions` holds the customer's features over purchase days.
ROWS = {
    "visits": """
    SELECT visits.customer_id, visited_day, pages, {silence}
    FROM visits JOIN of_occasions ON of_occasions.customer_id = visits.customer_id
    WHERE visited_day < {cutoff}""",
    "tickets": """
    SELECT customer_id, opened_day, CASE WHEN closed_day < {cutoff} THEN closed_day END AS closed_day
    FROM tickets WHERE opened_day < {cutoff}""",
    "contacts": """
    SELECT customer_id, sent_day, CASE WHEN opened_day < {cutoff} THEN opened_day END AS opened_day,
           CASE WHEN converted_day < {cutoff} THEN converted_day END AS converted_day
    FROM contacts WHERE sent_day < {cutoff} AND LOWER(COALESCE(arm, '')) <> 'control'""",
    "surveys": """
    SELECT customer_id, scored_day, score, MAX(scored_day) OVER (PARTITION BY customer_id) AS last_day
    FROM (SELECT customer_id, CASE WHEN answered_day < {cutoff} THEN score END AS score,
                 CASE WHEN answered_day < {cutoff} AND score IS NOT NULL THEN answered_day END AS scored_day
          FROM surveys WHERE asked_day < {cutoff}) AS asked""",
    # Versions of a customer: the latest known by the cutoff. `known_day` is the day of acquisition where nothing else
    # says when a row was known, and NULL where nothing does: then it counts.
    "customers": """
    SELECT customer_id, CASE WHEN acquired_day < {cutoff} THEN acquired_day END AS acquired_day, acquisition_cost,
           channel, COUNT(*) OVER (PARTITION BY channel) AS in_channel, COUNT(channel) OVER () AS in_channels,
           consent, objection, attribute_1, attribute_2, attribute_3, attribute_4, attribute_5
    FROM (SELECT customers.*, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY version DESC) AS back
          FROM customers
          WHERE known_day IS NULL OR known_day < {cutoff}
         ) AS versions
    WHERE back = 1""",
}

# What a table must have shown by the cutoff for a feature to mean anything. Counted before the text is made: a log of
# visits that begins later must not look like customers who never visit.
_SHOWN = {
    "visits": {"visits": "visited_day < {cutoff}"},
    "tickets": {
        "tickets": "opened_day < {cutoff}",
        "tickets.closed_at": "opened_day < {cutoff} AND closed_day < {cutoff}",
    },
    "contacts": {
        "contacts": "sent_day < {cutoff}",
        "contacts.opened_at": "sent_day < {cutoff} AND opened_day < {cutoff}",
        "contacts.converted_at": "sent_day < {cutoff} AND converted_day < {cutoff}",
    },
    "surveys": {"surveys": "asked_day < {cutoff}"},
    "customers": {"customers": "known_day IS NULL OR known_day < {cutoff}"},
}

FACTS = tuple(fact for facts in _SHOWN.values() for fact in facts)


def shown_sql(table: str, cutoff: Cutoff, *, schema: str = "") -> str:
    """Return the portable SQL of one row: how many rows show each fact of ``table`` by the cutoff."""
    counts = ", ".join(
        f"COUNT(*) FILTER (WHERE {condition}) AS {fact.replace('.', '_')}" for fact, condition in _SHOWN[table].items()
    )
    return f"SELECT {counts} FROM {schema}{table}".replace("{cutoff}", str(cutoff.day))


def facts_of(table: str) -> tuple[str, ...]:
    """Return the facts of ``table``, in the order of ``shown_sql``'s columns."""
    return tuple(_SHOWN[table])
