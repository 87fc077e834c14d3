"""Gift cards, which are money twice: when they are bought, and when something is bought with them."""

from collections.abc import Mapping, Sequence

from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

_CARDS = (
    "gift ?-?_?(card|certificate|voucher)|store ?-?_?credit|geschenk(karte|gutschein)|gavekort|presentkort|"
    "carte[ -]cadeau|bon[ -]cadeau|tarjeta (de )?regalo|carta regalo|cadeau(bon|kaart)|karta podarunkowa|"
    "cart[aã]o[ -]presente"
)
_PAID = ("pay", "paid", "method", "tender", "gateway", "zahl", "bezahl", "betal", "paiement", "pago", "pagament")
_SOLD = ("product", "item", "title", "sku", "descri", "article", "artikel", "produkt", "vare", "vara", "type", "categ")
# A column with more different texts than this is of names or notes.
_MOST_TEXTS = 5000


def tell_gift_cards(export: Export, found: Sequence[Profile], findings: Findings) -> None:
    """Say that gift cards count twice where lines sell them, and how many lines were paid with one."""
    texts = [
        p for p in found if p.type == "VARCHAR" and not p.is_number and not p.is_date and p.distinct <= _MOST_TEXTS
    ]
    sold = _lines(export, [p for p in texts if _speaks(p, _SOLD) and not _speaks(p, _PAID)])
    paid = _lines(export, [p for p in texts if _speaks(p, _PAID)])
    if not sold:
        return
    name, lines = next(iter(sold.items()))
    also = "".join(f', and spent on {counted(n, "line")} ("{other}")' for other, n in list(paid.items())[:1])
    findings.tell(
        f'gift cards are sold on {counted(lines, "line")} ("{name}"){also}: that money counts when a card is bought '
        "and when it is spent; rules.drop leaves out one of them (docs/guide.md: Gift cards)"
    )


def _speaks(p: Profile, of: tuple[str, ...]) -> bool:
    return any(word.startswith(of) for word in plain_words(p.name))


def _lines(export: Export, columns: Sequence[Profile]) -> Mapping[str, int]:
    """Return on how many lines each column names a gift card, if on any."""
    if not columns:
        return {}
    counts = [f"COUNT(*) FILTER (regexp_matches(LOWER({p.sql}), '{_CARDS}'))" for p in columns]
    lines = export.one(f"SELECT {', '.join(counts)} FROM {TABLE}")
    return {p.name: n for p, n in zip(columns, lines, strict=True) if n}
