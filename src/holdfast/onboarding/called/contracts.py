"""What columns of contracts are called, in several languages: whole names, parts of names, and parts that deny it."""

from holdfast.data.values.words import plain_words, word_list

# What only the day of the export knows, or another thing than the contract began or ended then.
_ELSEWHERE = "current period trial next last latest updated termstart termend paused probe provetid binding bindung "
_ELSEWHERE += "commitment minimum mindest "
# What begins and ends for everybody on the same day: an event, a report's days.
_ELSEWHERE += "event veranstaltung evenement evento arrangement wydarzenie evenemang =report =reporting =bericht "
_ELSEWHERE += "=rapport =show =session =course =kurs =cours =curso =corso =campaign =kampagne =meeting =shift"

WORDS = {
    "started_at": (
        "startedat start startdate contractstart subscriptionstart subscriptiondate begin beginn begindate "
        "vertragsbeginn startdato startdatum startad datedebut debut fechainicio inicio signupdate signedup signedupat "
        "signedupon validfrom activatedat activationdate activated datejoined joined joinedat joinedon joindate "
        "joiningdate membersince customersince clientsince subscribersince activesince since subscribed subscribedat "
        "subscribedon enrolled enrolledat enrolledon enrolmentdate enrollmentdate enrolldate inception "
        "inceptiondate "
        "policyinception effectivedate contracteffectivedate effectivefrom connected connectedon connectiondate "
        "eintritt eintrittsdatum beitritt beitrittsdatum mitgliedseit kundeseit vertragsdatum lieferbeginn "
        "indmeldt indmeldelse indmeldelsesdato tilmeldt tilmeldelsesdato tegnet tegningsdato medlemsiden kundesiden "
        "innmeldt innmeldingsdato tegnetdato ansluten anslutningsdatum medlemsedan kundsedan tecknad tecknaddatum "
        "dateadhesion adhesion dateinscription inscription datesouscription souscription clientdepuis "
        "fechaalta fechadealta alta dataattivazione datainizio inizio iscrizione ingangsdatum begindatum inschrijving "
        "lidsinds ikrafttraedelse ikrafttraedelsesdato ikrafttreden datarozpoczecia rozpoczecie dataadesao adesao "
        "commencementdate aktiveringsdato aktiveringsdatum alkamispaiva alkupaiva liittymispaiva liittynyt",
        "start begin debut inicio activ adhesion souscription inscription",
        f"{_ELSEWHERE} inactiv deactiv desactiv",
    ),
    "ended_at": (
        "endedat end ended endedon enddate dateended contractend subscriptionend cancelled canceled cancelledat "
        "canceledat cancelledon canceledon left leftat lefton dateleft leftdate leavedate leavingdate leaveat quit "
        "quitdate exitdate exited closed closedat closedon lapsed lapsedat churned churnedat churnedon "
        "ende vertragsende kundigungsdatum slut slutdato slutdatum opsagt datefin fin fechafin validto enddato "
        "expiresat expirationdate expirydate expires austritt austrittsdatum ausgetreten gekundigt gekundigtzum "
        "gekundigtam abgemeldet abbestellt lieferende udmeldt udmeldelse udmeldelsesdato afmeldt ophort ophor "
        "ophorsdato utmeldt utmeldingsdato avsluttet avslutad uttrade uttradesdatum sluttdato sluttet "
        "resilie resiliele baja fechabaja fechadebaja datafine cessazione disdetta einddatum opgezegd uitschrijving "
        "datazakonczenia zakonczenie datacancelamento dropdate dropoutdate cessationdate opphor opphort opphorsdato "
        "paattymispaiva paattynyt loppupaiva eropaiva eroamispaiva irtisanomispaiva",
        "=ended enddate end -ende slut cancel kundig opsag opsig datefin fechafin expir terminat deactiv disconnect "
        "churn unsubscri austritt udmeld utmeld oppsig oppsag uppsag uppsig resili abmeld lapse disdett opzeg opgezeg",
        f"{_ELSEWHERE} -spende -wochenende =sende",
    ),
    # Of a contract, if other columns are a contract's: of an order else.
    "created_at": (
        "created createdat createdon createdate datecreated creationdate opened openedat openedon opendate registered "
        "registeredat registeredon registrationdate signup oprettet oprettelsesdato opprettet skapad erstellt "
        "erstelltam angelegt angelegtam aangemaakt",
        "created signup",
        _ELSEWHERE,
    ),
    "end_reason": (
        "endreason cancelreason reason kundigungsgrund grund arsag orsak motif motivo churntype cancellationtype "
        "cancelationtype terminationtype endtype",
        "reason grund arsag arsak orsak motif motivo reden raison",
    ),
    "plan": (
        "plan contract tariff tariffplan product productname subscription abo abonnement tarif abonnemang package "
        "itempriceid itempricename priceid pricename pricenickname "
        "membership membershiptype membershiplevel tier productplan medlemskab medlemskap medlemstype "
        "mitgliedschaft mitgliedsart produkt produktnavn ausgabe edition box boxtype pakke paket formule formula",
        "plan tarif priceid pricename pricenickname",
    ),
    "price": (
        "price monthlycharges monthlyfee fee pris preis prix precio monatsbeitrag monatsbetrag beitrag manedspris "
        "arspraemie praemie pramie cotisation cuota contributie "
        "mrr arr acv premium annualpremium yearlypremium monthlypremium annualfee yearlyfee jahresbeitrag jahrespreis "
        "monthlyprice monthlycharge monthlyamount unitamount planamount amount kontingent monatsabschlag abschlag "
        "manadspris manadsavgift manadskostnad manadsbelopp manedsavgift manedsbelob manedsbelop abonnementspris "
        "arspris arsavgift monatspreis maandprijs maandbedrag prixmensuel tarifmensuel preciomensual cuotamensual "
        "prezzomensile canone canonemensile cenamiesieczna oplatamiesieczna "
        "tarif tariff tariffa tarifa abonnement abonnemang abbonamento abonamento mensualite mensualidade mensualidad "
        "leasingrate leasingbetrag mietrate minimumfee minfee basefee tuitionfee tuition rentrate "
        "redevance quota avgift contribution dues mensalidade anuidade prijs cena preco prezzo "
        "pledge pledgeamount recurringamount recurringdonation membershipamount membershipfee subscriptionamount "
        "ordertotal recurringtotal subscriptiontotal",
        "monthly price prisprmaned grundpreis unitamount planamount cotisation tarif cuota beitrag avgift kontingent "
        "mensualite mensualidad mensalidade abonnementspr prix preis precio prezzo preco prijs",
        "minutes income salary rent usage calls visits hours data gb nummer number nr no id code gruppe group liste "
        "list klasse class count antal anzahl nombre nb",
    ),
    "tenure": (
        "tenure subscriptionlength months tenuremonths monthsonbook monthsinservice vertragsdauer vertragsmonate "
        "laufzeit",
        "tenure subscriptionlength",
    ),
    "label": (
        "churn churned ischurn ischurned haschurned exited attrition left gekundigt opsagt uppsagd resilie baja "
        "lapse lapsed haslapsed islapsed quit hasquit hasleft isleft",
        "churn attrition attrited",
        "reason category score risk probability cause date month type",
    ),
}

