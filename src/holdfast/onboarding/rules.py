"""Lines that are no plain purchases: without a customer, taken back, copied, totals, in another state or currency."""

from collections.abc import Mapping, Sequence

from holdfast.data import parse
from holdfast.data.engine import literal
from holdfast.data.plausible import TOTALS
from holdfast.data.source import Written
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.names import ROLES, Fit
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

# Words of states in which nothing was sold, or not for good; only these are ever shown.
_NO_SALE = {
    "refunded": ("refunded", "partially_refunded", "returned", "erstattet", "erstattat", "refunderet", "rembourse"),
    "cancelled": (
        "cancelled",
        "canceled",
        "voided",
        "storniert",
        "annulleret",
        "annullert",
        "makulerad",
        "annule",
        "cancelado",
    ),
    "failed": ("failed", "declined", "fehlgeschlagen", "mislykket", "echoue", "fallido"),
    "pending": ("pending", "on-hold", "unpaid", "offen", "ausstehend", "afventer", "en attente", "pendiente"),
    "test": ("test", "testordre", "testbestellung"),
}
_MOST_CATEGORIES = 30
# A prefix of fewer lines than this share, nearly all of them negative, marks what was taken back.
_RARE, _NEARLY_ALL = 0.3, 0.9
_LEAST_ORDERS = 5
_UNLIKE_EVERY_LINE = 0.95


def find_rules(export: Export, found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings) -> None:
    """State the rules that the contents call for; ask or tell where they are not enough."""
    written = Written(decimal=findings.settings.get("decimal"), thousands=findings.settings.get("thousands"))
    if "customer_id" in known:
        _customers(export, known["customer_id"], findings)
    worth = _worth(known, written)
    if worth:
        negative, zero = export.one(f"SELECT COUNT(*) FILTER ({worth} < 0), COUNT(*) FILTER ({worth} = 0) FROM {TABLE}")
        if negative or zero:
            findings.tell(f"returns: {counted(negative, 'line')} below 0; {counted(zero, 'line')} worth nothing")
        if "order_id" in known:
            _cancellations(export, known["order_id"], worth, findings)
    if "amount" in known and "order_id" in known:
        _whole_orders(export, known["amount"], known["order_id"], findings)
    _copies(export, known.get("order_id"), findings)
    for p in found:
        if ROLES["status"].fit(p.name) >= Fit.PARTLY and p.distinct <= _MOST_CATEGORIES:
            _states(export, p, findings)
    _currency(export, found, findings)


def _worth(known: Mapping[str, Profile], written: Written) -> str:
    """Return the SQL of what a line is worth, or nothing."""
    value = {
        r: parse.number(known[r].sql, known[r].type, written).value
        for r in known
        if r in ("amount", "quantity", "unit_price")
    }
    if "amount" in value:
        return f"({value['amount']})"
    return f"(({value['quantity']}) * ({value['unit_price']}))" if "unit_price" in value else ""


def _customers(export: Export, customer: Profile, findings: Findings) -> None:
    who = parse.customer(customer.sql, customer.type, Written())
    (missing,) = export.one(f"SELECT COUNT(*) FILTER (({who}) IS NULL) FROM {TABLE}")
    if missing:
        said = f"{counted(missing, 'line')} ({missing / max(1, export.lines):.1%}) without a customer"
        findings.set("rules.missing_customer", "drop", said)
        findings.tell(f"{said}: dropped (rules.missing_customer)")
    words = ", ".join(map(literal, TOTALS))
    text = f"LOWER({parse.bare(customer.sql)})"
    texts = f"SELECT DISTINCT {text} FROM {TABLE} WHERE {text} IN ({words})"
    totals = sorted(row[0] for row in export.connection.execute(texts).fetchall())
    if totals:
        findings.set("rules.exclude.column", "customer_id", "lines of totals, not purchases")
        findings.set("rules.exclude.values", totals)
        findings.tell(f'lines of totals (customer "{totals[0]}"): dropped (rules.exclude)')


