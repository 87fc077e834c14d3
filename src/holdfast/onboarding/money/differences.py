"""What two amounts of a line differ by: how much in all, and which other columns that is, such as shipping and tax."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding.called.names import BESIDE_PRICE, ROLES, Fit, plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import listed
from holdfast.onboarding.money.amounts import marks_that_read
from holdfast.onboarding.profile import Profile

_MOST_PARTS, _MOST_COLUMNS, _NEARLY_ALL = 3, 8, 0.99
# Fewer orders of several lines say little of whose an amount is.
_LEAST_ORDERS = 5
_FEES = {"fee", "fees", "tip", "tips", "gratuity", "gebuhr", "trinkgeld", "gebyr", "avgift", "frais", "pourboire"}


def said_difference(export: Export, a: Profile, b: Profile, numbers: Sequence[Profile], where: str) -> str:
    """Say by how much one amount is more than the other, in all, and of what; nothing where they cannot be read.

    ``where``: SQL that is true of the lines that count, without those of totals.
    """
    written = marks_that_read(export, a, b)
    beside = [p for p in numbers if p not in (a, b) and _may_be_part(p)][:_MOST_COLUMNS]
    # Of another name only alone.
    others = [p for p in numbers if p not in (a, b, *beside) and p.distinct > 1][:_MOST_COLUMNS]
    named, beside = beside, [*beside, *others]
    # Each number is read once, whose text is long.
    value = {p.name: f"v{i}" for i, p in enumerate(beside)}
    values = "".join(f", COALESCE(ABS({_number(p, written)}), 0) AS {value[p.name]}" for p in beside)
    read = f"SELECT *, {_number(a, written)} AS a, {_number(b, written)} AS b{values} FROM {TABLE} WHERE {where}"
    both = f"FROM ({read}) AS lines WHERE a IS NOT NULL AND b IS NOT NULL"
    cents, lines = export.one(f"SELECT ROUND(100 * SUM(b - a)), COUNT(*) {both}")
    if once := _once_an_order(export, (a, b), ("a", "b"), value, both):
        return once
    (filled,) = export.one(f"SELECT COUNT(*) FROM {TABLE} WHERE {is_filled(a.sql)} AND {is_filled(b.sql)} AND {where}")
    if not cents or lines < _NEARLY_ALL * filled:
        return ""
    less, more, sign = (a, b, 1) if cents > 0 else (b, a, -1)
    said = f' "{more.name}" comes to {abs(cents) / 100:,.2f} more than "{less.name}"'
    sums = [c for n in range(1, _MOST_PARTS + 1) for c in combinations(named, n)] + [(p,) for p in others]
    totals = [" + ".join(value[p.name] for p in parts) for parts in sums]
    # On a line of a return one part is below 0, as the amounts are.
    differ = ["ABS(b - a)" if len(parts) == 1 else f"{sign} * (b - a)" for parts in sums]
    counts = [f"COUNT(*) FILTER (ABS({d} - ({total})) < 0.015)" for d, total in zip(differ, totals, strict=True)]
    alike = export.one(f"SELECT {', '.join(counts)} {both}") if counts else ()
    of = next((c for c, n in zip(sums, alike, strict=True) if n >= _NEARLY_ALL * lines), None)
    return f"{said}: by {listed([p.name for p in of])}." if of else f"{said}."


def _once_an_order(
    export: Export, amounts: tuple[Profile, Profile], values: tuple[str, str], beside: Mapping[str, str], both: str
) -> str:
    """Say the difference where one of two amounts is its order's, repeated on each line: it counts once an order.

    ``beside``: SQL of what it may be, such as tax, by the name of its column: of each line, or of the order.
    """
    orders = [f"k{i}" for i, name in enumerate(export.names) if ROLES["order_id"].fit(name) == Fit.WHOLE]
    if len(orders) != 1:
        return ""
    (order,) = orders
    kinds = ", ".join(f"COUNT(*) FILTER (low_{i} = high_{i})" for i in range(2))
    ends = ", ".join(f"MIN({value}) AS low_{i}, MAX({value}) AS high_{i}" for i, value in enumerate(values))
    several, *alike = export.one(
        f"SELECT COUNT(*), {kinds} FROM (SELECT {ends} {both} AND {is_filled(order)} GROUP BY {order} "
        "HAVING COUNT(*) > 1)"
    )
    whole = [n >= _NEARLY_ALL * several for n in alike]
    if several < _LEAST_ORDERS or whole[0] == whole[1]:
        return ""
    i = whole.index(True)
    parts = ", ".join(["0", *(f"SUM({value}), MAX({value})" for value in beside.values())])
    sums = f"SELECT MAX({values[i]}) - SUM({values[1 - i]}), {parts} {both} AND {is_filled(order)} GROUP BY {order}"
    places = range(2 * len(beside))
    fitting = "".join(f", COUNT(*) FILTER (ABS(ABS(more) - p{k}) < 0.015)" for k in places)
    columns = "".join(f", p{k}" for k in places)
    count, cents, *fits = export.one(
        f"SELECT COUNT(*), ROUND(100 * SUM(more)){fitting} FROM ({sums}) AS o(more, nothing{columns})"
    )
    of = next((list(beside)[k // 2] for k in places if fits[k] >= _NEARLY_ALL * count), None)
    by = f': by "{of}"' if of and cents else ""
    name, other, number = amounts[i].name, amounts[1 - i].name, export.names[int(order[1:])]
    said = f"{abs(cents) / 100:,.2f} {'more' if cents > 0 else 'less'} than" if cents else "the same as"
    return f' Counted once for each "{number}", "{name}" comes to {said} "{other}"{by}.'


def said_sums(export: Export, worths: Sequence[Sequence[Profile]], where: str) -> str:
    """Say what columns come to in all, a quantity times a price, on such lines; nothing where they cannot be read."""
    columns = list(dict.fromkeys(p for worth in worths for p in worth))
    written = marks_that_read(export, *columns)
    value = {p.name: _number(p, written) for p in columns}
    read = [f"COUNT({value[p.name]}), COUNT(*) FILTER ({is_filled(p.sql)})" for p in columns]
    sums = [f"ROUND(100 * SUM({' * '.join(value[p.name] for p in worth)}))" for worth in worths]
    found = export.one(f"SELECT {', '.join([*read, *sums])} FROM {TABLE} WHERE {where}")
    counts, cents = found[: 2 * len(columns)], found[2 * len(columns) :]
    if any(known < _NEARLY_ALL * filled for known, filled in zip(counts[::2], counts[1::2], strict=True)):
        return ""
    names = (" × ".join(f'"{p.name}"' for p in worth) for worth in worths)
    said = [f"{name} comes to {total / 100:,.2f}" for name, total in zip(names, cents, strict=True)]
    return f" {', '.join(said)}."


def without_copies(export: Export, amounts: Sequence[Profile]) -> list[Profile]:
    """Return columns without those that hold what an earlier one holds, on every line."""
    kept: list[Profile] = []
    for p in amounts:
        differ = [f"COUNT(*) FILTER ({p.sql} IS DISTINCT FROM {q.sql})" for q in kept if q.type == p.type]
        if not differ or all(export.one(f"SELECT {', '.join(differ)} FROM {TABLE}")):
            kept.append(p)
    return kept


def _number(p: Profile, written: Written) -> str:
    return f"CAST({parse.number(p.sql, p.type, written).value} AS DOUBLE)"


def _may_be_part(p: Profile) -> bool:
    roles = ("discount", "shipping", "tax")
    return bool(_FEES & set(plain_words(p.name))) or any(BESIDE_PRICE[r].fit(p.name) >= Fit.PARTLY for r in roles)
