"""Stages of deals, as a CRM writes them: only what was won is a sale, and what is open or lost is none."""

from collections.abc import Iterable, Sequence

from holdfast.data.values.words import word_list, word_set
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import Export
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import MOST_WORDS, words_of
from holdfast.onboarding.states.words import NO_SALE, State, is_won, state_of

# Names of columns without accents, blanks and capitals: whole, and what a longer one holds.
_WHOLE = {
    *("stage", "phase", "stagename", "currentstage", "etape", "etapa", "etap", "fase", "faza", "fas", "stadium"),
    *("stadie", "skede", "ステージ", "フェーズ", "阶段", "階段", "단계"),
}
_PARTS = word_list("""
    dealstage salesstage pipelinestage opportunitystage stagename leadstage donationstage dealphase verkaufsphase
    vertriebsphase opportunityphase phasedeladeal phasedelatransaction etapedelatransaction etapedevente etapadelnegocio
    etapadonegocio etapadelaoportunidad etapadeventa etapadevenda faseofferta fasedeltrattativa fasetrattativa
    fasevendita dealfase verkoopfase salgsfase aftalefase handelsfase avtalefase affarsfas saljfas forsaljningsfas
    etaptransakcji etapsprzedazy 商談ステージ 商談フェーズ 取引ステージ 销售阶段 交易阶段 거래단계 영업단계
""")
# Of people and of lives, not of deals.
_NEVER = ("lifecycle", "life", "cancer", "education", "school")
_CLOSING = word_list("""
    clos abschluss afslut lukke avslut cloture cierre chiusura zamkniec sluit fechamento 成約 受注
""")
_OF_DEALS = (
    *(*_CLOSING, "deal", "opportun", "pipeline", "probab", "wahrschein", "sandsynlig", "probabil", "lead"),
    *("商談", "取引"),
)
_OF_GIFTS = ("donat", "donor", "pledg", "spende", "fundrais")
_CONTRACT = ("contract", "vertrag", "avtal", "contrat", "umow", "kontrakt")
# Before it is decided.
_BEFORE = word_list("""
    prospect qualif lead new discover demo present propos quot offer negot contract contact meeting appointment schedul
    decision need analys value id identif percept pledg open pipeline evaluat consider interest cultivat solicit ask
    verbal commit forecast draft research target inquir enquir request trial angebot anfrage erstkontakt kontakt termin
    verhandl prasent bedarf vertrag neu tilbud forhandl mode foresp behov mote offert forhandling ny avtal kontrakt
    devis negoc rendez rdv besoin contrat nouve premier calific cualific presupuest propuest contact reunion nuev
    preventiv trattativ contratt nuov incontr kwalif oferta ofert negocj umowa umow spotkan nowy nowa onderhandel
    voorstel afspraak orcament proposta negoci reuni novo nova 商談 提案 見積 交渉 アプローチ 初回 报价 谈判 接触 方案
    報價 談判 제안 협상 견적 상담
""")
# After it was won, work goes on.
_AFTER = word_list("""
    paid invoic posted deliver ship complet fulfil onboard implement kickoff live production signed renew mainten activ
    aktiv install bezahlt geliefert abgerechn umsetz abnahme wartung unterschr betalt betald fakturer produktion drift
    signer underskrev livre paye factur signe pagad pagat entregad firmad firmat consegnat oplacon podpisan betaald
    geleverd getekend assinad
""")
# Beside what was won.
_UNDECIDED = word_set("""
    open; in progress; offen; in bearbeitung; aben; i gang; apen; oppen; pagaende; ouvert; ouverte; en cours; abierto;
    abierta; en curso; aperto; aperta; in corso; otwarte; w toku; aberto; em andamento; 進行中; 进行中; 진행중
""")
# Whether such a deal was won is not said.
_UNSAID = ("closed", "closing", "customer", "kunde", "kund", "client", "cliente", "klient", "klant", "done")


