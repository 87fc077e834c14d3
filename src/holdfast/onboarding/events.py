"""A log of what visitors did, purchases among it: views and carts are nobody's purchases."""

from collections.abc import Sequence
from typing import NamedTuple

from holdfast.data.engine import literal
from holdfast.data.values import parse
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

# Kinds of events that a log distinguishes, and those that are shown.
_MOST_KINDS, _MOST_SHOWN = 100, 6
# Kinds without blanks and marks.
_BOUGHT = (
    "purchase purchased purchases buy bought transaction sale order ordered orderplaced placeorder ordercompleted "
    "completedorder ordercreated checkoutcompleted checkoutcomplete purchasecomplete purchasecompleted"
)
_LOOKED = (
    "view viewed views pageview viewpage viewitem itemview productview viewproduct productviewed viewcart pv cart "
    "addtocart addcart cartadd addedtocart removefromcart click clicks fav favorite wishlist addtowishlist search "
    "impression sessionstart firstvisit scroll begincheckout checkoutstarted userengagement visit detail"
)
_BACK = "refund refunded return returned"


class _Events(NamedTuple):
    """A column of kinds: its words that say bought, those that take it back, and the lines of each word."""

    column: Profile
    bought: list[str]
    back: list[str]
    lines: dict[str, int]


def find_events(export: Export, found: Sequence[Profile], findings: Findings) -> None:
    """State that only lines of purchases count, where a column of kinds has such that were only looked at, too."""
    events = _events_of(export, found)
    if events is None:
        return
    _keep(events.column, events.bought, events.lines, findings)
    if events.back:
        findings.tell(
            f'events: "{events.back[0]}" ({counted(events.lines[events.back[0]], "line")}) is not kept; if it takes '
            "purchases back, name it under rules.keep and rules.returns"
        )


def lines_of_purchases(export: Export, found: Sequence[Profile]) -> str:
    """Return the SQL of lines that are left where ``find_events`` keeps those of purchases; all where it keeps all."""
    events = _events_of(export, found)
    if events is None:
        return "TRUE"
    words = ", ".join(literal(kind.lower()) for kind in events.bought)
    return f"COALESCE(LOWER({parse.text(events.column.sql, events.column.type)}) IN ({words}), FALSE)"


def _events_of(export: Export, found: Sequence[Profile]) -> _Events | None:
    for p in found:
        if p.type != "VARCHAR" or p.is_number or p.is_date or not 1 < p.distinct <= _MOST_KINDS:
            continue
        text = parse.text(p.sql, p.type)
        lines = export.lines_by(text, f"{text} IS NOT NULL")
        meant = {kind: "".join(plain_words(kind)) for kind in lines}
        bought = [kind for kind, said in meant.items() if said in _BOUGHT.split()]
        if bought and any(said in _LOOKED.split() for said in meant.values()):
            back = [kind for kind, said in meant.items() if said in _BACK.split()]
            return _Events(p, bought, back, lines)
    return None


def _keep(p: Profile, bought: Sequence[str], lines: dict[str, int], findings: Findings) -> None:
    kept = sum(lines[kind] for kind in bought)
    names = " and ".join(f'"{kind}"' for kind in bought)
    others = [f'"{kind}" ({counted(n, "line")})' for kind, n in lines.items() if kind not in bought]
    more = f" and {counted(len(others) - _MOST_SHOWN, 'other kind')}" if len(others) > _MOST_SHOWN else ""
    findings.set("rules.keep", [{"column": p.name, "values": list(bought)}], "what else happened is no purchase")
    findings.tell(
        f'events: "{p.name}" says {names} on {counted(kept, "line")}: only these are kept (rules.keep), not '
        f"{', '.join(others[:_MOST_SHOWN])}{more}"
    )
