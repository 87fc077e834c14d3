"""Stages of deals, as a CRM writes them: only what was won is a sale, and what is open or lost is none."""

from collections.abc import Iterable, Sequence

from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.words import NO_SALE, State, is_won, state_of

# Names of columns without accents, blanks and capitals: whole, and what a longer one holds.
_WHOLE = {
    *("stage", "phase", "stagename", "currentstage", "etape", "etapa", "etap", "fase", "faza", "fas", "stadium"),
    *("stadie", "skede", "ステージ", "フェーズ", "阶段", "階段", "단계"),
}
_PARTS = (
    *("dealstage", "salesstage", "pipelinestage", "opportunitystage", "stagename", "leadstage", "donationstage"),
    *("dealphase", "verkaufsphase", "vertriebsphase", "opportunityphase", "phasedeladeal", "phasedelatransaction"),
    *("etapedelatransaction", "etapedevente", "etapadelnegocio", "etapadonegocio", "etapadelaoportunidad"),
    *("etapadeventa", "etapadevenda", "faseofferta", "fasedeltrattativa", "fasetrattativa", "fasevendita"),
    *("dealfase", "verkoopfase", "salgsfase", "aftalefase", "handelsfase", "avtalefase", "affarsfas", "saljfas"),
    *("forsaljningsfas", "etaptransakcji", "etapsprzedazy", "商談ステージ", "商談フェーズ", "取引ステージ"),
    *("销售阶段", "交易阶段", "거래단계", "영업단계"),
)
# Of people and of lives, not of deals.
_NEVER = ("lifecycle", "life", "cancer", "education", "school")
_CLOSING = (
    *("clos", "abschluss", "afslut", "lukke", "avslut", "cloture", "cierre", "chiusura", "zamkniec", "sluit"),
    *("fechamento", "成約", "受注"),
)
_OF_DEALS = (
    *(*_CLOSING, "deal", "opportun", "pipeline", "probab", "wahrschein", "sandsynlig", "probabil", "lead"),
    *("商談", "取引"),
)
# After it was won, work goes on.
_AFTER = (
    *("paid", "invoic", "posted", "deliver", "ship", "complet", "fulfil", "onboard", "implement", "kickoff"),
    *("bezahlt", "geliefert", "abgerechn", "betalt", "betald", "fakturer", "livre", "paye", "factur", "pagad"),
    *("pagat", "entregad", "consegnat", "oplacon", "betaald", "geleverd"),
)
# Beside what was won.
_UNDECIDED = {
    *("open", "in progress", "offen", "in bearbeitung", "aben", "i gang", "apen", "oppen", "pagaende", "ouvert"),
    *("ouverte", "en cours", "abierto", "abierta", "en curso", "aperto", "aperta", "in corso", "otwarte", "w toku"),
    *("aberto", "em andamento", "進行中", "进行中", "진행중"),
}
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


def closing_days(dates: Sequence[Profile], found: Sequence[Profile]) -> Sequence[Profile]:
    """Return, of a file with stages, the day on which deals are closed, as those that were won are; else all dates."""
    closed = [p for p in dates if any(word.startswith(_CLOSING) for word in plain_words(p.name))]
    return closed if len(closed) == 1 and any(is_called_a_stage(p.name) for p in found) else dates


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
    """Say what a stage of a deal means: what is neither won nor comes after that is not sold yet.

    Examples
    --------
    >>> [str(stage_of(text)) for text in ("Closed Won", "Closed Lost", "Contract sent", "Posted", "Closed")]
    ['sold', 'lost', 'not yet sold', 'sold', 'unknown']
    """
    words = plain_words(text)
    if not words or (len(words) == 1 and words[0] in _UNSAID):
        return State.UNKNOWN
    state = state_of(text)
    if state in (*NO_SALE, State.REFUNDED):
        return State.OPEN if state in (State.UNPAID, State.PENDING) else state
    return State.SOLD if is_won(text) or any(word.startswith(_AFTER) for word in words) else State.OPEN
