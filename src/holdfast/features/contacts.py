"""Contacts: how the customer answered campaigns. Lines with the arm `control` were not sent and do not count."""

from holdfast.features.feature import Feature

CONTACTS = (
    Feature(
        "contacts_90d",
        over="contacts",
        sql="COUNT(*) FILTER (WHERE sent_day >= {cutoff} - 90)",
        unit="contacts",
        meaning="sent in the last 90 days",
        reason="contacts",
        needs="contacts",
        none="0",
    ),
    Feature(
        "days_since_contact",
        over="contacts",
        sql="{cutoff} - MAX(sent_day)",
        unit="days",
        meaning="since the last contact was sent",
        reason="contacts",
        needs="contacts",
    ),
    *(
        Feature(
            f"contact_{word}_share",
            over="contacts",
            sql=f"COUNT({column}) * EXP(0) / COUNT(*)",
            unit="share",
            meaning=f"of contacts so far that were {meaning}",
            reason="contacts",
            needs=needs,
        )
        for word, column, meaning, needs in (
            ("opened", "opened_day", "opened", "contacts.opened_at"),
            ("converted", "converted_day", "followed by what the campaign was for", "contacts.converted_at"),
        )
    ),
)
