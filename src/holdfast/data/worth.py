"""What a line is worth: amount, or price × quantity, less refunds and discount, with shipping and tax, × the rate.

``gross`` is the amount or price × quantity. Discount, shipping and tax are of the line, or of the whole order
(``amount_of: order``): then they count once, and where lines have prices of their own, are spread over them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.data.engine import Reads, literal
from holdfast.data.reading.rawtable import Placed, RawTable
from holdfast.data.source import Source
from holdfast.data.values import advice, parse
from holdfast.data.values.numbers import product_sql
from holdfast.data.values.parse import CELL, Parsed
from holdfast.errors import DataError
from holdfast.wording import counted

MONEY = "DECIMAL(18,2)"
ADDED = ("shipping", "tax")
PARTS = ("refunded", "discount", *ADDED)
_TOO_MUCH = "is more than what it comes off"
_NOT_ABOVE = "is not above 0"
# Highest and unit of discounts that are no money.
_RATES = {"percent": ("100", "0.01"), "share": ("1", "1")}
_PERCENT = "a percentage from 0 to 100, with the sign % in every cell or in none"
_SHARE = "a share from 0 to 1"
_SIGN = "[%％٪]$"


def gross(source: Source) -> str:
    """Return the SQL of what a line states before anything comes off it, in its own currency."""
    sign = "-" if source.purchases_are == "negative" else ""
    return {
        "amount": f"{sign}CAST(amount AS DECIMAL(38,12))",
        "quantity × unit_price": f"{sign}{product_sql('quantity', 'unit_price')}",
        "none": "CASE WHEN quantity < 0 THEN -1 ELSE 1 END",
    }[source.columns.money]


def spreads(source: Source) -> bool:
    """Say whether lines have prices of their own, and discount, shipping and tax are of the whole order."""
    return source.amount_of == "order" and source.columns.money == "quantity × unit_price"


def parts(source: Source) -> dict[str, str]:
    """Return the SQL of what comes off (and what is added to) ``gross``, each as the number stated for it."""
    off = {
        None: "CASE WHEN of_gross < 0 THEN -ABS(discount) ELSE ABS(discount) END",
        "positive": "discount",
        "negative": "-discount",
    }
    if source.discount_as in _RATES:
        unit = _RATES[source.discount_as][1]
        off[source.discount_as] = f"TRY_CAST(gross AS DECIMAL(20,6)) * TRY_CAST(discount * {unit} AS DECIMAL(10,8))"
    found = {"refunded": "ABS(refunded)", "discount": off[source.discount_as], **{name: name for name in ADDED}}
    has = source.columns.mapped()
    return {name: f"COALESCE({sql}, 0)" for name, sql in found.items() if name in has}


def _sum(found: dict[str, str]) -> str:
    """Return the SQL of what parts add to a worth: discounts and refunds take off."""
    return " ".join(f"{'+' if name in ADDED else '-'} {sql}" for name, sql in found.items()) or "+ 0"


def of_order(source: Source) -> dict[str, str]:
    """Return the parts that are spread over the lines of an order."""
    if not spreads(source):
        return {}
    return {n: sql for n, sql in parts(source).items() if n != "discount" or source.discount_as not in _RATES}


def exact(source: Source) -> str:
    """Return the SQL of a line's exact worth, without what is spread over its order, in the shop's currency."""
    own = {name: sql for name, sql in parts(source).items() if name not in of_order(source)}
    return in_shop_currency(f"gross {_sum(own)}" if own else "gross", source)


def in_shop_currency(sql: str, source: Source) -> str:
    """Return the SQL of money in whole units × the rate of its line, where there is one."""
    if source.money_in != "units":
        part = {"cents": "CAST(0.01 AS DECIMAL(3,2))", "micros": "CAST(0.000001 AS DECIMAL(7,6))"}[source.money_in]
        sql = f"TRY_CAST({sql} AS DECIMAL(20,6)) * {part}"
    if source.columns.rate is None:
        return sql
    return f"TRY_CAST({sql} AS DECIMAL(20,6)) * rate"


def spread(source: Source, kept: str, cancelled: str) -> str:
    """Return the SQL of a line's part of what is of its whole order, in cents that add up: by worth, in their order.

    Read beside ``decision``, ``worth`` and the window ``own`` of an order's lines.
    """
    found = of_order(source)
    if not found:
        return "0"
    whole = f"ROUND({in_shop_currency(f'(0 {_sum(found)})', source)}, 2)"
    whole = f"(CASE WHEN {cancelled} THEN -({whole}) ELSE {whole} END)"
    weight = f"CASE WHEN decision = '{kept}' THEN ABS(worth) ELSE 0 END"
    total, before = (
        f"SUM({weight}) OVER own",
        f"SUM({weight}) OVER (own ORDER BY file, record ROWS UNBOUNDED PRECEDING)",
    )
    first = f"ROW_NUMBER() OVER (own ORDER BY decision <> '{kept}', file, record) = 1"
    # Each line gets what the rounded running total grows by, so that cents are neither lost nor made.
    grown = " - ".join(f"ROUND({whole} * ({cum}) / {total}, 2)" for cum in (before, f"{before} - ({weight})"))
    return (
        f"CASE WHEN decision <> '{kept}' THEN 0 WHEN {total} = 0 THEN CASE WHEN {first} THEN {whole} ELSE 0 END "
        f"ELSE {grown} END"
    )


def shown(source: Source, whole: str, cancelled: str) -> str:
    """Return the SQL of the columns ``stated_…``: what each part took off or added, once, in the shop's currency."""
    columns = []
    for name, sql in parts(source).items():
        amount = in_shop_currency(sql, source)
        once = "TRUE" if spreads(source) and name not in of_order(source) else whole
        columns.append(
            f"CASE WHEN {once} THEN CASE WHEN {cancelled} THEN -({amount}) ELSE {amount} END END AS stated_{name}"
        )
    if source.columns.rate is not None:
        columns.append("rate")
    if source.columns.discount is not None:
        once = f"CASE WHEN {whole} THEN SIGN(discount) END"
        columns += [f"{once} AS discount_sign", "SIGN(of_gross) AS gross_sign"]
    return "".join(f", {column}" for column in columns)


