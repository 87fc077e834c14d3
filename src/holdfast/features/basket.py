"""Basket: what a purchase is made of."""

from holdfast.features.feature import Feature, share, total

BASKET = (
    Feature(
        "lines_per_purchase",
        over="occasions",
        sql="CAST(SUM(line_count) AS BIGINT) * EXP(0) / COUNT(*)",
        unit="lines",
        meaning="lines per purchase day",
    ),
    Feature(
        "orders",
        over="orders",
        sql="COUNT(*)",
        unit="orders",
        meaning="orders so far, returns among them",
    ),
    Feature(
        "pieces_per_purchase",
        over="occasions",
        sql=f"{total('pieces')} / COUNT(*)",
        unit="pieces",
        meaning="pieces per purchase day",
        needs="quantity",
    ),
    Feature(
        "products",
        over="products",
        sql="COUNT(*)",
        none="0",
        unit="products",
        meaning="different products purchased so far",
        needs="product_id",
    ),
    Feature(
        "products_per_order",
        over="features",
        sql="products * EXP(0) / NULLIF(orders, 0)",
        unit="ratio",
        meaning="different products per order",
        needs="product_id",
    ),
    Feature(
        "spend_per_piece",
        over="features",
        sql="spend_total / NULLIF(pieces_per_purchase * purchase_days, 0)",
        unit="currency",
        meaning="mean price of a piece",
        needs="quantity",
    ),
    Feature(
        "weekend_share",
        over="occasions",
        sql=share("MOD({calendar} + 3, 7) >= 5"),
        unit="share",
        meaning="share of purchase days that were a Saturday or Sunday",
    ),
)
