"""What two amounts of a line differ by: how much in all, and which other columns that is, such as shipping and tax."""

from collections.abc import Sequence
from itertools import combinations

from holdfast.onboarding.called.names import BESIDE_PRICE, Fit, plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings, listed
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.profile import Profile

_MOST_PARTS, _MOST_COLUMNS, _NEARLY_ALL = 3, 8, 0.99
_FEES = {"fee", "fees", "tip", "tips", "gratuity", "gebuhr", "trinkgeld", "gebyr", "avgift", "frais", "pourboire"}


def said_difference(export: Export, a: Profile, b: Profile, numbers: Sequence[Profile]) -> str:
    """Say by how much one amount is more than the other, in all, and of what; nothing where they cannot be read."""
    first, second = (f"CAST({number_of(p, Findings())} AS DOUBLE)" for p in (a, b))
    both = f"FROM {TABLE} WHERE {first} IS NOT NULL AND {second} IS NOT NULL"
    cents, lines = export.one(f"SELECT ROUND(100 * SUM({second} - {first})), COUNT(*) {both}")
    (filled,) = export.one(f"SELECT COUNT(*) FROM {TABLE} WHERE {is_filled(a.sql)} AND {is_filled(b.sql)}")
    if not cents or lines < _NEARLY_ALL * filled:
        return ""
    less, more, sign = (a, b, 1) if cents > 0 else (b, a, -1)
    said = f' "{more.name}" comes to {abs(cents) / 100:,.2f} more than "{less.name}"'
    beside = [p for p in numbers if p not in (a, b) and _may_be_part(p)][:_MOST_COLUMNS]
    value = {p.name: f"COALESCE(ABS(CAST({number_of(p, Findings())} AS DOUBLE)), 0)" for p in beside}
    for parts in (c for n in range(1, _MOST_PARTS + 1) for c in combinations(beside, n)):
        total = " + ".join(value[p.name] for p in parts)
        (alike,) = export.one(f"SELECT COUNT(*) FILTER (ABS({sign} * ({second} - {first}) - ({total})) < 0.015) {both}")
        if alike >= _NEARLY_ALL * lines:
            return f"{said}: by {listed([p.name for p in parts])}."
    return f"{said}."


def _may_be_part(p: Profile) -> bool:
    roles = ("discount", "shipping", "tax")
    return bool(_FEES & set(plain_words(p.name))) or any(BESIDE_PRICE[r].fit(p.name) >= Fit.PARTLY for r in roles)