def _cancellations(export: Export, order: Profile, worth: str, findings: Findings) -> None:
    """State the letters that the orders of returns begin with, where other orders are bare numbers."""
    if order.is_number:
        return
    prefix = f"regexp_extract({parse.bare(order.sql)}, '^([A-Za-z]{{1,3}})-?[0-9]+$', 1)"
    rows = export.connection.execute(
        f"SELECT {prefix}, COUNT(*), COUNT(*) FILTER ({worth} < 0), COUNT(*) FILTER ({worth} > 0) FROM {TABLE} "
        f"WHERE {is_filled(order.sql)} GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    total = sum(n for _, n, _, _ in rows)
    rare = [row for row in rows[1:] if row[0] and row[1] < _RARE * total]
    # The most frequent kind must be another: numbers alone, or other letters.
    taken_back = [row for row in rare if row[2] >= _NEARLY_ALL * row[1]]
    if taken_back:
        letters, lines, *_ = taken_back[0]
        said = f"{counted(lines, 'line')} of orders that begin so, {taken_back[0][2] / lines:.0%} of them below 0"
        findings.set("rules.cancellations.column", "order_id")
        findings.set("rules.cancellations.prefix", letters, said)
        findings.set("rules.cancellations.treat_as", "return")
        findings.tell(f'cancellations: orders that begin with "{letters}" ({counted(lines, "line")}) are returns')
    elif rare and rare[0][3] >= _NEARLY_ALL * rare[0][1]:
        _ask_for_letters(rare[0][0], rare[0][1], findings)


def _ask_for_letters(letters: str, lines: int, findings: Findings) -> None:
    rule = {"rules.cancellations.column": "order_id", "rules.cancellations.prefix": letters}
    choices = (
        Choice("returns: their amounts count as negative", rule | {"rules.cancellations.treat_as": "return"}),
        Choice("no purchases at all: dropped", rule | {"rules.cancellations.treat_as": "drop"}),
        Choice("ordinary purchases", {}),
    )
    asked = (
        f'{counted(lines, "line")} of orders that begin with "{letters}", unlike the others, with amounts above 0: '
        "what are they?"
    )
    findings.ask(Question("rules.cancellations", asked, choices))


def _whole_orders(export: Export, amount: Profile, order: Profile, findings: Findings) -> None:
    """Ask where the amount looks like that of the whole order, repeated on each of its lines."""
    several, same = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (amounts <= 1) FROM (SELECT COUNT(DISTINCT {amount.sql}) AS amounts, "
        f"COUNT(DISTINCT line_hash) AS lines FROM {TABLE} WHERE {is_filled(order.sql)} GROUP BY {order.sql}) "
        "WHERE lines > 1"
    )
    if several < _LEAST_ORDERS or same < _UNLIKE_EVERY_LINE * several:
        return
    findings.settings.pop("columns.amount", None)
    asked = (
        f'"{amount.name}" is the same on all lines of {same:,} of {several:,} orders with several lines. If it stands '
        "for the whole order, it would count once a line: keep one line per order in the file first. Is it "
        "each line's own?"
    )
    findings.ask(Question("columns.amount", asked, (Choice("each line's own", {"columns.amount": amount.name}),)))


def _copies(export: Export, order: Profile | None, findings: Findings) -> None:
    """Say how many lines equal an earlier one; drop them where every other line has an order of its own."""
    copies, different = export.one(
        f"SELECT COUNT(*) - COUNT(DISTINCT line_hash), COUNT(DISTINCT line_hash) FROM {TABLE}"
    )
    if not copies:
        return
    orders = (
        0
        if order is None
        else export.one(f"SELECT COUNT(DISTINCT {order.sql}) FROM {TABLE} WHERE {is_filled(order.sql)}")[0]
    )
    said = f"{counted(copies, 'line')} equal to an earlier one in every column"
    if orders == different:
        findings.set("rules.duplicates", "drop", f"{said}, though each order has one line")
        findings.tell(f"{said}: dropped (rules.duplicates)")
    else:
        findings.set("rules.duplicates", "keep", f"{said}; drop: removes them, if they are copies")
        findings.tell(f"{said}: kept (rules.duplicates: drop removes them)")


def _states(export: Export, status: Profile, findings: Findings) -> None:
    """Tell how many lines are in a state in which nothing was sold; these count as purchases all the same."""
    # WooCommerce puts its own name before each state.
    text = f"regexp_replace(LOWER({parse.bare(status.sql)}), '^wc-', '')"
    counts = ", ".join(f"COUNT(*) FILTER ({text} IN ({', '.join(map(literal, w))}))" for w in _NO_SALE.values())
    lines = export.one(f"SELECT {counts} FROM {TABLE}")
    said = ", ".join(f"{n:,} {state}" for state, n in zip(_NO_SALE, lines, strict=True) if n)
    if said:
        findings.tell(
            f'status: "{status.name}" says {said} (lines). They count as purchases: take those out '
            "of the file that are none"
        )


def _currency(export: Export, found: Sequence[Profile], findings: Findings) -> None:
    """State the currency where there is one; ask where there are several, for amounts are not converted."""
    named = [p for p in found if ROLES["currency"].fit(p.name) >= Fit.PARTLY and p.type == "VARCHAR"]
    for p in named:
        rows = export.connection.execute(
            f"SELECT UPPER({p.sql}), COUNT(*) FROM {TABLE} WHERE regexp_full_match({p.sql}, '[A-Za-z]{{3}}') "
            "GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
        if len(rows) == 1:
            findings.set("currency", rows[0][0], f'the only one in "{p.name}"')
            findings.tell(f"currency: {rows[0][0]}")
        elif rows and len(rows) <= _MOST_CATEGORIES:
            said = ", ".join(f"{code} on {counted(n, 'line')}" for code, n in rows)
            asked = (
                f'"{p.name}" names several currencies ({said}), and amounts are not converted. Keep lines of one in '
                "the file. Which?"
            )
            findings.ask(Question("currency", asked, tuple(Choice(code, {"currency": code}) for code, _ in rows)))
        if rows:
            return