# Parts of names of a day on which an end was asked for, announced or planned; and whole names.
_ANNOUNCED = word_list("""
    schedul request receiv submit notice notif initiat intent announc planned pending eingang eingeg vorgemerkt vormerk
    beantragt angefragt erhalten geplant angekundigt modtag mottag mottatt anmod begar planlagt planerad demand recu
    delayed prevu solicit pedido richiest ricevut previst ontvang aangevraagd aanvraag gepland zlozen otrzym
""")
_PLANNED = (
    "cancelat cancelsat cancelatperiodend cancelatendofperiod cancelattermend cancelatendofterm willcancelat "
    "willcancelon cancelscheduledat"
)


def is_planned(name: str) -> bool:
    """Say whether a name is of an end that a billing system will bring about, and that may be taken back until then.

    Examples
    --------
    >>> is_planned("cancel_at_period_end"), is_planned("Cancelled At")
    (True, False)
    """
    return "".join(plain_words(name)) in _PLANNED.split()


# Parts of names of a notice, and of what a billing system will do; then what is agreed, told or asked beside it.
NOTICES = ("cancel", "kundig", "opsagt", "opsig", "oppsag", "oppsig", "uppsag", "uppsig", "resili", "opzeg", "disdett")
_TO_COME = (*NOTICES, "schedul", "terminat")
_AGREED = (
    *("polic", "reason", "grund", "fee", "cost", "days", "fristen", "frist", "type", "renew", "request", "created"),
    *("noticeperiod", "cancellationperiod", "initiated", "comment", "feedback", "source", "by"),
)
_PERIOD_ENDS = word_list("""
    periodend termend paiduntil paidthrough paidto nextbill nextrenew nextcharge nextpayment renewaldate renewsat
    renewson validuntil laufzeitende laufzeitbis bezahltbis naestebetaling nestebetaling nastabetalning
""")


