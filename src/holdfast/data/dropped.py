"""What was lost with the lines that rules dropped: money, by currency, and customers."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from holdfast.data.engine import Reads, literal
from holdfast.data.erased import RULE
from holdfast.data.rules import KEPT
from holdfast.wording import counted


@dataclass(frozen=True)
class Lost:
    """What the lines dropped by each rule held; money only where the log has some.

    Attributes
    ----------
    amounts
        What they are worth together, by rule, where all are in the currency of the kept lines.
    in_currencies
        By rule, then by currency, where they are not: these have no sum.
    customers
        By rule, how many of the customers it dropped lines of have no line left.
    """

    amounts: dict[str, float] = field(default_factory=dict)
    in_currencies: dict[str, dict[str, float]] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)

    def sentence(self, rule: str) -> str:
        """Return what a rule took, in brackets; empty where it is nothing.

        Examples
        --------
        >>> Lost({"drop test": 7.5}, {}, {"drop test": 2}).sentence("drop test")
        ' (worth 7.50; 2 customers have no line left)'
        >>> Lost({}, {"keep cur": {"PLN": 1200.0, "SEK": 35.5}}).sentence("keep cur")
        ' (worth 1,200.00 PLN, 35.50 SEK)'
        >>> Lost({}, {"keep cur": {"": 0.0, "USD": 35.5}}).sentence("keep cur")
        ' (worth 35.50 USD)'
        """
        found = self.in_currencies.get(rule, {})
        # A line that names no currency and is worth nothing, as a totals row is, has nothing to say beside the others.
        worth = [f"{amount:,.2f} {named}".rstrip() for named, amount in found.items() if named or amount]
        amount, left = self.amounts.get(rule, 0.0), self.customers.get(rule, 0)
        said = [f"worth {', '.join(worth)}"] if worth else [f"worth {amount:,.2f}"] if amount else []
        said += [f"{counted(left, 'customer')} {'has' if left == 1 else 'have'} no line left"] if left else []
        return f" ({'; '.join(said)})" if said else ""


def lost_of(connection: Reads, rules: Collection[str], *, has_currency: bool, has_money: bool) -> tuple[Lost, Decimal]:
    """Look at the lines of the table ``decided``; also what the kept ones are worth together, returns taken off.

    Parameters
    ----------
    connection
        Holds ``decided`` and ``purchases``.
    rules
        Those that dropped a line; what an erased customer spent is nothing to keep.
    has_currency, has_money
        Whether lines name a currency, and are worth anything.
    """
    told = [rule for rule in rules if rule != RULE]
    worth = _worth(connection, has_currency=has_currency) if has_money else {}
    own, amounts, in_currencies = worth.get(KEPT, {}), dict[str, float](), dict[str, dict[str, float]]()
    for rule in told if has_money else ():
        of = worth.get(rule, {})
        if set(of) <= {*own, ""} or (len(of) < 2 and not own):
            amounts[rule] = float(sum(of.values()))
        else:
            in_currencies[rule] = {named: float(amount) for named, amount in of.items()}
    return Lost(amounts, in_currencies, _customers(connection, told)), sum(own.values(), Decimal(0))


def _worth(connection: Reads, *, has_currency: bool) -> dict[str, dict[str, Decimal]]:
    """Return by decision, then by currency (``""`` where none is named), what the lines are worth together."""
    named = "COALESCE(currency, '')" if has_currency else "''"
    rows = connection.execute(
        f"SELECT decision, {named} AS named, COALESCE(SUM(amount), 0) FROM decided GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    found: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    for decision, currency, amount in rows:
        found[str(decision)][str(currency)] = Decimal(amount)
    return found


def _customers(connection: Reads, rules: Collection[str]) -> dict[str, int]:
    """Return by rule how many of its customers have no line in ``purchases``; only where there are any."""
    if not rules:
        return {}
    names = ", ".join(map(literal, rules))
    rows = connection.execute(
        "SELECT decision, COUNT(*) FROM (SELECT DISTINCT decision, customer_id FROM decided "
        f"WHERE decision IN ({names}) AND customer_id <> '') AS theirs "
        "LEFT JOIN (SELECT DISTINCT customer_id AS kept_id FROM purchases) AS kept ON customer_id = kept_id "
        "WHERE kept_id IS NULL GROUP BY decision ORDER BY decision"
    ).fetchall()
    return {str(rule): int(n) for rule, n in rows}
