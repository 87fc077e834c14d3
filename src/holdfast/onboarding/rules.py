"""Lines that are no plain purchases: without a customer, taken back, copied, totals, in another state or currency."""

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.data.engine import literal
from holdfast.data.plausible import TOTALS
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.data.values.numbers import product_sql
from holdfast.onboarding.called.names import ROLES, Fit
from holdfast.onboarding.dates import no_day, of_totals
from holdfast.onboarding.events import find_events
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.gift_cards import tell_gift_cards
from holdfast.onboarding.money.currencies import find_currency
from holdfast.onboarding.money.of_orders import settle_repeated
from holdfast.onboarding.money.parents import taken, tell_parents
from holdfast.onboarding.money.sides import SAYS_SALES, open_sides, side_of_returns, without_sides
from holdfast.onboarding.money.summary_lines import find_summaries
from holdfast.onboarding.money.worth import worth_of
from holdfast.onboarding.nested import lines_below
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.proof import MOST_UNREAD
from holdfast.onboarding.states.lines import find_states
from holdfast.wording import counted

# A prefix of fewer lines than this share, nearly all of them negative, marks what was taken back.
_RARE, _NEARLY_ALL = 0.3, 0.9
_LEAST_ORDERS = 5
# Of so many kinds of letters at most one is a mark.
_MOST_KINDS = 8
# Returns are fewer than purchases.
_MOSTLY = 0.5
_UNLIKE_EVERY_LINE = 0.95
_SIGN = "purchases_are"
# Each stands in the YAML: of more words that say total, each is another.
_MOST_WORDS = 100


def find_rules(export: Export, found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings) -> None:
    """State the rules that the contents call for; ask or tell where they are not enough."""
    below = lines_below(export, found, known)
    if "customer_id" in known:
        others = f"({below.lines if below else 'FALSE'} OR {taken(known)})"
        find_customers(export, known["customer_id"], findings, aside=others)
        find_case(export, known["customer_id"], findings)
    worth = worth_of(known, findings)
    if worth and SAYS_SALES not in findings.why.get("columns.amount", ""):
        negative, zero = export.one(f"SELECT COUNT(*) FILTER ({worth} < 0), COUNT(*) FILTER ({worth} = 0) FROM {TABLE}")
        if not _tell_scaled(export, known.get("amount"), worth, negative, findings):
            _find_sign(export, negative, zero, findings)
        worth = worth_of(known, findings)
    tell_parents(export, found, known, worth, findings)
    aside = [{"column": below.column, "values": [""]}] if below else find_summaries(export, found, known, findings)
    if "amount" in known and "order_id" in known and not aside:
        _whole_orders(export, found, known, findings)
    if "order_id" in known and not aside:
        settle_repeated(export, found, known, findings)
    _copies(export, known.get("order_id"), findings, aside=below.lines if below else "FALSE")
    dropped = [*(aside or _without_amount(export, found, known, findings)), *_without_day(export, known, findings)]
    said = find_states(export, found, known, worth, findings, dropped)
    if worth and "order_id" in known:
        _cancellations(export, known["order_id"], worth, said, findings)
    tell_gift_cards(export, found, findings)
    find_events(export, found, findings)
    find_currency(export, found, known, findings)


def _find_sign(export: Export, negative: int, zero: int, findings: Findings) -> None:
    """Ask, or say, what amounts below 0 are."""
    if negative >= _UNLIKE_EVERY_LINE * (export.lines - zero) > 0:
        _ask_for_sign(negative, export.lines, findings)
    elif negative > _MOSTLY * export.lines:
        findings.tell(
            f"returns: {counted(negative, 'line')} of {export.lines:,} are below 0, and count as returns: is this "
            "the money that was paid? (purchases_are: negative turns the signs round)"
        )
    elif negative or zero:
        findings.tell(f"returns: {counted(negative, 'line')} below 0; {counted(zero, 'line')} worth nothing")


