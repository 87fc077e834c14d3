"""Refunds on lines of their own that name no customer, but the order that they give back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from holdfast.data.engine import literal
from holdfast.data.referred import answers, asking, key
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.money.worth import worth_of
from holdfast.onboarding.profile import Columns, Profile, free
from holdfast.onboarding.states.documents import kinds_of
from holdfast.onboarding.states.groups import MOST_WORDS, lines_of, words_of
from holdfast.onboarding.states.words import State, state_of
from holdfast.wording import counted

_CALLED = {
    *("parent", "original", "originating", "refunded", "related", "source", "reference", "refund", "charge", "payment"),
    *("ursprung", "opprinnelig", "oprindelig", "bezug", "storno", "origine", "origen", "origineel", "ursprunglig"),
}
_NEARLY_ALL, _LEAST, _MOST = 0.9, 5, 0.5
# Orders are nearly as many as the lines of customers.
_OF_ORDERS = 0.3
# Whoever gives money back for so many others is the shop.
_OTHERS = 3
_LINES = "referring_lines"
_KINDS = (State.REFUNDED, State.PARTLY, State.CREDITED, State.REVERSAL)


class _Pair(NamedTuple):
    """A column that refers to orders, and the one that numbers them; on how many refunds, and of how many people."""

    refers: Profile
    order: Profile
    lines: int
    people: int


def find_parents(export: Export, found: Sequence[Profile], known: Columns, findings: Findings) -> None:
    """State the column of the order that refunds without a customer refer to, and that of these orders.

    Proof: nearly all of them name an order of one customer in this file (half do where a name says so: others were sold
    before the file begins), none gives back more than was paid for it, and hardly anything but refunds is without a
    customer and names an order. The shop itself is nobody: who gives back what several others paid.
    """
    customer = known.get("customer_id")
    worth = _worth(found, known, findings)
    if customer is None or not worth:
        return
    own = parse.customer(customer.sql, customer.type, Written())
    (nobody,) = export.one(f"SELECT COUNT(*) FILTER (({own}) IS NULL) FROM {TABLE}")
    shops = [*([""] if nobody else []), *_pays_back(export, own, worth)]
    returns = _returns(export, found, own, worth) if shops else ""
    for shop in shops:
        who = f"NULLIF({own}, {literal(shop)})" if shop else own
        best = max(
            _pairs(export, found, known, who, worth, returns),
            key=lambda pair: (pair.lines, ROLES["order_id"].fit(pair.order.name), _is_called(pair.refers)),
            default=None,
        )
        if best is not None and not (shop and best.people < _OTHERS):
            _state(export, best, who, returns, worth, shop, known, findings)
            return


def taken(known: Mapping[str, Profile]) -> str:
    """Return the SQL that is true of lines that take the customer of the order they refer to."""
    if "refers_to" not in known:
        return "FALSE"
    return f"COALESCE({_text(known['refers_to'])} IN (SELECT named FROM {_LINES}), FALSE)"


def given_back(export: Export, where: str, known: Mapping[str, Profile]) -> bool:
    """Say whether nearly all of some orders are referred to by lines that take their customer: refunds stand there."""
    if "refers_to" not in known:
        return False
    lines, named = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER ({_text(known['order_id'])} IN (SELECT order_id FROM {_LINES})) "
        f"FROM {TABLE} WHERE ({where}) AND NOT {taken(known)}"
    )
    return bool(lines and named >= _NEARLY_ALL * lines)


def tell_parents(
    export: Export, found: Sequence[Profile], known: Mapping[str, Profile], worth: str, findings: Findings
) -> None:
    """Say that refunds name no customer, and where their order stands whose customer is theirs."""
    named = [p for p in found if customer_fit(p.name) >= Fit.PARTLY and p.filled]
    customers = [known["customer_id"]] if "customer_id" in known else named
    if not worth or not customers or "refers_to" in known:
        return
    nobody = " AND ".join(f"({parse.customer(p.sql, p.type, Written())}) IS NULL" for p in customers)
    given = f"{worth} < 0 AND {nobody}"
    ids = [p for p in found if p.may_be_id and not p.repeats]
    for p in found:
        if not _is_called(p) or p.is_date or not p.filled:
            continue
        for order in (q for q in ids if q is not p):
            parents = f"SELECT {_text(order)} FROM {TABLE} WHERE NOT ({nobody})"
            lines, told = export.one(
                f"SELECT COUNT(*), COUNT(*) FILTER ({is_filled(p.sql)} AND {_text(p)} IN ({parents})) "
                f"FROM {TABLE} WHERE {given}"
            )
            if lines >= _LEAST and told >= _NEARLY_ALL * lines:
                findings.tell(
                    f"refunds: {lines_of(export, given, worth)} below 0 name no customer, so nobody's purchases are "
                    f'less by them: "{p.name}" names the order in "{order.name}" (columns.refers_to and '
                    "columns.order_id take its customer)"
                )
                return


def _is_called(p: Profile) -> bool:
    return bool(_CALLED & set(plain_words(p.name))) or "refund" in p.name.lower()


def _text(p: Profile) -> str:
    """Return the SQL of an order's id, as ids are compared."""
    return key(parse.order_or_product(p.sql, p.type, Written()))


