"""Which column numbers orders where no name says so plainly: by what its lines share, or by a name such as "Number"."""

from collections.abc import Mapping, Sequence

from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile

# Orders are nearly as many as lines, and where some hold several, (nearly) all of these are of one customer and day.
_OF_ORDERS, _LEAST_ORDERS, _ALL_BUT = 0.3, 5, 0.98
_NEARLY_ALL = 0.9
# In so few lines nothing need come back.
_FEW_LINES = 50
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