def _tell_scaled(export: Export, amount: Profile | None, worth: str, negative: int, findings: Findings) -> bool:
    """Say of numbers on a scale of their own that they are no amounts: most are below 0, and none is of whole cents.

    Whoever publishes purchases often standardises them: less the mean, divided by the deviation.
    """
    if amount is None or negative <= _MOSTLY * export.lines or "money_in" in findings.settings:
        return False
    lines, broken, above = export.one(
        f"SELECT COUNT(*) FILTER ({worth} <> 0), COUNT(*) FILTER (ABS({worth} * 1000 - ROUND({worth} * 1000)) > 1e-6), "
        f"COUNT(*) FILTER ({worth} > 0) FROM {TABLE}"
    )
    if not above or broken < _NEARLY_ALL * lines:
        return False
    findings.tell(
        f'"{amount.name}" holds no amounts of money, it seems: {counted(negative, "line")} of {export.lines:,} are '
        "below 0, with more decimals than any currency has, as where numbers were standardised (less their mean). They "
        "would count as returns, and turned round the largest purchase would: use the amounts that were paid, or take "
        "columns.amount out, and each line counts as one purchase"
    )
    findings.why["columns.amount"] = "no amounts of money, it seems: without this key each line counts as one purchase"
    return True


def _ask_for_sign(negative: int, lines: int, findings: Findings) -> None:
    """Ask whether amounts below 0 are what was bought, as on a customer's account: (nearly) all are below 0."""
    choices = (
        Choice("payments: what stands below 0 was bought, and what stands above 0 given back", {_SIGN: "negative"}),
        Choice("returns: the purchases stand elsewhere", {_SIGN: None}),
    )
    asked = f"{counted(negative, 'line')} of {lines:,} are below 0, and would count as returns. What are they?"
    if (chosen := findings.ask(Question(_SIGN, asked, choices))) is not None:
        findings.tell(f"returns: amounts below 0 are {chosen.said}")


def _without_amount(
    export: Export, found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings
) -> list[dict[str, Any]]:
    """Return the rules that drop lines on which nothing was paid, where they are too many to be faults."""
    if findings.settings.get("amount_of") == "order" or any(q.key == "amount_of" for q in findings.questions):
        return []
    rules = []
    if "refunded" in known:
        return without_sides(export, found, known, findings)
    if sides := open_sides(found, findings):
        # Whichever pair the answer will be, lines of nobody have no money of customers.
        return without_sides(export, (), {**known, **sides}, findings)
    for p in (known[role] for role in ("amount", "unit_price") if role in known):
        (filled,) = export.one(f"SELECT COUNT(*) FILTER ({is_filled(p.sql)}) FROM {TABLE}")
        blank = export.lines - filled
        if blank > MOST_UNREAD * export.lines:
            rules.append({"column": p.name, "values": [""]})
            findings.tell(
                f'{counted(blank, "line")} ({blank / export.lines:.1%}) without "{p.name}": dropped (rules.drop), as '
                "nothing was paid"
            )
    return rules