@dataclass(frozen=True)
class Stated:
    """Lines kept for which a column states money beside the amount, and what it comes to in the shop's currency."""

    lines: int
    amount: float

    def sentence(self, name: str) -> str:
        """Return what became of that money."""
        did = {"shipping": "added", "tax": "added", "rate": "converted at the rate of their line"}
        what = "refunds" if name == "refunded" else "amounts" if name == "rate" else name
        lines = counted(self.lines, "line")
        return f"{lines} with {what}, worth {self.amount:,.2f} together: {did.get(name, 'taken off')}"


def stated_in(connection: Reads, source: Source) -> dict[str, Stated]:
    """Count what the parts of kept lines took off or added, from the table ``decided``."""
    sums = {name: f"stated_{name}" for name in parts(source)}
    sums |= {"rate": "CASE WHEN rate <> 1 THEN amount END"} if source.columns.rate is not None else {}
    if not sums:
        return {}
    listed = ", ".join(f"COUNT(*) FILTER (WHERE {sql} <> 0), COALESCE(SUM({sql}), 0)" for sql in sums.values())
    row = connection.execute(f"SELECT {listed} FROM decided WHERE decision = 'kept'").fetchall()[0]
    return {name: Stated(int(n), float(amount)) for name, n, amount in zip(sums, row[::2], row[1::2], strict=True)}


def faults(source: Source) -> str:
    """Return the SQL of a fault that only the parts together show, or NULL."""
    if source.columns.discount is None or source.discount_as in _RATES:
        return "NULL"
    left = f"of_gross {_sum(parts(source))}" if spreads(source) else f"gross {_sum(parts(source))}"
    said = literal(f"discount|{_TOO_MUCH}")
    return f"CASE WHEN discount <> 0 AND (of_gross >= 0) <> (({left}) >= 0) AND ({left}) <> 0 THEN {said} END"


def read_faults(source: Source) -> list[str]:
    """Return the cases of numbers that are read, and cannot be meant."""
    cases = []
    if source.columns.rate is not None:
        cases.append(f"WHEN read_rate <= 0 THEN 'rate|{_NOT_ABOVE}'")
    if source.discount_as in _RATES:
        most = _RATES[source.discount_as][0]
        said = literal(f"discount|is not {_PERCENT if source.discount_as == 'percent' else _SHARE}")
        cases.append(f"WHEN NOT (read_discount BETWEEN 0 AND {most}) THEN {said}")
    return cases