def is_called_a_stage(name: str) -> bool:
    """Say whether a column is called after stages.

    Examples
    --------
    >>> [is_called_a_stage(name) for name in ("Deal Stage", "Phase", "Lifecycle stage", "Stage fright")]
    [True, True, False, False]
    """
    words = plain_words(name)
    joined = "".join(words)
    return (joined in _WHOLE or any(part in joined for part in _PARTS)) and not any(w.startswith(_NEVER) for w in words)


def is_of_deals(name: str) -> bool:
    """Say whether a column can only stand beside deals: a stage, a day on which they are closed, a probability.

    Examples
    --------
    >>> [is_of_deals(name) for name in ("Close Date", "Is Closed Won", "Opportunity ID", "Order date")]
    [True, True, True, False]
    """
    return is_called_a_stage(name) or any(word.startswith(_OF_DEALS) for word in plain_words(name))


def is_of_gifts(name: str) -> bool:
    """Say whether a column speaks of donations: a gift may be one that is wrapped.

    Examples
    --------
    >>> is_of_gifts("Donation Record Type"), is_of_gifts("Gift message")
    (True, False)
    """
    return any(word.startswith(_OF_GIFTS) for word in plain_words(name))


def closing_days(export: Export, dates: Sequence[Profile], found: Sequence[Profile]) -> Sequence[Profile]:
    """Return, of a file with stages of deals, the day on which they are closed, as what was won is; else all dates."""
    closed = [p for p in dates if any(word.startswith(_CLOSING) for word in plain_words(p.name))]
    stages = [p for p in found if is_called_a_stage(p.name) and p.distinct <= MOST_WORDS]
    if len(closed) != 1 or not any(are_stages(p.name, words_of(export, p)) for p in stages):
        return dates
    return closed


def are_stages(name: str, values: Iterable[str]) -> bool:
    """Say whether words are those of deals: won beside lost or open, or won in a column that is called after stages.

    Examples
    --------
    >>> are_stages("Status", ["Won", "Lost", "Pledged"]), are_stages("Status", ["Lost", "Shipped"])
    (True, False)
    """
    said = list(values)
    won = any(is_won(value) for value in said)
    undecided = any(state_of(v) is State.LOST or " ".join(plain_words(v)) in _UNDECIDED for v in said)
    return won and (is_called_a_stage(name) or undecided)


def stage_of(text: str) -> State:
    """Say what a stage of a deal means; of what is not known, whether it comes before or after it was won is unsure.

    Examples
    --------
    >>> [str(stage_of(text)) for text in ("Closed Won", "Closed Lost", "Contract sent", "Posted", "Closed")]
    ['sold', 'lost', 'not yet sold', 'sold', 'unknown']
    >>> [str(stage_of(text)) for text in ("In production", "Contract signed", "Product demo", "Handover")]
    ['sold', 'sold', 'not yet sold', 'unsure']
    """
    words = plain_words(text)
    if not words or (len(words) == 1 and words[0] in _UNSAID):
        return State.UNKNOWN
    state = state_of(text)
    if state in (*NO_SALE, State.REFUNDED, State.PARTLY):
        return State.OPEN if state in (State.UNPAID, State.PENDING) else State.LOST if state is State.EXPIRED else state
    if is_won(text):
        return State.SOLD
    after = any(word.startswith(_AFTER) for word in words)
    before = any(word.startswith(_BEFORE) and not word.startswith(_CONTRACT) for word in words)
    before = before or " ".join(words) in _UNDECIDED or any(p in text for p in _BEFORE if not p.isascii())
    if after:
        # A contract is signed after all; of a demo that is completed nothing follows.
        return State.UNSURE if before else State.SOLD
    return State.OPEN if before or any(word.startswith(_CONTRACT) for word in words) else State.UNSURE


def won_or_unsure(text: str) -> State:
    """Say what a word beside "won" means where nothing else speaks of deals: bets are lost, too, and were paid.

    Examples
    --------
    >>> str(won_or_unsure("Won")), str(won_or_unsure("Lost")), str(won_or_unsure("Cancelled"))
    ('sold', 'unsure', 'cancelled')
    """
    state = stage_of(text)
    return State.UNSURE if state in (State.LOST, State.OPEN) else state
