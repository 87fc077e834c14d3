"""What columns of tables beside the purchases are called: visits, tickets, contacts, surveys and customers."""

from holdfast.data.values.words import plain_words

# What columns of tables beside the purchases are called, beside our own names.
_BESIDE = {
    "visits": {
        "visited_at": "visitdate visitat visittime sessiondate sessionstart besuchsdatum besogsdato datevisite",
        "pages": "pageviews pagesviewed seiten sider",
        "channel": "device medium kanal",
    },
    "tickets": {
        "opened_at": "ticketdate dateopened createdat created opendate openedon ticketcreated",
        "closed_at": "resolvedat solvedat closed closeddate dateclosed resolved closedon",
        "topic": "subject category tickettype reason emne thema betreff",
        "comment": "comments description message text body beskrivelse beschreibung nachricht besked melding",
    },
    "contacts": {
        "campaign": "campaignname campaignid kampagne kampagneid kampanj campagne campana",
        "sent_at": "senddate sendtime sent datesent contactedat contactdate senton gesendetam sendt",
        "opened_at": "opened opendate openedon",
        "converted_at": "converted conversiondate convertedon",
        "cost": "contactcost kosten omkostning",
        "arm": "group testgroup variant treatment gruppe",
    },
    "surveys": {
        "asked_at": "surveydate askeddate surveysentat dateasked befragtam reviewdate reviewedat datereviewed",
        "answered_at": "responsedate respondedat answerdate dateanswered submittedat",
        "item": "question questionid frage sporgsmal",
        "score": "rating nps npsscore answer response bewertung stars",
        "importance": "weight",
        "comment": "comments review reviewtext reviewbody feedback text verbatim openanswer kommentar kommentarer",
    },
    "customers": {
        "known_at": "updatedat validfrom",
        "acquired_at": "signupdate signedupat registeredat registrationdate customersince joinedat datacadastro "
        "datadecadastro fechaalta fechadealta dateinscription datedinscription dataregistrazione kundeseit kundesiden "
        "kundesedan klantsinds",
        "channel": "acquisitionchannel source utmsource kanal",
        "acquisition_cost": "cac costofacquisition",
        "consent": "acceptsmarketing acceptsemailmarketing optin emailoptin newsletter marketingconsent samtykke "
        "einwilligung werbeeinwilligung samtycke consentement consentimiento consentimento consenso toestemming zgoda "
        "subscribed メルマガ メール配信 営業同意 营销同意 接收营销 마케팅동의 마케팅수신동의",
        "objection": "optout unsubscribed marketingoptout donotcontact widerspruch",
        "profiling_objection": "profilingoptout",
    },
}


def fits_table(table: str, ours: str, name: str) -> bool:
    """Say whether a column's name says that it is ours of a table beside the purchases.

    Examples
    --------
    >>> fits_table("contacts", "sent_at", "Send date"), fits_table("visits", "visited_at", "Order date")
    (True, False)
    """
    joined = "".join(plain_words(name))
    return joined == ours.replace("_", "") or joined in _BESIDE[table].get(ours, "").split()