def is_notice(name: str) -> bool:
    """Say whether a name, or a word of a column, says that notice was given or an end is scheduled.

    Examples
    --------
    >>> [is_notice(name) for name in ("cancel_at_period_end", "Scheduled change action", "Gekündigt zum", "cancel")]
    [True, True, True, True]
    >>> [is_notice(name) for name in ("cancellation_policy", "Cancel reason", "auto_renew", "seats")]
    [False, False, False, False]
    """
    words = plain_words(name)
    joined = "".join(words)
    agreed = any(part in joined if len(part) > len("by") else part in words for part in _AGREED)
    return not agreed and any(part in joined for part in _TO_COME)


def is_of_periods(name: str) -> bool:
    """Say whether a day is that on which a period that is paid for ends, or the next is charged.

    Examples
    --------
    >>> [is_of_periods(name) for name in ("Current Period End (UTC)", "next_billed_at", "Last visit")]
    [True, True, False]
    """
    joined = "".join(plain_words(name))
    return any(part in joined for part in _PERIOD_ENDS)


def is_announced(name: str) -> bool:
    """Say whether the name of an end says that it was only asked for, announced or planned.

    Examples
    --------
    >>> [is_announced(name) for name in ("Cancel Schedule Created At", "Cancel Requested At", "Kündigungseingang")]
    [True, True, True]
    >>> [is_announced(name) for name in ("Cancelled At", "Gekündigt zum", "Cancellation effective date")]
    [False, False, False]
    """
    words = plain_words(name)
    return any(word == part or (len(part) > len("recu") and part in word) for word in words for part in _ANNOUNCED)


_NEAREST = (
    "last latest next letzte nachste sidste naeste sista nasta siste neste dernier derniere prochain prochaine ultimo "
    "ultima proximo proxima laatste volgende ostatnia nastepna previous"
)
_CHARGES = (
    "charge charged billing billed bill payment paid renewal invoice zahlung abbuchung rechnung betaling betalning "
    "faktura paiement facture prelevement pago factura cobro pagamento fattura cobranca platnosc"
)


def is_of_charges(name: str) -> bool:
    """Say whether a day is that of the last charge, or of the next: whoever has left has none ahead.

    Examples
    --------
    >>> [is_of_charges(name) for name in ("Last Charge Date", "next_billing_at", "Last visit", "First payment")]
    [True, True, False, False]
    """
    words = set(plain_words(name))
    return bool(words & set(_NEAREST.split())) and bool(words & set(_CHARGES.split()))