def discount(raw: RawTable, source: Source) -> Parsed:
    """Read a discount: money, a share, or a percentage, with its sign or without."""
    kind = raw.types["discount"]
    if source.discount_as != "percent" or kind not in ("VARCHAR", CELL):
        read = parse.number("discount", kind, source)
        return Parsed(read.value, _SHARE) if source.discount_as == "share" else read
    signed = f"regexp_matches({parse.words('discount', kind)}, '{_SIGN}')"
    # A bare number among percentages may be an amount: it is not read as one of them.
    some = f"(SELECT COALESCE(BOOL_OR({signed}), FALSE) FROM {raw.table})"
    value = _without_sign("discount", kind, source)
    return Parsed(f"CASE WHEN COALESCE({signed}, FALSE) OR NOT {some} OR {value} = 0 THEN {value} END", _PERCENT)


def _without_sign(cell: str, kind: str, source: Source) -> str:
    if kind == CELL:
        return parse.by_kind(cell, lambda part, its: _without_sign(part, its, source))
    if kind != "VARCHAR":
        return parse.number(cell, kind, source).value
    return parse.number(f"regexp_replace({parse.bare(cell)}, '[ \u00a0\u202f]*{_SIGN}', '')", kind, source).value


def refuse_mixed_discounts(connection: Reads, raws: Sequence[Placed], source: Source) -> None:
    """Refuse discounts above and below 0 in one column, unless each takes off as much as its line's own sign says.

    Raises
    ------
    DataError
        Names the first line of the rarer sign, and both ways to say what it means.
    """
    if source.columns.discount is None or source.discount_as is not None:
        return
    above, below, with_it, against = connection.execute(
        "SELECT COUNT(*) FILTER (WHERE discount_sign > 0), COUNT(*) FILTER (WHERE discount_sign < 0), "
        "COUNT(*) FILTER (WHERE discount_sign * gross_sign > 0), "
        "COUNT(*) FILTER (WHERE discount_sign * gross_sign < 0) "
        "FROM decided WHERE decision = 'kept'"
    ).fetchall()[0]
    if not (above and below and with_it and against):
        return
    rarer = ">" if above <= below else "<"
    file, record = connection.execute(
        f"SELECT file, record FROM decided WHERE decision = 'kept' AND discount_sign {rarer} 0 ORDER BY 1, 2 LIMIT 1"
    ).fetchall()[0]
    where = next(f"{raw.file_of(record)} {raw.counts} {raw.line_of(record)}" for raw in raws if raw.number == file)
    key = source.key("discount_as")
    raise DataError(
        f"{source.column_key('discount')}: {counted(above, 'discount')} above 0 and {below:,} below 0 (the first of "
        f"the rarer: {where}), and nothing says which take off. Set {key}: positive if those above 0 take off and "
        f"those below 0 are added, {key}: negative if it is the other way round."
    )


def advised(column: str, reason: str, cells: Sequence[str], source: Source) -> str:
    """Return what to do about refused lines of purchases (``advice.for_column``, and what only worth knows)."""
    if reason == _TOO_MUCH:
        order = (
            ""
            if source.amount_of == "order"
            else f" If it is of the whole order, set {source.key('amount_of')}: order."
        )
        return f"Mend these lines, or map another column ({source.column_key('discount')}).{order}"
    if column == "rate" and (reason == _NOT_ABOVE or reason.endswith("is missing")):
        return (
            f"Fill {source.column_key('rate')}: what one unit of the line's currency is worth in the shop's own, 1 on "
            "lines in that one."
        )
    if column == "discount" and source.discount_as is None and any(_is_percent(c) for c in cells):
        if all(_is_percent(c) or c.strip("0., ") == "" for c in cells):
            return f"Set {source.key('discount_as')}: percent."
        return "Percentages and amounts stand in one column: take them apart, for a bare number may be either."
    if column == "discount" and source.discount_as == "percent" and not reason.endswith("is missing"):
        shares = f"; {source.key('discount_as')}: share reads 0.1 as 10 %"
        return f"Write percentages from 0 to 100, all with the sign or all without it{shares}."
    return advice.for_column(column, reason, cells, source)


def _is_percent(cell: str) -> bool:
    return cell.rstrip()[-1:] in "%％٪"