def _without_day(export: Export, known: Mapping[str, Profile], findings: Findings) -> list[dict[str, Any]]:
    """Return the rule that drops lines whose day is zeros (0000-00-00), no day in databases, or a word for totals."""
    date = known.get("ordered_at")
    if date is None or not parse.holds_texts(date.type):
        return []
    values = []
    text = parse.bare(date.sql)
    for condition, said in (
        (no_day(export, date.sql, date.type), f'on which "{date.name}" is zeros, no day'),
        (of_totals(text), f'of totals, as "{date.name}" says'),
    ):
        found = export.connection.execute(
            f"SELECT {text}, COUNT(*) FROM {TABLE} WHERE {condition} GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
        if found and len(found) <= _MOST_WORDS:
            findings.tell(f"{counted(sum(row[1] for row in found), 'line')} {said}: dropped (rules.drop)")
            values += [str(row[0]) for row in found]
    return [{"column": date.name, "values": values}] if values else []


def find_customers(export: Export, customer: Profile, findings: Findings, *, aside: str = "FALSE") -> None:
    """State what becomes of lines without a customer, and of lines that are totals.

    ``aside``: SQL that is true of lines which another rule drops, or gives a customer.
    """
    words = findings.settings.get("missing_values", ())
    who = parse.customer(customer.sql, customer.type, Written(missing_values=words))
    (missing,) = export.one(f"SELECT COUNT(*) FILTER (({who}) IS NULL AND NOT ({aside})) FROM {TABLE}")
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


def find_case(export: Export, customer: Profile, findings: Findings) -> None:
    """State that capitals make no difference in addresses of e-mail, nor marks in numbers; of other ids, say so."""
    who = parse.customer(customer.sql, customer.type, Written())
    if _find_marks_of_ids(export, who, findings):
        return
    ids, folded, addresses = export.one(
        f"SELECT COUNT(DISTINCT who), COUNT(DISTINCT LOWER(who)), COUNT(DISTINCT who) FILTER (contains(who, '@')) "
        f"FROM (SELECT CAST({who} AS VARCHAR) AS who FROM {TABLE})"
    )
    if ids == folded:
        return
    said = f"{ids:,} ids are {folded:,} where capitals make no difference"
    if addresses >= _NEARLY_ALL * ids:
        findings.set("id_case", "fold", said)
        findings.tell(f"{said}, as in addresses of e-mail: one customer each (id_case: fold)")
    else:
        findings.why["id_case"] = f"fold, if ids that differ by capitals only are one customer: {said}"
        findings.tell(f"{said}: kept apart (id_case: fold makes them one)")


def _find_marks_of_ids(export: Export, who: str, findings: Findings) -> bool:
    """State that marks and leading zeros make no difference where so many numbers stand there in several ways."""
    ids, people = export.one(parse.in_several_ways(f"SELECT DISTINCT CAST({who} AS VARCHAR) AS id FROM {TABLE}"))
    if not parse.are_many_ways(ids, people):
        return False
    said = f"{ids:,} ids are {people:,} where dots, dashes, blanks and leading zeros of numbers make no difference"
    findings.set("id_case", "digits", said)
    findings.tell(f"{said}: one customer each (id_case: digits)")
    return True


def _cancellations(export: Export, order: Profile, worth: str, said_else: str, findings: Findings) -> None:
    """State the letters that the orders of returns begin with, where other orders are bare numbers.

    ``said_else``: SQL that is true of lines of which another column says what they are, so their letters ask nothing.
    """
    if not parse.holds_texts(order.type):
        return
    if _are_hexadecimal(export, order):
        return
    prefix = f"regexp_extract({parse.bare(order.sql)}, '^([A-Za-z]{{1,3}})-?[0-9]+$', 1)"
    rows = export.connection.execute(
        f"SELECT {prefix}, COUNT(*), COUNT(*) FILTER ({worth} < 0), COUNT(*) FILTER ({worth} > 0), "
        f"COUNT(*) FILTER ({said_else}), COUNT(DISTINCT {order.sql}) FROM {TABLE} WHERE {is_filled(order.sql)} "
        "GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    total = sum(row[1] for row in rows)
    # Letters that a few orders share are chance, as in codes of random letters and digits.
    rows = [r for r in rows if not r[0] or (r[5] >= _LEAST_ORDERS and not _begin_more(export, order, r[0], r[1]))]
    # Of many letters none of which most orders have, none marks anything: receipts are drawn so, or counted in letters.
    any_letters = len(rows) > _MOST_KINDS and rows[0][1] < _MOSTLY * total
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
        return
    left = [row for row in rows if row[4] < _NEARLY_ALL * row[1]]
    unsaid = [row for row in left[1:] if row[0] and row[1] < _RARE * sum(one[1] for one in left)]
    if unsaid and not any_letters and unsaid[0][3] >= _NEARLY_ALL * unsaid[0][1]:
        _ask_for_letters(unsaid[0][0], unsaid[0][1], findings)


def _begin_more(export: Export, order: Profile, letters: str, lines: int) -> bool:
    """Say whether many more orders begin with these letters than have bare numbers behind them: they mark nothing."""
    begin = f"starts_with({parse.bare(order.sql)}, {literal(letters)})"
    return bool(_NEARLY_ALL * export.one(f"SELECT COUNT(*) FILTER ({begin}) FROM {TABLE}")[0] > lines)


def _are_hexadecimal(export: Export, order: Profile) -> bool:
    """Say whether ids are hexadecimal (9e3779b1): a letter at the front then means nothing.

    Plain numbers with letters in front have no letter behind a digit.
    """
    text = f"LOWER(REPLACE({parse.bare(order.sql)}, '-', ''))"
    hexadecimal, mixed, lines = export.one(
        f"SELECT COUNT(*) FILTER (regexp_full_match({text}, '[0-9a-f]{{6,}}')), "
        f"COUNT(*) FILTER (regexp_matches({text}, '[0-9][a-f]')), COUNT(*) FROM {TABLE} WHERE {is_filled(order.sql)}"
    )
    return hexadecimal >= _UNLIKE_EVERY_LINE * lines and mixed > _MOSTLY * lines


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


def _whole_orders(export: Export, found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings) -> None:
    """State, or ask, that an amount is of its whole order: on the first of its lines only, or repeated on each."""
    amount, order = known["amount"], known["order_id"]
    filled = is_filled(amount.sql)
    several, same, first_only = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (amounts = 1 AND filled = lines), COUNT(*) FILTER (filled = 1) FROM "
        f"(SELECT COUNT(DISTINCT {amount.sql}) AS amounts, COUNT(*) FILTER ({filled}) AS filled, COUNT(*) AS lines, "
        f"COUNT(DISTINCT line_hash) AS different FROM {TABLE} WHERE {is_filled(order.sql)} GROUP BY {order.sql}) "
        "WHERE different > 1"
    )
    if several < _LEAST_ORDERS or any(side_of_returns(export, p, found, known, findings) for p in found):
        # What is booked back is as much on the other side.
        return
    if first_only >= _UNLIKE_EVERY_LINE * several:
        said = f'"{amount.name}" stands on one line only of {first_only:,} of {several:,} orders with several lines'
        findings.set("amount_of", "order", said)
        findings.tell(f"{said}: it is of the whole order (amount_of: order)")
    elif same >= _UNLIKE_EVERY_LINE * several:
        said = f'"{amount.name}" is the same on all lines of {same:,} of {several:,} orders with several lines'
        if _adds_up(export, found, known):
            findings.set("amount_of", "order", f"{said}, and is what quantity × price of these lines add up to")
            findings.tell(f"{said}, and quantity × price add up to it: it is of the whole order (amount_of: order)")
            return
        choices = (
            Choice("the whole order's: it counts once", {"amount_of": "order"}),
            Choice("each line's own: it counts once a line", {"amount_of": "line"}),
        )
        findings.ask(Question("amount_of", f"{said}. Is it the whole order's, or each line's own?", choices))


def _adds_up(export: Export, found: Sequence[Profile], known: Mapping[str, Profile]) -> bool:
    """Say whether quantity × price of an order's lines add up to its amount, in nearly all orders of several lines."""
    parts = {
        role: next((p for p in found if p.is_number and ROLES[role].fit(p.name) == Fit.WHOLE), None)
        for role in ("quantity", "unit_price")
    }
    quantity, price = parts["quantity"], parts["unit_price"]
    if quantity is None or price is None or known["amount"] in (quantity, price):
        return False
    written = Written()
    a, q, p = (parse.number(c.sql, c.type, written).value for c in (known["amount"], quantity, price))
    orders, alike = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (ABS(total - parts) <= 0.01) FROM (SELECT MAX({a}) AS total, "
        f"SUM({product_sql(q, p)}) AS parts, COUNT(*) AS lines FROM {TABLE} GROUP BY {known['order_id'].sql}) "
        "WHERE lines > 1"
    )
    return orders > 0 and alike >= _NEARLY_ALL * orders


def _copies(export: Export, order: Profile | None, findings: Findings, *, aside: str) -> None:
    """Say how many lines equal an earlier one; drop them where every other line has an order of its own.

    ``aside``: SQL that is true of lines which another rule drops.
    """
    blank = " AND ".join(f"NOT ({is_filled(f'k{i}')})" for i in range(len(export.names)))
    (nothing,) = export.one(f"SELECT COUNT(*) FILTER ({blank}) FROM {TABLE}")
    if nothing:
        findings.tell(f"{counted(nothing, 'line')} with nothing in any column: no purchases, and no copies of others")
        aside = f"{aside} OR ({blank})"
    copies, different = export.one(
        f"SELECT COUNT(*) - COUNT(DISTINCT line_hash), COUNT(DISTINCT line_hash) FROM {TABLE} WHERE NOT ({aside})"
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
