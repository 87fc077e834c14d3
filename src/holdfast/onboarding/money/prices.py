"""Whether what is called a price is of one piece, or of all pieces of its line: as Amazon exports it."""

from collections.abc import Sequence

from holdfast.data.values import parse
from holdfast.onboarding.called.names import ROLES, Fit
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.money.amounts import ways_that_read
from holdfast.onboarding.profile import Profile

# A product in one quantity is compared with itself in its least; so many comparisons say something.
_LEAST_COMPARED = 3
# Prices change over the years, and who takes more pays a little less.
_ALIKE, _NEARLY_ALL = 0.1, 0.9


def is_of_all_pieces(export: Export, free: Sequence[Profile], quantity: Profile, price: Profile) -> bool:
    """Say whether a price grows with the quantity, so that price ÷ quantity is the same in each product."""
    fits = {p.name: ROLES["product_id"].fit(p.name) for p in free}
    products = [p for p in free if p not in (quantity, price) and fits[p.name] >= Fit.PARTLY]
    if not products:
        return False
    product = max(products, key=lambda p: fits[p.name])
    for written in ways_that_read(export, quantity, price):
        read = [parse.number(p.sql, p.type, written).value for p in (quantity, price)]
        compared, grown = export.one(_compared(product.sql, *read))
        if compared >= _LEAST_COMPARED and grown >= _NEARLY_ALL * compared:
            return True
    return False


def _compared(product: str, quantity: str, price: str) -> str:
    """Return the SQL that counts pairs of quantities of a product, and those whose prices differ as they do."""
    return (
        f"WITH lines AS (SELECT {product} AS item, CAST(ABS({quantity}) AS DOUBLE) AS q, "
        f"CAST(ABS({price}) AS DOUBLE) AS p FROM {TABLE} WHERE {is_filled(product)}), "
        "usual AS (SELECT item, q, MEDIAN(p) AS p FROM lines WHERE q > 0 AND p > 0 GROUP BY item, q), "
        "least AS (SELECT item, MIN(q) AS q, ARG_MIN(p, q) AS p FROM usual GROUP BY item) "
        f"SELECT COUNT(*), COUNT(*) FILTER (ABS((usual.p / least.p) / (usual.q / least.q) - 1) <= {_ALIKE}) "
        "FROM usual JOIN least USING (item) WHERE usual.q >= 2 * least.q"
    )
