"""Contacts: how the customer answered campaigns. Lines with the arm `control` were not sent and do not count."""

from holdfast.features.feature import Feature

CONTACTS = (
    Feature(
        "contacts_90d",
        over="contacts",
        sql="COUNT(*) FILTER (WHERE sent_day >= {cutoff} - 90)",
        unit="contacts",
        meaning="sent in the last 90 days",
        needs="contacts",
        none="0",
    ),
    Feature(
        "days_since_contact",
        over="contacts",
        sql="{cutoff} - MAX(sent_day)",
        unit="days",
        meaning="days since the last contact was sent",
        needs="contacts",
    ),
    Feature(
        "contact_opened_share",
        over="contacts",
        sql="COUNT(opened_day) * EXP(0) / COUNT(*)",
        unit="share",
        meaning="share of contacts so far that were opened",
        needs="contacts.opened_at",
    ),
    Feature(
        "contact_converted_share",
        over="contacts",
        sql="COUNT(converted_day) * EXP(0) / COUNT(*)",
        unit="share",
        meaning="share of contacts so far after which the customer did what the campaign was for",
        needs="contacts.converted_at",
    ),
)
