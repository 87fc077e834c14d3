"""Which column numbers orders where no name says so plainly: by what its lines share, or by a name such as "Number"."""

from collections.abc import Mapping, Sequence

from holdfast.data.values.words import word_set
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings, listed
from holdfast.onboarding.profile import Columns, Profile

# Orders are nearly as many as lines, and where some hold several, (nearly) all of these are of one customer and day.
_OF_ORDERS, _LEAST_ORDERS, _ALL_BUT = 0.3, 5, 0.98
_NEARLY_ALL = 0.9
# In so few lines nothing need come back.
_FEW_LINES = 50
_INVOICES = word_set("""
    invoice rechnung rechnungsnummer faktura fakturanummer facture factura fattura fatura
""")
_OTHERS = {"linked", "original", "related", "reversed", "reversal"}
# What numbers a line of whatever kind: of purchases an order, where it is another on each, or holds lines together.
_NUMBERS = (
    "id number no nr num ref reference referencenumber referenceno referenz referenznummer referanse referens "
    "referencia referenciapedido riferimento referentie nummer numero numer numeri lobenr lopenr lopnr "
    "document billingdocument salesdocument documentnumber documentno docno docnum dokumentnr dokumentnummer bilag "
    "bilagsnr bilagsnummer piece numeropiece nrdokumentu numerdokumentu documentnummer "
    "番号 編號 编号 번호"
)


def order_by_contents(
    export: Export, free: Sequence[Profile], findings: Findings, known: Mapping[str, Profile]
) -> Profile | None:
    """State and return the column whose lines are each order's: the only one by contents, else the first by its name.

    ``free``: columns without a role yet.
    """
    if not {"customer_id", "ordered_at"} <= set(known):
        return None
    able = [p for p in free if p.may_be_id and p.distinct >= _OF_ORDERS * p.filled]
    together = [(p, several) for p in able if p.repeats and (several := _several(export, p, known))]
    if len(together) != 1:
        together = [(p, several) for p, several in together if is_a_number(p)][:1]
    if together:
        ((order, several),) = together
        findings.set("columns.order_id", order.name, "its lines are of one customer and one day")
        findings.tell(f'order_id: "{order.name}" ({several:,} with several lines, each of one customer and one day)')
        return order
    single = next((p for p in able if not p.repeats and is_a_number(p) and p.filled > _FEW_LINES), None)
    if single is not None:
        findings.set("columns.order_id", single.name, "another on each line that has one")
        findings.tell(f'order_id: "{single.name}", another on each line that has one')
    return single


def numbers_orders(export: Export, p: Profile, known: Mapping[str, Profile]) -> bool:
    """Say whether a column's values are another on each line, or hold lines of one day (and customer) together.

    Neither a product nor a customer is another each time.
    """
    if not p.repeats:
        return p.filled > _FEW_LINES
    return p.distinct >= _OF_ORDERS * p.filled and bool(_several(export, p, known))


def orders_among(
    export: Export, named: Sequence[Profile], free: Sequence[Profile], known: Columns, findings: Findings
) -> list[Profile]:
    """Return the columns called after orders that may number them; a reference that stands in for invoices is stated.

    ``free``: columns without a role yet.
    """
    named = [p for p in named if not mostly_one(export, p)]
    # What a line takes back, or belongs to, stands in a column of its own.
    named = [p for p in named if not _OTHERS & set(plain_words(p.name))] or named
    if len(named) > 1 and (held := [p for p in named if p.repeats and numbers_orders(export, p, known)]):
        # Of numbers of orders and of their lines, those of orders.
        named = held if all(p in held or not p.repeats for p in named) else named
    elif len(named) > 1 and (own := [p for p in named if numbers_orders(export, p, known)]):
        # A number that begins anew each day is of no order alone.
        named = own
    if "order_id" in known:
        return named
    # What is not invoiced yet has an order all the same: its invoice is blank, or 0.
    late = [p for p in named if _INVOICES & set(plain_words(p.name)) and not _on_every_line(export, p)]
    others = named if len(late) < len(named) else [p for p in free if is_a_number(p)]
    able = [p for p in others if p not in late and p.may_be_id and numbers_orders(export, p, known)] if late else []
    able = [p for p in able if _on_every_line(export, p)]
    if able and len(late) == len(named):
        known["order_id"] = able[0]
        findings.set("columns.order_id", able[0].name, "on every line, as no number of an invoice is")
        findings.tell(f'order_id: "{able[0].name}", on every line, as {listed([p.name for p in late])} is not')
    return able or named


def _on_every_line(export: Export, p: Profile) -> bool:
    (lines,) = export.one(
        f"SELECT COUNT(*) FILTER ({is_filled(p.sql)} AND CAST({p.sql} AS VARCHAR) <> '0') FROM {TABLE}"
    )
    return bool(lines == export.lines)


def mostly_one(export: Export, p: Profile) -> bool:
    """Say whether one value stands on nearly all lines, as 0 where the column names the order that a refund is of."""
    most, filled = export.one(
        f"SELECT MAX(lines), SUM(lines) FROM (SELECT COUNT(*) AS lines FROM {TABLE} WHERE {is_filled(p.sql)} "
        f"GROUP BY {p.sql})"
    )
    return filled > _FEW_LINES and most > _NEARLY_ALL * filled


def is_a_number(p: Profile) -> bool:
    """Say whether a column is called a number, an id or a reference, and nothing else."""
    return "".join(plain_words(p.name)) in _NUMBERS.split()


def _several(export: Export, p: Profile, known: Mapping[str, Profile]) -> int:
    """Return how many values have several lines, if (nearly) all of these are of one day and customer; else 0."""
    of = ", ".join(known[role].sql for role in ("customer_id", "ordered_at") if role in known)
    if not of:
        return 0
    several, alike = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (alike = 1) FROM (SELECT COUNT(DISTINCT ({of})) AS alike, "
        f"COUNT(DISTINCT line_hash) AS lines FROM {TABLE} WHERE {is_filled(p.sql)} GROUP BY {p.sql}) "
        "WHERE lines > 1"
    )
    return several if several >= _LEAST_ORDERS and alike >= _ALL_BUT * several else 0
