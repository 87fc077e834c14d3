"""Names of days on which something begins and ends, in more words than a contract's own: alone they prove nothing."""

import re

from holdfast.data.values.words import plain_words

# What may stand around the word for a beginning or an end: that it is a day, of a contract, and small words.
_AROUND = (
    "date dates datum dato data fecha day dag tag dia jour giorno at am on of the for de du des d da do del della "
    "dell di dal l la le les el los il lo av af pa van het der die das vom zum contract contrat contrato contratto "
    "kontrakt vertrag vertrages vertrags abonnement abo abonnemang abonamento abbonamento assinatura suscripcion "
    "subscription souscription adhesion membership medlemskab medlemskap mitgliedschaft lidmaatschap avtal aftale "
    "avtale umowy umowa дата договора контракта подписки абонемента услуги действия членства"
)
_AROUND_WORDS = frozenset(_AROUND.split())
_EDGES = {
    "started_at": (
        "inizio inizia iniziato inicio debut commencement entree entrada ingresso ingreso inscription inscripcion "
        "inscricao iscrizione attivazione activacion ativacao adesione adesao activation effet eintritts beginns "
        "ingang aanvang start beginn begin poczatku poczatek started joining enrolment enrollment indmeldelse "
        "innmelding tegning tecknande inschrijving startdato startdatum laufzeitvon gultigvon gultigab gyldigfra "
        "giltigfran validfrom начала начало подключения активации заключения вступления"
    ),
    "ended_at": (
        "fin fim fine fini termine termino terminacion termination sortie salida saida uscita uitgang depart "
        "cloture resiliation cancelacion cancelamento cessazione cessation scadenza expiration expiracion disdetta "
        "ende endes end einde slut slutt konca koniec ended leaving cancellation udmeldelse utmelding uppsagning "
        "opzegging uitschrijving austritts laufzeitbis gultigbis gyldigtil giltigtill validuntil validtill enddatum "
        "einddatum окончания окончание расторжения отключения завершения прекращения закрытия"
    ),
}
# Whoever moves in, is admitted or hires something does so on a day of a stay, too: those are short, or all over.
_STAYS = {
    "started_at": (
        "movein movedin admission admitted admit install installed installation accountopened accountopen "
        "accountopening entry entered onboarded onboarding hire onhire hired enroll enrolled enrol enrolled einzug "
        "einzugs anmeldung anmelde angemeldet inskriven inskrivning tilmelding"
    ),
    "ended_at": (
        "moveout movedout drop dropped withdrawn withdrawal withdrew discharge discharged disconnection accountclosed "
        "accountclose accountclosing exit exited offboarded offboarding offhire auszug auszugs abmeldung abmelde "
        "utskriven utskrivning frameldt framelding frameldelse avmeldt avmelding"
    ),
}
_EDGE_WORDS = {role: frozenset(words.split()) for role, words in _EDGES.items()}
_STAY_WORDS = {role: frozenset(words.split()) for role, words in _STAYS.items()}
_CYRILLIC = re.compile("[\u0400-\u04ff]+")


def is_edge(role: str, name: str) -> bool:
    """Say whether a name is a word for a beginning (``started_at``) or an end, with nothing but filling around it.

    Such a name alone is no proof of contracts: a hire, a promotion and a course begin and end too.

    Examples
    --------
    >>> is_edge("started_at", "Date d'entrée"), is_edge("ended_at", "Дата окончания")
    (True, True)
    >>> is_edge("ended_at", "Date de fin d'engagement")
    False
    """
    return _is(name, _EDGE_WORDS.get(role, frozenset()))


def is_stay(role: str, name: str) -> bool:
    """Say whether a name is of a day on which a stay begins or ends: of a contract, if it is long and may go on.

    Examples
    --------
    >>> is_stay("started_at", "Move-In"), is_stay("ended_at", "Discharge Date"), is_stay("ended_at", "Exit survey")
    (True, True, False)
    """
    return _is(name, _STAY_WORDS.get(role, frozenset()))


def _is(name: str, known: frozenset[str]) -> bool:
    words = plain_words(name) or _CYRILLIC.findall(name.casefold())
    bare = "".join(word for word in words if word not in _AROUND_WORDS)
    return bool({bare, "".join(words)} & known)