def _worth(found: Sequence[Profile], known: Columns, findings: Findings) -> str:
    """Return the SQL of a line's money; which of several columns counts may still be asked: signs are the same."""
    if worth := worth_of(known, findings):
        return worth
    money = [p for p in free(found, known) if p.is_number and ROLES["amount"].fit(p.name) >= Fit.PARTLY]
    return number_of(money[0], findings) if money else ""


def _returns(export: Export, found: Sequence[Profile], own: str, worth: str) -> str:
    """Return the SQL that is true of refunds: what is below 0, and what a word says on lines of nobody alone."""
    says = []
    for p in found:
        if p.type != "VARCHAR" or p.is_number or p.is_date or not 1 < p.distinct <= MOST_WORDS:
            continue
        words = words_of(export, p)
        values = {v for v in words if state_of(v) in _KINDS}
        values |= {v for kind, those in kinds_of(p.name, words).items() if kind in _KINDS for v in those}
        if not values:
            continue
        holds = f"COALESCE({parse.text(p.sql, p.type)}, '') IN ({', '.join(map(literal, sorted(values)))})"
        lines, named = export.one(f"SELECT COUNT(*), COUNT({own}) FROM {TABLE} WHERE {holds}")
        if named <= (1 - _NEARLY_ALL) * lines:
            says.append(holds)
    return " OR ".join([f"COALESCE({worth} < 0, FALSE)", *says])


def _pays_back(export: Export, own: str, worth: str) -> list[str]:
    """Return the only customer of whose lines nearly all are below 0; nobody where there are several, or none."""
    rows = export.connection.execute(
        f"SELECT CAST(own AS VARCHAR), COUNT(*) FROM (SELECT {own} AS own, {worth} AS worth FROM {TABLE}) AS lines "
        f"WHERE own IS NOT NULL GROUP BY 1 "
        f"HAVING COUNT(*) >= {_LEAST} AND COUNT(*) FILTER (worth < 0) >= {_NEARLY_ALL} * COUNT(*) LIMIT 2"
    ).fetchall()
    return [str(rows[0][0])] if len(rows) == 1 else []


def _pairs(
    export: Export, found: Sequence[Profile], known: Columns, who: str, worth: str, returns: str
) -> Iterator[_Pair]:
    """Yield columns of which one refers to the orders that the other numbers, on lines without a customer."""
    # Who and what a line is, once: the text of either is long, and every column is counted four times.
    told = f"SELECT *, who IS NULL AND ({returns}) AS given FROM (SELECT *, {who} AS who FROM {TABLE}) AS people"
    lines, sold = export.one(f"SELECT COUNT(*) FILTER (given), COUNT(who) FROM ({told}) AS lines")
    able = [p for p in found if p.filled and not p.is_date and p not in known.values()] if lines else []
    if not able:
        return
    counts = export.one(
        "SELECT "
        + ", ".join(
            f"COUNT(DISTINCT o{i}) FILTER (given), COUNT(o{i}) FILTER (given), "
            f"COUNT(DISTINCT o{i}) FILTER (who IS NOT NULL), COUNT(o{i}) FILTER (who IS NOT NULL)"
            for i in range(len(able))
        )
        + f" FROM (SELECT who, given, {', '.join(f'{_text(p)} AS o{i}' for i, p in enumerate(able))} "
        f"FROM ({told}) AS told) AS lines"
    )
    of = {p: counts[4 * i : 4 * i + 4] for i, p in enumerate(able)}
    # Refunds refer to as many orders, about; orders are about as many as lines, and a date or an amount is neither.
    refer = [p for p in able if p.may_be_id or _is_called(p)]
    refer = [p for p in refer if of[p][1] >= _MOST * lines and of[p][0] >= _OF_ORDERS * of[p][1]]
    orders = [p for p in able if p.may_be_id and of[p][2] >= max(_OF_ORDERS * of[p][3], _LEAST)]
    orders = [p for p in orders if of[p][3] >= _NEARLY_ALL * sold]
    for p in refer:
        for order in orders:
            if pair := _proved(export, p, order, who, worth, returns):
                yield pair


def _proved(export: Export, p: Profile, order: Profile, who: str, worth: str, returns: str) -> _Pair | None:
    """Return a pair of columns whose refunds refer to orders that came to as much at least; see ``find_parents``."""
    _keep(export, p, order, who)
    sums = f"SELECT {_text(order)} AS of_order, SUM({worth}) AS total FROM {TABLE} WHERE ({who}) IS NOT NULL GROUP BY 1"
    asked, named, more, others, people = export.one(
        f"SELECT COUNT(*) FILTER (gives), COUNT(*) FILTER (gives AND who IS NOT NULL), "
        f"COUNT(*) FILTER (gives AND ABS(money) > total + 0.005), "
        f"COUNT(*) FILTER (NOT gives AND who IS NOT NULL AND money <> 0), "
        "COUNT(DISTINCT CASE WHEN gives THEN who END) "
        f"FROM (SELECT ({returns}) AS gives, {worth} AS money, found.own AS who, sums.total AS total FROM {TABLE} "
        f"LEFT JOIN {_LINES} AS found ON found.named = {_text(p)} LEFT JOIN ({sums}) AS sums "
        f"ON sums.of_order = found.order_id WHERE ({who}) IS NULL AND {_text(p)} IS NOT NULL) AS lines"
    )
    known = named >= _MOST * asked if _is_called(p) else named >= max(_NEARLY_ALL * asked, _LEAST)
    few = (1 - _NEARLY_ALL) * named
    return _Pair(p, order, named, people) if named and known and more <= few and others <= few else None


def _keep(export: Export, p: Profile, order: Profile, who: str) -> None:
    """Create the table of the orders that lines without a customer refer to, as the reader will find them."""
    lines = (
        f"(SELECT {_text(order)} AS named, {_text(p)} AS refers, CAST({who} AS VARCHAR) AS own, "
        f"{_text(order)} AS order_id, CAST(NULL AS VARCHAR) AS dropped FROM {TABLE}) AS lines"
    )
    export.connection.execute(f"CREATE OR REPLACE TEMP TABLE asking_lines AS {asking(lines)}")
    export.connection.execute(f"CREATE OR REPLACE TEMP TABLE {_LINES} AS {answers(lines, 'asking_lines')}")


def _state(
    export: Export,
    pair: _Pair,
    who: str,
    returns: str,
    worth: str,
    shop: str,
    known: Columns,
    findings: Findings,
) -> None:
    p, order = pair.refers, pair.order
    _keep(export, p, order, who)
    given = f"({who}) IS NULL AND ({returns}) AND {_text(p)} IS NOT NULL"
    if shop:
        findings.set("missing_values", [shop], "the shop itself: it gives back what others paid")
        findings.tell(f"customer_id: the one who gives back what {pair.people:,} others paid is the shop, and nobody")
    known["order_id"], known["refers_to"] = order, p
    findings.set("columns.order_id", order.name, "refunds refer to it")
    findings.tell(f'order_id: "{order.name}", to which refunds refer')
    named = (
        f"{counted(pair.lines, 'refund')} without a customer {'names' if pair.lines == 1 else 'name'} an order of one"
    )
    findings.set("columns.refers_to", p.name, named)
    (lines,) = export.one(f"SELECT COUNT(*) FROM {TABLE} WHERE {given}")
    rest = f"; the order of {lines - pair.lines:,} is not in the file" if lines > pair.lines else ""
    findings.tell(
        f'refunds: {lines_of(export, given, worth)} name no customer, but their order: "{p.name}" is the '
        f'"{order.name}" of {pair.lines:,} of them, whose customer they have (columns.refers_to){rest}'
    )
